"""A city: streets, buildings, wards and facilities, read from a map folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.city.calendar import check_hours
from twin.city.facilities import Facility, FacilityRow, find_facility, merge_facilities
from twin.city.facility_csv import read_facility_csv
from twin.errors import InputError, InputErrors, MapError, did_you_mean
from twin.network.map_parts import ATTRIBUTION, SYNTHETIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from twin.city.schools import School
    from twin.network.features import Buildings, OsmFacility, Wards
    from twin.network.street_graph import StreetGraph

MANIFEST: Final = "map.json"
FACILITY_TABLE: Final = "facilities.csv"
# With fewer buildings than this for each street node a map has some landmarks, not its
# buildings: Porto's 11 stand by 70,473 nodes, Monaco has one for every three (assumed).
BUILDINGS_PER_NODE: Final = 0.05
# A facility further than this from any street lies outside the map.
REACH_M: Final = 2_000.0
MAX_LATITUDE: Final = 90.0
EARTH_RADIUS_M: Final = 6_371_008.8
METRES_PER_DEGREE: Final = EARTH_RADIUS_M * np.pi / 180.0
# How many serve in a place of a synthetic map; what volunteers tag is not believed.
DOCTORS: Final = "staff_count:doctors"
_DIGEST_BYTES: Final = 16


@dataclass(frozen=True, eq=False)
class City:
    """What stands still while a scenario runs.

    Parameters
    ----------
    name
        Name of the map folder.
    path
        The map folder.
    graph
        Streets of all modes.
    buildings, wards
        Homes and zones.
    facilities
        Sorted by (service, uid).
    notes
        What was corrected or left out on reading, for the report.
    attribution
        Whom to name for the map, and its licence.
    schools
        Of the levels of a scenario, by level and uid; a map has none.
    """

    name: str
    path: Path
    graph: StreetGraph
    buildings: Buildings
    wards: Wards
    facilities: tuple[Facility, ...]
    notes: tuple[str, ...] = ()
    attribution: str = ATTRIBUTION
    schools: tuple[School, ...] = ()

    @property
    def has_its_buildings(self) -> bool:
        """Whether the map has the city's buildings, not a few landmarks among many streets."""
        return len(self.buildings) >= BUILDINGS_PER_NODE * self.graph.n_nodes

    @property
    def is_of_openstreetmap(self) -> bool:
        """Whether the map is an extract of OpenStreetMap and nothing else."""
        return self.attribution == ATTRIBUTION

    @property
    def is_synthetic(self) -> bool:
        """Whether the place exists in no survey: made by ``twin map synth``."""
        return self.attribution == SYNTHETIC

    def __repr__(self) -> str:
        services = sorted({one.service for one in self.facilities})
        return (
            f"City {self.name}\n"
            f"├── streets: {self.graph.n_nodes:,} nodes, {self.graph.n_edges:,} edges\n"
            f"├── buildings: {len(self.buildings.building_id):,} in {len(self.wards.names)} wards\n"
            f"└── facilities: {len(self.facilities):,} ({', '.join(services) or 'none'})"
        )

    @cached_property
    def digest(self) -> str:
        """Digest of everything that a run can read from the city."""
        parts: list[object] = [self.graph.digest, self.map_digest]
        parts += [_facility_words(one) for one in self.facilities]
        return _digest(parts)

    @cached_property
    def map_digest(self) -> str:
        """Digest of buildings and wards; streets have their own."""
        return _digest([*_column_parts(self.buildings), *_column_parts(self.wards)])

    def facility(self, uid: str, service: str | None = None, *, where: str = "city") -> Facility:
        """Return a facility by uid, and by service if it offers several.

        Raises
        ------
        InputError
            If there is no such facility, with the closest known name.
        """
        return find_facility(self.facilities, uid, service=service, where=where)

    def facilities_of(self, service: str) -> tuple[Facility, ...]:
        """Return the facilities of a service, sorted by uid."""
        return tuple(one for one in self.facilities if one.service == service)

    def with_facilities(self, rows: Iterable[FacilityRow | Facility]) -> City:
        """Return the city after a facility table, or with more facilities.

        Raises
        ------
        InputErrors
            With every row that is wrong or lies outside the map.
        """
        wanted = [_as_row(row) if isinstance(row, Facility) else row for row in rows]
        merged = merge_facilities(self.facilities, wanted)
        before = set(self.facilities)
        self._check_on_map([one for one in merged if one not in before], wanted)
        return replace(self, facilities=merged)

    def _check_on_map(self, changed: Sequence[Facility], rows: Iterable[FacilityRow]) -> None:
        """Refuse facilities that no street is near to."""
        where = {(row.uid, row.service): row.where for row in rows}
        distances_m = street_distances_m(
            self.graph,
            np.array([one.lon for one in changed], dtype=np.float64),
            np.array([one.lat for one in changed], dtype=np.float64),
        )
        errors = [
            self._outside(one, where.get((one.uid, one.service), one.source), float(distance_m))
            for one, distance_m in zip(changed, distances_m, strict=True)
            if distance_m > REACH_M
        ]
        if errors:
            raise InputErrors(errors)

    def _outside(self, one: Facility, where: str, distance_m: float) -> InputError:
        hint = "lon first, then lat, in degrees"
        if abs(one.lon) <= MAX_LATITUDE:
            exchanged = np.array([one.lat]), np.array([one.lon])
            if street_distances_m(self.graph, *exchanged)[0] <= REACH_M:
                hint = "lon and lat look exchanged"
        place = f"`{one.uid}` at {one.lon:g}, {one.lat:g}"
        return InputError(
            f"{where}, columns `lon`, `lat`",
            f"{place}: the nearest street is {distance_m / 1000:,.0f} km away",
            expected=f"a place within {REACH_M / 1000:g} km of a street of {self.name}",
            hint=hint,
        )


def street_distances_m(
    graph: StreetGraph, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far places are from the nearest node of the streets.

    Projections end a long way off, so that places away from the map are
    measured on the sphere.

    Parameters
    ----------
    graph
        Streets.
    lon, lat
        (n,) degrees.

    Returns
    -------
    (n,) float64
        Metres.
    """
    node_lon, node_lat = graph.node_lon_e7 / 1e7, graph.node_lat_e7 / 1e7
    margin = REACH_M / METRES_PER_DEGREE
    margin_lon = margin / max(np.cos(np.radians(np.abs(node_lat).max())), 0.01)
    is_near = (np.abs(lat - np.clip(lat, node_lat.min(), node_lat.max())) <= margin) & (
        np.abs(lon - np.clip(lon, node_lon.min(), node_lon.max())) <= margin_lon
    )
    distances_m = np.empty(lon.shape, dtype=np.float64)
    if is_near.any():
        x_mm, y_mm = graph.project(lon[is_near], lat[is_near])
        distances_m[is_near] = graph.nearest_nodes(x_mm, y_mm, "walk")[1]
    for row in np.flatnonzero(~is_near):
        distances_m[row] = _sphere_m(lon[row], lat[row], node_lon, node_lat).min()
    return distances_m


def _sphere_m(
    lon: float, lat: float, to_lon: NDArray[np.float64], to_lat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return great-circle distances by the haversine formula."""
    phi, to_phi = np.radians(lat), np.radians(to_lat)
    part = np.sin((to_phi - phi) / 2.0) ** 2
    part += np.cos(phi) * np.cos(to_phi) * np.sin(np.radians(to_lon - lon) / 2.0) ** 2
    return np.asarray(2.0 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(part, 0.0, 1.0))))


def load_city(path: str | Path) -> City:
    """Return the city of a map folder, corrected by its `facilities.csv`.

    Parameters
    ----------
    path
        Folder written by ``twin map build``.

    Raises
    ------
    MapError
        If there is no such map.
    InputErrors
        With every wrong row of the facility table.
    """
    from twin.network.storage import read_map  # noqa: PLC0415 - brings pyarrow

    folder = Path(path)
    _check_folder(folder)
    parts = read_map(folder)
    notes = [f"map {folder.resolve().name}: {parts.attribution}"] if parts.is_synthetic else []
    notes += parts.notes
    rows_of_map = _mapped_facilities(parts.facilities, notes, is_synthetic=parts.is_synthetic)
    mapped = sorted(rows_of_map, key=lambda f: (f.service, f.uid))
    city = City(
        name=folder.resolve().name,
        path=folder,
        graph=parts.graph,
        buildings=parts.buildings,
        wards=parts.wards,
        facilities=tuple(mapped),
        notes=tuple(notes),
        attribution=parts.attribution,
    )
    table = folder / FACILITY_TABLE
    if not table.exists():
        return city
    rows = read_facility_csv(table)
    return replace(city.with_facilities(rows), notes=(*notes, _table_note(rows)))


def _table_note(rows: Iterable[FacilityRow]) -> str:
    counts = dict.fromkeys(("add", "set", "remove"), 0)
    n_assumed = 0
    for row in rows:
        counts[row.op] += 1
        n_assumed += row.op == "add" and row.values.get("tag") == "assumed"
    return (
        f"{FACILITY_TABLE}: {counts['add']} facilities added ({n_assumed} of them assumed),"
        f" {counts['set']} corrected, {counts['remove']} removed"
    )


def _check_folder(folder: Path) -> None:
    if folder.is_dir() and (folder / MANIFEST).is_file():
        return
    parent = folder.parent
    maps = sorted(one.parent.name for one in parent.glob(f"*/{MANIFEST}"))
    known = f"; in {parent} there are {', '.join(maps)}" if maps else ""
    found = "no such map"
    if folder.is_file():
        found = "a file, not a map folder"
    elif folder.is_dir():
        found = f"a folder without {MANIFEST}"
    raise MapError(
        str(folder),
        found,
        expected=f"a folder written by `twin map build SOURCE --out {folder}`{known}",
        hint=did_you_mean(folder.name, maps),
    )


def _mapped_facilities(
    rows: Iterable[OsmFacility], notes: list[str], *, is_synthetic: bool
) -> Iterator[Facility]:
    """Yield the facilities that the map's source names.

    Opening hours that cannot be read are left out and noted: a volunteer's
    typing error must not stop a city.
    """
    for row in rows:
        hours = row.hours or None
        if hours is not None:
            try:
                check_hours(hours, where=row.uid)
            except InputError as error:
                notes.append(f"{error.where}: left out {error.found}")
                hours = None
        yield Facility(
            uid=row.uid,
            service=row.service,
            name=row.name,
            lon=row.lon,
            lat=row.lat,
            servers=int(row.tags.get(DOCTORS, 0)) or None if is_synthetic else None,
            hours=hours,
            department=None,
            tag="assumed" if is_synthetic else "sourced",
            source="synthetic map" if is_synthetic else "OpenStreetMap",
        )


def _as_row(one: Facility) -> FacilityRow:
    """Return the `add` row of a facility that an intervention brings."""
    values = {each.name: getattr(one, each.name) for each in fields(one)}
    del values["uid"], values["service"]
    return FacilityRow("add", one.uid, one.service, one.source, values)


def _facility_words(one: Facility) -> list[object]:
    """Return what a run can read of a facility: not where it was written."""
    told = ("name", "source", "note", "tag")
    return [getattr(one, each.name) for each in fields(one) if each.name not in told]


def _column_parts(table: object) -> Iterator[object]:
    """Yield names and contents of the columns of a frozen table that it has."""
    if not is_dataclass(table):
        message = f"{type(table).__name__} is not a table of columns"
        raise TypeError(message)
    for each in fields(table):
        column = getattr(table, each.name)
        if column is not None:
            yield each.name
            yield column


def _digest(parts: Iterable[object]) -> str:
    """Return a digest of arrays, texts and numbers, each with its length."""
    state = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        raw, kind = _bytes_of(part)
        state.update(f"{kind}:{len(raw)};".encode())
        state.update(raw)
    return state.hexdigest()


def _bytes_of(part: object) -> tuple[bytes, str]:
    if isinstance(part, np.ndarray) and part.dtype.kind in "biuf":
        return np.ascontiguousarray(part).tobytes(), f"{part.dtype.str}{part.shape}"
    if isinstance(part, np.ndarray):
        part = part.tolist()
    if isinstance(part, list | tuple):
        return _digest(part).encode(), "list"
    if isinstance(part, str):
        return part.encode(), "str"
    return repr(part).encode(), type(part).__name__
