"""Values by group: category columns and the arithmetic of joined groups."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


PRIVACY_FLOOR: Final = 5
"""Fewer residents than this are never shown by themselves: they could be recognised."""


@dataclass(frozen=True, eq=False)
class Category:
    """A column of few values: `codes` index `labels`, -1 is missing."""

    codes: NDArray[Any]
    labels: tuple[str, ...]


def as_category(column: object) -> Category:
    """Return a column of flags or small codes as a `Category`."""
    if isinstance(column, Category):
        return column
    values = np.asarray(column)
    if values.dtype == np.bool_:
        return Category(values.astype(np.int16), ("false", "true"))
    if np.issubdtype(values.dtype, np.integer):
        top = int(values.max(initial=-1))
        return Category(values.astype(np.int16), tuple(str(code) for code in range(top + 1)))
    labels, codes = np.unique(values.astype(str), return_inverse=True)
    return Category(codes.astype(np.int16), tuple(str(label) for label in labels))


def columns_of(group: str) -> tuple[str, ...]:
    """Return the columns that a name of a group names; none for ``all``."""
    if group == "all":
        return ()
    parts = parts_of(group) if "," in group else [group]
    return tuple(part.partition("=")[0] for part in parts)


def parts_of(group: str) -> list[str]:
    """Return ``column=value`` of each column of a group; a value may hold a comma."""
    return re.split(r",(?=[a-z][a-z0-9_]*=)", group)


def named(column: str, category: Category) -> Category:
    """Return the groups of one column under their names, such as ``sex=male``."""
    return Category(category.codes, tuple(f"{column}={label}" for label in category.labels))


def crossed(columns: Sequence[Category]) -> Category:
    """Return named groups of several columns at once, as ``sex=male,has_car=true``.

    The first column is the slowest; who is missing in one is missing.
    """
    codes = np.zeros(len(columns[0].codes), dtype=np.int32)
    is_known = np.ones(len(codes), dtype=np.bool_)
    for column in columns:
        codes = codes * len(column.labels) + column.codes
        is_known &= column.codes >= 0
    labels = tuple(",".join(parts) for parts in product(*(one.labels for one in columns)))
    return Category(np.where(is_known, codes, -1).astype(narrowest(len(labels))), labels)


def narrowest(n_labels: int) -> type[np.int16 | np.int32]:
    """Return the type of codes of `n_labels` and one more; two bytes sort by radix."""
    return np.int16 if n_labels < np.iinfo(np.int16).max else np.int32


def positions(uids: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.intp]:
    """Return the row of each wanted uid; residents may be stored in any order."""
    row_of = np.zeros(int(uids.max(initial=0)) + 1, dtype=np.intp)
    row_of[uids] = np.arange(len(uids))
    found: NDArray[np.intp] = row_of[wanted]
    return found


def recoded(column: object, labels: Sequence[str]) -> NDArray[np.int8]:
    """Return codes in the order of `labels`, -1 for any other value."""
    category = as_category(column)
    known = {label: code for code, label in enumerate(labels)}
    lookup = np.array([*(known.get(label, -1) for label in category.labels), -1], dtype=np.int8)
    found: NDArray[np.int8] = lookup[category.codes]
    return found


def quantile(
    ascending: NDArray[np.float64], n: NDArray[np.int64], share: float
) -> NDArray[np.float64]:
    """Return the linearly interpolated quantile of each of the joined, sorted groups.

    A value may be infinite: beyond all others. A quantile between it and another is too.
    """
    if len(ascending) == 0:
        return np.full(len(n), np.nan)
    first = np.concatenate(([0], np.cumsum(n)[:-1]))
    place = np.maximum(n - 1, 0) * share
    below = np.floor(place).astype(np.int64)
    low = np.minimum(first + below, len(ascending) - 1)
    high = np.minimum(low + (below < n - 1), len(ascending) - 1)
    part = place - below
    with np.errstate(invalid="ignore"):
        between = ascending[low] + part * (ascending[high] - ascending[low])
    value = np.where((part > 0) & np.isfinite(ascending[low]), between, ascending[low])
    found: NDArray[np.float64] = np.where(n > 0, value, np.nan)
    return found


def divided(
    total: NDArray[Any], n: NDArray[np.integer] | NDArray[np.floating]
) -> NDArray[np.float64]:
    """Return total / n; nan where there is no case."""
    ratio: NDArray[np.float64] = np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
    return ratio
