"""Visits leave the day plan and come back to where it then has the resident."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.day_towns import DAYS, days_of, finished, prepared
from twin.engine.loop import Engine
from twin.engine.movements import movements_of, purposes_of, timed
from twin.kernels import columns as kc
from twin.network.pairs import pairs_ms
from twin.network.street_rows import EMPTY_STREETS
from twin.units import DAY_US, HOUR_US


@pytest.fixture(scope="module")
def state():
    return finished().engine.state


@pytest.fixture(scope="module")
def moves(state):
    return movements_of(state)


def test_ways_out_come_first_in_the_order_of_visits(state, moves):
    is_out = moves.visit >= 0
    n_out = int(is_out.sum())
    assert is_out[:n_out].all()
    assert (np.diff(moves.visit[:n_out]) > 0).all()
    visits = state.visits
    rows = moves.visit[:n_out]
    np.testing.assert_array_equal(moves.depart_us[:n_out], visits.depart_us[rows])
    assert purposes_of(state) == ("home", "work", "school", "other", "primary_care")
    assert (moves.purpose[:n_out] == 4).all()


def test_each_visit_that_ended_has_one_way_back(state, moves):
    visits, n = state.visits, state.n_visits
    ended = np.flatnonzero((visits.end_us[:n] != kc.NOT_YET) & (visits.end_us[:n] < state.clock_us))
    station = np.array([one.node for one in state.prep.stations])
    n_out = int((moves.visit >= 0).sum())
    back = slice(n_out, n_out + ended.size)
    np.testing.assert_array_equal(moves.depart_us[back], visits.end_us[ended])
    np.testing.assert_array_equal(moves.origin[back], station[visits.station[ended]])
    np.testing.assert_array_equal(moves.resident[back], visits.resident[ended])
    np.testing.assert_array_equal(moves.mode[back], visits.mode[ended])


def test_times_are_those_of_the_streets_at_departure(state, moves):
    view = state.prep.streets_view(EMPTY_STREETS, 0)
    for carrier in state.prep.carriers:
        rows = np.flatnonzero((moves.mode == carrier.code) & (moves.arrive_us != kc.NOT_YET))
        expected = pairs_ms(view, carrier, moves.origin[rows], moves.destination[rows])
        spent = (moves.arrive_us[rows] - moves.depart_us[rows]) // 1000
        np.testing.assert_array_equal(spent, expected)
        again = timed(
            state, moves.mode[rows], moves.origin[rows], moves.destination[rows],
            moves.depart_us[rows],
        )  # fmt: skip
        np.testing.assert_array_equal(again, expected)


@pytest.mark.parametrize("hours", [7.5, 12.2, 17.1, 24.0, 33.3])
def test_in_the_middle_of_a_run_nothing_lies_ahead(hours):
    engine = Engine(prepared(), 1)
    until = round(hours * HOUR_US)
    engine.advance(until)
    moves = movements_of(engine.state)
    assert moves.depart_us.size > 0
    assert (moves.depart_us < until).all()
    whole = movements_of(finished().engine.state)
    # What has ended by then is in the whole run too.
    done = {
        (int(r), int(d), int(a))
        for r, d, a in zip(moves.resident, moves.depart_us, moves.arrive_us, strict=True)
        if a < until
    }
    everything = {
        (int(r), int(d), int(a))
        for r, d, a in zip(whole.resident, whole.depart_us, whole.arrive_us, strict=True)
    }
    assert done <= everything


def test_who_is_still_at_the_doctor_makes_no_other_trip():
    engine = Engine(prepared(DAYS, ("population.residents=600", "run.days=2")), 1)
    for hours in (9.4, 10.7, 11.6, 14.2, 15.9):
        engine.advance(round(hours * HOUR_US))
        state = engine.state
        v, n = state.visits, state.n_visits
        inside = (v.depart_us[:n] != kc.NOT_YET) & (v.depart_us[:n] < state.clock_us)
        inside &= v.outcome[:n] == kc.IN_SYSTEM
        moves = movements_of(state)
        for visit in np.flatnonzero(inside):
            mine = (moves.resident == v.resident[visit]) & (moves.visit < 0)
            assert (moves.depart_us[mine] <= v.depart_us[visit]).all()


def test_logged_trips_alone_are_kept():
    model = finished(DAYS.replace('"full"', '"standard"'))
    assert (movements_of(model.engine.state).visit >= 0).all()
    assert days_of(model.engine.state).logged == []
    assert model.engine.state.clock_us == 3 * DAY_US
