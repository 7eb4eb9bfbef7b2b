"""Streets that reach into an area: a polygon in degrees, or wards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.units import MM_PER_M

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from twin.network.features import Wards
    from twin.network.street_graph import StreetGraph


def area_of_points(graph: StreetGraph, points: Sequence[tuple[float, float]]) -> BaseGeometry:
    """Return the polygon of (lon, lat) corners in projected metres; it may be invalid."""
    import shapely  # noqa: PLC0415 - takes 0.1 s

    lon, lat = np.array(points, dtype=np.float64).T
    x_mm, y_mm = graph.project(lon, lat)
    return shapely.Polygon(np.column_stack((x_mm, y_mm)) / MM_PER_M)


def area_of_wards(wards: Wards, names: Iterable[str]) -> BaseGeometry:
    """Return the area of the wards of these names in projected metres."""
    import shapely  # noqa: PLC0415 - takes 0.1 s

    wanted = set(names)
    outside: list[BaseGeometry] = []
    holes: list[BaseGeometry] = []
    for name, rings in zip(wards.names, wards.rings, strict=True):
        for ring in rings if name in wanted else ():
            line = shapely.LinearRing(ring / MM_PER_M)
            (outside if line.is_ccw else holes).append(shapely.Polygon(line))
    return shapely.union_all(outside).difference(shapely.union_all(holes))


def edges_reaching_into(graph: StreetGraph, area: BaseGeometry) -> NDArray[np.int64]:
    """Return the edges of which some length lies in `area`, ascending.

    A street that only ends on its border or runs along it is none of them.
    """
    import shapely  # noqa: PLC0415 - takes 0.1 s

    x, y = graph.geometry_x_mm / MM_PER_M, graph.geometry_y_mm / MM_PER_M
    first = graph.geometry_start[:-1]
    west, south, east, north = area.bounds
    is_near = (
        (np.maximum.reduceat(x, first) >= west)
        & (np.minimum.reduceat(x, first) <= east)
        & (np.maximum.reduceat(y, first) >= south)
        & (np.minimum.reduceat(y, first) <= north)
    )
    near = np.flatnonzero(is_near)
    n_points = np.diff(graph.geometry_start)
    points = np.flatnonzero(np.repeat(is_near, n_points))
    lines = shapely.linestrings(
        np.column_stack((x[points], y[points])),
        indices=np.repeat(np.arange(near.size), n_points[near]),
    )
    shapely.prepare(area)
    edges: NDArray[np.int64] = near[shapely.intersects(area, lines) & ~shapely.touches(area, lines)]
    return edges
