"""Periods: which hours are alike, and what multiplies which street when."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from twin.city.calendar import Calendar, CalendarSettings
from twin.engine.traffic import NEVER_US, free_flow, traffic_of
from twin.network.modes import CAR, HIGHWAY_CLASSES, TRAVEL_MODES, WALK
from twin.scenario.traffic import TrafficSettings
from twin.units import DAY_US, HOUR_US

FLAT = [1.0] * 24
PEAK = [1.0] * 7 + [1.5, 2.0] + [1.0] * 15
PRIMARY = HIGHWAY_CLASSES.index("primary")
# 2024-04-04 Qingming is a holiday; the Sunday after it is worked.
QINGMING = CalendarSettings(holidays=(dt.date(2024, 4, 4),), working_days=(dt.date(2024, 4, 7),))
START = dt.date(2024, 4, 1)


def traffic(**tables):
    settings = TrafficSettings.model_validate({"mode": "profile", **tables})
    return traffic_of(settings, Calendar(QINGMING, START, 7), 7)


def factor_at(found, day, hour, mode=CAR, word=PRIMARY):
    return found.factor[found.period_at(day * DAY_US + hour * HOUR_US), mode, word]


def test_free_flow_is_one_period():
    found = free_flow(3)
    assert found.n_periods == 1
    assert (found.factor == 1.0).all()
    assert found.next_change_us(0) == NEVER_US
    assert traffic_of(TrafficSettings(), Calendar(QINGMING, START, 3), 3).n_periods == 1


def test_hours_with_the_same_factors_are_one_period():
    found = traffic(profiles=[{"id": "p", "hours": PEAK}])
    assert found.n_periods == 3
    assert found.period_of_hour.size == 7 * 24
    changes = []
    now = 0
    while (now := found.next_change_us(now)) < 2 * DAY_US:
        changes.append(now / HOUR_US)
    assert changes == [7, 8, 9, 31, 32, 33]


def test_a_holiday_is_a_day_off_and_a_working_sunday_is_none():
    found = traffic(
        profiles=[
            {"id": "work", "days": "workday", "hours": PEAK},
            {"id": "off", "days": "day_off", "hours": [3.0] * 24},
        ]
    )
    eight = [factor_at(found, day, 8) for day in range(7)]
    assert eight == [2.0, 2.0, 2.0, 3.0, 2.0, 3.0, 2.0]


def test_weekdays_are_those_that_days_count_as():
    found = traffic(profiles=[{"id": "p", "days": "Mo,We-Th", "hours": PEAK}])
    # Thursday is a holiday and a Thursday all the same; the working Sunday counts as a Monday.
    assert [factor_at(found, day, 8) for day in range(7)] == [2.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0]


def test_only_the_named_modes_and_classes():
    found = traffic(profiles=[{"id": "p", "hours": PEAK, "classes": ["primary"], "modes": ["car"]}])
    assert factor_at(found, 0, 8) == 2.0
    assert factor_at(found, 0, 8, mode=WALK) == 1.0
    assert factor_at(found, 0, 8, word=HIGHWAY_CLASSES.index("residential")) == 1.0
    assert factor_at(found, 0, 8, mode=TRAVEL_MODES.index("bus")) == 1.0


def test_spells_of_weather_multiply_the_profile_and_each_other():
    rain = {"id": "rain", "from_day": 1, "to_day": 2, "factor": 1.2}
    storm = {
        "id": "storm",
        "kind": "wind",
        "from_day": 1,
        "from_time": "08:00",
        "to_time": "10:00",
        "factor": 2.0,
        "modes": ["car", "walk"],
    }
    found = traffic(profiles=[{"id": "p", "hours": PEAK}], weather=[rain, storm])
    assert factor_at(found, 0, 8) == 2.0
    assert factor_at(found, 1, 7) == 1.5 * 1.2
    assert factor_at(found, 1, 8) == 2.0 * 1.2 * 2.0
    assert factor_at(found, 1, 9, mode=WALK) == 2.0
    assert factor_at(found, 1, 10, mode=WALK) == 1.0
    assert factor_at(found, 2, 0) == 1.0
    assert found.least.min() == 1.0


def test_weather_after_the_end_changes_nothing():
    spell = {"id": "rain", "from_day": 100, "to_day": 101, "factor": 2.0}
    found = traffic(profiles=[{"id": "p", "hours": FLAT}], weather=[spell])
    assert found.n_periods == 1


def test_the_last_hour_holds_on_and_the_built_in_curve_returns_at_noon():
    found = traffic()
    assert found.period_at(99 * DAY_US) == found.period_of_hour[-1]
    monday = np.array([factor_at(found, 0, hour) for hour in range(24)])
    peaks = [h for h in range(1, 23) if monday[h] > 1.1 and monday[h] > monday[h + 1]]
    assert monday.max() == pytest.approx(30 / 22.5, abs=0.02)
    assert [h for h in peaks if monday[h] > monday[h - 1]] == [7, 11, 17]
    assert (monday[:6] == 1.0).all()
    side = [
        factor_at(found, 0, hour, word=HIGHWAY_CLASSES.index("residential")) for hour in range(24)
    ]
    assert np.allclose(np.array(side) - 1, (monday - 1) / 2)
