"""Inequality of what residents get or bear: indices of weighted values, by group at once.

One sort of the values serves all groupings. Weights count people (or needs): a weight of 2
is two equal residents. Indices are those of a whole population, without a sample
correction, so that doubling everybody changes nothing.
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
    """Values by group, ascending within each; indices have one entry a group.

    An index that is not defined is nan: of an empty group, of zeros alone where values
    are divided by their mean.

    Parameters
    ----------
    values
        (n,) float64, not below zero, ascending within each group: groups may lie mixed.
    weights
        (n,) float64, above zero.
    codes
        (n,) int32 group of each value; below 0 is left out.
    n_groups
        Number of groups.
    """

    values: Floats
    weights: Floats
    codes: NDArray[np.int32]
    n_groups: int

    @property
    def weight(self) -> Floats:
        """Sum of weights."""
        return self._sums[0]

    @property
    def total(self) -> Floats:
        """Weighted sum."""
        return self._sums[1]

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
        with np.errstate(invalid="ignore", divide="ignore"):
            found = 2 * self._sums[2] / (self.weight * self.total) - 1
        return self._bounded(found)

    def theil(self) -> Floats:
        r"""Return Theil's T, from 0: :math:`\sum_i w_i x_i \ln(x_i / \mu) / S` (Theil 1967).

        A zero adds nothing, as :math:`x \ln x` tends to 0. Equals `theil_between` and the
        groups' own T, weighted by their shares of the sum (Shorrocks 1980).
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            found = self._sums[3] / self.total - np.log(self.mean)
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
        from twin.kernels.spreading import sums_below  # noqa: PLC0415 - kernels

        below = np.zeros(self.n_groups)
        sums_below(below, share * self.weight, self.values, self.weights, self.codes)
        return self._bounded(divided(below, self.total))

    def kolm_pollak(self, kappa: float) -> Floats:
        r"""Return the burden that, if all bore it alike, would be as bad as the burdens are.

        :math:`\kappa^{-1} \ln(\sum_i w_i e^{\kappa x_i} / W)`: the mean if all are equal,
        else more, in the unit of the values (Kolm 1976; Pollak 1971; for burdens Sheriff
        and Maguire 2020; Logan et al. 2021). `kappa` is absolute, not a share of the
        data's mean: two scenarios are judged by one aversion.
        """
        if kappa == 0:
            return self.mean
        from twin.kernels.spreading import exponential_sums  # noqa: PLC0415 - kernels

        most, above = self._sums[4], np.zeros(self.n_groups)
        exponential_sums(above, self.values, self.weights, self.codes, most, np.float64(kappa))
        with np.errstate(invalid="ignore", divide="ignore"):
            found = most + np.log(above / self.weight) / kappa
        return np.where(self.weight > 0, found, np.nan)

    @cached_property
    def _sums(self) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Results of `rank_sums`: weight, total, ranked, logged, most."""
        from twin.kernels.spreading import rank_sums  # noqa: PLC0415 - kernels

        weight, total, ranked, logged, most = np.zeros((5, self.n_groups))
        rank_sums(weight, total, ranked, logged, most, self.values, self.weights, self.codes)
        return weight, total, ranked, logged, most

    def _bounded(self, found: Floats) -> Floats:
        """Return an index that rounding has not put below zero, nan where there is no sum."""
        return np.where(self.total > 0, np.maximum(found, 0.0), np.nan)


def spread(values: Floats, weights: Floats, codes: NDArray[np.integer], n_groups: int) -> Spread:
    """Return the values of groups in ascending order.

    Parameters
    ----------
    values, weights
        (n,) float64.
    codes
        (n,) group of each.
    n_groups
        Number of groups.
    """
    order = np.argsort(values, kind="stable")
    return Spread(values[order], weights[order], codes[order].astype(np.int32), n_groups)


@dataclass(frozen=True, eq=False)
class Cells:
    """Sums by group and stratum, such as a band of age or of income.

    Parameters
    ----------
    n
        (n_groups,) number of values.
    people, sums
        (n_groups, n_strata + 1) weights and weighted values; the last column is of those
        without a stratum.
    """

    n: NDArray[np.int64]
    people: Floats
    sums: Floats

    def concentration(self) -> tuple[Floats, Floats]:
        r"""Return mean and absolute concentration of each group, where strata are ranks.

        With :math:`R` the share of the weight below one's rank and half of that with one's
        rank, it is :math:`2 \sum_i w_i x_i R_i / W - \mu`: over the mean the concentration
        index (Kakwani, Wagstaff and van Doorslaer 1997). Who has no rank is left out.
        """
        people, sums = self.people[:, :-1], self.sums[:, :-1]
        weight = people.sum(axis=1)
        middle = np.cumsum(people, axis=1) - people / 2
        mean = divided(sums.sum(axis=1), weight)
        with np.errstate(invalid="ignore", divide="ignore"):
            absolute = 2 * (sums * middle).sum(axis=1) / weight**2 - mean
        return mean, np.where(weight > 0, absolute, np.nan)

    def gap(self) -> Floats:
        """Return (n_groups,) mean of the group less the mean of all others."""
        return gap(self.people.sum(axis=1), self.sums.sum(axis=1))

    def gap_at_one_structure(self, standard: Floats) -> Floats:
        """Return (n_groups,) the gaps within strata, averaged.

        Parameters
        ----------
        standard
            (n_strata,) weight of each. A group has nan if it, or everybody else, has
            nobody in a stratum of some weight.
        """
        within = gap(self.people[:, :-1], self.sums[:, :-1])
        parts = np.where(standard > 0, within * standard, 0.0).sum(axis=1)
        found: Floats = parts / max(standard.sum(), 1.0)
        return found


def gap(people: Floats, sums: Floats) -> Floats:
    """Return mean of the group less mean of all others; groups are the first axis."""
    others, rest = people.sum(axis=0) - people, sums.sum(axis=0) - sums
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = sums / people - rest / others
    return np.where((people > 0) & (others > 0), found, np.nan)


def cells(
    values: Floats,
    weights: Floats,
    codes: NDArray[np.int32],
    n_groups: int,
    *,
    strata: NDArray[np.int32],
    n_strata: int,
) -> Cells:
    """Return the sums by group and stratum; memory is ``n_groups * n_strata``.

    Parameters
    ----------
    values, weights, codes, n_groups
        As for `Spread`, in any order.
    strata
        (n,) int32 stratum of each; below 0 is none.
    n_strata
        Number of strata.
    """
    from twin.kernels.spreading import cell_sums  # noqa: PLC0415 - kernels

    shape = (n_groups, n_strata + 1)
    found = Cells(np.zeros(n_groups, dtype=np.int64), np.zeros(shape), np.zeros(shape))
    cell_sums(found.n, found.people, found.sums, values, weights, codes, strata)
    return found


def between(total: Floats, weight: Floats) -> float:
    """Return Theil's T if everybody had the mean of his or her group; nan without a sum.

    Parameters
    ----------
    total, weight
        Weighted sum and weight of each group.
    """
    groups = np.flatnonzero(weight)
    means = total[groups] / weight[groups]
    everyone = Spread(means, weight[groups], np.zeros(groups.size, dtype=np.int32), 1)
    return float(everyone.theil()[0])
