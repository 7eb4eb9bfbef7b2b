"""The order of a street network in which paths are found fast, whatever the times.

A `Hierarchy` depends on which streets there are, not on how long they take. It is
built once for a map and a mode; `Hierarchy.customise` turns times on the edges (new
speeds, closed streets) into a `Metric`, in milliseconds for a city, and a metric
answers: times and paths between pairs, times from everywhere to a place, the nearest
of many places.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from twin.kernels import hierarchy as kernels
from twin.kernels.labels import measure_depths
from twin.network.elimination import elimination_order, group, links_of, places_without_map
from twin.network.metric import Metric
from twin.network.modes import MODE_BITS, mode_index

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.network.street_graph import StreetGraph

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]
_FURTHEST: Final = 1 << 58
_N_ARCS_MAX: Final = (1 << 30) - 1


@dataclass(frozen=True, eq=False, repr=False)
class Hierarchy:
    """A customisable contraction hierarchy; every array is read by rank but `rank`.

    Parameters
    ----------
    rank : (n_nodes,)
        Place of each node in the order of elimination; the hierarchy's own number of it.
    parent : (n_nodes,)
        The elimination tree: parents have higher ranks, -1 for a root.
    depth : (n_nodes,)
        Number of nodes above.
    first : (n_nodes,)
        The subtree of ``v`` is ``first[v] .. v``.
    arc_start : (n_nodes + 1,)
        The arcs of ``v`` to higher nodes are ``arc_start[v] : arc_start[v + 1]``.
    head : (n_arcs,)
        The higher node, increasing within a node.
    top : (n_triangles,)
        For each node and each two of its arcs, the arc between their heads.
    edge_source, edge_target : (n_edges,)
        Ends of the edges, as nodes of the network.
    edge_arc : (n_edges,)
        The arc of an edge, -1 for loops and edges outside the hierarchy.
    is_up : (n_edges,)
        Whether an edge leads to the higher node.
    is_inside : (n_edges,)
        Edges that may be given times.
    """

    rank: Int32
    parent: Int32
    depth: Int32
    first: Int32
    arc_start: Int64
    head: Int32
    top: Int32
    edge_source: Int32
    edge_target: Int32
    edge_arc: Int32
    is_up: NDArray[np.bool_]
    is_inside: NDArray[np.bool_]

    @classmethod
    def build(
        cls,
        edge_source: NDArray[np.integer],
        edge_target: NDArray[np.integer],
        n_nodes: int,
        x: NDArray[np.integer] | None = None,
        y: NDArray[np.integer] | None = None,
        *,
        rank: NDArray[np.integer] | None = None,
        is_inside: NDArray[np.bool_] | None = None,
    ) -> Self:
        """Build the hierarchy of a directed network.

        Parameters
        ----------
        edge_source, edge_target : (n_edges,)
            Nodes at both ends; loops and parallel edges are welcome.
        n_nodes
            Number of nodes.
        x, y : (n_nodes,), optional
            Where nodes lie, in any whole unit. Without them the distance in steps
            from a few nodes stands in: the same answers, less quickly.
        rank : (n_nodes,), optional
            An order that was found before. Any order gives right answers; a good one
            gives them fast.
        is_inside : (n_edges,), optional
            Edges that will ever be given times; all by default.
        """
        source, target = _ends(edge_source, edge_target, n_nodes)
        if is_inside is None:
            is_inside = np.ones(source.size, np.bool_)
        elif is_inside.shape != source.shape:
            msg = f"is_inside has shape {is_inside.shape}, expected {source.shape}"
            raise ValueError(msg)
        low, high = links_of(source[is_inside], target[is_inside], n_nodes)
        if rank is None:
            if x is None or y is None:
                x, y = places_without_map(low, high, n_nodes)
            order = elimination_order(low, high, *_places(x, y, n_nodes))
            by_order = np.empty(n_nodes, np.int32)
            by_order[order] = np.arange(n_nodes, dtype=np.int32)
        else:
            by_order = _permutation(rank, n_nodes)
        own, parent = _numbered_by_subtree(by_order, low, high)
        arcs = _arcs(own, parent, low, high)
        one, other = own[source], own[target]
        edge_arc = np.full(source.size, kernels.NOBODY, np.int32)
        found = np.empty(int(is_inside.sum()), np.int32)
        kernels.find_arcs(
            found,
            np.minimum(one, other)[is_inside],
            np.maximum(one, other)[is_inside],
            arcs.arc_start,
            arcs.head,
        )
        edge_arc[is_inside] = found
        return cls(
            rank=own,
            parent=parent,
            depth=arcs.depth,
            first=arcs.first,
            arc_start=arcs.arc_start,
            head=arcs.head,
            top=arcs.top,
            edge_source=source,
            edge_target=target,
            edge_arc=edge_arc,
            is_up=one < other,
            is_inside=is_inside.copy(),
        )

    @classmethod
    def of(
        cls, graph: StreetGraph, mode: str | int, *, rank: NDArray[np.integer] | None = None
    ) -> Self:
        """Build the hierarchy of the streets that `mode` may use.

        Edges keep the rows of the graph; vehicles with rules of their own on the
        streets of a mode are other times for its hierarchy.
        """
        return cls.build(
            graph.edge_source,
            graph.edge_target,
            graph.n_nodes,
            graph.node_x_mm,
            graph.node_y_mm,
            rank=rank,
            is_inside=(graph.edge_modes & MODE_BITS[mode_index(mode)]) != 0,
        )

    def to_columns(self) -> dict[str, Int32]:
        """Return what must be stored to build the hierarchy again, by node."""
        return {"rank": self.rank.copy()}

    @classmethod
    def from_columns(
        cls, columns: Mapping[str, NDArray[np.integer]], graph: StreetGraph, mode: str | int
    ) -> Self:
        """Return the hierarchy of `graph` from what `to_columns` gave."""
        return cls.of(graph, mode, rank=columns["rank"])

    def __repr__(self) -> str:
        """Return the hierarchy in a few lines."""
        return (
            f"Hierarchy {self.n_nodes:,} nodes, {self.n_edges:,} edges\n"
            f"├── {self.head.size:,} arcs, {self.top.size:,} triangles\n"
            f"└── {self.height:,} nodes from the lowest to the root"
        )

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(self.rank.size)

    @property
    def n_edges(self) -> int:
        """Number of directed edges of the network."""
        return int(self.edge_arc.size)

    @property
    def height(self) -> int:
        """Nodes on the longest way up the elimination tree."""
        return int(self.depth.max(initial=-1)) + 1

    @property
    def n_bytes(self) -> int:
        """Memory of the arrays."""
        return sum(getattr(self, field.name).nbytes for field in fields(self))

    @cached_property
    def least_depth(self) -> Int32:
        """Least depth of every run of ``2**level`` ranks, by level."""
        n_levels = max(1, self.n_nodes.bit_length())
        least = np.empty((n_levels, self.n_nodes), np.int32)
        measure_depths(least, self.depth)
        return least

    @cached_property
    def label_start(self) -> Int64:
        """First entry of each node's label when all nodes have one; the total at the end."""
        start = np.zeros(self.n_nodes + 1, np.int64)
        np.cumsum(self.depth + 1, out=start[1:])
        return start

    def customise(self, edge_ms: NDArray[np.integer]) -> Metric:
        """Return the answers under these times.

        Parameters
        ----------
        edge_ms : (n_edges,)
            Whole milliseconds, or any other whole unit of time; -1 where an edge may
            not be used. Edges outside the hierarchy must be -1.
        """
        times = np.asarray(edge_ms)
        if times.shape != (self.n_edges,) or times.dtype.kind not in "iu":
            msg = (
                f"edge_ms is {times.dtype} of shape {times.shape},"
                f" expected whole numbers of shape ({self.n_edges},)"
            )
            raise ValueError(msg)
        if times.dtype != np.int32 and times.size and times.max() > np.iinfo(np.int32).max:
            msg = f"edge_ms holds {times.max()}, more than 31 bits"
            raise ValueError(msg)
        own = np.array(times, np.int32)
        is_stray = (own >= 0) & ~self.is_inside
        if is_stray.any():
            msg = f"edge {int(is_stray.argmax())} has a time, but the hierarchy was built without"
            raise ValueError(msg)
        up = np.empty(self.head.size, np.uint32)
        down = np.empty(self.head.size, np.uint32)
        kernels.customise(up, down, own, self.edge_arc, self.is_up, self.arc_start, self.top)
        return Metric(self, own, up, down)


def _ends(
    edge_source: NDArray[np.integer], edge_target: NDArray[np.integer], n_nodes: int
) -> tuple[Int32, Int32]:
    if edge_source.shape != edge_target.shape or edge_source.ndim != 1:
        msg = f"edges have {edge_source.shape} sources and {edge_target.shape} targets"
        raise ValueError(msg)
    for ends in (edge_source, edge_target):
        if ends.size and not 0 <= int(ends.min()) <= int(ends.max()) < n_nodes:
            msg = f"edges end at {ends.min()} to {ends.max()}, outside 0..{n_nodes - 1}"
            raise ValueError(msg)
    return np.array(edge_source, np.int32), np.array(edge_target, np.int32)


def _places(x: NDArray[np.integer], y: NDArray[np.integer], n_nodes: int) -> tuple[Int64, Int64]:
    is_whole = x.dtype.kind in "iu" and y.dtype.kind in "iu"
    places = np.array((x, y), np.int64) if is_whole and x.shape == y.shape else np.empty(0)
    if places.shape != (2, n_nodes) or np.abs(places).max(initial=0) > _FURTHEST:
        msg = f"x and y must be {n_nodes} whole numbers each, within +-2**58"
        raise ValueError(msg)
    return places[0], places[1]


def _permutation(rank: NDArray[np.integer], n_nodes: int) -> Int32:
    if rank.shape != (n_nodes,) or not np.array_equal(np.sort(rank), np.arange(n_nodes)):
        msg = f"rank must hold each of 0..{n_nodes - 1} once"
        raise ValueError(msg)
    return rank.astype(np.int32)


def _numbered_by_subtree(rank: Int32, low: Int32, high: Int32) -> tuple[Int32, Int32]:
    """Return an order that makes the same arcs, each subtree in a row, and its tree."""
    n = rank.size
    parent = np.empty(n, np.int32)
    scratch = np.empty((2, n), np.int32)
    kernels.grow_elimination_tree(parent, scratch[0], *_lower_neighbours(rank, low, high))
    renumbered = np.empty(n, np.int32)
    kernels.number_by_subtree(renumbered, scratch[0], scratch[1], parent)
    has_parent = parent >= 0
    moved = np.full(n, kernels.NOBODY, np.int32)
    moved[renumbered[has_parent]] = renumbered[parent[has_parent]]
    return renumbered[rank], moved


class _Arcs(NamedTuple):
    depth: Int32
    first: Int32
    arc_start: Int64
    head: Int32
    top: Int32


def _arcs(rank: Int32, parent: Int32, low: Int32, high: Int32) -> _Arcs:
    n = rank.size
    lower = _lower_neighbours(rank, low, high)
    n_arcs = np.empty(n, np.int64)
    depth, first, mark = np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    kernels.count_arcs(n_arcs, depth, first, mark, parent, *lower)
    arc_start = np.zeros(n + 1, np.int64)
    np.cumsum(n_arcs, out=arc_start[1:])
    if arc_start[-1] > _N_ARCS_MAX:
        msg = f"{arc_start[-1]:,} arcs: this is no street network"
        raise ValueError(msg)
    head = np.empty(int(arc_start[-1]), np.int32)
    kernels.list_arcs(head, arc_start[:-1].copy(), mark, parent, *lower)
    top = np.empty(int((n_arcs * (n_arcs - 1) // 2).sum()), np.int32)
    kernels.list_triangles(top, arc_start, head)
    return _Arcs(depth, first, arc_start, head, top)


def _lower_neighbours(rank: Int32, low: Int32, high: Int32) -> tuple[Int64, Int32]:
    one, other = rank[low], rank[high]
    return group(np.maximum(one, other), np.minimum(one, other), rank.size)
