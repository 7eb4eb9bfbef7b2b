"""Tastes are Gumbel whatever their permanent share; plans respect opening hours."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from twin.kernels.choice import (
    NEVER,
    Hours,
    best_mode,
    facility_taste,
    forgo_taste,
    planned_arrival,
)
from twin.units import DAY_US, HOUR_US

K = (np.uint64(11), np.uint64(0))
CENTRED_GUMBEL = stats.gumbel_r(loc=-np.euler_gamma)


def tastes(need_share, residents=4_000, needs=1, uid=5):
    """Return (residents, needs) tastes for one facility."""
    return np.array(
        [
            [
                facility_taste(np.uint64(r), np.uint64(n), np.uint64(uid), need_share, *K)
                for n in range(needs)
            ]
            for r in range(residents)
        ]
    )


@pytest.mark.parametrize("need_share", [1.0, 0.7, 0.4, 0.15])
def test_taste_is_a_centred_gumbel(need_share):
    assert stats.kstest(tastes(need_share)[:, 0], CENTRED_GUMBEL.cdf).pvalue > 1e-4


@pytest.mark.parametrize("need_share", [1.0, 0.6, 0.2])
def test_shares_are_logit(need_share):
    utility = np.array([0.5, 0.1, -1.2])
    total = np.stack([u + tastes(need_share, uid=i)[:, 0] for i, u in enumerate(utility)])
    chosen = np.bincount(total.argmax(axis=0), minlength=3)
    shares = np.exp(utility) / np.exp(utility).sum()
    assert stats.chisquare(chosen, shares * chosen.sum()).pvalue > 1e-4


def test_permanent_part_makes_needs_of_one_resident_alike():
    # Variance of the need part is lambda**2 of the whole, so the correlation is 1 - lambda**2.
    for need_share in (1.0, 0.6, 0.3):
        both = tastes(need_share, needs=2)
        correlation = np.corrcoef(both[:, 0], both[:, 1])[0, 1]
        assert correlation == pytest.approx(1 - need_share**2, abs=0.06)


def test_tastes_for_facilities_and_for_forgoing_are_independent():
    a = tastes(0.5, uid=1)[:, 0]
    b = tastes(0.5, uid=2)[:, 0]
    stay = np.array(
        [forgo_taste(np.uint64(r), np.uint64(0), np.uint64(1), 0.5, *K) for r in range(4_000)]
    )
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.06
    assert abs(np.corrcoef(a, stay)[0, 1]) < 0.06


def hours(*intervals):
    """Return the columns of one station from (day, open hour, close hour)."""
    opens = np.array([d * DAY_US + int(o * HOUR_US) for d, o, _ in intervals], dtype=np.int64)
    closes = np.array([d * DAY_US + int(c * HOUR_US) for d, _, c in intervals], dtype=np.int64)
    start = np.array([0, len(intervals)], dtype=np.int64)
    return Hours(start, opens, closes, np.zeros(1, dtype=np.int64))


WEEK = hours((0, 8, 12), (0, 14, 18), (1, 8, 12), (4, 9, 10))


@pytest.mark.parametrize(
    ("earliest_h", "u", "expected_h"),
    [
        (9.0, 0.7, 9.0),  # open: at once
        (8.0, 0.7, 8.0),  # the very moment it opens
        (12.0, 0.5, 16.0),  # closed at noon: half of the afternoon that is left
        (11.9999, 0.5, 11.9999),  # just before closing still goes in
        (3.0, 0.25, 10.0),  # before opening: a quarter of the day's eight hours
        (3.0, 0.75, 16.0),  # three quarters: in the afternoon session
        (20.0, 0.5, 24 + 10.0),  # next day has one session
        (24 + 13.0, 0.5, 96 + 9.5),  # two closed days in between
    ],
)
def test_planned_arrival(earliest_h, u, expected_h):
    assert planned_arrival(WEEK, 0, int(earliest_h * HOUR_US), u) == int(expected_h * HOUR_US)


def test_planned_arrival_stays_within_an_opening():
    rng = np.random.default_rng(3)
    for _ in range(2_000):
        earliest = int(rng.integers(0, 4 * DAY_US))
        arrival = planned_arrival(WEEK, 0, earliest, float(rng.uniform(1e-12, 1 - 1e-12)))
        assert arrival >= earliest
        assert np.any((WEEK.opens <= arrival) & (arrival < WEEK.closes))


@pytest.mark.parametrize(("u", "expected_h"), [(0.0001, 72.0024), (0.5, 84.0), (0.9999, 95.9976)])
def test_of_an_opening_of_many_days_only_the_first_counts(u, expected_h):
    """Shut from Saturday to Monday, then open day and night: everybody comes on Monday."""
    shut = hours((0, 0, 24), (3, 0, 120))
    assert planned_arrival(shut, 0, 30 * HOUR_US, u) == pytest.approx(expected_h * HOUR_US)


def test_an_opening_past_midnight_counts_in_full():
    night = hours((0, 20, 28), (1, 20, 28))
    assert planned_arrival(night, 0, 10 * HOUR_US, 0.75) == 26 * HOUR_US


@pytest.mark.parametrize(("day", "expected"), [(14, True), (15, False)])
def test_nobody_plans_further_than_two_weeks(day, expected):
    arrival = planned_arrival(hours((day, 8, 12)), 0, DAY_US + HOUR_US, 0.5)
    assert arrival == (day * DAY_US + 10 * HOUR_US if expected else NEVER)


def test_no_opening_left_is_a_state():
    assert planned_arrival(WEEK, 0, 5 * DAY_US, 0.5) == NEVER


def test_best_mode_takes_the_least_generalised_time_among_what_one_has():
    time = np.array([900_000, -1, 300_000], dtype=np.int32)
    fixed = np.array([0, 0, 180_000], dtype=np.int64)
    assert best_mode(time, 0b101, fixed) == (2, 480_000)
    assert best_mode(time, 0b001, fixed) == (0, 900_000)
    assert best_mode(time, 0b010, fixed) == (-1, -1)
    assert best_mode(np.array([480_000, -1, 300_000], dtype=np.int32), 0b101, fixed) == (0, 480_000)
