"""More appointments, and who is called first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from twin.scenario.fields import Money, Names  # noqa: TC001 - pydantic
from twin.scenario.interventions.base import BaseIntervention, LedgerRow, Problem, Span
from twin.scenario.interventions.targets import facility_problems, row_span, rows_of
from twin.scenario.services.appointments import PER_SLOT_MAX
from twin.scenario.services.priorities import checked_condition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City


class AddAppointments(BaseIntervention):
    """Each slot of a facility's book takes more; two such interventions add up.

    Servers stay as they are: more appointments at once are longer waits at the desk.
    """

    kind: Literal["add_appointments"] = Field(description="give more appointments in each slot")
    facility: Names | None = Field(
        default=None, description="uid of a facility, or a list; not given: all that offer it"
    )
    service: str = Field(description="service with [services.appointments]")
    per_slot: int = Field(ge=1, le=PER_SLOT_MAX, description="appointments added to each slot")
    cost_per_day: Money | None = Field(
        default=None, description="running cost at each facility per day"
    )

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield facilities and services that are not there."""
        return facility_problems(city, self.facility or (), self.service)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield one addition for each facility."""
        for row in rows_of(city, self.facility or (), self.service):
            yield row_span(self, row, "appointments", value=self.per_slot, before=0, op="add")

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the running cost, a row for each day."""
        n = len(rows_of(city, self.facility or (), self.service))
        return self.daily_rows("appointments", (self.cost_per_day or 0.0) * n, days)


class SetPriority(BaseIntervention):
    """Some groups are called before others; within a class the order of arrival holds.

    Whoever has come before keeps his or her place. Urgency is added as before.
    """

    kind: Literal["set_priority"] = Field(description="say who is called first")
    service: str = Field(description="service whose lines are ordered")
    who: Names = Field(
        description="conditions on residents in the order in which they are called; others last"
    )
    cost_per_day: Money | None = Field(default=None, description="running cost per day")

    @field_validator("who", mode="after")
    @classmethod
    def _are_conditions(cls, who: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(checked_condition(one) for one in who)

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield a service that nobody offers."""
        return facility_problems(city, (), self.service)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the order of the classes; an end restores that of the scenario."""
        del city
        classes = ";".join(self.who)
        cell = ("services", self.service, "priority")
        yield Span(*cell, "set", classes, "", self.from_day, self.to_day, self.id)

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the running cost, a row for each day."""
        del city
        return self.daily_rows("priority", self.cost_per_day, days)
