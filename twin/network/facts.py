"""The facts of a map in words and numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.network.modes import MODE_BITS, MODES
from twin.network.storage import parts_digest
from twin.units import MM_PER_M

if TYPE_CHECKING:
    from twin.network.map_parts import MapParts

M_PER_KM = 1000


def map_facts(parts: MapParts) -> dict[str, Any]:
    """Return what ``twin map info`` prints; plain values only."""
    graph, buildings = parts.graph, parts.buildings
    homes = buildings.is_home_eligible
    return {
        "name": parts.name,
        "source": parts.source,
        "source_sha256": parts.source_sha256,
        "attribution": parts.attribution,
        "digest": parts_digest(parts),
        "crs": graph.crs,
        "lon": _degrees(graph.node_lon_e7),
        "lat": _degrees(graph.node_lat_e7),
        "nodes": graph.n_nodes,
        "directed_edges": graph.n_edges,
        "nodes_by_mode": _by_mode(graph.is_in_component.sum(axis=1)),
        "largest_part_share": dict(zip(MODES, graph.component_share, strict=True)),
        "directed_km_by_mode": _km_by_mode(parts),
        "named_streets": len(graph.names),
        "buildings": len(buildings),
        "buildings_by_use": dict(sorted(Counter(buildings.use).items())),
        "levels_imputed": int(buildings.is_levels_imputed.sum()),
        "homes": int(homes.sum()),
        "home_floor_area_m2": round(float(buildings.floor_area_m2[homes].sum()), 1),
        "home_country": parts.home_country,
        "wards": list(parts.wards.names),
        "ward_residents": _ward_residents(parts),
        "homes_by_ward": _homes_by_ward(parts),
        "facilities": dict(sorted(Counter(row.service for row in parts.facilities).items())),
        "notes": list(parts.notes),
        "report": parts.report.to_dict(),
    }


def _degrees(of_node_e7: np.ndarray[Any, Any]) -> list[float]:
    """Return the least and the greatest, as an `area` of a scenario is written."""
    return [int(of_node_e7.min()) / 1e7, int(of_node_e7.max()) / 1e7]


def _ward_residents(parts: MapParts) -> int | None:
    population = parts.wards.population
    return None if population is None else int(population.sum())


def _by_mode(numbers: np.ndarray[Any, Any]) -> dict[str, int]:
    return {name: int(number) for name, number in zip(MODES, numbers, strict=True)}


def _km_by_mode(parts: MapParts) -> dict[str, float]:
    graph = parts.graph
    return {
        name: round(
            int(graph.edge_length_mm[(graph.edge_modes & bit) != 0].sum(dtype=np.int64))
            / (MM_PER_M * M_PER_KM),
            3,
        )
        for name, bit in zip(MODES, MODE_BITS, strict=True)
    }


def _homes_by_ward(parts: MapParts) -> dict[str, int]:
    ward = parts.buildings.ward[parts.buildings.is_home_eligible]
    names = dict(enumerate(parts.wards.names)) | {-1: "outside"}
    return {
        names[int(row)]: int(n) for row, n in zip(*np.unique(ward, return_counts=True), strict=True)
    }
