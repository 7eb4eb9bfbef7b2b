"""A map as GeoParquet 1.1: streets, nodes, wards, buildings and facilities."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.network.exchange.outline import building_points, edge_lines, node_points, ward_areas
from twin.network.exchange.storage import write_geoparquet
from twin.network.modes import HIGHWAY_CLASSES, MODES
from twin.units import MM_PER_M

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.network.map_parts import MapParts

Columns = dict[str, Any]


def write_geoparquet_map(folder: Path, parts: MapParts) -> list[str]:
    """Write a map as GeoParquet files into a folder; lengths in metres, times in seconds.

    Returns
    -------
    names
        Files that were written; tables without rows are left out.
    """
    import shapely  # noqa: PLC0415 - takes 0.1 s

    facilities = parts.facilities
    places = shapely.points([row.lon for row in facilities], [row.lat for row in facilities])
    tables: dict[str, tuple[Columns, NDArray[Any], str]] = {
        "nodes": (_node_columns(parts), node_points(parts.graph), "Point"),
        "edges": (_edge_columns(parts), edge_lines(parts.graph), "LineString"),
        "wards": (_ward_columns(parts), ward_areas(parts), "MultiPolygon"),
        "buildings": (_building_columns(parts), building_points(parts), "Point"),
        "facilities": (_facility_columns(parts), np.asarray(places, object), "Point"),
    }
    names = []
    for name, (columns, shapes, kind) in tables.items():
        if not shapes.size:
            continue
        path = folder / f"{name}.parquet"
        write_geoparquet(
            path,
            columns,
            [bytes(wkb) for wkb in shapely.to_wkb(shapes)],
            geometry_types=[kind],
            bbox=[round(float(one), 7) for one in shapely.total_bounds(shapes)],
            notes={"attribution": parts.attribution, "title": parts.name},
        )
        names.append(path.name)
    return names


def _node_columns(parts: MapParts) -> Columns:
    graph = parts.graph
    modes = {f"is_in_{name}": graph.is_in_component[m] for m, name in enumerate(MODES)}
    return {"node_id": graph.node_id} | modes


def _edge_columns(parts: MapParts) -> Columns:
    graph = parts.graph
    names = np.array([*graph.names, None], object)
    times = {f"{name}_s": graph.travel_time_s(name) for name in MODES}
    return {
        "edge": np.arange(graph.n_edges),
        "source_node_id": graph.node_id[graph.edge_source],
        "target_node_id": graph.node_id[graph.edge_target],
        "way_id": graph.edge_way,
        "name": names[graph.edge_name].tolist(),
        "class": np.array(HIGHWAY_CLASSES)[graph.edge_class].tolist(),
        "length_m": graph.edge_length_mm / MM_PER_M,
    } | {key: [None if np.isnan(t) else float(t) for t in value] for key, value in times.items()}


def _ward_columns(parts: MapParts) -> Columns:
    wards = parts.wards
    columns: Columns = {"ward": list(wards.names), "area_m2": wards.area_m2}
    if wards.population is not None:
        columns["population"] = wards.population
    return columns


def _building_columns(parts: MapParts) -> Columns:
    buildings = parts.buildings
    left_out = {"x_mm", "y_mm", "walk_node", "ward"}
    wards = np.array([*parts.wards.names, None], object)
    columns: Columns = {
        field.name: list(value) if isinstance(value, tuple) else value
        for field in fields(buildings)
        if field.name not in left_out
        for value in (getattr(buildings, field.name),)
    }
    return columns | {"ward": wards[buildings.ward].tolist()}


def _facility_columns(parts: MapParts) -> Columns:
    return {
        name: [getattr(row, name) for row in parts.facilities]
        for name in ("uid", "service", "name", "hours")
    }
