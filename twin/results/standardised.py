"""Direct age standardisation: what a group's measure would be at the ages of all cases.

The young and the old need, wait and travel differently: two groups of other ages differ in
a measure even if people of one age fare alike. Each age band's value of the group is
averaged with the share of that age among all cases of the city (Neison 1844; WHO 2001
gives the method for populations). Only means and shares can be averaged so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.results.groups import columns_of, crossed
from twin.results.measure import STANDARDISED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.results.groups import Category
    from twin.results.measure import Measure, Row

AGE: Final = "age_band"
EVERY: Final = slice(None)


def by_age(groups: Sequence[Category]) -> Category | None:
    """Return the grouping by age alone, if it is among these."""
    return next((one for one in groups if _columns(one) == (AGE,)), None)


def cells_of(group: Category, age: Category | None) -> Category | None:
    """Return a grouping crossed with age; None where it is by age, or ages are not known."""
    if age is None or AGE in _columns(group):
        return None
    return crossed([group, age])


def standardise(
    rows: Iterable[Row],
    cells: Iterable[Row],
    measures: Mapping[str, Measure],
    *,
    cases: Mapping[str, float],
) -> None:
    """Set `STANDARDISED` of the rows of a grouping; of what cannot be averaged it is not set.

    A group without a case in an age band that others have cases in has None: what it would
    be at that age is not known.

    Parameters
    ----------
    rows
        Rows of one service by one grouping, updated.
    cells
        Rows of the same measures by that grouping crossed with age.
    measures
        Declarations by name.
    cases
        Number of cases in the city by the name of the age group, ``age_band=60+``; the
        same in every scenario, so that an effect is not one of the standard.
    """
    total = sum(cases.values())
    value_of = {(row["measure"], row["group"]): row["value"] for row in cells}
    ages = [(age, n / total) for age, n in cases.items() if n]
    for row in rows:
        if not measures[row["measure"]].is_mean:
            continue
        found = [value_of.get((row["measure"], f"{row['group']},{age}")) for age, _ in ages]
        known = [value for value in found if value is not None]
        row[STANDARDISED] = (
            sum(value * share for value, (_, share) in zip(known, ages, strict=True))
            if ages and len(known) == len(ages)
            else None
        )


def standardised_rows(
    rows_of: Callable[[Category], list[Row]],
    groups: Sequence[Category],
    measures: Mapping[str, Measure],
    *,
    age: Category | None = None,
) -> list[Row]:
    """Return the rows by each grouping of residents, at the ages of all residents too.

    Parameters
    ----------
    rows_of
        Returns the rows of one service by a grouping over all residents.
    groups
        Named groups; that by age tells the ages.
    measures
        Declarations by name.
    age
        Named groups by age, where they are not among `groups`.
    """
    age = by_age(groups) if age is None else age
    cases = {} if age is None else counts(age)
    found = []
    for group in groups:
        rows = rows_of(group)
        cells = cells_of(group, age)
        if cells is not None:
            standardise(rows, rows_of(cells), measures, cases=cases)
        found += rows
    return found


def counts(group: Category, rows: NDArray[np.intp] | slice = EVERY) -> dict[str, int]:
    """Return how many cases each group has, by its name.

    Parameters
    ----------
    group
        Grouping of residents.
    rows
        Resident of each case; every resident is one if it is not given.
    """
    codes = group.codes[rows]
    n = np.bincount(codes[codes >= 0], minlength=len(group.labels))
    return dict(zip(group.labels, n.tolist(), strict=True))


def _columns(group: Category) -> tuple[str, ...]:
    return columns_of(group.labels[0]) if group.labels else ()
