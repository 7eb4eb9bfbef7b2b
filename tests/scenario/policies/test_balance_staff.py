"""What `balance_staff` decides on what it knows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.told import information
from twin.scenario.policies import BalanceStaff, Move, Recall
from twin.scenario.policies.balance_staff import best_moves, expected_wait_s
from twin.units import DAY_S

NOON = 43_200.0


def policy(**values: Any) -> BalanceStaff:
    given_values = {"id": "a", "kind": "balance_staff", "from_day": 0.0, "service": "x"}
    return BalanceStaff.model_validate(given_values | values)


def test_the_wait_is_that_of_whoever_comes_next() -> None:
    people = np.array([0, 2, 3, 7, 1])
    servers = np.array([2, 2, 2, 2, 0])
    wait = expected_wait_s(people, servers, np.full(5, 600.0))
    assert wait.tolist() == [0.0, 300.0, 600.0, 1800.0, np.inf]


def test_one_goes_from_the_shortest_to_the_longest_wait() -> None:
    told = information([0, 3, 12], [3, 2, 2])
    (move,) = policy(move_delay_s=60.0, cost_per_move=5.0).decide(told, NOON).changes
    assert move == Move("a/x", "c/x", 1, 60.0, 5.0)


def test_nobody_goes_for_a_small_gain() -> None:
    told = information([2, 4], [2, 2])
    assert policy(smallest_gain_s=0.0).decide(told, NOON).changes == ()
    told = information([0, 4], [2, 2])
    # 5 x 600 / 2 = 1500 s before and 5 x 600 / 3 less one ahead, 800 s, after.
    assert len(policy(smallest_gain_s=700.0).decide(told, NOON).changes) == 1
    assert policy(smallest_gain_s=701.0).decide(told, NOON).changes == ()


def test_who_is_on_the_way_is_not_sent_for_again() -> None:
    told = information([0, 4], [2, 2], coming=[-1, 1])
    assert policy().decide(told, NOON).changes == ()


def test_shut_and_unstaffed_places_neither_give_nor_take() -> None:
    busy = [9, 0, 9]
    assert policy().decide(information(busy, [0, 1, 1]), NOON).changes == ()
    shut = information([0, 0, 9], [5, 2, 1], is_open=[False, True, True])
    (move,) = policy().decide(shut, NOON).changes
    assert isinstance(move, Move)
    assert move.source == "b/x"
    none = information([9, 9], [2, 2], is_open=[False, False])
    assert policy().decide(none, NOON).changes == ()


def test_at_midnight_all_go_back_and_nobody_is_on_the_way_then() -> None:
    told = information([0, 12], [3, 2])
    assert policy(cost_per_move=2.0).decide(told, DAY_S).changes == (Recall(900.0, 2.0),)
    assert policy().decide(told, DAY_S - 900.0).changes == ()
    assert len(policy().decide(told, DAY_S - 901.0).changes) == 1
    assert isinstance(policy(returns=False).decide(told, DAY_S).changes[0], Move)
    assert policy(returns=False).end(told, DAY_S).changes == (Recall(900.0, 0.0),)


@given(
    places=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 6)), min_size=2, max_size=8),
    min_servers=st.integers(1, 3),
    moves_max=st.integers(1, 6),
    gain_s=st.floats(0, 3000),
)
def test_moves_keep_whom_a_place_needs_and_shorten_the_longest_wait(
    places: list[tuple[int, int]], min_servers: int, moves_max: int, gain_s: float
) -> None:
    told = information([p[0] for p in places], [p[1] for p in places])
    servers = told.servers_expected
    people = told.report.n_waiting + told.report.n_busy
    is_staffed = servers > 0

    def longest() -> float:
        wait = expected_wait_s(people, servers, told.roster.mean_service_s)
        return float(wait[is_staffed].max(initial=0.0))

    before, n_before = longest(), servers.sum()
    moves = list(
        best_moves(told, min_servers=min_servers, smallest_gain_s=gain_s, moves_max=moves_max)
    )
    assert len(moves) <= moves_max
    for source, target in moves:
        assert source != target
        assert servers[source] > min_servers
        servers[source] -= 1
        servers[target] += 1
    assert servers.sum() == n_before
    assert longest() <= before
    assert (
        list(best_moves(told, min_servers=min_servers, smallest_gain_s=gain_s, moves_max=moves_max))
        == moves
    ), "what it has been told is not changed by deciding"


def test_what_it_was_told_cannot_be_written() -> None:
    told = information([0, 1], [1, 1])
    with pytest.raises(AttributeError):
        told.next_s = 0.0  # type: ignore[misc]
