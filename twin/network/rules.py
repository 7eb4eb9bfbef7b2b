"""Who may use which street, in which direction and how fast: OSM tags read as documented.

References: OSM wiki, pages "Key:access", "Key:oneway", "Key:maxspeed"; the
choice of classes follows osmnx's network types ``walk``, ``bike``, ``drive``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from twin.network.modes import (
    BICYCLE_BIT,
    BICYCLE_CLASSES,
    CAR_BIT,
    CAR_CLASSES,
    CLASS_KMH,
    MAX_CAR_KMH,
    MIN_CAR_KMH,
    WALK_BIT,
    WALK_CLASSES,
)

Tags = Mapping[str, str]

GRANTED: Final = frozenset(
    {"yes", "designated", "permissive", "official", "destination", "customers"}
)
DENIED: Final = frozenset(
    {"no", "private", "agricultural", "forestry", "delivery", "military", "emergency", "psv", "bus"}
    | {"permit", "residents", "use_sidepath", "discouraged"}
)
"""Values of access tags; any other value says nothing and the next tag is asked."""

UNUSABLE: Final = frozenset(
    {"abandoned", "construction", "demolished", "disused", "no", "planned", "platform", "proposed"}
    | {"raceway", "razed", "rest_area", "services", "bus_stop", "bus_guideway", "escalator"}
)
"""Values of ``highway`` that are no street today."""

FORWARD_VALUES: Final = frozenset({"yes", "true", "1"})
BACKWARD_VALUES: Final = frozenset({"-1", "reverse"})
TWO_WAY_VALUES: Final = frozenset({"no", "false", "0"})
CHANGING_VALUES: Final = frozenset({"reversible", "alternating"})

MPH_KMH: Final = 1.609344
KNOT_KMH: Final = 1.852
WALKING_PACE_KMH: Final = 7.0
_NUMBER: Final = re.compile(r"(\d{1,4}(?:\.\d{1,3})?) ?(km/h|kmh|kph|mph|knots)?", re.ASCII)
_IMPLIED: Final = re.compile(r"[A-Z]{2}(?:-[A-Z]{2,3})?:([a-z0-9_:]{1,20})", re.ASCII)
IMPLIED_KMH: Final = {
    "urban": 50.0,
    "living_street": 10.0,
    "pedestrian_zone": 10.0,
    "walk": WALKING_PACE_KMH,
    "zone30": 30.0,
    "zone:30": 30.0,
    "30": 30.0,
    "zone20": 20.0,
    "zone:20": 20.0,
    "bicycle_road": 30.0,
    "nsl_restricted": 30 * MPH_KMH,
    "nsl_single": 60 * MPH_KMH,
    "nsl_dual": 70 * MPH_KMH,
}
"""Limits behind ``CC:urban`` and the like; rural and motorway limits differ
from country to country and take the class default."""

Note = Callable[[str], None]


@dataclass(frozen=True)
class StreetUse:
    """Mode bits along and against a way, and car speeds in both directions."""

    highway: str
    forward: int
    backward: int
    forward_kmh: float
    backward_kmh: float


def street_use(tags: Tags, note: Note) -> StreetUse | None:
    """Return how a way may be used, or None when it is no street.

    Parameters
    ----------
    tags
        Tags of a way that has ``highway``.
    note
        Called with each thing that had to be assumed or repaired.
    """
    highway = tags["highway"]
    if highway not in CLASS_KMH or tags.get("area") == "yes":
        return None
    modes = allowed_modes(tags, highway)
    if not modes:
        return None
    forward = backward = 0
    for bit, direction in (
        (WALK_BIT, _walk_direction(tags)),
        (BICYCLE_BIT, _bicycle_direction(tags)),
        (CAR_BIT, _car_direction(tags, note)),
    ):
        if modes & bit and direction >= 0:
            forward |= bit
        if modes & bit and direction <= 0:
            backward |= bit
    forward_kmh, backward_kmh = car_speeds(tags, highway, note)
    return StreetUse(highway, forward, backward, forward_kmh, backward_kmh)


def why_no_street(tags: Tags) -> str:
    """Return in a few words why `street_use` returned None."""
    if tags.get("area") == "yes":
        return "squares and other areas tagged as streets"
    if tags["highway"] in UNUSABLE:
        return "ways under construction, planned or no street"
    if tags["highway"] not in CLASS_KMH:
        return "ways of an unknown class"
    return "streets closed to the public"


def allowed_modes(tags: Tags, highway: str) -> int:
    """Return the bits of the modes that may use a way, from the most specific tag up."""
    bits = 0
    is_walk = highway in WALK_CLASSES and not _has_separate_sidewalk(tags)
    if _is_allowed(tags, ("foot", "access"), is_default=is_walk):
        bits |= WALK_BIT
    is_bicycle = highway in BICYCLE_CLASSES
    if _is_allowed(tags, ("bicycle", "vehicle", "access"), is_default=is_bicycle):
        bits |= BICYCLE_BIT
    is_car = highway in CAR_CLASSES
    if _is_allowed(
        tags, ("motorcar", "motor_vehicle", "vehicle", "access"), is_default=is_car
    ) and highway not in {"service", "footway", "steps", "path", "cycleway", "corridor"}:
        bits |= CAR_BIT
    return bits


def _has_separate_sidewalk(tags: Tags) -> bool:
    keys = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
    return any(tags.get(key) == "separate" for key in keys)


def _is_allowed(tags: Tags, keys: tuple[str, ...], *, is_default: bool) -> bool:
    """Return the verdict of the first key that says something.

    The general ``access`` can close a way to a mode but opens none: a
    footway with ``access=yes`` is still not for cars.
    """
    for key in keys:
        value = tags.get(key)
        if value in DENIED:
            return False
        if value in GRANTED:
            return is_default if key in {"access", "vehicle"} else True
    return is_default


def _direction(value: str | None) -> int | None:
    """Return 1 along, -1 against, 0 both, None when the value says nothing."""
    if value in FORWARD_VALUES:
        return 1
    if value in BACKWARD_VALUES:
        return -1
    if value in TWO_WAY_VALUES:
        return 0
    return None


def _general_direction(tags: Tags, note: Note) -> int:
    value = tags.get("oneway")
    direction = _direction(value)
    if direction is not None:
        return direction
    if value in CHANGING_VALUES:
        note("one-way streets that change direction: taken as two-way")
        return 0
    if value is not None:
        note("unreadable oneway: taken as absent")
    is_implied = tags.get("junction") == "roundabout" or tags["highway"] == "motorway"
    return 1 if is_implied else 0


def _walk_direction(tags: Tags) -> int:
    """Pedestrians ignore ``oneway``, which is about vehicles."""
    return _direction(tags.get("oneway:foot")) or 0


def _bicycle_direction(tags: Tags) -> int:
    own = _direction(tags.get("oneway:bicycle"))
    if own is not None:
        return own
    keys = ("cycleway", "cycleway:left", "cycleway:right", "cycleway:both")
    if any(tags.get(key, "").startswith("opposite") for key in keys):
        return 0
    return _general_direction(tags, lambda _: None)  # noted once, for the car


def _car_direction(tags: Tags, note: Note) -> int:
    for key in ("oneway:motorcar", "oneway:motor_vehicle"):
        own = _direction(tags.get(key))
        if own is not None:
            return own
    return _general_direction(tags, note)


def car_speeds(tags: Tags, highway: str, note: Note) -> tuple[float, float]:
    """Return the free-flow speed in km/h along and against a way."""
    both = _limit(tags.get("maxspeed"), note)
    forward = _limit(tags.get("maxspeed:forward"), note) or both
    backward = _limit(tags.get("maxspeed:backward"), note) or both
    default = CLASS_KMH[highway]
    return forward or default, backward or default


def _limit(text: str | None, note: Note) -> float | None:
    if text is None:
        return None
    speed = parse_maxspeed(text)
    if speed is None:
        note("unreadable maxspeed: class default taken")
        return None
    if not MIN_CAR_KMH <= speed <= MAX_CAR_KMH:
        note(f"maxspeed outside {MIN_CAR_KMH:g}..{MAX_CAR_KMH:g} km/h: clamped")
    return min(max(speed, MIN_CAR_KMH), MAX_CAR_KMH)


def parse_maxspeed(text: str) -> float | None:
    """Return a ``maxspeed`` in km/h, or None when OSM does not document its form.

    Zero is not a documented limit (a closed street has an access tag), nor is
    a list such as ``50;30``.
    """
    text = text.strip()
    if text == "none":
        return MAX_CAR_KMH
    if text == "walk":
        return WALKING_PACE_KMH
    if match := _NUMBER.fullmatch(text):
        factor = {"mph": MPH_KMH, "knots": KNOT_KMH}.get(match[2] or "", 1.0)
        speed = float(match[1]) * factor
        return speed if speed > 0 else None
    if match := _IMPLIED.fullmatch(text):
        return IMPLIED_KMH.get(match[1])
    return None
