"""Needs from an addressed Poisson cloud.

For each service the points of a day lie over (block of 1,024 resident uids, time
of day, height), stacked in strips: the lowest is 2**-20 needs per resident and day
high, and each further one doubles the height reached. A point is a need of its
resident if it lies below the resident's rate at its time (thinning of Lewis and
Shedler 1979). Raising a rate uncovers points that were always there; it never
moves or removes one, and a strip that no rate reaches is never drawn. Because
strips double, hardly more points are drawn than the highest rate asks for, be it
a visit a year or ten a day.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.random import philox4x32, uniform32, uniform53
from twin.streams import (
    BLOCK_SIZE,
    INDEX_BITS,
    LOWEST_EDGE,
    N_STRIPS,
    NEED_COUNT,
    NEED_POINT,
    SLOT_BITS,
    pack_stream,
)
from twin.units import DAY_US, HOUR_US

_COUNT_WORD = np.uint64(pack_stream(NEED_COUNT))
_POINT_WORD = np.uint64(pack_stream(NEED_POINT))
_SHIFT_RESIDENT = np.uint64(22)
_SLOT_BITS = SLOT_BITS
_INDEX_BITS = INDEX_BITS
_BLOCK = BLOCK_SIZE
_DAY = DAY_US
_HOUR = HOUR_US


class Strips(NamedTuple):
    """Strips of rate and how many points each holds.

    Attributes
    ----------
    edge : (n_strips + 1,) float64
        Needs per resident and day at which each strip begins, and where the last ends.
    cdf_start : (n_strips + 1,) int64
        First entry of each strip's distribution.
    cdf : (n_entries,) float64
        P(N <= n), n = 0, 1, ..., of the points in a strip, block and day.
    """

    edge: NDArray[np.float64]
    cdf_start: NDArray[np.int64]
    cdf: NDArray[np.float64]


class Blocks(NamedTuple):
    """Blocks of 1,024 uids that hold somebody, and the rows of the residents in them.

    Attributes
    ----------
    number : (n_blocks,) uint32
        uid >> 10, ascending.
    n_members : (n_blocks,) int32
        Residents in the block.
    first_row : (n_blocks,) int64
        Row of the block's uid 0 where uids and rows run in parallel, else -1.
    row_of : (n_blocks * 1024,) int32
        Row of each uid, -1 for nobody; looked up where `first_row` is -1.
    """

    number: NDArray[np.uint32]
    n_members: NDArray[np.int32]
    first_row: NDArray[np.int64]
    row_of: NDArray[np.int32]


def poisson_cdf(mean: float) -> NDArray[np.float64]:
    """Return P(N <= n) of a Poisson variate until it is 1.

    The probabilities are built up and down from the mode, by multiplications and
    divisions alone: the same bits everywhere.
    """
    mode = int(mean)
    size = int(mean + 12.0 * math.sqrt(mean) + 16.0)
    weight = np.empty(size)
    weight[mode] = 1.0
    for n in range(mode, 0, -1):
        weight[n - 1] = weight[n] * n / mean
    for n in range(mode + 1, size):
        weight[n] = weight[n - 1] * mean / n
    cdf = np.cumsum(weight)
    cdf /= cdf[-1]
    return cdf


def strips_up_to(rate: float) -> Strips:
    """Return the strips that a rate of needs per resident and day reaches.

    Raises
    ------
    ValueError
        If the rate lies above the highest strip.
    """
    edges = [0.0, LOWEST_EDGE]
    while edges[-1] < rate:
        edges.append(2.0 * edges[-1])
    if len(edges) - 1 > N_STRIPS:
        message = f"{rate} needs per resident and day: the strips end at {edges[N_STRIPS]}"
        raise ValueError(message)
    parts = [poisson_cdf(BLOCK_SIZE * (high - low)) for low, high in itertools.pairwise(edges)]
    start = np.cumsum([0, *(part.size for part in parts)])
    return Strips(np.array(edges), start.astype(np.int64), np.concatenate(parts))


@kernel(is_internal=True)
def _n_points(cdf: NDArray[np.float64], first: int, last: int, u: float) -> int:
    """Return the least n with u <= cdf[first + n], by bisection."""
    if u <= cdf[first]:
        return 0
    low = first
    high = last - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if u <= cdf[middle]:
            high = middle
        else:
            low = middle
    return high - first


@kernel
def draw_needs(
    need_us: NDArray[np.int64],
    need_row: NDArray[np.int32],
    need_slot: NDArray[np.int32],
    blocks: Blocks,
    group: NDArray[np.uint16],
    rate_of_group: NDArray[np.float64],
    hour_factor: NDArray[np.float64],
    strips: Strips,
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
    blocks : Blocks
    group : (n_residents,) uint16
        Demographic cell of each resident.
    rate_of_group : (n_groups,) float64
        Needs per resident and day, averaged over the hours of this day.
    hour_factor : (24,) float64
        Rate in each hour against that average.
    strips : Strips
        Reaching at least to the highest rate of the busiest hour.
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
    n_strips = 0
    while n_strips < strips.edge.size - 1 and strips.edge[n_strips] < highest * peak:
        n_strips += 1
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    w3 = np.uint64(service_uid)
    n = 0
    r0 = r1 = r2 = r3 = np.uint64(0)
    for b in range(blocks.number.size):
        w0 = np.uint64(blocks.number[b])
        first_row = blocks.first_row[b]
        for strip in range(n_strips):
            # One address serves two neighbouring strips.
            if strip & 1 == 0:
                word = np.uint64((day << _SLOT_BITS) | ((strip >> 1) << _INDEX_BITS))
                r0, r1, r2, r3 = philox4x32(w0, word, _COUNT_WORD, w3, k0, k1)
            u = uniform53(r0, r1) if strip & 1 == 0 else uniform53(r2, r3)
            n_points = _n_points(
                strips.cdf, strips.cdf_start[strip], strips.cdf_start[strip + 1], u
            )
            low = strips.edge[strip]
            height = strips.edge[strip + 1] - low
            for index in range(n_points):
                slot = (strip << _INDEX_BITS) | index
                word = np.uint64((day << _SLOT_BITS) | slot)
                p0, p1, p2, p3 = philox4x32(w0, word, _POINT_WORD, w3, k0, k1)
                time = np.int64(uniform53(p1, p2) * _DAY)
                factor = hour_factor[np.uint64(time) // np.uint64(_HOUR)]
                rate = low + uniform32(p3) * height
                # Most points lie above every rate of their hour: memory is not asked.
                if rate >= highest * factor:
                    continue
                member = np.int64(p0 >> _SHIFT_RESIDENT)
                row = first_row + member
                if first_row < 0:
                    row = np.int64(blocks.row_of[b * _BLOCK + member])
                elif member >= blocks.n_members[b]:
                    row = np.int64(-1)
                if row < 0 or rate >= rate_of_group[group[row]] * factor:
                    continue
                if n < need_us.size:
                    need_us[n] = day * _DAY + time
                    need_row[n] = row
                    need_slot[n] = slot
                n += 1
    return n
