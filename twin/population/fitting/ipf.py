"""Iterative proportional fitting of an n-dimensional table to any set of margins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TOLERANCE: Final = 1e-11
N_SWEEPS_MAX: Final = 5_000


@dataclass(frozen=True, eq=False)
class AxisMargin:
    """What a table must sum to over all but some of its axes.

    Parameters
    ----------
    axes
        Axes that are kept, increasing.
    target
        float64 sums, one axis for each of `axes`.
    """

    axes: tuple[int, ...]
    target: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class IpfFit:
    """A fitted table.

    Parameters
    ----------
    table
        float64, shaped like the seed; zero where the seed is.
    n_sweeps
        Passes over all margins.
    worst
        Largest distance of a margin's cell from its target, as a share of the total.
    is_converged
        Whether all margins are met; they are not if they conflict, with each other
        or with the seed's zeros.
    """

    table: NDArray[np.float64]
    n_sweeps: int
    worst: float
    is_converged: bool


def fit_table(
    seed: NDArray[np.float64],
    margins: Sequence[AxisMargin],
    *,
    tolerance: float = TOLERANCE,
    n_sweeps_max: int = N_SWEEPS_MAX,
) -> IpfFit:
    """Return the table closest to `seed` that has the margins (Deming and Stephan 1940).

    It minimises the sum of ``w log(w / seed)``; a zero of the seed stays exactly zero.
    Margins that conflict have no solution: the last one is met then, and the fit says so.

    Parameters
    ----------
    seed
        (n, m, ...) float64, at least 0.
    margins
        Targets, at least 0; swept in this order.
    tolerance
        Share of the total by which a margin's cell may be off.
    n_sweeps_max
        Sweeps after which the fit gives up.
    """
    table = np.array(seed, dtype=np.float64)
    scale = max((float(m.target.sum()) for m in margins), default=0.0) or 1.0
    worst = np.inf
    for sweep in range(1, n_sweeps_max + 1):
        for margin in margins:
            table *= _factor(table, margin)
        before, worst = worst, _worst(table, margins) / scale
        if worst <= tolerance:
            return IpfFit(table, sweep, worst, is_converged=True)
        if sweep > 100 and worst > before * (1.0 - 1e-9):  # noqa: PLR2004 - it stands still
            break
    return IpfFit(table, sweep if margins else 0, worst if margins else 0.0, not margins)


def _factor(table: NDArray[np.float64], margin: AxisMargin) -> NDArray[np.float64]:
    """Return what each cell is multiplied by; 0 where nothing can be scaled."""
    sums = _sums(table, margin)
    factor = np.divide(margin.target, sums, out=np.zeros_like(sums), where=sums > 0.0)
    shape = [size if axis in margin.axes else 1 for axis, size in enumerate(table.shape)]
    return factor.reshape(shape)


def _sums(table: NDArray[np.float64], margin: AxisMargin) -> NDArray[np.float64]:
    others = tuple(axis for axis in range(table.ndim) if axis not in margin.axes)
    return np.asarray(table.sum(axis=others), dtype=np.float64)


def _worst(table: NDArray[np.float64], margins: Sequence[AxisMargin]) -> float:
    return max((float(np.abs(_sums(table, m) - m.target).max()) for m in margins), default=0.0)
