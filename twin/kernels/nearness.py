"""The k nearest of many targets for every node, by one sweep over the hierarchy.

A target among the k nearest of a node is among the k nearest of the highest node on
the way to it: were k others nearer there, or as near with lower numbers, they would
be at the node as well. So nodes need not look further than the lists of the nodes
above them, whatever the number of targets.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.hierarchy import NEVER
from twin.kernels.jit import kernel

NONE = -1


@kernel(is_internal=True)
def put_in(
    target: NDArray[np.int32],
    time_ms: NDArray[np.uint32],
    size: int,
    new_target: int,
    new_ms: np.uint32,
) -> int:
    """Put a target into a list ordered by time, then number; return the list's size."""
    old = 0
    while old < size and target[old] != new_target:
        old += 1
    if old < size:
        if time_ms[old] <= new_ms:
            return size
    elif size < target.size:
        size += 1
    else:
        old -= 1
        if time_ms[old] < new_ms or (time_ms[old] == new_ms and target[old] < new_target):
            return size
    while old > 0 and (
        time_ms[old - 1] > new_ms or (time_ms[old - 1] == new_ms and target[old - 1] > new_target)
    ):
        time_ms[old] = time_ms[old - 1]
        target[old] = target[old - 1]
        old -= 1
    time_ms[old] = new_ms
    target[old] = new_target
    return size


@kernel(is_internal=True)
def take_over(
    target: NDArray[np.int32],
    time_ms: NDArray[np.uint32],
    n_found: NDArray[np.int32],
    own: int,
    other: int,
    step: np.uint32,
    limit: np.uint32,
) -> None:
    """Offer a node all that another node has found, `step` further away."""
    k = target.shape[1]
    size = n_found[own]
    own_target = target[own]
    own_ms = time_ms[own]
    for i in range(n_found[other]):
        total = np.uint32(time_ms[other, i] + step)
        if total > limit or (size == k and total > own_ms[k - 1]):
            break
        size = put_in(own_target, own_ms, size, target[other, i], total)
    n_found[own] = size


@kernel
def find_nearest(
    target: NDArray[np.int32],
    time_ms: NDArray[np.uint32],
    n_found: NDArray[np.int32],
    target_node: NDArray[np.int32],
    extra_ms: NDArray[np.int32],
    limit_ms: int,
    arc_start: NDArray[np.int64],
    head: NDArray[np.int32],
    up: NDArray[np.uint32],
    down: NDArray[np.uint32],
) -> None:
    """Find the k nearest targets of every node; of equally near ones the lower numbers.

    Parameters
    ----------
    target : (n_nodes, k) int32, updated
        Numbers of the targets, the nearest first, by rank of the node.
    time_ms : (n_nodes, k) uint32, updated
        Times to them.
    n_found : (n_nodes,) int32, updated
        How many entries of a row count.
    target_node : (n_targets,) int32
        Ranks.
    extra_ms : (n_targets,) int32
        Time from its node to a target; negative: it cannot be reached.
    limit_ms
        Targets further away are left out; below 2**31.
    arc_start, head, up, down
        The hierarchy and the times on its arcs.
    """
    never = np.uint32(NEVER)
    limit = np.uint32(limit_ms)
    n_found[:] = 0
    for i in range(target_node.size):
        extra = extra_ms[i]
        if extra < 0 or extra > limit_ms:
            continue
        node = target_node[i]
        n_found[node] = put_in(target[node], time_ms[node], n_found[node], i, np.uint32(extra))
    n = n_found.size
    for node in range(n):
        if n_found[node] == 0:
            continue
        for arc in range(arc_start[node], arc_start[node + 1]):
            if down[arc] != never:
                take_over(target, time_ms, n_found, head[arc], node, down[arc], limit)
    for node in range(n - 1, -1, -1):
        for arc in range(arc_start[node], arc_start[node + 1]):
            if up[arc] != never:
                take_over(target, time_ms, n_found, node, head[arc], up[arc], limit)


@kernel
def spread_nearest(
    index: NDArray[np.int32],
    nearest_ms: NDArray[np.int32],
    target: NDArray[np.int32],
    time_ms: NDArray[np.uint32],
    n_found: NDArray[np.int32],
    rank: NDArray[np.int32],
) -> None:
    """Turn lists by rank into rows by node, ``NONE`` behind the last entry.

    Parameters
    ----------
    index, nearest_ms : (n_nodes, k) int32, updated
    target, time_ms, n_found
        As in `find_nearest`.
    rank : (n_nodes,) int32
    """
    for node in range(rank.size):
        own = rank[node]
        for i in range(index.shape[1]):
            is_there = i < n_found[own]
            index[node, i] = target[own, i] if is_there else NONE
            nearest_ms[node, i] = np.int32(time_ms[own, i]) if is_there else NONE
