from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.stations import empty_station
from twin.kernels.queueing import (
    BLOCKED,
    NOBODY,
    STARTED,
    WAITS,
    call_next,
    join_queue,
    leave_queue,
    pop_event,
    push_event,
)


def test_a_free_server_starts_at_once_and_the_next_one_waits() -> None:
    queues = empty_station(1)
    behind = np.full(3, NOBODY, dtype=np.int64)
    assert join_queue(queues, behind, 0, 0) == STARTED
    assert join_queue(queues, behind, 0, 1) == WAITS
    assert (queues.n_busy[0], queues.n_waiting[0]) == (1, 1)


def test_a_full_waiting_room_turns_away_and_changes_nothing() -> None:
    queues = empty_station(1, room=1)
    behind = np.full(3, NOBODY, dtype=np.int64)
    join_queue(queues, behind, 0, 0)
    join_queue(queues, behind, 0, 1)
    before = [column.copy() for column in queues]
    assert join_queue(queues, behind, 0, 2) == BLOCKED
    for column, old in zip(queues, before, strict=True):
        np.testing.assert_array_equal(column, old)


def test_no_room_at_all_still_lets_a_free_server_start() -> None:
    queues = empty_station(1, room=0)
    behind = np.full(2, NOBODY, dtype=np.int64)
    assert join_queue(queues, behind, 0, 0) == STARTED
    assert join_queue(queues, behind, 0, 1) == BLOCKED


def test_a_newcomer_does_not_overtake_when_a_server_is_added() -> None:
    queues = empty_station(1)
    behind = np.full(3, NOBODY, dtype=np.int64)
    join_queue(queues, behind, 0, 0)
    join_queue(queues, behind, 0, 1)
    queues.n_servers[0] = 2
    assert join_queue(queues, behind, 0, 2) == WAITS
    assert call_next(queues, behind, 0) == 1


def test_nobody_is_called_while_more_are_busy_than_serve() -> None:
    queues = empty_station(2)
    behind = np.full(3, NOBODY, dtype=np.int64)
    for visit in range(3):
        join_queue(queues, behind, 0, visit)
    queues.n_servers[0] = 1
    queues.n_busy[0] -= 1
    assert call_next(queues, behind, 0) == NOBODY
    queues.n_busy[0] -= 1
    assert call_next(queues, behind, 0) == 2


def test_an_empty_queue_has_nobody_to_leave() -> None:
    queues = empty_station(1)
    behind = np.full(1, NOBODY, dtype=np.int64)
    assert leave_queue(queues, behind, 0) == NOBODY
    assert call_next(queues, behind, 0) == NOBODY
    assert queues.n_busy[0] == 0


@given(st.permutations(range(12)), st.data())
def test_people_leave_in_the_order_in_which_they_came(
    order: list[int], data: st.DataObject
) -> None:
    queues = empty_station(1)
    queues.n_busy[0] = 1
    behind = np.full(12, NOBODY, dtype=np.int64)
    waiting: list[int] = []
    left: list[int] = []
    joined = list(order)
    while joined or waiting:
        if joined and (not waiting or data.draw(st.booleans())):
            visit = joined.pop(0)
            assert join_queue(queues, behind, 0, visit) == WAITS
            waiting.append(visit)
        else:
            visit = leave_queue(queues, behind, 0)
            assert visit == waiting.pop(0)
            left.append(visit)
        assert queues.n_waiting[0] == len(waiting)
    assert left == list(order)


@given(
    st.lists(
        st.one_of(st.none(), st.tuples(st.integers(0, 5), st.integers(-(2**40), 2**40))),
        max_size=60,
    )
)
def test_the_heap_is_python_s_heap(steps: list[tuple[int, int] | None]) -> None:
    times = np.zeros(64, dtype=np.int64)
    keys = np.zeros(64, dtype=np.int64)
    reference: list[tuple[int, int]] = []
    n = 0
    for step in steps:
        if step is not None:
            n = push_event(times, keys, n, *step)
            heapq.heappush(reference, step)
        elif reference:
            first = heapq.heappop(reference)
            assert (times[0], keys[0]) == first
            n = pop_event(times, keys, n)
        assert n == len(reference)
    while reference:
        assert (times[0], keys[0]) == heapq.heappop(reference)
        n = pop_event(times, keys, n)
    assert n == 0
