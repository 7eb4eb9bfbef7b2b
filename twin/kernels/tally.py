"""What happened at a station, counted from the columns of its customers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.queueing import NOBODY

# Columns of the tallies, one row a replication (and class or station); counts and sums
# are about the customers who arrive in the window.
N_ARRIVED = 0
N_BLOCKED = 1
N_DELAYED = 2
N_SERVED = 3
N_IN_SYSTEM = 4
SUM_WAIT = 5
SUM_WAIT_SQUARED = 6
SUM_SERVICE = 7
QUEUE_TIME = 8
BUSY_TIME = 9
EMPTY_TIME = 10
WINDOW_TIME = 11
N_CUSTOMERS = 12
# Joined, then given up.
N_ABANDONED = 13
# Walked away from the line they saw.
N_BALKED = 14
# Arrival to end of those served.
SUM_SOJOURN = 15
# Of those served.
SUM_WAIT_SERVED = 16
N_TALLIES = 17

# Waits are counted in bins of one part in 256 of themselves (exact below 512 us).
_BIN_BITS = 8
_BINS_PER_OCTAVE = 1 << _BIN_BITS
N_WAIT_BINS = (63 - _BIN_BITS) * _BINS_PER_OCTAVE + _BINS_PER_OCTAVE


@kernel
def overlap(start: int, end: int, window_start: int, window_end: int) -> int:
    """Return how much of [start, end] lies in the window."""
    return max(0, min(end, window_end) - max(start, window_start))


@kernel
def wait_bin(wait_us: int) -> int:
    """Return the bin of a wait: exact below 512 us, then 256 bins an octave."""
    if wait_us < _BINS_PER_OCTAVE:
        return wait_us
    _, exponent = math.frexp(float(wait_us))
    shift = exponent - 1 - _BIN_BITS
    return shift * _BINS_PER_OCTAVE + (wait_us >> shift)


def wait_bin_edges() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the least wait of each bin of `wait_bin` and the number of waits it holds."""
    number = np.arange(N_WAIT_BINS, dtype=np.int64)
    shift = np.maximum(number // _BINS_PER_OCTAVE - 1, 0)
    return (number - shift * _BINS_PER_OCTAVE) << shift, np.int64(1) << shift


@kernel
def tally_window(
    tally: NDArray[np.float64],
    arrival_us: NDArray[np.int64],
    service_us: NDArray[np.int64],
    start_us: NDArray[np.int64],
    n: int,
    from_us: int,
    until_us: int,
) -> None:
    """Count what happened in the window [from_us, until_us].

    By Fubini the integral of the number waiting is the sum over customers of
    the overlap of (arrival, start) with the window; likewise for busy servers.

    Parameters
    ----------
    tally : (N_TALLIES,) float64, updated
        One number each, as the column constants of this module; times in microseconds.
    arrival_us, service_us, start_us : (n_customers,) int64
        Columns of `twin.kernels.cases.Customers`.
    n : int
        Customers.
    from_us, until_us : int
        The window.
    """
    tally[:] = 0.0
    tally[N_CUSTOMERS] = n
    tally[WINDOW_TIME] = until_us - from_us
    last_end = 0
    for i in range(n):
        arrival = arrival_us[i]
        start = start_us[i]
        is_counted = from_us <= arrival <= until_us
        if is_counted:
            tally[N_ARRIVED] += 1
        if start == NOBODY:
            if is_counted:
                tally[N_BLOCKED] += 1
            continue
        end = start + service_us[i]
        tally[QUEUE_TIME] += overlap(arrival, start, from_us, until_us)
        tally[BUSY_TIME] += overlap(start, end, from_us, until_us)
        tally[EMPTY_TIME] += overlap(last_end, arrival, from_us, until_us)
        last_end = max(last_end, end)
        if is_counted:
            wait = start - arrival
            tally[N_DELAYED] += wait > 0
            tally[N_SERVED] += end <= until_us
            tally[N_IN_SYSTEM] += end > until_us
            tally[SUM_WAIT] += wait
            tally[SUM_WAIT_SQUARED] += float(wait) * float(wait)
            tally[SUM_WAIT_SERVED] += wait
            tally[SUM_SOJOURN] += wait + service_us[i]
            tally[SUM_SERVICE] += service_us[i]
    tally[EMPTY_TIME] += overlap(last_end, until_us, from_us, until_us)


@kernel
def count_wait(
    n_in_bin: NDArray[np.int64],
    n_longer: NDArray[np.int64],
    threshold_us: NDArray[np.int64],
    wait: int,
) -> None:
    """Count one wait; parameters as `count_waits`."""
    if n_in_bin.size > 0:
        n_in_bin[wait_bin(wait)] += 1
    for t in range(threshold_us.size):
        n_longer[t] += wait > threshold_us[t]


@kernel
def count_waits(
    n_in_bin: NDArray[np.int64],
    n_longer: NDArray[np.int64],
    threshold_us: NDArray[np.int64],
    arrival_us: NDArray[np.int64],
    start_us: NDArray[np.int64],
    n: int,
    from_us: int,
    until_us: int,
) -> None:
    """Count the waits of the window by length.

    Parameters
    ----------
    n_in_bin : (N_WAIT_BINS or 0,) int64, updated
        Waits by `wait_bin`, where there are bins; raised.
    n_longer : (n_thresholds,) int64, updated
        Waits longer than each threshold; raised.
    threshold_us : (n_thresholds,) int64
        Thresholds.
    arrival_us, start_us : (n_customers,) int64
        Columns of `twin.kernels.cases.Customers`.
    n : int
        Customers.
    from_us, until_us : int
        The window in which they arrive.
    """
    for i in range(n):
        arrival = arrival_us[i]
        if start_us[i] == NOBODY or arrival < from_us or arrival > until_us:
            continue
        wait = start_us[i] - arrival
        count_wait(n_in_bin, n_longer, threshold_us, wait)


@kernel
def count_present(
    n_present: NDArray[np.int64],
    at_us: NDArray[np.int64],
    arrival_us: NDArray[np.int64],
    service_us: NDArray[np.int64],
    start_us: NDArray[np.int64],
    n: int,
) -> None:
    """Count who is in the system at each time, not counting who leaves at that instant.

    Parameters
    ----------
    n_present : (n_times,) int64, updated
        Written anew.
    at_us : (n_times,) int64
        Times.
    arrival_us, service_us, start_us : (n_customers,) int64
        Columns of `twin.kernels.cases.Customers`.
    n : int
        Customers.
    """
    n_present[:] = 0
    for t in range(at_us.size):
        at = at_us[t]
        for i in range(n):
            if arrival_us[i] > at:
                break
            n_present[t] += start_us[i] != NOBODY and start_us[i] + service_us[i] > at
