"""Door-to-door travel times by any carrier over the streets as they are at one time.

A journey is a walk to the nearest node of the carrier's network, a wait where
there is one, the ride, and the walk from the last node. Everything here is of
one state of the streets and one period of traffic.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.network.access import access_columns, tree_from
from twin.network.carriers import MAX_INT32, WALKING, Carrier
from twin.network.column_store import columns_to
from twin.network.modes import BICYCLE, CAR, TRAVEL_MODES, WALK
from twin.network.street_rows import EMPTY_STREETS, StreetState

if TYPE_CHECKING:
    from twin.network.metric import Metric
    from twin.network.street_graph import StreetGraph

Int32 = NDArray[np.int32]
UNREACHABLE = -1


class Layer(NamedTuple):
    """Name of a set of edge times while streets close, open, slow down and recover.

    Attributes
    ----------
    carrier : str
    traffic : bytes
        Its factors by class of street.
    is_slowed : bool
        Slowdowns count besides.
    """

    carrier: str
    traffic: bytes
    is_slowed: bool


N_METRICS_KEPT = 6
"""Metrics that are kept at once: those of the modes now, and of cars in another hour. One of a
city of 70,000 nodes holds 65 MB and is made in 30 ms."""


class MetricShelf:
    """The last few metrics of one street graph, for states and periods that come again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[StreetState, Layer], Metric] = OrderedDict()

    def metric(self, streets: Streets, carrier: Carrier) -> Metric:
        """Return times and paths of the carrier's rides on the streets as they are."""
        key = (streets.state, streets.layer(carrier))
        if key not in self._kept:
            hierarchy = streets.graph.hierarchy(carrier.base)
            self._kept[key] = hierarchy.customise(streets.edge_ms(carrier))
            if len(self._kept) > N_METRICS_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


@dataclass(frozen=True, eq=False)
class Streets:
    """The streets in one state and one period of traffic.

    Parameters
    ----------
    graph
        The streets.
    state
        Closures and slowdowns.
    factor : (n_modes, n_classes), optional
        Traffic: what multiplies free-flow times; modes as in ``TRAVEL_MODES``.
    shelf
        Metrics, shared by all states of one graph.
    """

    graph: StreetGraph
    state: StreetState = EMPTY_STREETS
    factor: NDArray[np.float64] | None = None
    shelf: MetricShelf = field(default_factory=MetricShelf)
    _edge_ms: dict[str, Int32] = field(default_factory=dict)
    _access: dict[int, tuple[Int32, Int32]] = field(default_factory=dict)

    def layer(self, carrier: Carrier) -> Layer:
        """Return a name for the edge times of `carrier`, whatever streets are closed."""
        if carrier.skim is not None:
            return Layer(carrier.name, b"skim", is_slowed=False)
        code = carrier.traffic_code
        traffic = b"" if self.factor is None else self.factor[code].tobytes()
        return Layer(carrier.name, traffic, self.state.slows(TRAVEL_MODES[code]))

    def edge_ms(self, carrier: Carrier) -> Int32:
        """Return the time on each edge, -1 where the carrier cannot go now."""
        if carrier.name not in self._edge_ms:
            mode = TRAVEL_MODES[carrier.traffic_code]
            self._edge_ms[carrier.name] = carrier.edge_ms(
                self.graph,
                None if self.factor is None else self.factor[carrier.traffic_code],
                self.state.slowdown(self.graph, mode),
                self.state.closed_edges(self.graph),
            )
        return self._edge_ms[carrier.name]

    def metric(self, carrier: Carrier) -> Metric:
        """Return times and paths of the carrier's rides on the streets as they are."""
        return self.shelf.metric(self, carrier)

    def access(self, base: int) -> tuple[Int32, Int32]:
        """Return the node at which each node enters the network `base`, and the walk to it.

        -1 for both where there is none. The walking network is entered where one stands.
        """
        if base not in self._access:
            self._access[base] = self._access_to(base)
        return self._access[base]

    def _access_to(self, base: int) -> tuple[Int32, Int32]:
        graph = self.graph
        if base == WALK:
            everywhere = np.arange(graph.n_nodes, dtype=np.int32)
            return everywhere, np.zeros_like(everywhere)
        walk_ms = self.edge_ms(WALKING)
        closed = self.state.closed_edges(graph)
        if closed is None and np.array_equal(walk_ms, graph.edge_time_ms[WALK]):
            stored = {
                BICYCLE: (graph.bicycle_access_node, graph.bicycle_access_ms),
                CAR: (graph.car_access_node, graph.car_access_ms),
            }
            return stored[base]
        return access_columns(graph, base, closed, walk_ms)

    def door(self, node: int, carrier: Carrier, column: Int32 | None) -> Door:
        """Return the way to `node`, given the ride to where one leaves the network for it."""
        access_node, access_ms = self.access(carrier.base)
        return Door(node, column, access_node, access_ms, carrier.added_ms)

    def to_node(self, node: int, carrier: Carrier) -> Int32:
        """Return the time from every node to `node` in ms, -1 unreachable."""
        if carrier.skim is not None:
            return carrier.skim.door(node).times_from(np.arange(self.graph.n_nodes))
        access_node, _ = self.access(carrier.base)
        column = None
        if access_node[node] >= 0:
            seed = access_node[node : node + 1]
            column = columns_to(self.graph, seed, self.edge_ms(carrier))[0]
        return self.door(node, carrier, column).times_from(np.arange(self.graph.n_nodes))

    def from_node(self, node: int, carrier: Carrier) -> Int32:
        """Return the time from `node` to every node in ms, -1 unreachable."""
        access_node, _ = self.access(carrier.base)
        column = None
        if access_node[node] >= 0:
            column = tree_from(self.graph, access_node[node : node + 1], self.edge_ms(carrier))[0]
        return self.door(node, carrier, column).times_from(np.arange(self.graph.n_nodes))


@dataclass(frozen=True, eq=False)
class Door:
    """The way between one node and all others: a column of rides with the walks at both ends.

    Parameters
    ----------
    node
        Where the door is.
    column : (n_nodes,), optional
        Ride between each node and the one at which the network is left; none: no way.
    access_node, access_ms : (n_nodes,)
        Where the network is entered, and the walk to it.
    added_ms
        Time that passes besides.
    """

    node: int
    column: Int32 | None
    access_node: Int32
    access_ms: Int32
    added_ms: int

    def times_from(self, origins: NDArray[np.integer]) -> Int32:
        """Return the time between each of `origins` and the door in ms, -1 unreachable."""
        if self.column is None:
            return np.full(origins.size, UNREACHABLE, np.int32)
        entry = self.access_node[origins]
        # An origin without access has entry -1: its row is masked below.
        ride = self.column[entry].astype(np.int64)
        total = ride + self.access_ms[origins] + (int(self.access_ms[self.node]) + self.added_ms)
        is_reached = (entry >= 0) & (ride >= 0) & (total <= MAX_INT32)
        time_ms = np.where(is_reached, total, UNREACHABLE)
        time_ms[origins == self.node] = 0
        return time_ms.astype(np.int32)
