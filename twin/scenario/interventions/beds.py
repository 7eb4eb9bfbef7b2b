"""More beds at hospitals and homes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from twin.city.facility_csv import SERVERS_MAX
from twin.scenario.fields import Money, Names  # noqa: TC001 - pydantic
from twin.scenario.interventions.base import BaseIntervention, LedgerRow, Problem, Span
from twin.scenario.interventions.targets import facility_problems, row_span, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City


class AddBeds(BaseIntervention):
    """More beds: each holds one patient for as long as the stay takes."""

    kind: Literal["add_beds"] = Field(description="add beds to facilities")
    facility: Names = Field(description="uid of a facility, or a list of them")
    service: str | None = Field(default=None, description="service, if the facility offers several")
    beds: int = Field(ge=1, le=SERVERS_MAX, description="beds added at each facility")
    cost_per_bed: Money | None = Field(
        default=None, description="cost of setting up one bed, on from_day"
    )
    cost_per_bed_day: Money | None = Field(
        default=None, description="running cost of one bed, per day"
    )

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield facilities that are not there or offer several services."""
        return facility_problems(city, self.facility, self.service, is_one_service=True)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield one addition for each facility."""
        for row in rows_of(city, self.facility, self.service):
            yield row_span(self, row, "servers", value=self.beds, before=row.servers or 0, op="add")

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the cost of setting them up and of running them."""
        n_beds = self.beds * len(rows_of(city, self.facility, self.service))
        rows = self.daily_rows("beds", (self.cost_per_bed_day or 0.0) * n_beds, days)
        if self.cost_per_bed and self.from_day < days:
            rows.insert(0, LedgerRow(self.from_day, self.id, "capital", self.cost_per_bed * n_beds))
        return rows
