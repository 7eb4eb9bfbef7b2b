"""Who needs a service how often, and when."""

from __future__ import annotations

import math
from typing import Annotated, Final

from pydantic import Field, field_validator, model_validator

from twin.errors import InputError
from twin.population.groups import group_mask
from twin.scenario.fields import Id, Listing, Multiplier, wrong
from twin.scenario.services.day_factor import DayFactor  # noqa: TC001 - pydantic
from twin.streams import HIGHEST_RATE
from twin.units import DAYS_PER_YEAR, StrictModel

N_HOURS: Final = 24
N_WEEKDAYS: Final = 7
MONTH_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Draws of needs are addressed by strip: a higher rate has no addresses.
PEAK_MAX: Final = HIGHEST_RATE


def _at_least_one_positive(weights: tuple[float, ...], n: int, what: str) -> tuple[float, ...]:
    if len(weights) != n:
        raise wrong(f"{len(weights)} values", expected=f"{n} values, {what}")
    if not any(weights):
        raise wrong("only zeros", expected=f"{n} values of 0 or more, one of them above 0")
    return weights


class NeedFactor(StrictModel):
    """A factor on the needs of those whom a condition on several columns describes."""

    who: str = Field(
        description="`column=category` joined by commas (and); categories by bars (or)"
    )
    factor: Multiplier = Field(description="on top of need_multiplier; factors multiply")

    @field_validator("who", mode="after")
    @classmethod
    def _is_a_condition(cls, who: str) -> str:
        try:
            mask = group_mask(who)
        except InputError as error:
            raise wrong(error.found, expected=error.expected, hint=error.hint) from None
        if not mask.any():
            raise wrong(f"`{who}`", expected="a condition that somebody can meet")
        return who


class NeedFields(StrictModel):
    """Rates of need: by group, month, weekday, hour, kind of day, and by chance."""

    needs_per_year: float = Field(
        ge=0, le=10_000, description="needs per resident and year where every need_multiplier is 1"
    )
    need_multiplier: dict[str, dict[str, Multiplier]] = Field(
        default_factory=dict,
        description="by column and category of residents; a category not named has 1",
    )
    need_factor: Annotated[
        Listing[NeedFactor],
        Field(description="factors for crossed groups: who = ..., factor = ...; they multiply"),
    ] = ()
    hour_weight: Annotated[
        Listing[Multiplier],
        Field(description="24 weights of the hours in which needs arise, from midnight; any scale"),
    ] = (1.0,) * N_HOURS
    weekend_hour_weight: Annotated[
        Listing[Multiplier],
        Field(
            description="24 weights on weekends and holidays; any scale; not given: hour_weight."
            " How many needs such a day has is said by weekday_weight and holiday_weight"
        ),
    ] = ()
    weekday_weight: Annotated[
        Listing[Multiplier], Field(description="7 weights, Monday first; any scale")
    ] = (1.0,) * N_WEEKDAYS
    month_weight: Annotated[
        Listing[Multiplier],
        Field(
            description="12 weights of a day in each month, January first; any scale:"
            " a year of 365 days keeps its needs"
        ),
    ] = (1.0,) * len(MONTH_DAYS)
    holiday_weight: Multiplier = Field(
        default=1.0, description="factor on holidays, on top of the weekday's"
    )
    kind_weight: dict[Id, Multiplier] = Field(
        default_factory=dict,
        description="factor on the days of a kind, by id of [[calendar.kinds]]; they multiply",
    )
    day_factor: DayFactor | None = Field(
        default=None, description="a factor that all residents share on a day, drawn by chance"
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
        """Largest rate of any resident at any hour, in needs per day; tables of dates apart."""
        peak = self.needs_per_year / DAYS_PER_YEAR * max(1.0, self.holiday_weight)
        for factors in self.need_multiplier.values():
            peak *= max([1.0, *factors.values()])
        for factor in (*(one.factor for one in self.need_factor), *self.kind_weight.values()):
            peak *= max(1.0, factor)
        peak *= max(peak_of(self.hour_weight), peak_of(self.weekend_hour_weight or (1.0,)))
        peak *= peak_of(self.weekday_weight) * max(month_factors(self.month_weight))
        return peak if self.day_factor is None else peak * self.day_factor.highest

    @field_validator("hour_weight", mode="after")
    @classmethod
    def _a_day(cls, weights: tuple[float, ...]) -> tuple[float, ...]:
        return _at_least_one_positive(weights, N_HOURS, "one for each hour from midnight")

    @field_validator("weekend_hour_weight", mode="after")
    @classmethod
    def _a_day_off(cls, weights: tuple[float, ...]) -> tuple[float, ...]:
        return cls._a_day(weights) if weights else weights

    @field_validator("weekday_weight", mode="after")
    @classmethod
    def _a_week(cls, weights: tuple[float, ...]) -> tuple[float, ...]:
        return _at_least_one_positive(weights, N_WEEKDAYS, "Monday first")

    @field_validator("month_weight", mode="after")
    @classmethod
    def _a_year(cls, weights: tuple[float, ...]) -> tuple[float, ...]:
        return _at_least_one_positive(weights, len(MONTH_DAYS), "January first")


def peak_of(weights: tuple[float, ...]) -> float:
    """Return the largest weight against the mean one."""
    return max(weights) * len(weights) / math.fsum(weights)


def month_factors(weights: tuple[float, ...]) -> tuple[float, ...]:
    """Return weights scaled so that the mean over the days of a common year is 1."""
    pairs = zip(weights, MONTH_DAYS, strict=True)
    mean = math.fsum(weight * days for weight, days in pairs) / sum(MONTH_DAYS)
    return tuple(weight / mean for weight in weights)
