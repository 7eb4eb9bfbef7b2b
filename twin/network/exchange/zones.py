"""Zones of a table as wards, with their residents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import MapError
from twin.network.exchange.places import MAX_LAT, MAX_LON, Placing, geometries
from twin.network.features import Wards
from twin.network.projection import project_mm
from twin.network.wards import rings_of
from twin.units import MM_PER_M

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from twin.network.exchange.recipe import ZoneRecipe
    from twin.network.exchange.table import Table
    from twin.network.import_report import ImportReport

MAX_RESIDENTS: Final = 100_000_000
"""More than any city has."""


def wards_of_zones(
    zones: ZoneRecipe, table: Table, placing: Placing, crs: str, report: ImportReport
) -> Wards:
    """Return the zones of a table as wards, by increasing name.

    Raises
    ------
    MapError
        A name given twice, a shape that is no area, or a negative population.
    """
    names = _names(zones, table)
    areas = [
        _area(zones, table, row, shape, placing, crs)
        for row, shape in enumerate(geometries(table, zones.geometry))
    ]
    order = sorted(range(len(names)), key=lambda row: _in_order(names[row]))
    report.keep("wards", len(order))
    population = None
    if zones.population is not None:
        found = _population(zones, table)
        report.keep("residents of wards", int(found.sum()))
        population = found[order]
    return Wards(
        names=tuple(names[row] for row in order),
        osm_id=np.full(len(order), -1, np.int64),
        area_m2=np.array([round(areas[row].area, 1) for row in order], np.float64),
        rings=tuple(rings_of(areas[row]) for row in order),
        population=population,
    )


def no_wards() -> Wards:
    """Return the wards of a source that has none."""
    return Wards((), np.zeros(0, np.int64), np.zeros(0, np.float64), ())


def _names(zones: ZoneRecipe, table: Table) -> list[str]:
    names = table.texts(zones.name)
    seen: dict[str, int] = {}
    for row, name in enumerate(names):
        if not name:
            table.refuse(row, zones.name, "is empty", "a name", "name every zone")
        if name in seen:
            table.refuse(
                row, zones.name, f"the name {name[:40]!r} is given twice", "names that differ",
                f"see {table.where(seen[name])}",
            )  # fmt: skip
        seen[name] = row
    return names


def _in_order(name: str) -> tuple[int, int, str]:
    """Return what sorts zone 2 before zone 10, and names after numbers."""
    is_number = name.isascii() and name.isdigit()
    return (0, int(name), name) if is_number else (1, 0, name)


def _population(zones: ZoneRecipe, table: Table) -> NDArray[np.int64]:
    column = str(zones.population)
    found = table.required(column, "a number of residents")
    is_wrong = (found < 0) | (found > MAX_RESIDENTS)
    if is_wrong.any():
        row = int(np.flatnonzero(is_wrong)[0])
        table.refuse(row, column, f"is {found[row]:g}", f"0 to {MAX_RESIDENTS:,} residents")
    return np.rint(found).astype(np.int64)


def _area(
    zones: ZoneRecipe,
    table: Table,
    row: int,
    shape: BaseGeometry | None,
    placing: Placing,
    crs: str,
) -> BaseGeometry:
    """Return the area of a zone in projected metres."""
    import shapely  # noqa: PLC0415 - takes 0.1 s

    expected = "a polygon or multipolygon in `crs`"
    if shape is None or "Polygon" not in shape.geom_type:
        found = "is empty or cannot be read" if shape is None else f"is a {shape.geom_type}"
        table.refuse(row, zones.geometry, found, expected)

    def projected(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = placing.degrees(xy[:, 0], xy[:, 1])
        if not (np.isfinite(lon + lat).all() and _on_earth(lon, lat)):
            raise MapError(
                table.where(row, zones.geometry), "is no place on earth", expected=expected
            )
        x_mm, y_mm = project_mm(crs, np.round(lon, 7), np.round(lat, 7))
        return np.column_stack((x_mm, y_mm)) / MM_PER_M

    area = shapely.transform(shape, projected)
    if not area.is_valid:
        parts = shapely.get_parts(shapely.make_valid(area))
        area = shapely.union_all([part for part in parts if "Polygon" in part.geom_type])
    if not area.area > 0:
        table.refuse(row, zones.geometry, "has no area", expected)
    return area


def _on_earth(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> bool:
    return bool((np.abs(lon) <= MAX_LON).all() and (np.abs(lat) <= MAX_LAT).all())
