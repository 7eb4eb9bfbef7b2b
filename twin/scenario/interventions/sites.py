"""Facilities that open and facilities that close."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from twin.city.facilities import Facility
from twin.city.facility_csv import SERVERS_MAX
from twin.errors import did_you_mean
from twin.scenario.fields import Hours, Latitude, Longitude, Money, Names  # noqa: TC001 - pydantic
from twin.scenario.interventions.base import BaseIntervention, LedgerRow, Problem, Span
from twin.scenario.interventions.targets import facility_problems, listed, row_span, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City


class OpenFacility(BaseIntervention):
    """A new facility; it exists from the start as a closed row and opens on `from_day`."""

    kind: Literal["open_facility"] = Field(description="open a new facility")
    facility: str = Field(min_length=1, description="uid of the new facility")
    service: str = Field(description="service that it offers")
    name: str = Field(default="", description="words for reports")
    lon: Longitude = Field(description="degrees east")
    lat: Latitude = Field(description="degrees north")
    servers: int = Field(ge=0, le=SERVERS_MAX, description="persons who serve at the same time")
    hours: Hours = Field(description="opening hours")
    department: str | None = Field(default=None, description="department in charge")
    waiting_room: int | None = Field(
        default=None, ge=0, le=10**9, description="places to wait; not given: as the service says"
    )
    eligibility: str = Field(default="all", description="who may come")
    cost_once: Money | None = Field(
        default=None, description="cost of building or fitting out, on from_day"
    )
    cost_per_day: Money | None = Field(default=None, description="running cost per day")

    @property
    def key(self) -> str:
        """Name of the new row, as edits use it."""
        return f"{self.facility}/{self.service}"

    def new_facilities(self) -> tuple[Facility, ...]:
        """Return the closed row that opens later."""
        return (
            Facility(
                uid=self.facility,
                service=self.service,
                name=self.name or self.facility,
                lon=self.lon,
                lat=self.lat,
                servers=self.servers,
                hours=self.hours,
                department=self.department,
                tag="assumed",
                source=f"intervention {self.id}",
                waiting_room=self.waiting_room,
                is_active=False,
                eligibility=self.eligibility,
            ),
        )

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the opening."""
        for row in rows_of(city, (self.facility,), self.service):
            yield row_span(self, row, "is_active", value=True, before=False)

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the cost of opening and of running it."""
        del city
        rows = self.daily_rows("running", self.cost_per_day, days)
        if self.cost_once and self.from_day < days:
            rows.insert(0, LedgerRow(self.from_day, self.id, "capital", self.cost_once))
        return rows


class CloseFacility(BaseIntervention):
    """A facility closes: nobody starts for it any more, who is inside is still served."""

    kind: Literal["close_facility"] = Field(description="close facilities")
    facility: Names = Field(description="uid of a facility, or a list of them")
    service: str | None = Field(
        default=None, description="only this service; not given: all of the facility's"
    )

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield facilities that are not there."""
        return facility_problems(city, self.facility, self.service)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the closing of each row; an end opens it again."""
        for row in rows_of(city, self.facility, self.service):
            yield row_span(self, row, "is_active", value=False, before=row.is_active)


def taken_problems(opened: OpenFacility, city: City) -> Iterator[Problem]:
    """Yield what speaks against opening `opened` in a city that does not have it yet."""
    for row in city.facilities:
        if (row.uid, row.service) == (opened.facility, opened.service):
            yield Problem(
                "facility",
                f"`{opened.facility}` offers `{opened.service}` already (from {row.source})",
                expected="the uid of a facility that is not there yet",
                hint="to add doctors there use kind add_servers",
            )
    services = {row.service for row in city.facilities}
    if services and opened.service not in services and did_you_mean(opened.service, services):
        yield Problem(
            "service",
            f"no facility offers `{opened.service}`",
            expected=listed(services),
            hint=did_you_mean(opened.service, services),
        )
