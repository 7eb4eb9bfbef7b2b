"""Customers a second: the queue kernel against simpy, same customers, same answer.

simpy is handed the arrivals and requirements that the kernel drew, so that it
draws nothing itself; the kernel's time includes drawing. Both serve every
replication, and all waits must be equal to the microsecond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import simpy

from benchmarks.record import Row, Timing, timed
from twin.parts import simulate_queue

if TYPE_CHECKING:
    from collections.abc import Generator

    from twin.parts import QueueResult

_N_CUSTOMERS = 10_000
_N_REPLICATIONS = 20
_LARGE = 40
_STATIONS = (("M/M/1, load 0.8", 0.8, 1), ("M/M/10, load 0.9", 9.0, 10))


def measure() -> list[Row]:
    """Measure both on each station, then the kernel alone on long replications."""
    rows = []
    for title, rate, servers in _STATIONS:
        rows += _pair(title, rate, servers)
    return rows


def _pair(title: str, rate: float, servers: int) -> list[Row]:
    kept = _simulate(rate, servers, keep=True)
    _check_equal(kept, servers)
    n = _N_CUSTOMERS * _N_REPLICATIONS
    peer = timed(lambda: _simpy_waits(kept, servers))
    ours = timed(lambda: _simulate(rate, servers), n_repeats=21)
    large = timed(lambda: _simulate(rate, servers, scale=_LARGE))
    peer_rate = n / peer.cpu_s
    return [
        Row(f"simpy, {title}", peer, n, "customers"),
        _row(f"twin, {title}, the same customers", ours, n, peer_rate),
        _row(f"twin, {title}, replications {_LARGE} times as long", large, n * _LARGE, peer_rate),
    ]


def _row(what: str, timing: Timing, n: int, peer_rate: float) -> Row:
    ratio = n / timing.cpu_s / peer_rate
    return Row(what, timing, n, "customers", ratio=ratio, against="simpy", goal=">= 50 x")


def _simulate(rate: float, servers: int, *, scale: int = 1, keep: bool = False) -> QueueResult:
    return simulate_queue(
        arrival_rate=rate,
        service={"distribution": "exponential", "mean": 1.0},
        servers=servers,
        n_customers=_N_CUSTOMERS * scale,
        n_replications=_N_REPLICATIONS,
        keep_customers=keep,
    )


def _simpy_waits(result: QueueResult, servers: int) -> list[list[int]]:
    customers = result.customers
    assert customers is not None
    return [
        _simpy_station(arrival.tolist(), service.tolist(), servers)
        for arrival, service in zip(customers.arrival_us, customers.service_us, strict=True)
    ]


def _simpy_station(arrivals: list[int], services: list[int], servers: int) -> list[int]:
    """Return the waits of one replication, as a simpy user would write it."""
    env = simpy.Environment()
    station = simpy.Resource(env, capacity=servers)
    waits = [0] * len(arrivals)

    def customer(i: int) -> Generator[simpy.Event, None, None]:
        with station.request() as request:
            yield request
            waits[i] = int(env.now) - arrivals[i]
            yield env.timeout(services[i])

    def source() -> Generator[simpy.Event, None, None]:
        now = 0
        for i, arrival in enumerate(arrivals):
            yield env.timeout(arrival - now)
            now = arrival
            env.process(customer(i))

    env.process(source())
    env.run()
    return waits


def _check_equal(result: QueueResult, servers: int) -> None:
    customers = result.customers
    assert customers is not None
    ours = customers.start_us - customers.arrival_us
    theirs = np.array(_simpy_waits(result, servers))
    if not np.array_equal(ours, theirs):
        raise AssertionError("simpy and the kernel disagree on waits")
