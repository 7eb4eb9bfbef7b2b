"""Whole numbers near weights whose sums stay near the weights' sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel


@kernel
def _added(
    item: int,
    sign: float,
    miss: NDArray[np.float64],
    stress: NDArray[np.float64],
    start: NDArray[np.int64],
    control: NDArray[np.int64],
    amount: NDArray[np.float64],
) -> float:
    """Return how much the weighted square of the misses grows by one item more or less."""
    growth = 0.0
    for at in range(start[item], start[item + 1]):
        change = sign * amount[at]
        k = control[at]
        growth += stress[k] * change * (2.0 * miss[k] + change)
    return growth


@kernel
def _apply(
    item: int,
    sign: float,
    miss: NDArray[np.float64],
    start: NDArray[np.int64],
    control: NDArray[np.int64],
    amount: NDArray[np.float64],
) -> None:
    for at in range(start[item], start[item + 1]):
        miss[control[at]] += sign * amount[at]


@kernel
def _best(
    sign: float,
    count: NDArray[np.int64],
    lowest: NDArray[np.int64],
    highest: NDArray[np.int64],
    miss: NDArray[np.float64],
    stress: NDArray[np.float64],
    start: NDArray[np.int64],
    control: NDArray[np.int64],
    amount: NDArray[np.float64],
) -> tuple[int, float]:
    """Return the item whose change by `sign` grows the misses least, the first of equals."""
    chosen = -1
    least = np.inf
    for item in range(count.size):
        if sign > 0.0 and count[item] >= highest[item]:
            continue
        if sign < 0.0 and count[item] <= lowest[item]:
            continue
        growth = _added(item, sign, miss, stress, start, control, amount)
        if growth < least:
            least = growth
            chosen = item
    return chosen, least


@kernel
def settle_counts(
    count: NDArray[np.int64],
    miss: NDArray[np.float64],
    lowest: NDArray[np.int64],
    highest: NDArray[np.int64],
    stress: NDArray[np.float64],
    start: NDArray[np.int64],
    control: NDArray[np.int64],
    amount: NDArray[np.float64],
    may_alone: bool,  # noqa: FBT001 - kernels take flat arguments
    n_tries_max: int,
    n_moves_max: int,
) -> int:
    """Move counts within their bounds until no move betters the controls' sums.

    A move is one item up and one down, the best down given the best up or the other
    way round; with `may_alone` also one alone. Where none of these is left, items are
    taken down in turns with the best one up. Every move lessens the weighted sum of
    squared misses, so the loop ends; equals go to the first item.

    Parameters
    ----------
    count : (n_items,) int64, updated
        Whole numbers.
    miss : (n_controls,) float64, updated
        Sum of what the counts add, less what is wanted.
    lowest, highest : (n_items,) int64
        Bounds of each count.
    stress : (n_controls,) float64
        Weight of a control's squared miss.
    start, control, amount : (n_items + 1,) int64, (n,) int64, (n,) float64
        What one item adds to which controls, item by item.
    may_alone : bool
        Whether the sum of the counts may change.
    n_tries_max : int
        Most items taken down in turns.
    n_moves_max : int
        Most moves.

    Returns
    -------
    int
        Moves made.
    """
    n_tries = 0
    turn = 0
    for move in range(n_moves_max):
        up, up_growth = _best(1.0, count, lowest, highest, miss, stress, start, control, amount)
        down, down_growth = _best(
            -1.0, count, lowest, highest, miss, stress, start, control, amount
        )
        first_up, first_down, best = -1, -1, -1e-9
        if may_alone and up >= 0 and up_growth < best:
            first_up, first_down, best = up, -1, up_growth
        if may_alone and down >= 0 and down_growth < best:
            first_up, first_down, best = -1, down, down_growth
        if up >= 0:
            _apply(up, 1.0, miss, start, control, amount)
            other, growth = _best(
                -1.0, count, lowest, highest, miss, stress, start, control, amount
            )
            _apply(up, -1.0, miss, start, control, amount)
            if other >= 0 and other != up and up_growth + growth < best:
                first_up, first_down, best = up, other, up_growth + growth
        if down >= 0:
            _apply(down, -1.0, miss, start, control, amount)
            other, growth = _best(1.0, count, lowest, highest, miss, stress, start, control, amount)
            _apply(down, 1.0, miss, start, control, amount)
            if other >= 0 and other != down and down_growth + growth < best:
                first_up, first_down, best = other, down, down_growth + growth
        if first_up < 0 and first_down < 0:
            for _ in range(count.size):
                item = turn
                turn = (turn + 1) % count.size
                if count[item] <= lowest[item]:
                    continue
                if n_tries >= n_tries_max:
                    return move
                n_tries += 1
                growth = _added(item, -1.0, miss, stress, start, control, amount)
                _apply(item, -1.0, miss, start, control, amount)
                other, more = _best(
                    1.0, count, lowest, highest, miss, stress, start, control, amount
                )
                _apply(item, 1.0, miss, start, control, amount)
                if other >= 0 and other != item and growth + more < -1e-9:
                    first_up, first_down = other, item
                    break
            if first_down < 0:
                return move
        if first_up >= 0:
            count[first_up] += 1
            _apply(first_up, 1.0, miss, start, control, amount)
        if first_down >= 0:
            count[first_down] -= 1
            _apply(first_down, -1.0, miss, start, control, amount)
    return n_moves_max
