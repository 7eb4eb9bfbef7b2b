"""Times and paths under one set of times on the streets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.kernels import labels, nearness, sweeping, unpacking

if TYPE_CHECKING:
    from twin.network.hierarchy import Hierarchy

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]
UInt32 = NDArray[np.uint32]
MAX_MS: Final = (1 << 31) - 1
# Labels of a whole city take 8 bytes for each node and each of its ancestors: 50 MB for
# 55,000 nodes. Beyond this they are made for a part of the pairs at a time.
LABEL_BYTES_MAX: Final = 1 << 30
# Labels of all nodes cost as much as about thirty questions that make their own.
_FEW: Final = 32
_CHUNK: Final = 8192
_TRACED: Final = 1024
_LANES: Final = (8, 16, sweeping.N_LANES)


@dataclass(frozen=True, eq=False)
class Labels:
    """Times from nodes to their ancestors and back; see `twin.kernels.labels`."""

    up: UInt32
    down: UInt32
    start: Int64


@dataclass(frozen=True, eq=False, repr=False)
class Metric:
    """A hierarchy with times on its arcs.

    Nodes and edges are those of the network, times are whole milliseconds, and -1
    stands for "not reachable", also where a way takes longer than 31 bits hold.

    Parameters
    ----------
    hierarchy
        What it was made from.
    edge_ms : (n_edges,)
        Time on each edge, -1 where it may not be used.
    up, down : (n_arcs,)
        Time on each arc to its higher node, and back.
    """

    hierarchy: Hierarchy
    edge_ms: Int32
    up: UInt32
    down: UInt32

    def __repr__(self) -> str:
        """Return the metric in one line."""
        n_closed = int((self.edge_ms < 0).sum())
        return f"Metric {self.edge_ms.size:,} edges, {n_closed:,} of them may not be used"

    def distances(self, origins: ArrayLike, destinations: ArrayLike) -> Int32:
        """Return the least time from each origin to its destination.

        Parameters
        ----------
        origins, destinations : (n,)
            Nodes.

        Returns
        -------
        time_ms : (n,) int32
            -1 where no way leads there.
        """
        origin, destination = self._pairs(origins, destinations)
        time_ms = np.empty(origin.size, np.int32)
        for part in self._parts(origin.size):
            found = self._labels_of(origin[part], destination[part])
            labels.look_up_times(
                time_ms[part],
                origin[part],
                destination[part],
                found.up,
                found.down,
                found.start,
                self.hierarchy.depth,
                self.hierarchy.first,
                self.hierarchy.least_depth,
            )
        return time_ms

    def paths(self, origins: ArrayLike, destinations: ArrayLike) -> tuple[Int64, Int32]:
        """Return a least way from each origin to its destination.

        Of ways that take equally long one is chosen by fixed rules, the same whatever
        else is asked. A way passes no node twice.

        Parameters
        ----------
        origins, destinations : (n,)
            Nodes.

        Returns
        -------
        start : (n + 1,) int64
            The edges of way i are ``edge[start[i] : start[i + 1]]``. There are none
            where no way leads, nor where origin and destination are one node; what
            is the case `distances` tells.
        edge : (n_edges_of_all,) int32
            Rows of edges in order of travel.
        """
        origin, destination = self._pairs(origins, destinations)
        n_edges = np.empty(origin.size, np.int64)
        parts: list[Int32] = []
        for chunk in self._parts(origin.size):
            found = self._labels_of(origin[chunk], destination[chunk])
            for first in range(chunk.start, chunk.stop, _TRACED):
                part = slice(first, min(first + _TRACED, chunk.stop))
                parts.append(self._traced(n_edges[part], origin[part], destination[part], found))
        start = np.zeros(origin.size + 1, np.int64)
        np.cumsum(np.maximum(n_edges, 0), out=start[1:])
        edge = np.concatenate(parts) if parts else np.empty(0, np.int32)
        if np.any(self.edge_ms == 0):
            h = self.hierarchy
            place = np.full(h.n_nodes, -1, np.int64)
            unpacking.erase_circles(edge, start, place, h.edge_source, h.edge_target)
        return start, edge[: start[-1]]

    def times_to(self, targets: ArrayLike) -> Int32:
        """Return the time from every node to each target, (n_targets, n_nodes) int32."""
        return self._swept(targets, self.up, self.down)

    def times_from(self, sources: ArrayLike) -> Int32:
        """Return the time from each source to every node, (n_sources, n_nodes) int32."""
        return self._swept(sources, self.down, self.up)

    def next_edges_to(self, targets: ArrayLike) -> Int32:
        """Return the edge to take at every node towards each target.

        Of edges on a least way the lowest row is taken.

        Returns
        -------
        edge : (n_targets, n_nodes) int32
            -1 at the target and where no way leads to it.

        Raises
        ------
        ValueError
            If an edge takes no time: edges on least ways may then lead in a circle.
        """
        times = self.times_to(targets)
        return self._pointed(times, self.hierarchy.edge_source, self.hierarchy.edge_target)

    def next_edges_from(self, sources: ArrayLike) -> Int32:
        """Return the last edge of a least way from each source to every node.

        Of such edges the lowest row is taken; -1 at the source and where no way
        leads; raises as `next_edges_to`.
        """
        times = self.times_from(sources)
        return self._pointed(times, self.hierarchy.edge_target, self.hierarchy.edge_source)

    def nearest(
        self,
        targets: ArrayLike,
        k: int,
        *,
        cutoff_ms: int | None = None,
        extra_ms: ArrayLike | None = None,
    ) -> tuple[Int32, Int32]:
        """Return the k nearest of many targets for every node.

        Parameters
        ----------
        targets : (n_targets,)
            Nodes; several targets may be at one.
        k
            How many to find.
        cutoff_ms
            Leave out those further away.
        extra_ms : (n_targets,), optional
            Time from the node to the target itself (a walk from the car, say); -1: it
            cannot be reached.

        Returns
        -------
        index : (n_nodes, k) int32
            Rows of `targets`, the nearest first, of equally near ones the lower row;
            -1 behind the last.
        time_ms : (n_nodes, k) int32
            Times to them.
        """
        h = self.hierarchy
        target = self._ranks("targets", targets)
        extra = np.zeros(target.size, np.int32)
        if extra_ms is not None:
            extra = np.array(extra_ms, np.int32)
        if extra.shape != target.shape or k < 1:
            msg = f"k is {k}, extra_ms has shape {extra.shape}, expected k >= 1, {target.shape}"
            raise ValueError(msg)
        limit = MAX_MS if cutoff_ms is None else min(max(cutoff_ms, -1), MAX_MS)
        shape = (h.n_nodes, k)
        found, time_ms = np.empty(shape, np.int32), np.empty(shape, np.uint32)
        n_found = np.zeros(h.n_nodes, np.int32)
        if limit >= 0:
            nearness.find_nearest(
                found,
                time_ms,
                n_found,
                target,
                extra,
                limit,
                h.arc_start,
                h.head,
                self.up,
                self.down,
            )
        index, nearest_ms = np.empty(shape, np.int32), np.empty(shape, np.int32)
        nearness.spread_nearest(index, nearest_ms, found, time_ms, n_found, h.rank)
        return index, nearest_ms

    def _ranks(self, name: str, nodes: ArrayLike) -> Int32:
        node = np.atleast_1d(np.asarray(nodes))
        if node.size == 0:
            return np.empty(0, np.int32)
        n = self.hierarchy.n_nodes
        is_whole = node.ndim == 1 and node.dtype.kind in "iu"
        if not is_whole or not 0 <= int(node.min()) <= int(node.max()) < n:
            msg = f"{name} must be nodes in a row, each in 0..{n - 1}"
            raise ValueError(msg)
        ranks: Int32 = self.hierarchy.rank[node]
        return ranks

    def _pairs(self, origins: ArrayLike, destinations: ArrayLike) -> tuple[Int32, Int32]:
        origin = self._ranks("origins", origins)
        destination = self._ranks("destinations", destinations)
        if origin.size != destination.size:
            msg = f"{origin.size} origins and {destination.size} destinations"
            raise ValueError(msg)
        return origin, destination

    def _parts(self, n: int) -> list[slice]:
        """Return how pairs are cut so that labels fit into memory."""
        size = max(n, 1) if self._has_room else _CHUNK
        return [slice(first, min(first + size, n)) for first in range(0, n, size)]

    @property
    def _has_room(self) -> bool:
        return 8 * int(self.hierarchy.label_start[-1]) <= LABEL_BYTES_MAX

    @cached_property
    def _all_labels(self) -> Labels:
        everyone = np.ones(self.hierarchy.n_nodes, np.bool_)
        return self._filled(self.hierarchy.label_start, everyone)

    def _labels_of(self, origin: Int32, destination: Int32) -> Labels:
        """Return labels that serve these pairs; those of all nodes are kept."""
        if "_all_labels" in self.__dict__ or (origin.size > _FEW and self._has_room):
            return self._all_labels
        h = self.hierarchy
        is_wanted = np.zeros(h.n_nodes, np.bool_)
        labels.mark_ancestors(is_wanted, origin, h.parent)
        labels.mark_ancestors(is_wanted, destination, h.parent)
        start = np.zeros(h.n_nodes + 1, np.int64)
        np.cumsum(np.where(is_wanted, h.depth + 1, 0), out=start[1:])
        return self._filled(start, is_wanted)

    def _filled(self, start: Int64, is_wanted: NDArray[np.bool_]) -> Labels:
        h = self.hierarchy
        made = Labels(
            np.empty(int(start[-1]), np.uint32), np.empty(int(start[-1]), np.uint32), start
        )
        for label, arc_ms in ((made.up, self.up), (made.down, self.down)):
            labels.fill_labels(label, start, is_wanted, h.depth, h.arc_start, h.head, arc_ms)
        return made

    @cached_property
    def _legs(self) -> tuple[Int32, Int32]:
        h = self.hierarchy
        leg = np.empty((2 * h.head.size, 2), np.int32)
        n_edges_of = np.empty(2 * h.head.size, np.int32)
        unpacking.find_legs(
            leg,
            n_edges_of,
            self.edge_ms,
            h.edge_arc,
            h.is_up,
            h.arc_start,
            h.top,
            self.up,
            self.down,
        )
        return leg, n_edges_of

    def _traced(self, n_edges: Int64, origin: Int32, destination: Int32, found: Labels) -> Int32:
        h = self.hierarchy
        leg, n_edges_of = self._legs
        row = np.empty(2 * h.height * origin.size, np.int32)
        row_start = np.empty(origin.size + 1, np.int64)
        unpacking.trace(
            row,
            row_start,
            n_edges,
            origin,
            destination,
            n_edges_of,
            found.up,
            found.down,
            found.start,
            h.depth,
            h.first,
            h.least_depth,
            h.arc_start,
            h.head,
            self.up,
            self.down,
        )
        edge = np.empty(int(np.maximum(n_edges, 0).sum()), np.int32)
        unpacking.unpack(edge, np.empty(h.height + 1, np.int32), row[: row_start[-1]], leg)
        return edge

    def _swept(self, nodes: ArrayLike, up: UInt32, down: UInt32) -> Int32:
        h = self.hierarchy
        target = self._ranks("nodes", nodes)
        time_ms = np.empty((target.size, h.n_nodes), np.int32)
        # As few lanes as will do, a vector of eight at least.
        n_lanes = next(n for n in _LANES if n >= min(target.size, sweeping.N_LANES))
        reached = np.empty((h.n_nodes, n_lanes), np.uint32)
        for first in range(0, target.size, sweeping.N_LANES):
            part = slice(first, first + sweeping.N_LANES)
            sweeping.sweep(reached, target[part], h.parent, h.arc_start, h.head, up, down)
            sweeping.spread_rows(time_ms[part], reached, h.rank)
        return time_ms

    def _pointed(self, times: Int32, near: Int32, far: Int32) -> Int32:
        if np.any(self.edge_ms == 0):
            msg = f"edge {int(np.argmin(self.edge_ms != 0))} takes no time: no next edge is safe"
            raise ValueError(msg)
        edge = np.empty_like(times)
        sweeping.point_along(edge, times, near, far, self.edge_ms)
        return edge
