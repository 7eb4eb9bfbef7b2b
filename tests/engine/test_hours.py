"""Hours of a facility add up to intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.worlds import changed, model_of, small_baseline
from twin.engine.hours import Openings, hour_overlap
from twin.model.city_model import CityModel
from twin.units import HOUR_S, HOUR_US

SPANS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(-HOUR_US, 9 * HOUR_US), st.integers(0, 4 * HOUR_US)),
    min_size=1,
    max_size=20,
)


@given(SPANS)
def test_overlap_counts_every_microsecond_once(spans):
    row, start, length = (np.array(part, dtype=np.int64) for part in zip(*spans, strict=True))
    found = hour_overlap(row, start, start + length, (3, 8))
    for each in range(3):
        clipped = [
            max(0, min(s + n, 8 * HOUR_US) - max(s, 0))
            for r, s, n in zip(row, start, length, strict=True)
            if r == each
        ]
        assert found[each].sum() == sum(clipped)
    assert (found >= 0).all()


def test_an_interval_is_cut_at_full_hours():
    found = hour_overlap(
        np.array([0]),
        np.array([HOUR_US // 2]),
        np.array([5 * HOUR_US // 2]),
        (1, 4),
        weight=np.array([3]),
    )
    assert found.tolist() == [[3 * HOUR_US // 2, 3 * HOUR_US, 3 * HOUR_US // 2, 0]]


def test_empty_and_reversed_intervals_count_nothing():
    found = hour_overlap(np.array([0, 0]), np.array([10, 20]), np.array([10, 5]), (1, 1))
    assert found.sum() == 0


def test_staffed_hours_follow_edits(tmp_path):
    text = """
[[interventions]]
id = "two_more"
kind = "add_servers"
facility = "practice_larvotto"
service = "primary_care"
servers = 2
from_day = 1.5
to_day = 2.0
[[interventions]]
id = "short_day"
kind = "change_hours"
facility = "practice_larvotto"
service = "primary_care"
hours = "Mo-Su 10:00-12:00"
from_day = 2
[[interventions]]
id = "holiday"
kind = "close_facility"
facility = "practice_larvotto"
from_day = 4
"""
    model = model_of(changed(tmp_path, text))
    hours = model.tables()["facility_hours"].to_pandas()
    ours = hours[hours.facility == "practice_larvotto"]
    by_day = ours.groupby(ours.hour_s // (24 * HOUR_S)).open_servers.sum()
    # Wednesday 08:30-12:30, 14:00-18:00 with one doctor; Thursday three from noon on.
    assert by_day[0] == 8.0
    assert by_day[1] == 3.5 + 3 * 0.5 + 3 * 4.0
    assert by_day[2] == by_day[3] == 2.0
    assert by_day.reindex([4, 5], fill_value=0.0).tolist() == [0.0, 0.0]


def test_what_is_served_after_closing_is_overtime_and_no_utilisation():
    hour = HOUR_US
    openings = Openings([(0, 8 * hour, 9 * hour, 1), (2, 8 * hour, 10 * hour, 2)], 24 * hour)
    row = np.array([0, 0, 1, 2])
    start = np.array([8 * hour, 8 * hour + hour // 2, 8 * hour, 9 * hour])
    end = np.array([8 * hour + hour // 2, 10 * hour, 9 * hour, 11 * hour])
    found = hour_overlap(row, start, end, (3, 24), openings=openings)
    assert found[0, 8] == hour
    assert found[0, 9:].sum() == 0
    assert found[1].sum() == 0
    assert found[2, 9] == hour
    assert found[2, 10] == 0


def test_utilisation_and_overtime_of_a_run_add_up_to_what_was_served():
    model = CityModel(preparation=small_baseline(), seed=6).run()
    hours = model.tables()["facility_hours"].to_pandas()
    on_time = (hours.utilisation.fillna(0) * hours.open_servers).sum() * HOUR_S
    assert on_time + hours.overtime_s.sum() == pytest.approx(hours.busy_s.sum(), rel=1e-9)
    assert hours.utilisation.max() <= 1.0
    assert hours.overtime_s.sum() > 0
    assert (hours.overtime_s >= 0).all()


@given(SPANS)
def test_within_and_without_openings_are_the_whole(spans):
    row, start, length = (np.array(part, dtype=np.int64) for part in zip(*spans, strict=True))
    stripes = [(r, h * HOUR_US, h * HOUR_US + HOUR_US // 3, 1) for r in range(3) for h in range(8)]
    inside = hour_overlap(
        row, start, start + length, (3, 8), openings=Openings(stripes, 8 * HOUR_US)
    )
    whole = hour_overlap(row, start, start + length, (3, 8))
    assert (inside >= 0).all()
    assert (inside <= whole).all()
    expected = np.zeros((3, 8), dtype=np.int64)
    for r, s, n in zip(row, start, length, strict=True):
        for h in range(8):
            expected[r, h] += max(0, min(s + n, h * HOUR_US + HOUR_US // 3) - max(s, h * HOUR_US))
    np.testing.assert_array_equal(inside, expected)
