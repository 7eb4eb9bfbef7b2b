"""Types of the fields that a scenario file may hold, with their own error words.

TOML has arrays but no tuples, and pydantic in strict mode does not turn one
into the other; `Listing` does. `wrong` is how a validator of this package says
what it found, what it expects and what to do.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from twin.city.calendar import check_hours
from twin.errors import InputError
from twin.streams import N_DAYS_MAX
from twin.units import DAY_S

T = TypeVar("T")

ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"


def wrong(found: str, *, expected: str = "", hint: str = "") -> PydanticCustomError:
    """Return the error of a validator; `load` adds the place and the key path."""
    return PydanticCustomError(
        "twin", "{found}", {"found": found, "expected": expected, "hint": hint}
    )


def _tuple_of(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _names_of(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, (list, tuple)) and not value:
        raise wrong("an empty list", expected="a name or a list of names")
    return _tuple_of(value)


def _point_of(value: object) -> object:
    if isinstance(value, (list, tuple)) and len(value) != 2:  # noqa: PLR2004 - lon and lat
        raise wrong(f"{list(value)}", expected="a place [lon, lat] in degrees")
    return _tuple_of(value)


def _joined(value: object) -> object:
    """Return several columns as one text, as a question keeps them: ``registration,has_car``."""
    if not isinstance(value, (list, tuple)):
        return value
    return ",".join(_columns_of(value))


def _crossings_of(value: object) -> object:
    """Return one crossing or several as a tuple of tuples of columns."""
    if not isinstance(value, (list, tuple)):
        return value
    if all(isinstance(one, str) for one in value):
        return (_columns_of(value),) if value else ()
    return tuple(_columns_of(one) for one in value)


def _columns_of(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, (list, tuple)) else [value]
    if len(names) < 2 or not all(isinstance(name, str) for name in names):  # noqa: PLR2004
        raise wrong(
            f"{value!r}",
            expected='two columns of residents or more, such as ["registration", "has_car"]',
            hint="groups of a single column are always made",
        )
    if len(set(names)) < len(names):
        raise wrong(f"{value!r}", expected="each column once")
    return tuple(names)


def _checked_id(value: str) -> str:
    if re.match(ID_PATTERN, value):
        return value
    raise wrong(
        f"`{value}`",
        expected="an id of letters, digits, `_` and `-`, for example `more_doctors`",
        hint="titles go in `title`; ids name rows and folders",
    )


def _checked_hours(value: str) -> str:
    try:
        check_hours(value, where="hours")
    except InputError as error:
        raise wrong(error.found, expected=error.expected, hint=error.hint) from None
    return value


def _path_of(value: object) -> object:
    if isinstance(value, str) and "\0" in value:
        raise wrong("a path with a null character", expected="a path")
    return Path(value) if isinstance(value, str) else value


FilePath = Annotated[Path, BeforeValidator(_path_of)]
Listing = Annotated[tuple[T, ...], BeforeValidator(_tuple_of)]
Names = Annotated[
    tuple[str, ...],
    BeforeValidator(_names_of),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]
_NAMES_SCHEMA: Final = {"type": "array", "items": {"type": "string"}, "minItems": 2}
Columns = Annotated[
    str,
    BeforeValidator(_joined),
    WithJsonSchema({"anyOf": [{"type": "string"}, _NAMES_SCHEMA]}),
]
Crossings = Annotated[
    tuple[tuple[str, ...], ...],
    BeforeValidator(_crossings_of),
    WithJsonSchema({"anyOf": [_NAMES_SCHEMA, {"type": "array", "items": _NAMES_SCHEMA}]}),
]
Id = Annotated[
    str, AfterValidator(_checked_id), WithJsonSchema({"type": "string", "pattern": ID_PATTERN})
]
Hours = Annotated[str, AfterValidator(_checked_hours)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Point = Annotated[tuple[Longitude, Latitude], BeforeValidator(_point_of)]
# Bounds are wide; they keep nonsense such as 1e300 out of whole microseconds.
Money = Annotated[float, Field(ge=0, le=1e15)]
Multiplier = Annotated[float, Field(ge=0, le=1e6)]
WithinADay = Annotated[float, Field(ge=0, le=DAY_S)]
DayOfRun = Annotated[float, Field(ge=0, le=100 * N_DAYS_MAX)]
