"""Counters that are merged or parted while people stand before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.kernels import columns as kc
from twin.kernels.queueing import NOBODY

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.engine.state import State


def move_to_desk(state: State, row: int, desk: int) -> None:
    """Let the people of a station wait at, and its servers serve, another desk.

    Whoever waits keeps his or her place by the time of arrival among those who wait there;
    services under way go on.

    Parameters
    ----------
    state
        Updated.
    row
        The station.
    desk
        Where its people wait from now on.
    """
    old = int(state.stations.desk[row])
    if desk == old:
        return
    visits = state.visits
    at_desks = _present(state, np.flatnonzero(np.isin(state.stations.desk, (old, desk))))
    waiting, served = _waiting(state, at_desks), _served(state, at_desks)
    state.stations.desk[row] = desk
    is_guest = state.stations.desk != np.arange(state.stations.desk.size)
    state.counters[kc.N_GUESTS] = np.count_nonzero(is_guest)
    for one in (old, desk):
        here = state.stations.desk[visits.station[waiting]] == one
        _line_up(state, one, waiting[here])
        at_work = served[state.stations.desk[visits.station[served]] == one]
        state.queues.n_busy[one] = at_work.size
        _note_served(state, one, at_work)
        state.staff_desk(one)


def _present(state: State, stations: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the visits that are inside these stations."""
    n = state.n_visits
    visits = state.visits
    inside = (visits.outcome[:n] == kc.IN_SYSTEM) & np.isin(visits.station[:n], stations)
    inside &= (visits.arrive_us[:n] != kc.NOT_YET) & (visits.arrive_us[:n] <= state.clock_us)
    return np.flatnonzero(inside)


def _served(state: State, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return those of the visits whose service is under way, in the order of their starts."""
    visits = state.visits
    rows = rows[visits.end_us[rows] != kc.NOT_YET]
    return rows[np.lexsort((rows, visits.start_us[rows]))]


def _waiting(state: State, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return those of the visits that wait, whose turn is next first.

    An event of this very moment has not happened yet: whoever arrives now is not in line.
    """
    visits = state.visits
    rows = rows[visits.end_us[rows] == kc.NOT_YET]
    line = [_line(state, int(desk)) for desk in np.unique(state.stations.desk)]
    rows = np.intersect1d(rows, np.concatenate(line))
    # An interrupted service goes on before anybody of its class begins.
    is_fresh = visits.left_us[rows] == kc.NOT_YET
    return rows[np.lexsort((rows, visits.arrive_us[rows], is_fresh))]


def _line(state: State, desk: int) -> NDArray[np.int64]:
    """Return who waits at a desk."""
    found = []
    for first in state.queues.first_waiting[desk].tolist():
        visit = first
        while visit != NOBODY:
            found.append(visit)
            visit = int(state.visits.behind[visit])
    return np.array(found, dtype=np.int64)


def _line_up(state: State, desk: int, visits: NDArray[np.intp]) -> None:
    """Make the lines of a desk of these visits, in this order."""
    queues, columns = state.queues, state.visits
    for rank in range(queues.first_waiting.shape[1]):
        line = visits[columns.rank[visits] == rank]
        _link(state, line)
        queues.first_waiting[desk, rank] = line[0] if line.size else NOBODY
        queues.last_waiting[desk, rank] = line[-1] if line.size else NOBODY
    queues.n_waiting[desk] = visits.size


def _note_served(state: State, desk: int, visits: NDArray[np.intp]) -> None:
    """Remember whom a desk that pre-empts serves; the last to begin stands first."""
    if state.queues.pre_empts[desk]:
        _link(state, visits[::-1])
        state.queues.first_served[desk] = visits[-1] if visits.size else NOBODY


def _link(state: State, line: NDArray[np.intp]) -> None:
    """Let each visit know its neighbours."""
    state.visits.before[line] = np.concatenate([[NOBODY], line[:-1]])[: line.size]
    state.visits.behind[line] = np.concatenate([line[1:], [NOBODY]])[: line.size]
