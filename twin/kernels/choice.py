"""Seek or forgo, then which facility: logit with frozen tastes.

``U = -b_t g - b_w w - b_d d + eps`` with generalised travel time g, the wait w that
this resident expects and the delay d until the visit can be made. The taste eps
is a permanent part of (resident, facility) plus a part of (need, facility); both
are addressed, hence the same in every scenario. Two Gumbels do not add up to
one: with the share lambda of the need part,
``eps = lambda G + lambda log S``, S positive lambda-stable (Cardell 1997), is a Gumbel,
so that shares stay logit (McFadden 1974); lambda = 1 is the plain logit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.random import philox4x32
from twin.kernels.shortlist import taste_of_words
from twin.streams import (
    FORGO_NEED,
    FORGO_PERMANENT,
    TASTE_NEED,
    TASTE_PERMANENT,
    pack_stream,
)
from twin.units import DAY_US

_TASTE_PERMANENT = np.uint64(pack_stream(TASTE_PERMANENT))
_TASTE_NEED = np.uint64(pack_stream(TASTE_NEED))
_FORGO_PERMANENT = np.uint64(pack_stream(FORGO_PERMANENT))
_FORGO_NEED = np.uint64(pack_stream(FORGO_NEED))
_ZERO = np.uint64(0)
_DAY = DAY_US
# How far ahead residents plan. Not the end of the run: a longer run begins like a shorter.
LOOKAHEAD_DAYS = 14
NEVER = np.int64(2**62)
# Rules of choice.
NEAREST = 0
LOGIT = 1
CATCHMENT = 2
SHORTEST = 3
# What the informed know about waits.
WAITS_NONE = 0
WAITS_LIVE = 1
WAITS_SMOOTHED = 2
WAITS_FORECAST = 3
UNREACHABLE_MS = -1


class Hours(NamedTuple):
    """Opening intervals of all stations, in CSR order, and where each stands now.

    Attributes
    ----------
    start : (n_stations + 1,) int64
        First interval of each station.
    opens, closes : (n_intervals,) int64
        Microseconds since the run's first midnight; an interval is [opens, closes).
    current : (n_stations,) int64
        First interval of the station that has not closed yet.
    """

    start: NDArray[np.int64]
    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    current: NDArray[np.int64]


@kernel
def taste(
    need_stream: np.uint64,
    permanent_stream: np.uint64,
    resident: np.uint64,
    day_slot: np.uint64,
    uid: np.uint64,
    need_share: float,
    k0: np.uint64,
    k1: np.uint64,
) -> float:
    """Return the frozen taste of a resident with a need for the choice `uid`.

    Parameters
    ----------
    need_stream, permanent_stream : uint64
        Counter words 2 of the two parts.
    resident, day_slot, uid : uint64
        Counter words 0, 1 and 3.
    need_share : float
        Lambda in (0, 1]: weight of the part that is new with each need.
    k0, k1 : uint64
        Key words.

    Returns
    -------
    float
        Gumbel variate with mean zero and scale one.
    """
    r0, r1, _, _ = philox4x32(resident, day_slot, need_stream, uid, k0, k1)
    p0, p1, p2, p3 = _ZERO, _ZERO, _ZERO, _ZERO
    if need_share < 1.0:
        p0, p1, p2, p3 = philox4x32(resident, _ZERO, permanent_stream, uid, k0, k1)
    return taste_of_words(r0, r1, p0, p1, p2, p3, need_share)


@kernel
def facility_taste(
    resident: np.uint64,
    day_slot: np.uint64,
    uid: np.uint64,
    need_share: float,
    k0: np.uint64,
    k1: np.uint64,
) -> float:
    """Return the taste for a facility; see `taste`."""
    return taste(_TASTE_NEED, _TASTE_PERMANENT, resident, day_slot, uid, need_share, k0, k1)


@kernel
def forgo_taste(
    resident: np.uint64,
    day_slot: np.uint64,
    uid: np.uint64,
    need_share: float,
    k0: np.uint64,
    k1: np.uint64,
) -> float:
    """Return the taste for going nowhere; see `taste`."""
    return taste(_FORGO_NEED, _FORGO_PERMANENT, resident, day_slot, uid, need_share, k0, k1)


@kernel
def planned_arrival(hours: Hours, station: int, earliest: int, u: float) -> int:
    """Return when a resident who could arrive at `earliest` will arrive.

    At once if the station is open then; otherwise at the share `u` of the
    opening time that is left of the next day on which it opens. Of an opening
    that lasts for days only the first 24 hours count.

    Parameters
    ----------
    hours : Hours
    station : int
        Row of the station.
    earliest : int
        Earliest arrival, microseconds.
    u : float
        Uniform that belongs to the need.

    Returns
    -------
    int
        Microseconds; NEVER if it does not open in the next `LOOKAHEAD_DAYS`.
    """
    end = hours.start[station + 1]
    i = hours.current[station]
    while i < end and hours.closes[i] <= earliest:
        i += 1
    if i == end or hours.opens[i] >= (earliest // _DAY + LOOKAHEAD_DAYS) * _DAY:
        return NEVER
    if hours.opens[i] <= earliest:
        return earliest
    midnight = (hours.opens[i] // _DAY + 1) * _DAY
    total = np.int64(0)
    j = i
    while j < end and hours.opens[j] < midnight:
        total += min(hours.closes[j] - hours.opens[j], _DAY)
        j += 1
    left = np.int64(u * float(total))
    while i < j - 1 and left >= hours.closes[i] - hours.opens[i]:
        left -= hours.closes[i] - hours.opens[i]
        i += 1
    return hours.opens[i] + min(left, hours.closes[i] - hours.opens[i] - 1)


@kernel(is_inlined=True)
def best_mode(
    time_ms: NDArray[np.int32], modes: int, fixed_ms: NDArray[np.int64]
) -> tuple[int, int]:
    """Return the mode of least generalised time and that time in milliseconds.

    Parameters
    ----------
    time_ms : (n_modes,) int32
        Travel times; UNREACHABLE_MS where the mode does not get there.
    modes : int
        Bit mask of the modes this resident has.
    fixed_ms : (n_modes,) int64
        Time charged once a trip: parking, locking.

    Returns
    -------
    tuple of int
        (-1, -1) if no mode gets there.
    """
    mode = -1
    best = np.int64(-1)
    for m in range(time_ms.size):
        if (modes >> m) & 1 and time_ms[m] >= 0:
            total = np.int64(time_ms[m]) + fixed_ms[m]
            if mode < 0 or total < best:
                mode = m
                best = total
    return mode, best
