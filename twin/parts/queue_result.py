"""What a simulated station yields, one entry a replication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.kernels import tally

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class QueueCustomers:
    """Every customer in order of arrival, one row a replication, in microseconds.

    ``start_us`` is -1 for who was turned away; rows are padded by -1 where fewer
    arrived than the widest row holds.
    """

    arrival_us: NDArray[np.int64]
    service_us: NDArray[np.int64]
    start_us: NDArray[np.int64]
    us_per_unit: int


@dataclass(frozen=True, eq=False)
class QueueResult:
    """What was measured in the window, one entry a replication.

    Times are in the caller's unit. Customers count if they arrive in the window
    [warmup, end]; each is followed to the end of service, so that no wait is cut.

    Attributes
    ----------
    wait_mean, wait_sd
        Mean and standard deviation of the waits of those admitted.
    sojourn_mean
        Mean wait plus service of those admitted.
    p_wait
        Share of arrivals who found all servers busy (waiting or turned away).
    p_block
        Share of arrivals who were turned away.
    queue_mean, system_mean
        Time averages of the number waiting and of the number in the system.
    utilisation
        Time average of the share of servers at work.
    p_empty
        Share of time with nobody in the system.
    n_arrived, n_blocked, n_served, n_in_system
        Arrivals in the window: turned away, served by its end, still there at its end.
    window
        Length of the window.
    quantiles, wait_quantiles
        Probabilities, and the quantiles of waits, (n_replications, n_quantiles).
    thresholds, p_wait_longer
        Waits, and the shares of admitted who wait longer, (n_replications, n_thresholds).
    us_per_unit
        Microseconds that stood for one unit of time.
    customers
        Single customers, where asked for.
    """

    wait_mean: NDArray[np.float64]
    wait_sd: NDArray[np.float64]
    sojourn_mean: NDArray[np.float64]
    p_wait: NDArray[np.float64]
    p_block: NDArray[np.float64]
    queue_mean: NDArray[np.float64]
    system_mean: NDArray[np.float64]
    utilisation: NDArray[np.float64]
    p_empty: NDArray[np.float64]
    n_arrived: NDArray[np.int64]
    n_blocked: NDArray[np.int64]
    n_served: NDArray[np.int64]
    n_in_system: NDArray[np.int64]
    window: NDArray[np.float64]
    quantiles: tuple[float, ...]
    wait_quantiles: NDArray[np.float64]
    thresholds: tuple[float, ...]
    p_wait_longer: NDArray[np.float64]
    us_per_unit: int
    customers: QueueCustomers | None = None

    @property
    def n_replications(self) -> int:
        """Number of replications."""
        return self.wait_mean.size

    def __repr__(self) -> str:
        rows = ("wait_mean", "p_wait", "p_block", "queue_mean", "system_mean", "utilisation")
        lines = [f"QueueResult: {self.n_replications} replications, means over them"]
        lines += [f"  {name:<12} {np.mean(getattr(self, name)):.6g}" for name in rows]
        return "\n".join(lines)


@dataclass(frozen=True, eq=False)
class Counted:
    """What the kernels write, one row a replication, times in microseconds.

    Attributes
    ----------
    tallies
        Columns as `twin.kernels.tally` numbers them.
    n_longer
        Waits longer than each threshold.
    wait_quantiles_us
        Quantiles of waits.
    """

    tallies: NDArray[np.float64]
    n_longer: NDArray[np.int64]
    wait_quantiles_us: NDArray[np.float64]


def wait_quantiles(
    n_in_bin: NDArray[np.int64], probabilities: tuple[float, ...]
) -> NDArray[np.float64]:
    """Return quantiles of counted waits, linear within a bin; nan where nobody was counted.

    Parameters
    ----------
    n_in_bin
        Waits by `twin.kernels.tally.wait_bin`, (n_replications, N_WAIT_BINS).
    probabilities
        Probabilities in [0, 1).
    """
    low, width = tally.wait_bin_edges()
    quantiles = np.full((n_in_bin.shape[0], len(probabilities)), np.nan)
    for row, counts in enumerate(n_in_bin):
        reached = np.cumsum(counts)
        if reached[-1] == 0:
            continue
        for column, probability in enumerate(probabilities):
            rank = probability * reached[-1]
            b = int(np.searchsorted(reached, rank, side="right"))
            inside = (rank - (reached[b] - counts[b])) / counts[b]
            quantiles[row, column] = low[b] + inside * (width[b] - 1)
    return quantiles


def _share(part: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return part / total, nan where the total is zero."""
    return np.divide(part, total, out=np.full_like(part, np.nan), where=total > 0)


def result_of(
    counted: Counted,
    *,
    n_servers: int,
    us_per_unit: int,
    quantiles: tuple[float, ...],
    thresholds: tuple[float, ...],
    customers: QueueCustomers | None,
) -> QueueResult:
    """Return the measures, in the caller's unit of time, of what the kernels counted."""
    column = counted.tallies.T
    arrived = column[tally.N_ARRIVED]
    blocked = column[tally.N_BLOCKED]
    admitted = arrived - blocked
    window = column[tally.WINDOW_TIME]
    wait_us = _share(column[tally.SUM_WAIT], admitted)
    square = _share(column[tally.SUM_WAIT_SQUARED], admitted)
    sojourn_us = _share(column[tally.SUM_WAIT] + column[tally.SUM_SERVICE], admitted)
    queue_mean = _share(column[tally.QUEUE_TIME], window)
    busy_mean = _share(column[tally.BUSY_TIME], window)
    longer = [_share(n.astype(np.float64), admitted) for n in counted.n_longer.T]
    return QueueResult(
        wait_mean=wait_us / us_per_unit,
        wait_sd=np.sqrt(np.maximum(square - wait_us**2, 0.0)) / us_per_unit,
        sojourn_mean=sojourn_us / us_per_unit,
        p_wait=_share(column[tally.N_DELAYED] + blocked, arrived),
        p_block=_share(blocked, arrived),
        queue_mean=queue_mean,
        system_mean=queue_mean + busy_mean,
        utilisation=busy_mean / n_servers,
        p_empty=_share(column[tally.EMPTY_TIME], window),
        n_arrived=arrived.astype(np.int64),
        n_blocked=blocked.astype(np.int64),
        n_served=column[tally.N_SERVED].astype(np.int64),
        n_in_system=column[tally.N_IN_SYSTEM].astype(np.int64),
        window=window / us_per_unit,
        quantiles=quantiles,
        wait_quantiles=counted.wait_quantiles_us / us_per_unit,
        thresholds=thresholds,
        p_wait_longer=np.array(longer).reshape(len(thresholds), arrived.size).T,
        us_per_unit=us_per_unit,
        customers=customers,
    )
