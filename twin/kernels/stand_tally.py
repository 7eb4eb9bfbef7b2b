"""What happened at stations without a city, counted from the columns of visits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.columns import (
    BALKED,
    IN_SYSTEM,
    NOT_YET,
    SERVED,
    TURNED_FULL,
    Stations,
    Visits,
)
from twin.kernels.jit import kernel
from twin.kernels.service_columns import Stages
from twin.kernels.stages import requirement_us
from twin.kernels.tally import (
    BUSY_TIME,
    EMPTY_TIME,
    N_ABANDONED,
    N_ARRIVED,
    N_BALKED,
    N_BLOCKED,
    N_DELAYED,
    N_IN_SYSTEM,
    N_SERVED,
    QUEUE_TIME,
    SUM_SERVICE,
    SUM_SOJOURN,
    SUM_WAIT,
    SUM_WAIT_SERVED,
    SUM_WAIT_SQUARED,
    WINDOW_TIME,
    count_wait,
    overlap,
)

# Columns about whole customers, one row a replication.
CAME = 0
CAME_IN_WINDOW = 1
LEFT_SERVED = 2
SUM_THROUGH = 3
TIME_THROUGH = 4
TIME_EMPTY = 5
LENGTH = 6
HAPPENED = 7
N_WHOLE = 8


class Results(NamedTuple):
    """What is counted, one row a replication, times in microseconds.

    Attributes
    ----------
    tallies : (n_replications, n_parts, N_TALLIES) float64
        Columns of `twin.kernels.tally`; a part is a class of customers or a station.
    n_in_bin : (n_replications, n_parts, N_WAIT_BINS or 0) int64
    n_longer : (n_replications, n_parts, n_thresholds) int64
    n_present : (n_replications, n_times) int64
    whole : (n_replications, N_WHOLE) float64
        Columns of this module.
    part_of_station : (n_stations,) int32
    threshold_us : (n_thresholds,) int64
    at_us : (n_times,) int64
        Times at which to count customers.
    """

    tallies: NDArray[np.float64]
    n_in_bin: NDArray[np.int64]
    n_longer: NDArray[np.int64]
    n_present: NDArray[np.int64]
    whole: NDArray[np.float64]
    part_of_station: NDArray[np.int32]
    threshold_us: NDArray[np.int64]
    at_us: NDArray[np.int64]


class Accounts(NamedTuple):
    """What became of each customer, in order of arrival; times in microseconds, -1 for never.

    One row a replication, or one row in all, which every replication overwrites.

    Attributes
    ----------
    arrival_us, service_us, start_us, end_us : (n_rows, n_customers) int64
        Arrival; service received, first start of service, and when he or she left.
    outcome, of_class : (n_rows, n_customers) int8
        Numbers of `twin.kernels.columns.OUTCOMES`; class of priority.
    """

    arrival_us: NDArray[np.int64]
    service_us: NDArray[np.int64]
    start_us: NDArray[np.int64]
    end_us: NDArray[np.int64]
    outcome: NDArray[np.int8]
    of_class: NDArray[np.int8]


@kernel(is_internal=True)
def tally_visits(
    results: Results,
    accounts: Accounts,
    r: int,
    row: int,
    n_visits: int,
    visits: Visits,
    stations: Stations,
    stages: Stages,
    from_us: int,
    until_us: int,
    key_low: int,
    key_high: int,
) -> None:
    """Add visits that have ended to the tallies and to the accounts of their customers.

    Time in service is end minus start, but where somebody was interrupted: there the
    requirement is taken, and spread evenly over the time between, which matters only to
    those at the edges of the window.

    Parameters
    ----------
    results, accounts : updated
        Row `r` and row `row`.
    n_visits, visits, stations, stages
        Of the event loop.
    from_us, until_us : int
        The window.
    key_low, key_high : int
        Words of the key.
    """
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    for visit in range(n_visits):
        customer = visits.row[visit]
        station = visits.station[visit]
        part = results.part_of_station[station]
        tally = results.tallies[r, part]
        arrive = visits.arrive_us[visit]
        start = visits.start_us[visit]
        end = visits.end_us[visit]
        outcome = visits.outcome[visit]
        is_counted = from_us <= arrive <= until_us
        service = np.int64(0)
        if outcome == SERVED:
            service = end - start
            if visits.left_us[visit] != NOT_YET:
                stage = np.int64(stations.stage[station])
                service = requirement_us(visit, stage, visits, stages, k0, k1)
            tally[BUSY_TIME] += overlap(start, end, from_us, until_us) * (service / (end - start))
        is_new = visits.parent[visit] == NOT_YET
        if is_new:
            accounts.of_class[row, customer] = visits.rank[visit]
            accounts.start_us[row, customer] = start
            accounts.service_us[row, customer] = 0
        accounts.outcome[row, customer] = outcome
        accounts.end_us[row, customer] = max(end, arrive)
        accounts.service_us[row, customer] += service
        if is_counted:
            tally[N_ARRIVED] += 1
            tally[N_BLOCKED] += outcome == TURNED_FULL
            tally[N_BALKED] += outcome == BALKED
        if outcome in (TURNED_FULL, BALKED):
            continue
        leave = until_us if outcome == IN_SYSTEM else end
        tally[QUEUE_TIME] += overlap(arrive, leave, from_us, until_us)
        if outcome == SERVED:
            tally[QUEUE_TIME] -= overlap(start, end, from_us, until_us) * (service / (end - start))
        if is_counted:
            wait = (start if outcome == SERVED else leave) - arrive
            tally[N_DELAYED] += wait > 0
            tally[SUM_WAIT] += wait
            tally[SUM_WAIT_SQUARED] += float(wait) * float(wait)
            count_wait(
                results.n_in_bin[r, part], results.n_longer[r, part], results.threshold_us, wait
            )
            if outcome == SERVED:
                tally[N_SERVED] += end <= until_us
                tally[N_IN_SYSTEM] += end > until_us
                tally[SUM_WAIT_SERVED] += wait
                tally[SUM_SERVICE] += service
                tally[SUM_SOJOURN] += end - arrive
            else:
                tally[N_ABANDONED] += 1


@kernel(is_internal=True)
def tally_customers(
    results: Results,
    accounts: Accounts,
    r: int,
    row: int,
    n: int,
    n_events: int,
    from_us: int,
    until_us: int,
) -> None:
    """Count whole customers: times from arrival to the end of the last stage.

    Parameters
    ----------
    results : updated
        Row `r`.
    accounts : Accounts
        Row `row`.
    n, n_events : int
        Customers; events of the loop.
    from_us, until_us : int
        The window.
    """
    whole = results.whole[r]
    whole[:] = 0.0
    whole[CAME] = n
    whole[HAPPENED] = n_events
    whole[LENGTH] = until_us - from_us
    for part in range(results.tallies.shape[1]):
        results.tallies[r, part, WINDOW_TIME] = until_us - from_us
        results.tallies[r, part, EMPTY_TIME] = np.nan
    results.n_present[r] = 0
    last_end = np.int64(0)
    for i in range(n):
        arrive = accounts.arrival_us[row, i]
        end = accounts.end_us[row, i]
        is_counted = from_us <= arrive <= until_us
        whole[CAME_IN_WINDOW] += is_counted
        if is_counted and accounts.outcome[row, i] == SERVED:
            whole[LEFT_SERVED] += 1
            whole[SUM_THROUGH] += end - arrive
        whole[TIME_THROUGH] += overlap(arrive, end, from_us, until_us)
        whole[TIME_EMPTY] += overlap(last_end, arrive, from_us, until_us)
        last_end = max(last_end, end)
        for t in range(results.at_us.size):
            results.n_present[r, t] += arrive <= results.at_us[t] < end
    whole[TIME_EMPTY] += overlap(last_end, max(until_us, last_end), from_us, until_us)
