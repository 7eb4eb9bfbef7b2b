"""Stations with Poisson arrivals, by the kernels of the city.

One station where the first to come is the first to be served runs by the queue kernels
alone (`twin.kernels.cases`); everything else by the event loop of the city
(`twin.kernels.stand`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError
from twin.parts import fifo_station, stand
from twin.parts.customer_class import customer_class, customer_classes
from twin.parts.door import reals, whole
from twin.parts.extent import N_MAX, Asked, extent_of
from twin.parts.pieces import Pieces
from twin.parts.pieces import servers as servers_on_duty
from twin.parts.queue_result import QueueResult, customers_of, result_of
from twin.parts.stand_columns import StageSettings, StandSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twin.parts.customer_class import Balking, CustomerClass
    from twin.parts.service_time import ServiceTime

_WHERE: Final = "simulate_queue"
_SERVERS_MAX: Final = 10_000_000
_STATIONS_MAX: Final = 1_000
_DISCIPLINES: Final = ("fifo", "priority", "preemptive")
_JOINS: Final = ("pooled", "random", "shortest")


def simulate_queue(  # noqa: PLR0913 - a question with many optional parts, by keyword only
    *,
    servers: int | Iterable[tuple[float, int]],
    arrival_rate: float | Iterable[tuple[float, float]] | None = None,
    service: Mapping[str, object] | ServiceTime | None = None,
    patience: Mapping[str, object] | ServiceTime | None = None,
    balking: Mapping[str, object] | Balking | None = None,
    classes: Iterable[Mapping[str, object]] | None = None,
    discipline: str = "fifo",
    stations: int = 1,
    join: str = "pooled",
    waiting_room: int | None = None,
    n_customers: int | None = None,
    horizon: float | None = None,
    warmup: float = 0.0,
    n_replications: int = 30,
    first_replication: int = 0,
    seed: int = 1,
    quantiles: Iterable[float] = (0.5, 0.9, 0.95),
    thresholds: Iterable[float] = (),
    observe_at: Iterable[float] = (),
    keep_customers: bool = False,
) -> QueueResult:
    """Simulate a queue, in independent replications.

    Customer i of a class in replication r has the same gap and the same requirement (up
    to the scale of the means) whatever the servers, the room, the other classes and the
    other replications.

    Parameters
    ----------
    servers
        Parallel servers of a station; or pairs (from when, servers), the first from 0.
        Whoever is served when servers leave is served to the end.
    arrival_rate
        Arrivals per unit of time, a Poisson stream; or pairs (from when, rate).
    service
        Time a service takes, in the same unit: `ServiceTime` or its fields.
    patience
        How long somebody waits before he or she gives up, likewise; None for ever.
    balking
        When nobody joins the line any more: `Balking` or its fields; None never.
    classes
        Classes of customers instead of these four: a mapping with `arrival_rate`,
        `service` and, if wanted, `patience` and `balking` for each.
    discipline
        ``fifo``; ``priority``: the first class first, services are not interrupted;
        ``preemptive``: the first class takes a server from the last, who goes on later
        where the service was interrupted.
    stations, join
        Stations of `servers` each: ``pooled`` with one line for all, or each with a line
        of its own, which customers join at ``random`` or where the fewest people a
        server are (``shortest``; among equals the first).
    waiting_room
        Places to wait at a station besides those in service; None for no limit.
    n_customers, horizon
        How long: arrivals, or time. Exactly one of the two.
    warmup
        Time at the start that is not measured.
    n_replications
        Independent replications, run in one compiled call.
    first_replication
        Number of the first: a long experiment can be cut into parts.
    seed
        64-bit seed.
    quantiles, thresholds
        Quantiles of the wait to report, and waits whose exceedance to report.
    observe_at
        Times at which to count customers in the system.
    keep_customers
        Also return every single customer.

    Returns
    -------
    QueueResult
        Measures of each replication; with `classes` also those of each class.

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
    at = reals(f"{_WHERE}: observe_at", observe_at, at_least=0.0)
    who = _classes(
        classes,
        {
            "arrival_rate": arrival_rate,
            "service": service,
            "patience": patience,
            "balking": balking,
        },
    )
    duty, n_desks = _desks(servers, stations, join)
    extent = extent_of(
        _WHERE,
        Asked(n_customers, horizon, warmup, n_replications, first_replication, seed),
        rates=[one.rates for one in who],
        durations=[one.service.mean for one in who],
        backlog=max(one.service.mean for one in who) / duty.values[-1],
        others=[*longer, *at, *duty.starts, *(60 * p.mean for c in who if (p := c.patience))],
        n_replications_max=stand.N_REPLICATIONS_MAX if _needs_loop(who, duty, n_desks) else N_MAX,
    )
    settings = StandSettings(
        extent=extent,
        rates=[one.rates for one in who],
        ranks=_ranks(discipline, len(who)),
        stages=[StageSettings(one.service, one.patience, one.balking) for one in who],
        servers=[duty] * n_desks,
        rooms=[_room(waiting_room)] * n_desks,
        pre_empts=discipline == "preemptive",
        sees_lines=join == "shortest",
        routing=None,
        thresholds_us=np.array([round(t * extent.us_per_unit) for t in longer], dtype=np.int64),
        at_us=np.array([round(t * extent.us_per_unit) for t in at], dtype=np.int64),
        has_bins=bool(probabilities),
        has_rows=keep_customers,
    )
    run = stand.run if _needs_loop(who, duty, n_desks) else fifo_station.run
    results, accounts = run(settings)
    return result_of(
        results,
        settings,
        quantiles=probabilities,
        thresholds=longer,
        customers=customers_of(accounts, extent.us_per_unit) if keep_customers else None,
        has_classes=classes is not None,
    )


def _classes(
    classes: Iterable[Mapping[str, object]] | None, single: Mapping[str, object]
) -> tuple[CustomerClass, ...]:
    if classes is None:
        return (customer_class(_WHERE, single, joint=": "),)
    given = [name for name, value in single.items() if value is not None]
    if given:
        raise InputError(
            f"{_WHERE}: classes, {given[0]}",
            "both given",
            expected=f"`{given[0]}` within each of the classes",
        )
    return customer_classes(f"{_WHERE}: classes", classes)


def _needs_loop(who: tuple[CustomerClass, ...], duty: Pieces, n_desks: int) -> bool:
    """Return whether there is more to it than one line before a fixed number of servers."""
    one = who[0]
    is_plain = one.patience is None and one.balking is None and len(duty.values) == 1
    return len(who) > 1 or n_desks > 1 or not is_plain


def _desks(servers: object, stations: object, join: object) -> tuple[Pieces, int]:
    """Return servers of a desk and the number of desks."""
    duty = servers_on_duty(f"{_WHERE}: servers", servers, at_most=_SERVERS_MAX)
    n = whole(f"{_WHERE}: stations", stations, at_least=1, at_most=_STATIONS_MAX)
    _known("join", join, _JOINS)
    if join != "pooled":
        return duty, n
    return Pieces(duty.starts, tuple(n * value for value in duty.values)), 1


def _ranks(discipline: object, n: int) -> list[int]:
    _known("discipline", discipline, _DISCIPLINES)
    return [0] * n if discipline == "fifo" else list(range(n))


def _known(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(
            f"{_WHERE}: {name}", f"found {value!r}", expected=f"one of {', '.join(known)}"
        )


def _room(waiting_room: int | None) -> int:
    if waiting_room is None:
        return -1
    return whole(f"{_WHERE}: waiting_room", waiting_room, at_least=0, at_most=N_MAX)
