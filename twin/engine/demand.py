"""Who needs what how often: rates by demographic cell, day and hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.kernels.demand import Blocks, Strips, strips_up_to
from twin.population.columns import BY_NAME
from twin.population.groups import N_CELLS, cell_column
from twin.streams import BLOCK_BITS, BLOCK_SIZE, HIGHEST_RATE, checked_uids
from twin.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.city.calendar import Calendar
    from twin.scenario.document import Scenario
    from twin.scenario.services import ServiceSettings


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
        (n_services, n_days) against the mean day of a week without holidays.
    hour_factor
        (n_services, 24) against the mean hour.
    strips
        Strips of rate that the busiest hour of the busiest day reaches.
    """

    service_uid: NDArray[np.uint32]
    blocks: Blocks
    rate_of_group: NDArray[np.float64]
    day_factor: NDArray[np.float64]
    hour_factor: NDArray[np.float64]
    strips: Strips


def demand_of(scenario: Scenario, uid: NDArray[np.uint32], calendar: Calendar) -> Demand:
    """Return the demand of residents `uid` under a scenario.

    Raises
    ------
    InputError
        If two services share a 32-bit number.
    """
    services = scenario.services
    uids = checked_uids([s.id for s in services], where=str(scenario.source))
    days = [_day_factors(s, calendar, scenario.run.days) for s in services]
    hours = [np.asarray(s.hour_weight) / np.mean(s.hour_weight) for s in services]
    rates = _need_rates(scenario)
    return Demand(
        service_uid=np.array([uids[s.id] for s in services], dtype=np.uint32),
        blocks=blocks_of(uid),
        rate_of_group=rates,
        day_factor=np.array(days),
        hour_factor=np.array(hours),
        strips=strips_up_to(_peak(rates, days, hours)),
    )


def _need_rates(scenario: Scenario) -> NDArray[np.float64]:
    """Return (n_services, n_groups) needs per resident and day."""
    rates = np.empty((len(scenario.services), N_CELLS))
    for row, service in enumerate(scenario.services):
        rates[row] = service.needs_per_year / DAYS_PER_YEAR
        for column, factors in service.need_multiplier.items():
            codes = cell_column(column, where=f"services.{service.id}.need_multiplier")
            for category, factor in factors.items():
                rates[row][codes == BY_NAME[column].words.index(category)] *= factor
    return rates


def _day_factors(service: ServiceSettings, calendar: Calendar, n_days: int) -> NDArray[np.float64]:
    """Return the factor of each day against the mean of a week without holidays."""
    week = np.asarray(service.weekday_weight, dtype=np.float64)
    week /= week.mean()
    factors = [week[calendar.weekday(day)] for day in range(n_days)]
    holiday = [service.holiday_weight if calendar.is_holiday(d) else 1.0 for d in range(n_days)]
    return np.asarray(factors, dtype=np.float64) * np.asarray(holiday, dtype=np.float64)


def _peak(
    rates: NDArray[np.float64], days: list[NDArray[np.float64]], hours: list[NDArray[np.float64]]
) -> float:
    """Return the highest rate of any group at any hour of any service."""
    peaks = [
        float(rate.max(initial=0.0)) * float(day.max(initial=0.0)) * float(hour.max(initial=0.0))
        for rate, day, hour in zip(rates, days, hours, strict=True)
    ]
    # A scenario is refused above the highest strip; here rounding alone could pass it.
    return min(max(peaks, default=0.0), HIGHEST_RATE)


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
