"""What residents know: of a service at all, of its waits, of the facility used last."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.choice import SHORTEST, WAITS_FORECAST, WAITS_NONE, WAITS_SMOOTHED
from twin.kernels.columns import Groups, Services, Stations, Visits
from twin.kernels.jit import kernel
from twin.kernels.queueing import Queues
from twin.kernels.random import philox4x32, uniform53
from twin.kernels.service_columns import Choices
from twin.kernels.stages import REFERRED
from twin.streams import KNOWS_SERVICE, pack_stream
from twin.units import HOUR_US

_KNOWS = np.uint64(pack_stream(KNOWS_SERVICE))
_ZERO = np.uint64(0)
_HOUR = HOUR_US
N_WEEK_HOURS = 168
_S_PER_US = 1e-6


@kernel(is_internal=True)
def knows_service(
    visit: int,
    group: int,
    visits: Visits,
    services: Services,
    choices: Choices,
    k0: np.uint64,
    k1: np.uint64,
) -> bool:
    """Return whether a resident knows of the service; the same at every need.

    More known residents are the same ones and some others: the draw is compared with the
    share. Whoever is referred knows.
    """
    service = visits.service[visit]
    share = choices.known_share[service, group] + choices.known_added[service]
    if share >= 1.0 or visits.attempt[visit] & REFERRED:
        return True
    resident = np.uint64(visits.resident[visit])
    r0, r1, _, _ = philox4x32(resident, _ZERO, _KNOWS, np.uint64(services.uid[service]), k0, k1)
    return uniform53(r0, r1) < share


@kernel(is_internal=True)
def expected_wait_s(
    service: int,
    station: int,
    group: int,
    arrival: int,
    goes_at_once: bool,  # noqa: FBT001 - kernels take no keywords
    choices: Choices,
    stations: Stations,
    groups: Groups,
) -> float:
    """Return the wait at a station that a resident of a group expects.

    A board shows the wait of now: it tells those something who go at once. Where none is
    read, there are the waits that others experienced, or nothing but the prior.
    """
    known = choices.waits_known[service]
    if known != WAITS_NONE and groups.is_informed[group]:
        if goes_at_once and stations.published_s[station] >= 0.0:
            return stations.published_s[station]
        if known == WAITS_SMOOTHED and choices.smoothed_s[station] >= 0.0:
            return choices.smoothed_s[station]
        if known == WAITS_FORECAST:
            hour = (arrival // _HOUR) % N_WEEK_HOURS
            if choices.forecast_s[station, hour] >= 0.0:
                return choices.forecast_s[station, hour]
    return choices.expected_wait_s[service]


@kernel(is_internal=True)
def note_experience(
    visit: int, now: int, visits: Visits, services: Services, choices: Choices, stations: Stations
) -> None:
    """Remember what the start of a service at the door tells: the wait, and who was here."""
    station = visits.station[visit]
    service = stations.service[station]
    if stations.stage[station] != services.first_stage[service]:
        return
    known = choices.waits_known[service]
    if known == WAITS_SMOOTHED:
        wait_s = (now - visits.arrive_us[visit]) * _S_PER_US
        before = choices.smoothed_s[station]
        if before < 0.0:
            choices.smoothed_s[station] = wait_s
        else:
            choices.smoothed_s[station] = before + choices.smoothing[service] * (wait_s - before)
    elif known == WAITS_FORECAST:
        hour = (visits.arrive_us[visit] // _HOUR) % N_WEEK_HOURS
        choices.heard_us[station, hour] += now - visits.arrive_us[visit]
        choices.n_heard[station, hour] += 1
    row = choices.habit_row[service]
    if row >= 0:
        choices.last_station[row, visits.row[visit]] = station


@kernel(is_internal=True)
def join_shortest(
    visit: int,
    visits: Visits,
    queues: Queues,
    services: Services,
    choices: Choices,
    stations: Stations,
    group_of_row: NDArray[np.uint16],
) -> None:
    """Let a resident who has come see the lines at that place and join the shortest.

    People there a server on duty; ties go to the smaller uid. Only doors count that are
    open and admit the resident.
    """
    here = visits.station[visit]
    service = visits.service[visit]
    if choices.rule[service] != SHORTEST:
        return
    n_stages = services.first_stage[service + 1] - services.first_stage[service]
    group = group_of_row[visits.row[visit]]
    best = np.int64(-1)
    best_n = np.int64(0)
    best_servers = np.int64(0)
    for door in range(
        services.first_station[service], services.first_station[service + 1], n_stages
    ):
        if choices.place[door] != choices.place[here] or not stations.is_active[door]:
            continue
        desk = stations.desk[door]
        if not (stations.is_open[door] and stations.is_eligible[door, group]):
            continue
        n = np.int64(queues.n_busy[desk] + queues.n_waiting[desk])
        servers = np.int64(queues.n_servers[desk])
        if best < 0:
            is_better = servers > 0
        else:
            # n / servers, without a division that rounds.
            ahead = n * best_servers - best_n * servers
            is_better = servers > 0 and (
                ahead < 0 or (ahead == 0 and stations.uid[door] < stations.uid[best])
            )
        if is_better:
            best = np.int64(door)
            best_n = n
            best_servers = servers
    if best >= 0:
        visits.station[visit] = best
