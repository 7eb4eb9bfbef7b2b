"""Labels: the time from a node to each of its ancestors, and back, through lower nodes.

A shortest way climbs to its highest node and descends from there, and that node is
an ancestor of both ends in the elimination tree (Dibbelt, Strasser and Wagner 2016).
Ancestors of two nodes in common are the first entries of both labels, so that a
time is the least of a few hundred sums that lie side by side in memory (hub labels
by depth, as in Ouyang et al. 2018).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.hierarchy import NEVER, NOBODY
from twin.kernels.jit import kernel

UNREACHABLE = -1


@kernel
def mark_ancestors(
    is_wanted: NDArray[np.bool_],
    node: NDArray[np.int32],
    parent: NDArray[np.int32],
) -> None:
    """Mark nodes and all above them.

    Parameters
    ----------
    is_wanted : (n_nodes,) bool, updated
        Marks are added.
    node : (n,) int32
        Ranks.
    parent : (n_nodes,) int32
        The elimination tree.
    """
    for i in range(node.size):
        v = node[i]
        while v != NOBODY and not is_wanted[v]:
            is_wanted[v] = True
            v = parent[v]


@kernel
def fill_labels(
    label: NDArray[np.uint32],
    label_start: NDArray[np.int64],
    is_wanted: NDArray[np.bool_],
    depth: NDArray[np.int32],
    arc_start: NDArray[np.int64],
    head: NDArray[np.int32],
    arc_ms: NDArray[np.uint32],
) -> None:
    """Find the labels of the wanted nodes, in one direction.

    Parameters
    ----------
    label : (n_entries,) uint32, updated
        Entry ``label_start[v] + i`` is the time between v and its ancestor at depth
        i; the last one, v itself, is 0. ``NEVER`` where there is no way.
    label_start : (n_nodes,) int64
        First entry of a node; wanted nodes have ``depth + 1`` entries.
    is_wanted : (n_nodes,) bool
        With every node all its ancestors.
    depth, arc_start, head
        The hierarchy.
    arc_ms : (n_arcs,) uint32
        Times upwards (labels from the nodes) or downwards (labels towards them).
    """
    never = np.uint32(NEVER)
    for node in range(depth.size - 1, -1, -1):
        if not is_wanted[node]:
            continue
        begin = label_start[node]
        own = label[begin : begin + depth[node] + 1]
        own[:] = never
        own[depth[node]] = np.uint32(0)
        for arc in range(arc_start[node], arc_start[node + 1]):
            step = arc_ms[arc]
            above = head[arc]
            # An arc that a way over lower nodes matches adds nothing: about half of them.
            if step == never or own[depth[above]] <= step:
                continue
            begin = label_start[above]
            theirs = label[begin : begin + depth[above] + 1]
            for i in range(theirs.size):
                own[i] = min(own[i], np.uint32(theirs[i] + step))


@kernel(is_internal=True)
def n_common(
    one: int,
    other: int,
    depth: NDArray[np.int32],
    first: NDArray[np.int32],
    least_depth: NDArray[np.int32],
) -> int:
    """Return how many ancestors two nodes share, themselves included.

    Subtrees are runs of ranks: the highest node between two that are in different
    branches is just below their lowest common ancestor.
    """
    low = min(one, other)
    high = max(one, other)
    if first[high] <= low:
        return depth[high] + 1
    span = high - low + 1
    level = 0
    while (2 << level) <= span:
        level += 1
    return min(least_depth[level, low], least_depth[level, high + 1 - (1 << level)])


@kernel
def measure_depths(least_depth: NDArray[np.int32], depth: NDArray[np.int32]) -> None:
    """Find the least depth of every run of ``2**level`` ranks.

    Parameters
    ----------
    least_depth : (n_levels, n_nodes) int32, updated
        Of the ranks ``v .. v + 2**level - 1``.
    depth : (n_nodes,) int32
    """
    n = depth.size
    for v in range(n):
        least_depth[0, v] = depth[v]
    for level in range(1, least_depth.shape[0]):
        half = 1 << (level - 1)
        for v in range(n):
            least_depth[level, v] = min(
                least_depth[level - 1, v], least_depth[level - 1, min(v + half, n - 1)]
            )


@kernel
def look_up_times(
    time_ms: NDArray[np.int32],
    origin: NDArray[np.int32],
    destination: NDArray[np.int32],
    up_label: NDArray[np.uint32],
    down_label: NDArray[np.uint32],
    label_start: NDArray[np.int64],
    depth: NDArray[np.int32],
    first: NDArray[np.int32],
    least_depth: NDArray[np.int32],
) -> None:
    """Find the least time from each origin to its destination.

    Parameters
    ----------
    time_ms : (n,) int32, updated
        ``UNREACHABLE`` where there is no way, or none within 31 bits.
    origin, destination : (n,) int32
        Ranks.
    up_label, down_label : (n_entries,) uint32
        Labels from and towards nodes.
    label_start, depth, first, least_depth
        As in `fill_labels` and `n_common`.
    """
    never = np.uint32(NEVER)
    for q in range(time_ms.size):
        n = n_common(origin[q], destination[q], depth, first, least_depth)
        begin = label_start[origin[q]]
        rising = up_label[begin : begin + n]
        begin = label_start[destination[q]]
        falling = down_label[begin : begin + n]
        best = never
        for i in range(n):
            # Two that are NEVER would wrap around to 0.
            fall = falling[i] if rising[i] < never else np.uint32(0)
            total = np.uint32(rising[i] + fall)
            best = min(best, total)
        time_ms[q] = UNREACHABLE if best >= never else np.int32(best)
