"""What becomes of intentions: modes by the logit, lateness, cut-off residents, any cut of time."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.days import advance, group_with, intended, rules_of, settings_of
from twin.kernels.plans import HOME_SLOT, MAIN_SLOT, NO_MODE, NOT_MADE
from twin.kernels.touring import LEAST_STAY_US
from twin.population.occupations import WORKER
from twin.units import DAY_US, HOUR_US

N = 20_000
UID = np.arange(N, dtype=np.uint32)
MIN_MS = 60_000
NO_ERRANDS = {"tours_per_day": {"worker": 0.0, "pupil": 0.0, "neither": 0.0}}
ONE_TOUR = settings_of(
    work={
        "attend_share": 1.0,
        "leave": ({"at": "08:00", "sd_min": 0},),
        "stay_h": 9,
        "stay_sd_min": 0,
        "noon_return_share": 0.0,
    },
    other=NO_ERRANDS,
)
WITH_LUNCH = settings_of(
    work={
        "attend_share": 1.0,
        "leave": ({"at": "08:00", "sd_min": 0},),
        "stay_h": 9,
        "stay_sd_min": 0,
        "noon_return_share": 1.0,
        "noon_leave": "12:00",
        "noon_back": "13:30",
        "noon_sd_min": 0,
    },
    other=NO_ERRANDS,
)
BUSY = settings_of(other={"tours_per_day": {"worker": 2.0, "pupil": 1.0, "neither": 3.0}})


def minutes(walk, bicycle, car, bus, *, back=None):
    """Return times there and back by mode, -1 without a way."""
    ways = [[walk, bicycle, car, bus], back or [walk, bicycle, car, bus]]
    return np.array([[m if m < 0 else m * MIN_MS for m in way] for way in ways], dtype=np.int32)


def whole_day(plans, uid, pair, **more):
    return advance(plans, uid, pair, since_us=0, until_us=DAY_US, **more)


def made(plans, row=0):
    """Return the trips that a resident made: (from, to, mode, departure and arrival in min)."""
    rows = range(int(plans.start[row]), int(plans.start[row + 1]))
    return [
        (
            int(plans.from_slot[i]),
            int(plans.to_slot[i]),
            int(plans.mode[i]),
            plans.depart_us[i] / 60e6,
            plans.arrive_us[i] / 60e6,
        )
        for i in rows
        if plans.depart_us[i] != NOT_MADE
    ]


def logit_shares(pair, rules, modes):
    """Return the multinomial logit over the modes at hand (McFadden 1974)."""
    time_ms = pair.mean(axis=0) + rules.fixed_ms
    utility = np.where(modes, rules.constant - rules.loss_per_ms * time_ms, -np.inf)
    weight = np.exp(utility - utility.max())
    return weight / weight.sum()


@pytest.mark.parametrize("permanence", [0.0, 0.6])
@pytest.mark.parametrize(
    ("has_car", "has_ebike"), [(True, True), (True, False), (False, True), (False, False)]
)
def test_mode_shares_are_those_of_the_logit(has_car, has_ebike, permanence):
    chosen = settings_of(
        work=ONE_TOUR.work.model_dump(),
        other=NO_ERRANDS,
        taste_permanence=permanence,
    )
    rules = rules_of(chosen)
    pair = minutes(30, 14, 8, 20, back=[30, 18, 11, 20])
    plans = intended(UID, settings=chosen)
    group = group_with(has_car=has_car, has_ebike=has_ebike)
    whole_day(plans, UID, pair, rules=rules, group=group)
    share = np.bincount(plans.mode[: 2 * N : 2], minlength=4) / N
    expected = logit_shares(pair, rules, np.array([True, has_ebike, has_car, True]))
    error = np.sqrt(expected * (1 - expected) / N)
    assert (np.abs(share - expected) <= 4 * error).all()
    # Whatever leads there leads back.
    np.testing.assert_array_equal(plans.mode[: 2 * N : 2], plans.mode[1 : 2 * N : 2])


def test_a_taste_that_stays_repeats_choices_and_shares_stay():
    pair = minutes(20, 20, 20, 20)
    repeat: dict[float, float] = {}
    for permanence in (0.0, 0.9):
        chosen = settings_of(
            work=ONE_TOUR.work.model_dump(), other=NO_ERRANDS, taste_permanence=permanence
        )
        rules = rules_of(chosen)
        modes = []
        for day in (0, 1):
            plans = intended(UID, settings=chosen, day=day)
            advance(
                plans, UID, pair, since_us=day * DAY_US, until_us=(day + 1) * DAY_US, rules=rules
            )
            modes.append(plans.mode[: 2 * N : 2].copy())
        repeat[permanence] = (modes[0] == modes[1]).mean()
        expected = (logit_shares(pair, rules, np.ones(4, bool)) ** 2).sum()
        if permanence == 0.0:
            assert repeat[0.0] == pytest.approx(expected, abs=0.02)
    assert repeat[0.9] > repeat[0.0] + 0.3


def test_too_young_to_drive():
    plans = intended(UID[:500], settings=ONE_TOUR)
    child = group_with(has_car=True, has_ebike=False, age=0)
    whole_day(plans, UID[:500], minutes(-1, -1, 5, 50), group=child)
    assert set(plans.mode[:1000].tolist()) == {3}


def test_next_door_is_walked():
    plans = intended(UID[:500], settings=ONE_TOUR)
    whole_day(plans, UID[:500], minutes(0, 0, 0, 0))
    assert set(plans.mode[:1000].tolist()) == {0}
    assert (plans.arrive_us[:1000] == plans.depart_us[:1000]).all()


def test_departure_and_arrival_are_exact():
    plans = intended(UID[:1], settings=ONE_TOUR)
    n, spent, cut_off = whole_day(plans, UID[:1], minutes(40, -1, -1, -1))
    assert made(plans) == [(0, 1, 0, 480, 520), (1, 0, 0, 1020, 1060)]
    assert (n[0], spent[0], cut_off[0]) == (2, 80 * 60_000_000, 0)
    assert (plans.slot[0], plans.vehicle[0]) == (HOME_SLOT, NO_MODE)


def test_lunch_at_home_only_for_those_who_can_be_there_in_time():
    near, far = (intended(UID[:1], settings=WITH_LUNCH) for _ in range(2))
    whole_day(near, UID[:1], minutes(30, -1, -1, -1))
    assert [trip[3] for trip in made(near)] == [480, 720, 810, 1020]
    whole_day(far, UID[:1], minutes(85, -1, -1, -1))
    assert [trip[3] for trip in made(far)] == [480, 1020]


def test_nobody_turns_round_at_the_door():
    plans = intended(UID[:1], settings=ONE_TOUR)
    whole_day(plans, UID[:1], minutes(8.9 * 60, -1, -1, -1))
    (_, _, _, _, arrival), (_, _, _, back, _) = made(plans)
    assert back == arrival + LEAST_STAY_US / 60e6


def test_whoever_could_only_leave_when_it_is_time_to_come_back_stays_at_home():
    plans = intended(UID[:1], settings=ONE_TOUR)
    plans.ready_us[0] = 17 * HOUR_US
    n, _, cut_off = whole_day(plans, UID[:1], minutes(10, -1, -1, -1))
    assert (made(plans), n[0], cut_off[0]) == ([], 0, 0)
    late = intended(UID[:1], settings=ONE_TOUR)
    late.ready_us[0] = 16 * HOUR_US
    whole_day(late, UID[:1], minutes(10, -1, -1, -1))
    assert [trip[3] for trip in made(late)] == [960, 1020]


NO_WAY = minutes(-1, -1, -1, -1)
OPEN = minutes(20, -1, -1, -1)


def test_without_a_way_there_one_stays_at_home_and_is_counted_once():
    plans = intended(UID[:1], settings=ONE_TOUR)
    n, _, cut_off = whole_day(plans, UID[:1], NO_WAY)
    assert (made(plans), n[0], cut_off[0]) == ([], 0, 1)
    assert not plans.is_stranded[0]


def test_a_way_there_but_none_back_is_no_way():
    plans = intended(UID[:1], settings=ONE_TOUR)
    _, _, cut_off = whole_day(plans, UID[:1], minutes(20, -1, -1, -1, back=[-1, -1, -1, -1]))
    assert (made(plans), cut_off[0]) == ([], 1)


def test_cut_off_at_work_and_home_as_soon_as_there_is_a_way():
    plans = intended(UID[:1], settings=ONE_TOUR)
    spells = ((0, 16, OPEN), (16, 19, NO_WAY), (19, 20, NO_WAY), (20, 24, OPEN))
    counted = 0
    for since, until, pair in spells:
        _, _, cut_off = advance(
            plans, UID[:1], pair, since_us=since * HOUR_US, until_us=until * HOUR_US
        )
        counted += cut_off[0]
    assert counted == 1
    assert made(plans) == [(0, 1, 0, 480, 500), (1, 0, 0, 1200, 1220)]


def test_cut_off_over_midnight_and_home_the_next_day():
    plans = intended(UID[:1], settings=ONE_TOUR)
    advance(plans, UID[:1], OPEN, since_us=0, until_us=16 * HOUR_US)
    advance(plans, UID[:1], NO_WAY, since_us=16 * HOUR_US, until_us=DAY_US)
    assert (plans.slot[0], plans.is_stranded[0]) == (MAIN_SLOT, True)
    plans = intended(UID[:1], settings=ONE_TOUR, day=1, plans=plans)
    advance(plans, UID[:1], NO_WAY, since_us=DAY_US, until_us=DAY_US + 10 * HOUR_US)
    advance(plans, UID[:1], OPEN, since_us=DAY_US + 10 * HOUR_US, until_us=2 * DAY_US)
    day = 24 * 60
    # Home at ten, then to work, late.
    assert [trip[3] - day for trip in made(plans)] == [600, 620, 1020]


def test_lunch_without_a_way_is_left_out_and_strands_nobody():
    plans = intended(UID[:1], settings=WITH_LUNCH)
    advance(plans, UID[:1], OPEN, since_us=0, until_us=10 * HOUR_US)
    _, _, cut_off = advance(plans, UID[:1], NO_WAY, since_us=10 * HOUR_US, until_us=15 * HOUR_US)
    advance(plans, UID[:1], OPEN, since_us=15 * HOUR_US, until_us=DAY_US)
    assert cut_off[0] == 1
    assert [trip[3] for trip in made(plans)] == [480, 1020]


def test_whose_road_is_closed_leaves_the_car_and_takes_what_there_is():
    group = group_with(has_car=True, has_ebike=False)
    plans = intended(UID[:1], settings=ONE_TOUR)
    by_car = minutes(-1, -1, 10, -1)
    advance(plans, UID[:1], by_car, since_us=0, until_us=12 * HOUR_US, group=group)
    on_foot = minutes(90, -1, -1, 30)
    advance(plans, UID[:1], on_foot, since_us=12 * HOUR_US, until_us=DAY_US, group=group)
    assert [trip[2] for trip in made(plans)] == [2, 3]


@settings(max_examples=30, deadline=None)
@given(
    cuts=st.lists(st.integers(1, DAY_US - 1), max_size=8),
    day=st.integers(0, 300),
    slow=st.integers(1, 200),
)
def test_cuts_of_time_change_nothing(cuts, day, slow):
    uid = UID[:60]
    pair = minutes(slow, slow // 3 + 1, slow // 5 + 1, slow // 2 + 1)
    once = intended(uid, WORKER, settings=BUSY, day=day)
    often = copy.deepcopy(once)
    start = day * DAY_US
    counts = advance(once, uid, pair, since_us=start, until_us=start + DAY_US)
    total: list[Any] = [0, 0, 0]
    bounds = [start, *(start + cut for cut in sorted(cuts)), start + DAY_US]
    for since, until in itertools.pairwise(bounds):
        parts = advance(often, uid, pair, since_us=since, until_us=until)
        total = [sum_ + part for sum_, part in zip(total, parts, strict=True)]
    for one, other in zip((*once, *counts), (*often, *total), strict=True):
        np.testing.assert_array_equal(one, other)


def test_residents_chains_close_and_never_overlap():
    uid = UID[:3000]
    plans = intended(uid, settings=BUSY)
    whole_day(plans, uid, minutes(25, 12, 9, 15))
    for row in range(uid.size):
        at, ready = HOME_SLOT, 0.0
        for origin, target, _, depart, arrive in made(plans, row):
            assert (origin, depart >= ready, arrive >= depart) == (at, True, True)
            at, ready = target, arrive
        assert at == plans.slot[row]
