"""Who gets which place: lists, standings and seats laid out for the matching kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from twin.kernels.lottery import draw_lots
from twin.kernels.matching import (
    UNPLACED,
    Lists,
    Seats,
    Trading,
    accept_at_once,
    defer_acceptance,
    trade_cycles,
)
from twin.streams import split_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

Mechanism = Literal["deferred_acceptance", "immediate_acceptance", "top_trading_cycles"]
MECHANISMS: Final[tuple[Mechanism, ...]] = (
    "deferred_acceptance",
    "immediate_acceptance",
    "top_trading_cycles",
)
_LOT_BITS: Final = np.uint64(32)


def lists_of(
    start: NDArray[np.int64],
    school: NDArray[np.int32],
    standing: NDArray[np.uint64],
    uid: NDArray[np.uint32],
) -> Lists:
    """Return the lists of some pupils; see `twin.kernels.matching.Lists`."""
    pupil = np.repeat(np.arange(uid.size, dtype=np.int32), np.diff(start))
    return Lists(start, school, standing, uid, pupil)


def standings(
    order: NDArray[np.int64],
    pupil_uid: NDArray[np.uint32],
    school_uid: NDArray[np.uint32],
    round_uid: int,
    seed: int,
) -> NDArray[np.uint64]:
    """Return how each applicant stands: first by `order`, then by lot.

    Parameters
    ----------
    order
        (n,) whole numbers from 0 to below 2**32; smaller goes first.
    pupil_uid
        (n,) names of the pupils.
    school_uid
        (n,) numbers of the schools; zeros for one lot at all schools.
    round_uid
        32-bit number of the round.
    seed
        Run seed.
    """
    lot = np.empty(order.size, dtype=np.uint64)
    draw_lots(lot, pupil_uid, school_uid, round_uid, *split_key(seed))
    made: NDArray[np.uint64] = (order.astype(np.uint64) << _LOT_BITS) | lot
    return made


def match_lists(
    lists: Lists, n_places: NDArray[np.int64], mechanism: Mechanism
) -> NDArray[np.int64]:
    """Return the choice that each pupil gets.

    Parameters
    ----------
    lists
        What pupils want and how they stand.
    n_places
        (n_schools,) places.
    mechanism
        One of `MECHANISMS`.

    Returns
    -------
    (n_pupils,) int64
        Row of the choice in the lists, -1 for none.
    """
    placed = np.full(lists.uid.size, UNPLACED, dtype=np.int64)
    wanted = np.bincount(lists.school, minlength=n_places.size).astype(np.int64)
    # No school needs more seats than there are who want one.
    places = np.minimum(n_places, wanted)
    if mechanism == "top_trading_cycles":
        trade_cycles(placed, _trading(lists, places, wanted), lists)
        return placed
    start = np.zeros(places.size + 1, dtype=np.int64)
    np.cumsum(places, out=start[1:])
    n_held = np.zeros(places.size, dtype=np.int64)
    seats = Seats(start, np.empty(int(start[-1]), dtype=np.int64), n_held)
    if mechanism == "deferred_acceptance":
        defer_acceptance(placed, seats, np.empty(placed.size, dtype=np.int64), lists)
    else:
        accept_at_once(placed, seats, np.zeros(places.size, dtype=np.int64), lists)
    return placed


def _trading(lists: Lists, places: NDArray[np.int64], wanted: NDArray[np.int64]) -> Trading:
    start = np.zeros(places.size + 1, dtype=np.int64)
    np.cumsum(wanted, out=start[1:])
    queue = np.lexsort((lists.uid[lists.pupil], lists.standing, lists.school)).astype(np.int64)
    n = lists.uid.size
    return Trading(
        queue_start=start,
        queue=queue,
        head=start[:-1].copy(),
        n_left=places.copy(),
        following=np.empty(n, dtype=np.int64),
        status=np.zeros(n, dtype=np.int8),
        path=np.empty(n + 1, dtype=np.int64),
        position=np.full(n, -1, dtype=np.int64),
    )
