"""Who needs what how often: rates by demographic cell, day and hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.kernels.demand import strip_cdf
from twin.population.columns import BY_NAME
from twin.population.groups import N_CELLS, cell_column
from twin.streams import BLOCK_BITS, BLOCK_SIZE, checked_uids
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
        (n_blocks,) uint32 blocks of 1,024 resident uids that hold somebody.
    row_of
        (n_blocks * 1024,) int32 row of each uid of these blocks, -1 for nobody.
    rate_of_group
        (n_services, n_groups) needs per resident and day.
    day_factor
        (n_services, n_days) against the mean day of a week without holidays.
    hour_factor
        (n_services, 24) against the mean hour.
    cdf
        Distribution of the points in a strip.
    """

    service_uid: NDArray[np.uint32]
    blocks: NDArray[np.uint32]
    row_of: NDArray[np.int32]
    rate_of_group: NDArray[np.float64]
    day_factor: NDArray[np.float64]
    hour_factor: NDArray[np.float64]
    cdf: NDArray[np.float64]


def demand_of(scenario: Scenario, uid: NDArray[np.uint32], calendar: Calendar) -> Demand:
    """Return the demand of residents `uid` under a scenario.

    Raises
    ------
    InputError
        If two services share a 32-bit number.
    """
    services = scenario.services
    uids = checked_uids([s.id for s in services], where=str(scenario.source))
    blocks, row_of = _blocks(uid)
    days = [_day_factors(s, calendar, scenario.run.days) for s in services]
    hours = [np.asarray(s.hour_weight) / np.mean(s.hour_weight) for s in services]
    return Demand(
        service_uid=np.array([uids[s.id] for s in services], dtype=np.uint32),
        blocks=blocks,
        row_of=row_of,
        rate_of_group=_need_rates(scenario),
        day_factor=np.array(days),
        hour_factor=np.array(hours),
        cdf=strip_cdf(),
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


def _blocks(uid: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Return the blocks of 1,024 uids that hold somebody, and the row of each uid."""
    blocks, where = np.unique(uid >> np.uint32(BLOCK_BITS), return_inverse=True)
    row_of = np.full(blocks.size * BLOCK_SIZE, -1, dtype=np.int32)
    row_of[where * BLOCK_SIZE + (uid & np.uint32(BLOCK_SIZE - 1))] = np.arange(
        uid.size, dtype=np.int32
    )
    return blocks.astype(np.uint32), row_of
