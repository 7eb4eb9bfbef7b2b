"""Where a resident with a need goes, and how long the way is now."""

from __future__ import annotations

import math

import numpy as np

from twin.kernels.booking import (
    book,
    first_slot,
    keeps_appointment,
    lateness_us,
    wants_appointment,
)
from twin.kernels.choice import NEVER, Hours, best_mode, planned_arrival
from twin.kernels.columns import (
    ADMITTED_NOWHERE,
    DOES_NOT_KNOW,
    NEVER_OPENS,
    NO_APPOINTMENT,
    NO_REASON,
    NO_SHOW,
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
from twin.kernels.knowing import expected_wait_s, knows_service
from twin.kernels.plans import HOME_SLOT, Plans
from twin.kernels.random import philox4x32, uniform53
from twin.kernels.service_columns import Books, Choices, Follows
from twin.kernels.shortlist import most_promising, prefers_to_stay, taste_of_row
from twin.kernels.stages import day_slot_of
from twin.kernels.weighing import (
    door_left_out,
    is_by_utility,
    list_candidates,
    rate_by_distance,
    rate_by_utility,
)
from twin.kernels.whereabouts import next_at_home, place_at
from twin.streams import VISIT_HOUR, pack_stream

_VISIT_HOUR = np.uint64(pack_stream(VISIT_HOUR))
_US_PER_MS = 1_000
_S_PER_US = 1e-6

# What becomes of a departure.
GOES = 0
PUTS_OFF = 1
NO_WAY = 2


@kernel(is_internal=True)
def _hour_share(
    visit: int, visits: Visits, service_uid: np.uint64, k0: np.uint64, k1: np.uint64
) -> float:
    """Return at which share of the next opening a resident goes who has to wait for it."""
    word = _VISIT_HOUR | np.uint64(visits.attempt[visit])
    r0, r1, _, _ = philox4x32(
        np.uint64(visits.resident[visit]), day_slot_of(visit, visits), word, service_uid, k0, k1
    )
    return uniform53(r0, r1)


@kernel(is_internal=True)
def _origin(row: int, slot: int, residents: Residents) -> int:
    """Return the row among the origins of a place of a resident."""
    return np.int64(residents.origin_of_node[residents.node[row, slot]])


@kernel(is_internal=True)
def _setting_out(
    row: int, now: int, plans: Plans, groups: Groups, residents: Residents
) -> tuple[int, int, int]:
    """Return from where, from when and by which modes a resident can set out.

    Whoever is on the way sets out on arrival. Away from home there are the vehicle of
    the tour and what needs none.

    Returns
    -------
    origin, earliest_us, modes
        Row among the origins; bit mask.
    """
    modes = np.int64(groups.modes[residents.group[row]])
    if plans.slot.size == 0:
        return _origin(row, HOME_SLOT, residents), now, modes
    slot, ready, vehicle = place_at(plans, row, now)
    if slot != HOME_SLOT:
        at_hand = np.int64(groups.on_the_way)
        if vehicle >= 0:
            at_hand |= np.int64(1) << vehicle
        modes &= at_hand
    return _origin(row, slot, residents), max(now, ready), modes


@kernel(is_internal=True)
def choose_station(  # noqa: PLR0911 - one return a reason
    visit: int,
    visits: Visits,
    hours: Hours,
    books: Books,
    services: Services,
    choices: Choices,
    follows: Follows,
    stations: Stations,
    groups: Groups,
    residents: Residents,
    candidates: Candidates,
    plans: Plans,
    k0: np.uint64,
    k1: np.uint64,
) -> int:
    """Choose station, mode and time of departure; return why not, or NO_REASON.

    The utility is that of `twin.kernels.choice`; ties go to the smaller uid. Who finds
    nothing within reach of the place where he or she is looks again from home. A later
    try that finds no other facility ends for the reason of the one before.
    """
    service = visits.service[visit]
    row = visits.row[visit]
    group = residents.group[row]
    if services.n_offering[service] == 0:
        return NONE_IN_OPERATION
    if services.n_admitting[service, group] == 0:
        return ADMITTED_NOWHERE
    if not knows_service(visit, group, visits, services, choices, k0, k1):
        return DOES_NOT_KNOW
    shortlist = choices.shortlist
    now = visits.ready_us[visit]
    resident = np.uint64(visits.resident[visit])
    day_slot = day_slot_of(visit, visits)
    service_uid = np.uint64(services.uid[service])
    is_booked = wants_appointment(visit, visits, services, books, k0, k1)
    left_out = door_left_out(visit, visits, services, follows, stations)
    origin, earliest, modes = _setting_out(row, now, plans, groups, residents)
    n = list_candidates(
        service, origin, group, modes, left_out, services, shortlist, stations, candidates
    )
    home = _origin(row, HOME_SLOT, residents)
    if n == 0 and origin != home:
        origin = home
        modes = np.int64(groups.modes[group])
        earliest = next_at_home(plans, row, now)
        n = list_candidates(
            service, origin, group, modes, left_out, services, shortlist, stations, candidates
        )
    if n == 0:
        return OUT_OF_REACH if left_out < 0 else np.int64(visits.reason[visits.parent[visit]])
    by_utility = is_by_utility(service, choices)
    if by_utility:
        rate_by_utility(
            service, row, group, n, resident, day_slot, choices, stations, candidates, k0, k1
        )
    else:
        rate_by_distance(service, row, n, choices, candidates)
    need_share = choices.need_share[service]
    hour_share = _hour_share(visit, visits, service_uid, k0, k1)
    chosen = np.int64(-1)
    best = -math.inf
    best_arrival = np.int64(0)
    best_travel = np.int64(0)
    best_way = np.int64(0)
    best_slot = np.int64(0)
    slot = np.int64(0)
    while True:
        i = most_promising(shortlist.bound, n)
        if i < 0 or shortlist.bound[i] < best:
            break
        shortlist.bound[i] = -math.inf
        c = shortlist.row[i]
        station = np.int64(candidates.station[c])
        mode = shortlist.mode[i]
        travel = np.int64(candidates.time_ms[c, mode]) * _US_PER_MS
        if is_booked:
            slot = first_slot(service, station, now, earliest + travel, hours, books)
            arrival = slot
        else:
            arrival = planned_arrival(hours, station, earliest + travel, hour_share)
        if arrival == NEVER:
            continue
        utility = shortlist.certain[i]
        if by_utility:
            goes_at_once = arrival - travel == earliest
            wait = expected_wait_s(
                service, station, group, arrival, goes_at_once, choices, stations, groups
            )
            delay = arrival - travel - now
            utility = (
                utility
                - choices.wait_per_s[service] * wait
                - choices.delay_per_s[service] * (delay * _S_PER_US)
                + taste_of_row(shortlist, i, need_share)
            )
        if utility > best or (
            utility == best and chosen >= 0 and stations.uid[station] < stations.uid[chosen]
        ):
            best = utility
            chosen = station
            best_way = mode
            best_arrival = arrival
            best_travel = travel
            best_slot = slot
    if chosen < 0:
        return NO_APPOINTMENT if is_booked else NEVER_OPENS
    if choices.may_forgo[service] and prefers_to_stay(
        choices.forgo_utility[service] + choices.forgo_of_group[service, group],
        best,
        resident,
        day_slot,
        service_uid,
        need_share,
        choices.gumbel_bound,
        choices.stable_bound[service],
        k0,
        k1,
    ):
        return PREFERRED_NOT
    if is_booked:
        book(service, chosen, best_slot, books)
        if not keeps_appointment(visit, visits, services, books, k0, k1):
            return NO_SHOW
        late = lateness_us(visit, visits, services, books, k0, k1)
        best_arrival = max(best_slot + late, earliest + best_travel)
        if late < 0:
            # Whoever is early waits for the doors to open.
            best_arrival = planned_arrival(hours, chosen, best_arrival, 0.0)
    visits.station[visit] = chosen
    visits.origin[visit] = origin
    visits.mode[visit] = best_way
    visits.depart_us[visit] = best_arrival - best_travel
    visits.arrive_us[visit] = best_arrival
    return NO_REASON


@kernel(is_internal=True)
def _candidate(visit: int, origin: int, visits: Visits, candidates: Candidates) -> int:
    """Return the row of the chosen station among the candidates of an origin, or -1."""
    cell = visits.service[visit] * candidates.n_origins + origin
    station = visits.station[visit]
    low = candidates.start[cell]
    end = candidates.start[cell + 1]
    high = end
    # Halving: stations ascend within a cell.
    while low < high:
        middle = (low + high) >> 1
        if candidates.station[middle] < station:
            low = middle + 1
        else:
            high = middle
    if low < end and candidates.station[low] == station:
        return np.int64(low)
    return np.int64(-1)


@kernel(is_internal=True)
def set_out(
    visit: int,
    now: int,
    visits: Visits,
    hours: Hours,
    services: Services,
    groups: Groups,
    residents: Residents,
    candidates: Candidates,
    plans: Plans,
    k0: np.uint64,
    k1: np.uint64,
) -> int:
    """Begin the way that was planned, on the streets as they are.

    Without day plans a resident is at home and takes the mode that he or she chose. With
    them the way begins where the resident is by now, with what is at hand. Whoever is
    nearer than thought, is on the way, or would come to a closed door puts it off and is
    asked again when that time has come: so nobody sets out from where he or she is not.
    Without a way from there it is put off to the return home.

    Returns
    -------
    int
        GOES; PUTS_OFF if the departure is a later one; NO_WAY.
    """
    row = visits.row[visit]
    home = _origin(row, HOME_SLOT, residents)
    if plans.slot.size == 0:
        c = _candidate(visit, home, visits, candidates)
        if c < 0 or candidates.time_ms[c, visits.mode[visit]] < 0:
            return NO_WAY
        step = np.int64(candidates.time_ms[c, visits.mode[visit]]) * _US_PER_MS
        visits.arrive_us[visit] = now + step
        return GOES
    origin, earliest, modes = _setting_out(row, now, plans, groups, residents)
    c = _candidate(visit, origin, visits, candidates)
    mode = np.int64(-1)
    if c >= 0:
        mode, _ = best_mode(candidates.time_ms[c], modes, candidates.fixed_ms)
    if mode < 0 and origin != home:
        origin = home
        earliest = next_at_home(plans, row, now)
        c = _candidate(visit, home, visits, candidates)
        if c >= 0 and earliest > now:
            modes = np.int64(groups.modes[residents.group[row]])
            mode, _ = best_mode(candidates.time_ms[c], modes, candidates.fixed_ms)
    if mode < 0:
        return NO_WAY
    travel = np.int64(candidates.time_ms[c, mode]) * _US_PER_MS
    wanted = max(earliest + travel, visits.arrive_us[visit])
    service_uid = np.uint64(services.uid[visits.service[visit]])
    hour_share = _hour_share(visit, visits, service_uid, k0, k1)
    arrival = planned_arrival(hours, np.int64(visits.station[visit]), wanted, hour_share)
    if arrival == NEVER:
        arrival = wanted
    visits.origin[visit] = origin
    visits.mode[visit] = mode
    visits.depart_us[visit] = arrival - travel
    visits.arrive_us[visit] = arrival
    return GOES if visits.depart_us[visit] <= now else PUTS_OFF
