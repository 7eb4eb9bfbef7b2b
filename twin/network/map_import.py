"""From an OSM extract to the parts of a map folder."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from twin.network.areas import Areas
from twin.network.build import build_streets
from twin.network.buildings import find_buildings
from twin.network.guard import DEFAULT_LIMITS, Limits
from twin.network.import_report import ImportReport
from twin.network.map_parts import MapParts
from twin.network.osm_facilities import find_facilities
from twin.network.osm_read import read_osm
from twin.network.wards import find_wards

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def import_map(
    source: Path,
    *,
    name: str = "",
    ward_level: str | None = None,
    home_country: str | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Callable[[str], None] = lambda _: None,
) -> MapParts:
    """Read, clean and assemble an OSM extract.

    Parameters
    ----------
    source
        ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.osm.pbf``.
    name
        Name of the map; that of the source otherwise.
    ward_level
        ``admin_level`` of a ward; the finest of 10 and 9 that has a complete
        area otherwise.
    home_country
        Two-letter code of the country of homes outside complete wards; the
        most frequent one inside them otherwise.
    limits
        Caps on what the file may hold.
    progress
        Told what is being done.

    Raises
    ------
    MapError
        The extract cannot become a map; nothing was written.
    """
    report = ImportReport()
    progress(f"reading {source.name}")
    raw = read_osm(source, report, limits=limits)
    progress(f"building streets of {len(raw.way_tags):,} ways")
    graph = build_streets(raw, report)
    progress("placing buildings, wards and facilities")
    areas = Areas(raw, graph.crs)
    wards = find_wards(raw, areas, report, ward_level)
    buildings, country = find_buildings(raw, areas, graph, wards, report, home_country=home_country)
    facilities = find_facilities(raw, areas, graph.crs, report)
    return MapParts(
        name=name or source.name.split(".")[0],
        graph=graph,
        buildings=buildings,
        wards=wards.wards,
        facilities=facilities,
        report=report,
        source=source.name,
        source_sha256=_sha256(source),
        home_country=country,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
