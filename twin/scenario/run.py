"""`[run]` and `[output]`: the days that are simulated and what is kept of them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from twin.scenario.fields import wrong
from twin.streams import N_DAYS_MAX
from twin.units import DAY_S, StrictModel

SEED_MAX: Final = 2**64 - 1
N_SEEDS_MAX: Final = 100_000
# No calendar of holidays reaches farther, and a run must end before dates do.
YEARS: Final = range(1900, 2201)
SEEDS_EXPECTED: Final = 'a range like "1:20" (both ends run) or a list like [1, 2, 5]'


def parse_seeds(value: object) -> object:
    """Return a tuple of seeds from ``"1:20"`` (inclusive), ``"7"`` or a list."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    if isinstance(value, str):
        return _seeds_of_text(value)
    if isinstance(value, list):
        value = tuple(value)
    if isinstance(value, tuple):
        _check_seed_list(value)
    return value


def _seeds_of_text(text: str) -> tuple[int, ...]:
    parts = text.split(":")
    if len(parts) > 2 or not all(re.fullmatch(r"\s*\d+\s*", part) for part in parts):  # noqa: PLR2004 - first:last
        raise wrong(f"`{text}`", expected=SEEDS_EXPECTED)
    first, last = int(parts[0]), int(parts[-1])
    if last < first:
        raise wrong(f"`{text}` ends before it starts", expected=SEEDS_EXPECTED)
    if last - first >= N_SEEDS_MAX or last > SEED_MAX:
        raise wrong(f"`{text}`", expected=f"at most {N_SEEDS_MAX:,} seeds below 2^64")
    return tuple(range(first, last + 1))


def _check_seed_list(seeds: tuple[object, ...]) -> None:
    if not seeds:
        raise wrong("no seed", expected=SEEDS_EXPECTED)
    whole = [seed for seed in seeds if isinstance(seed, int) and not isinstance(seed, bool)]
    if any(not 0 <= seed <= SEED_MAX for seed in whole):
        raise wrong("a seed out of range", expected="whole numbers from 0 to 2^64 - 1")
    doubled = sorted({seed for seed in whole if whole.count(seed) > 1})
    if doubled:
        raise wrong(
            f"seed {doubled[0]} twice", expected="each seed once: a run repeated is no new evidence"
        )


Seeds = Annotated[
    tuple[int, ...],
    BeforeValidator(parse_seeds),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\s*\d+\s*(:\s*\d+\s*)?$"},
                {"type": "integer", "minimum": 0},
                {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
            ]
        }
    ),
]


class RunSettings(StrictModel):
    """When the run starts, how long it lasts and which part of it is measured.

    Needs that arise from day `warmup_days` on and before the last
    `cooldown_days` are measured; the rest only fills and empties the queues.
    """

    start: date = Field(
        description="local date of day 0; clock_s counts seconds since its midnight"
    )
    days: int = Field(ge=1, lt=N_DAYS_MAX, description="number of days that are simulated")
    warmup_days: int = Field(default=0, ge=0, description="days before measuring starts")
    cooldown_days: int = Field(
        default=0, ge=0, description="last days, not measured, so that queues can empty"
    )
    seeds: Seeds = Field(
        default=(1,), description='seeds of the replications: "1:20" (inclusive) or a list'
    )
    sync_s: int = Field(
        default=900,
        ge=1,
        le=DAY_S,
        description="how often control returns to Python; no result depends on it",
    )

    @field_validator("start", mode="after")
    @classmethod
    def _within_calendars(cls, start: date) -> date:
        if start.year not in YEARS:
            raise wrong(
                start.isoformat(), expected=f"a year from {YEARS.start} to {YEARS.stop - 1}"
            )
        return start

    @model_validator(mode="after")
    def _something_is_measured(self) -> RunSettings:
        if self.warmup_days + self.cooldown_days >= self.days:
            raise wrong(
                f"warmup_days {self.warmup_days} + cooldown_days {self.cooldown_days}"
                f" leave nothing of days {self.days}",
                expected="warmup_days + cooldown_days below days",
            )
        return self

    @property
    def horizon_s(self) -> int:
        """Seconds from the first midnight to the end."""
        return self.days * DAY_S

    @property
    def measured_days(self) -> range:
        """Days on which an arising need counts."""
        return range(self.warmup_days, self.days - self.cooldown_days)

    def date_of(self, day: int) -> date:
        """Return the date of day number `day`."""
        return self.start + timedelta(days=day)


class OutputSettings(StrictModel):
    """What a run folder keeps."""

    level: Literal["minimal", "standard", "full"] = Field(
        default="standard",
        description="minimal: totals a resident; standard: also visits; full: also trips",
    )
