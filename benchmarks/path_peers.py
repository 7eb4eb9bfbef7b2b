"""The same questions asked of other libraries, each in the way it is fastest at."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.street_networks import StreetNetwork

Int64 = NDArray[np.int64]


class Peer(Protocol):
    """A library; of what it cannot do it has no number (`n_...` is 0)."""

    name: str
    n_distances: int
    n_paths: int
    n_trees: int

    def distances(self, origin: Int64, destination: Int64) -> list[float]:
        """Return least times."""

    def paths(self, origin: Int64, destination: Int64) -> object:
        """Return ways."""

    def trees(self, sources: Int64) -> object:
        """Return times from each source to all nodes."""


class RoutingKit:
    """The contraction hierarchy of the RoutingKit library, through its Python binding."""

    name = "RoutingKit"
    n_distances, n_paths, n_trees = 20_000, 5_000, 20

    def __init__(self, network: StreetNetwork) -> None:
        self.kit = import_module("routingkit_cch")
        self.network = network
        self.ends = network.source.tolist(), network.target.tolist()
        self.weights = network.edge_ms.tolist()
        self.build()
        self.metric = self.kit.CCHMetric(self.hierarchy, self.weights)
        self.query = self.kit.CCHQuery(self.metric)
        self.everywhere = self.kit.CCHOneToMany(self.metric, list(range(network.n_nodes)))
        # Customised anew apart from the one that queries hold.
        self.other = self.kit.CCHMetric(self.hierarchy, self.weights)

    def build(self) -> None:
        """Find an order and build the hierarchy."""
        at = self.network.lat.tolist(), self.network.lon.tolist()
        order = self.kit.compute_order_inertial(self.network.n_nodes, *self.ends, *at)
        self.hierarchy = self.kit.CCH(order, *self.ends, False)  # noqa: FBT003 - by position only

    def customise(self) -> None:
        """Take new weights."""
        self.other.reset(self.weights)

    def distances(self, origin: Int64, destination: Int64) -> list[float]:
        """Ask pair by pair."""
        run = self.query.run
        pairs = zip(origin.tolist(), destination.tolist(), strict=True)
        return [run(a, b).distance for a, b in pairs]

    def paths(self, origin: Int64, destination: Int64) -> list[list[int]]:
        """Ask pair by pair, for edges."""
        run = self.query.run
        pairs = zip(origin.tolist(), destination.tolist(), strict=True)
        return [run(a, b).arc_path for a, b in pairs]

    def trees(self, sources: Int64) -> list[list[int]]:
        """Ask one to many."""
        return [self.everywhere.distances_from(source) for source in sources.tolist()]


class Scipy:
    """`scipy.sparse.csgraph`: trees only."""

    name = "scipy"
    n_distances, n_paths, n_trees = 0, 0, 10

    def __init__(self, network: StreetNetwork) -> None:
        self.matrix = network.matrix()

    def trees(self, sources: Int64) -> NDArray[np.float64]:
        """All sources in one call."""
        times: NDArray[np.float64] = dijkstra(self.matrix, indices=sources)
        return times

    def distances(self, origin: Int64, destination: Int64) -> list[float]:
        """Grow a tree for each pair."""
        return [
            float(dijkstra(self.matrix, indices=a)[b])
            for a, b in zip(origin, destination, strict=True)
        ]

    def paths(self, origin: Int64, destination: Int64) -> object:
        """Not asked for."""
        raise NotImplementedError


class Igraph:
    """igraph's C core."""

    name = "igraph"
    n_distances, n_paths, n_trees = 40, 40, 10

    def __init__(self, network: StreetNetwork) -> None:
        ends = np.stack((network.source, network.target), axis=1)
        library = import_module("igraph")
        self.graph = library.Graph(n=network.n_nodes, edges=ends, directed=True)
        self.weights = network.edge_ms.tolist()

    def distances(self, origin: Int64, destination: Int64) -> list[float]:
        """Ask pair by pair."""
        return [
            self.graph.distances(a, b, weights=self.weights)[0][0]
            for a, b in zip(origin.tolist(), destination.tolist(), strict=True)
        ]

    def paths(self, origin: Int64, destination: Int64) -> list[list[int]]:
        """Ask pair by pair, for edges."""
        return [
            self.graph.get_shortest_path(a, b, weights=self.weights, output="epath")
            for a, b in zip(origin.tolist(), destination.tolist(), strict=True)
        ]

    def trees(self, sources: Int64) -> list[list[float]]:
        """All sources in one call."""
        times: list[list[float]] = self.graph.distances(sources.tolist(), weights=self.weights)
        return times


class Rustworkx:
    """rustworkx."""

    name = "rustworkx"
    n_distances, n_paths, n_trees = 20, 20, 10

    def __init__(self, network: StreetNetwork) -> None:
        self.library = import_module("rustworkx")
        self.graph = self.library.PyDiGraph()
        self.graph.add_nodes_from(range(network.n_nodes))
        rows = (network.source, network.target, network.edge_ms.astype(np.float64))
        self.graph.add_edges_from(list(zip(*(row.tolist() for row in rows), strict=True)))

    def distances(self, origin: Int64, destination: Int64) -> list[float]:
        """Ask pair by pair, stopping at the destination."""
        return [
            self.library.dijkstra_shortest_path_lengths(self.graph, a, float, b)[b]
            for a, b in zip(origin.tolist(), destination.tolist(), strict=True)
        ]

    def paths(self, origin: Int64, destination: Int64) -> list[list[int]]:
        """Ask pair by pair, for nodes."""
        return [
            self.library.dijkstra_shortest_paths(self.graph, a, b, float)[b]
            for a, b in zip(origin.tolist(), destination.tolist(), strict=True)
        ]

    def trees(self, sources: Int64) -> list[object]:
        """Ask source by source."""
        lengths = self.library.dijkstra_shortest_path_lengths
        return [lengths(self.graph, a, float) for a in sources.tolist()]


class Networkx:
    """networkx, in pure Python."""

    name = "networkx"
    n_distances, n_paths, n_trees = 5, 5, 2

    def __init__(self, network: StreetNetwork) -> None:
        self.graph = nx.DiGraph()
        matrix = network.matrix().tocoo()
        rows = (matrix.row, matrix.col, matrix.data)
        self.graph.add_weighted_edges_from(zip(*(row.tolist() for row in rows), strict=True))

    def distances(self, origin: Int64, destination: Int64) -> list[float]:
        """Search from both ends."""
        return [
            nx.bidirectional_dijkstra(self.graph, a, b)[0]
            for a, b in zip(origin.tolist(), destination.tolist(), strict=True)
        ]

    def paths(self, origin: Int64, destination: Int64) -> list[list[int]]:
        """Search from both ends, for nodes."""
        return [
            nx.bidirectional_dijkstra(self.graph, a, b)[1]
            for a, b in zip(origin.tolist(), destination.tolist(), strict=True)
        ]

    def trees(self, sources: Int64) -> list[dict[int, float]]:
        """Ask source by source."""
        lengths = nx.single_source_dijkstra_path_length
        return [lengths(self.graph, a) for a in sources.tolist()]


def peers(network: StreetNetwork, *, is_large: bool = False) -> Iterator[Peer]:
    """Yield one after another those that are installed; of a large network the fast ones."""
    for library in (
        (RoutingKit, Scipy)
        if is_large
        else (
            RoutingKit,
            Scipy,
            Igraph,
            Rustworkx,
            Networkx,
        )
    ):
        try:
            yield library(network)
        except ModuleNotFoundError:
            continue
