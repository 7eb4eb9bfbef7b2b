"""Where a resident with a need goes, and how long the way is now."""

from __future__ import annotations

import math

import numpy as np

from twin.kernels.choice import (
    NEVER,
    Hours,
    best_mode,
    facility_taste,
    forgo_taste,
    planned_arrival,
)
from twin.kernels.columns import (
    ADMITTED_NOWHERE,
    NEVER_OPENS,
    NO_REASON,
    NONE_IN_OPERATION,
    OUT_OF_REACH,
    PREFERRED_NOT,
    Candidates,
    Groups,
    Residents,
    Services,
    Stations,
    Visits,
)
from twin.kernels.jit import kernel
from twin.kernels.random import philox4x32, uniform53
from twin.streams import SLOT_BITS, VISIT_HOUR, pack_stream
from twin.units import DAY_US

_VISIT_HOUR = np.uint64(pack_stream(VISIT_HOUR))
_SLOT_BITS = SLOT_BITS
_DAY = DAY_US
_US_PER_MS = 1_000
_S_PER_US = 1e-6
_S_PER_MS = 1e-3


@kernel(is_internal=True)
def choose_station(
    visit: int,
    visits: Visits,
    hours: Hours,
    services: Services,
    stations: Stations,
    groups: Groups,
    residents: Residents,
    candidates: Candidates,
    k0: np.uint64,
    k1: np.uint64,
) -> int:
    """Choose station, mode and time of departure; return why not, or NO_REASON.

    The utility is that of `twin.kernels.choice`; ties go to the smaller uid.
    """
    service = visits.service[visit]
    row = visits.row[visit]
    group = residents.group[row]
    if services.n_offering[service] == 0:
        return NONE_IN_OPERATION
    if services.n_admitting[service, group] == 0:
        return ADMITTED_NOWHERE
    now = visits.need_us[visit]
    resident = np.uint64(visits.resident[visit])
    day_slot = np.uint64(((now // _DAY) << _SLOT_BITS) | visits.slot[visit])
    service_uid = np.uint64(services.uid[service])
    need_share = services.need_share[service]
    prior = services.expected_wait_s[service]
    by_distance = services.chooses_nearest[service]
    r0, r1, _, _ = philox4x32(resident, day_slot, _VISIT_HOUR, service_uid, k0, k1)
    hour_share = uniform53(r0, r1)
    chosen = -1
    best = -math.inf
    best_arrival = np.int64(0)
    best_travel = np.int64(0)
    best_way = 0
    is_reached = False
    cell = service * candidates.n_origins + residents.home_row[row]
    for c in range(candidates.start[cell], candidates.start[cell + 1]):
        station = candidates.station[c]
        if not (stations.is_active[station] and stations.is_eligible[station, group]):
            continue
        mode, general_ms = best_mode(
            candidates.time_ms[c], groups.modes[group], candidates.fixed_ms
        )
        if mode < 0 or general_ms > candidates.limit_ms[service]:
            continue
        is_reached = True
        travel = np.int64(candidates.time_ms[c, mode]) * _US_PER_MS
        arrival = planned_arrival(hours, station, now + travel, hour_share)
        if arrival == NEVER:
            continue
        delay = arrival - travel - now
        uid = np.uint64(stations.uid[station])
        if by_distance:
            utility = -float(general_ms)
        else:
            wait = prior
            if delay == 0 and groups.is_informed[group] and stations.published_s[station] >= 0.0:
                wait = stations.published_s[station]
            utility = (
                -services.travel_per_s[service] * (general_ms * _S_PER_MS)
                - services.wait_per_s[service] * wait
                - services.delay_per_s[service] * (delay * _S_PER_US)
                + facility_taste(resident, day_slot, uid, need_share, k0, k1)
            )
        if utility > best or (
            utility == best and chosen >= 0 and stations.uid[station] < stations.uid[chosen]
        ):
            best = utility
            chosen = station
            best_way = mode
            best_arrival = arrival
            best_travel = travel
    if not is_reached:
        return OUT_OF_REACH
    if chosen < 0:
        return NEVER_OPENS
    if services.may_forgo[service]:
        stay = services.forgo_utility[service] + forgo_taste(
            resident, day_slot, service_uid, need_share, k0, k1
        )
        if stay > best:
            return PREFERRED_NOT
    visits.station[visit] = chosen
    visits.mode[visit] = best_way
    visits.depart_us[visit] = best_arrival - best_travel
    visits.arrive_us[visit] = best_arrival
    return NO_REASON


@kernel(is_internal=True)
def travel_us(visit: int, visits: Visits, residents: Residents, candidates: Candidates) -> int:
    """Return the travel time of a chosen visit on the streets as they are now, or -1."""
    home = residents.home_row[visits.row[visit]]
    cell = visits.service[visit] * candidates.n_origins + home
    for c in range(candidates.start[cell], candidates.start[cell + 1]):
        if candidates.station[c] == visits.station[visit]:
            time_ms = candidates.time_ms[c, visits.mode[visit]]
            return np.int64(time_ms) * _US_PER_MS if time_ms >= 0 else np.int64(-1)
    return np.int64(-1)
