"""Only the times that are asked for are computed, and they are those of the streets."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.day_towns import activities_in, prepared
from twin.engine.activities import Days
from twin.engine.pair_times import batches, due_times
from twin.network.pairs import pairs_ms
from twin.network.street_rows import EMPTY_STREETS
from twin.units import DAY_US, HOUR_US


@pytest.fixture(scope="module")
def days():
    prep = prepared()
    people = prep.residents
    made = Days(activities_in(prep), people.resident, people.group, 1, range(3), 2, is_logged=False)
    made.begin(0)
    return made


def asked(days, until_us, rows=None):
    prep = prepared()
    view = prep.streets_view(EMPTY_STREETS, 0)
    rows = rows or slice(0, len(prep.residents))
    return due_times(days.plans, rows, until_us, days.activities, days.group, view)


def test_only_trips_that_may_leave_by_then(days):
    n = int(days.plans.start[-1])
    for hours in (0, 7, 12, 24):
        start, times = asked(days, hours * HOUR_US)
        assert start[-1] == len(times) == (days.plans.want_us[:n] < hours * HOUR_US).sum()


def test_times_are_those_of_the_streets(days):
    prep = prepared()
    view = prep.streets_view(EMPTY_STREETS, 0)
    node, plans = days.activities.occupations.node, days.plans
    _, times = asked(days, DAY_US)
    row = np.repeat(np.arange(plans.slot.size), np.diff(plans.start))
    slot = np.maximum(plans.from_slot[: row.size], plans.to_slot[: row.size])
    is_out = plans.from_slot[: row.size] == 0
    home, place = node[row, 0], node[row, slot]
    for carrier in prep.carriers:
        has = (days.activities.modes.of_group[days.group[row]] >> carrier.code) & 1 == 1
        out = pairs_ms(view, carrier, home, place)
        back = pairs_ms(view, carrier, place, home)
        np.testing.assert_array_equal(times[:, 0, carrier.code], np.where(has & is_out, out, -1))
        np.testing.assert_array_equal(times[:, 1, carrier.code], np.where(has, back, -1))
    assert (times[:, :, 1] == -1).all()


def test_a_part_of_the_residents_is_a_part_of_the_times(days):
    start, times = asked(days, DAY_US)
    for rows in (slice(0, 1), slice(17, 90), slice(599, 600)):
        part_start, part = asked(days, DAY_US, rows)
        np.testing.assert_array_equal(part, times[start[rows.start] : start[rows.stop]])
        np.testing.assert_array_equal(
            part_start, start[rows.start : rows.stop + 1] - start[rows.start]
        )


def test_batches_cover_everybody_once(monkeypatch):
    monkeypatch.setattr("twin.engine.pair_times.BATCH", 7)
    for n in (0, 1, 7, 8, 20):
        rows = [row for part in batches(n) for row in range(part.start, part.stop)]
        assert rows == list(range(n))
