"""The one compiled event loop of a city run.

Needs, departures, arrivals, ends of service, openings, closings, measurements and
publications happen in the order of (time, kind, row) at exact times. The loop
returns when the next event is not before `until_us`; calling it again continues as
if it had never stopped, so that no result depends on how often it is asked.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.choice import Hours
from twin.kernels.columns import (
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
    NO_REASON,
    NOT_YET,
    OPENING,
    PUBLISH,
    WAY_CLOSED,
    Agenda,
    Candidates,
    Groups,
    Residents,
    Services,
    Stations,
    Visits,
)
from twin.kernels.doors import (
    STARTS,
    WAITS_INSIDE,
    is_door_shut,
    let_in,
    measure_waits,
    publish_waits,
    settle,
    turn_away,
)
from twin.kernels.durations import draw_duration
from twin.kernels.jit import kernel
from twin.kernels.plans import Plans
from twin.kernels.queueing import Queues, call_next, pop_event, push_event
from twin.kernels.seeking import NO_WAY, PUTS_OFF, choose_station, set_out
from twin.streams import SERVICE_TIME, SLOT_BITS, pack_stream
from twin.units import DAY_US

_SERVICE_TIME = np.uint64(pack_stream(SERVICE_TIME))
_SLOT_BITS = SLOT_BITS
_DAY = DAY_US
_KIND_SHIFT = 48
_END = 0
_ARRIVE = 1 << _KIND_SHIFT
_DEPART = 2 << _KIND_SHIFT
_VISIT_MASK = (1 << _KIND_SHIFT) - 1


@kernel(is_internal=True)
def _schedule(
    agenda: Agenda, counters: NDArray[np.int64], kind: int, visit: int, time: int
) -> None:
    """Put the next event of a visit on the agenda."""
    counters[N_PENDING] = push_event(
        agenda.pending_us, agenda.pending_key, counters[N_PENDING], time, kind | visit
    )


@kernel(is_internal=True)
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


@kernel(is_internal=True)
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
    visits.origin[visit] = -1
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
    plans: Plans,
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
    groups, residents, candidates, plans
        Read only; without day plans `plans` has no residents.
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
                choose_station(
                    visit,
                    visits,
                    hours,
                    services,
                    stations,
                    groups,
                    residents,
                    candidates,
                    plans,
                    k0,
                    k1,
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
                reason = np.int64(let_in(visit, visits, queues, stations, residents.group))
                if reason == STARTS:
                    starting = visit
                elif reason != WAITS_INSIDE:
                    ended = visit
            else:
                going = set_out(
                    visit,
                    now,
                    visits,
                    hours,
                    services,
                    groups,
                    residents,
                    candidates,
                    plans,
                    k0,
                    k1,
                )
                if going == NO_WAY:
                    reason = np.int64(WAY_CLOSED)
                if not stations.is_active[visits.station[visit]]:
                    reason = np.int64(FACILITY_CLOSED)
                if reason != NO_REASON:
                    visits.depart_us[visit] = NOT_YET
                    visits.arrive_us[visit] = NOT_YET
                    ended = visit
                else:
                    planned = visit
                    next_us = visits.arrive_us[visit]
                    if going == PUTS_OFF:
                        next_kind = np.int64(_DEPART)
                        next_us = visits.depart_us[visit]
        else:
            counters[N_CALENDAR_DONE] += 1
            row = np.int64(agenda.calendar_row[entry])
            kind = np.int64(agenda.calendar_kind[entry])
            if kind == MEASURE:
                measure_waits(row, queues, services, stations)
            elif kind == PUBLISH:
                publish_waits(row, services, stations)
            else:
                if kind == OPENING:
                    stations.is_open[row] = True
                elif kind == CLOSING:
                    stations.is_open[row] = False
                    hours.current[row] += 1
                if is_door_shut(row, queues, services, stations):
                    turn_away(row, visits, queues, counters, now)
                else:
                    freed = row
        if ended >= 0:
            settle(visits, counters, ended, reason)
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
