"""The one compiled event loop of a city run.

Needs, departures, arrivals, ends of service, openings, closings, measurements and
publications happen in the order of (time, kind, row) at exact times. The loop
returns when the next event is not before `until_us`; calling it again continues as
if it had never stopped, so that no result depends on how often it is asked.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

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
    CLOSING,
    FACILITY_CLOSED,
    IN_SYSTEM,
    MEASURE,
    N_CALENDAR_DONE,
    N_EVENTS,
    N_NEEDS_DONE,
    N_OPEN_VISITS,
    N_PENDING,
    N_VISITS,
    NEVER_OPENS,
    NO_REASON,
    NONE_IN_OPERATION,
    NOT_YET,
    OPENING,
    OUT_OF_REACH,
    OUTCOME_OF_REASON,
    OUTSIDE_HOURS,
    PREFERRED_NOT,
    PUBLISH,
    REFUSED,
    ROOM_FULL,
    TURNED_AWAY,
    WAY_CLOSED,
    Agenda,
    Candidates,
    Groups,
    Residents,
    Services,
    Stations,
    Visits,
)
from twin.kernels.durations import draw_duration
from twin.kernels.jit import kernel
from twin.kernels.queueing import (
    BLOCKED,
    STARTED,
    Queues,
    call_next,
    join_queue,
    leave_queue,
    pop_event,
    push_event,
)
from twin.kernels.random import philox4x32, uniform53
from twin.streams import SERVICE_TIME, SLOT_BITS, VISIT_HOUR, pack_stream
from twin.units import DAY_US

_VISIT_HOUR = np.uint64(pack_stream(VISIT_HOUR))
_SERVICE_TIME = np.uint64(pack_stream(SERVICE_TIME))
_SLOT_BITS = SLOT_BITS
_DAY = DAY_US
_US_PER_MS = 1_000
_S_PER_US = 1e-6
_S_PER_MS = 1e-3
_KIND_SHIFT = 48
_END = 0
_ARRIVE = 1 << _KIND_SHIFT
_DEPART = 2 << _KIND_SHIFT
_VISIT_MASK = (1 << _KIND_SHIFT) - 1
_STARTS = -1
_WAITS = -2


@kernel
def _settle(visits: Visits, counters: NDArray[np.int64], visit: int, reason: int) -> None:
    """Close the book on a visit."""
    visits.outcome[visit] = OUTCOME_OF_REASON[reason]
    visits.reason[visit] = reason
    counters[N_OPEN_VISITS] -= 1


@kernel
def _schedule(
    agenda: Agenda, counters: NDArray[np.int64], kind: int, visit: int, time: int
) -> None:
    """Put the next event of a visit on the agenda."""
    counters[N_PENDING] = push_event(
        agenda.pending_us, agenda.pending_key, counters[N_PENDING], time, kind | visit
    )


@kernel
def _choose(
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
    cell = service * candidates.n_homes + residents.home_row[row]
    for c in range(candidates.start[cell], candidates.start[cell + 1]):
        station = candidates.station[c]
        if not (stations.is_active[station] and stations.is_eligible[station, group]):
            continue
        mode, general_ms = best_mode(
            candidates.time_ms[c], groups.modes[group], candidates.fixed_ms
        )
        if mode < 0:
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


@kernel
def _travel_us(visit: int, visits: Visits, residents: Residents, candidates: Candidates) -> int:
    """Return the travel time of a chosen visit on the streets as they are now, or -1."""
    home = residents.home_row[visits.row[visit]]
    cell = visits.service[visit] * candidates.n_homes + home
    for c in range(candidates.start[cell], candidates.start[cell + 1]):
        if candidates.station[c] == visits.station[visit]:
            time_ms = candidates.time_ms[c, visits.mode[visit]]
            return np.int64(time_ms) * _US_PER_MS if time_ms >= 0 else np.int64(-1)
    return np.int64(-1)


@kernel
def _duration_us(
    visit: int, visits: Visits, services: Services, k0: np.uint64, k1: np.uint64
) -> int:
    """Return the service requirement of a need, at least a microsecond."""
    service = visits.service[visit]
    day_slot = ((visits.need_us[visit] // _DAY) << _SLOT_BITS) | visits.slot[visit]
    duration = draw_duration(
        services.distribution[service],
        services.mean_us[service],
        services.cv[service],
        np.uint64(visits.resident[visit]),
        np.uint64(day_slot),
        _SERVICE_TIME,
        np.uint64(services.uid[service]),
        k0,
        k1,
    )
    return max(np.int64(1), np.int64(duration))


@kernel
def _measure_waits(service: int, queues: Queues, services: Services, stations: Stations) -> None:
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


@kernel
def _publish_waits(service: int, services: Services, stations: Stations) -> None:
    """Show the oldest measurement that is not yet public."""
    ring = services.n_published[service] % stations.measured_s.shape[0]
    services.n_published[service] += 1
    for station in range(stations.uid.size):
        if stations.service[station] == service:
            stations.published_s[station] = stations.measured_s[ring, station]


@kernel
def _is_door_shut(station: int, queues: Queues, services: Services, stations: Stations) -> bool:
    """Return whether nobody who waits here will be served any more."""
    if stations.is_active[station] and stations.is_open[station]:
        return False
    return not services.drains[stations.service[station]] or queues.n_servers[station] <= 0


@kernel
def _turn_away(
    station: int, visits: Visits, queues: Queues, counters: NDArray[np.int64], now: int
) -> None:
    """Send everybody home who waits."""
    # Constants would be types of their own to Numba, and each compiles another copy.
    reason = np.int64(TURNED_AWAY)
    visit = leave_queue(queues, visits.next_waiting, station)
    while visit >= 0:
        visits.end_us[visit] = now
        _settle(visits, counters, visit, reason)
        visit = leave_queue(queues, visits.next_waiting, station)


@kernel
def _arrive(
    visit: int,
    visits: Visits,
    queues: Queues,
    stations: Stations,
    group_of_row: NDArray[np.uint16],
) -> int:
    """Let a resident in; return _STARTS, _WAITS, or the reason why not."""
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
    return _STARTS if state == STARTED else _WAITS


@kernel
def _new_visit(
    need: int,
    agenda: Agenda,
    visits: Visits,
    residents: Residents,
    counters: NDArray[np.int64],
) -> int:
    """Open the book on a need; return its row."""
    visit = counters[N_VISITS]
    counters[N_VISITS] += 1
    counters[N_OPEN_VISITS] += 1
    row = agenda.need_row[need]
    visits.resident[visit] = residents.uid[row]
    visits.row[visit] = row
    visits.service[visit] = agenda.need_service[need]
    visits.station[visit] = -1
    visits.slot[visit] = agenda.need_slot[need]
    visits.mode[visit] = -1
    visits.outcome[visit] = IN_SYSTEM
    visits.reason[visit] = NO_REASON
    visits.need_us[visit] = agenda.need_us[need]
    visits.depart_us[visit] = NOT_YET
    visits.arrive_us[visit] = NOT_YET
    visits.start_us[visit] = NOT_YET
    visits.end_us[visit] = NOT_YET
    return visit


@kernel
def run_until(
    until_us: int,
    key_low: int,
    key_high: int,
    counters: NDArray[np.int64],
    agenda: Agenda,
    visits: Visits,
    queues: Queues,
    hours: Hours,
    services: Services,
    stations: Stations,
    groups: Groups,
    residents: Residents,
    candidates: Candidates,
) -> None:
    """Let everything happen that is due before `until_us`.

    Parameters
    ----------
    until_us : int
        Events at this very time are left for the next call.
    key_low, key_high : int
        Run seed.
    counters : (N_COUNTERS,) int64, updated
        Sizes and cursors; see `twin.kernels.columns`.
    agenda, visits, queues, hours, services, stations : updated
        The caller sees to it that visits and agenda hold all needs of the day.
    groups, residents, candidates
        Read only.
    """
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    while True:
        # Earliest of the three sources; at one instant the calendar comes first, then
        # what is under way, then new needs.
        now = until_us
        source = 0
        need = counters[N_NEEDS_DONE]
        if need < agenda.need_us.size and agenda.need_us[need] < now:
            now = agenda.need_us[need]
            source = 3
        if counters[N_PENDING] > 0 and (
            agenda.pending_us[0] < now or (source == 3 and agenda.pending_us[0] == now)
        ):
            now = agenda.pending_us[0]
            source = 2
        entry = counters[N_CALENDAR_DONE]
        if entry < agenda.calendar_us.size and (
            agenda.calendar_us[entry] < now or (source > 0 and agenda.calendar_us[entry] == now)
        ):
            now = agenda.calendar_us[entry]
            source = 1
        if source == 0:
            return
        counters[N_EVENTS] += 1
        # What the event leads to is done in one place below: `ended` closes a book for
        # `reason`, `planned` puts `next_kind` at `next_us` on the agenda, `starting` is a
        # visit whose service begins now, `freed` a station whose queue may move.
        ended = np.int64(-1)
        reason = np.int64(NO_REASON)
        planned = np.int64(-1)
        next_kind = np.int64(_ARRIVE)
        next_us = np.int64(0)
        starting = np.int64(-1)
        freed = np.int64(-1)
        if source == 3:
            counters[N_NEEDS_DONE] += 1
            visit = _new_visit(need, agenda, visits, residents, counters)
            reason = np.int64(
                _choose(
                    visit, visits, hours, services, stations, groups, residents, candidates, k0, k1
                )
            )
            if reason != NO_REASON:
                ended = visit
            else:
                planned = visit
                next_us = visits.arrive_us[visit]
                if visits.depart_us[visit] > now:
                    next_kind = np.int64(_DEPART)
                    next_us = visits.depart_us[visit]
        elif source == 2:
            key = agenda.pending_key[0]
            counters[N_PENDING] = pop_event(
                agenda.pending_us, agenda.pending_key, counters[N_PENDING]
            )
            visit = key & _VISIT_MASK
            kind = key - visit
            if kind == _END:
                ended = visit
                freed = np.int64(visits.station[visit])
                queues.n_busy[freed] -= 1
            elif kind == _ARRIVE:
                reason = np.int64(_arrive(visit, visits, queues, stations, residents.group))
                if reason == _STARTS:
                    starting = visit
                elif reason != _WAITS:
                    ended = visit
            else:
                travel = _travel_us(visit, visits, residents, candidates)
                if travel < 0:
                    reason = np.int64(WAY_CLOSED)
                if not stations.is_active[visits.station[visit]]:
                    reason = np.int64(FACILITY_CLOSED)
                if reason != NO_REASON:
                    visits.depart_us[visit] = NOT_YET
                    visits.arrive_us[visit] = NOT_YET
                    ended = visit
                else:
                    visits.arrive_us[visit] = now + travel
                    planned = visit
                    next_us = now + travel
        else:
            counters[N_CALENDAR_DONE] += 1
            row = np.int64(agenda.calendar_row[entry])
            kind = np.int64(agenda.calendar_kind[entry])
            if kind == MEASURE:
                _measure_waits(row, queues, services, stations)
            elif kind == PUBLISH:
                _publish_waits(row, services, stations)
            else:
                if kind == OPENING:
                    stations.is_open[row] = True
                elif kind == CLOSING:
                    stations.is_open[row] = False
                    hours.current[row] += 1
                if _is_door_shut(row, queues, services, stations):
                    _turn_away(row, visits, queues, counters, now)
                else:
                    freed = row
        if ended >= 0:
            _settle(visits, counters, ended, reason)
        if planned >= 0:
            _schedule(agenda, counters, next_kind, planned, next_us)
        if freed >= 0:
            starting = call_next(queues, visits.next_waiting, freed)
        while starting >= 0:
            visits.start_us[starting] = now
            end = now + _duration_us(starting, visits, services, k0, k1)
            visits.end_us[starting] = end
            _schedule(agenda, counters, np.int64(_END), starting, end)
            starting = np.int64(-1)
            if freed >= 0:
                starting = call_next(queues, visits.next_waiting, freed)
