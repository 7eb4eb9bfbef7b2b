"""Staff that serve at one facility instead of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from twin.city.facility_csv import SERVERS_MAX
from twin.scenario.fields import Money, wrong
from twin.scenario.interventions.base import BaseIntervention, LedgerRow, Problem, Span
from twin.scenario.interventions.targets import facility_problems, row_span, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City
    from twin.city.facilities import Facility


class ShiftStaff(BaseIntervention):
    """Servers of one facility serve at another: nobody is added, and on `to_day` all go back."""

    kind: Literal["shift_staff"] = Field(description="let servers of one facility serve at another")
    facility: str = Field(min_length=1, description="uid of the facility that they leave")
    to_facility: str = Field(min_length=1, description="uid of the facility that they go to")
    service: str | None = Field(
        default=None, description="service, if one of the facilities offers several"
    )
    servers: int = Field(ge=1, le=SERVERS_MAX, description="servers who go")
    cost_once: Money | None = Field(default=None, description="cost of moving them, on from_day")
    cost_per_server_day: Money | None = Field(
        default=None, description="allowance for each of them, per day"
    )

    @model_validator(mode="after")
    def _goes_elsewhere(self) -> ShiftStaff:
        if self.facility == self.to_facility:
            raise wrong(
                f"facility and to_facility are both `{self.facility}`",
                expected="two facilities",
            )
        return self

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield facilities that are not there, do not fit each other or would be left empty."""
        found = [
            *facility_problems(city, (self.facility,), self.service, is_one_service=True),
            *(
                Problem(
                    "to_facility" if problem.key == "facility" else problem.key,
                    problem.found,
                    expected=problem.expected,
                    hint=problem.hint,
                )
                for problem in facility_problems(
                    city, (self.to_facility,), self.service, is_one_service=True
                )
            ),
        ]
        yield from dict.fromkeys(found)
        if not found:
            yield from self._pair_problems(*self._pair(city))

    def _pair_problems(self, source: Facility, target: Facility) -> Iterator[Problem]:
        if source.service != target.service:
            yield Problem(
                "to_facility",
                f"`{target.uid}` offers {target.service}, `{source.uid}` {source.service}",
                expected="two facilities of one service",
            )
        if source.servers is not None and self.servers >= source.servers:
            yield Problem(
                "servers",
                f"{self.servers} of the {source.servers} servers of `{source.uid}`",
                expected=f"fewer than {source.servers}: somebody stays",
                hint="`close_facility` closes it",
            )

    def _pair(self, city: City) -> tuple[Facility, Facility]:
        """Return the rows of the two facilities."""
        (source,) = rows_of(city, (self.facility,), self.service)
        (target,) = rows_of(city, (self.to_facility,), self.service)
        return source, target

    def spans(self, city: City) -> Iterator[Span]:
        """Yield what one facility loses and the other gains."""
        for row, servers in zip(self._pair(city), (-self.servers, self.servers), strict=True):
            yield row_span(self, row, "servers", value=servers, before=row.servers or 0, op="add")

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the cost of moving them, and the allowances by day."""
        del city
        rows = self.daily_rows("allowances", (self.cost_per_server_day or 0.0) * self.servers, days)
        if self.cost_once and self.from_day < days:
            rows.append(LedgerRow(self.from_day, self.id, "move", self.cost_once))
        return rows
