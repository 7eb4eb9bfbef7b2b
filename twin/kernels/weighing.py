"""Which candidate is the best: bounds first, then as few utilities in full as will do.

The answer is that of working out every candidate, ties going to the smaller uid, in any
order of the candidates; see `twin.kernels.shortlist`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.kernels.choice import CATCHMENT, LOGIT
from twin.kernels.columns import Candidates, Services, Stations, Visits
from twin.kernels.jit import kernel
from twin.kernels.service_columns import Choices, Follows
from twin.kernels.shortlist import Shortlist, bound_tastes, draw_words, nest_taste
from twin.kernels.stages import TRIES

_S_PER_MS = 1e-3
_MS_PER_MIN = 60_000.0
# Huff's distances begin here: nobody is infinitely near.
_LEAST_MIN = 1.0
# More than any travel time in milliseconds, exact beside it.
_OF_ONES_WARD = 2.0**40
NOBODY_LEFT_OUT = -1
_MODE_BITS = 3
_MODE_MASK = (1 << _MODE_BITS) - 1
_LOW_HALF = 0xFFFFFFFF
_NO_MODE = 2**62


@kernel(is_internal=True)
def door_left_out(
    visit: int, visits: Visits, services: Services, follows: Follows, stations: Stations
) -> int:
    """Return the door at which the try before this one failed, if it is avoided now."""
    service = visits.service[visit]
    parent = visits.parent[visit]
    if parent < 0 or not follows.retries_elsewhere[service]:
        return np.int64(NOBODY_LEFT_OUT)
    station = visits.station[parent]
    if station < 0 or not visits.attempt[visit] & TRIES or visits.service[parent] != service:
        return np.int64(NOBODY_LEFT_OUT)
    return np.int64(station - (stations.stage[station] - services.first_stage[service]))


@kernel(is_inlined=True)
def _best_modes(
    best: NDArray[np.int64], first: int, n: int, modes: int, candidates: Candidates
) -> None:
    """Write least generalised time << 3 | mode of `n` candidates from row `first` on.

    Mode by mode and without a branch, which nobody could foretell. Read as 32 bits without
    a sign, "the mode does not get there" is longer than any way.
    """
    # A slice, within which the compiler need not ask whether a row counts from the end.
    times = candidates.time_ms[first : first + n]
    is_first = True
    for m in range(times.shape[1]):
        if not (modes >> m) & 1:
            continue
        added = (candidates.fixed_ms[m] << _MODE_BITS) | m
        if is_first:
            for i in range(n):
                time_ms = np.int64(times[i, m]) & _LOW_HALF
                best[i] = (time_ms << _MODE_BITS) + added
        else:
            for i in range(n):
                time_ms = np.int64(times[i, m]) & _LOW_HALF
                best[i] = min(best[i], (time_ms << _MODE_BITS) + added)
        is_first = False
    if is_first:
        for i in range(n):
            best[i] = _NO_MODE


@kernel(is_internal=True)
def list_candidates(
    service: int,
    origin: int,
    group: int,
    modes: int,
    left_out: int,
    services: Services,
    shortlist: Shortlist,
    stations: Stations,
    candidates: Candidates,
) -> int:
    """List who admits the group and is within reach of an origin; return how many.

    Modes are as `best_mode` has them: the least generalised time, ties to the first.
    """
    best = shortlist.general_ms
    cell = service * candidates.n_origins + origin
    first = candidates.start[cell]
    n_cell = candidates.start[cell + 1] - first
    _best_modes(best, first, n_cell, modes, candidates)
    limit_ms = candidates.limit_ms[service]
    n = np.int64(0)
    n_stations = services.first_station[service + 1] - services.first_station[service]
    if left_out < 0 and services.n_admitting[service, group] == n_stations:
        # All admit this group: they need not be asked.
        for i in range(n_cell):
            general_ms = best[i] >> _MODE_BITS
            shortlist.row[n] = first + i
            shortlist.mode[n] = best[i] & _MODE_MASK
            shortlist.general_ms[n] = general_ms
            n += np.int64(general_ms <= limit_ms)
        return n
    station_of = candidates.station[first : first + n_cell]
    for i in range(n_cell):
        station = station_of[i]
        general_ms = best[i] >> _MODE_BITS
        if general_ms > limit_ms or station == left_out:
            continue
        if not (stations.is_active[station] and stations.is_eligible[station, group]):
            continue
        shortlist.row[n] = first + i
        shortlist.mode[n] = best[i] & _MODE_MASK
        shortlist.general_ms[n] = general_ms
        n += 1
    return n


@kernel(is_internal=True)
def rate_by_distance(
    service: int, row: int, n: int, choices: Choices, candidates: Candidates
) -> None:
    """Rate the listed by travel time; the facility of one's ward comes before all others."""
    shortlist = choices.shortlist
    assigned = np.int64(-1)
    if choices.rule[service] == CATCHMENT and choices.zone[row] >= 0:
        assigned = np.int64(choices.assigned[service, choices.zone[row]])
    for i in range(n):
        certain = -float(shortlist.general_ms[i])
        if candidates.station[shortlist.row[i]] == assigned:
            certain += _OF_ONES_WARD
        shortlist.certain[i] = certain
        shortlist.bound[i] = certain


@kernel(is_internal=True)
def rate_by_utility(
    service: int,
    row: int,
    group: int,
    n: int,
    resident: np.uint64,
    day_slot: np.uint64,
    choices: Choices,
    stations: Stations,
    candidates: Candidates,
    k0: np.uint64,
    k1: np.uint64,
) -> None:
    """Rate the listed by what is certain of their utility, and bound what is not."""
    shortlist = choices.shortlist
    need_share = choices.need_share[service]
    nest_scale = choices.nest_scale[service]
    fee_weight = choices.fee_weight[service, group]
    exponent = choices.distance_exponent[service]
    usual = np.int64(-1)
    if choices.habit_row[service] >= 0:
        usual = np.int64(choices.last_station[choices.habit_row[service], row])
    if nest_scale < 1.0:
        for nest in range(choices.first_nest[service], choices.first_nest[service + 1]):
            uid = np.uint64(choices.nest_uid[nest])
            choices.nest_value[nest] = nest_taste(
                resident, day_slot, uid, nest_scale, need_share, k0, k1
            )
    for i in range(n):
        station = candidates.station[shortlist.row[i]]
        shortlist.uid[i] = np.uint64(stations.uid[station])
        certain = -choices.travel_per_s[service] * (shortlist.general_ms[i] * _S_PER_MS)
        more = choices.attraction[station] - fee_weight * choices.fee[station]
        if exponent > 0.0:
            minutes = max(shortlist.general_ms[i] / _MS_PER_MIN, _LEAST_MIN)
            more -= exponent * math.log(minutes)
        if station == usual:
            more += choices.habit[service]
        shortlist.certain[i] = certain + more
        shortlist.scale[i] = 1.0
        shortlist.shift[i] = 0.0
        if nest_scale < 1.0 and choices.nest[station] >= 0:
            shortlist.scale[i] = nest_scale
            shortlist.shift[i] = choices.nest_value[choices.nest[station]]
    draw_words(shortlist.word, shortlist.uid, n, resident, day_slot, need_share, k0, k1)
    bound_tastes(shortlist, n, need_share, choices.gumbel_bound, choices.stable_bound[service])


@kernel(is_inlined=True)
def is_by_utility(service: int, choices: Choices) -> bool:
    """Return whether a service is chosen by utility, not by distance."""
    return choices.rule[service] == LOGIT
