"""Wards: the complete administrative areas of the finest level the map has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.network.features import Wards
from twin.units import MM_PER_M

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from twin.network.areas import Areas
    from twin.network.import_report import ImportReport
    from twin.network.osm_read import RawOsm

WARD_LEVELS: Final = ("10", "9")
"""Values of ``admin_level`` asked in this order; the first with a complete area is taken."""


@dataclass(frozen=True, eq=False)
class WardAreas:
    """Wards with the polygons that place buildings in them."""

    wards: Wards
    polygons: tuple[BaseGeometry, ...]

    def ward_of(self, x_mm: NDArray[np.int64], y_mm: NDArray[np.int64]) -> NDArray[np.int16]:
        """Return the ward row of each point, -1 outside; the first of several."""
        import shapely  # noqa: PLC0415 - takes 0.1 s

        ward = np.full(x_mm.size, -1, np.int16)
        if not self.polygons:
            return ward
        tree = shapely.STRtree(shapely.points(x_mm / MM_PER_M, y_mm / MM_PER_M))
        for row in reversed(range(len(self.polygons))):
            ward[tree.query(self.polygons[row], predicate="intersects")] = row
        return ward


def wards_at(wards: Wards, x_mm: NDArray[np.int64], y_mm: NDArray[np.int64]) -> NDArray[np.int16]:
    """Return the ward row of each projected point, -1 outside; the first of several.

    A point lies in a ward if an odd number of its rings go round it.
    """
    import shapely  # noqa: PLC0415 - takes 0.1 s

    ward = np.full(x_mm.size, -1, np.int16)
    for row in reversed(range(len(wards))):
        is_inside = np.zeros(x_mm.size, np.bool_)
        for ring in wards.rings[row]:
            polygon = shapely.Polygon(ring)
            shapely.prepare(polygon)
            is_inside ^= shapely.intersects_xy(polygon, x_mm, y_mm)
        ward[is_inside] = row
    return ward


def find_wards(
    raw: RawOsm, areas: Areas, report: ImportReport, level: str | None = None
) -> WardAreas:
    """Return the complete wards of an extract.

    Parameters
    ----------
    raw, areas
        The extract.
    report
        Takes the counts of complete and incomplete wards.
    level
        ``admin_level`` of a ward; the first of ``WARD_LEVELS`` otherwise.
    """
    for candidate in WARD_LEVELS if level is None else (level,):
        found = {
            relation_id: areas.of_relation(raw.relation_members[relation_id])
            for relation_id, tags in raw.relation_tags.items()
            if tags.get("boundary") == "administrative" and tags.get("admin_level") == candidate
        }
        if level is not None or any(area is not None for area in found.values()):
            return _wards(raw, found, report)
    return _wards(raw, {}, report)


def _wards(raw: RawOsm, found: dict[int, BaseGeometry | None], report: ImportReport) -> WardAreas:
    names, ids, polygons = [], [], []
    for relation_id, area in found.items():
        name = raw.relation_tags[relation_id].get("name", f"relation/{relation_id}")
        if area is None:
            report.drop("wards whose boundary is incomplete", example=name)
            continue
        report.keep("wards")
        names.append(name)
        ids.append(relation_id)
        polygons.append(area)
    wards = Wards(
        names=tuple(names),
        osm_id=np.array(ids, np.int64),
        area_m2=np.array([round(area.area, 1) for area in polygons], np.float64),
        rings=tuple(rings_of(area) for area in polygons),
    )
    return WardAreas(wards, tuple(polygons))


def rings_of(area: BaseGeometry) -> tuple[NDArray[np.int64], ...]:
    """Return the rings of an area in whole millimetres, outer ones anticlockwise."""
    import shapely  # noqa: PLC0415 - takes 0.1 s

    rings = []
    for part in shapely.get_parts(shapely.orient_polygons(area)):
        for ring in (part.exterior, *part.interiors):
            points = np.rint(shapely.get_coordinates(ring) * MM_PER_M)
            rings.append(points.astype(np.int64))
    return tuple(rings)
