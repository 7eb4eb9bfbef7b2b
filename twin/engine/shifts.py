"""Who is on duty when: shifts of a service as changes of a share within opening hours.

What a shift says counts at openings and within them. Whoever is on duty at closing stays
until all who are inside are served, so that a shift that ends with the opening hours
sends nobody home.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from twin.kernels import service_columns as ks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.engine.preparation import Preparation
    from twin.engine.state import State

Timeline = tuple["NDArray[np.int64]", "NDArray[np.float64]"]
"""Times from which a share holds, ascending, and the shares."""


def timeline_of(prep: Preparation, service: int) -> Timeline | None:
    """Return the share on duty over time; None for a service without shifts."""
    shifts = prep.scenario.services[service].shifts
    if not shifts:
        return None
    spans = [prep.intervals(shift.hours) for shift in shifts]
    since = np.unique(np.concatenate([[0], *(part.ravel() for part in spans)])).astype(np.int64)
    share = np.zeros(since.size)
    for shift, part in zip(shifts, spans, strict=True):
        last = np.searchsorted(part[:, 0], since, side="right") - 1
        is_within = (last >= 0) & (since < part[np.maximum(last, 0), 1]) if len(part) else last >= 0
        share[is_within] = shift.share
    return since, share


def share_at(timeline: Timeline, times: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the share on duty at some times."""
    since, share = timeline
    at: NDArray[np.float64] = share[np.searchsorted(since, times, side="right") - 1]
    return at


def _changes(timeline: Timeline, openings: NDArray[np.int64]) -> Timeline:
    """Return when which share begins to hold at a station with these opening hours."""
    since, _ = timeline
    last = np.searchsorted(openings[:, 0], since, side="right") - 1
    inside = (last >= 0) & (since < openings[np.maximum(last, 0), 1]) if len(openings) else last > 0
    times = np.unique(np.concatenate([openings[:, 0], since[inside]])).astype(np.int64)
    return times, share_at(timeline, times)


def shifts_columns(prep: Preparation, hours: Sequence[str], now_us: int = 0) -> ks.Shifts:
    """Return the shifts of all stations; without any, all servers are on duty.

    Parameters
    ----------
    prep
        Seed-independent part of a run.
    hours
        Opening hours of each station.
    now_us
        Changes at this very time have not happened yet.
    """
    timelines = [timeline_of(prep, row) for row in range(len(prep.scenario.services))]
    none = (np.empty(0, dtype=np.int64), np.empty(0))

    @cache
    def changes(service: int, text: str) -> Timeline:
        timeline = timelines[service]
        return none if timeline is None else _changes(timeline, prep.intervals(text))

    parts = [changes(s.service, text) for s, text in zip(prep.stations, hours, strict=True)]
    start = np.concatenate([[0], np.cumsum([part[0].size for part in parts])]).astype(np.int64)
    done = [int(np.searchsorted(part[0], now_us, side="left")) for part in parts]
    return ks.Shifts(
        start=start,
        from_us=np.concatenate([none[0], *(part[0] for part in parts)]),
        share=np.concatenate([none[1], *(part[1] for part in parts)]),
        current=start[:-1] + np.array(done, dtype=np.int64) - 1,
    )


def renew_shifts(state: State) -> None:
    """Let the shifts follow the hours of the stations, and put on duty whom they say."""
    state.shifts = shifts_columns(state.prep, state.hours_text, state.clock_us)
    if state.shifts.from_us.size:
        for desk in np.unique(state.stations.desk).tolist():
            state.staff_desk(desk)
