"""Decisions become edits: nobody is made or lost, nonsense is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.small_town import CARE, town
from twin.engine.decisions import Staffing, check_decisions
from twin.engine.loop import Engine
from twin.errors import InputError
from twin.scenario.policies import Charge, Decisions, Move, Open, Recall
from twin.units import US_PER_S

ROWS = np.array([0, 1])
START = 2
"""Servers of each of the two clinics."""


class Desk:
    """One policy over both clinics of the town, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.state = Engine(town(CARE), 1).state
        self.names = tuple(station.name for station in self.state.prep.stations)
        self.staffing = Staffing(self.state)
        self.own = np.zeros(2, dtype=np.int64)

    def decide(self, *changes: Any, charges: tuple[Charge, ...] = ()) -> None:
        decisions = Decisions(changes, charges)
        check_decisions("a", 0.0, self.names, decisions)
        self.staffing.carry_out("a", ROWS, self.own, decisions)
        edits = self.staffing.take_edits()
        if edits:
            self.state.apply(edits)

    def wait(self, seconds: float) -> None:
        self.state.clock_us += round(seconds * US_PER_S)
        edits = self.staffing.due(self.state.clock_us)
        if edits:
            self.state.apply(edits)

    @property
    def posts(self) -> list[int]:
        return [int(n) for n in self.state.stations.n_posts]

    @property
    def n_under_way(self) -> int:
        return int(self.staffing.under_way("a", ROWS).sum())


def test_whoever_moves_serves_nowhere_meanwhile() -> None:
    desk = Desk()
    west, east = desk.names
    desk.decide(Move(west, east, 1, delay_s=900.0, cost_each=3.0))
    assert (desk.posts, desk.n_under_way) == ([1, 2], 1)
    desk.wait(899.0)
    assert desk.posts == [1, 2]
    desk.wait(1.0)
    assert (desk.posts, desk.n_under_way) == ([1, 3], 0)
    assert desk.state.charges == {(0, "a", "moves"): 3.0}
    assert [a.edit.cause for a in desk.state.applied] == ["a", "a"]


def test_no_more_leave_than_there_are() -> None:
    desk = Desk()
    west, east = desk.names
    desk.decide(Move(west, east, 1), Move(west, east, 5, delay_s=60.0), Move(west, east, 1))
    assert (desk.posts, desk.n_under_way) == ([0, 3], 1)
    assert desk.own.tolist() == [-2, 2]


def test_who_is_on_the_way_turns_round() -> None:
    desk = Desk()
    west, east = desk.names
    desk.decide(Move(west, east, 1, delay_s=900.0))
    desk.wait(100.0)
    desk.decide(Recall(delay_s=300.0, cost_each=2.0))
    assert (desk.posts, desk.own.tolist()) == ([1, 2], [0, 0])
    desk.wait(300.0)
    assert (desk.posts, desk.n_under_way) == ([2, 2], 0)
    desk.wait(600.0)
    assert desk.posts == [2, 2]
    assert desk.state.charges == {(0, "a", "moves"): 2.0}


def test_only_what_was_opened_closes_and_a_call_can_be_taken_back() -> None:
    desk = Desk()
    west, east = desk.names
    desk.decide(Open(west, 2), Open(east, 2, delay_s=60.0))
    assert desk.posts == [4, 2]
    desk.decide(Open(west, -5), Open(east, -1))
    desk.wait(60.0)
    assert (desk.posts, desk.own.tolist()) == ([2, 3], [0, 1])
    desk.decide(Recall(), charges=(Charge("counters", 4.0), Charge("counters", 0.5)))
    assert desk.posts == [2, 2]
    assert desk.state.charges == {(0, "a", "counters"): 4.5}


CHANGES = st.one_of(
    st.tuples(st.just("move"), st.integers(0, 1), st.integers(1, 4), st.sampled_from([0, 50, 120])),
    st.tuples(st.just("recall"), st.just(0), st.just(0), st.sampled_from([0, 70])),
    st.tuples(st.just("wait"), st.just(0), st.just(0), st.sampled_from([0, 20, 60])),
)


@given(steps=st.lists(CHANGES, max_size=12))
def test_servers_at_work_and_under_way_add_up(steps: list[tuple[str, int, int, int]]) -> None:
    desk = Desk()
    for word, source, servers, delay in steps:
        if word == "wait":
            desk.wait(delay)
        elif word == "recall":
            desk.decide(Recall(delay_s=delay))
        else:
            desk.decide(Move(desk.names[source], desk.names[1 - source], servers, delay))
        assert sum(desk.posts) + desk.n_under_way == 2 * START
        assert min(desk.posts) >= 0
        assert desk.own.sum() == 0
        there = desk.own - desk.staffing.under_way("a", ROWS)
        assert [START + int(n) for n in there] == desk.posts or desk.n_under_way
    desk.decide(Recall())
    assert desk.posts == [START, START] or desk.n_under_way
    desk.wait(1000.0)
    assert desk.posts == [START, START]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, "decided None\n  expected: a `Decisions`"),
        (Decisions(("up",)), "decided 'up'\n  expected: a `Move`, `Open` or `Recall`"),  # type: ignore[arg-type]
        (Decisions((Move("west", "eas"),)), "target `eas` is not in its charge"),
        (Decisions((Move("west", "eas"),)), "did you mean `east`?"),
        (Decisions((Open("north", 1),)), "station `north` is not in its charge"),
        (Decisions((Move("west", "east", 0),)), "expected: one server or more, elsewhere"),
        (Decisions((Move("west", "west"),)), "expected: one server or more, elsewhere"),
        (Decisions((Recall(-1.0),)), "delay_s -1.0\n  expected: 0 to 2592000 seconds"),
        (Decisions((Recall(math.nan),)), "delay_s nan"),
        (Decisions(charges=(Charge("x", math.inf),)), "expected: a finite amount"),
    ],
)
def test_what_cannot_be_carried_out_is_refused(found: object, words: str) -> None:
    with pytest.raises(InputError) as error:
        check_decisions("a", 129_600.0, ("east", "west"), found)
    assert str(error.value).startswith("policy `a` on day 1.50: ")
    assert words in str(error.value)
