"""More servers at facilities that exist."""

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


class AddServers(BaseIntervention):
    """More persons serve at the same time; two such interventions add up."""

    kind: Literal["add_servers"] = Field(description="add servers to facilities")
    facility: Names = Field(description="uid of a facility, or a list of them")
    service: str | None = Field(default=None, description="service, if the facility offers several")
    servers: int = Field(ge=1, le=SERVERS_MAX, description="servers added at each facility")
    cost_per_server_day: Money | None = Field(
        default=None, description="running cost of one server, per day"
    )

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield facilities that are not there or offer several services."""
        return facility_problems(city, self.facility, self.service, is_one_service=True)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield one addition for each facility, so that two interventions add up."""
        for row in rows_of(city, self.facility, self.service):
            yield row_span(
                self, row, "servers", value=self.servers, before=row.servers or 0, op="add"
            )

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the running cost of the added servers, a row for each day."""
        n_servers = self.servers * len(rows_of(city, self.facility, self.service))
        return self.daily_rows("servers", (self.cost_per_server_day or 0.0) * n_servers, days)
