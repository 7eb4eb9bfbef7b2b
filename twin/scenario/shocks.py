"""`[[shocks]]`: what happens to a city without anybody choosing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, model_validator

from twin.city.edits import ANY_MODE
from twin.city.street_areas import area_of_points, area_of_wards, edges_reaching_into
from twin.errors import did_you_mean
from twin.network.street_rows import rows_of_edges
from twin.scenario.fields import Listing, Names, Point, wrong
from twin.scenario.interventions.base import DatedModel, Problem, Span
from twin.scenario.interventions.targets import listed
from twin.scenario.traffic import MAX_FACTOR, SlowedMode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from twin.city.city import City

_PLACES: Final = ("street", "ways", "area", "wards")
_MIN_CORNERS: Final = 3


class Shock(DatedModel):
    """Base of the shocks; subclasses give `kind`, fields and `spans`."""


class StreetShock(Shock):
    """Base of what happens to streets: says which ones, in one of four ways."""

    street: str | None = Field(
        default=None, description="name of the street: all ways of that name"
    )
    ways: Annotated[Listing[int], Field(description="OSM ids of the ways, instead of a name")] = ()
    area: Annotated[
        Listing[Point],
        Field(description="corners [[lon, lat], ...]: every street that reaches into it"),
    ] = ()
    wards: Names | None = Field(
        default=None, description="name or names of wards: every street that reaches into them"
    )

    @model_validator(mode="after")
    def _says_which(self) -> StreetShock:
        given = [key for key in _PLACES if getattr(self, key)]
        if len(given) != 1:
            words = " and ".join(f"`{key}`" for key in given)
            raise wrong(
                words or "none of " + ", ".join(f"`{key}`" for key in _PLACES),
                expected="one of " + ", ".join(f"`{key}`" for key in _PLACES),
            )
        if len(set(self.ways)) < len(self.ways):
            raise wrong("a way twice", expected="each way once")
        if self.area and len(set(self.area)) < _MIN_CORNERS:
            found = f"{len(set(self.area))} corners"
            raise ValueError(f"area: {found}; expected at least three corners [lon, lat]")
        return self

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield streets, ways, areas and wards that the map has not."""
        if self.street is not None and not city.graph.ways_named(self.street):
            yield _unknown("street", "street", self.street, set(city.graph.names))
        for way in self.ways:
            if len(city.graph.edges_of_way(way)) == 0:
                yield Problem(
                    "ways",
                    f"no street of the map is way {way}",
                    expected="OSM ids of ways in the map",
                )
        unknown = [name for name in self.wards or () if name not in city.wards.names]
        for name in unknown:
            yield _unknown("wards", "ward", name, set(city.wards.names))
        if (self.area or self.wards) and not unknown:
            yield from self._area_problems(city)

    def _area_problems(self, city: City) -> Iterator[Problem]:
        key = "area" if self.area else "wards"
        if self.area and not area_of_points(city.graph, self.area).is_valid:
            yield Problem(key, "its border crosses itself", expected="corners in their order")
        elif self._edges_in_area(city).size == 0:
            yield Problem(
                key,
                "no street of the map reaches into it",
                expected=f"a place in {city.name}",
                hint="lon first, then lat, in degrees" if self.area else "",
            )

    def _edges_in_area(self, city: City) -> NDArray[np.int64]:
        area = (
            area_of_points(city.graph, self.area)
            if self.area
            else area_of_wards(city.wards, self.wards or ())
        )
        return edges_reaching_into(city.graph, area)

    def rows(self, city: City) -> list[str]:
        """Return the rows of the streets that it happens to: ways, or sections of them."""
        if self.area or self.wards:
            return rows_of_edges(city.graph, self._edges_in_area(city))
        ways = self.ways if self.street is None else city.graph.ways_named(self.street)
        return [f"way/{way}" for way in sorted({int(way) for way in ways})]


def _unknown(key: str, what: str, word: str, names: set[str]) -> Problem:
    known = sorted(names)
    return Problem(
        key,
        f"unknown {what} `{word}`",
        expected=listed(known),
        hint=did_you_mean(word, known) or "names are spelt as in the map",
    )


class CloseStreet(StreetShock):
    """Streets are closed to every mode; who is on one leaves it, nobody enters."""

    kind: Literal["close_street"] = Field(description="close streets to every mode")

    def spans(self, city: City) -> Iterator[Span]:
        """Yield one closure for each row; closures add up, so that two may overlap."""
        for row in self.rows(city):
            yield Span("streets", row, "closures", "add", 1, 0, self.from_day, self.to_day, self.id)


class SlowStreet(StreetShock):
    """Streets take longer: works, snow, knee-deep water. Several causes multiply."""

    kind: Literal["slow_street"] = Field(description="slow streets down")
    factor: float = Field(
        ge=1, le=MAX_FACTOR, description="what multiplies the travel time on them"
    )
    modes: Listing[SlowedMode] = Field(
        default=(),
        description="modes that are slowed, emergency vehicles as cars; not given: every mode",
    )

    @model_validator(mode="after")
    def _names_modes_once(self) -> SlowStreet:
        if len(set(self.modes)) < len(self.modes):
            raise ValueError("modes: a word twice; expected each mode once")
        return self

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the factor of this cause for each row and mode; it ends as 1."""
        for row in self.rows(city):
            for column in self.modes or (ANY_MODE,):
                yield Span(
                    "slowdowns",
                    f"{row}@{self.id}",
                    column,
                    "set",
                    self.factor,
                    1.0,
                    self.from_day,
                    self.to_day,
                    self.id,
                )


SHOCK_KINDS: Final[Mapping[str, type[Shock]]] = {
    "close_street": CloseStreet,
    "slow_street": SlowStreet,
}
