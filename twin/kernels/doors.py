"""What happens at the door of a station: who is let in, sent away, told to wait how long."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.columns import (
    FACILITY_CLOSED,
    N_OPEN_VISITS,
    OUTCOME_OF_REASON,
    OUTSIDE_HOURS,
    REFUSED,
    ROOM_FULL,
    TURNED_AWAY,
    Services,
    Stations,
    Visits,
)
from twin.kernels.jit import kernel
from twin.kernels.queueing import BLOCKED, STARTED, Queues, join_queue, leave_queue

STARTS = -1
WAITS_INSIDE = -2
_S_PER_US = 1e-6


@kernel(is_internal=True)
def settle(visits: Visits, counters: NDArray[np.int64], visit: int, reason: int) -> None:
    """Close the book on a visit."""
    visits.outcome[visit] = OUTCOME_OF_REASON[reason]
    visits.reason[visit] = reason
    counters[N_OPEN_VISITS] -= 1


@kernel(is_internal=True)
def measure_waits(service: int, queues: Queues, services: Services, stations: Stations) -> None:
    """Store the wait that each open station of a service would now announce.

    All servers busy and q people waiting: (q + 1) mean services over the servers.
    """
    ring = services.n_measured[service] % stations.measured_s.shape[0]
    services.n_measured[service] += 1
    mean_s = services.mean_us[service] * _S_PER_US
    for station in range(stations.uid.size):
        if stations.service[station] != service:
            continue
        n_servers = queues.n_servers[station]
        wait = 0.0
        if not (stations.is_active[station] and stations.is_open[station]) or n_servers <= 0:
            wait = -1.0
        elif queues.n_busy[station] >= n_servers:
            wait = (queues.n_waiting[station] + 1) * mean_s / n_servers
        stations.measured_s[ring, station] = wait


@kernel(is_internal=True)
def publish_waits(service: int, services: Services, stations: Stations) -> None:
    """Show the oldest measurement that is not yet public."""
    ring = services.n_published[service] % stations.measured_s.shape[0]
    services.n_published[service] += 1
    for station in range(stations.uid.size):
        if stations.service[station] == service:
            stations.published_s[station] = stations.measured_s[ring, station]


@kernel(is_internal=True)
def is_door_shut(station: int, queues: Queues, services: Services, stations: Stations) -> bool:
    """Return whether nobody who waits here will be served any more."""
    if stations.is_active[station] and stations.is_open[station]:
        return False
    return not services.drains[stations.service[station]] or queues.n_servers[station] <= 0


@kernel(is_internal=True)
def turn_away(
    station: int, visits: Visits, queues: Queues, counters: NDArray[np.int64], now: int
) -> None:
    """Send everybody home who waits."""
    # Constants would be types of their own to Numba, and each compiles another copy.
    reason = np.int64(TURNED_AWAY)
    visit = leave_queue(queues, visits.next_waiting, station)
    while visit >= 0:
        visits.end_us[visit] = now
        settle(visits, counters, visit, reason)
        visit = leave_queue(queues, visits.next_waiting, station)


@kernel(is_internal=True)
def let_in(
    visit: int,
    visits: Visits,
    queues: Queues,
    stations: Stations,
    group_of_row: NDArray[np.uint16],
) -> int:
    """Let a resident in; return STARTS, WAITS_INSIDE, or the reason why not."""
    station = visits.station[visit]
    if not stations.is_active[station]:
        return FACILITY_CLOSED
    if not stations.is_open[station]:
        return OUTSIDE_HOURS
    if not stations.is_eligible[station, group_of_row[visits.row[visit]]]:
        return REFUSED
    state = join_queue(queues, visits.next_waiting, station, visit)
    if state == BLOCKED:
        return ROOM_FULL
    return STARTS if state == STARTED else WAITS_INSIDE
