"""Edits of a service in stages: servers, hours, shifts and books follow together."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.busy_town import BUSY
from tests.fixtures.small_town import CLINIC, town
from tests.fixtures.two_blocks import EAST_CLINIC
from twin.city.edits import Edit
from twin.engine.booking import clear_passed_slots
from twin.engine.loop import Engine
from twin.engine.shifts import share_at, shifts_columns, timeline_of
from twin.errors import InputError
from twin.kernels.stages import PASSES, TRIES
from twin.population.groups import group_mask
from twin.units import DAY_US, HOUR_US

HOSPITAL = f"{EAST_CLINIC}/hospital"
H = HOUR_US
NO_LIMIT_A_SLOT = BUSY.replace("per_slot = 2\n", "")


@pytest.fixture
def engine():
    return Engine(town(BUSY), 1)


def edit(column, value, *, uid=CLINIC, op="set", time_s=0.0):
    return Edit(time_s, "facilities", uid, column, op, value, "test")


def row_of(engine, name):
    return engine.state.station_row(name)


def test_servers_of_a_facility_work_at_its_main_stage(engine):
    state = engine.state
    before = state.stations.n_posts.copy()
    state.apply([edit("servers", 3, op="add")])
    changed = np.flatnonzero(state.stations.n_posts != before)
    assert [state.prep.stations[row].name for row in changed] == [f"{CLINIC}/consult"]
    state.apply([state.applied[-1].undone(0.0)])
    np.testing.assert_array_equal(state.stations.n_posts, before)


def test_a_stage_has_servers_of_its_own(engine):
    state = engine.state
    state.apply([edit("servers", 5, uid=f"{CLINIC}/pay")])
    assert state.stations.n_posts[row_of(engine, f"{CLINIC}/pay")] == 5
    assert state.stations.n_posts[row_of(engine, f"{CLINIC}/consult")] == 2


@pytest.mark.parametrize(
    ("column", "value", "cells"),
    [("is_active", False, "is_active"), ("eligibility", "none", "is_eligible")],
)
def test_a_facility_opens_and_admits_as_a_whole(engine, column, value, cells):
    state = engine.state
    before = getattr(state.stations, cells).copy()
    state.apply([edit(column, value)])
    rows = state.stages_of(row_of(engine, CLINIC))
    assert len(rows) == 4
    assert not getattr(state.stations, cells)[rows].any()
    state.apply([state.applied[-1].undone(0.0)])
    np.testing.assert_array_equal(getattr(state.stations, cells), before)


def test_shifts_follow_the_hours_and_come_back(engine):
    state = engine.state
    engine.advance(9 * H + H // 2)
    row = row_of(engine, f"{CLINIC}/consult")
    before = [column.copy() for column in state.shifts]
    assert state.queues.n_servers[row] == 2
    state.apply([edit("hours", "Mo-Su 10:30-16:00", time_s=9.5 * 3600)])
    first = state.shifts.from_us[state.shifts.start[row]]
    assert first == 10 * H + H // 2
    assert state.queues.n_servers[row] == 0
    state.apply([state.applied[-1].undone(9.5 * 3600)])
    for old, new in zip(before, state.shifts, strict=True):
        np.testing.assert_array_equal(old, new)
    assert state.queues.n_servers[row] == 2


def test_shifts_are_read_at_openings_and_within_them():
    prep = town(BUSY)
    timeline = timeline_of(prep, 0)
    assert timeline is not None
    times = np.array([7, 8, 9, 11, 12, 15, 17, 18], dtype=np.int64) * H
    # The last that holds of those listed: half from 8 to 18, all at the busy hours.
    assert share_at(timeline, times).tolist() == [0, 0.5, 1, 0.5, 0.5, 1, 0.5, 0]
    shifts = shifts_columns(prep, [s.hours for s in prep.stations])
    own = slice(int(shifts.start[0]), int(shifts.start[1]))
    of_day = shifts.from_us[own] < DAY_US
    # Nothing changes at noon or at closing: who is on duty stays until all are served.
    assert (shifts.from_us[own][of_day] // H).tolist() == [8, 9, 11, 14, 15, 17]
    assert shifts.share[own][of_day].tolist() == [0.5, 1, 0.5, 0.5, 1, 0.5]


def test_a_service_without_shifts_has_all_on_duty():
    prep = town(BUSY)
    hospital = next(i for i, s in enumerate(prep.scenario.services) if s.id == "hospital")
    assert timeline_of(prep, hospital) is None


def test_a_book_follows_the_servers_unless_told_otherwise():
    told, free = Engine(town(BUSY), 1), Engine(town(NO_LIMIT_A_SLOT), 1)
    row = row_of(told, HOSPITAL)
    assert told.state.books.n_per_slot[row] == 2
    assert free.state.books.n_per_slot[row] == 1
    for one in (told, free):
        one.state.books.first_free[row] = 99
        one.state.apply([edit("servers", 6, uid=HOSPITAL)])
        assert one.state.books.first_free[row] == 0
    assert told.state.books.n_per_slot[row] == 2
    assert free.state.books.n_per_slot[row] == 6


def test_slots_that_are_over_are_given_anew():
    state = Engine(town(BUSY), 1).state
    books = state.books
    n_ring = books.n_booked.shape[1]
    per_day = DAY_US // books.slot_us.max()
    assert n_ring >= 4 * per_day
    books.n_booked[:] = 1
    clear_passed_slots(books, state.services.first_station, 2)
    hospital = int(np.flatnonzero(books.slot_us)[0])
    row = state.services.first_station[hospital]
    empty = np.flatnonzero(books.n_booked[row] == 0)
    assert sorted(empty) == sorted(np.arange(per_day, 2 * per_day) % n_ring)
    assert books.n_booked[0].all()


def test_a_service_lends_its_facilities_their_rule(engine):
    prep = engine.prep
    rules = {s.name: s.facility.eligibility for s in prep.stations}
    assert rules[HOSPITAL] == "age_band=15-59|60+"
    assert rules[CLINIC] == "all"


def test_hours_of_other_stages_are_those_of_the_door(engine):
    state = engine.state
    state.apply([edit("hours", "Mo-Su 06:00-07:00")])
    rows = state.stages_of(row_of(engine, CLINIC))
    assert {state.hours_text[row] for row in rows} == {"Mo-Su 06:00-07:00"}
    engine.advance(6 * H + 1)
    assert state.stations.is_open[rows].all()


def test_appointments_are_added_to_each_slot_and_taken_away():
    told, free = Engine(town(BUSY), 1), Engine(town(NO_LIMIT_A_SLOT), 1)
    row = row_of(told, HOSPITAL)
    for one, own in ((told, 2), (free, 1)):
        books = one.state.books
        one.state.apply([edit("appointments", 3, uid=HOSPITAL, op="add")])
        assert books.n_per_slot[row] == own + 3
        one.state.apply([one.state.applied[-1].undone(0.0)])
        assert books.n_per_slot[row] == own


ORDER = """
[[interventions]]
id = "children_first"
kind = "set_priority"
service = "hotline"
who = ["age_band=0-14", "age_band=60+"]
from_day = 2
to_day = 4
[[interventions]]
id = "slots"
kind = "add_appointments"
service = "hospital"
per_slot = 1
from_day = 1
"""


def test_who_is_called_first_can_be_said_from_a_day_on():
    engine = Engine(town(BUSY + ORDER), 1)
    state = engine.state
    own = state.services.rank_of_group.copy()
    assert not own[2].any()
    engine.advance(3 * DAY_US)
    child, adult, old = (group_mask(f"age_band={band}") for band in ("0-14", "15-59", "60+"))
    ranks = state.services.rank_of_group[2]
    assert set(ranks[child]) == {0}
    assert set(ranks[old]) == {1}
    assert set(ranks[adult]) == {2}
    np.testing.assert_array_equal(state.services.rank_of_group[:2], own[:2])
    n = state.n_visits
    late = (state.visits.service[:n] == 2) & (state.visits.need_us[:n] > 2 * DAY_US)
    assert set(state.visits.rank[:n][late]) == {0, 1, 2}
    engine.advance(engine.end_us)
    np.testing.assert_array_equal(state.services.rank_of_group, own)


def test_nothing_differs_before_the_day():
    plain, ordered = Engine(town(BUSY), 1), Engine(town(BUSY + ORDER), 1)
    for one in (plain, ordered):
        one.advance(2 * DAY_US)
    assert plain.chain[:2] == ordered.chain[:2]


def test_appointments_of_a_service_without_any_are_refused():
    text = ORDER.replace('"hospital"', '"primary_care"')
    with pytest.raises(InputError, match="service `primary_care` gives no appointments") as raised:
        town(BUSY + text)
    assert "expected: a service with [services.appointments]" in str(raised.value)


def test_another_try_is_made_elsewhere():
    engine = Engine(town(BUSY), 1)
    engine.advance(engine.end_us)
    visits, n = engine.state.visits, engine.state.n_visits
    again = np.flatnonzero((visits.attempt[:n] & TRIES > 0) & (visits.attempt[:n] & PASSES == 0))
    again = again[visits.station[again] >= 0]
    assert again.size > 20
    doors = np.array([engine.state.door_of(row) for row in range(len(engine.prep.stations))])
    before = doors[visits.station[visits.parent[again]]]
    assert (doors[visits.station[again]] != before).all()
