"""What residents intend to do on a day: tours to work, school and elsewhere.

An intention is an address: whether a resident works on day 17, when he or she leaves,
how long the stay is are draws of (resident, day, question), so that a closed street
or a new clinic changes no intention, only what becomes of it (`twin.kernels.touring`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.random import philox4x32, standard_normal, uniform32, uniform53
from twin.streams import DAY_PLAN, SLOT_BITS, pack_stream
from twin.units import DAY_US, HOUR_US

_STREAM = np.uint64(pack_stream(DAY_PLAN))
_DRAW_SHIFT = np.uint64(8)
_ZERO = np.uint64(0)
_SLOT_BITS = SLOT_BITS
_DAY = DAY_US
_HOUR = HOUR_US

# Purposes of a trip; the order is that of `PURPOSES`.
PURPOSES = ("home", "work", "school", "other")
TO_HOME = 0
TO_OTHER = 3

NO_MODE = -1
NOT_MADE = -1
HOME_SLOT = 0
MAIN_SLOT = 1
FIRST_OTHER_SLOT = 2
# A day's trips at most: home at last, to and from the main place twice, four other tours.
N_TRIPS_MAX = 13
N_OTHER_TOURS_MAX = 4
# Tours are told apart by number when a mode is chosen: main, then others.
MAIN_TOUR = 0
FIRST_OTHER_TOUR = 1
HOMEWARD_TOUR = 9

# Numbers of the questions asked of a day.
_ATTENDS = 0
_WHEN = 1
_STAY = 2
_NOON = 3
_NOON_TIMES = 4
_N_OTHER = 5
_FIRST_OTHER = 16

# Time kept between tours, so that the way home fits in.
_GAP = HOUR_US // 2
_LAST = DAY_US - HOUR_US // 2


class Rules(NamedTuple):
    """How days are spent, by role (rows) and kind of day (0 working day, 1 day off).

    Attributes
    ----------
    attend_share : (n_roles, 2) float64
    peak_start : (n_roles + 1,) int64
        First peak of each role.
    peak_end : (n_peaks,) float64
        Running shares within the role, the last 1.
    peak_us, peak_sd_us : (n_peaks,) float64
    stay_us, stay_sd_us : (n_roles,) float64
    noon_share : (n_roles,) float64
    noon_leave_us, noon_back_us, noon_sd_us : (n_roles,) float64
    other_rate : (n_roles, 2) float64
        Tours a day.
    hour_end : (24,) float64
        Running shares of the hours in which other tours begin, the last 1.
    other_stay_us, other_stay_cv : float
    n_other : int
        Other places a resident frequents.
    """

    attend_share: NDArray[np.float64]
    peak_start: NDArray[np.int64]
    peak_end: NDArray[np.float64]
    peak_us: NDArray[np.float64]
    peak_sd_us: NDArray[np.float64]
    stay_us: NDArray[np.float64]
    stay_sd_us: NDArray[np.float64]
    noon_share: NDArray[np.float64]
    noon_leave_us: NDArray[np.float64]
    noon_back_us: NDArray[np.float64]
    noon_sd_us: NDArray[np.float64]
    other_rate: NDArray[np.float64]
    hour_end: NDArray[np.float64]
    other_stay_us: float
    other_stay_cv: float
    n_other: int


class Plans(NamedTuple):
    """The trips of a day, those of a resident in a row: what is intended, and what came of it.

    Attributes
    ----------
    start : (n_residents + 1,) int64
        First trip of each resident.
    want_us : (capacity,) int64
        Intended departure, ascending within a resident.
    from_slot, to_slot : (capacity,) int8
        Places of the resident.
    tour : (capacity,) int8
    mode : (capacity,) int8
        Set when the trip is made, as are
    depart_us, arrive_us : (capacity,) int64
        `depart_us` is NOT_MADE while, or where, nothing comes of the intention.
    n_settled : (n_residents,) int8
        Intentions, from the first, of which something has come or nothing will.
    slot : (n_residents,) int8
        Where the resident is, or is going, after these.
    ready_us : (n_residents,) int64
        When he or she gets there.
    vehicle : (n_residents,) int8
        Mode of the tour under way, -1 at home.
    first_slot, first_vehicle : (n_residents,) int8
        The same at the midnight before.
    first_ready_us : (n_residents,) int64
    is_stranded : (n_residents,) bool
        No way home just now.
    """

    start: NDArray[np.int64]
    want_us: NDArray[np.int64]
    from_slot: NDArray[np.int8]
    to_slot: NDArray[np.int8]
    tour: NDArray[np.int8]
    mode: NDArray[np.int8]
    depart_us: NDArray[np.int64]
    arrive_us: NDArray[np.int64]
    n_settled: NDArray[np.int8]
    slot: NDArray[np.int8]
    ready_us: NDArray[np.int64]
    vehicle: NDArray[np.int8]
    first_slot: NDArray[np.int8]
    first_vehicle: NDArray[np.int8]
    first_ready_us: NDArray[np.int64]
    is_stranded: NDArray[np.bool_]


@kernel(is_internal=True)
def _words(
    resident: np.uint64, day_word: np.uint64, question: int, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four words of a question about a day."""
    word2 = _STREAM | (np.uint64(question) << _DRAW_SHIFT)
    return philox4x32(resident, day_word, word2, _ZERO, k0, k1)


@kernel(is_internal=True)
def _n_other_tours(rate: float, u: float) -> int:
    """Return a Poisson number of tours by inversion, cut off at the most a day holds."""
    n = np.int64(0)
    term = math.exp(-rate)
    total = term
    while n < N_OTHER_TOURS_MAX and u > total:
        n += 1
        term *= rate / n
        total += term
    return n


@kernel(is_internal=True)
def _put(
    plans: Plans,
    first: int,
    end: int,
    want: int,
    from_slot: int,
    to_slot: int,
    tour: int,
) -> int:
    """Insert a trip by its time behind those of the same time; return the new end."""
    place = end
    while place > first and plans.want_us[place - 1] > want:
        plans.want_us[place] = plans.want_us[place - 1]
        plans.from_slot[place] = plans.from_slot[place - 1]
        plans.to_slot[place] = plans.to_slot[place - 1]
        plans.tour[place] = plans.tour[place - 1]
        place -= 1
    plans.want_us[place] = want
    plans.from_slot[place] = from_slot
    plans.to_slot[place] = to_slot
    plans.tour[place] = tour
    plans.depart_us[end] = NOT_MADE
    return end + 1


@kernel
def intend_day(
    plans: Plans,
    role: NDArray[np.int8],
    is_near: NDArray[np.bool_],
    place_row: NDArray[np.int32],
    resident: NDArray[np.uint32],
    rules: Rules,
    day: int,
    is_day_off: int,
    key_low: int,
    key_high: int,
) -> int:
    """Write what every resident intends to do on a day; return the number of trips.

    Parameters
    ----------
    plans : Plans, updated
        With room for `N_TRIPS_MAX` trips a resident from the last start on: if there is
        less, nothing more is written, and the number of trips still open is told as -1.
    role : (n,) int8
        Row in `rules`.
    is_near : (n,) bool
        Home can be reached at noon.
    place_row : (n, n_slots) int32
        -1 where the resident has no such place.
    resident : (n,) uint32
    rules : Rules
    day : int
        Day of the run.
    is_day_off : int
        1 on weekends and holidays.
    key_low, key_high : int
        Run seed.
    """
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    midnight = np.int64(day) * _DAY
    day_word = np.uint64(day << _SLOT_BITS)
    end = np.int64(0)
    for row in range(resident.size):
        plans.start[row] = end
        plans.n_settled[row] = 0
        plans.first_slot[row] = plans.slot[row]
        plans.first_ready_us[row] = plans.ready_us[row]
        plans.first_vehicle[row] = plans.vehicle[row]
        if end + N_TRIPS_MAX > plans.want_us.size:
            return -1
        first = end
        who = np.uint64(resident[row])
        kind = role[row]
        if plans.slot[row] != HOME_SLOT:
            end = _put(plans, first, end, midnight, plans.slot[row], HOME_SLOT, HOMEWARD_TOUR)
        r0, r1, r2, r3 = _words(who, day_word, _ATTENDS, k0, k1)
        if (
            place_row[row, MAIN_SLOT] >= 0
            and uniform53(r0, r1) < rules.attend_share[kind, is_day_off]
        ):
            r0, r1, r2, r3 = _words(who, day_word, _WHEN, k0, k1)
            u = uniform32(r0)
            peak = rules.peak_start[kind]
            while peak < rules.peak_start[kind + 1] - 1 and u >= rules.peak_end[peak]:
                peak += 1
            leave = rules.peak_us[peak] + rules.peak_sd_us[peak] * standard_normal(
                uniform32(r1), uniform53(r2, r3)
            )
            r0, r1, r2, r3 = _words(who, day_word, _STAY, k0, k1)
            stay = rules.stay_us[kind] + rules.stay_sd_us[kind] * standard_normal(
                uniform53(r0, r1), uniform53(r2, r3)
            )
            leave = min(max(leave, 0.0), float(_LAST - _HOUR))
            back = min(leave + max(stay, float(_HOUR)), float(_LAST))
            away_from = np.int64(leave)
            away_to = np.int64(back)
            end = _put(plans, first, end, midnight + away_from, HOME_SLOT, MAIN_SLOT, MAIN_TOUR)
            end = _put(plans, first, end, midnight + away_to, MAIN_SLOT, HOME_SLOT, MAIN_TOUR)
            if is_near[row]:
                r0, r1, r2, r3 = _words(who, day_word, _NOON, k0, k1)
                if uniform53(r0, r1) < rules.noon_share[kind]:
                    r0, r1, r2, r3 = _words(who, day_word, _NOON_TIMES, k0, k1)
                    z = standard_normal(uniform32(r0), uniform32(r1))
                    out = np.int64(rules.noon_leave_us[kind] + rules.noon_sd_us[kind] * z)
                    z = standard_normal(uniform32(r2), uniform32(r3))
                    again = np.int64(rules.noon_back_us[kind] + rules.noon_sd_us[kind] * z)
                    if away_from + _HOUR < out and out + _GAP < again and again + _HOUR < away_to:
                        out += midnight
                        again += midnight
                        end = _put(plans, first, end, out, MAIN_SLOT, HOME_SLOT, MAIN_TOUR)
                        end = _put(plans, first, end, again, HOME_SLOT, MAIN_SLOT, MAIN_TOUR)
        r0, r1, r2, r3 = _words(who, day_word, _N_OTHER, k0, k1)
        n_wanted = _n_other_tours(rules.other_rate[kind, is_day_off], uniform53(r0, r1))
        for number in range(n_wanted):
            question = np.int64(_FIRST_OTHER + 2 * number)
            r0, r1, r2, r3 = _words(who, day_word, question, k0, k1)
            slot = FIRST_OTHER_SLOT + np.int64(uniform32(r3) * rules.n_other)
            u = uniform53(r0, r1)
            hour = np.int64(0)
            while hour < 23 and u >= rules.hour_end[hour]:
                hour += 1
            begin = hour * _HOUR + np.int64(uniform32(r2) * _HOUR)
            r0, r1, r2, r3 = _words(who, day_word, question + 1, k0, k1)
            sigma2 = math.log(1.0 + rules.other_stay_cv * rules.other_stay_cv)
            z = standard_normal(uniform53(r0, r1), uniform53(r2, r3))
            stay = rules.other_stay_us * math.exp(math.sqrt(sigma2) * z - 0.5 * sigma2)
            over = begin + np.int64(min(stay, float(_DAY)))
            if place_row[row, slot] < 0 or over > _LAST:
                continue
            # Only who is at home all the while, and for a time before and after, can go.
            is_free = True
            for trip in range(first, end):
                at = plans.want_us[trip] - midnight
                if at < begin - _GAP:
                    is_free = plans.to_slot[trip] == HOME_SLOT
                elif at < over + _GAP:
                    is_free = False
                    break
            if not is_free:
                continue
            tour = FIRST_OTHER_TOUR + number
            end = _put(plans, first, end, midnight + begin, HOME_SLOT, slot, tour)
            end = _put(plans, first, end, midnight + over, slot, HOME_SLOT, tour)
    plans.start[resident.size] = end
    return end
