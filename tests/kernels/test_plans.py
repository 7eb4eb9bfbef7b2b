"""Intentions: pure functions of resident, day and question, with the shares that were asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.fixtures.days import intended, places, settings_of, slots_close
from twin.engine.day_rules import day_rules, empty_plans
from twin.kernels.plans import (
    HOME_SLOT,
    HOMEWARD_TOUR,
    MAIN_SLOT,
    MAIN_TOUR,
    N_TRIPS_MAX,
    NOT_MADE,
    intend_day,
)
from twin.population.activity_settings import ActivitySettings
from twin.population.occupations import NEITHER, PUPIL, WORKER
from twin.units import DAY_US, HOUR_US

N = 20_000
UID = np.arange(N, dtype=np.uint32)
STAY_HOME = {"tours_per_day": {"worker": 0.0, "pupil": 0.0, "neither": 0.0}}
ERRANDS = {"worker": 2.0, "pupil": 2.0, "neither": 2.0}


def trips_of(plans, row):
    """Return what a resident intends as plain rows."""
    rows = range(int(plans.start[row]), int(plans.start[row + 1]))
    return [
        (int(plans.want_us[i]), int(plans.from_slot[i]), int(plans.to_slot[i]), int(plans.tour[i]))
        for i in rows
    ]


def leaves(plans):
    """Return the hours of day at which residents mean to set out to their main place."""
    n = int(plans.start[-1])
    is_out = (plans.from_slot[:n] == HOME_SLOT) & (plans.tour[:n] == MAIN_TOUR)
    return plans.want_us[:n][is_out] / HOUR_US


def z_of(share, expected, n):
    """Return by how many standard errors a share is off."""
    return (share - expected) / np.sqrt(expected * (1 - expected) / n)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.integers(0, 299), min_size=1, max_size=40, unique=True),
    day=st.integers(0, 4095),
    role=st.sampled_from([NEITHER, WORKER, PUPIL]),
)
def test_a_resident_intends_the_same_whoever_else_there_is(rows, day, role):
    few = settings_of(other={"tours_per_day": ERRANDS})
    everybody = intended(UID[:300], role, settings=few, day=day)
    some = intended(UID[rows], role, settings=few, day=day)
    for i, row in enumerate(rows):
        assert trips_of(some, i) == trips_of(everybody, row)


@pytest.mark.parametrize("role", [NEITHER, WORKER, PUPIL])
@pytest.mark.parametrize("is_off", [0, 1])
def test_days_are_sorted_closed_and_within_the_day(role, is_off):
    busy = settings_of(other={"tours_per_day": {"worker": 3.0, "pupil": 3.0, "neither": 4.0}})
    plans = intended(UID[:4000], role, settings=busy, day=3, is_off=is_off)
    for row in range(4000):
        wanted = [trip[0] for trip in trips_of(plans, row)]
        assert wanted == sorted(wanted)
        assert slots_close(plans, row)
    n = int(plans.start[-1])
    assert np.diff(plans.start).max() <= N_TRIPS_MAX
    assert ((plans.want_us[:n] >= 3 * DAY_US) & (plans.want_us[:n] < 4 * DAY_US)).all()
    assert (plans.depart_us[:n] == NOT_MADE).all()


@pytest.mark.parametrize(("is_off", "share"), [(0, 0.8), (1, 0.3)])
def test_shares_who_attend(is_off, share):
    work = {"attend_share": 0.8, "attend_off_share": 0.3}
    plans = intended(UID, settings=settings_of(work=work, other=STAY_HOME), is_off=is_off)
    went = np.diff(plans.start) > 0
    assert abs(z_of(went.mean(), share, N)) < 4
    another = intended(UID, settings=settings_of(work=work, other=STAY_HOME), day=1, is_off=is_off)
    both = (went & (np.diff(another.start) > 0)).mean()
    assert abs(z_of(both, share * share, N)) < 4


def test_peaks_have_their_shares_middles_and_widths():
    peaks = (
        {"at": "07:00", "sd_min": 10, "share": 3.0},
        {"at": "10:00", "sd_min": 20, "share": 0.0},
        {"at": "13:00", "sd_min": 20, "share": 1.0},
    )
    work = {"attend_share": 1.0, "leave": peaks, "noon_return_share": 0.0}
    hour = leaves(intended(UID, settings=settings_of(work=work, other=STAY_HOME)))
    early, late = hour[hour < 9], hour[hour > 11]
    assert early.size + late.size == N
    assert abs(z_of(early.size / N, 0.75, N)) < 4
    for sample, middle, sd_min in ((early, 7, 10), (late, 13, 20)):
        assert stats.kstest(sample, stats.norm(middle, sd_min / 60).cdf).pvalue > 1e-3


def test_stays_have_their_mean_and_spread():
    work = {"attend_share": 1.0, "stay_h": 8.0, "stay_sd_min": 30.0, "noon_return_share": 0.0}
    plans = intended(UID, settings=settings_of(work=work, other=STAY_HOME))
    stay = (plans.want_us[1 : 2 * N : 2] - plans.want_us[: 2 * N : 2]) / HOUR_US
    in_time = plans.want_us[1 : 2 * N : 2] < 23 * HOUR_US
    assert in_time.mean() > 0.99
    assert abs(stay[in_time].mean() - 8.0) < 0.03
    assert abs(stay[in_time].std() - 0.5) < 0.02


def test_home_at_noon_for_those_near_enough():
    work = {
        "attend_share": 1.0,
        "leave": ({"at": "07:30", "sd_min": 5},),
        "stay_h": 10.0,
        "noon_return_share": 0.4,
    }
    rules = settings_of(work=work, other=STAY_HOME)
    n_trips = np.diff(intended(UID, settings=rules).start)
    assert set(n_trips.tolist()) == {2, 4}
    assert abs(z_of((n_trips == 4).mean(), 0.4, N)) < 4
    assert (np.diff(intended(UID, settings=rules, is_near=False).start) == 2).all()
    plans = intended(UID, settings=rules)
    one = int(np.flatnonzero(n_trips == 4)[0])
    slots = [(trip[1], trip[2]) for trip in trips_of(plans, one)]
    assert slots == [(0, 1), (1, 0), (0, 1), (1, 0)]


def test_errands_by_hour_and_number():
    hours = tuple(float(hour in {9, 10, 15}) * (2.0 if hour == 10 else 1.0) for hour in range(24))
    other = {
        "tours_per_day": {"worker": 0.1, "pupil": 0.1, "neither": 0.1},
        "hour_weight": hours,
        "stay_h": 0.5,
        "off_factor": 3.0,
    }
    rules = settings_of(other=other)
    plans = intended(UID, NEITHER, settings=rules)
    # Of so few errands hardly any collide: Poisson numbers, and hours in proportion.
    n_tours = np.diff(plans.start) // 2
    assert abs(n_tours.mean() - 0.1) < 4 * np.sqrt(0.1 / N) + 0.004
    begin = plans.want_us[: plans.start[-1]][plans.from_slot[: plans.start[-1]] == HOME_SLOT]
    share = np.bincount(begin // HOUR_US, minlength=24) / begin.size
    assert share[[9, 10, 15]].sum() == 1.0
    assert abs(z_of(share[10], 0.5, begin.size)) < 4
    slots = plans.to_slot[: plans.start[-1]]
    of_place = np.bincount(slots[slots >= 2], minlength=5)[2:]
    assert stats.chisquare(of_place).pvalue > 1e-3
    off = intended(UID, NEITHER, settings=rules, is_off=1)
    assert off.start[-1] / plans.start[-1] == pytest.approx(3.0, rel=0.15)


def test_who_has_no_place_does_not_go_there():
    node = places(1000)
    node[:, MAIN_SLOT] = -1
    node[:, 2:] = -1
    assert intended(UID[:1000], WORKER, node=node).start[-1] == 0


def test_who_was_away_at_midnight_first_means_to_come_home():
    plans = empty_plans(3, 60)
    plans.slot[1] = 2
    plans.ready_us[1] = DAY_US + 5
    plans = intended(UID[:3], NEITHER, settings=settings_of(other=STAY_HOME), day=1, plans=plans)
    assert trips_of(plans, 0) == trips_of(plans, 2) == []
    assert trips_of(plans, 1) == [(DAY_US, 2, HOME_SLOT, HOMEWARD_TOUR)]
    assert plans.first_slot.tolist() == [0, 2, 0]
    assert plans.first_ready_us[1] == DAY_US + 5


def test_too_little_room_is_told_and_asking_again_gives_the_same():
    plans = empty_plans(50, 0)._replace(want_us=np.zeros(40, dtype=np.int64))
    rules = day_rules(ActivitySettings())
    asked = (np.full(50, WORKER, np.int8), np.ones(50, np.bool_), places(50), UID[:50], rules)
    assert intend_day(plans, *asked, 0, 0, 7, 0) == -1
    again = intended(UID[:50], WORKER)
    assert trips_of(again, 49) == trips_of(intended(UID, WORKER), 49)


def test_nobody_at_all():
    assert intended(UID[:0]).start.tolist() == [0]
