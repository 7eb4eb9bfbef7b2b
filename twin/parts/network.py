"""Networks of queues: stations that customers pass one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError
from twin.kernels import stand_tally
from twin.kernels.stages import PASSES
from twin.parts import stand
from twin.parts.door import real, reals, whole
from twin.parts.extent import N_MAX, Asked, extent_of
from twin.parts.pieces import Pieces, rates
from twin.parts.pieces import servers as servers_on_duty
from twin.parts.queue_result import QueueResult, part_of
from twin.parts.service_time import ServiceTime, service_time
from twin.parts.stand_columns import StageSettings, StandSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.parts.extent import Extent

_WHERE: Final = "simulate_network"
_STATIONS_MAX: Final = 100
_SERVERS_MAX: Final = 10_000_000
# Customers have an address for so many stations; more than these may need others.
_LOST_MAX: Final = 1e-6


@dataclass(frozen=True, eq=False)
class NetworkResult:
    """What was measured in the window, one entry a replication.

    Attributes
    ----------
    stations
        Measures of each station, of everyone who comes there from outside or inside.
    sojourn_mean
        Mean time in the network of those who came in the window and passed to the end.
    system_mean
        Time average of the number in the network.
    p_empty
        Share of time with nobody in it.
    n_arrived, n_through
        Arrivals from outside in the window; those of them who passed to the end.
    window
        Length of the window.
    """

    stations: tuple[QueueResult, ...]
    sojourn_mean: NDArray[np.float64]
    system_mean: NDArray[np.float64]
    p_empty: NDArray[np.float64]
    n_arrived: NDArray[np.int64]
    n_through: NDArray[np.int64]
    window: NDArray[np.float64]

    def __repr__(self) -> str:
        lines = [f"NetworkResult: {len(self.stations)} stations, means over replications"]
        lines += [
            f"  {name:<12} {np.mean(getattr(self, name)):.6g}"
            for name in ("sojourn_mean", "system_mean", "p_empty")
        ]
        return "\n".join(lines)


def simulate_network(  # noqa: PLR0913 - a question with many optional parts, by keyword only
    *,
    arrival_rates: Sequence[float],
    routing: Sequence[Sequence[float]],
    service: Sequence[Mapping[str, object] | ServiceTime],
    servers: Sequence[int],
    waiting_rooms: Sequence[int | None] | None = None,
    n_customers: int | None = None,
    horizon: float | None = None,
    warmup: float = 0.0,
    n_replications: int = 30,
    first_replication: int = 0,
    seed: int = 1,
    quantiles: Iterable[float] = (),
    thresholds: Iterable[float] = (),
) -> NetworkResult:
    """Simulate a network of stations, each first come, first served.

    With exponential services a Jackson network (1957); with one way, queues in tandem.

    Parameters
    ----------
    arrival_rates
        Arrivals from outside at each station, Poisson streams; 0 for none.
    routing
        P(next station | this one), a row a station; what is missing to 1 leaves.
    service
        Time a service takes at each station: `ServiceTime` or its fields.
    servers
        Parallel servers of each station; or pairs (from when, servers).
    waiting_rooms
        Places to wait at each station, None for no limit. Who finds none is lost.
    n_customers, horizon
        How long: arrivals from outside, or time. Exactly one of the two.
    warmup, n_replications, first_replication, seed, quantiles, thresholds
        As `twin.parts.simulate_queue`.

    Returns
    -------
    NetworkResult
        Measures of the network and of each station.

    Raises
    ------
    InputError
        If an argument is wrong; names the argument and what is expected.

    Examples
    --------
    >>> result = simulate_network(
    ...     arrival_rates=[0.5, 0.0],
    ...     routing=[[0.0, 1.0], [0.0, 0.0]],
    ...     service=[{"distribution": "exponential", "mean": 1.0}] * 2,
    ...     servers=[1, 1],
    ...     n_customers=20_000,
    ... )
    >>> bool(3.8 < result.sojourn_mean.mean() < 4.2)  # 2 x 1 / (1 - 0.5) = 4
    True
    """
    comes = [
        Pieces((0.0,), (real(f"{_WHERE}: arrival_rates[{i}]", one, at_least=0.0),))
        if not hasattr(one, "__iter__")
        else rates(f"{_WHERE}: arrival_rates[{i}]", one)
        for i, one in enumerate(_listed("arrival_rates", arrival_rates))
    ]
    n = len(comes)
    ways = _routing(routing, n)
    _check_addresses(comes, ways)
    times = [
        service_time(f"{_WHERE}: service[{i}]", one)
        for i, one in enumerate(_listed("service", service, n))
    ]
    duty = [
        servers_on_duty(f"{_WHERE}: servers[{i}]", one, at_most=_SERVERS_MAX)
        for i, one in enumerate(_listed("servers", servers, n))
    ]
    probabilities = reals(f"{_WHERE}: quantiles", quantiles, at_least=0.0, below=1.0)
    longer = reals(f"{_WHERE}: thresholds", thresholds, at_least=0.0)
    extent = extent_of(
        _WHERE,
        Asked(n_customers, horizon, warmup, n_replications, first_replication, seed),
        rates=comes,
        durations=[one.mean for one in times],
        backlog=PASSES * max(t.mean / d.values[-1] for t, d in zip(times, duty, strict=True)),
        others=[*longer, *(start for one in duty for start in one.starts)],
        n_replications_max=stand.N_REPLICATIONS_MAX,
    )
    settings = StandSettings(
        extent=extent,
        rates=comes,
        ranks=[0] * n,
        stages=[StageSettings(one) for one in times],
        servers=duty,
        rooms=_rooms(waiting_rooms, n),
        pre_empts=False,
        sees_lines=False,
        routing=ways,
        thresholds_us=np.array([round(t * extent.us_per_unit) for t in longer], dtype=np.int64),
        at_us=np.empty(0, dtype=np.int64),
        has_bins=bool(probabilities),
        has_rows=False,
    )
    results, _ = stand.run(settings)
    parts = tuple(
        part_of(results, settings, i, quantiles=probabilities, thresholds=longer) for i in range(n)
    )
    return _network_result(results, extent, parts)


def _network_result(
    results: stand_tally.Results, extent: Extent, parts: tuple[QueueResult, ...]
) -> NetworkResult:
    whole_of = results.whole.T
    through = whole_of[stand_tally.LEFT_SERVED]
    window = whole_of[stand_tally.LENGTH]
    with np.errstate(invalid="ignore"):
        sojourn_us = whole_of[stand_tally.SUM_THROUGH] / through
    return NetworkResult(
        stations=parts,
        sojourn_mean=sojourn_us / extent.us_per_unit,
        system_mean=whole_of[stand_tally.TIME_THROUGH] / window,
        p_empty=whole_of[stand_tally.TIME_EMPTY] / window,
        n_arrived=whole_of[stand_tally.CAME_IN_WINDOW].astype(np.int64),
        n_through=through.astype(np.int64),
        window=window / extent.us_per_unit,
    )


def _listed(name: str, values: object, n: int | None = None) -> list[object]:
    """Return a sequence of one entry a station as a list."""
    expected = f"{n} entries, one a station" if n else f"1 to {_STATIONS_MAX} entries"
    if isinstance(values, (str, bytes)) or not hasattr(values, "__iter__"):
        raise InputError(f"{_WHERE}: {name}", f"found {values!r}", expected=expected)
    listed = list(values)
    if (n is not None and len(listed) != n) or not 1 <= len(listed) <= _STATIONS_MAX:
        raise InputError(f"{_WHERE}: {name}", f"{len(listed)} entries", expected=expected)
    return listed


def _routing(routing: object, n: int) -> NDArray[np.float64]:
    rows = []
    for i, row in enumerate(_listed("routing", routing, n)):
        where = f"routing[{i}]"
        chances = reals(f"{_WHERE}: {where}", _listed(where, row, n), at_least=0.0)
        if sum(chances) > 1.0 + 1e-9:
            raise InputError(
                f"{_WHERE}: {where}", f"sums to {sum(chances):g}", expected="at most 1"
            )
        rows.append(chances)
    return np.array(rows)


def _check_addresses(comes: Sequence[Pieces], ways: NDArray[np.float64]) -> None:
    """Refuse networks in which customers pass more stations than their draws have addresses."""
    enter = np.array([max(one.values) for one in comes])
    if not enter.any():
        raise InputError(
            f"{_WHERE}: arrival_rates", "nobody comes", expected="a rate above 0 somewhere"
        )
    share = enter / enter.sum()
    for _ in range(PASSES + 1):
        share = share @ ways
    if share.sum() > _LOST_MAX:
        raise InputError(
            f"{_WHERE}: routing",
            f"{share.sum():.2g} of the customers pass more than {PASSES + 1} stations",
            expected=f"at most {_LOST_MAX:g}",
            hint="split the network, or let more customers leave",
        )


def _rooms(rooms: Sequence[int | None] | None, n: int) -> list[int]:
    if rooms is None:
        return [-1] * n
    return [
        -1
        if one is None
        else whole(f"{_WHERE}: waiting_rooms[{i}]", one, at_least=0, at_most=N_MAX)
        for i, one in enumerate(_listed("waiting_rooms", rooms, n))
    ]
