"""Queues: people before desks with several servers, by priority and order of arrival.

A desk is a set of servers with one waiting line for each class of priority; within a
class it is first come, first served. Whoever waits or is served is a row of somebody's
columns; the lines are doubly linked through `Line.before` and `Line.behind`, so that a
queue of any length costs no allocation and anybody can leave it at once. Starting rule
of Kiefer and Wolfowitz (1955): whoever is first takes the earliest free server. The same
functions serve the city run and `twin.parts`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel

NOBODY = -1
STARTED = 0
WAITS = 1
BLOCKED = 2


class Queues(NamedTuple):
    """Columns of desks, one row a desk.

    Attributes
    ----------
    n_servers : (n_desks,) int32
        Servers on duty.
    n_busy : (n_desks,) int32
        Services under way; may exceed `n_servers` after servers were taken away.
    n_waiting : (n_desks,) int32
        People in the lines.
    first_waiting, last_waiting : (n_desks, n_classes) int64
        Ends of the line of each class, -1 if empty.
    waiting_room : (n_desks,) int64
        Places to wait, -1 for no limit.
    pre_empts : (n_desks,) bool
        Whoever comes takes the server of somebody of a later class, who goes on
        afterwards where the service was interrupted (pre-emptive resume).
    first_served : (n_desks,) int64
        Who began last at a desk that pre-empts, and so back; -1 if nobody.
    """

    n_servers: NDArray[np.int32]
    n_busy: NDArray[np.int32]
    n_waiting: NDArray[np.int32]
    first_waiting: NDArray[np.int64]
    last_waiting: NDArray[np.int64]
    waiting_room: NDArray[np.int64]
    pre_empts: NDArray[np.bool_]
    first_served: NDArray[np.int64]


class Line(NamedTuple):
    """Where each person stands: columns of whoever keeps the persons.

    Attributes
    ----------
    before, behind : (n_persons,) int64
        Neighbours in the line, -1 at its ends.
    rank : (n_persons,) int8
        Class of priority, 0 first.
    """

    before: NDArray[np.int64]
    behind: NDArray[np.int64]
    rank: NDArray[np.int8]


@kernel
def join_queue(queues: Queues, line: Line, desk: int, person: int) -> int:
    """Let `person` take a free server or a place in the line of his or her class.

    Parameters
    ----------
    queues : Queues, updated
    line : Line, updated
    desk, person : int
        Rows.

    Returns
    -------
    int
        STARTED, WAITS or BLOCKED (no place left; nothing changed).
    """
    if queues.n_waiting[desk] == 0 and queues.n_busy[desk] < queues.n_servers[desk]:
        queues.n_busy[desk] += 1
        return STARTED
    room = queues.waiting_room[desk]
    if room >= 0 and queues.n_waiting[desk] >= room:
        return BLOCKED
    rank = line.rank[person]
    last = queues.last_waiting[desk, rank]
    line.before[person] = last
    line.behind[person] = NOBODY
    if last == NOBODY:
        queues.first_waiting[desk, rank] = person
    else:
        line.behind[last] = person
    queues.last_waiting[desk, rank] = person
    queues.n_waiting[desk] += 1
    return WAITS


@kernel
def leave_line(queues: Queues, line: Line, desk: int, person: int) -> None:
    """Take somebody out of the line, wherever he or she stands in it."""
    rank = line.rank[person]
    before = line.before[person]
    behind = line.behind[person]
    if before == NOBODY:
        queues.first_waiting[desk, rank] = behind
    else:
        line.behind[before] = behind
    if behind == NOBODY:
        queues.last_waiting[desk, rank] = before
    else:
        line.before[behind] = before
    queues.n_waiting[desk] -= 1


@kernel
def first_in_line(queues: Queues, desk: int) -> int:
    """Return who is called next, or -1 if nobody waits."""
    if queues.n_waiting[desk] == 0:
        return np.int64(NOBODY)
    for rank in range(queues.first_waiting.shape[1]):
        person = queues.first_waiting[desk, rank]
        if person != NOBODY:
            return np.int64(person)
    return np.int64(NOBODY)


@kernel
def call_next(queues: Queues, line: Line, desk: int) -> int:
    """Give a free server to the first of the line; return who that is, or -1."""
    if queues.n_busy[desk] >= queues.n_servers[desk]:
        return np.int64(NOBODY)
    person = first_in_line(queues, desk)
    if person != NOBODY:
        leave_line(queues, line, desk, person)
        queues.n_busy[desk] += 1
    return person


@kernel
def note_start(queues: Queues, line: Line, desk: int, person: int) -> None:
    """Remember who is served at a desk that pre-empts."""
    first = queues.first_served[desk]
    line.before[person] = NOBODY
    line.behind[person] = first
    if first != NOBODY:
        line.before[first] = person
    queues.first_served[desk] = person


@kernel
def note_end(queues: Queues, line: Line, desk: int, person: int) -> None:
    """Forget somebody whose service at a desk that pre-empts has ended or stopped."""
    before = line.before[person]
    behind = line.behind[person]
    if before == NOBODY:
        queues.first_served[desk] = behind
    else:
        line.behind[before] = behind
    if behind != NOBODY:
        line.before[behind] = before


@kernel
def whom_to_interrupt(queues: Queues, line: Line, desk: int, rank: int) -> int:
    """Return who gives way to somebody of class `rank`, or -1.

    Of those served who are of a later class, the latest class; among them who began last.
    """
    chosen = np.int64(NOBODY)
    person = queues.first_served[desk]
    while person != NOBODY:
        if line.rank[person] > rank and (chosen == NOBODY or line.rank[person] > line.rank[chosen]):
            chosen = np.int64(person)
        person = line.behind[person]
    return chosen


@kernel
def interrupt(queues: Queues, line: Line, desk: int, person: int) -> None:
    """Take the server from somebody, who goes to the head of the line of his or her class.

    There is always room to wait for whoever has begun.
    """
    note_end(queues, line, desk, person)
    rank = line.rank[person]
    first = queues.first_waiting[desk, rank]
    line.before[person] = NOBODY
    line.behind[person] = first
    if first == NOBODY:
        queues.last_waiting[desk, rank] = person
    else:
        line.before[first] = person
    queues.first_waiting[desk, rank] = person
    queues.n_waiting[desk] += 1
    queues.n_busy[desk] -= 1


@kernel
def push_event(
    times: NDArray[np.int64], keys: NDArray[np.int64], n_events: int, time: int, key: int
) -> int:
    """Add an event to a heap ordered by (time, key); return the new count.

    Each event has four below it: half as many levels as with two, and the four lie together.

    Parameters
    ----------
    times, keys : (capacity,) int64, updated
        The heap; the caller sees to its capacity.
    n_events : int
        Events now in the heap.
    time, key : int
        The new event; ties in time are settled by the key.
    """
    i = n_events
    while i > 0:
        parent = (i - 1) >> 2
        if times[parent] < time or (times[parent] == time and keys[parent] < key):
            break
        times[i] = times[parent]
        keys[i] = keys[parent]
        i = parent
    times[i] = time
    keys[i] = key
    return n_events + 1


@kernel
def pop_event(times: NDArray[np.int64], keys: NDArray[np.int64], n_events: int) -> int:
    """Remove the first event (row 0) of the heap; return the new count."""
    n = n_events - 1
    time = times[n]
    key = keys[n]
    i = 0
    while True:
        child = 4 * i + 1
        if child >= n:
            break
        for other in range(child + 1, min(child + 4, n)):
            if times[other] < times[child] or (
                times[other] == times[child] and keys[other] < keys[child]
            ):
                child = other
        if time < times[child] or (time == times[child] and key < keys[child]):
            break
        times[i] = times[child]
        keys[i] = keys[child]
        i = child
    times[i] = time
    keys[i] = key
    return n
