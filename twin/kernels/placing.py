"""Which place a resident frequents: a logit over places, of which some are drawn.

Candidates are drawn in proportion to weight and to nearness as the crow flies, by
cells of a grid; compared are the travel times, less what the drawing has taken into
account already. That is sampling-importance resampling (Rubin 1988) of the logit with
``U = ln(weight) - b t + eps`` over all places (the singly constrained gravity model,
Wilson 1971): the nearer the crow's times to those of the streets, the fewer candidates
will do. Places of which each has a number of its own (schools) are all compared, with a
taste that belongs to resident and place, so that a new one moves only those who prefer it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

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


class Near(NamedTuple):
    """Places by cells of a grid.

    Attributes
    ----------
    cell_of_node : (n_nodes,) int32
        Row of each node's cell among the origins.
    cell_ends : (n_origin_cells, n_cells) float64
        Running sums, from each cell, over the cells with places: weight x nearness.
    crow_ms : (n_origin_cells, n_cells) float64
        Time between the middles of two cells as the crow flies.
    cell_start : (n_cells + 1,) int64
        First place of each cell.
    ends : (n_places,) float64
        Running sums of the weights of all places, each above 0.
    """

    cell_of_node: NDArray[np.int32]
    cell_ends: NDArray[np.float64]
    crow_ms: NDArray[np.float64]
    cell_start: NDArray[np.int64]
    ends: NDArray[np.float64]


@kernel
def fill_nearness(
    cell_ends: NDArray[np.float64],
    crow_ms: NDArray[np.float64],
    origin_m: NDArray[np.float64],
    cell_m: NDArray[np.float64],
    weight: NDArray[np.float64],
    mps: float,
    loss_per_ms: float,
) -> None:
    """Fill the running sums of weight x exp(-loss x time as the crow flies).

    Parameters
    ----------
    cell_ends, crow_ms : (n_origin_cells, n_cells) float64, updated
        See `Near`; sums are relative to the nearest cell, which cannot underflow.
    origin_m : (n_origin_cells, 2) float64
        Middles of cells.
    cell_m : (n_cells, 2) float64
    weight : (n_cells,) float64
    mps : float
        Speed as the crow flies.
    loss_per_ms : float
        Utility lost per millisecond.
    """
    for i in range(origin_m.shape[0]):
        nearest = math.inf
        for j in range(cell_m.shape[0]):
            x = origin_m[i, 0] - cell_m[j, 0]
            y = origin_m[i, 1] - cell_m[j, 1]
            crow_ms[i, j] = math.sqrt(x * x + y * y) / mps * 1000.0
            nearest = min(nearest, crow_ms[i, j])
        total = 0.0
        for j in range(cell_m.shape[0]):
            total += weight[j] * math.exp(-loss_per_ms * (crow_ms[i, j] - nearest))
            cell_ends[i, j] = total


@kernel(is_internal=True)
def _behind(ends: NDArray[np.float64], first: int, last: int, wanted: float) -> int:
    """Return the first of some running sums that is above `wanted`, at most `last`."""
    low = np.int64(first)
    high = np.int64(last)
    while low < high:
        middle = (low + high) >> 1
        if ends[middle] <= wanted:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def draw_candidate(
    place: NDArray[np.int32],
    crow_ms: NDArray[np.float64],
    resident: NDArray[np.uint32],
    home_node: NDArray[np.int32],
    near: Near,
    candidate: int,
    kind: int,
    key_low: int,
    key_high: int,
) -> None:
    """Draw one candidate a resident, in proportion to weight and nearness.

    Parameters
    ----------
    place : (n,) int32, updated
        Row of the place.
    crow_ms : (n,) float64, updated
        Time that the drawing has taken into account.
    resident : (n,) uint32
    home_node : (n,) int32
    near : Near
    candidate, kind : int
        Address: number of the candidate, kind of place.
    key_low, key_high : int
        Population seed.
    """
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    word2 = _CANDIDATE | (np.uint64(candidate) << _DRAW_SHIFT)
    n_cells = near.cell_start.size - 1
    for i in range(resident.size):
        r0, r1, r2, r3 = philox4x32(np.uint64(resident[i]), _ZERO, word2, np.uint64(kind), k0, k1)
        origin = near.cell_of_node[home_node[i]]
        cells = near.cell_ends[origin]
        cell = _behind(cells, 0, n_cells - 1, uniform53(r0, r1) * cells[n_cells - 1])
        first = near.cell_start[cell]
        last = near.cell_start[cell + 1] - 1
        before = near.ends[first - 1] if first > 0 else 0.0
        wanted = before + uniform53(r2, r3) * (near.ends[last] - before)
        place[i] = _behind(near.ends, first, last, wanted)
        crow_ms[i] = near.crow_ms[origin, cell]


@kernel
def keep_better(
    chosen: NDArray[np.int32],
    best: NDArray[np.float64],
    place: NDArray[np.int32],
    time_ms: NDArray[np.int32],
    crow_ms: NDArray[np.float64],
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
    crow_ms : (n,) float64
        Time that the drawing of the candidate has taken into account.
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
        gumbel = -math.log(-math.log(uniform53(r0, r1)))
        utility = gumbel - loss_per_ms * (time_ms[i] - crow_ms[i])
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
