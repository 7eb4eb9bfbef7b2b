"""Openings, closings and publications as dated events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.kernels import columns as kc
from twin.kernels.choice import Hours
from twin.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.engine.state import Publication


def opening_columns(
    intervals: Sequence[NDArray[np.int64]], now_us: int
) -> tuple[Hours, NDArray[np.bool_]]:
    """Return the opening columns of all stations and which of them are open.

    Events at `now_us` itself have not happened yet.

    Parameters
    ----------
    intervals
        (n, 2) int64 opening intervals of each station, ascending, merged.
    now_us
        Microseconds since the run's first midnight.
    """
    counts = [len(part) for part in intervals]
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    both = np.concatenate([np.empty((0, 2), dtype=np.int64), *intervals])
    opens, closes = both[:, 0].copy(), both[:, 1].copy()
    current = np.array(
        [
            first + np.searchsorted(part[:, 1], now_us, side="left")
            for first, part in zip(start[:-1].tolist(), intervals, strict=True)
        ],
        dtype=np.int64,
    )
    is_open = np.zeros(len(intervals), dtype=np.bool_)
    has_more = current < start[1:]
    is_open[has_more] = opens[current[has_more]] < now_us
    return Hours(start, opens, closes, current), is_open


def _publication_events(
    publication: Publication, n_measured: int, n_published: int, end_us: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the times of the measurements and publications still to come."""
    period = publication.period_s * US_PER_S
    if period == 0 or end_us <= publication.from_us:
        none = np.empty(0, dtype=np.int64)
        return none, none
    n = (end_us - publication.from_us + period - 1) // period
    times = publication.from_us + period * np.arange(n, dtype=np.int64)
    return times[n_measured:], times[n_published:] + publication.delay_s * US_PER_S


def build_calendar(
    hours: Hours,
    publications: Sequence[Publication],
    counts: Sequence[tuple[int, int]],
    reviewed: Sequence[int],
    now_us: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return times, kinds and rows of all calendar events from now on, in order.

    Parameters
    ----------
    hours
        Opening columns.
    publications
        One a service.
    counts
        Measurements and publications of each service so far.
    reviewed
        Stations whose queue is looked at now, because an edit touched them.
    now_us
        Events at this very time are included.
    """
    end_us = int(hours.closes.max(initial=0))
    stations = np.repeat(np.arange(hours.start.size - 1), np.diff(hours.start))
    parts = [
        (hours.opens, kc.OPENING, stations),
        (hours.closes, kc.CLOSING, stations),
        (np.full(len(reviewed), now_us, dtype=np.int64), kc.REVIEW, np.array(reviewed, dtype=int)),
    ]
    for row, (publication, done) in enumerate(zip(publications, counts, strict=True)):
        measured, published = _publication_events(publication, *done, end_us)
        parts.append((measured, kc.MEASURE, np.full(measured.size, row)))
        parts.append((published, kc.PUBLISH, np.full(published.size, row)))
    times = np.concatenate([p[0] for p in parts])
    kinds = np.concatenate([np.full(p[0].size, p[1]) for p in parts])
    rows = np.concatenate([p[2] for p in parts])
    order = np.lexsort((rows, kinds, times))
    order = order[times[order] >= now_us]
    return times[order], kinds[order].astype(np.int32), rows[order].astype(np.int32)
