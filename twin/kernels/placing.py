"""Which place a resident frequents: a logit over places drawn in proportion to their weight.

Drawing candidates in proportion to weight and comparing them by travel time alone
is a logit with ``U = ln(weight) - b t + eps`` over all places (sampling of
alternatives, McFadden 1978). Places of which each has a number of its own (schools)
are all compared, with a taste that belongs to resident and place, so that a new one
moves only those who prefer it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.random import philox4x32, uniform53
from twin.streams import PLACE_CANDIDATE, PLACE_TASTE, SCHOOL_TASTE, pack_stream

_CANDIDATE = np.uint64(pack_stream(PLACE_CANDIDATE))
_TASTE = np.uint64(pack_stream(PLACE_TASTE))
_SCHOOL = np.uint64(pack_stream(SCHOOL_TASTE))
_ZERO = np.uint64(0)
_DRAW_SHIFT = np.uint64(8)


@kernel
def draw_candidate(
    place: NDArray[np.int32],
    resident: NDArray[np.uint32],
    ends: NDArray[np.float64],
    candidate: int,
    kind: int,
    key_low: int,
    key_high: int,
) -> None:
    """Draw one candidate a resident, in proportion to weight.

    Parameters
    ----------
    place : (n,) int32, updated
        Row of the place.
    resident : (n,) uint32
    ends : (n_places,) float64
        Running sums of the weights, all above 0.
    candidate, kind : int
        Address: number of the candidate, kind of place.
    key_low, key_high : int
        Population seed.
    """
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    word2 = _CANDIDATE | (np.uint64(candidate) << _DRAW_SHIFT)
    total = ends[ends.size - 1]
    for i in range(resident.size):
        r0, r1, _, _ = philox4x32(np.uint64(resident[i]), _ZERO, word2, np.uint64(kind), k0, k1)
        wanted = uniform53(r0, r1) * total
        low = np.int64(0)
        high = np.int64(ends.size - 1)
        while low < high:
            middle = (low + high) >> 1
            if ends[middle] <= wanted:
                low = middle + 1
            else:
                high = middle
        place[i] = low


@kernel
def keep_better(
    chosen: NDArray[np.int32],
    best: NDArray[np.float64],
    place: NDArray[np.int32],
    time_ms: NDArray[np.int32],
    resident: NDArray[np.uint32],
    loss_per_ms: float,
    candidate: int,
    kind: int,
    key_low: int,
    key_high: int,
) -> None:
    """Let each resident keep the better of a candidate and the best so far.

    Parameters
    ----------
    chosen : (n,) int32, updated
        Row of the best place so far, -1 for none.
    best : (n,) float64, updated
        Its utility.
    place : (n,) int32
        Row of the candidate.
    time_ms : (n,) int32
        Time to it, -1 where it cannot be reached.
    resident : (n,) uint32
    loss_per_ms : float
        Utility lost per millisecond.
    candidate, kind : int
        Address: number of the candidate, kind of place.
    key_low, key_high : int
        Population seed.
    """
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    word2 = _TASTE | (np.uint64(candidate) << _DRAW_SHIFT)
    for i in range(resident.size):
        if time_ms[i] < 0:
            continue
        r0, r1, _, _ = philox4x32(np.uint64(resident[i]), _ZERO, word2, np.uint64(kind), k0, k1)
        utility = -math.log(-math.log(uniform53(r0, r1))) - loss_per_ms * time_ms[i]
        if chosen[i] < 0 or utility > best[i]:
            best[i] = utility
            chosen[i] = place[i]


@kernel
def choose_school(
    chosen: NDArray[np.int32],
    best: NDArray[np.float64],
    resident: NDArray[np.uint32],
    home_node: NDArray[np.int32],
    time_ms: NDArray[np.int32],
    loss_per_ms: float,
    school: int,
    uid: int,
    key_low: int,
    key_high: int,
) -> None:
    """Let each resident keep the better of one school and the best so far.

    Parameters
    ----------
    chosen : (n,) int32, updated
        Row of the best school so far, -1 for none.
    best : (n,) float64, updated
        Its utility.
    resident : (n,) uint32
    home_node : (n,) int32
    time_ms : (n_nodes,) int32
        Time from every node to the school, -1 where it cannot be reached.
    loss_per_ms : float
        Utility lost per millisecond.
    school, uid : int
        Row and 32-bit number of the school.
    key_low, key_high : int
        Population seed.
    """
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    for i in range(resident.size):
        time = time_ms[home_node[i]]
        if time < 0:
            continue
        r0, r1, _, _ = philox4x32(np.uint64(resident[i]), _ZERO, _SCHOOL, np.uint64(uid), k0, k1)
        utility = -math.log(-math.log(uniform53(r0, r1))) - loss_per_ms * time
        if chosen[i] < 0 or utility > best[i]:
            best[i] = utility
            chosen[i] = school
