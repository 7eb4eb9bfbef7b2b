"""Least travel times by buckets instead of a heap.

Nodes wait in buckets of times, each 2**shift wide (Dial 1969; buckets wider than the
shortest edge as in Meyer and Sanders 2003: a node is then now and then looked at
twice). Moving a node costs the same whatever waits, and buckets stand in a ring as
long as the longest edge.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.paths import MAX_MS, UNREACHABLE

NOBODY = -1


@kernel(is_internal=True)
def put_in_bucket(
    place: int,
    node: int,
    head: NDArray[np.int32],
    after: NDArray[np.int32],
    before: NDArray[np.int32],
    bucket_of: NDArray[np.int32],
) -> None:
    """Put a node in front of a bucket, out of the one it is in."""
    old = bucket_of[node]
    if old == place:
        return
    if old != NOBODY:
        if before[node] == NOBODY:
            head[old] = after[node]
        else:
            after[before[node]] = after[node]
        if after[node] != NOBODY:
            before[after[node]] = before[node]
    bucket_of[node] = place
    before[node] = NOBODY
    after[node] = head[place]
    if head[place] != NOBODY:
        before[head[place]] = node
    head[place] = node


@kernel
def grow_tree_in_buckets(
    time_ms: NDArray[np.int32],
    seed_of: NDArray[np.int32],
    head: NDArray[np.int32],
    links: NDArray[np.int32],
    seeds: NDArray[np.int32],
    edge_start: NDArray[np.int64],
    edge_head: NDArray[np.int32],
    edge_ms: NDArray[np.int32],
    shift: int,
) -> None:
    """Find the least time from the nearest seed to every node.

    The answer is that of `twin.kernels.paths.grow_tree`, to the last tie.

    Parameters
    ----------
    time_ms : (n_nodes,) int32, updated
        Least time, -1 where no seed reaches.
    seed_of : (n_nodes,) int32, updated
        The nearest seed, of equally near ones the lower node; -1 where there is none.
    head : (n_buckets,) int32, scratch
        A power of two of buckets, above ``max(edge_ms) >> shift`` by two at least.
    links : (3, n_nodes) int32, scratch
    seeds : (n_seeds,) int32
        Nodes to start from, increasing.
    edge_start, edge_head, edge_ms
        As in `grow_tree`.
    shift
        Buckets are ``2**shift`` milliseconds wide.
    """
    after = links[0]
    before = links[1]
    bucket_of = links[2]
    time_ms[:] = UNREACHABLE
    seed_of[:] = UNREACHABLE
    head[:] = NOBODY
    bucket_of[:] = NOBODY
    mask = head.size - 1
    # Typed: a bare literal compiles `put_in_bucket` a second time.
    here = np.int64(0)
    for i in range(seeds.size):
        node = seeds[i]
        if time_ms[node] < 0:
            time_ms[node] = 0
            seed_of[node] = node
            put_in_bucket(here, node, head, after, before, bucket_of)
    n_empty = 0
    while n_empty <= mask:
        node = head[here]
        if node == NOBODY:
            here = (here + 1) & mask
            n_empty += 1
            continue
        n_empty = 0
        head[here] = after[node]
        if after[node] != NOBODY:
            before[after[node]] = NOBODY
        bucket_of[node] = NOBODY
        reached = np.int64(time_ms[node])
        seed = seed_of[node]
        for edge in range(edge_start[node], edge_start[node + 1]):
            step = edge_ms[edge]
            arrival = reached + step
            if step < 0 or arrival > MAX_MS:
                continue
            other = edge_head[edge]
            known = time_ms[other]
            if known >= 0 and (arrival > known or (arrival == known and seed >= seed_of[other])):
                continue
            time_ms[other] = arrival
            seed_of[other] = seed
            put_in_bucket((arrival >> shift) & mask, other, head, after, before, bucket_of)
