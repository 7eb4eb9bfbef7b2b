"""Least travel times over a street graph, in whole milliseconds.

One kernel grows a tree of least times from a set of seeds. Given the edges
backwards it answers "how long from every node to the nearest seed".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel

UNREACHABLE = -1
NODE_BITS = 31
NODE_MASK = (1 << NODE_BITS) - 1
MAX_MS = (1 << 31) - 1


@kernel
def grow_tree(
    time_ms: NDArray[np.int32],
    seed_of: NDArray[np.int32],
    heap: NDArray[np.int64],
    seeds: NDArray[np.int32],
    edge_start: NDArray[np.int64],
    edge_head: NDArray[np.int32],
    edge_ms: NDArray[np.int32],
) -> None:
    """Find the least time from the nearest seed to every node (Dijkstra 1959).

    Of seeds equally near, the one with the lower node number wins. Whole
    numbers make the result independent of the order of anything.

    Parameters
    ----------
    time_ms : (n_nodes,) int32, updated
        Least time, -1 where no seed reaches.
    seed_of : (n_nodes,) int32, updated
        The nearest seed, -1 where there is none.
    heap : (n_edges + n_seeds,) int64, scratch
        Entries ``time << 31 | node``: one comparison orders both.
    seeds : (n_seeds,) int32
        Nodes to start from, increasing.
    edge_start : (n_nodes + 1,) int64
        First edge of each node.
    edge_head : (n_edges,) int32
        Node an edge leads to.
    edge_ms : (n_edges,) int32
        Time on an edge, at least 1; negative: the edge may not be used.
    """
    time_ms[:] = UNREACHABLE
    seed_of[:] = UNREACHABLE
    size = 0
    for i in range(seeds.size):
        node = seeds[i]
        if time_ms[node] < 0:
            time_ms[node] = 0
            seed_of[node] = node
            heap[size] = node
            size += 1
    while size > 0:
        entry = heap[0]
        size -= 1
        last = heap[size]
        hole = 0
        child = 1
        while child < size:
            if child + 1 < size and heap[child + 1] < heap[child]:
                child += 1
            if heap[child] >= last:
                break
            heap[hole] = heap[child]
            hole = child
            child = 2 * hole + 1
        heap[hole] = last
        node = entry & NODE_MASK
        reached = entry >> NODE_BITS
        if reached > time_ms[node]:
            continue
        for edge in range(edge_start[node], edge_start[node + 1]):
            step = edge_ms[edge]
            head = edge_head[edge]
            arrival = reached + step
            known = time_ms[head]
            if step < 0 or arrival > MAX_MS:
                continue
            if known >= 0 and arrival >= known:
                if arrival == known and seed_of[node] < seed_of[head]:
                    seed_of[head] = seed_of[node]
                continue
            time_ms[head] = arrival
            seed_of[head] = seed_of[node]
            hole = size
            size += 1
            fresh = (arrival << NODE_BITS) | head
            while hole > 0 and heap[(hole - 1) // 2] > fresh:
                heap[hole] = heap[(hole - 1) // 2]
                hole = (hole - 1) // 2
            heap[hole] = fresh
