"""The street network of a city: one frozen graph on arrays for all modes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.network.modes import BICYCLE, HIGHWAY_CLASSES, MODE_BITS, MODES, WALK, mode_index

if TYPE_CHECKING:
    import networkx as nx

    from twin.network.hierarchy import Hierarchy

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class ReverseEdges:
    """The same edges grouped by the node they lead to."""

    start: Int64
    tail: Int32
    edge: Int64


@dataclass(frozen=True, eq=False, repr=False)
class StreetGraph:
    """Nodes, directed edges and travel times; every array is read-only.

    Parameters
    ----------
    node_id : (n_nodes,)
        OSM node ids; nodes lie in Morton order of their coordinates.
    node_x_mm, node_y_mm : (n_nodes,)
        Projected position in whole millimetres (`crs`).
    node_lon_e7, node_lat_e7 : (n_nodes,)
        Degrees times 10 million.
    edge_start : (n_nodes + 1,)
        Row of the first edge of each node: the edges of node ``v`` are
        ``edge_start[v]:edge_start[v + 1]``.
    edge_source, edge_target : (n_edges,)
        Nodes at both ends.
    edge_length_mm : (n_edges,)
        Length on the sphere in whole millimetres.
    edge_way : (n_edges,)
        OSM way id.
    edge_class : (n_edges,)
        Index in ``HIGHWAY_CLASSES``.
    edge_name : (n_edges,)
        Index in `names`, -1 for a street without a name.
    edge_modes : (n_edges,)
        Bit ``1 << mode`` for each mode that may use the edge.
    edge_time_ms : (3, n_edges)
        Free-flow time of each mode, -1 where it may not use the edge.
    geometry_start : (n_edges + 1,)
        First point of each edge in the geometry columns.
    geometry_x_mm, geometry_y_mm : (n_points,)
        Shape of the edges, both ends included.
    is_in_component : (3, n_nodes)
        In the largest strongly connected part of the mode.
    component_share
        Share of the nodes a mode touched that its largest part holds.
    car_access_node, bicycle_access_node : (n_nodes,)
        Nearest node of that mode's part, on foot along the streets (in a
        straight line where no street is walkable); -1 without such a part.
    car_access_ms, bicycle_access_ms : (n_nodes,)
        The walk to it; -1 without such a part.
    names
        Names of streets, sorted.
    crs
        Projection of the millimetre coordinates.
    walk_mps, bicycle_mps
        Speeds behind the walk and bicycle times.
    """

    node_id: Int64
    node_x_mm: Int64
    node_y_mm: Int64
    node_lon_e7: Int32
    node_lat_e7: Int32
    edge_start: Int64
    edge_source: Int32
    edge_target: Int32
    edge_length_mm: Int32
    edge_way: Int64
    edge_class: NDArray[np.int8]
    edge_name: Int32
    edge_modes: NDArray[np.uint8]
    edge_time_ms: Int32
    geometry_start: Int64
    geometry_x_mm: Int64
    geometry_y_mm: Int64
    is_in_component: NDArray[np.bool_]
    component_share: tuple[float, float, float]
    car_access_node: Int32
    car_access_ms: Int32
    bicycle_access_node: Int32
    bicycle_access_ms: Int32
    names: tuple[str, ...]
    crs: str
    walk_mps: float
    bicycle_mps: float

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @classmethod
    def from_osm(cls, path: str | Path) -> StreetGraph:
        """Return the streets of an ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.osm.pbf`` file.

        Raises
        ------
        MapError
            The file cannot become a street network.
        """
        # Imported here: a stored map is read without the OSM readers.
        from twin.network.build import build_streets  # noqa: PLC0415
        from twin.network.import_report import ImportReport  # noqa: PLC0415
        from twin.network.osm_read import read_osm  # noqa: PLC0415

        report = ImportReport()
        return build_streets(read_osm(Path(path), report), report)

    def __repr__(self) -> str:
        """Return the graph in a few lines."""
        parts = ", ".join(
            f"{name} {int(inside.sum()):,}"
            for name, inside in zip(MODES, self.is_in_component, strict=True)
        )
        return (
            f"StreetGraph {self.n_nodes:,} nodes, {self.n_edges:,} directed edges, {self.crs}\n"
            f"└── nodes by mode: {parts}"
        )

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(self.node_id.size)

    @property
    def n_edges(self) -> int:
        """Number of directed edges."""
        return int(self.edge_target.size)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every column; independent of the order of the source."""
        digest = hashlib.sha256()
        for field in fields(self):
            value = getattr(self, field.name)
            digest.update(field.name.encode())
            if isinstance(value, np.ndarray):
                digest.update(f"{value.dtype.str}{value.shape}".encode())
                digest.update(np.ascontiguousarray(value).tobytes())
            else:
                digest.update(json.dumps(value, ensure_ascii=False).encode())
        return digest.hexdigest()

    @cached_property
    def reverse(self) -> ReverseEdges:
        """The edges grouped by target, for searches towards a place."""
        edge = np.argsort(self.edge_target, kind="stable")
        start = np.zeros(self.n_nodes + 1, np.int64)
        np.cumsum(np.bincount(self.edge_target, minlength=self.n_nodes), out=start[1:])
        return ReverseEdges(start, self.edge_source[edge], edge)

    def hierarchy(self, mode: str | int) -> Hierarchy:
        """Return the hierarchy of the streets a mode may use; built once, then kept.

        ``graph.hierarchy("car").customise(graph.edge_time_ms[CAR])`` answers times and
        paths by car; other times, -1 on closed edges, make another answer.
        """
        from twin.network.hierarchy import Hierarchy  # noqa: PLC0415 - loads kernels

        index = mode_index(mode)
        if index not in self._hierarchies:
            rank = self.known_orders.get(index)
            self._hierarchies[index] = Hierarchy.of(self, index, rank=rank)
        return self._hierarchies[index]

    @cached_property
    def known_orders(self) -> dict[int, Int32]:
        """Orders of elimination by mode that were found before; see `twin.network.orders`."""
        return {}

    @cached_property
    def _hierarchies(self) -> dict[int, Hierarchy]:
        return {}

    @cached_property
    def _rows_by_way(self) -> tuple[Int64, Int64]:
        order = np.argsort(self.edge_way, kind="stable")
        return order, self.edge_way[order]

    def edges_of_way(self, way_id: int) -> Int64:
        """Return the rows of the edges of an OSM way, both directions."""
        order, ways = self._rows_by_way
        first, last = np.searchsorted(ways, [way_id, way_id + 1])
        return np.sort(order[first:last])

    def ways_named(self, name: str) -> list[int]:
        """Return the ids of the ways with this name, in increasing order."""
        if name not in self.names:
            return []
        rows = self.edge_name == self.names.index(name)
        return [int(way) for way in np.unique(self.edge_way[rows])]

    def highway_class(self, edge: int) -> str:
        """Return the OSM class of an edge."""
        return HIGHWAY_CLASSES[int(self.edge_class[edge])]

    def travel_time_s(self, mode: str | int) -> NDArray[np.float64]:
        """Return free-flow seconds on every edge, nan where `mode` may not go."""
        time_ms = self.edge_time_ms[mode_index(mode)]
        return np.where(time_ms < 0, np.nan, time_ms / 1000.0)

    def project(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Int64, Int64]:
        """Return projected whole millimetres of degrees (scalars or arrays)."""
        from twin.network.projection import project_mm  # noqa: PLC0415 - pyproj takes 0.1 s

        return project_mm(self.crs, lon, lat)

    def nearest_node(self, lon: float, lat: float, mode: str | int = "walk") -> tuple[int, float]:
        """Return the nearest node of the mode's connected part and its distance in metres."""
        x_mm, y_mm = self.project([lon], [lat])
        node, distance_m = self.nearest_nodes(x_mm, y_mm, mode)
        return int(node[0]), float(distance_m[0])

    def nearest_nodes(
        self, x_mm: Int64, y_mm: Int64, mode: str | int = "walk"
    ) -> tuple[Int32, NDArray[np.float64]]:
        """Return the nearest nodes of the mode's connected part and their distances.

        Parameters
        ----------
        x_mm, y_mm : (n,)
            Projected points.
        mode
            Name or index.

        Returns
        -------
        node : (n,) int32
            -1 everywhere when the mode has no streets.
        distance_m : (n,) float64
        """
        from twin.network.projection import nearest_points  # noqa: PLC0415

        members = np.flatnonzero(self.is_in_component[mode_index(mode)])
        row, distance_m = nearest_points(
            self.node_x_mm[members], self.node_y_mm[members], x_mm, y_mm
        )
        node = np.where(row >= 0, members[row] if members.size else -1, -1)
        return node.astype(np.int32), distance_m

    def with_speeds(
        self, *, walk_mps: float | None = None, bicycle_mps: float | None = None
    ) -> StreetGraph:
        """Return the same streets with other walking and cycling speeds."""
        from twin.network.access import time_of, with_access  # noqa: PLC0415 - loads kernels

        walk = self.walk_mps if walk_mps is None else walk_mps
        bicycle = self.bicycle_mps if bicycle_mps is None else bicycle_mps
        if not (0 < walk < np.inf and 0 < bicycle < np.inf):
            msg = f"speeds must be positive and finite, not {walk} and {bicycle} m/s"
            raise ValueError(msg)
        time_ms = self.edge_time_ms.copy()
        for mode, speed in ((WALK, walk), (BICYCLE, bicycle)):
            is_open = (self.edge_modes & MODE_BITS[mode]) != 0
            time_ms[mode] = np.where(is_open, time_of(self.edge_length_mm, speed), -1)
        graph = with_access(replace(self, edge_time_ms=time_ms, walk_mps=walk, bicycle_mps=bicycle))
        # The streets are the same, and a hierarchy knows no speeds.
        graph._hierarchies.update(self._hierarchies)  # noqa: SLF001 - of this class
        graph.known_orders.update(self.known_orders)
        return graph

    def to_networkx(self) -> nx.MultiDiGraph:
        """Return the graph as osmnx and networkx know it."""
        from twin.network.osm import to_networkx  # noqa: PLC0415 - networkx takes 0.3 s

        return to_networkx(self)
