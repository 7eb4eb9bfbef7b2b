"""Sums behind indices of inequality, of all groups in one pass over ascending values."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel


@kernel
def rank_sums(
    weight: NDArray[np.float64],
    total: NDArray[np.float64],
    ranked: NDArray[np.float64],
    logged: NDArray[np.float64],
    most: NDArray[np.float64],
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    codes: NDArray[np.int32],
) -> None:
    """Add up what the Gini index and Theil's T of each group are made of.

    Parameters
    ----------
    weight, total : (n_groups,) float64, updated
        Sum of the weights, and of the weighted values.
    ranked : (n_groups,) float64, updated
        Sum of weighted value times the weight in the group that stands before the middle
        of the own one.
    logged : (n_groups,) float64, updated
        Sum of weighted value times its natural logarithm; a zero adds nothing.
    most : (n_groups,) float64, updated
        Largest value; of an empty group as it was.
    values, weights : (n,) float64
        Not below zero, ascending within each group; above zero.
    codes : (n,) int32
        Group of each; below 0 is left out.
    """
    for i in range(values.size):
        group = codes[i]
        if group < 0:
            continue
        x = values[i]
        w = weights[i]
        ranked[group] += w * x * (weight[group] + w / 2.0)
        weight[group] += w
        total[group] += w * x
        most[group] = x
        if x > 0.0:
            logged[group] += w * x * math.log(x)


@kernel
def exponential_sums(
    above: NDArray[np.float64],
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    codes: NDArray[np.int32],
    most: NDArray[np.float64],
    kappa: float,
) -> None:
    """Add up ``w exp(kappa (x - most))`` of each group.

    Parameters
    ----------
    above : (n_groups,) float64, updated
    values, weights, codes
        As for `rank_sums`.
    most : (n_groups,) float64
        Largest value of each group, so that nothing overflows.
    kappa : float
        Per unit of the values.
    """
    for i in range(values.size):
        group = codes[i]
        if group >= 0:
            above[group] += weights[i] * math.exp(kappa * (values[i] - most[group]))


@kernel
def sums_below(
    below: NDArray[np.float64],
    wanted: NDArray[np.float64],
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    codes: NDArray[np.int32],
) -> None:
    """Add up the least values of each group until a weight is used up; a border is shared out.

    Parameters
    ----------
    below : (n_groups,) float64, updated
        Weighted sum.
    wanted : (n_groups,) float64, updated
        Weight that is still to be taken.
    values, weights, codes
        As for `rank_sums`.
    """
    for i in range(values.size):
        group = codes[i]
        if group >= 0 and wanted[group] > 0.0:
            taken = min(weights[i], wanted[group])
            below[group] += taken * values[i]
            wanted[group] -= taken


@kernel
def cell_sums(
    n: NDArray[np.int64],
    people: NDArray[np.float64],
    sums: NDArray[np.float64],
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    codes: NDArray[np.int32],
    strata: NDArray[np.int32],
) -> None:
    """Count, and add up weights and weighted values, by group and stratum.

    Parameters
    ----------
    n : (n_groups,) int64, updated
        Number of values.
    people, sums : (n_groups, n_strata + 1) float64, updated
        Weights and weighted values; the last column is of those without a stratum.
    values, weights : (n,) float64
    codes : (n,) int32
        Group of each; below 0 is left out.
    strata : (n,) int32
        Stratum of each; below 0 is none.
    """
    last = people.shape[1] - 1
    for i in range(values.size):
        group = codes[i]
        if group < 0:
            continue
        stratum = strata[i]
        if stratum < 0:
            stratum = last
        n[group] += 1
        people[group, stratum] += weights[i]
        sums[group, stratum] += weights[i] * values[i]
