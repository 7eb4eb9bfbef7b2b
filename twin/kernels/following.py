"""What follows the end of a row: the next stage, a referral, another try."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.columns import (
    FACILITY_CLOSED,
    IN_SYSTEM,
    LOST_PATIENCE,
    N_OPEN_VISITS,
    N_PENDING,
    N_VISITS,
    NO_APPOINTMENT,
    NO_REASON,
    NOT_YET,
    OUTSIDE_HOURS,
    QUEUE_TOO_LONG,
    REASONS,
    ROOM_FULL,
    TURNED_AWAY,
    Agenda,
    Residents,
    Services,
    Stations,
    Visits,
)
from twin.kernels.doors import settle
from twin.kernels.jit import kernel
from twin.kernels.queueing import push_event
from twin.kernels.service_columns import Follows, Stages
from twin.kernels.stages import (
    ONE_TRY,
    PASSES,
    REFERRED,
    next_stage,
    rank_of,
    referred_to,
    tries_again,
)

KIND_SHIFT = 48
END = 0
ARRIVE = 1 << KIND_SHIFT
DEPART = 2 << KIND_SHIFT
GIVE_UP = 3 << KIND_SHIFT
SEEK = 4 << KIND_SHIFT
NOBODY_FOLLOWS = -1
# Whether what stopped a visit may be different at another time, by reason.
_MAY_PASS = tuple(
    reason
    in {
        ROOM_FULL,
        QUEUE_TOO_LONG,
        LOST_PATIENCE,
        TURNED_AWAY,
        OUTSIDE_HOURS,
        FACILITY_CLOSED,
        NO_APPOINTMENT,
    }
    for reason in range(len(REASONS))
)


@kernel(is_internal=True)
def schedule(agenda: Agenda, counters: NDArray[np.int64], kind: int, visit: int, time: int) -> None:
    """Put the next event of a visit on the agenda."""
    counters[N_PENDING] = push_event(
        agenda.pending_us, agenda.pending_key, counters[N_PENDING], time, kind | visit
    )


@kernel(is_internal=True)
def open_row(
    row: int,
    service: int,
    slot: int,
    need_us: int,
    visits: Visits,
    residents: Residents,
    counters: NDArray[np.int64],
) -> int:
    """Open the book on a need; return its row."""
    visit = counters[N_VISITS]
    counters[N_VISITS] += 1
    counters[N_OPEN_VISITS] += 1
    visits.resident[visit] = residents.uid[row]
    visits.row[visit] = row
    visits.service[visit] = service
    visits.station[visit] = -1
    visits.origin[visit] = -1
    visits.slot[visit] = slot
    visits.mode[visit] = -1
    visits.outcome[visit] = IN_SYSTEM
    visits.reason[visit] = NO_REASON
    visits.rank[visit] = 0
    visits.attempt[visit] = 0
    visits.need_us[visit] = need_us
    visits.ready_us[visit] = need_us
    visits.depart_us[visit] = NOT_YET
    visits.arrive_us[visit] = NOT_YET
    visits.start_us[visit] = NOT_YET
    visits.end_us[visit] = NOT_YET
    visits.left_us[visit] = NOT_YET
    visits.parent[visit] = NOT_YET
    return visit


@kernel(is_internal=True)
def _continue_row(
    parent: int,
    service: int,
    attempt: int,
    ready_us: int,
    visits: Visits,
    residents: Residents,
    counters: NDArray[np.int64],
) -> int:
    """Open a row that continues another; return it."""
    visit = open_row(
        np.int64(visits.row[parent]),
        service,
        np.int64(visits.slot[parent]),
        visits.need_us[parent],
        visits,
        residents,
        counters,
    )
    visits.attempt[visit] = attempt
    visits.ready_us[visit] = ready_us
    visits.parent[visit] = parent
    return visit


@kernel(is_internal=True)
def conclude(
    visit: int,
    reason: int,
    now: int,
    agenda: Agenda,
    visits: Visits,
    services: Services,
    stages: Stages,
    stations: Stations,
    follows: Follows,
    residents: Residents,
    counters: NDArray[np.int64],
    k0: np.uint64,
    k1: np.uint64,
) -> int:
    """Close the book on a row and open that of what follows.

    Returns
    -------
    int
        The row that now stands before its next stage, NOBODY_FOLLOWS if none does.
        Referrals and later tries are on the agenda.
    """
    settle(visits, counters, visit, reason)
    service = np.int64(visits.service[visit])
    attempt = np.int64(visits.attempt[visit])
    if reason != NO_REASON:
        if _MAY_PASS[reason] and tries_again(visit, visits, services, follows, k0, k1):
            ready = now + follows.retry_after_us[service]
            attempt = (attempt & ~np.int64(PASSES)) + ONE_TRY
            child = _continue_row(visit, service, attempt, ready, visits, residents, counters)
            visits.rank[child] = visits.rank[visit]
            schedule(agenda, counters, np.int64(SEEK), child, ready)
        return np.int64(NOBODY_FOLLOWS)
    station = visits.station[visit]
    following = next_stage(visit, stations.stage[station], visits, stages, k0, k1)
    if following >= 0:
        child = _continue_row(visit, service, attempt + 1, now, visits, residents, counters)
        number = stations.stage[station] - services.first_stage[service]
        visits.station[child] = station - number + following
        visits.origin[child] = visits.origin[visit]
        visits.arrive_us[child] = now
        visits.rank[child] = visits.rank[visit]
        return child
    other = referred_to(visit, visits, services, follows, k0, k1)
    if other >= 0:
        ready = now + follows.refer_after_us[service]
        attempt = np.int64(REFERRED)
        child = _continue_row(visit, other, attempt, ready, visits, residents, counters)
        group = np.int64(residents.group[visits.row[child]])
        visits.rank[child] = rank_of(child, group, visits, services, k0, k1)
        schedule(agenda, counters, np.int64(SEEK), child, ready)
    return np.int64(NOBODY_FOLLOWS)
