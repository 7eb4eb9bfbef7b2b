"""Iterative proportional updating: weights of households that fit households and persons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.population.fitting.entropy import ListFit

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOLERANCE: Final = 1e-9
N_SWEEPS_MAX: Final = 2_000
_STANDS_STILL: Final = 1e-6
_N_PATIENT: Final = 20


def update_list(
    incidence: NDArray[np.float64],
    controls: NDArray[np.float64],
    first: NDArray[np.float64],
    *,
    n_sweeps_max: int = N_SWEEPS_MAX,
) -> ListFit:
    """Return weights that meet the controls of households and of persons (Ye et al. 2009).

    One control after the other: all households that add to it are multiplied by what
    is wanted over what there is, whatever they add. Controls that conflict make it
    circle: it ends when a sweep no longer betters the mean miss, with the best weights.
    It cannot tell apart items that add different amounts to one control; where every item
    adds to it, `twin.population.fitting.entropy` can meet what this cannot.

    Parameters
    ----------
    incidence
        (n_controls, n_items) float64, at least 0: households or their members.
    controls
        (n_controls,) float64, at least 0.
    first
        (n_items,) float64, at least 0; zeros stay exactly zero.
    n_sweeps_max
        Sweeps after which the method gives up.
    """
    weight = np.where((incidence[controls <= 0.0] > 0.0).any(axis=0), 0.0, first)
    can_be_met = (controls > 0.0) & (incidence[:, weight > 0.0] > 0.0).any(axis=1)
    rows = [
        (np.flatnonzero(incidence[k]), incidence[k][incidence[k] > 0.0], float(controls[k]))
        for k in np.flatnonzero(can_be_met)
    ]
    best, best_miss, n_worse = weight.copy(), np.inf, 0
    n_sweeps = 0
    while n_sweeps < n_sweeps_max:
        n_sweeps += 1
        for items, amounts, control in rows:
            there = float(amounts @ weight[items])
            if there > 0.0:
                weight[items] *= control / there
        miss = _mean_miss(rows, weight)
        n_worse = 0 if miss < best_miss * (1.0 - _STANDS_STILL) else n_worse + 1
        if miss < best_miss:
            best, best_miss = weight.copy(), miss
        if best_miss <= TOLERANCE or n_worse >= _N_PATIENT:
            break
    scale = float(controls.max(initial=0.0)) or 1.0
    worst = float(np.abs(incidence @ best - controls).max(initial=0.0)) / scale
    return ListFit(best, n_sweeps, worst, best_miss <= TOLERANCE)


def _mean_miss(
    rows: list[tuple[NDArray[np.intp], NDArray[np.float64], float]], weight: NDArray[np.float64]
) -> float:
    """Return the mean distance of a sum from its control, as a share of the control."""
    if not rows:
        return 0.0
    return float(np.mean([abs(float(a @ weight[i]) - control) / control for i, a, control in rows]))
