"""The door of the parts: what callers pass becomes plain numbers, or one clear error."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, SupportsFloat, SupportsIndex

from twin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable


def real(
    where: str, value: object, *, above: float | None = None, at_least: float | None = None
) -> float:
    """Return `value` as a finite float within its range.

    Raises
    ------
    InputError
        If it is no number, is infinite or nan, or lies outside.
    """
    expected = "a finite number"
    if above is not None:
        expected += f" above {above:g}"
    if at_least is not None:
        expected += f", at least {at_least:g}"
    if isinstance(value, bool) or not isinstance(value, (SupportsFloat, SupportsIndex)):
        raise InputError(where, f"found {value!r}", expected=expected)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(where, f"found {value!r}", expected=expected) from None
    is_low = (above is not None and number <= above) or (at_least is not None and number < at_least)
    if not math.isfinite(number) or is_low:
        raise InputError(where, f"found {value!r}", expected=expected)
    return number


def whole(where: str, value: object, *, at_least: int, at_most: int) -> int:
    """Return `value` as an int within its range.

    Raises
    ------
    InputError
        If it is no whole number or lies outside.
    """
    expected = f"a whole number, {at_least} to {at_most}"
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise InputError(where, f"found {value!r}", expected=expected)
    number = operator.index(value)
    if not at_least <= number <= at_most:
        raise InputError(where, f"found {number}", expected=expected)
    return number


def reals(
    where: str, values: Iterable[object], *, at_least: float, below: float = math.inf
) -> tuple[float, ...]:
    """Return `values` as finite floats in [at_least, below)."""
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise InputError(where, f"found {values!r}", expected="a sequence of numbers")
    numbers = tuple(
        real(f"{where}[{i}]", value, at_least=at_least) for i, value in enumerate(values)
    )
    for i, number in enumerate(numbers):
        if number >= below:
            raise InputError(f"{where}[{i}]", f"found {number!r}", expected=f"below {below:g}")
    return numbers
