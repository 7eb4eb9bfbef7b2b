"""One station with Poisson arrivals, by the queue kernels of the city.

The unit of time is free: rates, durations and waits are in whatever unit the
caller uses. Inside, times are whole microseconds as everywhere in the engine;
one unit becomes ``10**k`` of them, k the least that leaves the shorter of mean
gap and mean service at a million, so that rounding is below 1e-6 of both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError
from twin.kernels import cases, tally
from twin.kernels.queueing import NOBODY, Line, Queues
from twin.parts.door import real, reals, whole
from twin.parts.queue_result import (
    Counted,
    QueueCustomers,
    QueueResult,
    result_of,
    wait_quantiles,
)
from twin.parts.service_time import DISTRIBUTIONS, ServiceTime, service_time
from twin.streams import split_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

_WHERE: Final = "simulate_queue"
_FINEST: Final = 1_000_000
_LATEST: Final = 1 << 61
_FOREVER: Final = 1 << 62
_N_MAX: Final = (1 << 32) - 1
_SERVERS_MAX: Final = 10_000_000
# Histograms of waits take 110 KB a replication: a batch stays below 30 MB.
_BATCH: Final = 256


@dataclass(frozen=True)
class _Plan:
    """A checked request; times in microseconds."""

    gap_us: float
    distribution: int
    mean_service_us: float
    cv: float
    n_servers: int
    waiting_room: int
    capacity: int
    is_open_ended: bool
    from_us: int
    until_us: int
    threshold_us: NDArray[np.int64]
    n_replications: int
    seed: int
    us_per_unit: int
    has_rows: bool


def simulate_queue(  # noqa: PLR0913 - a question with many optional parts, by keyword only
    *,
    arrival_rate: float,
    service: Mapping[str, object] | ServiceTime,
    servers: int,
    waiting_room: int | None = None,
    n_customers: int | None = None,
    horizon: float | None = None,
    warmup: float = 0.0,
    n_replications: int = 30,
    seed: int = 1,
    quantiles: Iterable[float] = (0.5, 0.9, 0.95),
    thresholds: Iterable[float] = (),
    keep_customers: bool = False,
) -> QueueResult:
    """Simulate first come, first served at one station, in independent replications.

    Customer i of replication r has the same gap and the same requirement (up to
    the scale of the means) whatever the servers, the room and the other replications.

    Parameters
    ----------
    arrival_rate
        Arrivals per unit of time, a Poisson stream.
    service
        Time a service takes, in the same unit: `ServiceTime` or its fields.
    servers
        Parallel servers.
    waiting_room
        Places to wait besides those in service; None for no limit.
    n_customers, horizon
        How long: arrivals, or time. Exactly one of the two.
    warmup
        Time at the start that is not measured.
    n_replications
        Independent replications, run in one compiled call.
    seed
        64-bit seed.
    quantiles, thresholds
        Quantiles of the wait to report, and waits whose exceedance to report.
    keep_customers
        Also return every single customer; 24 bytes each.

    Returns
    -------
    QueueResult
        Measures of each replication.

    Raises
    ------
    InputError
        If an argument is wrong; names the argument and what is expected.

    Examples
    --------
    >>> result = simulate_queue(
    ...     arrival_rate=2.0,
    ...     service={"distribution": "exponential", "mean": 1.0},
    ...     servers=3,
    ...     n_customers=20_000,
    ... )
    >>> bool(0.42 < result.wait_mean.mean() < 0.47)  # Erlang C: 0.4444
    True
    """
    probabilities = reals(f"{_WHERE}: quantiles", quantiles, at_least=0.0, below=1.0)
    longer = reals(f"{_WHERE}: thresholds", thresholds, at_least=0.0)
    plan = _plan(
        gap=1.0 / real(f"{_WHERE}: arrival_rate", arrival_rate, above=0.0),
        service=service_time(f"{_WHERE}: service", service),
        servers=whole(f"{_WHERE}: servers", servers, at_least=1, at_most=_SERVERS_MAX),
        room=_room(waiting_room),
        extent=_extent(n_customers, horizon),
        warmup=real(f"{_WHERE}: warmup", warmup, at_least=0.0),
        thresholds=longer,
        n_replications=whole(
            f"{_WHERE}: n_replications", n_replications, at_least=1, at_most=_N_MAX
        ),
        seed=whole(f"{_WHERE}: seed", seed, at_least=0, at_most=(1 << 64) - 1),
        has_rows=keep_customers,
    )
    shape = (plan.n_replications if keep_customers else 1, plan.capacity)
    customers = cases.Customers(*(np.full(shape, NOBODY, dtype=np.int64) for _ in range(3)))
    return result_of(
        _run(plan, customers, probabilities),
        n_servers=plan.n_servers,
        us_per_unit=plan.us_per_unit,
        quantiles=probabilities,
        thresholds=longer,
        customers=QueueCustomers(*customers, plan.us_per_unit) if keep_customers else None,
    )


def _room(waiting_room: int | None) -> int:
    if waiting_room is None:
        return -1
    return whole(f"{_WHERE}: waiting_room", waiting_room, at_least=0, at_most=_N_MAX)


def _extent(n_customers: int | None, horizon: float | None) -> tuple[int | None, float | None]:
    if (n_customers is None) == (horizon is None):
        found = "neither" if n_customers is None else "both"
        raise InputError(
            f"{_WHERE}: n_customers, horizon", f"{found} given", expected="exactly one of the two"
        )
    if n_customers is None:
        return None, real(f"{_WHERE}: horizon", horizon, above=0.0)
    return whole(f"{_WHERE}: n_customers", n_customers, at_least=1, at_most=_N_MAX), None


def _us_per_unit(gap: float, mean: float, longest: float) -> int:
    """Return the power of ten that stands for one unit of time.

    Raises
    ------
    InputError
        If the longest time does not fit in 61 bits of microseconds.
    """
    power = max(0, math.ceil(math.log10(_FINEST / min(gap, mean))))
    if power + math.log10(longest) >= math.log10(_LATEST):
        raise InputError(
            f"{_WHERE}: arrival_rate, service, horizon",
            f"times from {min(gap, mean):g} to about {longest:g}",
            expected="a range of at most 12 powers of ten",
            hint="shorten the run, or check the unit of the rates",
        )
    return int(10**power)


def _plan(  # noqa: PLR0913 - one checked argument each
    *,
    gap: float,
    service: ServiceTime,
    servers: int,
    room: int,
    extent: tuple[int | None, float | None],
    warmup: float,
    thresholds: tuple[float, ...],
    n_replications: int,
    seed: int,
    has_rows: bool,
) -> _Plan:
    n_customers, horizon = extent
    n_expected = float(n_customers or 0) if horizon is None else horizon / gap
    length = n_expected * gap
    if warmup >= length:
        raise InputError(
            f"{_WHERE}: warmup", f"found {warmup:g}", expected=f"below the length {length:g}"
        )
    capacity = n_customers or _capacity(n_expected)
    longest = 2.0 * length + 10.0 * service.mean * (1.0 + n_expected / servers)
    scale = _us_per_unit(gap, service.mean, max(longest, *thresholds, 0.0))
    return _Plan(
        gap_us=gap * scale,
        distribution=DISTRIBUTIONS[service.distribution],
        mean_service_us=service.mean * scale,
        cv=service.cv or 0.0,
        n_servers=servers,
        waiting_room=room,
        capacity=capacity,
        is_open_ended=horizon is not None,
        from_us=round(warmup * scale),
        until_us=_FOREVER if horizon is None else round(horizon * scale),
        threshold_us=np.array([round(t * scale) for t in thresholds], dtype=np.int64),
        n_replications=n_replications,
        seed=seed,
        us_per_unit=scale,
        has_rows=has_rows,
    )


def _capacity(n_expected: float) -> int:
    """Return room for a Poisson number of customers, exceeded by none of 1e30 runs."""
    capacity = math.ceil(n_expected + 12.0 * math.sqrt(n_expected) + 64.0)
    if capacity > _N_MAX:
        raise InputError(
            f"{_WHERE}: horizon",
            f"about {n_expected:g} customers a replication",
            expected=f"at most {_N_MAX}",
        )
    return capacity


def _run(plan: _Plan, customers: cases.Customers, probabilities: tuple[float, ...]) -> Counted:
    n = plan.n_replications
    counted = Counted(
        tallies=np.zeros((n, tally.N_TALLIES)),
        n_longer=np.zeros((n, plan.threshold_us.size), dtype=np.int64),
        wait_quantiles_us=np.empty((n, len(probabilities))),
    )
    for first in range(0, n, _BATCH):
        rows = slice(first, first + _BATCH)
        batch = customers
        if plan.has_rows:
            batch = cases.Customers(*(column[rows] for column in customers))
        n_in_bin = _run_batch(plan, counted, batch, first)
        counted.wait_quantiles_us[rows] = wait_quantiles(n_in_bin, probabilities)
    if plan.is_open_ended and counted.tallies[:, tally.N_CUSTOMERS].max() >= plan.capacity:
        raise AssertionError("more customers than room was made for: a defect of _capacity")
    return counted


def _run_batch(
    plan: _Plan, counted: Counted, customers: cases.Customers, first: int
) -> NDArray[np.int64]:
    rows = slice(first, first + _BATCH)
    tallies = counted.tallies[rows]
    n_in_bin = np.zeros((tallies.shape[0], tally.N_WAIT_BINS), dtype=np.int64)
    cases.run_station(
        tallies,
        n_in_bin,
        counted.n_longer[rows],
        customers,
        Line(
            np.empty(plan.capacity, dtype=np.int64),
            np.empty(plan.capacity, dtype=np.int64),
            np.zeros(plan.capacity, dtype=np.int8),
        ),
        np.empty(plan.n_servers, dtype=np.int64),
        np.empty(plan.n_servers, dtype=np.int64),
        _empty_station(plan),
        plan.threshold_us,
        plan.gap_us,
        plan.distribution,
        plan.mean_service_us,
        plan.cv,
        plan.from_us,
        plan.until_us,
        first,
        *split_key(plan.seed),
    )
    return n_in_bin


def _empty_station(plan: _Plan) -> Queues:
    return Queues(
        n_servers=np.array([plan.n_servers], dtype=np.int32),
        n_busy=np.zeros(1, dtype=np.int32),
        n_waiting=np.zeros(1, dtype=np.int32),
        first_waiting=np.full((1, 1), NOBODY, dtype=np.int64),
        last_waiting=np.full((1, 1), NOBODY, dtype=np.int64),
        waiting_room=np.array([plan.waiting_room], dtype=np.int64),
        pre_empts=np.zeros(1, dtype=np.bool_),
        first_served=np.full(1, NOBODY, dtype=np.int64),
    )
