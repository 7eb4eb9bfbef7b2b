"""Cells of whole numbers: what is set and what is added are kept apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.small_town import CLINIC, COUNTER, town
from twin.city.edits import Edit, compile_edits
from twin.engine.editing import LARGEST_NUMBER
from twin.engine.state import State, own_copy
from twin.units import DAY_S

ADD = Edit(0.0, "facilities", CLINIC, "servers", "add", 2, "a")
SET = replace(ADD, op="set", value=7, cause="b")


def fresh():
    prep = town()
    return State(prep, 1, own_copy(prep.residents))


def value_after(edits, column="servers"):
    state = fresh()
    for edit in edits:
        state.apply([edit])
    row = state.station_row(CLINIC)
    cells = {"servers": state.queues.n_servers, "waiting_room": state.queues.waiting_room}
    return int(cells[column][row])


@given(st.permutations([ADD, SET, replace(ADD, value=-4), replace(ADD, value=3)]))
def test_the_order_within_a_moment_does_not_matter(edits):
    assert value_after(edits) == value_after(compile_edits(edits)) == 7 + 2 - 4 + 3


def test_an_end_takes_away_what_was_added_whatever_was_set_meanwhile():
    assert value_after([ADD, SET, replace(ADD, value=-2)]) == 7
    assert value_after([ADD, SET, replace(SET, value=2)]) == 2 + 2


def test_a_cut_at_zero_is_made_good():
    """Two servers less five are none, and two again when the five come back."""
    assert value_after([replace(ADD, value=-5)]) == 0
    assert value_after([replace(ADD, value=-5), replace(ADD, value=5)]) == 2
    assert value_after([replace(ADD, value=-5), replace(ADD, value=4)]) == 1


def test_no_number_overflows_its_column():
    assert value_after([replace(SET, value=10**30)]) == LARGEST_NUMBER
    assert value_after([replace(ADD, value=-(10**30))]) == 0


@pytest.mark.parametrize(
    ("edits", "expected"),
    [
        ([("add", 3)], -1),  # places added to a room without limit
        ([("set", 4)], 4),
        ([("set", 4), ("add", -9)], 0),  # fewer than none would be no limit
        ([("set", 4), ("add", -9), ("add", 9)], 4),
        ([("set", 4), ("add", 2), ("set", -1)], -1),
        ([("set", 4), ("add", 2), ("set", -1), ("set", 1)], 3),
    ],
)
def test_waiting_rooms(edits, expected):
    room = replace(ADD, column="waiting_room")
    assert value_after([replace(room, op=o, value=v) for o, v in edits], "waiting_room") == expected


@given(
    st.lists(st.tuples(st.sampled_from(["set", "add"]), st.integers(0, 9)), max_size=6), st.data()
)
def test_undone_backwards_everything_is_as_before(edits, data):
    state = fresh()
    for op, value in edits:
        state.apply([replace(ADD, op=op, value=value)])
    for applied in reversed(list(state.applied)):
        state.apply([applied.undone(DAY_S)])
    assert state.queues.n_servers[state.station_row(CLINIC)] == 2


def test_expected_waits_are_never_negative():
    state = fresh()
    state.apply([Edit(0.0, "services", "primary_care", "expected_wait_s", "add", -60)])
    assert state.choices.expected_wait_s.tolist() == [0.0, 0.0]


BOARD = Edit(0.0, "services", "primary_care", "publish_period_s", "set", 600)


def test_setting_what_is_set_does_not_wipe_the_boards():
    state = fresh()
    state.apply([BOARD])
    state.stations.published_s[:] = 42.0
    state.services.n_measured[:] = 3
    state.apply([BOARD, replace(BOARD, column="publish_delay_s", value=0)])
    assert (state.stations.published_s == 42.0).all()
    assert state.publications[0].from_us == 0
    state.apply([replace(BOARD, value=601)])
    shown = state.stations.published_s
    assert shown[state.station_row(CLINIC)] == -1.0
    assert shown[state.station_row(COUNTER)] == 42.0


def test_boards_renewed_each_second_do_not_fill_the_memory():
    state = fresh()
    state.apply([replace(BOARD, value=1)])
    assert state.agenda.calendar_us.size < 2 * DAY_S + 100
