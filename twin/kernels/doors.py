"""What happens at the door of a station: who is let in, sent away, told to wait how long."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.columns import (
    FACILITY_CLOSED,
    N_OPEN_VISITS,
    OUTCOME_OF_REASON,
    OUTSIDE_HOURS,
    QUEUE_TOO_LONG,
    REFUSED,
    ROOM_FULL,
    Services,
    Stations,
    Visits,
)
from twin.kernels.jit import kernel
from twin.kernels.queueing import (
    BLOCKED,
    STARTED,
    Line,
    Queues,
    first_in_line,
    interrupt,
    join_queue,
    whom_to_interrupt,
)
from twin.kernels.service_columns import Shifts, Stages
from twin.kernels.stages import balks

STARTS = -1
WAITS_INSIDE = -2
_S_PER_US = 1e-6


@kernel(is_inlined=True)
def line_of(visits: Visits) -> Line:
    """Return where the visits stand in their lines."""
    return Line(visits.before, visits.behind, visits.rank)


@kernel(is_internal=True)
def settle(visits: Visits, counters: NDArray[np.int64], visit: int, reason: int) -> None:
    """Close the book on a visit."""
    visits.outcome[visit] = OUTCOME_OF_REASON[reason]
    visits.reason[visit] = reason
    counters[N_OPEN_VISITS] -= 1


@kernel(is_internal=True)
def measure_waits(
    service: int, queues: Queues, services: Services, stages: Stages, stations: Stations
) -> None:
    """Store the wait that each open facility of a service would now announce at its door.

    All servers busy and q people waiting: (q + 1) mean services over the servers; summed
    over the stages that a visit passes on average.
    """
    ring = services.n_measured[service] % stations.measured_s.shape[0]
    services.n_measured[service] += 1
    n_stages = services.first_stage[service + 1] - services.first_stage[service]
    first = services.first_station[service]
    for door in range(first, services.first_station[service + 1], n_stages):
        total = 0.0
        is_shown = stations.is_active[door] and stations.is_open[door]
        for station in range(door, door + n_stages):
            stage = stations.stage[station]
            desk = stations.desk[station]
            n_servers = queues.n_servers[desk]
            if n_servers <= 0:
                is_shown = False
            elif queues.n_busy[desk] >= n_servers:
                mean_s = stages.mean_us[stage] * _S_PER_US * stages.visits[stage]
                total += (queues.n_waiting[desk] + 1) * mean_s / n_servers
        stations.measured_s[ring, door] = total if is_shown else -1.0


@kernel(is_internal=True)
def publish_waits(service: int, services: Services, stations: Stations) -> None:
    """Show the oldest measurement that is not yet public."""
    ring = services.n_published[service] % stations.measured_s.shape[0]
    services.n_published[service] += 1
    for station in range(services.first_station[service], services.first_station[service + 1]):
        stations.published_s[station] = stations.measured_s[ring, station]


@kernel(is_inlined=True)
def on_duty(n_posts: int, share: float) -> int:
    """Return how many of a station's servers are on duty, to the nearest, halves up.

    Somebody is there as long as a share is: a small practice has no half doctor.
    """
    n = np.int64(n_posts * share + 0.5)
    return max(n, min(np.int64(n_posts), np.int64(1))) if share > 0.0 else np.int64(0)


@kernel
def staff_desk(desk: int, queues: Queues, stations: Stations, shifts: Shifts) -> None:
    """Put on duty whom the shifts of the desk's stations say.

    At a counter of several stations the people of those that are closed have gone home;
    once all are closed, all stay until whoever is inside is served.
    """
    n = np.int64(0)
    n_open = np.int64(0)
    is_any_open = False
    for station in range(stations.uid.size):
        if stations.desk[station] == desk:
            share = 1.0
            change = shifts.current[station]
            if change >= shifts.start[station]:
                share = shifts.share[change]
            elif shifts.start[station + 1] > shifts.start[station]:
                share = 0.0
            n_here = on_duty(stations.n_posts[station], share)
            n += n_here
            if stations.is_open[station] and stations.is_active[station]:
                n_open += n_here
                is_any_open = True
    queues.n_servers[desk] = n_open if is_any_open else n


@kernel(is_internal=True)
def is_door_shut(station: int, queues: Queues, services: Services, stations: Stations) -> bool:
    """Return whether nobody who waits here will be served any more.

    Whoever is past the first stage is inside, and goes on after closing.
    """
    if stations.is_active[station] and stations.is_open[station]:
        return False
    if queues.n_servers[stations.desk[station]] <= 0:
        return True
    service = stations.service[station]
    is_first = stations.stage[station] == services.first_stage[service]
    return is_first and not services.drains[service]


@kernel(is_internal=True)
def whom_to_turn_away(station: int, visits: Visits, queues: Queues, stations: Stations) -> int:
    """Return the first in line of those who wait for a station, or -1."""
    desk = stations.desk[station]
    if queues.n_waiting[desk] == 0:
        return np.int64(-1)
    if desk == station:
        first = first_in_line(queues, np.int64(desk))
        # Others may have been merged into the line.
        if visits.station[first] == station:
            return first
    for rank in range(queues.first_waiting.shape[1]):
        visit = queues.first_waiting[desk, rank]
        while visit >= 0:
            if visits.station[visit] == station:
                return np.int64(visit)
            visit = visits.behind[visit]
    return np.int64(-1)


@kernel(is_internal=True)
def take_place(
    visit: int,
    now: int,
    visits: Visits,
    queues: Queues,
    stages: Stages,
    stations: Stations,
    k0: np.uint64,
    k1: np.uint64,
) -> int:
    """Let a visit take a server or stand in line; return STARTS, WAITS_INSIDE or why not."""
    station = visits.station[visit]
    desk = np.int64(stations.desk[station])
    line = line_of(visits)
    is_busy = queues.n_waiting[desk] > 0 or queues.n_busy[desk] >= queues.n_servers[desk]
    if is_busy and queues.pre_empts[desk]:
        other = whom_to_interrupt(queues, line, desk, visits.rank[visit])
        if other >= 0:
            interrupt(queues, line, desk, other)
            visits.left_us[other] = visits.end_us[other] - now
            visits.end_us[other] = -1
            queues.n_busy[desk] += 1
            return STARTS
    if is_busy and balks(
        visit, stations.stage[station], queues.n_waiting[desk], visits, stages, k0, k1
    ):
        return QUEUE_TOO_LONG
    state = join_queue(queues, line, desk, visit)
    if state == BLOCKED:
        return ROOM_FULL
    return STARTS if state == STARTED else WAITS_INSIDE


@kernel(is_internal=True)
def refusal_at(
    visit: int, visits: Visits, stations: Stations, group_of_row: NDArray[np.uint16]
) -> int:
    """Return why the door does not open to a resident who has come, or 0."""
    station = visits.station[visit]
    if not stations.is_active[station]:
        return FACILITY_CLOSED
    if not stations.is_open[station]:
        return OUTSIDE_HOURS
    if not stations.is_eligible[station, group_of_row[visits.row[visit]]]:
        return REFUSED
    return 0
