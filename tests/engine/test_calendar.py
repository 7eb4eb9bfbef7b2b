"""Openings and publications become dated events, also when rebuilt in the middle of a day."""

from __future__ import annotations

import numpy as np
import pytest

from twin.engine.calendar import build_calendar, opening_columns
from twin.engine.state import Publication
from twin.kernels import columns as kc
from twin.units import DAY_US, HOUR_US, US_PER_S

A = np.array([[8, 12], [14, 18], [32, 36]], dtype=np.int64) * HOUR_US
B = np.array([[9, 10]], dtype=np.int64) * HOUR_US
NONE = np.empty((0, 2), dtype=np.int64)


def events(intervals, now_h, publication=None, counts=(0, 0), reviewed=()):
    """Return (hour, kind, row) of the events from now on."""
    hours, _ = opening_columns(intervals, now_h * HOUR_US)
    times, kinds, rows = build_calendar(
        hours, [publication or Publication()], [counts], reviewed, now_h * HOUR_US
    )
    return [
        (t / HOUR_US, k, r)
        for t, k, r in zip(times.tolist(), kinds.tolist(), rows.tolist(), strict=True)
    ]


def test_events_are_in_order_of_time_kind_and_row():
    found = events([A, B], 0)
    assert found == sorted(found)
    assert found[0] == (8, kc.OPENING, 0)
    assert len(found) == 8


@pytest.mark.parametrize(
    ("now_h", "current", "is_open"),
    [(0, 0, False), (8, 0, False), (9, 0, True), (12, 0, True), (13, 1, False), (40, 3, False)],
)
def test_state_between_openings(now_h, current, is_open):
    """At 8 and 12 o'clock sharp opening and closing have not happened yet."""
    hours, opened = opening_columns([A], now_h * HOUR_US)
    assert hours.current[0] == current
    assert opened[0] == is_open


def test_what_is_due_now_is_still_to_come():
    assert events([A], 12)[0] == (12, kc.CLOSING, 0)
    assert events([A], 14)[0] == (14, kc.OPENING, 0)


def test_a_station_that_never_opens_has_no_events():
    hours, is_open = opening_columns([NONE, B], 0)
    assert not is_open.any()
    assert hours.start.tolist() == [0, 0, 1]
    assert [row for _, _, row in events([NONE, B], 0)] == [1, 1]


def test_reviews_come_after_openings_of_the_same_instant():
    assert events([A, B], 8, reviewed=(1,))[:2] == [(8, kc.OPENING, 0), (8, kc.REVIEW, 1)]


def test_publications_keep_their_rhythm_when_the_calendar_is_rebuilt():
    publication = Publication(from_us=HOUR_US, period_s=3600, delay_s=1800)
    whole = [e for e in events([B], 0, publication) if e[1] >= kc.MEASURE]
    # Three measurements (at 1, 2, 3 h) and two publications (1.5, 2.5 h) have happened at 3.2 h.
    later = [e for e in events([B], 3, publication, (2, 2)) if e[1] >= kc.MEASURE]
    assert later == [e for e in whole if e[0] >= 3]
    measured = [t for t, kind, _ in whole if kind == kc.MEASURE]
    published = [t for t, kind, _ in whole if kind == kc.PUBLISH]
    assert published == [t + 0.5 for t in measured]


def test_no_period_no_publication():
    assert not [e for e in events([B], 0, Publication(0, 0, 60)) if e[1] >= kc.MEASURE]


def test_units():
    assert DAY_US == 24 * HOUR_US == 86_400 * US_PER_S
