from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opening_hours import OpeningHours, State
from pydantic import ValidationError

from twin.city.calendar import (
    Calendar,
    CalendarSettings,
    check_hours,
    opening_intervals,
    rewritten_hours,
)
from twin.errors import InputError
from twin.units import DAY_US, HOUR_US

MONACO = CalendarSettings(country="MC")
CHINA = CalendarSettings(country="CN")
MONDAY = dt.date(2026, 1, 26)  # the day before Saint Devote's


def hours_of(text: str, calendar: Calendar, n_days: int) -> list[tuple[int, float, float]]:
    """Day, opening and closing hour of each interval."""
    return [
        (int(opening // DAY_US), opening % DAY_US / HOUR_US, (closing - 1) % DAY_US / HOUR_US)
        for opening, closing in opening_intervals(text, calendar, n_days)
    ]


def days_open(text: str, calendar: Calendar, n_days: int) -> list[int]:
    return [day for day, _, _ in hours_of(text, calendar, n_days)]


def test_monaco_keeps_its_patron_saints_day() -> None:
    calendar = Calendar(MONACO, MONDAY, 7)
    assert [calendar.is_holiday(day) for day in range(7)] == [False, True] + [False] * 5
    assert calendar.holidays.tolist() == [False, True] + [False] * 5
    assert days_open("Mo-Fr 09:00-12:00; PH off", calendar, 7) == [0, 2, 3, 4]


def test_without_a_country_only_listed_dates_are_holidays() -> None:
    settings = CalendarSettings(holidays=(dt.date(2026, 1, 28),))
    assert days_open("Mo-Fr 09:00-12:00; PH off", Calendar(settings, MONDAY, 7), 7) == [0, 1, 3, 4]


def test_a_make_up_saturday_is_worked_like_a_friday() -> None:
    # 8 February 2025, a Saturday, was worked for the long Spring Festival holiday.
    calendar = Calendar(CHINA, dt.date(2025, 2, 3), 7)
    assert calendar.weekday(5) == 4
    assert calendar.weekdays.tolist() == [0, 1, 2, 3, 4, 4, 6]
    assert not calendar.is_holiday(5)
    # 3 and 4 February are days off in its stead.
    assert days_open("Mo-Fr 08:00-12:00; PH off", calendar, 7) == [2, 3, 4, 5]
    assert days_open("Sa-Su 10:00-12:00", calendar, 7) == [6]


def test_a_make_up_sunday_is_worked_like_a_monday() -> None:
    settings = CalendarSettings(working_days=(dt.date(2026, 2, 1),))
    calendar = Calendar(settings, MONDAY, 7)
    assert calendar.weekday(6) == 0
    assert hours_of("Mo 07:00-09:00; Tu-Fr 08:00-12:00; Su 10:00-11:00", calendar, 7)[-1][:2] == (
        6,
        7.0,
    )


def test_a_listed_working_day_is_no_holiday() -> None:
    settings = CalendarSettings(country="MC", working_days=(dt.date(2026, 1, 27),))
    calendar = Calendar(settings, MONDAY, 7)
    assert not calendar.is_holiday(1)
    assert calendar.weekday(1) == 1


def test_a_numbered_weekday_stays_its_own() -> None:
    # Sunday 26 January 2025 is worked like a Monday, but is not the last Monday.
    calendar = Calendar(CHINA, dt.date(2025, 1, 24), 7)
    assert days_open("Mo[-1] 10:00-11:00", calendar, 7) == [3]
    assert days_open("Mo[-1],Tu-We 10:00-11:00", calendar, 7) == [3, 4, 5]


def test_a_weekend_that_is_worked_leaves_an_empty_list() -> None:
    calendar = Calendar(CHINA, dt.date(2025, 2, 8), 1)
    assert rewritten_hours("Sa,PH 10:00-11:00", calendar, dt.date(2025, 2, 8)) == (
        "SH,PH 10:00-11:00"
    )
    assert opening_intervals("Sa,PH 10:00-11:00", calendar, 1).shape == (0, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PH 10:00-11:00", [1]),
        ("Mo-Fr,PH 10:00-11:00", [0, 1, 2, 3, 4]),
        ("PH,Su off", []),
        ("PH +1 day 10:00-11:00", [2]),
        ("PH -1 day 10:00-11:00", [0]),
        ('Mo-Fr 10:00-11:00 "not PH, not We"', [0, 1, 2, 3, 4]),
        ("SH 10:00-11:00", []),
        ("off", []),
        ("Mo-Fr 10:00-11:00 unknown", []),
        ("2026 Jan 28 10:00-11:00", [2]),
        ("Fr-Mo 10:00-11:00", [0, 4, 5, 6]),
    ],
)
def test_what_expressions_mean(text: str, expected: list[int]) -> None:
    assert days_open(text, Calendar(MONACO, MONDAY, 7), 7) == expected


def test_round_the_clock_is_one_interval() -> None:
    calendar = Calendar(MONACO, MONDAY, 7)
    assert opening_intervals("24/7", calendar, 7).tolist() == [[0, 7 * DAY_US]]
    assert opening_intervals("24/7; PH off", calendar, 7).tolist() == [
        [0, DAY_US],
        [2 * DAY_US, 7 * DAY_US],
    ]


def test_hours_past_midnight_start_before_the_run_and_are_clipped() -> None:
    calendar = Calendar(CalendarSettings(), MONDAY, 2)
    assert opening_intervals("22:00-04:00", calendar, 2).tolist() == [
        [0, 4 * HOUR_US],
        [22 * HOUR_US, 28 * HOUR_US],
        [46 * HOUR_US, 48 * HOUR_US],
    ]


EXPRESSIONS = (
    "Mo-Fr 08:30-12:30,14:00-18:30; Sa 09:00-12:00; PH off",
    "Mo-Sa 08:00-20:00; PH,Su 10:00-12:00",
    "Fr-Tu 22:00-04:00; PH off",
    "24/7; PH off",
    "Mo-Fr 09:00-17:00; PH 10:00-11:00; Dec 24 09:00-12:00",
    "Apr-Oct Mo-Fr 08:00-19:00; Nov-Mar Mo-Fr 09:00-17:00; PH off",
)


@given(
    text=st.sampled_from(EXPRESSIONS),
    start=st.dates(dt.date(2024, 1, 2), dt.date(2026, 12, 1)),
    n_days=st.integers(1, 40),
)
def test_same_as_the_parser_where_it_knows_the_holidays(
    text: str, start: dt.date, n_days: int
) -> None:
    """The parser's table of France's public holidays, given to us as a list."""
    midnight = dt.datetime.combine(start, dt.time())
    end = midnight + dt.timedelta(days=n_days)
    around = [start + dt.timedelta(days=day) for day in range(-2, n_days + 2)]
    table = OpeningHours("PH", country="FR")
    holidays = [day for day in around if table.is_open(dt.datetime.combine(day, dt.time(12)))]
    calendar = Calendar(CalendarSettings(holidays=tuple(holidays)), start, n_days)
    expected = np.zeros(n_days * 48, dtype=np.bool_)
    half_hour = dt.timedelta(minutes=30)
    for opening, closing, state, _ in OpeningHours(text, country="FR").intervals(midnight, end):
        if state == State.OPEN:
            expected[(opening - midnight) // half_hour : (closing - midnight) // half_hour] = True
    got = np.zeros(n_days * 48, dtype=np.bool_)
    for first, last in opening_intervals(text, calendar, n_days) // (HOUR_US // 2):
        got[first:last] = True
    assert np.array_equal(got, expected)


@given(
    text=st.sampled_from(EXPRESSIONS),
    start=st.dates(dt.date(2025, 1, 2), dt.date(2025, 10, 20)),
    n_days=st.integers(0, 30),
    more=st.integers(0, 9),
)
def test_looking_further_ahead_changes_nothing_before(
    text: str, start: dt.date, n_days: int, more: int
) -> None:
    calendar = Calendar(CHINA, start, n_days)
    near = opening_intervals(text, calendar, n_days)
    far = np.minimum(opening_intervals(text, calendar, n_days + more), n_days * DAY_US)
    assert np.array_equal(near, far[far[:, 0] < far[:, 1]])
    assert near.dtype == np.int64
    assert np.all(np.diff(near.reshape(-1)) > 0)
    assert near.size == 0 or (near.min() >= 0 and near.max() <= n_days * DAY_US)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mo-Fr 9-12", "at character 7"),
        ("", "not understood at character 1"),
        ("Monday 9:00-12:00", "at character 3"),
        ("PH Mo-Fr 09:00-12:00", "a space between PH and a weekday"),
    ],
)
def test_bad_hours_are_told_with_the_place_in_them(text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        check_hours(text, where="clinics.csv:3, column `hours`")
    assert str(caught.value).startswith("clinics.csv:3, column `hours`: opening hours")
    assert words in caught.value.found
    assert "\n" not in caught.value.found


@pytest.mark.parametrize(
    ("settings", "where", "hint"),
    [
        ({"country": "MCO1"}, "calendar.country", "did you mean `MCO`?"),
        ({"country": "cn"}, "calendar.country", "did you mean `CN`?"),
        ({"country": "??"}, "calendar.country", "list the dates"),
        ({"country": "DE", "subdivision": "BYY"}, "calendar.subdivision", "did you mean `BY`?"),
        (
            {"holidays": (MONDAY,), "working_days": (MONDAY,)},
            "calendar.working_days",
            "remove it",
        ),
    ],
)
def test_wrong_settings_are_explained(settings: dict[str, Any], where: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        Calendar(CalendarSettings(**settings), MONDAY, 7)
    assert caught.value.where == where
    assert hint in caught.value.hint


def test_settings_take_lists_of_dates_as_toml_gives_them() -> None:
    settings = CalendarSettings.model_validate({"holidays": [MONDAY]})
    assert settings.holidays == (MONDAY,)
    with pytest.raises(ValidationError):
        CalendarSettings.model_validate({"holiday": [MONDAY]})


def test_prints_itself() -> None:
    assert repr(Calendar(MONACO, MONDAY, 7)) == "Calendar(2026-01-26, 7 days, MC)"
