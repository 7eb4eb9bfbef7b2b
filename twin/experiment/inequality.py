"""Indices of inequality of plain arrays: one number each, with weights.

What a run's measures of equity are made of (`twin.results.inequality`), behind one door
that checks what is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.errors import InputError
from twin.results.inequality import Spread, between, cells, spread

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def gini(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the Gini index of values not below zero; nan if all are zero. See `Spread.gini`."""
    return float(_one(values, weights).gini()[0])


def theil(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return Theil's T of values not below zero; nan if all are zero. See `Spread.theil`."""
    return float(_one(values, weights).theil()[0])


def theil_between(values: ArrayLike, groups: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the part of Theil's T that is between groups; the rest is within them.

    Parameters
    ----------
    values, weights
        As for `theil`.
    groups
        Group of each value: any labels.
    """
    given, people = _checked(values, weights)
    labels, codes = np.unique(_beside(groups, given, "groups"), return_inverse=True)
    found = spread(given, people, codes.ravel(), labels.size)
    return between(found.total, found.weight)


def palma(values: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Return the Palma ratio of values not below zero. See `Spread.palma`."""
    return float(_one(values, weights).palma()[0])


def kolm_pollak_ede(values: ArrayLike, kappa: float, weights: ArrayLike | None = None) -> float:
    """Return the Kolm-Pollak equally-distributed equivalent of burdens.

    Parameters
    ----------
    values, weights
        As for `theil`; burdens, of which less is better.
    kappa
        Aversion to inequality, per unit of the values, not below zero: a burden larger by
        ``1 / kappa`` counts e times as much at the margin. 0 gives the mean.
    """
    if not (np.isfinite(kappa) and kappa >= 0):
        raise InputError(
            "kappa",
            f"found {kappa:g}",
            expected="an aversion of 0 or more, per unit of the values",
            hint="this is for burdens; of goods take kolm_pollak_ede of what is missing",
        )
    return float(_one(values, weights).kolm_pollak(kappa)[0])


def concentration_index(
    values: ArrayLike, rank: ArrayLike, weights: ArrayLike | None = None
) -> float:
    """Return the concentration index, -1 to 1; nan if all are zero. See `Cells`.

    Parameters
    ----------
    values, weights
        As for `theil`.
    rank
        What people are ranked by, such as income: below zero the poor have the more.
    """
    mean, absolute = _concentrated(values, rank, weights)
    return absolute / mean if mean > 0 else np.nan


def erreygers_index(
    values: ArrayLike,
    rank: ArrayLike,
    *,
    low: float = 0.0,
    high: float = 1.0,
    weights: ArrayLike | None = None,
) -> float:
    """Return Erreygers' concentration index of a bounded value, -1 to 1.

    It is 4 times the absolute concentration over the range. Met and unmet give the same
    number with the sign changed, which the concentration index does not (Erreygers 2009).

    Parameters
    ----------
    values, rank, weights
        As for `concentration_index`.
    low, high
        Bounds of the value.
    """
    given = np.asarray(values, dtype=np.float64)
    if not low < high or (given < low).any() or (given > high).any():
        raise InputError(
            "values",
            f"do not lie in the bounds {low:g} to {high:g}",
            expected="low < high and values between them",
        )
    return 4 * _concentrated(given - low, rank, weights)[1] / (high - low)


def _concentrated(
    values: ArrayLike, rank: ArrayLike, weights: ArrayLike | None
) -> tuple[float, float]:
    given, people = _checked(values, weights)
    ranks, code = np.unique(_beside(rank, given, "rank"), return_inverse=True)
    everyone = np.zeros(given.size, dtype=np.int32)
    strata = code.ravel().astype(np.int32)
    found = cells(given, people, everyone, 1, strata=strata, n_strata=ranks.size).concentration()
    return float(found[0][0]), float(found[1][0])


def _one(values: ArrayLike, weights: ArrayLike | None) -> Spread:
    given, people = _checked(values, weights)
    return spread(given, people, np.zeros(given.size, dtype=np.int16), 1)


def _checked(values: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    """Return values and weights as checked columns."""
    given = np.asarray(values, dtype=np.float64)
    people = np.ones(given.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if given.ndim != 1 or people.shape != given.shape:
        raise InputError(
            "values and weights",
            f"have the shapes {given.shape} and {people.shape}",
            expected="two columns of one length",
        )
    for name, column in (("values", given), ("weights", people)):
        if not np.isfinite(column).all() or (column < 0).any():
            worst = column[~np.isfinite(column) | (column < 0)][0]
            raise InputError(
                name,
                f"found {worst:g}",
                expected="finite numbers, not below zero",
                hint="shares and ratios of negative values mean nothing",
            )
    return given, people


def _beside(column: ArrayLike, values: Floats, name: str) -> NDArray[np.generic]:
    found = np.asarray(column)
    if found.shape != values.shape:
        raise InputError(
            name, f"has the shape {found.shape}", expected=f"one for each of {values.size} values"
        )
    return found
