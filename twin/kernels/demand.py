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

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.random import philox4x32, uniform32, uniform53
from twin.kernels.strips import N_GUIDES, Strips
from twin.streams import (
    BLOCK_SIZE,
    INDEX_BITS,
    NEED_COUNT,
    NEED_POINT,
    SLOT_BITS,
    pack_stream,
)
from twin.units import DAY_US, HOUR_US

N_CHUNK: Final = 512
"""Blocks whose counts are drawn together; their residents' groups stay in the cache."""
N_BATCH: Final = 512
"""Points that are drawn together, so that the compiler works on eight at once."""
N_LANES: Final = 16
"""Points that are written down at a time, needed or not: short loops cost more."""

_COUNT_WORD = np.uint64(pack_stream(NEED_COUNT))
_POINT_WORD = np.uint64(pack_stream(NEED_POINT))
_SHIFT_RESIDENT = np.uint64(22)
_HALF = np.uint64(32)
_LOW_HALF = np.uint64(0xFFFFFFFF)
_SLOT_BITS = SLOT_BITS
_INDEX_BITS = INDEX_BITS
_BLOCK = BLOCK_SIZE
_DAY = DAY_US
_HOUR = float(HOUR_US)
_GUIDES = float(N_GUIDES)


class Scratch(NamedTuple):
    """Room for a batch of draws; `new_scratch` makes it.

    Attributes
    ----------
    uniform, count_word : (2, N_CHUNK) float64, (4, N_CHUNK) uint32
        What the counts of a pair of strips are read from, by block.
    point : (N_BATCH,) uint64
        Points to draw: row of the block << 32 | slot.
    word : (4, N_BATCH) uint32
        Number of the block and day with slot, then the random words of the point.
    time, hour, rate : (N_BATCH,) int64, uint32, float64
        Time and hour of the day of a point, and its height.
    kept : (N_BATCH,) uint32
        Points that lie below the highest rate of their hour.
    row, asked, own_rate : (N_BATCH,) int32, int32, float64
        Residents of the kept points, those whose group is asked, and their rates.
    """

    uniform: NDArray[np.float64]
    count_word: NDArray[np.uint32]
    point: NDArray[np.uint64]
    word: NDArray[np.uint32]
    time: NDArray[np.int64]
    hour: NDArray[np.uint32]
    rate: NDArray[np.float64]
    kept: NDArray[np.uint32]
    row: NDArray[np.int32]
    asked: NDArray[np.int32]
    own_rate: NDArray[np.float64]


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


def new_scratch() -> Scratch:
    """Return room for the draws of one thread."""
    return Scratch(
        uniform=np.empty((2, N_CHUNK)),
        count_word=np.empty((4, N_CHUNK), dtype=np.uint32),
        point=np.empty(N_BATCH, dtype=np.uint64),
        word=np.empty((4, N_BATCH), dtype=np.uint32),
        time=np.empty(N_BATCH, dtype=np.int64),
        hour=np.empty(N_BATCH, dtype=np.uint32),
        rate=np.empty(N_BATCH),
        kept=np.empty(N_BATCH, dtype=np.uint32),
        row=np.empty(N_BATCH, dtype=np.int32),
        asked=np.empty(N_BATCH, dtype=np.int32),
        own_rate=np.empty(N_BATCH),
    )


@kernel(is_internal=True)
def _draw_counts(
    uniform: NDArray[np.float64],
    words: NDArray[np.uint32],
    number: NDArray[np.uint32],
    first: int,
    n: int,
    word1: np.uint64,
    word3: np.uint64,
    k0: np.uint64,
    k1: np.uint64,
) -> None:
    """Write the uniforms of two neighbouring strips, which one address serves."""
    for i in range(n):
        r0, r1, r2, r3 = philox4x32(np.uint64(number[first + i]), word1, _COUNT_WORD, word3, k0, k1)
        words[0, i] = r0
        words[1, i] = r1
        words[2, i] = r2
        words[3, i] = r3
    # Loops of their own: the compiler makes eight draws at once of each.
    for i in range(n):
        uniform[0, i] = uniform53(np.uint64(words[0, i]), np.uint64(words[1, i]))
    for i in range(n):
        uniform[1, i] = uniform53(np.uint64(words[2, i]), np.uint64(words[3, i]))


@kernel(is_internal=True)
def _draw_points(
    s: Scratch,
    n: int,
    number: NDArray[np.uint32],
    day_word: np.uint64,
    word3: np.uint64,
    k0: np.uint64,
    k1: np.uint64,
    low: float,
    height: float,
    hour_factor: NDArray[np.float64],
    highest: float,
) -> int:
    """Draw the points of a batch; keep those below `highest`, return how many."""
    for i in range(n):
        s.word[0, i] = number[s.point[i] >> _HALF]
        s.word[1, i] = day_word | (s.point[i] & _LOW_HALF)
    # Loops of their own: the compiler makes eight draws at once of each.
    for i in range(n):
        p0, p1, p2, p3 = philox4x32(
            np.uint64(s.word[0, i]), np.uint64(s.word[1, i]), _POINT_WORD, word3, k0, k1
        )
        s.word[0, i] = p0
        s.word[1, i] = p1
        s.word[2, i] = p2
        s.word[3, i] = p3
    for i in range(n):
        time = np.int64(uniform53(np.uint64(s.word[1, i]), np.uint64(s.word[2, i])) * _DAY)
        s.time[i] = time
        # Rightly rounded, a quotient below a whole hour never reaches it.
        s.hour[i] = np.int32(float(time) / _HOUR)
        s.rate[i] = low + uniform32(np.uint64(s.word[3, i])) * height
    n_kept = 0
    # Without a branch: nobody could foretell it.
    for i in range(n):
        s.kept[n_kept] = i
        n_kept += np.int64(s.rate[i] < highest * hour_factor[s.hour[i]])
    return n_kept


@kernel(is_internal=True)
def _find_residents(s: Scratch, n_kept: int, blocks: Blocks) -> None:
    """Write the row of the resident of each kept point, -1 for nobody."""
    for k in range(n_kept):
        i = s.kept[k]
        b = np.int64(s.point[i] >> _HALF)
        member = np.int64(np.uint64(s.word[0, i]) >> _SHIFT_RESIDENT)
        row = blocks.first_row[b] + member
        if blocks.first_row[b] < 0:
            row = np.int64(blocks.row_of[b * _BLOCK + member])
        elif member >= blocks.n_members[b]:
            row = np.int64(-1)
        s.row[k] = row


@kernel(is_internal=True)
def _write_needs(
    need_us: NDArray[np.int64],
    need_row: NDArray[np.int32],
    need_slot: NDArray[np.int32],
    n: int,
    s: Scratch,
    n_kept: int,
    group: NDArray[np.uint16],
    rate_of_group: NDArray[np.float64],
    lowest: float,
    hour_factor: NDArray[np.float64],
    midnight_us: int,
) -> int:
    """Write the needs among the kept points after `n` others; return how many there are then."""
    # Below the lowest rate it does not matter who somebody is: any row answers, and the
    # first one's is at hand.
    for k in range(n_kept):
        i = s.kept[k]
        is_sure = s.rate[i] < lowest * hour_factor[s.hour[i]]
        s.asked[k] = np.int32(0) if is_sure else max(s.row[k], np.int32(0))
    for k in range(n_kept):
        s.own_rate[k] = rate_of_group[group[s.asked[k]]]
    n_needs = 0
    for k in range(n_kept):
        i = s.kept[k]
        s.asked[n_needs] = k
        is_need = (s.rate[i] < s.own_rate[k] * hour_factor[s.hour[i]]) & (s.row[k] >= 0)
        n_needs += np.int64(is_need)
    for j in range(min(n_needs, max(0, need_us.size - n))):
        k = s.asked[j]
        i = s.kept[k]
        need_us[n + j] = midnight_us + s.time[i]
        need_row[n + j] = s.row[k]
        need_slot[n + j] = np.int32(s.point[i] & _LOW_HALF)
    return n + n_needs


@kernel(is_internal=True)
def _needs_of_batch(
    need_us: NDArray[np.int64],
    need_row: NDArray[np.int32],
    need_slot: NDArray[np.int32],
    n: int,
    s: Scratch,
    n_batch: int,
    day: int,
    word3: np.uint64,
    k0: np.uint64,
    k1: np.uint64,
    low: float,
    height: float,
    lowest: float,
    highest: float,
    hour_factor: NDArray[np.float64],
    blocks: Blocks,
    group: NDArray[np.uint16],
    rate_of_group: NDArray[np.float64],
) -> int:
    """Draw the points of a batch, write its needs; return how many needs there are then."""
    day_word = np.uint64(day << _SLOT_BITS)
    n_kept = _draw_points(
        s, n_batch, blocks.number, day_word, word3, k0, k1, low, height, hour_factor, highest
    )
    _find_residents(s, n_kept, blocks)
    return _write_needs(
        need_us, need_row, need_slot, n, s, n_kept, group, rate_of_group,
        lowest, hour_factor, day * _DAY,
    )  # fmt: skip


@kernel
def draw_needs(
    need_us: NDArray[np.int64],
    need_row: NDArray[np.int32],
    need_slot: NDArray[np.int32],
    scratch: Scratch,
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
    again with larger arrays, the answer is the same. They come in the order of
    chunk of blocks, strip, block, number in the strip.

    Parameters
    ----------
    need_us : (capacity,) int64, updated
        Times since the midnight that starts the run.
    need_row : (capacity,) int32, updated
        Rows of the residents.
    need_slot : (capacity,) int32, updated
        Slots; (resident uid, service, day, slot) names the need.
    scratch : Scratch, updated
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
    lowest = np.inf
    for g in range(rate_of_group.size):
        highest = max(highest, rate_of_group[g])
        lowest = min(lowest, rate_of_group[g])
    peak = 0.0
    for h in range(hour_factor.size):
        peak = max(peak, hour_factor[h])
    n_strips = 0
    while n_strips < strips.edge.size - 1 and strips.edge[n_strips] < highest * peak:
        n_strips += 1
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    w3 = np.uint64(service_uid)
    day_word = np.uint64(day << _SLOT_BITS)
    uniform = scratch.uniform
    # Bare literals would be types of their own to Numba: three copies of a batch.
    n = np.int64(0)
    for first in range(0, blocks.number.size, N_CHUNK):
        n_blocks = min(N_CHUNK, blocks.number.size - first)
        for strip in range(n_strips):
            if strip & 1 == 0:
                word = day_word | np.uint64((strip >> 1) << _INDEX_BITS)
                _draw_counts(
                    uniform, scratch.count_word, blocks.number, first, n_blocks, word, w3, k0, k1
                )
            cdf_start = strips.cdf_start[strip]
            none = strips.cdf[cdf_start]
            low = strips.edge[strip]
            height = strips.edge[strip + 1] - low
            n_batch = np.int64(0)
            for i in range(n_blocks):
                u = uniform[strip & 1, i]
                if u <= none:
                    continue
                count = strips.guide[strip, np.int64(u * _GUIDES)]
                while u > strips.cdf[cdf_start + count]:
                    count += 1
                base = (np.uint64(first + i) << _HALF) | np.uint64(strip << _INDEX_BITS)
                index = 0
                while index < count:
                    for j in range(N_LANES):
                        scratch.point[n_batch + j] = base + np.uint64(index + j)
                    n_batch += min(N_LANES, count - index)
                    index += N_LANES
                    if n_batch > N_BATCH - N_LANES:
                        n = _needs_of_batch(
                            need_us, need_row, need_slot, n, scratch, n_batch, day, w3, k0, k1,
                            low, height, lowest, highest, hour_factor, blocks, group, rate_of_group,
                        )  # fmt: skip
                        n_batch = np.int64(0)
            n = _needs_of_batch(
                need_us, need_row, need_slot, n, scratch, n_batch, day, w3, k0, k1,
                low, height, lowest, highest, hour_factor, blocks, group, rate_of_group,
            )  # fmt: skip
    return n
