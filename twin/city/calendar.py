"""Dates of a run: weekdays, holidays, make-up working days and opening hours.

The only list of holidays is ours: the country table of the `holidays` library,
plus the dates a scenario lists, minus make-up working days. Opening hours are
read by opening-hours-py, whose own holiday tables are never asked: it is given
no country, so that its `PH` is false, and each date's holidays are written
into the expression as weekdays before it is evaluated (`rewritten_hours`).
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
from pydantic import Field

from twin.errors import InputError, did_you_mean
from twin.units import DAY_US, US_PER_S, WEEK_DAYS, StrictModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holidays import HolidayBase
    from numpy.typing import NDArray

WEEKDAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
SATURDAY: Final = 5
SUNDAY: Final = 6
HOURS_EXAMPLE: Final = "`Mo-Fr 08:30-12:30,14:00-18:30; Sa 09:00-12:00; PH off`"
# A selector that the parser knows and that is never true without a country.
_NEVER: Final = "SH"

_DAY = "(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_ITEM = rf"{_DAY}\b(?:\s*-\s*{_DAY}\b)?(?:\s*\[[^\]]*\](?:\s*[+-]\s*\d+\s*days?)?)?"
_WEEKDAY_LIST = re.compile(rf"\b{_ITEM}(?:\s*,\s*{_ITEM})*")
_WEEKDAY_ITEM = re.compile(rf"\b{_ITEM}")
_HOLIDAY = re.compile(r"\bPH\b(?:\s*([+-]\s*\d+)\s*days?\b)?")
_HOLIDAY_AND_WEEKDAY = re.compile(rf"\bPH\s+{_DAY}\b")
_COMMENT = re.compile(r'("[^"]*")')

Dates = Annotated[tuple[dt.date, ...], Field(strict=False)]


class CalendarSettings(StrictModel):
    """What a scenario says about its dates.

    Parameters
    ----------
    country
        ISO code of the country whose table of the `holidays` library is used;
        none: only the listed dates are holidays.
    subdivision
        Part of the country with holidays of its own.
    holidays
        Further holidays.
    working_days
        Days worked although a weekend or a holiday: they count as a weekday.
    """

    country: str | None = None
    subdivision: str | None = None
    holidays: Dates = ()
    working_days: Dates = ()


class Calendar:
    """The days of a run, counted from 0 at its first date.

    A make-up working day is no holiday and counts as the nearest working
    weekday: a Saturday as a Friday, a Sunday as a Monday.

    Parameters
    ----------
    settings
        Country table and listed dates.
    start
        Local date of day 0.
    days
        Days that the run lasts. Days around them can be asked as well.

    Raises
    ------
    InputError
        If the country or subdivision is unknown, or a listed date is both a
        holiday and a working day.
    """

    def __init__(self, settings: CalendarSettings, start: dt.date, days: int) -> None:
        self.settings = settings
        self.start = start
        self.days = days
        both = sorted(set(settings.holidays) & set(settings.working_days))
        if both:
            raise InputError(
                "calendar.working_days",
                f"{both[0]} is listed as a holiday as well",
                expected="each date in one of the two lists",
                hint="remove it from calendar.holidays or from calendar.working_days",
            )
        self._years: dict[int, tuple[frozenset[dt.date], frozenset[dt.date]]] = {}
        self._of_year(start.year)

    def __repr__(self) -> str:
        country = self.settings.country or "no country table"
        return f"Calendar({self.start}, {self.days} days, {country})"

    def date(self, day: int) -> dt.date:
        """Return the date of a day; days before the run are negative."""
        return self.start + dt.timedelta(days=day)

    def is_holiday(self, day: int) -> bool:
        """Return whether a day is a public holiday by our list."""
        return self.is_holiday_date(self.date(day))

    def weekday(self, day: int) -> int:
        """Return the weekday that a day counts as, 0 = Monday."""
        return self.weekday_of_date(self.date(day))

    def is_holiday_date(self, on: dt.date) -> bool:
        """Return whether a date is a public holiday by our list."""
        return on in self._of_year(on.year)[0]

    def is_working_day_date(self, on: dt.date) -> bool:
        """Return whether a date is a make-up working day."""
        return on in self._of_year(on.year)[1]

    def weekday_of_date(self, on: dt.date) -> int:
        """Return the weekday that a date counts as, 0 = Monday."""
        weekday = on.weekday()
        if weekday < SATURDAY or not self.is_working_day_date(on):
            return weekday
        return SATURDAY - 1 if weekday == SATURDAY else 0

    @cached_property
    def weekdays(self) -> NDArray[np.int8]:
        """Weekday that each day of the run counts as, (days,) int8."""
        return np.array([self.weekday(day) for day in range(self.days)], dtype=np.int8)

    @cached_property
    def holidays(self) -> NDArray[np.bool_]:
        """Whether each day of the run is a holiday, (days,) bool."""
        return np.array([self.is_holiday(day) for day in range(self.days)], dtype=np.bool_)

    def _of_year(self, year: int) -> tuple[frozenset[dt.date], frozenset[dt.date]]:
        """Return the holidays and the make-up working days of a year."""
        if year not in self._years:
            holidays = set(self.settings.holidays)
            working = set(self.settings.working_days)
            if self.settings.country is not None:
                table = country_table(self.settings.country, self.settings.subdivision, year)
                working |= set(getattr(table, "weekend_workdays", ())) - holidays
                holidays |= set(table)
            self._years[year] = (frozenset(holidays - working), frozenset(working))
        return self._years[year]


def country_table(country: str, subdivision: str | None, year: int) -> HolidayBase:
    """Return a country's table of one year from the `holidays` library.

    Raises
    ------
    InputError
        If the library does not know the country or the subdivision.
    """
    import holidays  # noqa: PLC0415 - 0.1 s that `twin --help` need not pay

    known = holidays.list_supported_countries()
    if country not in known:
        raise InputError(
            "calendar.country",
            f"unknown country `{country}`",
            expected="an ISO code such as `MC` or `CN`",
            hint=did_you_mean(country.upper(), known) or "list the dates in calendar.holidays",
        )
    if subdivision is not None and subdivision not in known[country]:
        raise InputError(
            "calendar.subdivision",
            f"unknown part `{subdivision}` of {country}",
            expected=", ".join(known[country]) or f"none: {country} has no parts",
            hint=did_you_mean(subdivision, known[country]),
        )
    return holidays.country_holidays(country, subdiv=subdivision, years=year)


def check_hours(hours: str, *, where: str) -> None:
    """Refuse an expression that opening-hours-py cannot read.

    Raises
    ------
    InputError
        With the parser's words.
    """
    import opening_hours  # noqa: PLC0415 - a compiled library

    if _HOLIDAY_AND_WEEKDAY.search(_COMMENT.sub("", hours)):
        raise InputError(
            where,
            f"opening hours `{hours}`: a space between PH and a weekday",
            expected="`PH,Sa` (a holiday or a Saturday)",
            hint="holidays that fall on certain weekdays cannot be told apart",
        )
    # The library's stub does not list its error class; older ones raised SyntaxError.
    parser_error = getattr(opening_hours, "ParserError", SyntaxError)
    try:
        opening_hours.OpeningHours(hours)
    except parser_error as error:
        raise InputError(
            where,
            f"opening hours `{hours}`: {_parser_words(error)}",
            expected=f"an OpenStreetMap opening_hours expression such as {HOURS_EXAMPLE}",
            hint="days as Mo Tu We Th Fr Sa Su, times as 08:30-12:00",
        ) from error


def _parser_words(error: Exception) -> str:
    """Return where the parser stopped; what it expected are names of its own grammar."""
    words = str(error)
    column = re.search(r"-->\s*\d+:(\d+)", words)
    if column is None:
        return " ".join(words.split())
    return f"not understood at character {column[1]}"


def rewritten_hours(hours: str, calendar: Calendar, on: dt.date) -> str:
    """Return the expression to evaluate on one date.

    `PH` becomes the weekday of each holiday among the date and the day before
    (whose hours may reach past midnight), or stays `PH`, which is false without
    a country. A make-up working day takes the place of its weekday in every
    list of weekdays. Comments are left alone.
    """
    dates = (on - dt.timedelta(days=1), on)
    parts = _COMMENT.split(hours)
    working = [day for day in dates if calendar.weekday_of_date(day) != day.weekday()]
    if working:
        parts[::2] = [_with_working_days(part, calendar, working) for part in parts[::2]]

    def holiday_names(match: re.Match[str]) -> str:
        offset = dt.timedelta(days=int((match[1] or "0").replace(" ", "")))
        names = [WEEKDAYS[day.weekday()] for day in dates if calendar.is_holiday_date(day - offset)]
        return ",".join(names) or match[0]

    parts[::2] = [_HOLIDAY.sub(holiday_names, part) for part in parts[::2]]
    return "".join(parts)


def _with_working_days(text: str, calendar: Calendar, working: list[dt.date]) -> str:
    """Return the text with working Saturdays and Sundays listed as their weekday."""

    def rewritten(match: re.Match[str]) -> str:
        items = _WEEKDAY_ITEM.findall(match[0])
        numbered = [item for item in items if "[" in item]
        plain = {day for item in items if "[" not in item for day in _days_of_item(item)}
        wanted = set(plain)
        for on in working:
            is_listed = calendar.weekday_of_date(on) in plain
            (wanted.add if is_listed else wanted.discard)(on.weekday())
        names = [WEEKDAYS[day] for day in sorted(wanted)]
        return ",".join([*names, *numbered]) or _NEVER

    return _WEEKDAY_LIST.sub(rewritten, text)


def _days_of_item(item: str) -> list[int]:
    """Return the weekdays of `Mo` or `Fr-Mo`."""
    ends = [WEEKDAYS.index(name.strip()) for name in item.split("-")]
    n_days = (ends[-1] - ends[0]) % WEEK_DAYS + 1
    return [(ends[0] + step) % WEEK_DAYS for step in range(n_days)]


def opening_intervals(
    hours: str, calendar: Calendar, n_days: int, *, where: str = "hours"
) -> NDArray[np.int64]:
    """Return when a facility is open.

    Parameters
    ----------
    hours
        OpenStreetMap opening_hours expression. Times that the expression calls
        unknown count as closed; school holidays (`SH`) never come.
    calendar
        Dates, holidays and make-up working days.
    n_days
        Days from day 0. Callers that look ahead ask for more days than they run.
    where
        Place for the message of a bad expression.

    Returns
    -------
    (n, 2) int64
        Opening and closing times in microseconds since the midnight of day 0:
        ascending, apart from each other, within 0 and `n_days`.

    Raises
    ------
    InputError
        If the expression cannot be read.
    """
    check_hours(hours, where=where)
    merged: list[list[int]] = []
    for opening, closing in _raw_intervals(hours, calendar, n_days):
        if merged and merged[-1][1] >= opening:
            merged[-1][1] = max(merged[-1][1], closing)
        else:
            merged.append([opening, closing])
    return np.array(merged, dtype=np.int64).reshape(-1, 2)


def _raw_intervals(hours: str, calendar: Calendar, n_days: int) -> Iterator[tuple[int, int]]:
    """Yield open times from runs of days that share one rewritten expression."""
    from opening_hours import OpeningHours, State  # noqa: PLC0415 - a compiled library

    midnight = dt.datetime.combine(calendar.start, dt.time())
    texts = (rewritten_hours(hours, calendar, calendar.date(day)) for day in range(n_days))
    for text, run in groupby(enumerate(texts), key=lambda item: item[1]):
        days = [day for day, _ in run]
        first, end = (midnight + dt.timedelta(days=day) for day in (days[0], days[-1] + 1))
        for opening, closing, state, _ in OpeningHours(text).intervals(first, end):
            if state == State.OPEN and closing > opening:
                yield _us_since(midnight, opening), _us_since(midnight, closing)


def _us_since(midnight: dt.datetime, moment: dt.datetime) -> int:
    """Return whole microseconds from the run's first midnight."""
    span = moment - midnight
    return span.days * DAY_US + span.seconds * US_PER_S + span.microseconds
