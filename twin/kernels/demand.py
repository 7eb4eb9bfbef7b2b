"""Needs from an addressed Poisson cloud.

For each service the points of a day lie over (block of 1,024 resident uids, time
of day, height), stacked in strips of fixed height. A point is a need of its
resident if its height lies below the resident's rate at its time (thinning of
Lewis and Shedler 1979). Raising a rate uncovers points that were always there;
it never moves or removes one, and a strip that no rate reaches is never drawn.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.random import philox4x32, uniform32, uniform53
from twin.streams import (
    BLOCK_SIZE,
    INDEX_BITS,
    N_PER_STRIP,
    NEED_COUNT,
    NEED_POINT,
    SLOT_BITS,
    STRIP_HEIGHT,
    pack_stream,
)
from twin.units import DAY_US, HOUR_US

_COUNT_WORD = np.uint64(pack_stream(NEED_COUNT))
_POINT_WORD = np.uint64(pack_stream(NEED_POINT))
_SHIFT_RESIDENT = np.uint64(22)
_HEIGHT = STRIP_HEIGHT
_SLOT_BITS = SLOT_BITS
_INDEX_BITS = INDEX_BITS
_BLOCK = BLOCK_SIZE
_DAY = DAY_US
_HOUR = HOUR_US


def strip_cdf() -> NDArray[np.float64]:
    """Return P(N <= n) of the number of points in a strip and block, n = 0..255."""
    mean = BLOCK_SIZE * STRIP_HEIGHT
    term = math.exp(-mean)
    terms = [term]
    for n in range(1, N_PER_STRIP):
        term *= mean / n
        terms.append(term)
    return np.minimum(np.cumsum(np.array(terms)), 1.0)


@kernel
def draw_needs(
    need_us: NDArray[np.int64],
    need_row: NDArray[np.int32],
    need_slot: NDArray[np.int32],
    blocks: NDArray[np.uint32],
    row_of: NDArray[np.int32],
    group: NDArray[np.uint16],
    rate_of_group: NDArray[np.float64],
    hour_factor: NDArray[np.float64],
    cdf: NDArray[np.float64],
    day: int,
    service_uid: int,
    key_low: int,
    key_high: int,
) -> int:
    """Write the needs of one day for one service; return how many there are.

    If more needs arise than the output holds, the rest is counted only: call
    again with larger arrays, the answer is the same.

    Parameters
    ----------
    need_us : (capacity,) int64, updated
        Times since the midnight that starts the run.
    need_row : (capacity,) int32, updated
        Rows of the residents.
    need_slot : (capacity,) int32, updated
        Slots; (resident uid, service, day, slot) names the need.
    blocks : (n_blocks,) uint32
        Numbers of the blocks that hold residents (uid >> 10), ascending.
    row_of : (n_blocks * 1024,) int32
        Row of each uid of these blocks, -1 for nobody.
    group : (n_residents,) uint16
        Demographic cell of each resident.
    rate_of_group : (n_groups,) float64
        Needs per resident and day, averaged over the hours of this day.
    hour_factor : (24,) float64
        Rate in each hour against that average.
    cdf : (256,) float64
        `strip_cdf()`.
    day : int
        Day of the run.
    service_uid, key_low, key_high : int
        Address: uid of the service, run seed.
    """
    highest = 0.0
    for g in range(rate_of_group.size):
        highest = max(highest, rate_of_group[g])
    peak = 0.0
    for h in range(hour_factor.size):
        peak = max(peak, hour_factor[h])
    n_strips = math.ceil(highest * peak / _HEIGHT)
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    w3 = np.uint64(service_uid)
    n = 0
    for b in range(blocks.size):
        w0 = np.uint64(blocks[b])
        for strip in range(n_strips):
            slot0 = strip << _INDEX_BITS
            word = np.uint64((day << _SLOT_BITS) | slot0)
            r0, r1, _, _ = philox4x32(w0, word, _COUNT_WORD, w3, k0, k1)
            u = uniform53(r0, r1)
            n_points = 0
            while n_points < cdf.size - 1 and cdf[n_points] < u:
                n_points += 1
            for index in range(n_points):
                word = np.uint64((day << _SLOT_BITS) | slot0 | index)
                r0, r1, r2, r3 = philox4x32(w0, word, _POINT_WORD, w3, k0, k1)
                row = row_of[b * _BLOCK + np.int64(r0 >> _SHIFT_RESIDENT)]
                if row < 0:
                    continue
                time = np.int64(uniform53(r1, r2) * _DAY)
                rate = rate_of_group[group[row]] * hour_factor[time // _HOUR]
                if (strip + uniform32(r3)) * _HEIGHT >= rate:
                    continue
                if n < need_us.size:
                    need_us[n] = day * _DAY + time
                    need_row[n] = row
                    need_slot[n] = slot0 | index
                n += 1
    return n
