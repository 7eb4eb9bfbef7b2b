"""`[traffic]`: how the time of day and the weather slow the streets down."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from twin.city.calendar import SATURDAY, WEEKDAYS
from twin.errors import did_you_mean
from twin.network.modes import HIGHWAY_CLASSES
from twin.scenario.fields import DayOfRun, Id, Listing, wrong
from twin.scenario.moments import ClockTime, with_times_of_day
from twin.units import DAY_S, HOUR_S, WEEK_DAYS, StrictModel

N_HOURS: Final = DAY_S // HOUR_S
DAY_TYPES: Final = tuple((weekday, is_off) for is_off in (False, True) for weekday in range(7))
"""(weekday that a day counts as, whether it is a holiday): all that a profile can tell apart."""

_DAYS_EXPECTED: Final = "`all`, `workday`, `day_off`, or weekdays such as `Mo-Fr` and `Sa,Su`"
MIN_FACTOR: Final = 0.2
MAX_FACTOR: Final = 100.0
_WHOLE_HOUR: Final = 1e-6

SlowedMode = Literal["walk", "bicycle", "car", "bus"]


def _known_class(word: str) -> str:
    if word not in HIGHWAY_CLASSES:
        raise wrong(
            f"unknown class of street `{word}`",
            expected="one of " + ", ".join(HIGHWAY_CLASSES),
            hint=did_you_mean(word, HIGHWAY_CLASSES),
        )
    return word


def weekdays_of(words: str) -> frozenset[int] | None:
    """Return the weekdays of ``Mo-Fr`` or ``Sa,Su``, 0 = Monday; None if it names none."""
    days: set[int] = set()
    for item in words.split(","):
        ends = [name.strip() for name in item.split("-")]
        if len(ends) > 2 or any(name not in WEEKDAYS for name in ends):  # noqa: PLR2004 - from, to
            return None
        first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
        days |= {(first + step) % WEEK_DAYS for step in range((last - first) % WEEK_DAYS + 1)}
    return frozenset(days)


def _known_days(words: str) -> str:
    if words not in ("all", "workday", "day_off") and weekdays_of(words) is None:
        raise wrong(f"`{words}`", expected=_DAYS_EXPECTED)
    return words


StreetClass = Annotated[
    str,
    AfterValidator(_known_class),
    WithJsonSchema({"type": "string", "enum": list(HIGHWAY_CLASSES)}),
]
Days = Annotated[str, AfterValidator(_known_days)]
TimeFactor = Annotated[float, Field(ge=MIN_FACTOR, le=MAX_FACTOR)]


class _Slowing(StrictModel):
    """Whom and what a factor of travel time is for."""

    id: Id = Field(description="name in tags and messages")
    classes: Listing[StreetClass] = Field(
        default=(), description="OSM classes of street; not given: every class"
    )
    modes: Listing[SlowedMode] = Field(
        default=("car", "bus"),
        description="modes that are slowed; emergency vehicles are slowed as cars are",
    )

    @model_validator(mode="after")
    def _names_each_once(self) -> _Slowing:
        for key, words in (("classes", self.classes), ("modes", self.modes)):
            if len(set(words)) < len(words):
                raise ValueError(f"{key}: a word twice; expected each word once")
        if not self.modes:
            raise ValueError("modes: an empty list; expected at least one mode")
        return self

    @property
    def street_classes(self) -> tuple[str, ...]:
        """Classes of street that it is for."""
        return self.classes or HIGHWAY_CLASSES


class ProfileSettings(_Slowing):
    """What multiplies the free-flow time of streets in each hour of a kind of day."""

    days: Days = Field(
        default="all",
        description=(
            "kind of day: all, workday, day_off (weekends and holidays; a make-up working day"
            " is a workday), or weekdays such as Mo-Fr"
        ),
    )
    hours: Listing[TimeFactor] = Field(
        description="24 factors of travel time, from 00:00 on; each holds for its hour"
    )

    @model_validator(mode="after")
    def _has_a_day_of_hours(self) -> ProfileSettings:
        if len(self.hours) != N_HOURS:
            found = f"{len(self.hours)} factors"
            raise ValueError(f"hours: {found}; expected {N_HOURS}: one an hour, from 00:00 on")
        return self

    def holds_on(self, weekday: int, *, is_holiday: bool) -> bool:
        """Return whether it holds on a day that counts as `weekday`, 0 = Monday."""
        is_workday = weekday < SATURDAY and not is_holiday
        named = {"all": True, "workday": is_workday, "day_off": not is_workday}
        if self.days in named:
            return named[self.days]
        return weekday in (weekdays_of(self.days) or ())


class WeatherSettings(_Slowing):
    """What multiplies travel times while the weather is as told; on top of the profiles."""

    kind: str = Field(default="rain", min_length=1, description="rain, snow, fog, heat ...")
    from_day: DayOfRun = Field(description="day from which it holds, in whole hours: 3.5 is noon")
    to_day: DayOfRun = Field(description="day on which it ends, in whole hours")
    from_time: ClockTime | None = Field(
        default=None, description='time of day, for example "08:00", on a whole from_day'
    )
    to_time: ClockTime | None = Field(
        default=None, description="time of day on to_day; without to_day on the day it starts"
    )
    factor: TimeFactor = Field(description="what multiplies the time on the streets")

    @model_validator(mode="before")
    @classmethod
    def _days_with_times(cls, value: Any) -> Any:  # noqa: ANN401 - what a file says
        return with_times_of_day(value)

    @model_validator(mode="after")
    def _lasts_whole_hours(self) -> WeatherSettings:
        for key, day in (("from_day", self.from_day), ("to_day", self.to_day)):
            if abs(day * N_HOURS - round(day * N_HOURS)) > _WHOLE_HOUR:
                example = "days in whole hours, for example 3.25 for 06:00 of day 3"
                raise ValueError(f"{key}: {day:g} is not on the hour; expected {example}")
        if self.to_day <= self.from_day:
            found = f"{self.to_day:g} is not after from_day {self.from_day:g}"
            raise ValueError(f"to_day: {found}; expected a to_day above {self.from_day:g}")
        return self

    @property
    def hours(self) -> range:
        """Hours of the run in which it holds, counted from 0."""
        return range(round(self.from_day * N_HOURS), round(self.to_day * N_HOURS))


class TrafficSettings(StrictModel):
    """How crowded streets and the weather slow trips down.

    A trip takes the travel time of the hour in which it starts, all the way.
    """

    mode: Literal["free_flow", "profile"] = Field(
        default="free_flow",
        description="free_flow: never; profile: by class of street, hour, kind of day and weather",
    )
    profiles: Listing[ProfileSettings] = Field(
        default=(), description="factors by hour; none under `profile`: a built-in curve (assumed)"
    )
    weather: Listing[WeatherSettings] = Field(
        default=(), description="dated spells of weather; those that overlap multiply"
    )

    @model_validator(mode="after")
    def _names_each_once(self) -> TrafficSettings:
        for key in ("profiles", "weather"):
            names = [one.id for one in getattr(self, key)]
            doubled = sorted({name for name in names if names.count(name) > 1})
            if doubled:
                raise ValueError(f"{key}: id `{doubled[0]}` twice; expected each id once")
        return self

    @model_validator(mode="after")
    def _one_profile_at_a_time(self) -> TrafficSettings:
        held: dict[tuple[object, ...], str] = {}
        for one in self.profiles:
            for day in DAY_TYPES:
                if not one.holds_on(day[0], is_holiday=day[1]):
                    continue
                for word in one.street_classes:
                    for mode in one.modes:
                        other = held.setdefault((day, word, mode), one.id)
                        if other != one.id:
                            raise wrong(
                                f"profiles `{other}` and `{one.id}` both hold for {mode} on"
                                f" {word} on {_day_words(*day)}",
                                expected="one profile for each mode, class and kind of day",
                                hint="give them other days, classes or modes",
                            )
        return self

    @property
    def effective_profiles(self) -> tuple[ProfileSettings, ...]:
        """The profiles that hold: the scenario's, or the built-in ones if it has none."""
        if self.mode == "free_flow":
            return ()
        return self.profiles or DEFAULT_PROFILES

    @property
    def is_assumed(self) -> bool:
        """Whether the built-in curve holds, which nobody has measured here."""
        return self.mode == "profile" and not self.profiles


def _day_words(weekday: int, is_holiday: bool) -> str:  # noqa: FBT001 - a pair of DAY_TYPES
    return f"a {WEEKDAYS[weekday]}{' that is a holiday' if is_holiday else ''}"


def _curve(peaks: dict[int, float]) -> tuple[float, ...]:
    return tuple(peaks.get(hour, 1.0) for hour in range(N_HOURS))


_MAIN: Final = tuple(
    name
    for name in HIGHWAY_CLASSES
    if name.partition("_")[0] in ("motorway", "trunk", "primary", "secondary", "tertiary")
)
_SIDE: Final = tuple(name for name in HIGHWAY_CLASSES if name not in _MAIN)
# Cars make 25-35 km/h by day and 20-25 in the peaks: 30 / 22.5 = 1.33. People start at 7-9,
# 11:30-12:30, 13:30-14:30 and 17-19: in a small city they go home at noon.
_WORKDAY: Final = {
    6: 1.05, 7: 1.35, 8: 1.30, 9: 1.15, 10: 1.10, 11: 1.25, 12: 1.20, 13: 1.20, 14: 1.15,
    15: 1.10, 16: 1.15, 17: 1.35, 18: 1.30, 19: 1.10, 20: 1.05,
}  # fmt: skip
_DAY_OFF: Final = {
    9: 1.05, 10: 1.10, 11: 1.10, 12: 1.05, 14: 1.05, 15: 1.10, 16: 1.15, 17: 1.15, 18: 1.10,
    19: 1.05,
}  # fmt: skip
_SIDE_SHARE: Final = 0.5


def _on_side_streets(peaks: dict[int, float]) -> dict[int, float]:
    return {hour: 1.0 + _SIDE_SHARE * (factor - 1.0) for hour, factor in peaks.items()}


DEFAULT_PROFILES: Final = (
    ProfileSettings(id="main_workday", days="workday", classes=_MAIN, hours=_curve(_WORKDAY)),
    ProfileSettings(id="main_day_off", days="day_off", classes=_MAIN, hours=_curve(_DAY_OFF)),
    ProfileSettings(
        id="side_workday",
        days="workday",
        classes=_SIDE,
        hours=_curve(_on_side_streets(_WORKDAY)),
    ),
    ProfileSettings(
        id="side_day_off",
        days="day_off",
        classes=_SIDE,
        hours=_curve(_on_side_streets(_DAY_OFF)),
    ),
)
"""What holds under `profile` when a scenario has no profiles of its own (assumed).

The heights are the ratio of a car's usual speed by day, 25-35 km/h, to that in the peaks,
20-25 km/h; the hours are those of departures in Chinese mid-size cities, with the return at
noon. Side streets take half of it.
"""
