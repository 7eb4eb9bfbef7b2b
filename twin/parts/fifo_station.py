"""One station, first come, first served, by the queue kernels alone: the fast way.

What comes out is exactly as from the event loop, for the draws of this way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.kernels import cases, stand_tally, tally
from twin.kernels.columns import SERVED, TURNED_FULL
from twin.kernels.queueing import NOBODY, Line, Queues
from twin.parts.pieces import streams_of
from twin.parts.service_time import DISTRIBUTIONS
from twin.streams import split_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.parts.stand_columns import StandSettings

# Histograms of waits take 110 KB a replication: a batch stays below 30 MB.
_BATCH: Final = 256


def run(settings: StandSettings) -> tuple[stand_tally.Results, stand_tally.Accounts]:
    """Run all replications; return what was counted, and the customers where asked for."""
    extent = settings.extent
    n = extent.n_replications
    shape = (n if settings.has_rows else 1, extent.capacity)
    customers = cases.Customers(*(np.full(shape, NOBODY, dtype=np.int64) for _ in range(3)))
    size = _BATCH if settings.has_bins else n
    results = []
    for first in range(0, n, size):
        batch = customers
        if settings.has_rows:
            batch = cases.Customers(*(column[first : first + size] for column in customers))
        results.append(_run_batch(settings, batch, first, min(size, n - first)))
    tallies, n_in_bin, n_longer, n_present = map(np.concatenate, zip(*results, strict=True))
    if extent.is_open_ended and tallies[:, tally.N_CUSTOMERS].max() >= extent.capacity:
        raise AssertionError("more customers than room was made for: a defect of the capacity")
    made = stand_tally.Results(
        tallies=tallies[:, None],
        n_in_bin=n_in_bin[:, None],
        n_longer=n_longer[:, None],
        n_present=n_present,
        whole=_whole(tallies),
        part_of_station=np.zeros(1, dtype=np.int32),
        threshold_us=settings.thresholds_us,
        at_us=settings.at_us,
    )
    return made, _accounts(customers)


def _run_batch(
    settings: StandSettings, customers: cases.Customers, first: int, n: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return tallies, counts of waits by length and beyond thresholds, and of customers."""
    extent = settings.extent
    service = settings.stages[0].service
    n_servers = int(settings.servers[0].values[0])
    tallies = np.zeros((n, tally.N_TALLIES))
    n_in_bin = np.zeros((n, tally.N_WAIT_BINS if settings.has_bins else 0), dtype=np.int64)
    n_longer = np.zeros((n, settings.thresholds_us.size), dtype=np.int64)
    n_present = np.zeros((n, settings.at_us.size), dtype=np.int64)
    cases.run_station(
        tallies,
        n_in_bin,
        n_longer,
        n_present,
        customers,
        Line(
            np.empty(extent.capacity, dtype=np.int64),
            np.empty(extent.capacity, dtype=np.int64),
            np.zeros(extent.capacity, dtype=np.int8),
        ),
        np.empty(n_servers, dtype=np.int64),
        np.empty(n_servers, dtype=np.int64),
        _empty_station(n_servers, settings.rooms[0]),
        settings.thresholds_us,
        settings.at_us,
        streams_of(settings.rates, extent.us_per_unit),
        DISTRIBUTIONS[service.distribution],
        service.mean * extent.us_per_unit,
        service.cv or 0.0,
        service.share,
        extent.from_us,
        extent.until_us,
        extent.first_replication + first,
        *split_key(extent.seed),
    )
    return tallies, n_in_bin, n_longer, n_present


def _whole(tallies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is counted of whole customers: here there is one stage."""
    whole = np.zeros((tallies.shape[0], stand_tally.N_WHOLE))
    whole[:, stand_tally.CAME] = tallies[:, tally.N_CUSTOMERS]
    whole[:, stand_tally.CAME_IN_WINDOW] = tallies[:, tally.N_ARRIVED]
    whole[:, stand_tally.LEFT_SERVED] = tallies[:, tally.N_ARRIVED] - tallies[:, tally.N_BLOCKED]
    whole[:, stand_tally.SUM_THROUGH] = tallies[:, tally.SUM_SOJOURN]
    whole[:, stand_tally.TIME_THROUGH] = tallies[:, tally.QUEUE_TIME] + tallies[:, tally.BUSY_TIME]
    whole[:, stand_tally.TIME_EMPTY] = tallies[:, tally.EMPTY_TIME]
    whole[:, stand_tally.LENGTH] = tallies[:, tally.WINDOW_TIME]
    return whole


def _accounts(customers: cases.Customers) -> stand_tally.Accounts:
    is_served = customers.start_us != NOBODY
    came = customers.arrival_us != NOBODY
    end = np.where(is_served, customers.start_us + customers.service_us, customers.arrival_us)
    outcome = np.where(is_served, SERVED, np.where(came, TURNED_FULL, NOBODY))
    return stand_tally.Accounts(
        arrival_us=customers.arrival_us,
        service_us=customers.service_us,
        start_us=customers.start_us,
        end_us=end,
        outcome=outcome.astype(np.int8),
        of_class=np.where(came, 0, NOBODY).astype(np.int8),
    )


def _empty_station(n_servers: int, room: int) -> Queues:
    return Queues(
        n_servers=np.array([n_servers], dtype=np.int32),
        n_busy=np.zeros(1, dtype=np.int32),
        n_waiting=np.zeros(1, dtype=np.int32),
        first_waiting=np.full((1, 1), NOBODY, dtype=np.int64),
        last_waiting=np.full((1, 1), NOBODY, dtype=np.int64),
        waiting_room=np.array([room], dtype=np.int64),
        pre_empts=np.zeros(1, dtype=np.bool_),
        first_served=np.full(1, NOBODY, dtype=np.int64),
    )
