"""Other opening hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from twin.scenario.fields import Hours, Money, Names, wrong
from twin.scenario.interventions.base import BaseIntervention, LedgerRow, Problem, Span
from twin.scenario.interventions.targets import facility_problems, row_span, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City


class ChangeHours(BaseIntervention):
    """Facilities, or a whole service, keep other hours with the same servers."""

    kind: Literal["change_hours"] = Field(description="change opening hours")
    facility: Names | None = Field(
        default=None, description="uid of a facility, or a list; not given: the whole service"
    )
    service: str | None = Field(
        default=None, description="service; not given: all services of the facility"
    )
    hours: Hours = Field(description="the new opening hours, in full")
    cost_per_facility_day: Money | None = Field(
        default=None, description="cost of the longer hours, per facility and day"
    )

    @model_validator(mode="after")
    def _says_where(self) -> ChangeHours:
        if self.facility is None and self.service is None:
            raise wrong("neither `facility` nor `service`", expected="one of the two, or both")
        return self

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield facilities and services that are not there."""
        return facility_problems(city, self.facility or (), self.service)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the new hours of each row; an end restores the old ones."""
        for row in rows_of(city, self.facility or (), self.service):
            yield row_span(self, row, "hours", value=self.hours, before=row.hours or "")

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the cost of the other hours, a row for each day."""
        n_rows = len(rows_of(city, self.facility or (), self.service))
        return self.daily_rows("hours", (self.cost_per_facility_day or 0.0) * n_rows, days)
