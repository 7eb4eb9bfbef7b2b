"""Areas of closed ways and multipolygon relations, as shapely polygons in metres."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.network.projection import project_mm
from twin.units import MM_PER_M

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from twin.network.osm_read import Member, RawOsm

MIN_RING = 4
"""Points of the smallest ring, the first one repeated at the end."""


class Areas:
    """Makes polygons of one extract, in the projection of its streets."""

    def __init__(self, raw: RawOsm, crs: str) -> None:
        self.raw = raw
        x_mm, y_mm = project_mm(crs, raw.lon_e7 / 1e7, raw.lat_e7 / 1e7)
        self.points = np.column_stack((x_mm, y_mm)) / MM_PER_M

    def of_way(self, way_id: int) -> BaseGeometry | None:
        """Return the area of a closed way, or None when it is cut off or open."""
        nodes = self.raw.way_nodes[way_id]
        if nodes.size < MIN_RING or nodes[0] != nodes[-1]:
            return None
        return self.of_ring(nodes)

    def of_ring(self, nodes: NDArray[np.int64]) -> BaseGeometry | None:
        """Return the area within a closed run of nodes, or None when nodes are missing."""
        from shapely import Polygon, make_valid  # noqa: PLC0415 - takes 0.1 s

        rows = self.raw.node_rows(nodes)
        if (rows < 0).any() or np.unique(rows).size < MIN_RING - 1:
            return None
        polygon = Polygon(self.points[rows])
        return _areal(polygon if polygon.is_valid else make_valid(polygon))

    def of_relation(self, members: Sequence[Member]) -> BaseGeometry | None:
        """Return outer rings less inner rings, or None when a member is missing or open."""
        from shapely import union_all  # noqa: PLC0415 - takes 0.1 s

        ways = [(ref, role) for kind, ref, role in members if kind == "w"]
        outer = [ref for ref, role in ways if role in {"outer", ""}]
        inner = [ref for ref, role in ways if role == "inner"]
        outer_rings = assemble_rings(outer, self.raw.way_nodes)
        inner_rings = assemble_rings(inner, self.raw.way_nodes)
        if not outer_rings or inner_rings is None:
            return None
        outside = [self.of_ring(ring) for ring in outer_rings]
        holes = [self.of_ring(ring) for ring in inner_rings]
        if any(area is None for area in (*outside, *holes)):
            return None
        return _areal(union_all(outside).difference(union_all(holes)))


def _areal(geometry: BaseGeometry) -> BaseGeometry | None:
    """Return the polygons of `geometry` only, or None when nothing is left."""
    from shapely import get_parts, union_all  # noqa: PLC0415 - takes 0.1 s

    if geometry.geom_type not in {"Polygon", "MultiPolygon"}:
        parts = [part for part in get_parts(geometry) if "Polygon" in part.geom_type]
        geometry = union_all(parts)
    return geometry if geometry.area > 0 else None


def assemble_rings(
    way_ids: Sequence[int], way_nodes: Mapping[int, NDArray[np.int64]]
) -> list[NDArray[np.int64]] | None:
    """Join ways at their ends into closed rings, in time proportional to their number.

    Returns
    -------
    rings
        None when a way is missing or an end stays open. Where several ways
        meet in one point the first in the given order is taken.
    """
    if any(way_id not in way_nodes or way_nodes[way_id].size == 0 for way_id in way_ids):
        return None
    unused = {way_id: way_nodes[way_id] for way_id in way_ids}
    ways_at: dict[int, list[int]] = {}
    for way_id, nodes in reversed(unused.items()):
        for end in {int(nodes[0]), int(nodes[-1])}:
            ways_at.setdefault(end, []).append(way_id)
    rings = []
    while unused:
        parts = [unused.pop(next(iter(unused)))]
        first, last = int(parts[0][0]), int(parts[0][-1])
        while first != last:
            part = _next_way(ways_at.get(last, []), unused)
            if part is None:
                return None
            part = part if part[0] == last else part[::-1]
            parts.append(part[1:])
            last = int(part[-1])
        rings.append(np.concatenate(parts))
    return rings


def _next_way(
    candidates: list[int], unused: dict[int, NDArray[np.int64]]
) -> NDArray[np.int64] | None:
    """Return the first candidate that is still unused; both collections are updated."""
    while candidates:
        nodes = unused.pop(candidates.pop(), None)
        if nodes is not None:
            return nodes
    return None
