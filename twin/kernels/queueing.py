"""First come, first served at stations with several servers.

A station is one facility-service pair. People wait in a linked list through
``next_waiting``, so that a queue of any length costs no allocation. Starting
rule of Kiefer and Wolfowitz (1955): whoever came first takes the earliest free
server. The same functions serve the city run and `twin.parts.simulate_queue`.
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
    """Columns of stations, one row a station.

    Attributes
    ----------
    n_servers : (n_stations,) int32
        Servers on duty while the station is open.
    n_busy : (n_stations,) int32
        Services under way; may exceed `n_servers` after servers were taken away.
    n_waiting : (n_stations,) int32
        People in the queue.
    first_waiting, last_waiting : (n_stations,) int64
        Ends of the queue, -1 if empty.
    waiting_room : (n_stations,) int64
        Places to wait, -1 for no limit.
    """

    n_servers: NDArray[np.int32]
    n_busy: NDArray[np.int32]
    n_waiting: NDArray[np.int32]
    first_waiting: NDArray[np.int64]
    last_waiting: NDArray[np.int64]
    waiting_room: NDArray[np.int64]


@kernel
def join_queue(queues: Queues, next_waiting: NDArray[np.int64], station: int, visit: int) -> int:
    """Let `visit` take a free server or a place in the queue.

    Parameters
    ----------
    queues : Queues, updated
    next_waiting : (n_visits,) int64, updated
        Who stands behind whom.
    station, visit : int
        Rows.

    Returns
    -------
    int
        STARTED, WAITS or BLOCKED (no place left; nothing changed).
    """
    if queues.n_waiting[station] == 0 and queues.n_busy[station] < queues.n_servers[station]:
        queues.n_busy[station] += 1
        return STARTED
    room = queues.waiting_room[station]
    if room >= 0 and queues.n_waiting[station] >= room:
        return BLOCKED
    next_waiting[visit] = NOBODY
    if queues.n_waiting[station] == 0:
        queues.first_waiting[station] = visit
    else:
        next_waiting[queues.last_waiting[station]] = visit
    queues.last_waiting[station] = visit
    queues.n_waiting[station] += 1
    return WAITS


@kernel
def leave_queue(queues: Queues, next_waiting: NDArray[np.int64], station: int) -> int:
    """Take the first of the queue out of it; return the visit, or -1 if none waits."""
    if queues.n_waiting[station] == 0:
        return NOBODY
    visit = queues.first_waiting[station]
    queues.first_waiting[station] = next_waiting[visit]
    queues.n_waiting[station] -= 1
    if queues.n_waiting[station] == 0:
        queues.first_waiting[station] = NOBODY
        queues.last_waiting[station] = NOBODY
    return visit


@kernel
def call_next(queues: Queues, next_waiting: NDArray[np.int64], station: int) -> int:
    """Give a free server to the first of the queue; return the visit, or -1."""
    if queues.n_busy[station] >= queues.n_servers[station]:
        return NOBODY
    visit = leave_queue(queues, next_waiting, station)
    if visit != NOBODY:
        queues.n_busy[station] += 1
    return visit


@kernel
def push_event(
    times: NDArray[np.int64], keys: NDArray[np.int64], n_events: int, time: int, key: int
) -> int:
    """Add an event to a binary heap ordered by (time, key); return the new count.

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
        parent = (i - 1) >> 1
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
        child = 2 * i + 1
        if child >= n:
            break
        right = child + 1
        if right < n and (
            times[right] < times[child]
            or (times[right] == times[child] and keys[right] < keys[child])
        ):
            child = right
        if time < times[child] or (time == times[child] and key < keys[child]):
            break
        times[i] = times[child]
        keys[i] = keys[child]
        i = child
    times[i] = time
    keys[i] = key
    return n
