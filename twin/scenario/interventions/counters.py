"""Counters that serve together: pooled between services, or one person for all steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from twin.scenario.fields import Money, Names  # noqa: TC001 - pydantic
from twin.scenario.interventions.base import BaseIntervention, LedgerRow, Problem, Span
from twin.scenario.interventions.targets import facility_problems, listed, row_span, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City
    from twin.city.facilities import Facility


class MergeCounters(BaseIntervention):
    """The counters of several services of a facility become one: one line, any server.

    Servers add up; whoever is first in the line goes to whoever is free first. Where hours
    differ, the people of a service that is closed have gone home.
    """

    kind: Literal["merge_counters"] = Field(description="pool the counters of several services")
    facility: Names = Field(description="uid of a facility, or a list of them")
    services: Names | None = Field(
        default=None,
        description="services whose counters are merged, two or more; not given: all of them",
    )
    cost_once: Money | None = Field(
        default=None, description="cost of rebuilding and training at each facility, on from_day"
    )
    cost_per_day: Money | None = Field(
        default=None, description="running cost at each facility per day"
    )

    def _rows(self, city: City, uid: str) -> list[Facility]:
        """Return the rows that are merged at a facility; the first keeps its counter."""
        rows = sorted(rows_of(city, (uid,), None), key=lambda row: row.service)
        if self.services is None:
            return rows
        order = {name: i for i, name in enumerate(self.services)}
        rows = [row for row in rows if row.service in order]
        return sorted(rows, key=lambda row: order[row.service])

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield facilities and services that are not there, and those with nothing to merge."""
        for uid in self.facility:
            found = list(facility_problems(city, (uid,), None))
            yield from found
            if found:
                continue
            offered = [row.service for row in rows_of(city, (uid,), None)]
            for service in self.services or ():
                if service not in offered:
                    yield Problem(
                        "services",
                        f"`{uid}` does not offer `{service}`",
                        expected=f"services that it offers: {listed(offered)}",
                    )
            if len(self._rows(city, uid)) < 2:  # noqa: PLR2004 - to merge takes two
                yield Problem(
                    "facility",
                    f"`{uid}` has one counter among those named",
                    expected="a facility with two or more of the services",
                    hint="to let one person do all steps of one service use one_stop_service",
                )

    def spans(self, city: City) -> Iterator[Span]:
        """Yield for each row after the first at whose counter its people wait."""
        for uid in self.facility:
            first, *others = self._rows(city, uid)
            for row in others:
                yield row_span(self, row, "counter", value=first.key, before="")

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the cost of rebuilding and running, for all facilities."""
        del city
        n = len(self.facility)
        rows = self.daily_rows("counters", (self.cost_per_day or 0.0) * n, days)
        if self.cost_once and self.from_day < days:
            rows.insert(0, LedgerRow(self.from_day, self.id, "capital", self.cost_once * n))
        return rows


class OneStopService(BaseIntervention):
    """One person goes through all steps of a visit with whoever comes.

    The servers of all stages stand at one counter with one line; whoever has been called
    does not wait again before the next step.
    """

    kind: Literal["one_stop_service"] = Field(description="all steps of a visit at one counter")
    facility: Names | None = Field(
        default=None, description="uid of a facility, or a list; not given: all that offer it"
    )
    service: str = Field(description="service whose stages are joined")
    cost_once: Money | None = Field(
        default=None, description="cost of rebuilding and training at each facility, on from_day"
    )
    cost_per_day: Money | None = Field(
        default=None, description="running cost at each facility per day"
    )

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield facilities and services that are not there."""
        return facility_problems(city, self.facility or (), self.service)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the joining of the stages at each facility."""
        for row in rows_of(city, self.facility or (), self.service):
            yield row_span(self, row, "one_stop", value=True, before=False)

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the cost of rebuilding and running, for all facilities."""
        n = len(rows_of(city, self.facility or (), self.service))
        rows = self.daily_rows("counters", (self.cost_per_day or 0.0) * n, days)
        if self.cost_once and self.from_day < days:
            rows.insert(0, LedgerRow(self.from_day, self.id, "capital", self.cost_once * n))
        return rows
