"""Who may use a facility or a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from twin.scenario.fields import Names, wrong
from twin.scenario.interventions.base import BaseIntervention, Problem, Span
from twin.scenario.interventions.targets import facility_problems, row_span, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City


class SetEligibility(BaseIntervention):
    """Only residents who meet a condition may come; the others' need stays unmet."""

    kind: Literal["set_eligibility"] = Field(description="change who may come")
    facility: Names | None = Field(
        default=None, description="uid of a facility, or a list; not given: the whole service"
    )
    service: str | None = Field(
        default=None, description="service; not given: all services of the facility"
    )
    eligible: str = Field(
        description="all, none, or conditions such as registration=registered,age_band=0-14|60+"
    )

    @model_validator(mode="after")
    def _says_where(self) -> SetEligibility:
        if self.facility is None and self.service is None:
            raise wrong("neither `facility` nor `service`", expected="one of the two, or both")
        return self

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield facilities and services that are not there."""
        return facility_problems(city, self.facility or (), self.service)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the condition of each row; an end restores the old one."""
        for row in rows_of(city, self.facility or (), self.service):
            yield row_span(self, row, "eligibility", value=self.eligible, before=row.eligibility)
