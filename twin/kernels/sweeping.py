"""Times from every node to a few targets, by one sweep over the hierarchy.

From each target the search climbs to its ancestors; then every node, the highest
first, takes the least over its arcs upwards (PHAST: Delling, Goldberg, Nowatzyk and
Werneck 2013). Targets lie side by side, so that one instruction serves eight.

The same for times *from* sources: swap the two directions of the arcs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.hierarchy import NEVER, NOBODY
from twin.kernels.jit import kernel

UNREACHABLE = -1
N_LANES = 32
"""Targets in one sweep: 40 us a target on 55,000 nodes instead of 67 with 16. With 64 the
rows that are written get into each other's way in the cache."""


@kernel
def sweep(
    reached: NDArray[np.uint32],
    target: NDArray[np.int32],
    parent: NDArray[np.int32],
    arc_start: NDArray[np.int64],
    head: NDArray[np.int32],
    up: NDArray[np.uint32],
    down: NDArray[np.uint32],
) -> None:
    """Find the least time from every node to each of a few targets.

    Parameters
    ----------
    reached : (n_nodes, n_lanes) uint32, updated
        Times by rank and lane; ``NEVER`` or more where there is no way.
    target : (n_targets,) int32
        Ranks, at most as many as lanes; lanes beyond are ``NEVER``.
    parent, arc_start, head
        The hierarchy.
    up, down : (n_arcs,) uint32
        Times on its arcs, as `customise` finds them.
    """
    never = np.uint32(NEVER)
    reached[:] = never
    for lane in range(target.size):
        node = target[lane]
        reached[node, lane] = np.uint32(0)
        while node != NOBODY:
            own = reached[node, lane]
            if own < never:
                for arc in range(arc_start[node], arc_start[node + 1]):
                    above = head[arc]
                    total = np.uint32(own + down[arc])
                    reached[above, lane] = min(reached[above, lane], total)
            node = parent[node]
    for node in range(reached.shape[0] - 1, -1, -1):
        own_row = reached[node]
        for arc in range(arc_start[node], arc_start[node + 1]):
            step = up[arc]
            if step == never:
                continue
            above_row = reached[head[arc]]
            # By a size that the compiler does not know: this loop it vectorises.
            for lane in range(above_row.size):
                own_row[lane] = min(own_row[lane], np.uint32(above_row[lane] + step))


@kernel
def spread_rows(
    time_ms: NDArray[np.int32],
    reached: NDArray[np.uint32],
    rank: NDArray[np.int32],
) -> None:
    """Turn times by rank and lane into rows by node.

    Parameters
    ----------
    time_ms : (n_targets, n_nodes) int32, updated
        ``UNREACHABLE`` where there is no way.
    reached : (n_nodes, n_lanes) uint32
    rank : (n_nodes,) int32
    """
    never = np.uint32(NEVER)
    for node in range(rank.size):
        row = reached[rank[node]]
        for lane in range(time_ms.shape[0]):
            value = row[lane]
            time_ms[lane, node] = UNREACHABLE if value >= never else np.int32(value)


@kernel
def point_along(
    next_edge: NDArray[np.int32],
    time_ms: NDArray[np.int32],
    near: NDArray[np.int32],
    far: NDArray[np.int32],
    edge_ms: NDArray[np.int32],
) -> None:
    """Find the edge to take from every node: of those on a least way the lowest row.

    Parameters
    ----------
    next_edge : (n_targets, n_nodes) int32, updated
        ``UNREACHABLE`` at the target and where there is no way.
    time_ms : (n_targets, n_nodes) int32
        Least times to the targets.
    near, far : (n_edges,) int32
        End of each edge away from the targets, and end towards them.
    edge_ms : (n_edges,) int32
        At least 1; negative: the edge may not be used.
    """
    next_edge[:] = UNREACHABLE
    # Target by target: a row of times stays in the cache while all edges pass by.
    for i in range(time_ms.shape[0]):
        row = time_ms[i]
        next_row = next_edge[i]
        for edge in range(edge_ms.size):
            step = edge_ms[edge]
            onward = row[far[edge]]
            if step < 0 or onward < 0:
                continue
            node = near[edge]
            # As int64, or two times of 31 bits would wrap around.
            if np.int64(onward) + step == row[node] and next_row[node] < 0:
                next_row[node] = edge
