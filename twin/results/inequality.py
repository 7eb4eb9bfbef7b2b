"""Inequality of what residents get or bear: indices of weighted values, by group at once.

Plain numpy, one sort of the values for all groupings. Weights count
people (or needs): a weight of 2 is two equal residents. Indices are those of a whole
population, without a sample correction, so that doubling everybody changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.results.groups import divided

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TOP: Final = 0.1
"""Palma (2011): the tenth at the top ..."""
BOTTOM: Final = 0.4
"""... over the four tenths at the bottom."""


@dataclass(frozen=True, eq=False)
class Spread:
    """Values of joined groups, ascending within each; indices have one entry a group.

    An index that is not defined is nan: of an empty group, of zeros alone where values
    are divided by their mean.

    Parameters
    ----------
    values
        (n,) float64, not below zero, ascending within each group.
    weights
        (n,) float64, above zero.
    codes
        (n,) group of each value, ascending.
    n_groups
        Number of groups.
    """

    values: Floats
    weights: Floats
    codes: NDArray[np.integer]
    n_groups: int

    @cached_property
    def n(self) -> NDArray[np.int64]:
        """Number of values."""
        return np.bincount(self.codes, minlength=self.n_groups)

    @cached_property
    def weight(self) -> Floats:
        """Sum of weights."""
        return self._sum(self.weights)

    @cached_property
    def total(self) -> Floats:
        """Weighted sum."""
        return self._sum(self._weighted)

    @cached_property
    def mean(self) -> Floats:
        """Weighted mean."""
        return divided(self.total, self.weight)

    def gini(self) -> Floats:
        r"""Return the Gini index, 0 to 1: half the mean difference of two, over the mean.

        :math:`G = 2 \sum_i w_i x_i R_i / (W S) - 1` with the rank in the middle of each
        weight, :math:`R_i = \sum_{j<i} w_j + w_i / 2` (Lerman and Yitzhaki 1989). Ties
        take any order.
        """
        middle = self._before - self._first(self._before)[self.codes] + self.weights / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            found = 2 * self._sum(self._weighted * middle) / (self.weight * self.total) - 1
        return self._bounded(found)

    def theil(self) -> Floats:
        r"""Return Theil's T, from 0: :math:`\sum_i w_i x_i \ln(x_i / \mu) / S` (Theil 1967).

        A zero adds nothing, as :math:`x \ln x` tends to 0. Equals `theil_between` and the
        groups' own T, weighted by their shares of the sum (Shorrocks 1980).
        """
        logs = np.log(self.values, out=np.zeros_like(self.values), where=self.values > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            found = self._sum(self._weighted * logs) / self.total - np.log(self.mean)
        return self._bounded(found)

    def palma(self) -> Floats:
        """Return what the tenth with the most has, over what the four tenths with the least have.

        Who stands on a border is shared out. From 0.25 (all equal); nan where those with
        the least have nothing (Palma 2011; Cobham and Sumner 2013).
        """
        bottom = self.share_below(BOTTOM)
        ratio: Floats = np.divide(
            1 - self.share_below(1 - TOP),
            bottom,
            out=np.full(self.n_groups, np.nan),
            where=bottom > 0,
        )
        return ratio

    def share_below(self, share: float) -> Floats:
        """Return the Lorenz curve at one share of the people: their part of the sum."""
        if self.values.size == 0:
            return np.full(self.n_groups, np.nan)
        starts = np.concatenate(([0.0], np.cumsum(self.weight)[:-1]))
        wanted = starts + share * self.weight
        place = np.searchsorted(self._before + self.weights, wanted).clip(0, self.values.size - 1)
        sums = np.cumsum(self._weighted) - self._weighted
        reached = sums[place] + (wanted - self._before[place]) * self.values[place]
        with np.errstate(invalid="ignore", divide="ignore"):
            found = (reached - self._first(sums)) / self.total
        return self._bounded(found)

    def kolm_pollak(self, kappa: float) -> Floats:
        r"""Return the burden that, if all bore it alike, would be as bad as the burdens are.

        :math:`\kappa^{-1} \ln(\sum_i w_i e^{\kappa x_i} / W)`: the mean if all are equal,
        else more, in the unit of the values (Kolm 1976; Pollak 1971; for burdens Sheriff
        and Maguire 2020; Logan et al. 2021). `kappa` is absolute, not a share of the
        data's mean: two scenarios are judged by one aversion.
        """
        if kappa == 0 or self.values.size == 0:
            return self.mean
        last = np.maximum(np.cumsum(self.n) - 1, 0)
        most = self.values[last]
        above = self._sum(self.weights * np.exp(kappa * (self.values - most[self.codes])))
        with np.errstate(invalid="ignore", divide="ignore"):
            found = most + np.log(above / self.weight) / kappa
        return np.where(self.n > 0, found, np.nan)

    @cached_property
    def _weighted(self) -> Floats:
        return self.weights * self.values

    @cached_property
    def _before(self) -> Floats:
        """Sum of the weights that stand before each value, of all groups."""
        before: Floats = np.cumsum(self.weights) - self.weights
        return before

    def _first(self, values: Floats) -> Floats:
        """Return the entry of each group's first value; of empty groups any."""
        if values.size == 0:
            return np.zeros(self.n_groups)
        found: Floats = values[np.minimum(np.cumsum(self.n) - self.n, values.size - 1)]
        return found

    def _sum(self, values: Floats) -> Floats:
        sums = np.bincount(self.codes, weights=values, minlength=self.n_groups)
        return sums.astype(np.float64, copy=False)

    def _bounded(self, found: Floats) -> Floats:
        """Return an index that rounding has not put below zero, nan where there is no sum."""
        return np.where(self.total > 0, np.maximum(found, 0.0), np.nan)


def spread(
    values: Floats,
    weights: Floats,
    codes: NDArray[np.integer],
    n_groups: int,
    *,
    order: NDArray[np.intp] | None = None,
) -> Spread:
    """Return the values sorted within groups; those of group -1 are left out.

    Parameters
    ----------
    values, weights
        (n,) float64.
    codes
        (n,) group of each.
    n_groups
        Number of groups.
    order
        Rows by ascending value, where they are known: several groupings share one sort.
    """
    if order is None:
        order = np.argsort(values, kind="stable")
    order = order[codes[order] >= 0]
    order = order[np.argsort(codes[order], kind="stable")]
    return Spread(values[order], weights[order], codes[order], n_groups)


def concentration(
    values: Floats,
    weights: Floats,
    codes: NDArray[np.integer],
    n_groups: int,
    *,
    rank: NDArray[np.integer],
    n_ranks: int,
) -> tuple[Floats, Floats]:
    r"""Return mean and absolute concentration of each group.

    With :math:`R` the share of the weight below one's rank and half of that with one's
    rank, it is :math:`2 \sum_i w_i x_i R_i / W - \mu`: over the mean the concentration
    index (Kakwani, Wagstaff and van Doorslaer 1997).

    Parameters
    ----------
    values, weights, codes, n_groups
        As for `spread`.
    rank
        (n,) rank of each, 0 is the lowest; who has none (-1) is left out.
    n_ranks
        Number of ranks; memory is ``n_groups * n_ranks``.
    """
    keep = (codes >= 0) & (rank >= 0)
    cell = codes[keep].astype(np.int64) * n_ranks + rank[keep]
    shape = (n_groups, n_ranks)
    people, sums = (
        np.bincount(cell, weights=column, minlength=n_groups * n_ranks).reshape(shape)
        for column in (weights[keep], (weights * values)[keep])
    )
    weight = people.sum(axis=1)
    middle = np.cumsum(people, axis=1) - people / 2
    mean = divided(sums.sum(axis=1), weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        absolute = 2 * (sums * middle).sum(axis=1) / weight**2 - mean
    return mean, np.where(weight > 0, absolute, np.nan)


def between(total: Floats, weight: Floats) -> float:
    """Return Theil's T if everybody had the mean of his or her group; nan without a sum.

    Parameters
    ----------
    total, weight
        Weighted sum and weight of each group.
    """
    groups = np.flatnonzero(weight)
    means = total[groups] / weight[groups]
    everyone = Spread(means, weight[groups], np.zeros(groups.size, dtype=np.int16), 1)
    return float(everyone.theil()[0])
