"""Puts the columns of a `StreetGraph` together, in an order that no source can change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from twin.errors import MapError
from twin.network.access import time_of, with_access
from twin.network.modes import HIGHWAY_CLASSES, MODE_BITS
from twin.network.projection import project_mm, utm_crs
from twin.network.street_graph import StreetGraph
from twin.network.topology import Pieces, haversine_nm

if TYPE_CHECKING:
    from twin.network.drafts import Edges, Nodes, Ways

MAX_EXTENT_KM: Final = 400.0
"""Wider than any city; a UTM zone is no use beyond."""

KM_PER_DEGREE: Final = 111.32
KMH_PER_MPS: Final = 3.6
NM_PER_MM: Final = 1_000_000

Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Draft:
    """What is known before the columns are put together.

    `inside` and `share` tell who is in the largest part of each mode;
    `stated_mm` is the length of each piece where the source states it.
    """

    ways: Ways
    nodes: Nodes
    pieces: Pieces
    edges: Edges
    inside: NDArray[np.bool_]
    share: tuple[float, float, float]
    stated_mm: Int64 | None = None

    @cached_property
    def length_mm(self) -> Int64:
        """Length of each piece."""
        if self.stated_mm is not None:
            return self.stated_mm
        return self.measured(self.nodes, self.pieces)

    @staticmethod
    def measured(nodes: Nodes, pieces: Pieces) -> Int64:
        """Return the length of pieces on the sphere."""
        step = haversine_nm(nodes.lon_e7[pieces.node], nodes.lat_e7[pieces.node])
        sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(step)))
        length_nm = sums[pieces.last] - sums[pieces.first]
        return np.rint(length_nm / NM_PER_MM).astype(np.int64)

    @property
    def way(self) -> Int64:
        """Way of each edge."""
        return self.pieces.way[self.edges.piece]

    def in_order(self) -> Draft:
        """Return the edges sorted by source, target, way, length, place in the way, direction."""
        edges = self.edges
        order = np.lexsort(
            (
                ~edges.is_forward,
                self.pieces.first[edges.piece],
                self.length_mm[edges.piece],
                self.ways.way_id[self.way],
                edges.target,
                edges.source,
            )
        )
        return replace(self, edges=edges.take(order))


def assemble(draft: Draft, *, walk_mps: float, bicycle_mps: float) -> StreetGraph:
    """Return the frozen graph of the nodes that are in some mode's largest part."""
    draft = draft.in_order()
    kept = np.flatnonzero(draft.inside.any(axis=0))
    own = draft.nodes.take(kept)
    crs = _crs(own)
    x_mm, y_mm = project_mm(crs, own.lon_e7 / 1e7, own.lat_e7 / 1e7)
    names, edge_name = _names(draft.ways, draft.way)
    geometry_start, geometry_x, geometry_y = _geometry(crs, draft)
    start, source, target = _ends(draft, kept)
    nowhere = np.full(kept.size, -1, np.int32)
    graph = StreetGraph(
        node_id=own.node_id,
        node_x_mm=x_mm,
        node_y_mm=y_mm,
        node_lon_e7=own.lon_e7,
        node_lat_e7=own.lat_e7,
        edge_start=start,
        edge_source=source,
        edge_target=target,
        edge_length_mm=draft.length_mm[draft.edges.piece].astype(np.int32),
        edge_way=draft.ways.way_id[draft.way],
        edge_class=_classes(draft.ways)[draft.way],
        edge_name=edge_name,
        edge_modes=draft.edges.modes,
        edge_time_ms=_times(draft, walk_mps, bicycle_mps),
        geometry_start=geometry_start,
        geometry_x_mm=geometry_x,
        geometry_y_mm=geometry_y,
        is_in_component=draft.inside[:, kept],
        component_share=draft.share,
        car_access_node=nowhere,
        car_access_ms=nowhere,
        bicycle_access_node=nowhere,
        bicycle_access_ms=nowhere,
        names=names,
        crs=crs,
        walk_mps=walk_mps,
        bicycle_mps=bicycle_mps,
    )
    return with_access(graph)


def _ends(draft: Draft, kept: Int64) -> tuple[Int64, NDArray[np.int32], NDArray[np.int32]]:
    """Return the first edge of each kept node, and both ends of every edge."""
    place = np.full(draft.nodes.node_id.size, -1, np.int32)
    place[kept] = np.arange(kept.size)
    source, target = place[draft.edges.source], place[draft.edges.target]
    start = np.zeros(kept.size + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=kept.size), out=start[1:])
    return start, source, target


def _crs(nodes: Nodes) -> str:
    """Return the projection for the middle of the network, or refuse its extent."""
    lon, lat = nodes.lon_e7 / 1e7, nodes.lat_e7 / 1e7
    corners = np.array([lon.min(), lon.max()]), np.array([lat.min(), lat.max()])
    width_km = np.diff(corners[0])[0] * KM_PER_DEGREE * np.cos(np.deg2rad(np.abs(corners[1]).min()))
    height_km = np.diff(corners[1])[0] * KM_PER_DEGREE
    if max(width_km, height_km) > MAX_EXTENT_KM:
        far = int(np.argmax(np.abs(lat - np.median(lat)) + np.abs(lon - np.median(lon))))
        raise MapError(
            f"node/{nodes.node_id[far]}",
            f"the connected streets reach over {max(width_km, height_km):,.0f} km",
            expected=f"a city, at most {MAX_EXTENT_KM:g} km wide",
            hint="cut the extract, or correct the position of this node",
        )
    return utm_crs(float(corners[0].mean()), float(corners[1].mean()))


def _names(ways: Ways, way: Int64) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    used = np.unique(way)
    names = tuple(sorted({ways.name[i] for i in used} - {""}))
    row = {name: i for i, name in enumerate(names)}
    of_way = np.array([row.get(name, -1) for name in ways.name], np.int32)
    return names, of_way[way]


def _classes(ways: Ways) -> NDArray[np.int8]:
    row = {name: i for i, name in enumerate(HIGHWAY_CLASSES)}
    return np.array([row[use.highway] for use in ways.use], np.int8)


def _times(draft: Draft, walk_mps: float, bicycle_mps: float) -> NDArray[np.int32]:
    uses = draft.ways.use
    kmh = np.array([(use.backward_kmh, use.forward_kmh) for use in uses], np.float64)
    car_mps = kmh[draft.way, draft.edges.is_forward.astype(np.int64)] / KMH_PER_MPS
    length_mm = draft.length_mm[draft.edges.piece]
    speeds = (walk_mps, bicycle_mps, car_mps)
    time_ms = np.stack([time_of(length_mm, speed) for speed in speeds])
    for mode, bit in enumerate(MODE_BITS):
        time_ms[mode][(draft.edges.modes & bit) == 0] = -1
    return time_ms


def _geometry(crs: str, draft: Draft) -> tuple[Int64, Int64, Int64]:
    """Return the shape of every directed edge in the direction of travel."""
    pieces, edges, nodes = draft.pieces, draft.edges, draft.nodes
    first, last = pieces.first[edges.piece], pieces.last[edges.piece]
    size = last - first + 1
    start = np.zeros(size.size + 1, np.int64)
    np.cumsum(size, out=start[1:])
    step = np.arange(start[-1]) - np.repeat(start[:-1], size)
    forward = np.repeat(edges.is_forward, size)
    position = np.where(forward, np.repeat(first, size) + step, np.repeat(last, size) - step)
    node = pieces.node[position]
    used, inverse = np.unique(node, return_inverse=True)
    x_mm, y_mm = project_mm(crs, nodes.lon_e7[used] / 1e7, nodes.lat_e7[used] / 1e7)
    return start, x_mm[inverse], y_mm[inverse]
