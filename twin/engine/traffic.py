"""Periods of traffic: hours of the run in which every street is slowed alike.

Under `profile` each hour has a factor of travel time for each mode and class of
street. Hours with the same factors are one period, whose travel times are
computed once. A trip takes the times of the period in which it starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from twin.network.modes import HIGHWAY_CLASSES, TRAVEL_MODES
from twin.scenario.traffic import DAY_TYPES, N_HOURS
from twin.units import HOUR_US, WEEK_DAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.city.calendar import Calendar
    from twin.scenario.traffic import TrafficSettings

NEVER_US = 2**62


@dataclass(frozen=True, eq=False)
class Traffic:
    """Which period each hour of a run belongs to, and its factors.

    Parameters
    ----------
    period_of_hour : (n_hours,) int32
        Periods are numbered in the order in which they first come.
    factor : (n_periods, n_modes, n_classes) float64
        What multiplies the free-flow time; modes as in ``TRAVEL_MODES``.
    """

    period_of_hour: NDArray[np.int32]
    factor: NDArray[np.float64]

    @property
    def n_periods(self) -> int:
        """Number of periods."""
        return int(self.factor.shape[0])

    @cached_property
    def least(self) -> NDArray[np.float64]:
        """Least factor of each mode and class over the run: no trip is faster."""
        least: NDArray[np.float64] = self.factor.min(axis=0)
        return least

    def period_at(self, clock_us: int) -> int:
        """Return the period in force; that of the last hour after the end."""
        hour = min(clock_us // HOUR_US, self.period_of_hour.size - 1)
        return int(self.period_of_hour[hour])

    def next_change_us(self, clock_us: int) -> int:
        """Return when the next other period begins after `clock_us`; far off if none does."""
        row = int(np.searchsorted(self._changes_us, clock_us, side="right"))
        return int(self._changes_us[row]) if row < self._changes_us.size else NEVER_US

    @cached_property
    def _changes_us(self) -> NDArray[np.int64]:
        return (np.flatnonzero(np.diff(self.period_of_hour)) + 1) * np.int64(HOUR_US)


def free_flow(n_days: int) -> Traffic:
    """Return streets that nothing slows for `n_days` days."""
    ones = np.ones((1, len(TRAVEL_MODES), len(HIGHWAY_CLASSES)))
    return Traffic(np.zeros(max(1, n_days * N_HOURS), dtype=np.int32), ones)


def traffic_of(settings: TrafficSettings, calendar: Calendar, n_days: int) -> Traffic:
    """Return the periods of a run.

    Parameters
    ----------
    settings
        Profiles and weather.
    calendar
        Weekdays and holidays of the run.
    n_days
        Days to cover.
    """
    if settings.mode == "free_flow":
        return free_flow(n_days)
    of_type = _factors_of_day_types(settings)
    day_type = [
        calendar.weekday(day) + WEEK_DAYS * int(calendar.is_holiday(day)) for day in range(n_days)
    ]
    hourly = of_type[day_type].reshape(n_days * N_HOURS, len(TRAVEL_MODES), -1)
    for spell in settings.weather:
        hours = slice(spell.hours.start, spell.hours.stop)
        for mode, word in _cells(spell.modes, spell.street_classes):
            hourly[hours, mode, word] *= spell.factor
    return _periods(hourly)


def _factors_of_day_types(settings: TrafficSettings) -> NDArray[np.float64]:
    """Return (day types, hours, modes, classes) factors of the profiles."""
    shape = (len(DAY_TYPES), N_HOURS, len(TRAVEL_MODES), len(HIGHWAY_CLASSES))
    factors = np.ones(shape)
    for profile in settings.effective_profiles:
        hours = np.array(profile.hours)
        for row, (weekday, is_holiday) in enumerate(DAY_TYPES):
            if profile.holds_on(weekday, is_holiday=is_holiday):
                for mode, word in _cells(profile.modes, profile.street_classes):
                    factors[row, :, mode, word] = hours
    return factors


def _cells(modes: tuple[str, ...], classes: tuple[str, ...]) -> list[tuple[int, int]]:
    return [
        (TRAVEL_MODES.index(mode), HIGHWAY_CLASSES.index(word))
        for mode in modes
        for word in classes
    ]


def _periods(hourly: NDArray[np.float64]) -> Traffic:
    """Return a number for each of the different rows in the order in which they first come."""
    flat = np.ascontiguousarray(hourly.reshape(hourly.shape[0], -1))
    number: dict[bytes, int] = {}
    period = [number.setdefault(row.tobytes(), len(number)) for row in flat]
    first = [period.index(one) for one in range(len(number))]
    return Traffic(np.array(period, dtype=np.int32), hourly[first].copy())
