"""Facilities that OSM's own tags tell of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.network.features import OsmFacility
from twin.network.projection import unproject
from twin.units import MM_PER_M

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapely.geometry.base import BaseGeometry

    from twin.network.areas import Areas
    from twin.network.import_report import ImportReport
    from twin.network.osm_read import RawOsm, Tags

SERVICE_TAGS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "primary_care": (
        ("amenity", "doctors"),
        ("amenity", "clinic"),
        ("healthcare", "doctor"),
        ("healthcare", "clinic"),
        ("healthcare", "centre"),
    ),
    "hospital": (("amenity", "hospital"), ("healthcare", "hospital")),
    "pharmacy": (("amenity", "pharmacy"), ("healthcare", "pharmacy")),
    "dentist": (("amenity", "dentist"), ("healthcare", "dentist")),
    "school": (("amenity", "school"),),
    "kindergarten": (("amenity", "kindergarten"), ("amenity", "childcare")),
    "college": (("amenity", "college"), ("amenity", "university")),
    "police": (("amenity", "police"),),
    "fire_station": (("amenity", "fire_station"),),
    "ambulance_station": (("emergency", "ambulance_station"),),
    "government_hall": (("amenity", "townhall"),),
    "community_centre": (("amenity", "community_centre"),),
    "social_facility": (("amenity", "social_facility"), ("amenity", "nursing_home")),
    "library": (("amenity", "library"),),
    "post_office": (("amenity", "post_office"),),
    "marketplace": (("amenity", "marketplace"), ("shop", "supermarket")),
    "bus_stop": (("highway", "bus_stop"),),
}
"""Which tags make a place offer a service; a place may offer several."""

_SERVICES_OF: Final[dict[tuple[str, str], str]] = {
    tag: service for service, tags in SERVICE_TAGS.items() for tag in tags
}


def services_of(tags: Tags) -> list[str]:
    """Return the services a place offers; lists such as ``doctors;dentist`` count each."""
    pairs = ((key, part.strip()) for key, value in tags.items() for part in value.split(";"))
    return sorted({_SERVICES_OF[pair] for pair in pairs if pair in _SERVICES_OF})


def find_facilities(
    raw: RawOsm, areas: Areas, crs: str, report: ImportReport
) -> tuple[OsmFacility, ...]:
    """Return what the tags of nodes, closed ways and multipolygons offer.

    Sorted by service and uid. Areas are placed at a point inside them.
    """
    rows = [
        OsmFacility(
            uid=f"osm/{element}",
            service=service,
            name=tags.get("name", ""),
            lon=lon,
            lat=lat,
            hours=tags.get("opening_hours", ""),
            tags=dict(sorted(tags.items())),
        )
        for element, tags, lon, lat in _places(raw, areas, crs, report)
        for service in services_of(tags)
    ]
    report.keep("facilities by OSM tags", len(rows))
    return tuple(sorted(rows, key=lambda row: (row.service, row.uid)))


def _places(
    raw: RawOsm, areas: Areas, crs: str, report: ImportReport
) -> Iterator[tuple[str, Tags, float, float]]:
    for node_id, tags in raw.node_tags.items():
        if services_of(tags):
            row = int(raw.node_rows(np.array([node_id]))[0])
            yield f"node/{node_id}", tags, raw.lon_e7[row] / 1e7, raw.lat_e7[row] / 1e7
    for element, tags, area in _areas(raw, areas):
        if area is None:
            report.drop("facilities whose outline is open or cut off", example=element)
            continue
        point = np.rint(np.array(area.point_on_surface().coords[0]) * MM_PER_M).astype(np.int64)
        lon, lat = unproject(crs, point[:1], point[1:])
        yield element, tags, float(lon[0]), float(lat[0])


def _areas(raw: RawOsm, areas: Areas) -> Iterator[tuple[str, Tags, BaseGeometry | None]]:
    for way_id, tags in raw.way_tags.items():
        if services_of(tags):
            yield f"way/{way_id}", tags, areas.of_way(way_id)
    for relation_id, tags in raw.relation_tags.items():
        if tags.get("type") == "multipolygon" and services_of(tags):
            area = areas.of_relation(raw.relation_members[relation_id])
            yield f"relation/{relation_id}", tags, area
