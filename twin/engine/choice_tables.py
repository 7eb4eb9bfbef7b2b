"""Tables behind choices: by group of residents, and the bounds of tastes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.kernels.shortlist import N_BOUNDS
from twin.population.columns import BY_NAME
from twin.population.groups import N_CELLS, cell_column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Factors = Mapping[str, Mapping[str, float]]


def _where(factors: Factors) -> Iterator[tuple[NDArray[np.bool_], float]]:
    """Yield the cells of each category that is named, and its value."""
    for column, values in factors.items():
        codes = cell_column(column)
        for word, value in values.items():
            yield codes == BY_NAME[column].words.index(word), value


def product_of_cells(factors: Factors) -> NDArray[np.float64]:
    """Return the product of factors by column and category in each cell, (N_CELLS,) float64."""
    out = np.ones(N_CELLS)
    for cells, value in _where(factors):
        out[cells] *= value
    return out


def sum_of_cells(terms: Factors) -> NDArray[np.float64]:
    """Return the sum of terms by column and category in each cell, (N_CELLS,) float64."""
    out = np.zeros(N_CELLS)
    for cells, value in _where(terms):
        out[cells] += value
    return out


def gumbel_bounds() -> NDArray[np.float64]:
    """Return ``-log(-log u)`` at the upper edge of each cell of u, (N_BOUNDS,) float64."""
    edge = np.arange(1, N_BOUNDS + 1) / N_BOUNDS
    with np.errstate(divide="ignore"):
        return -np.log(-np.log(edge))


def stable_bounds(need_share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what Kanter's angle adds to the logarithm of a stable variate, at upper edges.

    It grows with the angle (Zolotarev 1966). See `twin.kernels.random.log_positive_stable`.

    Parameters
    ----------
    need_share
        (n,) float64 exponents alpha in (0, 1]; zeros are returned for 1, which needs none.

    Returns
    -------
    (n, N_BOUNDS) float64
        The last cell has no bound: inf.
    """
    out = np.zeros((need_share.size, N_BOUNDS))
    angle = np.pi * np.arange(1, N_BOUNDS) / N_BOUNDS
    for row, alpha in enumerate(need_share.tolist()):
        if alpha < 1.0:
            value = np.log(np.sin(alpha * angle)) - np.log(np.sin(angle)) / alpha
            value += (1.0 - alpha) / alpha * np.log(np.sin((1.0 - alpha) * angle))
            out[row, :-1] = value
            out[row, -1] = np.inf
    return out
