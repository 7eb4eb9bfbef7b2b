"""What a street network is without its dead ends and bends.

Most nodes of a street network lie on dead ends or between two junctions. They
can be eliminated first, at almost no fill, so that the search for separators
sees junctions only: a fifth of the nodes of a raw extract.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel

REMOVED = -1
BEND = 2


@kernel
def peel_dead_ends(
    early: NDArray[np.int32],
    degree: NDArray[np.int32],
    start: NDArray[np.int64],
    neighbour: NDArray[np.int32],
) -> int:
    """Remove nodes with at most one neighbour until there is none.

    Parameters
    ----------
    early : (n_nodes,) int32, updated
        The removed nodes, in the order of their removal.
    degree : (n_nodes,) int32, updated
        Number of neighbours; on return of those that are left, ``REMOVED`` for
        removed nodes.
    start, neighbour : (n_nodes + 1,) int64, (n_pairs,) int32
        Neighbours of each node, each pair of nodes both ways and once.

    Returns
    -------
    int
        How many were removed.
    """
    n_removed = 0
    for node in range(degree.size):
        if degree[node] == 0 or degree[node] == 1:
            early[n_removed] = node
            n_removed += 1
            degree[node] = REMOVED
    done = 0
    while done < n_removed:
        node = early[done]
        done += 1
        for i in range(start[node], start[node + 1]):
            other = neighbour[i]
            if degree[other] > REMOVED:
                degree[other] -= 1
                if degree[other] <= 1:
                    early[n_removed] = other
                    n_removed += 1
                    degree[other] = REMOVED
    return n_removed


@kernel(is_internal=True)
def first_live(
    node: int,
    came_from: int,
    degree: NDArray[np.int32],
    start: NDArray[np.int64],
    neighbour: NDArray[np.int32],
) -> int:
    """Return the other neighbour of a bend; both may be one node only in a pair of two."""
    for i in range(start[node], start[node + 1]):
        other = neighbour[i]
        if other != came_from and degree[other] > REMOVED:
            return other
    return came_from


@kernel
def cut_bends(
    early: NDArray[np.int32],
    ends: NDArray[np.int32],
    is_done: NDArray[np.bool_],
    chain: NDArray[np.int32],
    n_removed: int,
    degree: NDArray[np.int32],
    start: NDArray[np.int64],
    neighbour: NDArray[np.int32],
) -> tuple[int, int]:
    """Replace the bends between two junctions by one link, outermost bends first.

    Every second bend of a chain goes first, then every second of what is left:
    a chain of n bends is eliminated in log2(n) rounds instead of n.

    Parameters
    ----------
    early : (n_nodes,) int32, updated
        As left by `peel_dead_ends`; bends are appended.
    ends : (n_pairs // 2, 2) int32, updated
        Links of the junctions; may hold a pair of junctions more than once.
    is_done : (n_nodes,) bool, updated
        False on entry; true for bends that were cut.
    chain : (n_nodes,) int32, scratch
    n_removed
        How many `peel_dead_ends` removed.
    degree : (n_nodes,) int32
        As left by `peel_dead_ends`.
    start, neighbour
        As in `peel_dead_ends`.

    Returns
    -------
    n_early, n_links
        How many nodes are in `early`, and how many rows in `ends`.
    """
    n_links = 0
    # Round 0 starts from junctions. What is left then is rings of bends only: the
    # lowest node of each stands for a junction in round 1.
    for is_ring in (False, True):
        for junction in range(degree.size):
            if is_ring:
                if degree[junction] != BEND or is_done[junction]:
                    continue
                is_done[junction] = True
            elif degree[junction] <= BEND:
                continue
            for i in range(start[junction], start[junction + 1]):
                node = neighbour[i]
                if degree[node] == REMOVED:
                    continue
                if degree[node] > BEND:
                    if junction < node:
                        ends[n_links, 0] = junction
                        ends[n_links, 1] = node
                        n_links += 1
                    continue
                if is_done[node]:
                    continue
                came_from = junction
                length = 0
                while degree[node] == BEND and not is_done[node]:
                    is_done[node] = True
                    chain[length] = node
                    length += 1
                    onward = first_live(node, came_from, degree, start, neighbour)
                    came_from = node
                    node = onward
                step = 1
                while step <= length:
                    for place in range(step, length + 1, 2 * step):
                        early[n_removed] = chain[place - 1]
                        n_removed += 1
                    step *= 2
                if node != junction:
                    ends[n_links, 0] = min(junction, node)
                    ends[n_links, 1] = max(junction, node)
                    n_links += 1
    return n_removed, n_links


@kernel
def count_steps(
    steps: NDArray[np.int32],
    queue: NDArray[np.int32],
    node: int,
    start: NDArray[np.int64],
    neighbour: NDArray[np.int32],
) -> None:
    """Count the links from a node to every other one.

    Parameters
    ----------
    steps : (n_nodes,) int32, updated
        ``REMOVED`` where no way leads.
    queue : (n_nodes,) int32, scratch
    node
        Where to start.
    start, neighbour
        As in `peel_dead_ends`.
    """
    steps[:] = REMOVED
    steps[node] = 0
    queue[0] = node
    size = 1
    done = 0
    while done < size:
        near = queue[done]
        done += 1
        for i in range(start[near], start[near + 1]):
            far = neighbour[i]
            if steps[far] == REMOVED:
                steps[far] = steps[near] + 1
                queue[size] = far
                size += 1
