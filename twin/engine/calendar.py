"""Openings, closings and publications as dated events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.kernels import columns as kc
from twin.kernels.choice import Hours
from twin.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.kernels.service_columns import Shifts


@dataclass
class Publication:
    """Since when, how often and how late a service's waits are published."""

    from_us: int = 0
    period_s: int = 0
    delay_s: int = 0


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
    """Return the times before `end_us` of the measurements and publications still to come."""
    period = publication.period_s * US_PER_S
    if period == 0:
        none = np.empty(0, dtype=np.int64)
        return none, none
    delay = publication.delay_s * US_PER_S
    passed = end_us - publication.from_us
    measured = np.arange(n_measured, -(-passed // period), dtype=np.int64)
    published = np.arange(n_published, -(-(passed - delay) // period), dtype=np.int64)
    first = publication.from_us
    return first + period * measured, first + delay + period * published


def build_calendar(
    hours: Hours,
    publications: Sequence[Publication],
    counts: Sequence[tuple[int, int]],
    reviewed: Sequence[int],
    now_us: int,
    end_us: int,
    *,
    shifts: Shifts | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return times, kinds and rows of all calendar events of a while, in order.

    A day is enough at a time: boards renewed every second for ten years would be 315
    million events.

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
    end_us
        Events at this very time are not.
    shifts
        Changes of the share of servers on duty.
    """
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
    if shifts is not None and shifts.from_us.size:
        of_change = np.repeat(np.arange(shifts.start.size - 1), np.diff(shifts.start))
        parts.append((shifts.from_us, kc.SHIFT, of_change))
    due = [(part[0] >= now_us) & (part[0] < end_us) for part in parts]
    times = np.concatenate([p[0][d] for p, d in zip(parts, due, strict=True)])
    kinds = np.concatenate([np.full(d.sum(), p[1]) for p, d in zip(parts, due, strict=True)])
    rows = np.concatenate([p[2][d] for p, d in zip(parts, due, strict=True)])
    order = np.lexsort((rows, kinds, times))
    return times[order], kinds[order].astype(np.int32), rows[order].astype(np.int32)
