"""Days with a time of day: ``from_day = 3`` and ``from_time = "08:00"``."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, WithJsonSchema

from twin.scenario.fields import wrong
from twin.units import DAY_S, HOUR_S

_CLOCK: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_EXPECTED: Final = 'a time of day such as "08:00"'
_MINUTE_S: Final = 60


def _day_share(text: str) -> float:
    """Return the share of a day that has passed at ``HH:MM``."""
    found = _CLOCK.fullmatch(text)
    seconds = DAY_S + 1 if found is None else int(found[1]) * HOUR_S + int(found[2]) * _MINUTE_S
    if seconds > DAY_S:
        raise wrong(f"`{text}`", expected=_EXPECTED, hint="hours 00-24 and minutes 00-59")
    return seconds / DAY_S


def _checked(text: str) -> str:
    _day_share(text)
    return text


ClockTime = Annotated[
    str,
    AfterValidator(_checked),
    WithJsonSchema({"type": "string", "pattern": _CLOCK.pattern}),
]


def with_times_of_day(value: Any) -> Any:  # noqa: ANN401 - what a file says
    """Return a table in which `from_time` and `to_time` have moved into the days.

    A `to_time` without `to_day` is of the day on which it starts. What is of a wrong type is
    left for the fields to refuse.
    """
    if not isinstance(value, dict) or not {"from_time", "to_time"} & value.keys():
        return value
    table = dict(value)
    if table.get("to_time") is not None and table.get("to_day") is None:
        table["to_day"] = table.get("from_day")
    for side in ("from", "to"):
        text, day = table.get(f"{side}_time"), table.get(f"{side}_day")
        if not (isinstance(text, str) and _CLOCK.fullmatch(text)):
            continue
        if isinstance(day, bool) or not isinstance(day, (int, float)) or not math.isfinite(day):
            continue
        if day != round(day):
            raise wrong(
                f"{side}_day {day:g} and {side}_time `{text}`",
                expected=f"a whole {side}_day with {side}_time",
                hint="either a part of a day or a time of day",
            )
        table[f"{side}_day"] = day + _day_share(text)
        del table[f"{side}_time"]
    return table
