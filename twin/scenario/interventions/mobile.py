"""A vehicle that brings a service to several places, at each of them at its hours."""

from __future__ import annotations

import datetime as dt
import itertools
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field, model_validator

from twin.city.calendar import Calendar, CalendarSettings, opening_intervals
from twin.city.facilities import Facility
from twin.city.facility_csv import SERVERS_MAX
from twin.scenario.fields import (
    Hours,
    Id,
    Latitude,
    Listing,
    Longitude,
    Money,
    wrong,
)
from twin.scenario.interventions.base import BaseIntervention, LedgerRow, Problem, Span
from twin.scenario.interventions.targets import listed, row_span, rows_of
from twin.units import StrictModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City


# A leap year: all weekdays of all months come up.
_FIRST: Final = dt.date(2024, 1, 1)
_N_DAYS: Final = 366


@cache
def _year_of(hours: str) -> tuple[tuple[int, int], ...]:
    """Return the opening intervals of a year, microseconds."""
    calendar = Calendar(CalendarSettings(), _FIRST, _N_DAYS)
    return tuple((int(a), int(b)) for a, b in opening_intervals(hours, calendar, _N_DAYS))


class Stop(StrictModel):
    """One place where the unit stands, and when."""

    id: Id = Field(description="name of the stop; its facility is <id of the unit>_<stop>")
    name: str = Field(default="", description="words for reports")
    lon: Longitude = Field(description="degrees east")
    lat: Latitude = Field(description="degrees north")
    hours: Hours = Field(description="when it stands there, for example Mo 08:00-12:00")


class MobileUnit(BaseIntervention):
    """A unit with its servers that stands at one stop after the other.

    Each stop is a facility that opens at its hours; the hours of two stops may not overlap.
    Who waits at the end of a stop's hours is served as `at_closing` of the service says.
    """

    kind: Literal["mobile_unit"] = Field(description="bring a service to several places")
    service: str = Field(description="service that it offers")
    stops: Annotated[Listing[Stop], Field(description="places and hours, two or more")]
    servers: int = Field(ge=1, le=SERVERS_MAX, description="persons who serve at the same time")
    department: str | None = Field(default=None, description="department in charge")
    eligibility: str = Field(default="all", description="who may come")
    cost_once: Money | None = Field(default=None, description="cost of the vehicle, on from_day")
    cost_per_day: Money | None = Field(default=None, description="running cost per day")

    @model_validator(mode="after")
    def _stops_differ(self) -> MobileUnit:
        ids = [stop.id for stop in self.stops]
        if not ids:
            raise wrong("no stops", expected="one or more [[...stops]] with lon, lat and hours")
        for name in ids:
            if ids.count(name) > 1:
                raise wrong(f"two stops `{name}`", expected="ids that differ")
        return self

    def new_facilities(self) -> tuple[Facility, ...]:
        """Return a closed row for each stop."""
        return tuple(
            Facility(
                uid=self.facility_of(stop),
                service=self.service,
                name=stop.name or f"{self.title or self.id}, {stop.id}",
                lon=stop.lon,
                lat=stop.lat,
                servers=self.servers,
                hours=stop.hours,
                department=self.department,
                tag="assumed",
                source=f"intervention {self.id}",
                is_active=False,
                eligibility=self.eligibility,
            )
            for stop in self.stops
        )

    def facility_of(self, stop: Stop) -> str:
        """Return the uid of the facility that a stop is."""
        return f"{self.id}_{stop.id}"

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield a service that nobody knows and hours at which it would be in two places."""
        services = {row.service for row in city.facilities}
        if self.service not in services:
            yield Problem(
                "service", f"no facility offers `{self.service}`", expected=listed(services)
            )
        yield from self._overlaps()

    def _overlaps(self) -> Iterator[Problem]:
        """Yield two stops at which the unit would stand at one time."""
        spans = sorted(
            (opens, closes, stop.id)
            for stop in self.stops
            for opens, closes in _year_of(stop.hours)
        )
        for (_, closes, first), (opens, _, second) in itertools.pairwise(spans):
            if opens < closes and first != second:
                yield Problem(
                    "stops",
                    f"stops `{first}` and `{second}` overlap in time",
                    expected="hours at one stop at a time",
                    hint="the unit stands in one place; a second one is an intervention of its own",
                )
                return

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the opening of each stop."""
        for stop in self.stops:
            for row in rows_of(city, (self.facility_of(stop),), self.service):
                yield row_span(self, row, "is_active", value=True, before=False)

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the cost of the vehicle and of running it."""
        del city
        rows = self.daily_rows("running", self.cost_per_day, days)
        if self.cost_once and self.from_day < days:
            rows.insert(0, LedgerRow(self.from_day, self.id, "capital", self.cost_once))
        return rows
