"""What a scenario's interventions do to places on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twin.report.picture import place_m
from twin.report.places import REAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.city.city import City


def planned(
    city: City, document: Mapping[str, Any], places: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the facilities that a scenario's interventions act on, with what they do.

    Parameters
    ----------
    city
        City of the runs.
    document
        Resolved scenario.
    places
        Facilities of the baseline.
    """
    return [
        place
        for intervention in document.get("interventions") or []
        for uid in _uids(intervention.get("facility"))
        if (place := _place(city, intervention, uid, places)) is not None
    ]


def _uids(named: object) -> list[str]:
    """Return the facilities that an intervention names: none, one or several."""
    listed = named if isinstance(named, list | tuple) else [named]
    return [str(uid) for uid in listed if uid]


def _place(
    city: City,
    intervention: Mapping[str, Any],
    uid: str,
    places: Sequence[Mapping[str, Any]],
) -> dict[str, Any] | None:
    known = next((one for one in places if one["uid"] == uid), None)
    lon, lat = intervention.get("lon"), intervention.get("lat")
    if (lon is None or lat is None) and known is not None:
        lon, lat = known["lon"], known["lat"]
    if lon is None or lat is None:
        return None
    x, y = place_m(city, float(lon), float(lat))
    name = (known["name"] if known else "") or intervention.get("name") or uid
    what = f"{intervention.get('kind', '')} from day {intervention.get('from_day', 0):g}"
    return {
        "name": str(name),
        "service": str(intervention.get("service") or (known["service"] if known else "")),
        "x": x,
        "y": y,
        "assumed": known is not None and known["tag"] not in REAL,
        "planned": what.replace("_", " "),
    }
