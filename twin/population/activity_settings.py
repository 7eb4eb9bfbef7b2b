"""What a scenario says about the days of its residents: work, school, errands, modes."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from twin.errors import did_you_mean
from twin.population.columns import AGE_BANDS
from twin.units import DAY_S, Share, StrictModel

if TYPE_CHECKING:
    from collections.abc import Mapping

N_HOURS: Final = 24
N_OTHER_PLACES_MAX: Final = 6
N_CANDIDATES_MAX: Final = 64
USES: Final = ("residential", "mixed", "commercial", "public", "other")
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")

# Nobody runs errands at night; mornings and evenings are busiest (assumed).
_MORNING: Final = (1.0, 2.0, 4.0, 5.0, 4.5, 3.0)
_AFTERNOON: Final = (1.5, 2.0, 3.5, 4.0, 4.0, 4.0)
_EVENING: Final = (5.0, 5.0, 3.0, 1.0, 0.0, 0.0)
_ERRAND_HOURS: Final = (*(0.0,) * 6, *_MORNING, *_AFTERNOON, *_EVENING)

ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Weight = Annotated[float, Field(ge=0, le=1e6)]
Minutes = Annotated[float, Field(ge=0, le=600)]
PlanMode = Literal["walk", "bicycle", "car", "bus"]


def clock_s(text: str) -> int:
    """Return the seconds since midnight of ``HH:MM``."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        message = f"`{text}` is no time of day such as 07:30"
        raise ValueError(message)
    return int(match[1]) * 3600 + int(match[2]) * 60


def _check_keys(name: str, table: Mapping[str, float], known: tuple[str, ...]) -> None:
    if set(table) != set(known):
        message = f"{name}: found {', '.join(sorted(table))}; expected {', '.join(known)}"
        raise ValueError(message)


def _unknown(name: str, word: str, known: tuple[str, ...]) -> str:
    parts = (f"{name}: unknown `{word}`", f"expected {', '.join(known)}", did_you_mean(word, known))
    return "; ".join(part for part in parts if part)


def _check_uses(name: str, table: Mapping[str, float]) -> None:
    for word in table:
        if word not in USES:
            raise ValueError(_unknown(name, word, USES))
    if table and not math.fsum(table.values()) > 0.0:
        message = f"{name}: only zeros; expected a use with a weight above 0"
        raise ValueError(message)


class Peak(StrictModel):
    """One peak of a profile of departures."""

    at: ClockTime = Field(description="middle of the peak, HH:MM")
    sd_min: Minutes = Field(description="standard deviation")
    share: Weight = Field(default=1.0, description="weight among the peaks; any scale")


Peaks = Annotated[tuple[Peak, ...], Field(strict=False, min_length=1, max_length=12)]


class MainActivity(StrictModel):
    """Work or school: who goes when, how long, and whether home at noon."""

    attend_share: Share = Field(description="of those who have a place, on a working day")
    attend_off_share: Share = Field(default=0.0, description="on weekends and holidays")
    leave: Peaks = Field(description="when they leave home")
    stay_h: float = Field(gt=0, le=16, description="mean time from leaving to leaving for home")
    stay_sd_min: Minutes = Field(default=40.0, description="its standard deviation")
    noon_return_share: Share = Field(
        default=0.0, description="of those near enough, on each day: home for lunch and back"
    )
    noon_return_within_s: float = Field(
        default=900.0, ge=0, le=DAY_S, description="near enough: free-flow time home by `by_mode`"
    )
    noon_leave: ClockTime = Field(default="11:50", description="when they leave for lunch")
    noon_back: ClockTime = Field(default="13:40", description="when they leave home again")
    noon_sd_min: Minutes = Field(default=12.0, description="standard deviation of both")
    floor_weight: dict[str, Weight] = Field(
        default_factory=dict,
        description="places per square metre by use of a building, any scale; empty: facilities",
    )
    facilities: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(), description="services whose facilities are the places; empty: buildings"
    )
    by_mode: PlanMode = Field(description="whose free-flow time weighs when a place is chosen")
    travel_per_min: Weight = Field(description="utility lost per minute when a place is chosen")
    n_candidates: int = Field(
        default=12, ge=1, le=N_CANDIDATES_MAX, description="places that a resident compares"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not any(peak.share for peak in self.leave):
            message = "leave: only zero shares; expected a peak with a share above 0"
            raise ValueError(message)
        if clock_s(self.noon_back) <= clock_s(self.noon_leave):
            message = f"noon_back {self.noon_back} is not after noon_leave {self.noon_leave}"
            raise ValueError(message)
        _check_uses("floor_weight", self.floor_weight)
        if bool(self.floor_weight) == bool(self.facilities):
            message = "expected either floor_weight (buildings) or facilities (services)"
            raise ValueError(message)
        return self


class OtherActivity(StrictModel):
    """Errands, shopping, visits, leisure: tours from home and back."""

    tours_per_day: dict[str, float] = Field(
        default={"worker": 0.55, "pupil": 0.4, "neither": 1.35},
        description="wished for on a working day, by occupation; what collides is left out",
    )
    off_factor: float = Field(default=1.7, ge=0, le=10, description="factor on days off")
    hour_weight: Annotated[tuple[Weight, ...], Field(strict=False)] = Field(
        default=_ERRAND_HOURS, description="24 weights of the hours of leaving home; any scale"
    )
    stay_h: float = Field(default=1.2, gt=0, le=12, description="mean time away from home")
    stay_cv: float = Field(default=0.7, gt=0, le=3, description="its standard deviation / mean")
    floor_weight: dict[str, Weight] = Field(
        default={"commercial": 1.0, "mixed": 0.4, "public": 0.4, "residential": 0.05},
        description="places per square metre by use of a building; any scale",
    )
    by_mode: PlanMode = Field(
        default="walk", description="whose free-flow time weighs when a place is chosen"
    )
    travel_per_min: Weight = Field(
        default=0.12, description="utility lost per minute when a place is chosen"
    )
    n_candidates: int = Field(
        default=8, ge=1, le=N_CANDIDATES_MAX, description="places that a resident compares"
    )
    n_places: int = Field(
        default=3, ge=1, le=N_OTHER_PLACES_MAX, description="places that a resident frequents"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        known = ("worker", "pupil", "neither")
        _check_keys("tours_per_day", self.tours_per_day, known)
        for name, rate in self.tours_per_day.items():
            if not 0 <= rate <= 4:  # noqa: PLR2004 - more do not fit in a day
                message = f"tours_per_day.{name}: {rate:g}; expected 0 to 4"
                raise ValueError(message)
        if len(self.hour_weight) != N_HOURS or not any(self.hour_weight):
            message = f"hour_weight: expected {N_HOURS} weights, one of them above 0"
            raise ValueError(message)
        _check_uses("floor_weight", self.floor_weight)
        if not any(self.floor_weight.values()):
            message = "floor_weight: only zeros; expected a use with a weight above 0"
            raise ValueError(message)
        return self


class ModeTaste(StrictModel):
    """How a mode is liked: U = constant - time_per_min x minutes - cost_weight x cost + taste."""

    constant: float = Field(default=0.0, ge=-100, le=100, description="utility at no time, no cost")
    time_per_min: Weight = Field(default=0.06, description="utility lost per minute, door to door")
    cost: float = Field(default=0.0, ge=0, le=1e6, description="money a trip costs")


class WorkActivity(MainActivity):
    """Workplaces and working days."""

    attend_share: Share = Field(default=0.92, description="of workers, on a working day")
    attend_off_share: Share = Field(default=0.15, description="on weekends and holidays")
    leave: Peaks = Field(
        default=(
            Peak(at="07:35", sd_min=22, share=0.55),
            Peak(at="08:20", sd_min=22, share=0.37),
            Peak(at="13:30", sd_min=60, share=0.08),
        ),
        description="when they leave home",
    )
    stay_h: float = Field(
        default=9.6, gt=0, le=16, description="mean time from leaving to leaving for home"
    )
    stay_sd_min: Minutes = Field(default=25.0, description="its standard deviation")
    noon_return_share: Share = Field(
        default=0.42, description="of those near enough, on each day: home for lunch and back"
    )
    floor_weight: dict[str, Weight] = Field(
        default={"commercial": 1.0, "public": 0.7, "mixed": 0.3, "other": 0.3},
        description="jobs per square metre by use of a building, any scale; empty: facilities",
    )
    by_mode: PlanMode = Field(
        default="car", description="whose free-flow time weighs when a place is chosen"
    )
    travel_per_min: Weight = Field(
        default=0.2, description="utility lost per minute when a place is chosen"
    )


class SchoolActivity(MainActivity):
    """Schools and school days."""

    attend_share: Share = Field(default=0.96, description="of pupils, on a working day")
    leave: Peaks = Field(default=(Peak(at="07:25", sd_min=15),), description="when they leave home")
    stay_h: float = Field(
        default=9.2, gt=0, le=16, description="mean time from leaving to leaving for home"
    )
    stay_sd_min: Minutes = Field(default=35.0, description="its standard deviation")
    noon_return_share: Share = Field(
        default=0.5, description="of those near enough, on each day: home for lunch and back"
    )
    noon_return_within_s: float = Field(
        default=1200.0, ge=0, le=DAY_S, description="near enough: free-flow time home by `by_mode`"
    )
    facilities: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=("school", "kindergarten"),
        description="services whose facilities are the places; empty: buildings",
    )
    by_mode: PlanMode = Field(
        default="walk", description="whose free-flow time weighs when a place is chosen"
    )
    travel_per_min: Weight = Field(
        default=0.2, description="utility lost per minute when a place is chosen"
    )


class ActivitySettings(StrictModel):
    """The days of the residents; without this table nobody moves but for services.

    Who works or learns where is made with the population; each day is drawn
    from the run seed. Every default is assumed (shares and peaks after surveys
    of Chinese mid-size cities: 2.5 to 2.9 trips a resident and day, a noon return).
    """

    employed_share: dict[str, Share] = Field(
        default={"0-14": 0.0, "15-59": 0.76, "60+": 0.15}, description="by age band"
    )
    pupil_share: dict[str, Share] = Field(
        default={"0-14": 0.75, "15-59": 0.07, "60+": 0.0},
        description="by age band; of those who do not work",
    )
    work: WorkActivity = Field(
        default_factory=WorkActivity, description="workplaces and working days"
    )
    school: SchoolActivity = Field(
        default_factory=SchoolActivity, description="schools and school days"
    )
    other: OtherActivity = Field(default_factory=OtherActivity, description="all else")
    mode_choice: dict[PlanMode, ModeTaste] = Field(
        default={
            "walk": ModeTaste(constant=0.0, time_per_min=0.1),
            "bicycle": ModeTaste(constant=0.3, time_per_min=0.07),
            "car": ModeTaste(constant=0.6, time_per_min=0.06, cost=6.0),
            "bus": ModeTaste(constant=-2.7, time_per_min=0.06, cost=1.5),
        },
        description="logit among the modes of `[travel]` that a resident has",
    )
    cost_weight: Weight = Field(default=0.12, description="utility lost per unit of money")
    taste_permanence: float = Field(
        default=0.5, ge=0, lt=1, description="share of the taste for a mode that stays for good"
    )
    driving_age: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=("15-59", "60+"), description="age bands that may drive"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        _check_keys("employed_share", self.employed_share, AGE_BANDS)
        _check_keys("pupil_share", self.pupil_share, AGE_BANDS)
        for band in self.driving_age:
            if band not in AGE_BANDS:
                raise ValueError(_unknown("driving_age", band, AGE_BANDS))
        if "walk" not in self.mode_choice:
            message = "mode_choice: no `walk`; expected it among the modes: everybody has it"
            raise ValueError(message)
        return self
