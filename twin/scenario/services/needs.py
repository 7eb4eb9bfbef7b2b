"""Who needs a service how often, and when."""

from __future__ import annotations

import math
from typing import Annotated, Final

from pydantic import Field, field_validator, model_validator

from twin.scenario.fields import Listing, Multiplier, wrong
from twin.streams import HIGHEST_RATE
from twin.units import DAYS_PER_YEAR, StrictModel

N_HOURS: Final = 24
N_WEEKDAYS: Final = 7
# Draws of needs are addressed by strip: a higher rate has no addresses.
PEAK_MAX: Final = HIGHEST_RATE


def _at_least_one_positive(weights: tuple[float, ...], n: int, what: str) -> tuple[float, ...]:
    if len(weights) != n:
        raise wrong(f"{len(weights)} values", expected=f"{n} values, {what}")
    if not any(weights):
        raise wrong("only zeros", expected=f"{n} values of 0 or more, one of them above 0")
    return weights


class NeedFields(StrictModel):
    """Rates of need: by group, month, weekday and hour."""

    needs_per_year: float = Field(
        ge=0, le=10_000, description="needs per resident and year where every need_multiplier is 1"
    )
    need_multiplier: dict[str, dict[str, Multiplier]] = Field(
        default_factory=dict,
        description="by column and category of residents; a category not named has 1",
    )
    hour_weight: Annotated[
        Listing[Multiplier],
        Field(description="24 weights of the hours in which needs arise, from midnight; any scale"),
    ] = (1.0,) * N_HOURS
    weekday_weight: Annotated[
        Listing[Multiplier], Field(description="7 weights, Monday first; any scale")
    ] = (1.0,) * N_WEEKDAYS
    holiday_weight: Multiplier = Field(
        default=1.0, description="factor on holidays, on top of the weekday's"
    )

    @model_validator(mode="after")
    def _can_be_drawn(self) -> NeedFields:
        if self.peak_per_day > PEAK_MAX:
            raise wrong(
                f"{self.peak_per_day:,.0f} needs a day and resident at the busiest hour's rate",
                expected=f"at most {PEAK_MAX:g}",
                hint="needs_per_year x the largest multipliers x the peaks of week and day",
            )
        return self

    @property
    def peak_per_day(self) -> float:
        """Largest rate of any resident at any hour, in needs per day."""
        peak = self.needs_per_year / DAYS_PER_YEAR * max(1.0, self.holiday_weight)
        for factors in self.need_multiplier.values():
            peak *= max([1.0, *factors.values()])
        for weights in (self.hour_weight, self.weekday_weight):
            peak *= max(weights) * len(weights) / math.fsum(weights)
        return peak

    @field_validator("hour_weight", mode="after")
    @classmethod
    def _a_day(cls, weights: tuple[float, ...]) -> tuple[float, ...]:
        return _at_least_one_positive(weights, N_HOURS, "one for each hour from midnight")

    @field_validator("weekday_weight", mode="after")
    @classmethod
    def _a_week(cls, weights: tuple[float, ...]) -> tuple[float, ...]:
        return _at_least_one_positive(weights, N_WEEKDAYS, "Monday first")
