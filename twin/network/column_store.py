"""Travel-time columns that are computed anew only where a change of the streets bites.

A column is the least time from every node to one target over one set of edge
times. When edge times change, a column still holds unless a street that got
slower lies on a shortest way of it, or a street that got faster makes a
shorter one (the optimality conditions of shortest paths: Ahuja, Magnanti and
Orlin 1993, ch. 5; dynamic trees as in Ramalingam and Reps 1996).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from twin.network.access import tree_towards

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from twin.network.metric import Metric
    from twin.network.street_graph import StreetGraph

Int32 = NDArray[np.int32]
BATCH: Final = 64
"""Targets whose columns are computed together."""

MAX_BYTES: Final = 512 * 2**20
"""Memory for columns that are kept; what is beyond it is computed again when asked for."""


FEW: Final = 100
"""Columns of one network up to which its hierarchy is not worth building.

Measured on 70,000 nodes: a search 6 ms, a column of a sweep 0.25 ms, the hierarchy 0.6 s.
"""


def columns_to(
    graph: StreetGraph,
    targets: NDArray[np.integer],
    edge_ms: Int32,
    metric: Metric | None = None,
) -> Int32:
    """Return the time from every node to each target.

    The one place that decides how a column is computed: by a sweep over a
    hierarchy where there is one, else by a search from each target. Whole
    milliseconds make both the same to the last bit.

    Parameters
    ----------
    graph
        The streets.
    targets : (n_targets,)
        Nodes.
    edge_ms : (n_edges,)
        Time on each edge, -1 where it may not be used.
    metric
        A hierarchy under these times.

    Returns
    -------
    time_ms : (n_targets, n_nodes) int32
        -1 where no route leads to the target.
    """
    if metric is not None:
        return metric.times_to(targets)
    out = np.empty((targets.size, graph.n_nodes), np.int32)
    for row in range(targets.size):
        out[row] = tree_towards(graph, targets[row : row + 1], edge_ms)[0]
    return out


@dataclass(eq=False)
class _Layer:
    """Columns under one set of edge times."""

    edge_ms: Int32
    columns: dict[int, Int32] = field(default_factory=dict)


@dataclass
class ColumnCounts:
    """What a store has done so far.

    Parameters
    ----------
    n_built
        Columns that were computed.
    n_rebuilt
        Of them those that a change of the streets made necessary.
    n_kept
        Columns that outlived a change, counted at each change.
    """

    n_built: int = 0
    n_rebuilt: int = 0
    n_kept: int = 0


class ColumnStore:
    """Columns of one street graph, by layer and target.

    Parameters
    ----------
    graph
        The streets.
    max_bytes
        Memory for kept columns.
    """

    def __init__(self, graph: StreetGraph, max_bytes: int = MAX_BYTES) -> None:
        self.graph = graph
        self.counts = ColumnCounts()
        self._layers: dict[Hashable, _Layer] = {}
        self._n_built_of: dict[int, int] = {}
        self._stale: dict[Hashable, set[int]] = {}
        self._room = max_bytes // (4 * max(graph.n_nodes, 1))

    def columns(
        self,
        layer: Hashable,
        edge_ms: Int32,
        targets: Sequence[int],
        *,
        base: int,
        like: Hashable | None = None,
    ) -> Iterator[tuple[int, Int32]]:
        """Yield each target with its column, kept or computed.

        Parameters
        ----------
        layer
            Name of a set of edge times: a mode at a time of day. Its edge times may
            change from call to call, when streets close or slow down.
        edge_ms : (n_edges,)
            Its edge times now.
        targets
            Nodes, each once.
        base
            Network that the layer is of: an index in ``MODES``.
        like
            Layer from whose columns a layer that is new starts.

        Yields
        ------
        target : int
        time_ms : (n_nodes,) int32
            Read only; -1 where no route leads to the target.
        """
        if like is not None and layer not in self._layers and like in self._layers:
            self._start_from(like, layer)
        kept = self._brought_up(layer, edge_ms)
        missing = [node for node in targets if node not in kept.columns]
        for node in targets:
            if node in kept.columns:
                yield node, kept.columns[node]
        metric = self._metric(base, edge_ms, len(missing))
        for first in range(0, len(missing), BATCH):
            batch = missing[first : first + BATCH]
            made = columns_to(self.graph, np.array(batch, np.int32), edge_ms, metric)
            made.flags.writeable = False
            self._count(layer, batch)
            for row, node in enumerate(batch):
                if self._room > 0:
                    # A copy: a row would keep its whole batch alive.
                    kept.columns[node] = made[row].copy()
                    self._room -= 1
                yield node, made[row]

    def _metric(self, base: int, edge_ms: Int32, n_missing: int) -> Metric | None:
        """Return the hierarchy of a network under `edge_ms`, if many columns ask for it."""
        n_built = self._n_built_of.get(base, 0) + n_missing
        self._n_built_of[base] = n_built
        if n_missing == 0 or n_built <= FEW:
            return None
        return self.graph.hierarchy(base).customise(edge_ms)

    def _start_from(self, like: Hashable, layer: Hashable) -> None:
        model = self._layers[like]
        n_taken = min(len(model.columns), max(self._room, 0))
        taken = dict(islice(model.columns.items(), n_taken))
        self._layers[layer] = _Layer(model.edge_ms, taken)
        self._room -= n_taken

    def _count(self, layer: Hashable, batch: Sequence[int]) -> None:
        stale = self._stale.setdefault(layer, set())
        self.counts.n_built += len(batch)
        self.counts.n_rebuilt += len(stale.intersection(batch))
        stale.difference_update(batch)

    def _brought_up(self, name: Hashable, edge_ms: Int32) -> _Layer:
        """Return the layer without the columns that its new edge times spoil."""
        layer = self._layers.get(name)
        if layer is None:
            layer = self._layers[name] = _Layer(edge_ms)
            return layer
        if layer.edge_ms is edge_ms:
            return layer
        edges = np.flatnonzero(layer.edge_ms != edge_ms)
        if edges.size:
            change = _Change.of(self.graph, edges, layer.edge_ms, edge_ms)
            spoilt = [node for node, column in layer.columns.items() if change.spoils(column)]
            for node in spoilt:
                del layer.columns[node]
            self._room += len(spoilt)
            self._stale.setdefault(name, set()).update(spoilt)
            self.counts.n_kept += len(layer.columns)
        layer.edge_ms = edge_ms
        return layer


@dataclass(frozen=True, eq=False)
class _Change:
    """Edges whose time is another: ends, and times before and after, -1 for shut."""

    slower: tuple[Int32, Int32, NDArray[np.int64]]
    faster: tuple[Int32, Int32, NDArray[np.int64]]

    @classmethod
    def of(
        cls, graph: StreetGraph, edges: NDArray[np.int64], old_ms: Int32, new_ms: Int32
    ) -> _Change:
        old, new = old_ms[edges].astype(np.int64), new_ms[edges].astype(np.int64)
        is_slower = (old >= 0) & ((new < 0) | (new > old))
        up, down = edges[is_slower], edges[~is_slower]
        return cls(
            (graph.edge_source[up], graph.edge_target[up], old[is_slower]),
            (graph.edge_source[down], graph.edge_target[down], new[~is_slower]),
        )

    def spoils(self, column: Int32) -> bool:
        """Return whether a column may be wrong after the change; False is certain."""
        tail, head, old = self.slower
        at_tail, at_head = column[tail], column[head]
        if np.any((at_head >= 0) & (at_tail == old + at_head)):
            return True
        tail, head, new = self.faster
        at_tail, at_head = column[tail], column[head]
        return bool(np.any((at_head >= 0) & ((at_tail < 0) | (new + at_head < at_tail))))


def is_spoilt(graph: StreetGraph, column: Int32, old_ms: Int32, new_ms: Int32) -> bool:
    """Return whether a column over `old_ms` may be wrong over `new_ms`."""
    edges = np.flatnonzero(old_ms != new_ms)
    return _Change.of(graph, edges, old_ms, new_ms).spoils(column)
