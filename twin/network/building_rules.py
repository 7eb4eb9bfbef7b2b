"""What a building's tags say of its storeys and its use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

Tags = Mapping[str, str]

MAX_LEVELS: Final = 150
LEVEL_HEIGHT_M: Final = 3.0
"""Height of a storey behind ``height`` tags (assumed)."""

TYPE_LEVELS: Final = {
    "apartments": 5,
    "residential": 4,
    "dormitory": 4,
    "hotel": 5,
    "office": 5,
    "commercial": 3,
    "hospital": 4,
    "college": 3,
    "university": 3,
    "school": 3,
    "public": 3,
    "civic": 3,
    "government": 4,
    "yes": 2,
    "house": 2,
    "terrace": 2,
    "detached": 2,
    "semidetached_house": 2,
    "mixed_use": 4,
}
"""Storeys by type where this map knows too few (assumed); one for all others."""

RESIDENTIAL: Final = frozenset(
    {"apartments", "residential", "house", "detached", "semidetached_house", "terrace"}
    | {"dormitory", "bungalow", "villa", "cabin", "farm", "houseboat", "static_caravan"}
)
COMMERCIAL: Final = frozenset(
    {"commercial", "retail", "office", "hotel", "supermarket", "kiosk", "restaurant", "bank"}
    | {"industrial", "warehouse", "factory", "mall", "shop"}
)
PUBLIC: Final = frozenset(
    {"public", "civic", "government", "hospital", "clinic", "school", "kindergarten", "college"}
    | {"university", "church", "chapel", "cathedral", "mosque", "temple", "synagogue", "shrine"}
    | {"monastery", "religious", "museum", "stadium", "sports_hall", "sports_centre", "library"}
    | {"train_station", "transportation", "fire_station", "police", "townhall", "castle", "palace"}
)
MIXED: Final = frozenset({"mixed_use", "mixed", "residential;commercial", "apartments;commercial"})
NOT_BUILT: Final = frozenset({"construction", "ruins", "collapsed", "proposed"})
COMMERCIAL_KEYS: Final = ("shop", "office", "craft")
PUBLIC_AMENITIES: Final = frozenset(
    {"school", "kindergarten", "college", "university", "hospital", "clinic", "police", "library"}
    | {"fire_station", "townhall", "courthouse", "place_of_worship", "community_centre", "theatre"}
    | {"public_building", "embassy", "prison", "post_office", "arts_centre", "conference_centre"}
)
_NUMBER: Final = re.compile(r"\d{1,3}(?:\.\d{1,2})?", re.ASCII)
_HEIGHT: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3})?) ?m?", re.ASCII)


def observed_levels(tags: Tags) -> int | None:
    """Return storeys from ``building:levels`` or ``height``, or None.

    A list such as ``3;5`` gives its largest number. Storeys below one count
    as one; more than 150 are not believed.
    """
    numbers = [part.strip() for part in tags.get("building:levels", "").split(";")]
    if all(_NUMBER.fullmatch(number) for number in numbers):
        levels = max(1, round(max(float(number) for number in numbers)))
        return levels if levels <= MAX_LEVELS else None
    if match := _HEIGHT.fullmatch(tags.get("height", "").strip()):
        levels = max(1, round(float(match[1]) / LEVEL_HEIGHT_M))
        return levels if levels <= MAX_LEVELS else None
    return None


def type_levels(kind: str) -> int:
    """Return the assumed storeys of a building type."""
    return TYPE_LEVELS.get(kind, 1)


def building_use(tags: Tags) -> tuple[str, bool]:
    """Return the use of a building, and whether it had to be assumed."""
    kind = tags.get("building:use", tags["building"]).strip().lower()
    if kind in MIXED:
        return "mixed", False
    if kind in RESIDENTIAL:
        return ("mixed" if _has_business(tags) else "residential"), False
    if kind in PUBLIC or tags.get("amenity") in PUBLIC_AMENITIES:
        return "public", False
    if kind in COMMERCIAL or _has_business(tags):
        return "commercial", False
    if kind == "yes" and not _has_other_purpose(tags):
        return "residential", True
    return "other", False


def may_be_home(tags: Tags, use: str) -> bool:
    """Return whether people may live in a building of this use."""
    return use in {"residential", "mixed"} and tags["building"] not in NOT_BUILT


def _has_business(tags: Tags) -> bool:
    is_lodging = tags.get("tourism") in {"hotel", "hostel", "motel", "guest_house"}
    return is_lodging or any(tags.get(key, "no") not in {"no", "vacant"} for key in COMMERCIAL_KEYS)


def _has_other_purpose(tags: Tags) -> bool:
    keys = ("amenity", "leisure", "man_made", "power", "public_transport", "railway", "tourism")
    return any(key in tags for key in (*keys, "aeroway", "military", "historic", "parking"))
