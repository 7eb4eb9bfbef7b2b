"""How people without a car at the door reach the network of another mode."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.kernels.buckets import grow_tree_in_buckets
from twin.network.modes import BICYCLE, CAR, MODE_BITS, WALK
from twin.network.projection import nearest_points

if TYPE_CHECKING:
    from twin.network.street_graph import StreetGraph

Int32 = NDArray[np.int32]
MAX_INT32 = 2**31 - 1
_BUCKET_BITS = 15


def time_of(length_mm: NDArray[np.integer], speed_mps: float | NDArray[np.float64]) -> Int32:
    """Return whole milliseconds, at least 1: a millimetre a millisecond is a metre a second."""
    time_ms = np.maximum(1.0, np.rint(length_mm / speed_mps))
    return np.minimum(time_ms, MAX_INT32).astype(np.int32)


def tree_towards(
    graph: StreetGraph, seeds: NDArray[np.integer], edge_ms: Int32
) -> tuple[Int32, Int32]:
    """Return the least time from every node to the nearest seed, and that seed.

    Parameters
    ----------
    graph
        The streets.
    seeds : (n_seeds,)
        Nodes, increasing.
    edge_ms : (n_edges,)
        Time on each edge, -1 where it may not be used.
    """
    reverse = graph.reverse
    return tree_on(graph.n_nodes, seeds, reverse.start, reverse.tail, edge_ms[reverse.edge])


def tree_from(
    graph: StreetGraph, seeds: NDArray[np.integer], edge_ms: Int32
) -> tuple[Int32, Int32]:
    """Return the least time from the nearest seed to every node, and that seed."""
    return tree_on(graph.n_nodes, seeds, graph.edge_start, graph.edge_target, edge_ms)


def tree_on(
    n_nodes: int,
    seeds: NDArray[np.integer],
    start: NDArray[np.int64],
    head: Int32,
    edge_ms: Int32,
) -> tuple[Int32, Int32]:
    """Return the tree over edges given as arrays, in the order of their tails."""
    time_ms = np.empty(n_nodes, np.int32)
    seed_of = np.empty(n_nodes, np.int32)
    shift, n_buckets = bucket_shape(edge_ms)
    grow_tree_in_buckets(
        time_ms,
        seed_of,
        np.empty(n_buckets, np.int32),
        np.empty((3, n_nodes), np.int32),
        # A copy: an array that may not be written is another type to Numba, and compiles anew.
        np.array(seeds, np.int32),
        np.ascontiguousarray(start),
        np.ascontiguousarray(head),
        np.ascontiguousarray(edge_ms),
        shift,
    )
    return time_ms, seed_of


def bucket_shape(edge_ms: Int32) -> tuple[int, int]:
    """Return the width of buckets, as a power of two, and how many there must be.

    A third of the mean time on an edge; from a tenth to twice of it make no difference.
    Few edges of days must not make millions of buckets.
    """
    usable = edge_ms[edge_ms >= 0]
    mean, longest = (int(usable.mean()), int(usable.max())) if usable.size else (0, 0)
    shift = max(0, mean.bit_length() - 2, longest.bit_length() - _BUCKET_BITS)
    return shift, 1 << ((longest >> shift) + 1).bit_length()


def with_access(graph: StreetGraph) -> StreetGraph:
    """Return the graph with the walks to the car and bicycle networks computed."""
    car_node, car_ms = access_columns(graph, CAR)
    bicycle_node, bicycle_ms = access_columns(graph, BICYCLE)
    return replace(
        graph,
        car_access_node=car_node,
        car_access_ms=car_ms,
        bicycle_access_node=bicycle_node,
        bicycle_access_ms=bicycle_ms,
    )


def access_columns(
    graph: StreetGraph,
    mode: int,
    closed: NDArray[np.bool_] | None = None,
    walk_ms: Int32 | None = None,
) -> tuple[Int32, Int32]:
    """Return the nearest node of `mode` and the walk to it, for every node.

    The walk follows the streets; where none is walkable it is a straight
    line. With closures, only nodes that the mode can still leave and reach
    count, and closed streets are not walked.

    Parameters
    ----------
    graph
        The streets.
    mode
        Network that is walked to.
    closed : (n_edges,), optional
        Edges that nobody may use.
    walk_ms : (n_edges,), optional
        Time of a walk on each edge; that of the graph otherwise.

    Returns
    -------
    node : (n_nodes,) int32
        -1 when the mode has no streets (left).
    walk_ms : (n_nodes,) int32
    """
    members = graph.is_in_component[mode]
    walk_ms = graph.edge_time_ms[WALK] if walk_ms is None else walk_ms
    if closed is not None and closed.any():
        walk_ms = np.where(closed, np.int32(-1), walk_ms)
        is_open = ((graph.edge_modes & MODE_BITS[mode]) != 0) & ~closed
        can_leave = np.bincount(graph.edge_source[is_open], minlength=graph.n_nodes) > 0
        can_reach = np.bincount(graph.edge_target[is_open], minlength=graph.n_nodes) > 0
        members = members & can_leave & can_reach
    seeds = np.flatnonzero(members)
    if seeds.size == 0:
        nothing = np.full(graph.n_nodes, -1, np.int32)
        return nothing, nothing.copy()
    time_ms, node = tree_towards(graph, seeds, walk_ms)
    is_cut_off = time_ms < 0
    if closed is not None:
        is_cut_off &= ~graph.is_in_component[WALK]
    _straight_lines(graph, seeds, np.flatnonzero(is_cut_off), time_ms, node)
    return node, time_ms


def _straight_lines(
    graph: StreetGraph,
    seeds: NDArray[np.int64],
    cut_off: NDArray[np.int64],
    time_ms: Int32,
    node: Int32,
) -> None:
    """Fill in the nodes no street leads from; `time_ms` and `node` are updated."""
    if cut_off.size == 0:
        return
    row, distance_m = nearest_points(
        graph.node_x_mm[seeds],
        graph.node_y_mm[seeds],
        graph.node_x_mm[cut_off],
        graph.node_y_mm[cut_off],
    )
    node[cut_off] = seeds[row]
    time_ms[cut_off] = time_of(np.rint(distance_m * 1000).astype(np.int64), graph.walk_mps)
