"""In which order the nodes of a street network are eliminated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.ordering import dissect
from twin.kernels.reducing import count_steps, cut_bends, peel_dead_ends

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]


def links_of(source: Int32, target: Int32, n_nodes: int) -> tuple[Int32, Int32]:
    """Return each pair of neighbours once, the lower node first."""
    is_loop = source == target
    low = np.minimum(source, target)[~is_loop].astype(np.int64)
    high = np.maximum(source, target)[~is_loop]
    pairs = np.unique(low * n_nodes + high)
    return (pairs // n_nodes).astype(np.int32), (pairs % n_nodes).astype(np.int32)


def group(by: Int32, values: Int32, n_groups: int) -> tuple[Int64, Int32]:
    """Return the values group by group, in increasing order, and where each group starts."""
    start = np.zeros(n_groups + 1, np.int64)
    np.cumsum(np.bincount(by, minlength=n_groups), out=start[1:])
    return start, np.ascontiguousarray(values[np.lexsort((values, by))])


def neighbours(low: Int32, high: Int32, n_nodes: int) -> tuple[Int64, Int32, Int32]:
    """Return the neighbours of each node and, of each such pair, the same pair the other way."""
    n_links = low.size
    source, target = np.concatenate((low, high)), np.concatenate((high, low))
    order = np.argsort(source, kind="stable")
    place = np.empty(order.size, np.int32)
    place[order] = np.arange(order.size, dtype=np.int32)
    start = np.zeros(n_nodes + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=n_nodes), out=start[1:])
    back = np.concatenate((place[n_links:], place[:n_links]))[order]
    return start, target[order], back


def elimination_order(low: Int32, high: Int32, x: Int64, y: Int64) -> Int32:
    """Return the nodes in an order that makes few arcs and a flat tree.

    Dead ends and bends go first; what is left is dissected.

    Parameters
    ----------
    low, high : (n_links,)
        As `links_of` gives them.
    x, y : (n_nodes,)
        Where the nodes lie, in whole numbers below 2**60.
    """
    n = x.size
    start, neighbour, _ = neighbours(low, high, n)
    early = np.empty(n, np.int32)
    degree = np.diff(start).astype(np.int32)
    n_early = peel_dead_ends(early, degree, start, neighbour)
    ends = np.empty((low.size, 2), np.int32)
    is_bend = np.zeros(n, np.bool_)
    n_early, n_links = cut_bends(
        early, ends, is_bend, np.empty(n, np.int32), n_early, degree, start, neighbour
    )
    is_core = np.ones(n, np.bool_)
    is_core[early[:n_early]] = False
    core = np.flatnonzero(is_core)
    row = np.cumsum(is_core, dtype=np.int32) - np.int32(1)
    core_low, core_high = links_of(row[ends[:n_links, 0]], row[ends[:n_links, 1]], core.size)
    late = dissected(core_low, core_high, (x[core], y[core]))
    return np.concatenate((early[:n_early], core[late].astype(np.int32)))


def dissected(low: Int32, high: Int32, places: tuple[Int64, Int64]) -> Int32:
    """Return the order by nested dissection, cutting across eight directions."""
    x, y = places
    n = x.size
    start, head, back = neighbours(low, high, n)
    along = (x, y, x + y, x - y, 2 * x + y, 2 * x - y, x + 2 * y, x - 2 * y)
    orders = np.empty((len(along), n), np.int32)
    for row, key in zip(orders, along, strict=True):
        row[:] = np.argsort(key, kind="stable")
    dissect(
        orders,
        np.empty(n, np.int32),
        np.empty(n, np.int8),
        np.empty(n, np.int8),
        np.empty(n, np.bool_),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(head.size, np.int8),
        np.empty((2, n + 2), np.int64),
        start,
        head,
        back,
    )
    order: Int32 = orders[0]
    return order


def places_without_map(low: Int32, high: Int32, n_nodes: int) -> tuple[Int64, Int64]:
    """Return stand-ins for coordinates: by how many steps nodes are nearer to one end.

    The ends of the first axis are as far apart as a double sweep finds them, those of
    the second one lie half-way between.
    """
    start, neighbour, _ = neighbours(low, high, n_nodes)
    degree = np.diff(start)
    if n_nodes == 0 or low.size == 0:
        return np.arange(n_nodes), np.arange(n_nodes)

    def steps(node: int) -> Int64:
        found = np.empty(n_nodes, np.int32)
        count_steps(found, np.empty(n_nodes, np.int32), node, start, neighbour)
        return found.astype(np.int64)

    begin = int(np.argmax(steps(int(degree.argmax()))))
    from_begin = steps(begin)
    end = int(np.argmax(from_begin))
    from_end = steps(end)
    x = from_begin - from_end
    from_side = steps(int(np.argmax(np.minimum(from_begin, from_end) - np.abs(x))))
    return x, from_side - np.minimum(from_begin, from_end)
