"""Which rows of visits belong together: stages of a visit, tries of a need, referrals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.kernels import columns as kc
from twin.kernels.requirements import requirements_us
from twin.kernels.stages import PASSES, REFERRED
from twin.results.needs import first_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.engine.state import State


def is_referral(state: State) -> NDArray[np.bool_]:
    """Return which rows begin a need that a visit to another service led to."""
    n, v = state.n_visits, state.visits
    begins: NDArray[np.bool_] = (v.parent[:n] >= 0) & (v.attempt[:n] == REFERRED)
    return begins


def continued(state: State) -> NDArray[np.int64]:
    """Return the row of the same need that each row continues, -1 for its first row."""
    return np.where(is_referral(state), kc.NOT_YET, state.visits.parent[: state.n_visits])


def need_us(state: State) -> NDArray[np.int64]:
    """Return when the need of each row arose; a referral's at the time it was made for."""
    ready = state.visits.ready_us[: state.n_visits]
    return ready[first_rows(continued(state))]


def since_us(state: State) -> NDArray[np.int64]:
    """Return from when the delay of each row counts: the need, or the end of the try before."""
    n, v = state.n_visits, state.visits
    pause = np.where(continued(state) >= 0, state.follows.retry_after_us[v.service[:n]], 0)
    # A later stage has no delay: nobody departs to it.
    since: NDArray[np.int64] = v.ready_us[:n] - pause
    return since


def last_stages(state: State) -> NDArray[np.int64]:
    """Return the row of the last stage so far of the visit that each row is part of."""
    n, v = state.n_visits, state.visits
    last = np.arange(n, dtype=np.int64)
    later = np.flatnonzero((v.parent[:n] >= 0) & (v.attempt[:n] & PASSES > 0))
    last[v.parent[later]] = later
    while True:
        further = last[last]
        if np.array_equal(further, last):
            return last
        last = further


def resumed_us(state: State) -> NDArray[np.int64]:
    """Return from when each service is counted in one piece: its start without interruptions.

    An interrupted service is counted as the time that it took, right before its end; until
    it has been taken up again it counts as waiting.
    """
    n, v = state.n_visits, state.visits
    start = v.start_us[:n].copy()
    rows = np.flatnonzero(v.left_us[:n] != kc.NOT_YET)
    if rows.size:
        took = np.empty(rows.size, dtype=np.int64)
        low, high = state.key
        requirements_us(took, rows, v, state.stations, state.stages, low, high)
        end = v.end_us[rows]
        start[rows] = np.where(end == kc.NOT_YET, kc.NOT_YET, end - took)
    return start
