"""Modes of travel and classes of street: the words every module here shares."""

from __future__ import annotations

from typing import Final

MODES: Final = ("walk", "bicycle", "car")
WALK: Final = 0
BICYCLE: Final = 1
CAR: Final = 2

TRAVEL_MODES: Final = (*MODES, "bus", "emergency")
"""Every mode of travel over these networks; its place is its code, and the list only grows."""

RESIDENT_MODES: Final = TRAVEL_MODES[:4]
"""Modes that a resident may take; their codes are bits of ``Groups.modes``."""

BUS: Final = TRAVEL_MODES.index("bus")
EMERGENCY: Final = TRAVEL_MODES.index("emergency")

WALK_BIT: Final = 1 << WALK
BICYCLE_BIT: Final = 1 << BICYCLE
CAR_BIT: Final = 1 << CAR
MODE_BITS: Final = (WALK_BIT, BICYCLE_BIT, CAR_BIT)

WALK_MPS: Final = 1.25
"""Walking speed when a scenario names none."""

BICYCLE_MPS: Final = 3.6
"""Cycling speed when a scenario names none."""

BUS_MPS: Final = 4.6
"""A bus with its stops makes 15-18 km/h in a Chinese mid-size city (assumed: 16.5)."""

EMERGENCY_FACTOR: Final = 0.77
"""Travel time of an emergency vehicle to that of a car: it is 20-40 % faster (assumed: 30 %)."""

MIN_CAR_KMH: Final = 1.0
MAX_CAR_KMH: Final = 130.0

CLASS_KMH: Final[dict[str, float]] = {
    "motorway": 110.0,
    "motorway_link": 60.0,
    "trunk": 80.0,
    "trunk_link": 50.0,
    "primary": 50.0,
    "primary_link": 40.0,
    "secondary": 50.0,
    "secondary_link": 40.0,
    "tertiary": 40.0,
    "tertiary_link": 30.0,
    "unclassified": 40.0,
    "residential": 30.0,
    "living_street": 10.0,
    "road": 30.0,
    "service": 20.0,
    "track": 20.0,
    "pedestrian": 10.0,
    "busway": 40.0,
    "footway": 10.0,
    "cycleway": 10.0,
    "bridleway": 10.0,
    "path": 10.0,
    "steps": 10.0,
    "corridor": 10.0,
    "elevator": 10.0,
}
"""Free-flow car speed of a class without a readable ``maxspeed`` (assumed; km/h)."""

HIGHWAY_CLASSES: Final = tuple(CLASS_KMH)
"""Every class of street the import knows; ``edge_class`` is an index here."""

CAR_CLASSES: Final = frozenset(HIGHWAY_CLASSES[: HIGHWAY_CLASSES.index("service")])
"""Classes a car may use unless a tag forbids it.

Service ways are left out as in osmnx's ``drive``: a car trip ends on the
nearest public street and the last metres are walked.
"""

BICYCLE_CLASSES: Final = (CAR_CLASSES - {"motorway", "motorway_link"}) | {
    "service",
    "track",
    "cycleway",
    "path",
    "bridleway",
}
"""Classes a bicycle may use unless a tag forbids it."""

WALK_CLASSES: Final = (CAR_CLASSES - {"motorway", "motorway_link"}) | {
    "service",
    "track",
    "pedestrian",
    "footway",
    "bridleway",
    "path",
    "steps",
    "corridor",
    "elevator",
}
"""Classes a pedestrian may use unless a tag forbids it."""


def mode_index(mode: str | int) -> int:
    """Return the index of `mode`, given by name or by index.

    Raises
    ------
    ValueError
        `mode` is neither a name in ``MODES`` nor an index of it.
    """
    if isinstance(mode, str):
        if mode in MODES:
            return MODES.index(mode)
    elif 0 <= int(mode) < len(MODES):
        return int(mode)
    msg = f"unknown mode {mode!r}; known are {', '.join(MODES)}"
    raise ValueError(msg)
