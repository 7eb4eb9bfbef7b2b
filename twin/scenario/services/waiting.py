"""How long people wait, and which lines they do not join."""

from __future__ import annotations

from pydantic import Field, model_validator

from twin.scenario.fields import wrong
from twin.scenario.services.service_time import ServiceTime
from twin.units import StrictModel


class Patience(ServiceTime):
    """How long somebody waits before leaving unserved; belongs to the need."""


class Balking(StrictModel):
    """Who walks away from the line that he or she sees.

    At a length (Naor 1969), or with P = 1 / (1 + exp(-slope (people in the line - half))).
    """

    at: int | None = Field(
        default=None, ge=0, le=10**9, description="people in the line at which nobody joins"
    )
    half: float | None = Field(
        default=None, ge=0, le=1e9, description="people in the line at which half do not join"
    )
    slope: float | None = Field(
        default=None, gt=0, le=100, description="how sharply that grows with one person more"
    )

    @model_validator(mode="after")
    def _is_one_rule(self) -> Balking:
        by_length, by_chance = self.at is not None, (self.half, self.slope)
        if by_length and by_chance == (None, None):
            return self
        if not by_length and None not in by_chance:
            return self
        raise wrong(
            f"balking with {', '.join(sorted(self.model_fields_set)) or 'nothing'}",
            expected="{at = 20}, or {half = 15, slope = 0.3}",
        )
