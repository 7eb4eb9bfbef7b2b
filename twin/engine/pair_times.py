"""Travel times that the trips of the day plans ask for while the streets stay as they are.

Only what may be needed is computed: the modes that a resident has, for the trips that
may leave in this time. Residents take turns in batches, so that little is held at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.kernels.touring import BACK, OUT, list_due
from twin.network.modes import RESIDENT_MODES
from twin.network.pairs import UNREACHABLE, pairs_ms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twin.engine.activities import Activities
    from twin.kernels.plans import Plans
    from twin.network.journeys import Streets

BATCH: Final = 65_536
"""Residents whose times are held at once."""


def batches(n_residents: int) -> Iterator[slice]:
    """Yield rows of residents whose turn it is."""
    for first in range(0, n_residents, BATCH):
        yield slice(first, min(first + BATCH, n_residents))


def due_times(
    plans: Plans,
    rows: slice,
    until_us: int,
    which: Activities,
    group: NDArray[np.uint16],
    view: Streets,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the times of the trips of some residents that may leave before `until_us`.

    Parameters
    ----------
    plans
        What is intended.
    rows
        Whose trips.
    until_us
        When the streets may change.
    which
        Places, modes of travel and who has them.
    group : (n,)
        Demographic cells.
    view
        The streets as they are.

    Returns
    -------
    due_start : (n_rows + 1,) int64
        First row of the times of each resident.
    times : (n_due, 2, n_modes) int32
        Out and back in ms, -1 where there is no way or nobody asks.
    """
    first, end, node = rows.start, rows.stop, which.occupations.node
    capacity = int(plans.start[end] - plans.start[first])
    due_start = np.empty(end - first + 1, dtype=np.int64)
    place = np.empty(capacity, dtype=np.int32)
    asked = np.empty((2, capacity), dtype=np.uint8)
    n = list_due(
        due_start, place, asked[OUT], asked[BACK], plans, first, until_us, node, group, which.modes
    )
    times = np.full((n, 2, len(RESIDENT_MODES)), UNREACHABLE, dtype=np.int32)
    home = np.repeat(node[first:end, 0], np.diff(due_start))
    for carrier in which.carriers:
        for way in (OUT, BACK):
            at = np.flatnonzero(asked[way, :n] & (1 << carrier.code))
            if at.size:
                ends = (home[at], place[at])
                times[at, way, carrier.code] = pairs_ms(view, carrier, ends[way], ends[1 - way])
    return due_start, times
