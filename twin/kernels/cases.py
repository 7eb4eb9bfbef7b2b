"""One station on its own: the city's queue, fed by a Poisson stream.

The driver of `twin.parts.simulate_queue` and of the known-answer cases. All
replications run in one call. Customers join, wait and are called by the very
functions of the city run (`twin.kernels.queueing`), and their requirements come
from `twin.kernels.durations`; only what stands around the queue is simpler here.

A replication goes in four passes over flat columns (draw arrivals, draw
requirements, serve, tally): the served columns are then all there is to
measure, and time averages are exact sums of overlaps with the window instead
of an integral kept up to date at every event.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.arrivals import Streams, draw_arrivals
from twin.kernels.durations import draw_duration
from twin.kernels.jit import kernel
from twin.kernels.queueing import (
    BLOCKED,
    NOBODY,
    STARTED,
    Line,
    Queues,
    call_next,
    join_queue,
    pop_event,
    push_event,
)
from twin.kernels.tally import count_present, count_waits, tally_window
from twin.streams import QUEUE_SERVICE, pack_stream

_SERVICE_WORD = np.uint64(pack_stream(QUEUE_SERVICE))
_ZERO = np.uint64(0)
_STATION = 0


class Customers(NamedTuple):
    """Columns of customers in order of arrival, times in microseconds.

    One row a replication, or one row in all, which every replication overwrites.

    Attributes
    ----------
    arrival_us : (n_rows, n_customers) int64
        Ascending.
    service_us : (n_rows, n_customers) int64
        Requirement; belongs to the customer, not to the server.
    start_us : (n_rows, n_customers) int64
        Start of service, -1 for a customer who was turned away.
    """

    arrival_us: NDArray[np.int64]
    service_us: NDArray[np.int64]
    start_us: NDArray[np.int64]


@kernel
def draw_requirements(
    service_us: NDArray[np.int64],
    n: int,
    distribution: int,
    mean_us: float,
    cv: float,
    share: float,
    replication: int,
    k0: int,
    k1: int,
) -> None:
    """Write how much service each of the first `n` customers needs.

    Parameters
    ----------
    service_us : (capacity,) int64, updated
        Requirements to the nearest microsecond.
    n : int
        Customers.
    distribution, mean_us, cv, share : int, float, float, float
        As `twin.kernels.durations.draw_duration`.
    replication, k0, k1 : int
        Address: replication, words of the key.
    """
    w3 = np.uint64(replication)
    low = np.uint64(k0)
    high = np.uint64(k1)
    for i in range(n):
        duration = draw_duration(
            distribution, mean_us, cv, share, np.uint64(i), _ZERO, _SERVICE_WORD, w3, low, high
        )
        service_us[i] = np.int64(duration + 0.5)


@kernel
def end_services(
    start_us: NDArray[np.int64],
    service_us: NDArray[np.int64],
    queues: Queues,
    line: Line,
    end_us: NDArray[np.int64],
    end_key: NDArray[np.int64],
    n_ends: int,
    until_us: int,
) -> int:
    """End every service due by `until_us`, call the next; return the ends still to come.

    Parameters
    ----------
    start_us : (n_customers,) int64, updated
        Start of service of those who are called.
    service_us : (n_customers,) int64
        Requirements.
    queues, line : Queues, Line, updated
        The station and its queue.
    end_us, end_key : (n_servers,) int64, updated
        Heap of ends of service, ties by customer.
    n_ends : int
        Services under way.
    until_us : int
        Ends at this very time are included: who arrives then finds a free server.
    """
    while n_ends > 0 and end_us[0] <= until_us:
        now = end_us[0]
        n_ends = pop_event(end_us, end_key, n_ends)
        queues.n_busy[_STATION] -= 1
        customer = call_next(queues, line, _STATION)
        if customer != NOBODY:
            start_us[customer] = now
            n_ends = push_event(end_us, end_key, n_ends, now + service_us[customer], customer)
    return n_ends


@kernel
def serve_customers(
    start_us: NDArray[np.int64],
    arrival_us: NDArray[np.int64],
    service_us: NDArray[np.int64],
    n: int,
    queues: Queues,
    line: Line,
    end_us: NDArray[np.int64],
    end_key: NDArray[np.int64],
) -> None:
    """Serve the first `n` customers, first come, first served, until nobody is left.

    Parameters
    ----------
    start_us : (n_customers,) int64, updated
        Start of service, -1 for customers turned away.
    arrival_us, service_us : (n_customers,) int64
        Arrivals, ascending, and requirements.
    n : int
        Customers.
    queues, line : Queues, Line, updated
        One station, empty, and room for its queue; empty again in the end.
    end_us, end_key : (n_servers,) int64, updated
        Scratch: only services under way are in the heap, the next arrival is not.
    """
    n_ends = 0
    for customer in range(n):
        now = arrival_us[customer]
        n_ends = end_services(start_us, service_us, queues, line, end_us, end_key, n_ends, now)
        outcome = join_queue(queues, line, _STATION, customer)
        if outcome == STARTED:
            start_us[customer] = now
            n_ends = push_event(end_us, end_key, n_ends, now + service_us[customer], customer)
        elif outcome == BLOCKED:
            start_us[customer] = NOBODY
    while n_ends > 0:
        n_ends = end_services(
            start_us, service_us, queues, line, end_us, end_key, n_ends, end_us[0]
        )


@kernel
def run_station(
    tallies: NDArray[np.float64],
    n_in_bin: NDArray[np.int64],
    n_longer: NDArray[np.int64],
    n_present: NDArray[np.int64],
    customers: Customers,
    line: Line,
    end_us: NDArray[np.int64],
    end_key: NDArray[np.int64],
    queues: Queues,
    threshold_us: NDArray[np.int64],
    at_us: NDArray[np.int64],
    streams: Streams,
    distribution: int,
    mean_service_us: float,
    cv: float,
    share: float,
    from_us: int,
    until_us: int,
    first_replication: int,
    k0: int,
    k1: int,
) -> None:
    """Run all replications of one station and tally each.

    Parameters
    ----------
    tallies : (n_replications, N_TALLIES) float64, updated
        Columns as the constants of `twin.kernels.tally`.
    n_in_bin : (n_replications, N_WAIT_BINS or 0) int64, updated
        Waits by length, where asked for.
    n_longer : (n_replications, n_thresholds) int64, updated
        Waits longer than each threshold.
    n_present : (n_replications, n_times) int64, updated
        Customers in the system at each time.
    customers : Customers, updated
        One row a replication, or one row in all.
    line, end_us, end_key : Line, (n_servers,), (n_servers,) int64, updated
        Scratch.
    queues : Queues, updated
        One station, empty, of at least one server.
    threshold_us : (n_thresholds,) int64
        Waits to count.
    at_us : (n_times,) int64
        Times at which to count customers.
    streams : Streams
        Arrivals, of one class.
    distribution, mean_service_us, cv, share : int, float, float, float
        Requirements.
    from_us, until_us : int
        The window; where the customers are fewer, it ends with the last arrival.
    first_replication : int
        Number of the first row's replication; a row's draws depend on no other row.
    k0, k1 : int
        Words of the key.
    """
    for r in range(tallies.shape[0]):
        row = min(r, customers.arrival_us.shape[0] - 1)
        arrival_us = customers.arrival_us[row]
        service_us = customers.service_us[row]
        start_us = customers.start_us[row]
        name = first_replication + r
        n = draw_arrivals(arrival_us, streams, until_us, name, k0, k1)
        draw_requirements(service_us, n, distribution, mean_service_us, cv, share, name, k0, k1)
        serve_customers(start_us, arrival_us, service_us, n, queues, line, end_us, end_key)
        last_us = until_us
        if n == arrival_us.size:
            last_us = min(until_us, arrival_us[n - 1])
        tally_window(tallies[r], arrival_us, service_us, start_us, n, from_us, last_us)
        count_present(n_present[r], at_us, arrival_us, service_us, start_us, n)
        count_waits(
            n_in_bin[r], n_longer[r], threshold_us, arrival_us, start_us, n, from_us, last_us
        )
