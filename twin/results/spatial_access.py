"""Spatial accessibility on pairs of origin and facility: opportunities, gravity, 2SFCA.

A pair has a cost; pairs that cannot be travelled are not there. Sums are taken one
pair after another, by origin and then facility, so that a result has the same bits on
every machine and with any number of threads.

References
----------
.. [1] Hansen, W. G. (1959). How accessibility shapes land use. Journal of the American
   Institute of Planners 25(2), 73-76.
.. [2] Luo, W. and Wang, F. (2003). Measures of spatial accessibility to health care in
   a GIS environment. Environment and Planning B 30(6), 865-884.
.. [3] Luo, W. and Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA)
   method for measuring spatial accessibility to primary care physicians. Health & Place
   15(4), 1100-1107.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class CostPairs:
    """Costs from origins to facilities, in CSR order; a pair that is not there is unreachable.

    Parameters
    ----------
    start
        (n_origins + 1,) int64, first pair of each origin.
    facility
        (n_pairs,) int64, ascending within an origin.
    cost
        (n_pairs,) float64, finite and at least 0.
    n_facilities
        Facilities, also those that no pair leads to.
    """

    start: NDArray[np.int64]
    facility: NDArray[np.int64]
    cost: NDArray[np.float64]
    n_facilities: int

    @property
    def n_origins(self) -> int:
        """Origins, also those from which no pair leads anywhere."""
        return self.start.size - 1

    @property
    def origin(self) -> NDArray[np.int64]:
        """Origin of each pair."""
        return np.repeat(np.arange(self.n_origins, dtype=np.int64), np.diff(self.start))

    def kept(self, keep: NDArray[np.bool_]) -> CostPairs:
        """Return the pairs of a mask."""
        counts = np.bincount(self.origin[keep], minlength=self.n_origins)
        start = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
        return CostPairs(start, self.facility[keep], self.cost[keep], self.n_facilities)


@dataclass(frozen=True, eq=False)
class SpatialAccess:
    """Supply within reach of each origin, and how far supply is taken up.

    Parameters
    ----------
    score
        (n_origins,) float64; for the floating catchments supply per unit of demand. 0
        where no facility is in reach.
    ratio
        (n_facilities,) float64, supply per weighted demand; nan where nobody with demand
        reaches the facility, and everywhere if demand does not count.
    supply_reached
        Supply of the facilities that somebody with demand reaches: what a floating
        catchment hands out, ``sum(demand * score)``.
    """

    score: NDArray[np.float64]
    ratio: NDArray[np.float64]
    supply_reached: float


def within(cost: NDArray[np.float64], limit: float, *, is_strict: bool) -> NDArray[np.bool_]:
    """Return which costs are within a limit: at most, or less than, it."""
    is_within: NDArray[np.bool_] = cost < limit if is_strict else cost <= limit
    return is_within


def step_weights(
    cost: NDArray[np.float64], steps: Sequence[tuple[float, float]], *, is_strict: bool
) -> NDArray[np.float64]:
    """Return the weight of the first step that a cost is within, 0 beyond the last.

    Parameters
    ----------
    cost
        Costs.
    steps
        (limit, weight) by ascending limit.
    is_strict
        Whether a cost equal to a limit belongs to the next step.
    """
    weight = np.zeros(cost.shape)
    for limit, value in reversed(steps):
        weight[within(cost, limit, is_strict=is_strict)] = value
    return weight


def power_weights(cost: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Return ``cost ** exponent``, exponent < 0: what is twice as far counts a fixed part."""
    weight: NDArray[np.float64] = cost**exponent
    return weight


def exponential_weights(cost: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """Return ``exp(-rate * cost)``: each further unit of cost takes a fixed part away."""
    weight: NDArray[np.float64] = np.exp(-rate * cost)
    return weight


def potential(
    pairs: CostPairs, weight: NDArray[np.float64], supply: NDArray[np.float64]
) -> SpatialAccess:
    """Return weighted supply in reach of each origin (Hansen 1959 [1]_), whoever else wants it.

    With weights of 1 it counts opportunities within a cut-off.
    """
    score = _sums(pairs.origin, weight * supply[pairs.facility], pairs.n_origins)
    is_reached = np.bincount(pairs.facility, weights=weight, minlength=pairs.n_facilities) > 0
    ratio = np.full(pairs.n_facilities, np.nan)
    return SpatialAccess(score, ratio, _total(supply[is_reached]))


def floating_catchment(
    pairs: CostPairs,
    weight: NDArray[np.float64],
    demand: NDArray[np.float64],
    supply: NDArray[np.float64],
) -> SpatialAccess:
    """Return the two-step floating catchment area score (Luo and Wang 2003 [2]_).

    Each facility divides its supply by the weighted demand in reach; each origin adds up
    what the facilities in its reach have for a unit of demand. Weights of 1 within the
    catchment are 2SFCA, steps E2SFCA (Luo and Qi 2009 [3]_), a decay the gravity form.
    All supply that anybody reaches is handed out, no more and no less.
    """
    wanted = _sums(pairs.facility, weight * demand[pairs.origin], pairs.n_facilities)
    is_reached = wanted > 0
    ratio = np.divide(supply, wanted, out=np.full(wanted.size, np.nan), where=is_reached)
    # The share of a unit of demand first: it stays finite where the weights are tiny.
    divisor = np.where(is_reached, wanted, np.inf)[pairs.facility]
    handed = weight / divisor * supply[pairs.facility]
    score = _sums(pairs.origin, handed, pairs.n_origins)
    return SpatialAccess(score, ratio, _total(supply[is_reached]))


def _sums(
    place: NDArray[np.int64], values: NDArray[np.float64], n_places: int
) -> NDArray[np.float64]:
    """Return the sum at each place, added up in the order of the pairs."""
    return np.bincount(place, weights=values, minlength=n_places).astype(np.float64, copy=False)


def _total(values: NDArray[np.float64]) -> float:
    return float(_sums(np.zeros(values.size, dtype=np.int64), values, 1)[0])
