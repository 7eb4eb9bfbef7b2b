"""What residents are told about waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from twin.scenario.fields import Money  # noqa: TC001 - pydantic
from twin.scenario.interventions.base import BaseIntervention, LedgerRow, Problem, Span
from twin.scenario.interventions.targets import facility_problems
from twin.units import DAY_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City


class InformResidents(BaseIntervention):
    """A campaign: more residents know that a service is there for them."""

    kind: Literal["inform_residents"] = Field(description="make a service known")
    service: str = Field(description="service that is made known")
    points: int = Field(
        ge=1, le=100, description="percentage points added to the share that knows the service"
    )
    cost_once: Money | None = Field(default=None, description="cost of the campaign, on from_day")
    cost_per_day: Money | None = Field(default=None, description="running cost per day")

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield a service that nobody offers."""
        return facility_problems(city, (), self.service)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the points that are added, so that two campaigns add up."""
        del city
        yield Span(
            table="services",
            uid=self.service,
            column="known_percent",
            op="add",
            value=self.points,
            before=0,
            from_day=self.from_day,
            to_day=self.to_day,
            cause=self.id,
        )

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the cost of the campaign and of keeping it up."""
        del city
        rows = self.daily_rows("information", self.cost_per_day, days)
        if self.cost_once and self.from_day < days:
            rows.insert(0, LedgerRow(self.from_day, self.id, "campaign", self.cost_once))
        return rows


class PublishWaitingTimes(BaseIntervention):
    """Waits are published; residents who are informed choose by what was published last."""

    kind: Literal["publish_waiting_times"] = Field(description="publish expected waits")
    service: str = Field(description="service whose facilities publish")
    period_s: int = Field(
        default=600, ge=1, le=7 * DAY_S, description="time between two publications"
    )
    delay_s: int = Field(
        default=0, ge=0, le=7 * DAY_S, description="how old a wait is when it is published"
    )
    cost_per_day: Money | None = Field(default=None, description="running cost per day")

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield a service that nobody offers."""
        return facility_problems(city, (), self.service)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield period and delay of the publications; an end switches them off."""
        del city
        for column, value in (
            ("publish_period_s", self.period_s),
            ("publish_delay_s", self.delay_s),
        ):
            yield Span(
                "services",
                self.service,
                column,
                "set",
                value,
                0,
                self.from_day,
                self.to_day,
                self.id,
            )

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the running cost, a row for each day."""
        del city
        return self.daily_rows("information", self.cost_per_day, days)
