"""Openings and publications become dated events, also when rebuilt in the middle of a day."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.engine.calendar import Publication, build_calendar, opening_columns
from twin.kernels import columns as kc
from twin.units import DAY_US, HOUR_US, US_PER_S

A = np.array([[8, 12], [14, 18], [32, 36]], dtype=np.int64) * HOUR_US
B = np.array([[9, 10]], dtype=np.int64) * HOUR_US
NONE = np.empty((0, 2), dtype=np.int64)


def events(intervals, now_h, publication=None, counts=(0, 0), reviewed=(), end_h=48):
    """Return (hour, kind, row) of the events from now on."""
    hours, _ = opening_columns(intervals, now_h * HOUR_US)
    times, kinds, rows = build_calendar(
        hours, [publication or Publication()], [counts], reviewed, now_h * HOUR_US, end_h * HOUR_US
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
    assert measured == [float(hour) for hour in range(1, 48)]
    assert published == [t + 0.5 for t in measured]


@given(
    from_h=st.integers(0, 30), period_m=st.integers(1, 300), delay_m=st.integers(0, 3000),
    cuts=st.lists(st.integers(0, 48), max_size=6),
)  # fmt: skip
def test_day_by_day_is_the_whole_calendar(from_h, period_m, delay_m, cuts):
    """However the days are cut, each event comes once, counts carried from cut to cut."""
    publication = Publication(from_h * HOUR_US, 60 * period_m, 60 * delay_m)
    bounds = sorted({from_h, 48, *(cut for cut in cuts if cut > from_h)})
    counts, found = [0, 0], []
    for start, stop in itertools.pairwise(bounds):
        part = events([A, B], start, publication, tuple(counts), end_h=stop)
        counts[0] += sum(kind == kc.MEASURE for _, kind, _ in part)
        counts[1] += sum(kind == kc.PUBLISH for _, kind, _ in part)
        found += part
    assert found == events([A, B], from_h, publication)
    assert all(time < 48 for time, _, _ in found)


def test_no_period_no_publication():
    assert not [e for e in events([B], 0, Publication(0, 0, 60)) if e[1] >= kc.MEASURE]


def test_units():
    assert DAY_US == 24 * HOUR_US == 86_400 * US_PER_S
