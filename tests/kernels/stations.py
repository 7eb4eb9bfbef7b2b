"""One empty station, and an independent account of what it should do."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from twin.kernels.cases import serve_customers
from twin.kernels.queueing import Line, Queues

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def line_for(n: int) -> Line:
    """Places for `n` persons, all of the first class, none of them in a line."""
    nobody = np.full(n, -1, dtype=np.int64)
    return Line(nobody, nobody.copy(), np.zeros(n, dtype=np.int8))


def empty_station(servers: int, room: int = -1, *, n_classes: int = 1) -> Queues:
    return Queues(
        n_servers=np.array([servers], dtype=np.int32),
        n_busy=np.zeros(1, dtype=np.int32),
        n_waiting=np.zeros(1, dtype=np.int32),
        first_waiting=np.full((1, n_classes), -1, dtype=np.int64),
        last_waiting=np.full((1, n_classes), -1, dtype=np.int64),
        waiting_room=np.array([room], dtype=np.int64),
        pre_empts=np.zeros(1, dtype=np.bool_),
        first_served=np.full(1, -1, dtype=np.int64),
    )


def served(
    arrivals: Sequence[int], services: Sequence[int], servers: int, room: int = -1
) -> NDArray[np.int64]:
    """Starts of service by the kernels; the station must be empty again afterwards."""
    n = len(arrivals)
    start = np.full(n, -2, dtype=np.int64)
    station = empty_station(servers, room)
    serve_customers(
        start,
        np.array(arrivals, dtype=np.int64),
        np.array(services, dtype=np.int64),
        n,
        station,
        line_for(n),
        np.zeros(servers, dtype=np.int64),
        np.zeros(servers, dtype=np.int64),
    )
    assert station.n_busy[0] == 0
    assert station.n_waiting[0] == 0
    assert station.first_waiting[0, 0] == station.last_waiting[0, 0] == -1
    return start


def kiefer_wolfowitz(
    arrivals: Sequence[int], services: Sequence[int], servers: int, room: int = -1
) -> list[int]:
    """Starts by the recursion on free times: no queue, no events, no ties to settle."""
    free = [0] * servers
    starts: list[int] = []
    for now, service in zip(arrivals, services, strict=True):
        waiting = sum(start > now for start in starts)
        if room >= 0 and waiting >= room and free[0] > now:
            starts.append(-1)
            continue
        start = max(now, heapq.heappop(free))
        heapq.heappush(free, start + service)
        starts.append(start)
    return starts
