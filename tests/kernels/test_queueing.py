from __future__ import annotations

import heapq

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.stations import empty_station, line_for
from twin.kernels.queueing import (
    BLOCKED,
    NOBODY,
    STARTED,
    WAITS,
    call_next,
    first_in_line,
    interrupt,
    join_queue,
    leave_line,
    note_end,
    note_start,
    pop_event,
    push_event,
    whom_to_interrupt,
)


def test_a_free_server_starts_at_once_and_the_next_one_waits() -> None:
    queues = empty_station(1)
    line = line_for(3)
    assert join_queue(queues, line, 0, 0) == STARTED
    assert join_queue(queues, line, 0, 1) == WAITS
    assert (queues.n_busy[0], queues.n_waiting[0]) == (1, 1)


def test_a_full_waiting_room_turns_away_and_changes_nothing() -> None:
    queues = empty_station(1, room=1)
    line = line_for(3)
    join_queue(queues, line, 0, 0)
    join_queue(queues, line, 0, 1)
    before = [column.copy() for column in queues]
    assert join_queue(queues, line, 0, 2) == BLOCKED
    for column, old in zip(queues, before, strict=True):
        np.testing.assert_array_equal(column, old)


def test_no_room_at_all_still_lets_a_free_server_start() -> None:
    queues = empty_station(1, room=0)
    line = line_for(2)
    assert join_queue(queues, line, 0, 0) == STARTED
    assert join_queue(queues, line, 0, 1) == BLOCKED


def test_a_newcomer_does_not_overtake_when_a_server_is_added() -> None:
    queues = empty_station(1)
    line = line_for(3)
    join_queue(queues, line, 0, 0)
    join_queue(queues, line, 0, 1)
    queues.n_servers[0] = 2
    assert join_queue(queues, line, 0, 2) == WAITS
    assert call_next(queues, line, 0) == 1


def test_nobody_is_called_while_more_are_busy_than_serve() -> None:
    queues = empty_station(2)
    line = line_for(3)
    for visit in range(3):
        join_queue(queues, line, 0, visit)
    queues.n_servers[0] = 1
    queues.n_busy[0] -= 1
    assert call_next(queues, line, 0) == NOBODY
    queues.n_busy[0] -= 1
    assert call_next(queues, line, 0) == 2


def test_an_empty_queue_has_nobody_to_call() -> None:
    queues = empty_station(1)
    assert first_in_line(queues, 0) == NOBODY
    assert call_next(queues, line_for(1), 0) == NOBODY
    assert queues.n_busy[0] == 0


@given(st.permutations(range(12)), st.lists(st.integers(0, 2), min_size=12, max_size=12), st.data())
def test_the_first_of_the_best_class_is_called_whoever_gave_up_meanwhile(
    order: list[int], ranks: list[int], data: st.DataObject
) -> None:
    queues = empty_station(1, n_classes=3)
    queues.n_busy[0] = 1
    line = line_for(12)
    line.rank[:] = ranks
    waiting: list[int] = []
    joined = list(order)
    while joined or waiting:
        step = data.draw(st.sampled_from(["join", "call", "give up"]))
        if joined and (step == "join" or not waiting):
            visit = joined.pop(0)
            assert join_queue(queues, line, 0, visit) == WAITS
            waiting.append(visit)
        elif step == "give up":
            visit = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
            leave_line(queues, line, 0, visit)
        else:
            queues.n_busy[0] = 0
            expected = min(waiting, key=lambda one: (ranks[one], waiting.index(one)))
            assert call_next(queues, line, 0) == expected
            waiting.remove(expected)
        assert queues.n_waiting[0] == len(waiting)
    assert (queues.first_waiting == NOBODY).all()
    assert (queues.last_waiting == NOBODY).all()


def test_the_latest_class_gives_way_and_in_it_who_began_last() -> None:
    queues = empty_station(3, n_classes=3)
    queues.pre_empts[0] = True
    line = line_for(5)
    line.rank[:] = [1, 2, 2, 0, 2]
    for visit in range(3):
        assert join_queue(queues, line, 0, visit) == STARTED
        note_start(queues, line, 0, visit)
    assert whom_to_interrupt(queues, line, 0, 2) == NOBODY
    assert whom_to_interrupt(queues, line, 0, 0) == 2
    assert join_queue(queues, line, 0, 4) == WAITS
    interrupt(queues, line, 0, 2)
    assert (queues.n_busy[0], queues.n_waiting[0]) == (2, 2)
    assert first_in_line(queues, 0) == 2
    assert whom_to_interrupt(queues, line, 0, 0) == 1
    note_end(queues, line, 0, 1)
    assert whom_to_interrupt(queues, line, 0, 0) == 0


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
