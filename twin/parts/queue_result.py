"""What simulated stations yield, one entry a replication."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from twin.kernels import stand_tally, tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.parts.pieces import Pieces
    from twin.parts.stand_columns import StandSettings


@dataclass(frozen=True, eq=False)
class QueueCustomers:
    """Every customer in order of arrival, one row a replication, in microseconds.

    Rows are padded by -1 where fewer arrived than the widest row holds.

    Attributes
    ----------
    arrival_us
        Arrival.
    service_us
        Service required by those served.
    start_us
        First start of service, -1 for who was never served.
    end_us
        When he or she left.
    outcome
        Number in `twin.kernels.columns.OUTCOMES`.
    priority
        Class of priority, 0 first.
    us_per_unit
        Microseconds that stand for one unit of time.
    """

    arrival_us: NDArray[np.int64]
    service_us: NDArray[np.int64]
    start_us: NDArray[np.int64]
    end_us: NDArray[np.int64]
    outcome: NDArray[np.int8]
    priority: NDArray[np.int8]
    us_per_unit: int


def customers_of(accounts: stand_tally.Accounts, us_per_unit: int) -> QueueCustomers:
    """Return what the kernels noted of each customer."""
    return QueueCustomers(
        arrival_us=accounts.arrival_us,
        service_us=accounts.service_us,
        start_us=accounts.start_us,
        end_us=accounts.end_us,
        outcome=accounts.outcome,
        priority=accounts.of_class,
        us_per_unit=us_per_unit,
    )


@dataclass(frozen=True, eq=False)
class QueueResult:
    """What was measured in the window, one entry a replication.

    Times are in the caller's unit. Customers count if they arrive in the window
    [warmup, end]; each is followed to the end of service, so that no wait is cut.

    Attributes
    ----------
    wait_mean, wait_sd
        Mean and standard deviation of the waits of those who joined: to the first start
        of service, or until they gave up.
    wait_served_mean
        Mean wait of those served.
    sojourn_mean
        Mean time from arrival to end of those served.
    p_wait
        Share of arrivals who found no free server (and waited or went).
    p_block, p_balk, p_abandon
        Shares of arrivals who were turned away for want of room, who walked away from
        the line they saw, who gave up waiting.
    queue_mean, system_mean
        Time averages of the number waiting and of the number in the system.
    utilisation
        Time average of the share of servers at work.
    p_empty
        Share of time with nobody in the system; nan for one class of several.
    n_arrived, n_blocked, n_balked, n_abandoned, n_served, n_in_system
        Arrivals in the window: turned away, gone at once, gone later, served by its end,
        still there at its end and served later.
    window
        Length of the window.
    quantiles, wait_quantiles
        Probabilities, and the quantiles of waits, (n_replications, n_quantiles).
    thresholds, p_wait_longer
        Waits, and the shares of admitted who wait longer, (n_replications, n_thresholds).
    us_per_unit
        Microseconds that stood for one unit of time.
    n_present
        Customers in the system at each of the times asked for, (n_replications, n_times).
    customers
        Single customers, where asked for.
    classes
        The same of each class, where classes were asked for; `utilisation` is then the
        share of all servers that are at work for the class.
    """

    wait_mean: NDArray[np.float64]
    wait_sd: NDArray[np.float64]
    wait_served_mean: NDArray[np.float64]
    sojourn_mean: NDArray[np.float64]
    p_wait: NDArray[np.float64]
    p_block: NDArray[np.float64]
    p_balk: NDArray[np.float64]
    p_abandon: NDArray[np.float64]
    queue_mean: NDArray[np.float64]
    system_mean: NDArray[np.float64]
    utilisation: NDArray[np.float64]
    p_empty: NDArray[np.float64]
    n_arrived: NDArray[np.int64]
    n_blocked: NDArray[np.int64]
    n_balked: NDArray[np.int64]
    n_abandoned: NDArray[np.int64]
    n_served: NDArray[np.int64]
    n_in_system: NDArray[np.int64]
    window: NDArray[np.float64]
    quantiles: tuple[float, ...]
    wait_quantiles: NDArray[np.float64]
    thresholds: tuple[float, ...]
    p_wait_longer: NDArray[np.float64]
    us_per_unit: int
    n_present: NDArray[np.int64]
    customers: QueueCustomers | None = None
    classes: tuple[QueueResult, ...] = ()

    @property
    def n_replications(self) -> int:
        """Number of replications."""
        return self.wait_mean.size

    def __repr__(self) -> str:
        rows = ("wait_mean", "p_wait", "p_block", "queue_mean", "system_mean", "utilisation")
        lines = [f"QueueResult: {self.n_replications} replications, means over them"]
        lines += [f"  {name:<12} {np.mean(getattr(self, name)):.6g}" for name in rows]
        return "\n".join(lines)


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


def _mean_servers(
    servers: Pieces, window: NDArray[np.float64], until: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean number of servers on duty in windows that end at `until`."""
    if len(servers.values) == 1:
        return np.full_like(window, servers.values[0])
    return _share(servers.totals(until) - servers.totals(until - window), window)


def result_of(
    counted: stand_tally.Results,
    settings: StandSettings,
    *,
    quantiles: tuple[float, ...],
    thresholds: tuple[float, ...],
    customers: QueueCustomers | None = None,
    has_classes: bool = False,
) -> QueueResult:
    """Return the measures, in the caller's unit of time, of what the kernels counted.

    Parameters
    ----------
    counted, settings
        All parts are taken together.
    quantiles, thresholds
        As asked for.
    customers
        Single customers.
    has_classes
        Whether to return each part as well.
    """
    classes: tuple[QueueResult, ...] = ()
    if has_classes:
        classes = tuple(
            part_of(counted, settings, i, quantiles=quantiles, thresholds=thresholds)
            for i in range(counted.tallies.shape[1])
        )
    tallies = counted.tallies.sum(axis=1)
    tallies[:, tally.WINDOW_TIME] = counted.whole[:, stand_tally.LENGTH]
    tallies[:, tally.EMPTY_TIME] = counted.whole[:, stand_tally.TIME_EMPTY]
    joint = counted._replace(
        tallies=tallies[:, None],
        n_in_bin=counted.n_in_bin.sum(axis=1, keepdims=True),
        n_longer=counted.n_longer.sum(axis=1, keepdims=True),
    )
    whole = part_of(joint, settings, 0, quantiles=quantiles, thresholds=thresholds)
    return replace(whole, customers=customers, classes=classes)


def part_of(
    counted: stand_tally.Results,
    settings: StandSettings,
    part: int,
    *,
    quantiles: tuple[float, ...],
    thresholds: tuple[float, ...],
) -> QueueResult:
    """Return the measures of one class or station; parameters as `result_of`."""
    unit = settings.extent.us_per_unit
    column = counted.tallies[:, part].T
    arrived = column[tally.N_ARRIVED]
    blocked = column[tally.N_BLOCKED]
    balked = column[tally.N_BALKED]
    abandoned = column[tally.N_ABANDONED]
    joined = arrived - blocked - balked
    window = column[tally.WINDOW_TIME]
    wait_us = _share(column[tally.SUM_WAIT], joined)
    square = _share(column[tally.SUM_WAIT_SQUARED], joined)
    queue_mean = _share(column[tally.QUEUE_TIME], window)
    busy_mean = _share(column[tally.BUSY_TIME], window)
    longer = [_share(n.astype(np.float64), joined) for n in counted.n_longer[:, part].T]
    desk = settings.servers[part if settings.routing is not None else 0]
    n_desks = 1 if settings.routing is not None else len(settings.servers)
    on_duty = _mean_servers(desk, window / unit, (settings.extent.from_us + window) / unit)
    return QueueResult(
        wait_mean=wait_us / unit,
        wait_sd=np.sqrt(np.maximum(square - wait_us**2, 0.0)) / unit,
        wait_served_mean=_share(column[tally.SUM_WAIT_SERVED], joined - abandoned) / unit,
        sojourn_mean=_share(column[tally.SUM_SOJOURN], joined - abandoned) / unit,
        p_wait=_share(column[tally.N_DELAYED] + blocked + balked, arrived),
        p_block=_share(blocked, arrived),
        p_balk=_share(balked, arrived),
        p_abandon=_share(abandoned, arrived),
        queue_mean=queue_mean,
        system_mean=queue_mean + busy_mean,
        utilisation=_share(busy_mean, n_desks * on_duty),
        p_empty=_share(column[tally.EMPTY_TIME], window),
        n_arrived=arrived.astype(np.int64),
        n_blocked=blocked.astype(np.int64),
        n_balked=balked.astype(np.int64),
        n_abandoned=abandoned.astype(np.int64),
        n_served=column[tally.N_SERVED].astype(np.int64),
        n_in_system=column[tally.N_IN_SYSTEM].astype(np.int64),
        window=window / unit,
        quantiles=quantiles,
        wait_quantiles=_quantiles(counted.n_in_bin[:, part], quantiles) / unit,
        thresholds=thresholds,
        p_wait_longer=np.array(longer).reshape(len(thresholds), arrived.size).T,
        us_per_unit=unit,
        n_present=counted.n_present,
    )


def _quantiles(
    n_in_bin: NDArray[np.int64], probabilities: tuple[float, ...]
) -> NDArray[np.float64]:
    if not probabilities:
        return np.empty((n_in_bin.shape[0], 0))
    return wait_quantiles(n_in_bin, probabilities)
