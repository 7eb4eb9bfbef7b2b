"""A scenario for a map that has none: enough to ask how near its facilities are."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from twin.errors import InputError, did_you_mean
from twin.scenario.document import Scenario

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from twin.city.city import City

START: Final = date(2026, 3, 2)
"""A Monday of an ordinary week; only opening hours depend on it."""
_DAYS: Final = 14


def bare_scenario(
    city: City, map_folder: Path, *, services: Sequence[str] = (), residents: int
) -> Scenario:
    """Return a fortnight in which every resident needs each service alike.

    Parameters
    ----------
    city
        City of the map.
    map_folder
        Its folder.
    services
        Services of the map's facilities; none takes all there are.
    residents
        How many live there.

    Raises
    ------
    InputError
        If the map has no facility, or none of a service.
    """
    known = sorted({facility.service for facility in city.facilities})
    for name in services:
        if name not in known:
            raise InputError(
                f"--service {name}",
                f"the map {map_folder} has no such facility",
                expected=", ".join(known) or "a map with facilities",
                hint=did_you_mean(name, known),
            )
    if not known:
        raise InputError(str(map_folder), "the map has no facility", expected="at least one")
    return Scenario.model_validate(
        {
            "name": "access",
            "map": str(map_folder),
            "run": {"start": START, "days": _DAYS},
            "population": {"residents": residents},
            "services": [
                {
                    "id": name,
                    "needs_per_year": 1.0,
                    "service_time": {"distribution": "exponential", "mean_s": 600.0},
                }
                for name in services or known
            ],
        }
    )
