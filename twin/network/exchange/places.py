"""Coordinates of any table as degrees, and shapes as points between two nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.errors import MapError
from twin.units import MM_PER_M

if TYPE_CHECKING:
    from twin.network.exchange.table import Table
    from twin.network.import_report import ImportReport

PLANE: Final = "plane"
"""Instead of a projection: metres on a plane that lies nowhere."""

PLANE_CRS: Final = "EPSG:32631"
PLANE_X_M: Final = 500_000.0
"""A plane is laid on the equator, on the middle of UTM zone 31."""

MAX_GAP_M: Final = 250.0
"""A shape that ends farther from its nodes belongs to another link."""

NEAR_M: Final = 10.0
"""A shape that ends nearer to its node ends at the node; else its end is a point on the way."""

FARTHEST: Final = 1e9
"""Larger coordinates lie in no projection."""

FARTHEST_ON_PLANE: Final = 2e6
"""Metres; a plane is no use beyond."""

MIN_EXTENT_M: Final = 1.0
"""Degrees that are taken for metres shrink a city to a point."""

M_PER_DEGREE: Final = 111_195.0
MAX_LAT: Final = 90.0
MAX_LON: Final = 180.0

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Placing:
    """Turns coordinates into degrees.

    Parameters
    ----------
    crs
        An EPSG code, a PROJ string, or ``PLANE``.
    shift_x, shift_y
        Subtracted from coordinates first.
    """

    crs: str
    shift_x: float = 0.0
    shift_y: float = 0.0

    def degrees(self, x: Float64, y: Float64) -> tuple[Float64, Float64]:
        """Return longitude and latitude; not finite where the projection ends."""
        import pyproj  # noqa: PLC0415 - takes 0.1 s

        crs = PLANE_CRS if self.crs == PLANE else self.crs
        if crs in {"EPSG:4326", "OGC:CRS84"}:
            return x - self.shift_x, y - self.shift_y
        try:
            transformer = pyproj.Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)
        except pyproj.exceptions.ProjError as error:
            raise MapError(
                f"crs {self.crs}", "is no known projection", expected="an EPSG code"
            ) from error
        lon, lat = transformer.transform(x - self.shift_x, y - self.shift_y)
        return np.asarray(lon, np.float64), np.asarray(lat, np.float64)


def plane_of(x: Float64, y: Float64) -> Placing:
    """Return the placing of metres that lie nowhere: their middle on the equator."""
    middle_x, middle_y = (float(v.min() + v.max()) / 2.0 if v.size else 0.0 for v in (x, y))
    return Placing(PLANE, middle_x - PLANE_X_M, middle_y)


def placed(
    table: Table, column: str, x: Float64, y: Float64, placing: Placing
) -> tuple[Int32, Int32]:
    """Return degrees times 10 million of one point a row.

    Raises
    ------
    MapError
        A place that is not on earth.
    """
    lon, lat = placing.degrees(x, y)
    is_wrong = ~(np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= MAX_LON))
    is_wrong |= ~(np.abs(lat) <= MAX_LAT)
    farthest = FARTHEST_ON_PLANE if placing.crs == PLANE else FARTHEST
    is_wrong |= np.maximum(np.abs(x - placing.shift_x), np.abs(y - placing.shift_y)) > farthest
    if is_wrong.any():
        row = int(np.flatnonzero(is_wrong)[0])
        hint = "is `crs` the projection of these coordinates? (GMNS and SUMO: --crs EPSG:...)"
        if abs(y[row]) <= MAX_LON and abs(x[row]) <= MAX_LAT:
            hint = "are x (longitude) and y (latitude) exchanged?"
        table.refuse(
            row, column, f"{x[row]:g}, {y[row]:g} is no place in {placing.crs}",
            "coordinates in `crs`: longitude within 180 and latitude within 90 degrees, or metres",
            hint,
        )  # fmt: skip
    if x.size > 1 and max(np.ptp(lon), np.ptp(lat)) * M_PER_DEGREE < MIN_EXTENT_M:
        raise MapError(
            str(table.path),
            f"all {x.size:,} nodes lie within {MIN_EXTENT_M:g} m in {placing.crs}",
            expected="a city",
            hint="is `crs` the projection of these coordinates? (GMNS and SUMO: --crs EPSG:...)",
        )
    return e7(lon), e7(lat)


def e7(degrees: Float64) -> Int32:
    """Return degrees times 10 million, as OpenStreetMap stores them."""
    return np.rint(degrees * 1e7).astype(np.int32)


def geometries(table: Table, column: str) -> NDArray[Any]:
    """Return the shapes of a column (WKB or WKT); None where there is none to be read."""
    import shapely  # noqa: PLC0415 - takes 0.1 s

    cells = table.cells(column)
    raw = np.array([cell if isinstance(cell, bytes) else None for cell in cells], object)
    text = np.array([cell if isinstance(cell, str) else None for cell in cells], object)
    # A coordinate that is no number makes NumPy complain; it is looked for later.
    with np.errstate(all="ignore"):
        shapes = shapely.from_wkb(raw, on_invalid="ignore")
        from_text = shapely.from_wkt(text, on_invalid="ignore")
        shapes = np.where(shapely.is_missing(shapes), from_text, shapes)
        is_empty = shapely.is_empty(shapes) | shapely.is_missing(shapes)
        flat: NDArray[Any] = np.asarray(shapely.force_2d(shapes), object)
    flat[is_empty] = None
    xy, row = shapely.get_coordinates(flat, return_index=True)
    flat[np.unique(row[~(np.abs(xy) < FARTHEST).all(axis=1)])] = None
    return flat


@dataclass(frozen=True, eq=False)
class Inner:
    """Points between the ends of links: link ``i`` has ``start[i]:start[i + 1]``."""

    start: NDArray[np.int64]
    lon_e7: Int32
    lat_e7: Int32
    length_mm: NDArray[np.int64]
    """Length in the plane; -1 where coordinates lie on earth."""


def inner_points(
    lines: NDArray[Any], ends: tuple[Int32, Int32, Int32, Int32], placing: Placing,
    report: ImportReport, example: list[str],
) -> Inner:  # fmt: skip
    """Return the points of lines between the nodes at their ends.

    Parameters
    ----------
    lines
        A line for each link, or None.
    ends
        Longitude and latitude of both ends of each link, times 10 million.
    placing
        Projection of the lines.
    report
        Takes the counts of lines that were turned round or not believed.
    example
        Name of each link.
    """
    import shapely  # noqa: PLC0415 - takes 0.1 s

    lines = _single(lines, report, example)
    xy, link = shapely.get_coordinates(lines, return_index=True)
    size = np.bincount(link, minlength=lines.size)
    has_line = size >= 2  # noqa: PLR2004 - a line has two ends
    first = np.cumsum(size) - size
    lon, lat = placing.degrees(xy[:, 0], xy[:, 1])
    is_turned, is_believed, gap_m = _judged(lon, lat, first, size, has_line, ends)
    for row in np.flatnonzero(has_line & ~is_believed):
        report.repair("shapes far from their nodes: drawn straight", example=example[row])
    for row in np.flatnonzero(is_turned & is_believed):
        report.repair("shapes drawn from the other end: turned round", example=example[row])
    step = np.arange(link.size) - first[link]
    position = np.where(is_turned[link], first[link] + size[link] - 1 - step, np.arange(link.size))
    is_inner = (step > 0) | (gap_m[0, link] > NEAR_M)
    is_inner &= (step < size[link] - 1) | (gap_m[1, link] > NEAR_M)
    keep = is_believed[link] & is_inner
    position, of = position[keep], link[keep]
    start = np.zeros(lines.size + 1, np.int64)
    np.cumsum(np.bincount(of, minlength=lines.size), out=start[1:])
    length_mm = np.full(lines.size, -1, np.int64)
    if placing.crs == PLANE:
        metres = shapely.length(lines)
        length_mm[is_believed] = np.rint(metres[is_believed] * MM_PER_M).astype(np.int64)
    return Inner(start, e7(lon[position]), e7(lat[position]), length_mm)


def _single(lines: NDArray[Any], report: ImportReport, example: list[str]) -> NDArray[Any]:
    """Return every shape as one line; None where it is none."""
    import shapely  # noqa: PLC0415 - takes 0.1 s

    kind = shapely.get_type_id(lines)
    joined = np.where(
        kind == shapely.GeometryType.MULTILINESTRING, shapely.line_merge(lines), lines
    )
    is_line = shapely.get_type_id(joined) == shapely.GeometryType.LINESTRING
    for row in np.flatnonzero(~is_line & ~shapely.is_missing(lines)):
        report.repair("shapes that are no single line: drawn straight", example=example[row])
    single: NDArray[Any] = np.array(joined, object)
    single[~is_line] = None
    return single


def _judged(
    lon: Float64, lat: Float64, first: NDArray[np.int64], size: NDArray[np.int64],
    has_line: NDArray[np.bool_], ends: tuple[Int32, Int32, Int32, Int32],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], Float64]:  # fmt: skip
    """Return which lines run backwards, which can be their link's, and gaps at both ends."""
    is_turned = np.zeros(size.size, np.bool_)
    is_believed = np.zeros(size.size, np.bool_)
    gap_m = np.zeros((2, size.size), np.float64)
    rows = np.flatnonzero(has_line)
    a, b = first[rows], first[rows] + size[rows] - 1
    lon_a, lat_a, lon_b, lat_b = (end[rows] / 1e7 for end in ends)
    along = np.stack((_metres(lon[a], lat[a], lon_a, lat_a), _metres(lon[b], lat[b], lon_b, lat_b)))
    against = np.stack(
        (_metres(lon[b], lat[b], lon_a, lat_a), _metres(lon[a], lat[a], lon_b, lat_b))
    )
    is_turned[rows] = against.max(axis=0) < along.max(axis=0)
    gap_m[:, rows] = np.where(is_turned[rows], against, along)
    n_bad = np.bincount(np.repeat(np.arange(size.size), size), ~np.isfinite(lon + lat), size.size)
    is_believed[rows] = (gap_m[:, rows].max(axis=0) <= MAX_GAP_M) & (n_bad[rows] == 0)
    return is_turned, is_believed, gap_m


def _metres(lon: Float64, lat: Float64, to_lon: Float64, to_lat: Float64) -> Float64:
    east = (lon - to_lon) * np.cos(np.deg2rad(to_lat))
    return np.asarray(np.hypot(east, lat - to_lat) * M_PER_DEGREE)
