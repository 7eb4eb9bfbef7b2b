"""Whole numbers from weights: truncate, replicate, sample; then settle the margins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from twin.kernels.random import addressed_uniforms
from twin.kernels.rounding import settle_counts
from twin.streams import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Above rounding of the fit, below what anybody would call a part of a household.
_WHOLE: Final = 1e-7
_GRID: Final = 2.0**20
# Looks at what an item adds while searching in turns: about 0.1 s a zone.
_N_LOOKS: Final = 50_000_000


class Sparse(NamedTuple):
    """What each item adds to which controls, item by item.

    ``control[start[i]:start[i + 1]]`` are int64 rows, `amount` float64.
    """

    start: NDArray[np.int64]
    control: NDArray[np.int64]
    amount: NDArray[np.float64]


def by_item(incidence: NDArray[np.float64]) -> Sparse:
    """Return an (n_controls, n_items) incidence item by item."""
    item, control = np.nonzero(incidence.T)
    start = np.searchsorted(item, np.arange(incidence.shape[1] + 1)).astype(np.int64)
    amount = np.ascontiguousarray(incidence[control, item], dtype=np.float64)
    return Sparse(start, control.astype(np.int64), amount)


def snapped(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values on a fine binary grid.

    The last bits of a fit depend on how a library sums, and that on threads and
    processors; off the grid they would decide between exchanges that are equally good.
    """
    return np.asarray(np.round(values * _GRID) / _GRID)


def truncated(weight: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the whole parts of weights; one that is whole but for rounding counts as whole."""
    return np.floor(weight + _WHOLE).astype(np.int64)


def truncate_replicate_sample(
    weight: NDArray[np.float64], *, seed: int, place: int = 0, draw: int = 0
) -> NDArray[np.int64]:
    """Return whole numbers, each less than one from its weight (Lovelace and Ballas 2013).

    Every item gets the whole part of its weight; the total's remainder goes to items
    drawn without replacement with probabilities that are the parts cut off, by Pareto
    sampling (Rosen 1997: drawing one after the other, as R's `sample` does, favours the
    small parts). A draw is addressed by place and item: other places change nothing,
    and an item of weight zero stays empty.

    Parameters
    ----------
    weight
        (n_items,) float64, at least 0.
    seed
        64-bit key.
    place
        uint32 number of the zone.
    draw
        Number of the question, for several of one place.

    Returns
    -------
    (n_items,) int64
        Sums to the rounded sum of the weights.
    """
    count = truncated(weight)
    part = np.maximum(snapped(weight) - count, 0.0)
    is_open = part > _WHOLE
    wanted = min(round(float(snapped(weight.sum()))) - int(count.sum()), int(is_open.sum()))
    if wanted <= 0:
        return count
    items = np.flatnonzero(is_open)
    draws = addressed_uniforms(seed, ROUNDING, items.astype(np.uint32), draw=draw, word3=place)
    odds = part[items] / (1.0 - part[items])
    order = np.lexsort((items, draws / (1.0 - draws) / odds))
    count[items[order[:wanted]]] += 1
    return count


def settled(
    count: NDArray[np.int64],
    weight: NDArray[np.float64],
    adds: Sparse,
    target: NDArray[np.float64],
    *,
    stress: NDArray[np.float64] | None = None,
    slack: int = 0,
    may_alone: bool = False,
) -> NDArray[np.int64]:
    """Return counts as near to their weights as before whose sums come nearer to `target`.

    Parameters
    ----------
    count
        (n_items,) int64.
    weight
        (n_items,) float64; an item without weight stays empty.
    adds
        What an item adds to each sum.
    target
        (n_controls,) float64.
    stress
        (n_controls,) how much a squared miss counts; None for one each.
    slack
        By how many more than the parts cut off a count may move.
    may_alone
        Whether the number of items may change.
    """
    moved = count.astype(np.int64).copy()
    floor = truncated(weight)
    is_open = weight > 0.0
    lowest = np.maximum(floor - slack, 0)
    highest = np.where(is_open, floor + (weight - floor > _WHOLE) + slack, 0).astype(np.int64)
    lowest, highest = np.minimum(lowest, moved), np.maximum(highest, moved)
    sums = np.zeros(target.size)
    item = np.repeat(np.arange(moved.size), np.diff(adds.start))
    np.add.at(sums, adds.control, adds.amount * moved[item])
    each = np.ones(target.size) if stress is None else np.asarray(stress, dtype=np.float64)
    n_most = 8 * moved.size + 1000
    n_tries = _N_LOOKS // max(adds.amount.size, 1)
    settle_counts(
        moved, sums - snapped(target), lowest, highest, each, *adds, may_alone, n_tries, n_most
    )
    return moved
