"""Where residents are: what was made out in advance beyond a time plays no part in it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.days import advance, intended, settings_of
from twin.kernels.jit import kernel
from twin.kernels.plans import HOME_SLOT, MAIN_SLOT, NO_MODE, NOT_MADE
from twin.kernels.whereabouts import (
    collect_trips,
    count_present,
    last_departures,
    next_at_home,
    place_at,
)
from twin.units import DAY_US, HOUR_US

UID = np.arange(40, dtype=np.uint32)
BUSY = settings_of(other={"tours_per_day": {"worker": 2.0, "pupil": 1.0, "neither": 3.0}})
PAIR = np.array([[1_500_000, 700_000, 500_000, 900_000]] * 2, dtype=np.int32)


@kernel
def asked(answers, plans, times_us):  # pragma: no cover - compiled
    """Ask where everybody is at some times."""
    for row in range(answers.shape[0]):
        for i in range(times_us.size):
            slot, ready, vehicle = place_at(plans, row, times_us[i])
            answers[row, i, 0] = slot
            answers[row, i, 1] = ready
            answers[row, i, 2] = vehicle
            answers[row, i, 3] = next_at_home(plans, row, times_us[i])


def answers_of(plans, times_us):
    answers = np.empty((UID.size, len(times_us), 4), np.int64)
    asked(answers, plans, np.array(times_us, np.int64))
    return answers


def made_until(until_us):
    plans = intended(UID, settings=BUSY)
    advance(plans, UID, PAIR, since_us=0, until_us=until_us)
    return plans


WHOLE = made_until(DAY_US)


@settings(max_examples=40, deadline=None)
@given(now=st.integers(0, DAY_US - 1), ahead=st.integers(1, DAY_US))
def test_the_future_plays_no_part(now, ahead):
    """The same answer with the day made out to its end as with it made out to `now`."""
    partly = made_until(min(now + ahead, DAY_US))
    np.testing.assert_array_equal(answers_of(partly, [now]), answers_of(WHOLE, [now]))


def test_places_follow_the_trips():
    times = list(range(0, DAY_US, HOUR_US // 6))
    answers = answers_of(WHOLE, times)
    for row in range(UID.size):
        trips = [
            i for i in range(WHOLE.start[row], WHOLE.start[row + 1]) if WHOLE.depart_us[i] >= 0
        ]
        for i, now in enumerate(times):
            gone = [t for t in trips if WHOLE.depart_us[t] <= now]
            slot = WHOLE.to_slot[gone[-1]] if gone else HOME_SLOT
            ready = WHOLE.arrive_us[gone[-1]] if gone else 0
            vehicle = WHOLE.mode[gone[-1]] if slot != HOME_SLOT else NO_MODE
            assert answers[row, i, :3].tolist() == [slot, ready, vehicle]
            assert answers[row, i, 3] >= now


def test_the_way_home_that_is_meant():
    calm = settings_of(
        work={
            "attend_share": 1.0,
            "leave": ({"at": "08:00", "sd_min": 0},),
            "stay_h": 9,
            "stay_sd_min": 0,
            "noon_return_share": 0.0,
        },
        other={"tours_per_day": {"worker": 0.0, "pupil": 0.0, "neither": 0.0}},
    )
    plans = intended(UID, settings=calm)
    advance(plans, UID, PAIR, since_us=0, until_us=DAY_US)
    answers = answers_of(plans, [10 * HOUR_US, 20 * HOUR_US])
    assert (answers[:, 0, 0] == MAIN_SLOT).all()
    assert (answers[:, 0, 3] == 17 * HOUR_US).all()
    assert (answers[:, 1, 3] == 20 * HOUR_US).all()


def test_present_counts_are_those_of_a_plain_loop():
    n = UID.size
    home_zone = np.arange(n, dtype=np.int16) % 3 - 1
    zone_of_node = np.array([0, 1, 0, -1, 1], dtype=np.int16)
    node = np.tile(np.arange(5, dtype=np.int32), (n, 1))
    role = np.ones(n, dtype=np.int8)
    kind = np.array([[0, 1, 3, 3, 3]] * 3, dtype=np.int8)
    times = np.arange(0, DAY_US, HOUR_US)
    present = np.zeros((3, 24, 5), np.int32)
    count_present(present, WHOLE, home_zone, zone_of_node, node, role, kind, times)
    expected = np.zeros_like(present)
    for row, per_time in enumerate(answers_of(WHOLE, times)):
        for i, (slot, ready, _, _) in enumerate(per_time.tolist()):
            zone = int(home_zone[row]) if slot == 0 else int(zone_of_node[slot])
            expected[zone, i, kind[1, slot] if ready <= times[i] else 4] += 1
    np.testing.assert_array_equal(present, expected)
    assert (present.sum(axis=(0, 2)) == n).all()


def test_trips_are_collected_in_the_order_asked_for():
    n = int(WHOLE.start[-1])
    row, trip = np.empty(n, np.int32), np.empty(n, np.int64)
    order = np.arange(UID.size)[::-1].copy()
    found = collect_trips(row, trip, WHOLE, order)
    is_made = WHOLE.depart_us[:n] != NOT_MADE
    assert found == is_made.sum()
    assert np.diff(row[:found]).max() <= 0
    assert sorted(trip[:found].tolist()) == np.flatnonzero(is_made).tolist()


def test_last_departures():
    depart = np.array([5, 9, 9, 20, 3], dtype=np.int64)
    when = np.array([4, 5, 9, 100, 8], dtype=np.int64)
    first = np.array([0, 0, 0, 0, 4], dtype=np.int64)
    end = np.array([4, 4, 4, 4, 5], dtype=np.int64)
    found = np.empty(5, np.int64)
    last_departures(found, first, end, depart, when)
    assert found.tolist() == [-1, 0, 2, 3, 4]
