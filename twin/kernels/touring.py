"""What becomes of the intended trips: mode, departure and arrival on the streets as they are.

A resident makes trips one after the other. A tour from home chooses its mode by a
logit over those that lead there and back; the vehicle goes along until the tour
is home again. Whoever is late leaves late, and stays at home if it would by then be
time to come back; whoever could not be home in time for lunch stays away. Whoever
finds no way stays where he or she is, and a way home is looked for again whenever the
streets change.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.choice import taste
from twin.kernels.jit import kernel
from twin.kernels.plans import HOME_SLOT, NO_MODE, Plans
from twin.streams import SLOT_BITS, TOUR_TASTE, TOUR_TASTE_PERMANENT, pack_stream
from twin.units import DAY_US, HOUR_US

_PERMANENT = np.uint64(pack_stream(TOUR_TASTE_PERMANENT))
_TOUR = np.uint64(pack_stream(TOUR_TASTE))
_SLOT_BITS = SLOT_BITS
_DAY = DAY_US
_US_PER_MS = 1_000
OUT = 0
BACK = 1
WALK = 0
# Nobody turns round at the door: the least time at a place (assumed).
LEAST_STAY_US = HOUR_US // 6


class ModeRules(NamedTuple):
    """How modes are liked.

    Attributes
    ----------
    constant, loss_per_ms : (n_modes,) float64
    fixed_ms : (n_modes,) int64
        Time charged once a trip besides the travel time: parking.
    need_share : float
        Share of the taste that is new with each tour.
    of_group : (n_groups,) uint8
        Bit mask of the modes that residents have.
    on_the_way : int
        Bit mask of the modes that need no vehicle from home: walking, bus.
    """

    constant: NDArray[np.float64]
    loss_per_ms: NDArray[np.float64]
    fixed_ms: NDArray[np.int64]
    need_share: float
    of_group: NDArray[np.uint8]
    on_the_way: int


@kernel(is_internal=True)
def _tour_mode(
    times: NDArray[np.int32],
    modes: int,
    resident: np.uint64,
    day_tour: np.uint64,
    rules: ModeRules,
    k0: np.uint64,
    k1: np.uint64,
) -> int:
    """Return the mode of a tour, NO_MODE where none leads there and back.

    Parameters
    ----------
    times : (2, n_modes) int32
        Out and back, -1 where there is no way.
    modes : int
        Bit mask of the modes the resident has.
    resident, day_tour : uint64
        Address of the taste.
    """
    if times[OUT, WALK] == 0 and times[BACK, WALK] == 0:
        # Next door, whatever stands in the garage.
        return np.int64(WALK)
    chosen = np.int64(NO_MODE)
    best = -math.inf
    for mode in range(times.shape[1]):
        if not (modes >> mode) & 1 or times[OUT, mode] < 0 or times[BACK, mode] < 0:
            continue
        mean_ms = 0.5 * (float(times[OUT, mode]) + float(times[BACK, mode]))
        utility = (
            rules.constant[mode]
            - rules.loss_per_ms[mode] * (mean_ms + rules.fixed_ms[mode])
            + taste(
                _TOUR, _PERMANENT, resident, day_tour, np.uint64(mode), rules.need_share, k0, k1
            )
        )
        if utility > best:
            best = utility
            chosen = np.int64(mode)
    return chosen


@kernel(is_internal=True)
def _way_back(times: NDArray[np.int32], vehicle: int, on_the_way: int) -> int:
    """Return the mode of a trip home: the tour's, or the fastest that needs no vehicle."""
    if vehicle >= 0 and times[BACK, vehicle] >= 0:
        return vehicle
    chosen = np.int64(NO_MODE)
    for mode in range(times.shape[1]):
        if not (on_the_way >> mode) & 1 or times[BACK, mode] < 0:
            continue
        if chosen < 0 or times[BACK, mode] < times[BACK, chosen]:
            chosen = np.int64(mode)
    return chosen


@kernel
def list_due(
    due_start: NDArray[np.int64],
    place: NDArray[np.int32],
    out_modes: NDArray[np.uint8],
    back_modes: NDArray[np.uint8],
    plans: Plans,
    first_row: int,
    until_us: int,
    node: NDArray[np.int32],
    group: NDArray[np.uint16],
    rules: ModeRules,
) -> int:
    """List the trips that may leave before a time, and the travel times that they ask for.

    Parameters
    ----------
    due_start : (n_rows + 1,) int64, updated
        First of the trips due of each resident from `first_row` on: those from the first
        that is not settled, in order.
    place : (capacity,) int32, updated
        Node of the place, away from home, at one end of each.
    out_modes, back_modes : (capacity,) uint8, updated
        Bit masks of the modes whose time to the place and back is asked for.
    plans : Plans
    first_row : int
    until_us : int
    node : (n, n_slots) int32
    group : (n,) uint16
    rules : ModeRules

    Returns
    -------
    int
        Number of trips due; those beyond the capacity are counted but not written.
    """
    n_due = np.int64(0)
    for i in range(due_start.size - 1):
        row = first_row + i
        due_start[i] = n_due
        first = plans.start[row] + plans.n_settled[row]
        for trip in range(first, plans.start[row + 1]):
            if plans.want_us[trip] >= until_us:
                break
            if n_due < place.size:
                own = rules.of_group[group[row]]
                slot = plans.to_slot[trip]
                out_modes[n_due] = own
                if slot == HOME_SLOT:
                    slot = plans.from_slot[trip]
                    out_modes[n_due] = np.uint8(0)
                    if trip == first and slot == plans.slot[row]:
                        own = np.uint8(rules.on_the_way)
                        if plans.vehicle[row] >= 0:
                            own |= np.uint8(1 << plans.vehicle[row])
                back_modes[n_due] = own | np.uint8(rules.on_the_way)
                place[n_due] = node[row, slot]
            n_due += 1
    due_start[due_start.size - 1] = n_due
    return n_due


@kernel
def make_trips(
    plans: Plans,
    n_trips: NDArray[np.int32],
    trip_us: NDArray[np.int64],
    n_cut_off: NDArray[np.int32],
    first_row: int,
    since_us: int,
    until_us: int,
    is_measured: int,
    due_start: NDArray[np.int64],
    times: NDArray[np.int32],
    rules: ModeRules,
    resident: NDArray[np.uint32],
    group: NDArray[np.uint16],
    key_low: int,
    key_high: int,
) -> None:
    """Make every trip of some residents that leaves before `until_us`.

    Parameters
    ----------
    plans : Plans, updated
    n_trips, n_cut_off : (n,) int32, updated
        Trips made, and trips for which there was no way; counted while `is_measured`.
    trip_us : (n,) int64, updated
        Time spent on them.
    first_row : int
        The first of the residents whose turn it is.
    since_us, until_us : int
        The streets are as `times` says from here to there.
    is_measured : int
        1 while trips are counted.
    due_start : (n_rows + 1,) int64
        Rows of `times` of each resident; see `list_due`.
    times : (n_due, 2, n_modes) int32
        Milliseconds between home and the other place, out and back; -1 without a way.
    rules : ModeRules
    resident : (n,) uint32
    group : (n,) uint16
    key_low, key_high : int
        Run seed.
    """
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    for i in range(due_start.size - 1):
        row = first_row + i
        end = plans.start[row + 1]
        trip = plans.start[row] + plans.n_settled[row]
        due = due_start[i] - trip
        while trip < end:
            is_away = plans.slot[row] != HOME_SLOT
            leave = plans.ready_us[row]
            if is_away:
                leave += LEAST_STAY_US
            leave = max(leave, plans.want_us[trip])
            if plans.is_stranded[row]:
                leave = max(leave, since_us)
            if leave >= until_us:
                break
            if plans.from_slot[trip] != plans.slot[row]:
                trip += 1
                continue
            target = plans.to_slot[trip]
            # Another trip of the tour follows, except behind the one that closes it.
            is_followed = trip + 1 < end and plans.tour[trip + 1] == plans.tour[trip]
            if is_followed and leave >= plans.want_us[trip + 1]:
                trip += 1
                continue
            pair = times[due + trip]
            if is_away:
                mode = _way_back(pair, np.int64(plans.vehicle[row]), rules.on_the_way)
                step_ms = pair[BACK, mode]
            else:
                day_tour = np.uint64(
                    ((plans.want_us[trip] // _DAY) << _SLOT_BITS) | np.int64(plans.tour[trip])
                )
                own = np.int64(rules.of_group[group[row]])
                mode = _tour_mode(pair, own, np.uint64(resident[row]), day_tour, rules, k0, k1)
                step_ms = pair[OUT, mode]
            arrival = leave + np.int64(step_ms) * _US_PER_MS
            if mode < 0:
                if not plans.is_stranded[row]:
                    n_cut_off[row] += is_measured
                if is_away and not is_followed:
                    # Looked for again when the streets change, at the latest next midnight.
                    plans.is_stranded[row] = True
                    break
                trip += 1
                continue
            if is_away and is_followed and arrival + LEAST_STAY_US > plans.want_us[trip + 1]:
                trip += 1
                continue
            plans.is_stranded[row] = False
            plans.mode[trip] = mode
            plans.depart_us[trip] = leave
            plans.arrive_us[trip] = arrival
            plans.slot[row] = target
            plans.ready_us[row] = arrival
            plans.vehicle[row] = mode if target != HOME_SLOT else NO_MODE
            n_trips[row] += is_measured
            trip_us[row] += is_measured * (arrival - leave)
            trip += 1
        plans.n_settled[row] = trip - plans.start[row]
