"""Units at the borders, and the strict base of everything a file can say.

Inside the engine an event time is a whole number of microseconds since the
midnight that starts the run: sums and comparisons are exact, so nothing
depends on how time is cut. Files and tables speak of seconds and days.
"""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

US_PER_S: Final = 1_000_000
HOUR_S: Final = 3_600
DAY_S: Final = 86_400
WEEK_DAYS: Final = 7
DAY_US: Final = DAY_S * US_PER_S
HOUR_US: Final = HOUR_S * US_PER_S
MM_PER_M: Final = 1_000
DAYS_PER_YEAR: Final = 365.0


class StrictModel(BaseModel):
    """A frozen record that refuses unknown keys, NaN, infinities and wrong types."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_default=True,
    )


Seconds = Annotated[float, Field(ge=0)]
WholeSeconds = Annotated[int, Field(ge=0)]
Day = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
PositiveCount = Annotated[int, Field(ge=1)]
SpeedMps = Annotated[float, Field(gt=0, le=60)]


def us_from_seconds(seconds: float) -> int:
    """Return whole microseconds, the nearest to `seconds`."""
    return round(seconds * US_PER_S)


def us_from_days(days: float) -> int:
    """Return whole microseconds, the nearest to `days`."""
    return round(days * DAY_US)
