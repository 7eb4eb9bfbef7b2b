"""Buildings of an extract: where, how large, how many storeys, and for what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.network.building_rules import (
    building_use,
    may_be_home,
    observed_levels,
    type_levels,
)
from twin.network.features import Buildings
from twin.units import MM_PER_M

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from twin.network.areas import Areas
    from twin.network.import_report import ImportReport
    from twin.network.osm_read import RawOsm, Tags
    from twin.network.street_graph import StreetGraph
    from twin.network.wards import WardAreas

MIN_HOME_M2: Final = 20.0
"""Floor area below which nobody lives in a building (assumed)."""

MIN_LIKE: Final = 20
"""Buildings of one type with known levels whose median is worth more than the table."""

MAX_STREET_M: Final = 100.0
"""A building farther from every named street has no street."""


@dataclass
class _Found:
    """Buildings as they are met."""

    building_id: list[str] = field(default_factory=list)
    tags: list[Tags] = field(default_factory=list)
    area: list[BaseGeometry] = field(default_factory=list)

    def add(self, building_id: str, tags: Tags, area: BaseGeometry) -> None:
        """Take one building."""
        self.building_id.append(building_id)
        self.tags.append(tags)
        self.area.append(area)


def find_buildings(
    raw: RawOsm,
    areas: Areas,
    graph: StreetGraph,
    wards: WardAreas,
    report: ImportReport,
    *,
    home_country: str | None = None,
) -> tuple[Buildings, str]:
    """Return the buildings of an extract and the country homes must be in.

    Parameters
    ----------
    raw, areas, graph, wards
        The extract and what was made of it.
    report
        Takes the counts.
    home_country
        Two-letter code; the most frequent ``addr:country`` inside the wards
        otherwise.
    """
    import shapely  # noqa: PLC0415 - takes 0.1 s

    found = _collect(raw, areas, report)
    points = shapely.get_coordinates(shapely.point_on_surface(np.array(found.area, object)))
    x_mm, y_mm = np.rint(points.reshape(-1, 2) * MM_PER_M).astype(np.int64).T
    footprint = np.round(shapely.area(np.array(found.area, object)).astype(np.float64), 1)
    levels, is_imputed = _levels(found.tags, report)
    uses = [building_use(tags) for tags in found.tags]
    use = tuple(word for word, _ in uses)
    ward = wards.ward_of(x_mm, y_mm)
    country = tuple(tags.get("addr:country", "").upper() for tags in found.tags)
    if home_country is None:
        home_country = _most_frequent([c for c, w in zip(country, ward, strict=True) if w >= 0])
    floor_area = np.round(footprint * levels, 1)
    walk_node = graph.nearest_nodes(x_mm, y_mm, "walk")[0]
    is_home = np.array(
        [may_be_home(tags, word) for tags, word in zip(found.tags, use, strict=True)]
    )
    is_home = is_home.astype(np.bool_) & (floor_area >= MIN_HOME_M2) & (walk_node >= 0)
    is_inside = _is_inside(ward, country, home_country, has_wards=len(wards.wards) > 0)
    _count(is_home, is_inside, uses, report)
    buildings = Buildings(
        building_id=tuple(found.building_id),
        x_mm=x_mm,
        y_mm=y_mm,
        footprint_m2=footprint,
        levels=levels,
        is_levels_imputed=is_imputed,
        use=use,
        is_use_assumed=np.array([assumed for _, assumed in uses], np.bool_),
        floor_area_m2=floor_area,
        ward=ward,
        walk_node=walk_node,
        country=country,
        street=_streets(found.tags, x_mm, y_mm, graph),
        is_home_eligible=is_home & is_inside,
    )
    return buildings, home_country


def _collect(raw: RawOsm, areas: Areas, report: ImportReport) -> _Found:
    found = _Found()
    parts = _outlines(raw)
    for way_id, tags in raw.way_tags.items():
        if _is_building(tags) and way_id not in parts:
            _take(found, f"way/{way_id}", tags, areas.of_way(way_id), report)
    for relation_id, tags in raw.relation_tags.items():
        if tags.get("type") == "multipolygon" and _is_building(tags):
            area = areas.of_relation(raw.relation_members[relation_id])
            _take(found, f"relation/{relation_id}", tags, area, report)
    return found


def _is_building(tags: Mapping[str, str]) -> bool:
    return tags.get("building", "no") != "no"


def _outlines(raw: RawOsm) -> set[int]:
    """Return ways that are the outer ring of a building relation: one building, not two."""
    return {
        ref
        for relation_id, tags in raw.relation_tags.items()
        if tags.get("type") == "multipolygon" and _is_building(tags)
        for kind, ref, role in raw.relation_members[relation_id]
        if kind == "w" and role in {"outer", ""}
    }


def _take(
    found: _Found,
    building_id: str,
    tags: Tags,
    area: BaseGeometry | None,
    report: ImportReport,
) -> None:
    if area is None:
        report.drop("buildings whose outline is open or cut off", example=building_id)
        return
    report.keep("buildings")
    found.add(building_id, tags, area)


def _levels(
    all_tags: list[Tags], report: ImportReport
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """Return storeys; missing ones are the median of the type on this map, or the table's."""
    known = [observed_levels(tags) for tags in all_tags]
    by_type: dict[str, list[int]] = {}
    for tags, level in zip(all_tags, known, strict=True):
        if level is not None:
            by_type.setdefault(tags["building"], []).append(level)
    typical = {
        kind: int(np.median(seen)) for kind, seen in by_type.items() if len(seen) >= MIN_LIKE
    }
    levels = np.ones(len(all_tags), np.int16)
    is_imputed = np.zeros(len(all_tags), np.bool_)
    for row, (tags, level) in enumerate(zip(all_tags, known, strict=True)):
        is_imputed[row] = level is None
        kind = tags["building"]
        levels[row] = typical.get(kind, type_levels(kind)) if level is None else level
    report.repair("buildings without levels: taken from their type", int(is_imputed.sum()))
    return levels, is_imputed


def _most_frequent(words: list[str]) -> str:
    seen = Counter(sorted(word for word in words if word))
    return seen.most_common(1)[0][0] if seen else ""


def _is_inside(
    ward: NDArray[np.int16], country: tuple[str, ...], home_country: str, *, has_wards: bool
) -> NDArray[np.bool_]:
    """Return which buildings lie in the city; everywhere when no ward is complete."""
    if not has_wards:
        return np.ones(ward.size, np.bool_)
    is_tagged = np.array(
        [bool(home_country) and code == home_country for code in country], np.bool_
    )
    return (ward >= 0) | is_tagged


def _count(
    is_home: NDArray[np.bool_],
    is_inside: NDArray[np.bool_],
    uses: list[tuple[str, bool]],
    report: ImportReport,
) -> None:
    report.keep("buildings with homes", int((is_home & is_inside).sum()))
    report.drop(
        "homes outside complete wards and the home country", int((is_home & ~is_inside).sum())
    )
    report.repair(
        "buildings of unknown use: taken as residential",
        sum(assumed for _, assumed in uses),
    )


def _streets(
    all_tags: list[Tags],
    x_mm: NDArray[np.int64],
    y_mm: NDArray[np.int64],
    graph: StreetGraph,
) -> tuple[str, ...]:
    """Return ``addr:street`` or the nearest named street within 100 m."""
    import shapely  # noqa: PLC0415 - takes 0.1 s

    named = np.flatnonzero(graph.edge_name >= 0)
    nearest = [""] * len(all_tags)
    if named.size and len(all_tags):
        start = graph.geometry_start
        size = start[named + 1] - start[named]
        point = np.repeat(start[named] - np.cumsum(size) + size, size) + np.arange(size.sum())
        lines = shapely.linestrings(
            graph.geometry_x_mm[point] / MM_PER_M,
            graph.geometry_y_mm[point] / MM_PER_M,
            indices=np.repeat(np.arange(named.size), size),
        )
        tree = shapely.STRtree(lines)
        places = shapely.points(x_mm / MM_PER_M, y_mm / MM_PER_M)
        for row, line in tree.query_nearest(places, max_distance=MAX_STREET_M).T:
            name = graph.names[graph.edge_name[named[line]]]
            nearest[row] = min(nearest[row], name) if nearest[row] else name
    return tuple(
        tags.get("addr:street", name) for tags, name in zip(all_tags, nearest, strict=True)
    )
