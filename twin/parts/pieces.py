"""Numbers that hold from one time to the next: rates of arrival, servers on duty."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import InputError
from twin.kernels.arrivals import Streams
from twin.parts.door import real, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_EXPECTED = "a number, or pairs (from when, number) from time 0 on"


@dataclass(frozen=True)
class Pieces:
    """A number that is constant in pieces; the last holds for ever.

    Attributes
    ----------
    starts
        From when each value holds, ascending from 0, in the caller's unit of time.
    values
        The numbers.
    """

    starts: tuple[float, ...]
    values: tuple[float, ...]

    def total(self, until: float) -> float:
        """Return the integral from 0 to `until`."""
        ends = [*self.starts[1:], math.inf]
        return sum(
            value * max(0.0, min(end, until) - start)
            for start, end, value in zip(self.starts, ends, self.values, strict=True)
            if value > 0.0
        )

    def totals(self, until: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the integral from 0 to each of some times."""
        edges = np.array(self.starts)
        before = np.concatenate([[0.0], np.cumsum(np.diff(edges) * self.values[:-1])])
        piece = np.searchsorted(edges, until, side="right") - 1
        made: NDArray[np.float64] = before[piece] + np.array(self.values)[piece] * (
            until - edges[piece]
        )
        return made


def rates(where: str, value: object) -> Pieces:
    """Return rates, none below 0.

    Raises
    ------
    InputError
        If `value` is neither a number nor pairs of times and numbers.
    """
    if _is_number(value):
        return Pieces((0.0,), (real(where, value, above=0.0),))
    pairs = _pairs(where, value)
    numbers = tuple(real(f"{where}[{i}]", pair[1], at_least=0.0) for i, pair in enumerate(pairs))
    return Pieces(_starts(where, pairs), numbers)


def servers(where: str, value: object, *, at_most: int) -> Pieces:
    """Return servers on duty; the last number, which holds for ever, is not zero.

    Raises
    ------
    InputError
        If `value` is neither a whole number nor pairs of times and whole numbers.
    """
    if _is_number(value):
        return Pieces((0.0,), (float(whole(where, value, at_least=1, at_most=at_most)),))
    pairs = _pairs(where, value)
    last = len(pairs) - 1
    numbers = tuple(
        float(whole(f"{where}[{i}]", pair[1], at_least=int(i == last), at_most=at_most))
        for i, pair in enumerate(pairs)
    )
    return Pieces(_starts(where, pairs), numbers)


def time_of(pieces: Iterable[Pieces], count: float) -> float:
    """Return when the integral of the sum of all reaches `count`, inf for never."""
    some = list(pieces)
    edges = sorted({start for one in some for start in one.starts})
    reached = 0.0
    for i, start in enumerate(edges):
        rate = sum(one.values[sum(s <= start for s in one.starts) - 1] for one in some)
        end = edges[i + 1] if i + 1 < len(edges) else math.inf
        if rate > 0.0 and reached + rate * (end - start) >= count:
            return start + (count - reached) / rate
        if end < math.inf:
            reached += rate * (end - start)
    return math.inf


def streams_of(classes: Sequence[Pieces], us_per_unit: int) -> Streams:
    """Return rates as the kernels take them."""
    starts = [round(s * us_per_unit) for one in classes for s in one.starts]
    gaps = [us_per_unit / v if v > 0.0 else math.inf for one in classes for v in one.values]
    return Streams(
        start=np.cumsum([0, *(len(one.starts) for one in classes)], dtype=np.int64),
        from_us=np.array(starts, dtype=np.int64),
        gap_us=np.array(gaps, dtype=np.float64),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (str, bytes)) or not hasattr(value, "__iter__")


def _pairs(where: str, value: object) -> list[Sequence[object]]:
    pairs = list(value) if isinstance(value, Iterable) else []
    if not pairs or any(isinstance(p, str) or not _has_two(p) for p in pairs):
        raise InputError(where, f"found {value!r}", expected=_EXPECTED)
    return pairs


def _has_two(pair: object) -> bool:
    return hasattr(pair, "__len__") and hasattr(pair, "__getitem__") and len(pair) == 2  # noqa: PLR2004


def _starts(where: str, pairs: list[Sequence[object]]) -> tuple[float, ...]:
    starts = tuple(real(f"{where}[{i}]", pair[0], at_least=0.0) for i, pair in enumerate(pairs))
    if starts[0] != 0.0:
        raise InputError(f"{where}[0]", f"begins at {starts[0]:g}", expected="the first at time 0")
    for i in range(1, len(starts)):
        if starts[i] <= starts[i - 1]:
            raise InputError(
                f"{where}[{i}]",
                f"begins at {starts[i]:g}, not after the one before",
                expected="ascending times",
            )
    return starts
