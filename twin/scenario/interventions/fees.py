"""What a visit costs its resident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from twin.scenario.fields import Money, Names  # noqa: TC001 - pydantic
from twin.scenario.interventions.base import BaseIntervention, LedgerRow, Problem, Span
from twin.scenario.interventions.targets import facility_problems, row_span, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City


class SetFee(BaseIntervention):
    """A visit costs another fee; who pays which share of it stays (`fee_share`).

    It matters to residents as far as `choice.fee_per_unit` says.
    """

    kind: Literal["set_fee"] = Field(description="change the fee of a visit")
    facility: Names | None = Field(
        default=None, description="uid of a facility, or a list; not given: all that offer it"
    )
    service: str = Field(description="service")
    fee: Money = Field(description="the new fee of a visit, in currency")
    cost_per_day: Money | None = Field(
        default=None, description="subsidy or running cost per day and facility"
    )

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield facilities and services that are not there."""
        return facility_problems(city, self.facility or (), self.service)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the fee of each row; an end restores the old one."""
        for row in rows_of(city, self.facility or (), self.service):
            yield row_span(self, row, "fee", value=float(self.fee), before=float(row.fee or 0.0))

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return what it costs besides, a row for each day."""
        n_rows = len(rows_of(city, self.facility or (), self.service))
        return self.daily_rows("fee", (self.cost_per_day or 0.0) * n_rows, days)
