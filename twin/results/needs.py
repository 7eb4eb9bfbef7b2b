"""One row a need, from visits of which some are later stages or later tries of one need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.results.groups import Category

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

NEED_COLUMNS: Final = ("arrival_s", "end_s", "parent")
"""Columns of visits that tell how rows of one need add up."""
_OF_LAST: Final = frozenset({"outcome", "reason", "facility", "station"})
_SUMMED: Final = frozenset({"delay_s", "travel_s", "wait_s"})


def first_rows(parent: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the row with which each row's need begins.

    Parameters
    ----------
    parent
        (n,) earlier row that a row continues, -1 for the first of a need.
    """
    rows = np.arange(parent.size, dtype=np.int64)
    first = np.where(parent < 0, rows, parent).astype(np.int64)
    while True:
        further = first[first]
        if np.array_equal(further, first):
            return first
        first = further


def per_need(visits: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return visits with one row a need.

    A need ended as its last row did, at the facility of that row. Delay, travel and wait
    are sums over its rows; who left a line unserved has waited until then.

    Parameters
    ----------
    visits
        Columns of visits, among them `NEED_COLUMNS`; without `parent` each row is a need.
    """
    if "parent" not in visits:
        return visits
    parent = np.asarray(visits["parent"])
    if not (parent >= 0).any():
        return visits
    heads = np.flatnonzero(parent < 0)
    need = np.searchsorted(heads, first_rows(parent))
    last = np.zeros(heads.size, dtype=np.int64)
    np.maximum.at(last, need, np.arange(parent.size))
    return {
        name: _summed(name, visits, need, heads.size)
        if name in _SUMMED
        else _taken(column, last if name in _OF_LAST else heads)
        for name, column in visits.items()
    }


def _taken(column: Any, rows: NDArray[np.int64]) -> Any:  # noqa: ANN401 - any column
    if isinstance(column, Category):
        return Category(column.codes[rows], column.labels)
    return np.asarray(column)[rows]


def _summed(
    name: str, visits: Mapping[str, Any], need: NDArray[np.int64], n_needs: int
) -> NDArray[np.float64]:
    """Return the sum over the rows of each need; nan where none has a value."""
    values = np.asarray(visits[name], dtype=np.float64)
    if name == "wait_s":
        stayed = np.asarray(visits["end_s"]) - np.asarray(visits["arrival_s"])
        values = np.where(np.isnan(values), stayed, values)
    is_known = ~np.isnan(values)
    total = np.bincount(need[is_known], weights=values[is_known], minlength=n_needs)
    counts = np.bincount(need[is_known], minlength=n_needs)
    return np.where(counts > 0, total, np.nan)
