"""Who needs what how often: rates by demographic cell, day and hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.city.calendar import SATURDAY
from twin.kernels.demand import Blocks
from twin.kernels.strips import Strips, strips_up_to
from twin.population.columns import BY_NAME
from twin.population.groups import N_CELLS, cell_column, group_mask
from twin.scenario.services.needs import N_HOURS, month_factors
from twin.streams import BLOCK_BITS, BLOCK_SIZE, HIGHEST_RATE, checked_uids
from twin.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.city.calendar import Calendar
    from twin.scenario.day_table import DayTable
    from twin.scenario.document import Scenario


@dataclass(frozen=True, eq=False)
class Demand:
    """What the cloud of needs is thinned by.

    Parameters
    ----------
    service_uid
        (n_services,) uint32 numbers of the services.
    blocks
        Who lives in which block of 1,024 uids.
    rate_of_group
        (n_services, n_groups) needs per resident and day.
    day_factor
        (n_services, n_days) against the mean day of a year without holidays.
    is_off
        (n_days,) bool, weekends and holidays: other hours.
    hour_factor
        (n_services, 2, 24) against the mean hour, on other days and on days off.
    """

    service_uid: NDArray[np.uint32]
    blocks: Blocks
    rate_of_group: NDArray[np.float64]
    day_factor: NDArray[np.float64]
    is_off: NDArray[np.bool_]
    hour_factor: NDArray[np.float64]

    def hours(self, service: int, day: int) -> NDArray[np.float64]:
        """Return the (24,) factors of a service's hours on a day."""
        found: NDArray[np.float64] = self.hour_factor[service, int(self.is_off[day])]
        return found

    def strips(self, chance: NDArray[np.float64]) -> Strips:
        """Return strips of rate that the busiest hour of a seed's busiest day reaches.

        Parameters
        ----------
        chance
            (n_services, n_days) day factors of the seed.
        """
        days = self.day_factor * chance
        peaks = (
            float(rate.max(initial=0.0)) * float(day.max(initial=0.0)) * float(hour.max())
            for rate, day, hour in zip(self.rate_of_group, days, self.hour_factor, strict=True)
        )
        # A scenario is refused above the highest strip; here rounding alone could pass it.
        return strips_up_to(min(max(peaks, default=0.0), HIGHEST_RATE))


def demand_of(
    scenario: Scenario,
    uid: NDArray[np.uint32],
    calendar: Calendar,
    tables: tuple[DayTable, ...] = (),
) -> Demand:
    """Return the demand of residents `uid` under a scenario.

    Raises
    ------
    InputError
        If two services share a 32-bit number.
    """
    services = scenario.services
    n_days = scenario.run.days
    uids = checked_uids([s.id for s in services], where=str(scenario.source))
    is_off = [calendar.is_holiday(d) or calendar.weekday(d) >= SATURDAY for d in range(n_days)]
    return Demand(
        service_uid=np.array([uids[s.id] for s in services], dtype=np.uint32),
        blocks=blocks_of(uid),
        rate_of_group=_need_rates(scenario),
        day_factor=_day_factors(scenario, calendar, tables),
        is_off=np.array(is_off, dtype=np.bool_),
        hour_factor=np.array(
            [
                [_scaled(s.hour_weight), _scaled(s.weekend_hour_weight or s.hour_weight)]
                for s in services
            ]
        ).reshape(len(services), 2, N_HOURS),
    )


def _scaled(weights: tuple[float, ...]) -> NDArray[np.float64]:
    """Return weights against their mean."""
    scaled: NDArray[np.float64] = np.asarray(weights, dtype=np.float64) / np.mean(weights)
    return scaled


def _need_rates(scenario: Scenario) -> NDArray[np.float64]:
    """Return (n_services, n_groups) needs per resident and day."""
    rates = np.empty((len(scenario.services), N_CELLS))
    for row, service in enumerate(scenario.services):
        rates[row] = service.needs_per_year / DAYS_PER_YEAR
        for column, factors in service.need_multiplier.items():
            codes = cell_column(column, where=f"services.{service.id}.need_multiplier")
            for category, factor in factors.items():
                rates[row][codes == BY_NAME[column].words.index(category)] *= factor
        for one in service.need_factor:
            rates[row][group_mask(one.who)] *= one.factor
    return rates


def _day_factors(
    scenario: Scenario, calendar: Calendar, tables: tuple[DayTable, ...]
) -> NDArray[np.float64]:
    """Return (n_services, n_days) factors against the mean day of a year without holidays."""
    days = range(scenario.run.days)
    dates = [calendar.date(day) for day in days]
    weekdays = np.array([calendar.weekday(day) for day in days], dtype=np.intp)
    months = np.array([date.month - 1 for date in dates], dtype=np.intp)
    is_holiday = np.array([calendar.is_holiday(day) for day in days], dtype=np.bool_)
    kinds = {
        kind.id: np.array([kind.holds_on(date) for date in dates], dtype=np.bool_)
        for kind in scenario.calendar.kinds
    }
    factors = np.empty((len(scenario.services), len(dates)))
    for number, service in enumerate(scenario.services):
        factor = _scaled(service.weekday_weight)[weekdays]
        factor *= np.array(month_factors(service.month_weight))[months]
        factor[is_holiday] *= service.holiday_weight
        for kind, weight in service.kind_weight.items():
            factor[kinds[kind]] *= weight
        for table in tables:
            if table.is_for(service.id):
                factor *= [table.factor_of.get(date, 1.0) for date in dates]
        factors[number] = factor
    return factors


def blocks_of(uid: NDArray[np.uint32]) -> Blocks:
    """Return the blocks of 1,024 uids that hold somebody, and who is in them."""
    number, where = np.unique(uid >> np.uint32(BLOCK_BITS), return_inverse=True)
    row_of = np.full(number.size * BLOCK_SIZE, -1, dtype=np.int32)
    member = (uid & np.uint32(BLOCK_SIZE - 1)).astype(np.int64)
    row_of[where * BLOCK_SIZE + member] = np.arange(uid.size, dtype=np.int32)
    n_members = np.bincount(where, minlength=number.size)
    table = row_of.reshape(-1, BLOCK_SIZE)
    in_order = table[:, :1] + np.arange(BLOCK_SIZE, dtype=np.int32)
    present = np.arange(BLOCK_SIZE) < n_members[:, None]
    is_parallel = np.all(table == np.where(present, in_order, -1), axis=1)
    return Blocks(
        number=number.astype(np.uint32),
        n_members=n_members.astype(np.int32),
        first_row=np.where(is_parallel, table[:, 0], -1).astype(np.int64),
        row_of=row_of,
    )
