"""`[[services]]`: who needs a service how often, how long it takes, how it is chosen."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator, model_validator

from twin.city.facility_csv import SERVERS_MAX
from twin.scenario.fields import Hours, Id, Listing, Multiplier, WithinADay, wrong
from twin.streams import HIGHEST_RATE
from twin.units import DAY_S, DAYS_PER_YEAR, StrictModel

N_HOURS: Final = 24
N_WEEKDAYS: Final = 7
# Draws of needs are addressed by strip: a higher rate has no addresses.
PEAK_MAX: Final = HIGHEST_RATE
# Coefficients of variation that the distribution itself fixes.
FIXED_CV: Final = {"exponential": 1.0, "deterministic": 0.0}


class ServiceTime(StrictModel):
    """How long one visit keeps one server busy; belongs to the need, not to the server."""

    distribution: Literal["exponential", "deterministic", "lognormal", "gamma"] = Field(
        description="shape"
    )
    mean_s: float = Field(gt=0, le=86_400, description="mean")
    cv: float = Field(
        default=-1.0,
        validate_default=False,
        ge=0,
        le=10,
        description="standard deviation / mean; exponential 1 and deterministic 0 need not say so",
    )

    @model_validator(mode="before")
    @classmethod
    def _fixed_cv(cls, value: Any) -> Any:  # noqa: ANN401 - what a file says
        if isinstance(value, dict) and "cv" not in value and value.get("distribution") in FIXED_CV:
            return {**value, "cv": FIXED_CV[value["distribution"]]}
        return value

    @model_validator(mode="after")
    def _cv_fits(self) -> ServiceTime:
        fixed = FIXED_CV.get(self.distribution)
        if fixed is not None and self.cv != fixed:
            raise wrong(
                f"cv {self.cv:g} with `{self.distribution}`",
                expected=f"cv {fixed:g}, or none",
                hint="lognormal and gamma take any cv",
            )
        if fixed is None and self.cv <= 0:
            raise wrong(
                f"no cv with `{self.distribution}`", expected="a cv above 0, for example cv = 0.6"
            )
        return self


class ChoiceSettings(StrictModel):
    """How a resident chooses among the facilities within the cut-off.

    Logit: utility = - travel_per_min x minutes of travel - wait_per_min x
    minutes of expected wait - delay_per_hour x hours until it opens + taste.
    """

    rule: Literal["logit", "nearest"] = Field(
        default="nearest", description="nearest: least travel time, ties by uid"
    )
    travel_per_min: Multiplier = Field(default=0.0, description="utility lost per minute of travel")
    wait_per_min: Multiplier = Field(
        default=0.0, description="utility lost per minute of expected wait"
    )
    delay_per_hour: Multiplier = Field(
        default=0.0, description="utility lost per hour until the facility opens"
    )
    forgo_utility: float | None = Field(
        default=None,
        ge=-1e6,
        le=1e6,
        description="utility of staying at home; not given: nobody forgoes",
    )
    taste_permanence: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="share of the taste that is the same at every need of a resident",
    )

    @model_validator(mode="after")
    def _logit_has_weights(self) -> ChoiceSettings:
        if self.rule == "logit" and "travel_per_min" not in self.model_fields_set:
            raise wrong(
                "logit without `travel_per_min`",
                expected="a weight, for example travel_per_min = 0.1",
            )
        return self


def _at_least_one_positive(weights: tuple[float, ...], n: int, what: str) -> tuple[float, ...]:
    if len(weights) != n:
        raise wrong(f"{len(weights)} values", expected=f"{n} values, {what}")
    if not any(weights):
        raise wrong("only zeros", expected=f"{n} values of 0 or more, one of them above 0")
    return weights


class ServiceSettings(StrictModel):
    """One kind of service that residents need."""

    id: Id = Field(description="name of the service in facility rows and measures")
    title: str = Field(default="", description="words for reports")
    department: str | None = Field(default=None, description="id of the department in charge")
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
    service_time: ServiceTime = Field(description="how long a visit keeps a server busy")
    default_servers: int = Field(
        ge=0, le=SERVERS_MAX, default=1, description="servers of a facility whose row names none"
    )
    default_hours: Hours = Field(
        default="Mo-Fr 08:00-18:00; PH off",
        description="opening hours of a facility whose row names none",
    )
    waiting_room: int | None = Field(
        default=None,
        ge=0,
        le=10**9,
        description="places to wait besides those in service; not given: no limit",
    )
    at_closing: Literal["drain", "turn_away"] = Field(
        default="drain",
        description="drain: who waits at closing is still served; turn_away: is sent home",
    )
    cutoff_s: WithinADay = Field(
        default=3600.0, description="facilities farther than this travel time are not considered"
    )
    expected_wait_s: int = Field(
        default=0,
        ge=0,
        le=7 * DAY_S,
        description="wait that a resident expects who has not been told",
    )
    choice: ChoiceSettings = Field(
        default_factory=ChoiceSettings, description="how a facility is chosen"
    )

    @model_validator(mode="after")
    def _can_be_drawn(self) -> ServiceSettings:
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
