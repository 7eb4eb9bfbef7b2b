"""Weights of a list that meet controls and stay as close to what they were as can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOLERANCE: Final = 1e-10
N_STEPS_MAX: Final = 200
# A step may change a weight by a factor of e**4 at most, so that nothing overflows.
_LONGEST: Final = 4.0
_RIDGE: Final = 1e-13
_ARMIJO: Final = 1e-4
_N_HALVINGS: Final = 40


@dataclass(frozen=True, eq=False)
class ListFit:
    """Fitted weights of a list.

    Parameters
    ----------
    weight
        (n_items,) float64; zero where the first weight is.
    n_steps
        Steps of the method.
    worst
        Largest distance of a sum from its control, as a share of the largest control.
    is_converged
        Whether the method came to its end; soft controls may be missed all the same.
    """

    weight: NDArray[np.float64]
    n_steps: int
    worst: float
    is_converged: bool


def balance_list(
    incidence: NDArray[np.float64],
    controls: NDArray[np.float64],
    first: NDArray[np.float64],
    *,
    hardness: NDArray[np.float64] | None = None,
    n_steps_max: int = N_STEPS_MAX,
) -> ListFit:
    r"""Return the weights of least relative entropy under controls, hard or soft.

    Minimises

    .. math:: \sum_t w_t \log(w_t / w^0_t) - w_t
              + \tfrac12 \sum_k \frac{h_k}{b_k} (A_k w - b_k)^2

    by Newton's method on its dual, of one variable a control (Hainmueller 2012; the
    quadratic penalty makes the dual strictly concave, so controls that conflict have
    one answer, between them, nearer to the harder). A hard control has an infinite
    `hardness` and is met exactly.

    Parameters
    ----------
    incidence
        (n_controls, n_items) float64, at least 0: what an item adds to each sum.
    controls
        (n_controls,) float64, at least 0. An item that adds to a control of zero gets
        no weight.
    first
        (n_items,) float64, at least 0.
    hardness
        (n_controls,) above 0; None for all hard. A control is missed by a share of
        itself of its multiplier over its hardness.
    n_steps_max
        Steps after which the method gives up.
    """
    start = np.where((incidence[controls <= 0.0] > 0.0).any(axis=0), 0.0, first)
    is_used = start > 0.0
    is_kept = (controls > 0.0) & (incidence[:, is_used] > 0.0).any(axis=1)
    matrix = np.ascontiguousarray(incidence[np.ix_(is_kept, is_used)])
    target = controls[is_kept]
    soft = np.zeros(target.size) if hardness is None else target / hardness[is_kept]
    used, n_steps, is_converged = _newton(matrix, target, start[is_used], soft, n_steps_max)
    weight = np.zeros(first.size)
    weight[is_used] = used
    scale = float(controls.max(initial=0.0)) or 1.0
    worst = float(np.abs(incidence @ weight - controls).max(initial=0.0)) / scale
    return ListFit(weight, n_steps, worst, is_converged)


def _newton(
    matrix: NDArray[np.float64],
    target: NDArray[np.float64],
    first: NDArray[np.float64],
    soft: NDArray[np.float64],
    n_steps_max: int,
) -> tuple[NDArray[np.float64], int, bool]:
    """Return weights, steps and whether the gradient of the dual vanished."""
    dual = np.zeros(target.size)
    weight = first.copy()
    scale = float(target.max(initial=1.0))
    for step in range(n_steps_max):
        gradient = target - matrix @ weight - soft * dual
        if float(np.abs(gradient).max(initial=0.0)) <= TOLERANCE * scale:
            return weight, step, True
        hessian = (matrix * weight) @ matrix.T + np.diag(soft)
        direction = _solved(hessian, gradient)
        moved = _line_search(matrix, target, first, soft, (dual, weight, direction, gradient))
        if moved is None:
            # Rounding ends the ascent: as near as doubles come.
            return weight, step, float(np.abs(gradient).max()) <= _near(soft) * scale
        dual, weight = moved
    return weight, n_steps_max, False


def _near(soft: NDArray[np.float64]) -> float:
    """Return how small a gradient is good enough where rounding ends the search."""
    return 1e-6 if soft.any() else 1e-8


def _solved(hessian: NDArray[np.float64], gradient: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Newton step; a tiny ridge takes what redundant controls leave open."""
    ridge = _RIDGE * max(float(np.trace(hessian)), 1e-300)
    try:
        step = np.linalg.solve(hessian + ridge * np.eye(gradient.size), gradient)
    except np.linalg.LinAlgError:
        step = np.linalg.lstsq(hessian, gradient, rcond=None)[0]
    return np.asarray(step if np.isfinite(step).all() else gradient, dtype=np.float64)


_Point = tuple[
    "NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]", "NDArray[np.float64]"
]


def _line_search(
    matrix: NDArray[np.float64],
    target: NDArray[np.float64],
    first: NDArray[np.float64],
    soft: NDArray[np.float64],
    point: _Point,
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return dual and weights after the longest step that lifts the dual enough."""
    dual, weight, direction, gradient = point
    slope = float(gradient @ direction)
    log_change = direction @ matrix
    longest = float(np.abs(log_change).max(initial=0.0))
    length = min(1.0, _LONGEST / longest) if longest > 0.0 else 1.0
    linear = float((target - soft * dual) @ direction)
    curved = 0.5 * float(soft @ direction**2)
    for _ in range(_N_HALVINGS):
        # The gain of the dual as a sum of differences: no cancellation near the top.
        grown = float(weight @ np.expm1(length * log_change))
        gain = length * linear - length**2 * curved - grown
        if gain >= _ARMIJO * length * slope and gain > 0.0:
            moved = dual + length * direction
            return moved, first * np.exp(np.clip(moved @ matrix, -700.0, 700.0))
        length *= 0.5
    return None
