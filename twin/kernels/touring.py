"""What becomes of the intended trips: mode, departure and arrival on the streets as they are.

A resident makes trips one after the other. A tour from home chooses its mode by a
logit over those that lead there and back; the vehicle goes along until the tour
is home again. Whoever is late leaves late; whoever finds no way stays where he or she
is, and a way home is looked for again whenever the streets change.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.choice import taste
from twin.kernels.jit import kernel
from twin.kernels.plans import HOME_SLOT, NO_MODE, Plans, place_at
from twin.streams import SLOT_BITS, TOUR_TASTE, TOUR_TASTE_PERMANENT, pack_stream
from twin.units import DAY_US

_PERMANENT = np.uint64(pack_stream(TOUR_TASTE_PERMANENT))
_TOUR = np.uint64(pack_stream(TOUR_TASTE))
_SLOT_BITS = SLOT_BITS
_DAY = DAY_US
_US_PER_MS = 1_000
OUT = 0
BACK = 1


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
def make_trips(
    plans: Plans,
    n_trips: NDArray[np.int32],
    trip_us: NDArray[np.int64],
    n_cut_off: NDArray[np.int32],
    since_us: int,
    until_us: int,
    is_measured: int,
    times: NDArray[np.int32],
    rules: ModeRules,
    resident: NDArray[np.uint32],
    group: NDArray[np.uint16],
    key_low: int,
    key_high: int,
) -> int:
    """Make every trip that leaves before `until_us`; return how many were made.

    Parameters
    ----------
    plans : Plans, updated
    n_trips, n_cut_off : (n,) int32, updated
        Trips made, and trips for which there was no way; counted while `is_measured`.
    trip_us : (n,) int64, updated
        Time spent on them.
    since_us, until_us : int
        The streets are as `times` says from here to there.
    is_measured : int
        1 while trips are counted.
    times : (n, n_slots - 1, 2, n_modes) int32
        Milliseconds between home and the other places, out and back; -1 without a way.
    rules : ModeRules
    resident : (n,) uint32
    group : (n,) uint16
    key_low, key_high : int
        Run seed.
    """
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    n_made = np.int64(0)
    for row in range(resident.size):
        end = plans.start[row + 1]
        trip = plans.cursor[row]
        while trip < end:
            leave = max(plans.want_us[trip], plans.ready_us[row])
            if plans.is_stranded[row]:
                leave = max(leave, since_us)
            if leave >= until_us:
                break
            if plans.from_slot[trip] != plans.slot[row]:
                trip += 1
                continue
            target = plans.to_slot[trip]
            tour = np.int64(plans.tour[trip])
            if plans.slot[row] == HOME_SLOT:
                pair = times[row, target - 1]
                day_tour = np.uint64(((plans.want_us[trip] // _DAY) << _SLOT_BITS) | tour)
                mode = _tour_mode(
                    pair,
                    np.int64(rules.of_group[group[row]]),
                    np.uint64(resident[row]),
                    day_tour,
                    rules,
                    k0,
                    k1,
                )
                step_ms = pair[OUT, mode]
            else:
                pair = times[row, plans.slot[row] - 1]
                mode = _way_back(pair, np.int64(plans.vehicle[row]), rules.on_the_way)
                step_ms = pair[BACK, mode]
            if mode < 0:
                if not plans.is_stranded[row]:
                    n_cut_off[row] += is_measured
                if plans.slot[row] != HOME_SLOT:
                    # Looked for again when the streets change, at the latest next midnight.
                    plans.is_stranded[row] = True
                    break
                trip += 1
                continue
            plans.is_stranded[row] = False
            done = plans.start[row] + plans.n_done[row]
            plans.n_done[row] += 1
            plans.from_slot[done] = plans.slot[row]
            plans.to_slot[done] = target
            plans.purpose[done] = plans.purpose[trip]
            plans.tour[done] = plans.tour[trip]
            plans.mode[done] = mode
            plans.depart_us[done] = leave
            arrival = leave + np.int64(step_ms) * _US_PER_MS
            plans.arrive_us[done] = arrival
            plans.slot[row] = target
            plans.ready_us[row] = arrival
            plans.vehicle[row] = mode if target != HOME_SLOT else NO_MODE
            n_trips[row] += is_measured
            trip_us[row] += is_measured * (arrival - leave)
            n_made += 1
            trip += 1
        plans.cursor[row] = trip
    return n_made


@kernel
def count_present(
    present: NDArray[np.int32],
    plans: Plans,
    zone: NDArray[np.int16],
    kind_of_slot: NDArray[np.int8],
    times_us: NDArray[np.int64],
) -> None:
    """Count who is where at some times of the day whose trips `plans` holds.

    Parameters
    ----------
    present : (n_zones + 1, n_times, n_kinds + 1) int32, updated
        Residents by zone (the last for none), time and what they are there for; the
        last kind is being on the way, in the zone of the place one goes to.
    plans : Plans
    zone : (n, n_slots) int16
        -1 outside all zones.
    kind_of_slot : (n, n_slots) int8
        What the resident does there: index of a purpose.
    times_us : (n_times,) int64
    """
    none = np.int64(present.shape[0] - 1)
    away = np.int64(present.shape[2] - 1)
    for row in range(zone.shape[0]):
        for i in range(times_us.size):
            slot, ready, _ = place_at(plans, row, times_us[i])
            where = np.int64(zone[row, slot])
            kind = np.int64(kind_of_slot[row, slot])
            present[where if where >= 0 else none, i, kind if ready <= times_us[i] else away] += 1
