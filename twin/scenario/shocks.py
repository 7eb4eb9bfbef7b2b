"""`[[shocks]]`: what happens to a city without anybody choosing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, model_validator

from twin.errors import did_you_mean
from twin.scenario.fields import Listing, wrong
from twin.scenario.interventions.base import DatedModel, Problem, Span
from twin.scenario.interventions.targets import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twin.city.city import City


class Shock(DatedModel):
    """Base of the shocks; subclasses give `kind`, fields and `spans`."""


class CloseStreet(Shock):
    """A street is closed to every mode; who is on it leaves it, nobody enters."""

    kind: Literal["close_street"] = Field(description="close a street to every mode")
    street: str | None = Field(
        default=None, description="name of the street: all ways of that name"
    )
    ways: Annotated[Listing[int], Field(description="OSM ids of the ways, instead of a name")] = ()

    @model_validator(mode="after")
    def _says_which(self) -> CloseStreet:
        if (self.street is None) == (not self.ways):
            raise wrong(
                "both `street` and `ways`" if self.ways else "neither `street` nor `ways`",
                expected="one of the two",
            )
        if len(set(self.ways)) < len(self.ways):
            raise wrong("a way twice", expected="each way once")
        return self

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield streets and ways that the map has not."""
        if self.street is not None and not city.graph.ways_named(self.street):
            known = sorted(set(city.graph.names))
            yield Problem(
                "street",
                f"unknown street `{self.street}`",
                expected=listed(known),
                hint=did_you_mean(self.street, known) or "names are spelt as in the map",
            )
        for way in self.ways:
            if len(city.graph.edges_of_way(way)) == 0:
                yield Problem(
                    "ways",
                    f"no street of the map is way {way}",
                    expected="OSM ids of ways in the map",
                )

    def spans(self, city: City) -> Iterator[Span]:
        """Yield one closure for each way; closures add up, so that two may overlap."""
        ways = self.ways if self.street is None else city.graph.ways_named(self.street)
        for way in sorted({int(way) for way in ways}):
            yield Span(
                "streets",
                f"way/{way}",
                "closures",
                "add",
                1,
                0,
                self.from_day,
                self.to_day,
                self.id,
            )


SHOCK_KINDS: Final[Mapping[str, type[Shock]]] = {"close_street": CloseStreet}
