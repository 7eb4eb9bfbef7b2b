"""Schools of a scenario's levels, and the words that describe a catchment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twin.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twin.city.facilities import Facility

NO_CATCHMENT: Final = "none"
NEAREST: Final = "nearest"
OWN_WARD: Final = "ward"
WARDS: Final = "wards="
AREA: Final = "area="
CATCHMENT_EXAMPLE: Final = (
    "`none`, `nearest`, `ward`, `wards=NAME|NAME` or `area=lon lat, lon lat, lon lat`"
)
_MIN_CORNERS: Final = 3
_PAIR: Final = 2


@dataclass(frozen=True)
class School:
    """One level at one facility, as a run begins with it.

    Parameters
    ----------
    facility
        Where it is; closed ones open later.
    level
        Id of the level.
    places
        Places in each grade.
    class_size
        Places of one more class.
    eligibility
        Whom it may admit, a condition on the residents' columns.
    catchment
        Who lives near by the rules, in the words of `CATCHMENT_EXAMPLE`.
    quality
        What families like about it, in utility.
    """

    facility: Facility
    level: str
    places: int
    class_size: int
    eligibility: str
    catchment: str
    quality: float

    @property
    def key(self) -> str:
        """Name of the row, as edits use it: ``facility/level``."""
        return f"{self.facility.uid}/{self.level}"


def check_catchment(text: str, wards: Sequence[str], *, where: str) -> None:
    """Refuse words that describe no catchment.

    Raises
    ------
    InputError
        For unknown words or wards, or an area without three corners.
    """
    if text in {NO_CATCHMENT, NEAREST, OWN_WARD}:
        return
    if text.startswith(AREA):
        corners_of(text, where=where)
        return
    if not text.startswith(WARDS):
        raise InputError(where, f"catchment `{text}`", expected=CATCHMENT_EXAMPLE)
    for name in wards_of(text):
        if name not in wards:
            shown = ", ".join(wards[:8]) or "a map with wards: this one has none"
            hint = did_you_mean(name, wards)
            raise InputError(where, f"unknown ward `{name}`", expected=shown, hint=hint)


def wards_of(text: str) -> list[str]:
    """Return the wards of ``wards=A|B``."""
    return [name.strip() for name in text.removeprefix(WARDS).split("|")]


def corners_of(text: str, *, where: str = "catchment") -> list[tuple[float, float]]:
    """Return the corners (lon, lat) of ``area=lon lat, lon lat, ...``.

    Raises
    ------
    InputError
        If they are not three or more pairs of degrees.
    """
    try:
        corners = list(_pairs(text))
    except ValueError:
        raise InputError(where, f"catchment `{text}`", expected=CATCHMENT_EXAMPLE) from None
    if len(set(corners)) < _MIN_CORNERS:
        found = f"catchment with {len(set(corners))} corners"
        raise InputError(where, found, expected="at least three corners `lon lat`")
    return corners


def _pairs(text: str) -> Iterator[tuple[float, float]]:
    for corner in text.removeprefix(AREA).split(","):
        numbers = [float(word) for word in corner.split()]
        if len(numbers) != _PAIR or not all(map(math.isfinite, numbers)):
            raise ValueError(corner)
        yield numbers[0], numbers[1]
