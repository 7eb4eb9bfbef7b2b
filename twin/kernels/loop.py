"""The one compiled event loop of a city run.

Needs, departures, arrivals, ends of service and of patience, later tries, openings,
closings, shifts, measurements and publications happen in the order of (time, kind, row)
at exact times. The loop returns when the next event is not before `until_us`; calling it
again continues as if it had never stopped, so that no result depends on how often it is
asked.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.booking import put_behind_booked
from twin.kernels.choice import Hours
from twin.kernels.columns import (
    CLOSING,
    FACILITY_CLOSED,
    IN_SYSTEM,
    LOST_PATIENCE,
    MEASURE,
    N_CALENDAR_DONE,
    N_EVENTS,
    N_GUESTS,
    N_NEEDS_DONE,
    N_PENDING,
    N_VISITS,
    NO_REASON,
    NOT_YET,
    OPENING,
    PUBLISH,
    SHIFT,
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
from twin.kernels.doors import (
    STARTS,
    WAITS_INSIDE,
    is_door_shut,
    line_of,
    measure_waits,
    publish_waits,
    refusal_at,
    staff_desk,
    take_place,
    whom_to_turn_away,
)
from twin.kernels.following import (
    ARRIVE,
    DEPART,
    END,
    GIVE_UP,
    KIND_SHIFT,
    SEEK,
    conclude,
    open_row,
    schedule,
)
from twin.kernels.foresight import foresee_needs, foresee_pending
from twin.kernels.jit import kernel
from twin.kernels.knowing import join_shortest, note_experience
from twin.kernels.plans import Plans
from twin.kernels.queueing import Queues, call_next, leave_line, note_end, note_start, pop_event
from twin.kernels.seeking import NO_WAY, PUTS_OFF, choose_station, set_out
from twin.kernels.service_columns import Books, Choices, Follows, Shifts, Stages
from twin.kernels.stages import REFERRED, patience_us, rank_of, requirement_us

DONE = 0
NEEDS_ROOM = 1
_VISIT_MASK = (1 << KIND_SHIFT) - 1
# Rows and entries of the agenda that one event opens at most, besides those it turns away.
_SPARE = 4


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
    shifts: Shifts,
    books: Books,
    services: Services,
    choices: Choices,
    stages: Stages,
    follows: Follows,
    stations: Stations,
    groups: Groups,
    residents: Residents,
    candidates: Candidates,
    plans: Plans,
) -> int:
    """Let everything happen that is due before `until_us`.

    Parameters
    ----------
    until_us : int
        Events at this very time are left for the next call.
    key_low, key_high : int
        Run seed.
    counters : (N_COUNTERS,) int64, updated
        Sizes and cursors; see `twin.kernels.columns`.
    agenda, visits, queues, hours, shifts, books, services, stations : updated
    choices, stages, follows, groups, residents, candidates, plans
        Read only; without day plans `plans` has no residents.

    Returns
    -------
    int
        DONE, or NEEDS_ROOM: visits or agenda are full, nothing is lost; call again with
        longer columns.
    """
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    line = line_of(visits)
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
            return DONE
        room = np.int64(_SPARE)
        kind = np.int64(0)
        row = np.int64(0)
        if source == 1:
            row = np.int64(agenda.calendar_row[entry])
            kind = np.int64(agenda.calendar_kind[entry])
            if kind != MEASURE and kind != PUBLISH:
                room += queues.n_waiting[stations.desk[row]]
        if (
            counters[N_VISITS] + room > visits.row.size
            or counters[N_PENDING] + room > agenda.pending_us.size
        ):
            return NEEDS_ROOM
        counters[N_EVENTS] += 1
        # What the event leads to is done in one place below: `seeking` chooses where to
        # go, `ended` closes a book for `reason`, `planned` puts `next_kind` at `next_us`
        # on the agenda, `entering` stands before a desk, `starting` is a visit whose
        # service begins now, `freed` a desk whose lines may move.
        seeking = np.int64(-1)
        ended = np.int64(-1)
        reason = np.int64(NO_REASON)
        planned = np.int64(-1)
        next_kind = np.int64(ARRIVE)
        next_us = np.int64(0)
        entering = np.int64(-1)
        starting = np.int64(-1)
        freed = np.int64(-1)
        if source == 3:
            counters[N_NEEDS_DONE] += 1
            foresee_needs(need, agenda, residents, candidates)
            who = np.int64(agenda.need_row[need])
            seeking = open_row(
                who,
                np.int64(agenda.need_service[need]),
                np.int64(agenda.need_slot[need]),
                now,
                visits,
                residents,
                counters,
            )
            group = np.int64(residents.group[who])
            visits.rank[seeking] = rank_of(seeking, group, visits, services, k0, k1)
            put_behind_booked(seeking, visits, services, books, k0, k1)
        elif source == 2:
            key = agenda.pending_key[0]
            counters[N_PENDING] = pop_event(
                agenda.pending_us, agenda.pending_key, counters[N_PENDING]
            )
            visit = key & _VISIT_MASK
            kind = key - visit
            foresee_pending(agenda, counters[N_PENDING], visits, residents)
            if kind == END:
                # Void if the service was interrupted meanwhile.
                if visits.end_us[visit] == now and visits.outcome[visit] == IN_SYSTEM:
                    ended = visit
                    freed = np.int64(stations.desk[visits.station[visit]])
                    queues.n_busy[freed] -= 1
                    if queues.pre_empts[freed]:
                        note_end(queues, line, freed, visit)
            elif kind == ARRIVE:
                join_shortest(visit, visits, queues, services, choices, stations, residents.group)
                reason = np.int64(refusal_at(visit, visits, stations, residents.group))
                if reason == NO_REASON:
                    entering = visit
                else:
                    ended = visit
            elif kind == GIVE_UP:
                # Void if the service has begun or the visit has ended meanwhile.
                if visits.start_us[visit] == NOT_YET and visits.outcome[visit] == IN_SYSTEM:
                    leave_line(queues, line, np.int64(stations.desk[visits.station[visit]]), visit)
                    visits.end_us[visit] = now
                    ended = visit
                    reason = np.int64(LOST_PATIENCE)
            elif kind == SEEK:
                seeking = visit
                if visits.attempt[visit] == REFERRED:
                    put_behind_booked(visit, visits, services, books, k0, k1)
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
                        next_kind = np.int64(DEPART)
                        next_us = visits.depart_us[visit]
        else:
            counters[N_CALENDAR_DONE] += 1
            if kind == MEASURE:
                measure_waits(row, queues, services, stages, stations)
            elif kind == PUBLISH:
                publish_waits(row, services, stations)
            else:
                desk = np.int64(stations.desk[row])
                if kind == OPENING:
                    stations.is_open[row] = True
                elif kind == CLOSING:
                    stations.is_open[row] = False
                    hours.current[row] += 1
                elif kind == SHIFT:
                    shifts.current[row] += 1
                if kind == SHIFT or counters[N_GUESTS] > 0:
                    staff_desk(desk, queues, stations, shifts)
                if is_door_shut(row, queues, services, stations):
                    visit = whom_to_turn_away(row, visits, queues, stations)
                    while visit >= 0:
                        leave_line(queues, line, desk, visit)
                        visits.end_us[visit] = now
                        conclude(
                            visit,
                            np.int64(TURNED_AWAY),
                            now,
                            agenda,
                            visits,
                            services,
                            stages,
                            stations,
                            follows,
                            residents,
                            counters,
                            k0,
                            k1,
                        )
                        visit = whom_to_turn_away(row, visits, queues, stations)
                freed = desk
        if seeking >= 0:
            reason = np.int64(
                choose_station(
                    seeking,
                    visits,
                    hours,
                    books,
                    services,
                    choices,
                    follows,
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
                ended = seeking
            else:
                planned = seeking
                next_us = visits.arrive_us[seeking]
                if visits.depart_us[seeking] > now:
                    next_kind = np.int64(DEPART)
                    next_us = visits.depart_us[seeking]
        if planned >= 0:
            schedule(agenda, counters, next_kind, planned, next_us)
        # A row that ends may lead to one that enters, and one that cannot enter ends.
        while ended >= 0 or entering >= 0:
            if ended >= 0:
                came_from = ended
                entering = conclude(
                    ended,
                    reason,
                    now,
                    agenda,
                    visits,
                    services,
                    stages,
                    stations,
                    follows,
                    residents,
                    counters,
                    k0,
                    k1,
                )
                ended = np.int64(-1)
                if entering < 0:
                    break
                if (
                    stations.keeps_server[visits.station[came_from]]
                    and stations.desk[visits.station[entering]] == freed
                ):
                    queues.n_busy[freed] += 1
                    starting = entering
                    break
            reason = np.int64(take_place(entering, now, visits, queues, stages, stations, k0, k1))
            if reason == STARTS:
                starting = entering
            elif reason == WAITS_INSIDE:
                stage = np.int64(stations.stage[visits.station[entering]])
                patience = patience_us(entering, stage, visits, stages, k0, k1)
                if patience >= 0:
                    schedule(agenda, counters, np.int64(GIVE_UP), entering, now + patience)
            else:
                ended = entering
            entering = np.int64(-1)
        while True:
            if starting < 0 and freed >= 0:
                starting = call_next(queues, line, freed)
            if starting < 0:
                break
            station = visits.station[starting]
            duration = visits.left_us[starting]
            if duration == NOT_YET:
                visits.start_us[starting] = now
                note_experience(starting, now, visits, services, choices, stations)
                stage = np.int64(stations.stage[station])
                duration = requirement_us(starting, stage, visits, stages, k0, k1)
            visits.end_us[starting] = now + duration
            schedule(agenda, counters, np.int64(END), starting, now + duration)
            if queues.pre_empts[stations.desk[station]]:
                note_start(queues, line, np.int64(stations.desk[station]), starting)
            starting = np.int64(-1)
