"""The shapes of a map in degrees, longitude first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from twin.network.projection import unproject

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.network.map_parts import MapParts
    from twin.network.street_graph import StreetGraph


def edge_lines(graph: StreetGraph) -> NDArray[Any]:
    """Return the line of every directed edge, its ends exactly at its nodes."""
    import shapely  # noqa: PLC0415 - takes 0.1 s

    lon, lat = unproject(graph.crs, graph.geometry_x_mm, graph.geometry_y_mm)
    first, last = graph.geometry_start[:-1], graph.geometry_start[1:] - 1
    for place, node in ((first, graph.edge_source), (last, graph.edge_target)):
        lon[place] = graph.node_lon_e7[node] / 1e7
        lat[place] = graph.node_lat_e7[node] / 1e7
    size = np.diff(graph.geometry_start)
    lines: NDArray[Any] = shapely.linestrings(
        np.column_stack((lon, lat)), indices=np.repeat(np.arange(size.size), size)
    )
    return lines


def node_points(graph: StreetGraph) -> NDArray[Any]:
    """Return the point of every node."""
    import shapely  # noqa: PLC0415 - takes 0.1 s

    points: NDArray[Any] = shapely.points(graph.node_lon_e7 / 1e7, graph.node_lat_e7 / 1e7)
    return points


def building_points(parts: MapParts) -> NDArray[Any]:
    """Return a point inside every building."""
    import shapely  # noqa: PLC0415 - takes 0.1 s

    lon, lat = unproject(parts.graph.crs, parts.buildings.x_mm, parts.buildings.y_mm)
    points: NDArray[Any] = shapely.points(lon, lat)
    return points


def ward_areas(parts: MapParts) -> NDArray[Any]:
    """Return the area of every ward: outer rings run anticlockwise, holes clockwise."""
    import shapely  # noqa: PLC0415 - takes 0.1 s

    areas = []
    for rings in parts.wards.rings:
        degrees = [
            shapely.LinearRing(np.column_stack(unproject(parts.graph.crs, ring[:, 0], ring[:, 1])))
            for ring in rings
        ]
        is_outer = [bool(shapely.is_ccw(ring)) for ring in degrees]
        polygons: list[tuple[Any, list[Any]]] = []
        for ring, outer in zip(degrees, is_outer, strict=True):
            if outer:
                polygons.append((ring, []))
            elif polygons:
                # Holes follow the ring that they lie in.
                polygons[-1][1].append(ring)
        areas.append(shapely.MultiPolygon([shapely.Polygon(*one) for one in polygons]))
    return np.array(areas, object)
