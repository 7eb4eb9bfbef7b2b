"""Queueing cases of several classes, stations or rates, answered by the city's event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError
from twin.parts.network import simulate_network
from twin.parts.queueing import simulate_queue
from twin.parts.service_time import ServiceTime
from twin.validation.cases import numbers
from twin.validation.queueing_inputs import (
    WARMUP_SHARE,
    horizon_of,
    positive,
    servers_of,
    service_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.validation.cases import Case
    from twin.validation.registry import Simulation

# A day that starts empty is repeated so often in each replication: the least probability
# that a case of ours asks for is 1.4 %, and is then known to 2 %.
N_DAYS: Final = 100_000
# Lengths of replications in those of `horizon_of`: means need less than the standard
# deviation of waits, for which that is made; waits of the last class vary most.
_LENGTH: Final = {"priority": 0.8, "preemptive": 0.8, "shortest": 0.4, "network": 0.8}


def priority_mg1(case: Case) -> Simulation:
    """M/G/1 with classes, services not interrupted (Cobham 1954)."""
    return _classes(case, _services(case), servers=1, discipline="priority")


def preemptive_mg1(case: Case) -> Simulation:
    """M/G/1 with classes, pre-emptive resume."""
    return _classes(case, _services(case), servers=1, discipline="preemptive")


def priority_mmc(case: Case) -> Simulation:
    """M/M/c with classes of one service rate, services not interrupted."""
    service = ServiceTime(distribution="exponential", mean=1.0 / positive(case, "mu"))
    services = [service] * len(_rates(case, "lam"))
    return _classes(case, services, servers=servers_of(case), discipline="priority")


def _classes(
    case: Case, services: Sequence[ServiceTime], *, servers: int, discipline: str
) -> Simulation:
    rates = _rates(case, "lam")
    if len(rates) != len(services):
        raise InputError(
            f"{case.where}.inputs.service",
            f"{len(services)} entries",
            expected=f"{len(rates)}, one for each of `lam`",
        )
    rate = sum(rates)
    mean = sum(r * s.mean for r, s in zip(rates, services, strict=True)) / rate
    horizon = _LENGTH[discipline] * horizon_of(rate, mean, servers)

    def simulate(seed: int, n_replications: int) -> dict[str, NDArray[np.float64]]:
        result = simulate_queue(
            classes=[
                {"arrival_rate": r, "service": s} for r, s in zip(rates, services, strict=True)
            ],
            servers=servers,
            discipline=discipline,
            horizon=horizon,
            warmup=WARMUP_SHARE * horizon,
            n_replications=n_replications,
            seed=seed,
            quantiles=(),
        )
        made = {}
        for i, one in enumerate(result.classes):
            made[f"Wq_class{i + 1}"] = one.wait_mean
            made[f"T_class{i + 1}"] = one.sojourn_mean
        return made

    return simulate


def jsq(case: Case) -> Simulation:
    """Parallel M/M/1 queues, each customer joins the shortest."""
    rate = positive(case, "lam")
    stations = servers_of(case, "k")
    service = ServiceTime(distribution="exponential", mean=1.0 / positive(case, "mu"))
    horizon = _LENGTH["shortest"] * horizon_of(rate, service.mean, stations)

    def simulate(seed: int, n_replications: int) -> dict[str, NDArray[np.float64]]:
        result = simulate_queue(
            arrival_rate=rate,
            service=service,
            servers=1,
            stations=stations,
            join="shortest",
            horizon=horizon,
            warmup=WARMUP_SHARE * horizon,
            n_replications=n_replications,
            seed=seed,
            quantiles=(),
        )
        return {
            "L": result.system_mean,
            "W": result.sojourn_mean,
            "Wq": result.wait_mean,
            "p_wait": result.p_wait,
        }

    return simulate


def jackson(case: Case) -> Simulation:
    """Open network of M/M/c stations (Jackson 1957)."""
    arrivals = numbers(case, "inputs", "ext")
    rates = _rates(case, "mu")
    routing = case.inputs.get("routing")
    servers = numbers(case, "inputs", "c")
    if not isinstance(routing, list) or not all(isinstance(row, list) for row in routing):
        raise InputError(
            f"{case.where}.inputs.routing", f"found {routing!r}", expected="a matrix of chances"
        )
    for name, listed in (("mu", rates), ("c", servers), ("routing", routing)):
        if len(listed) != len(arrivals):
            raise InputError(
                f"{case.where}.inputs.{name}",
                f"{len(listed)} entries",
                expected=f"{len(arrivals)}, one for each of `ext`",
            )
    if not all(c >= 1.0 and c.is_integer() for c in servers):
        raise InputError(
            f"{case.where}.inputs.c", f"found {servers}", expected="whole numbers, at least 1"
        )
    counts = [int(c) for c in servers]
    horizon = _LENGTH["network"] * max(
        horizon_of(sum(arrivals), 1.0 / mu, c) for mu, c in zip(rates, counts, strict=True)
    )

    def simulate(seed: int, n_replications: int) -> dict[str, NDArray[np.float64]]:
        result = simulate_network(
            arrival_rates=arrivals,
            routing=routing,
            service=[ServiceTime(distribution="exponential", mean=1.0 / mu) for mu in rates],
            servers=counts,
            horizon=horizon,
            warmup=WARMUP_SHARE * horizon,
            n_replications=n_replications,
            seed=seed,
        )
        made = {"L_total": result.system_mean, "sojourn": result.sojourn_mean}
        for i, one in enumerate(result.stations):
            made[f"lam_{i}"] = one.n_arrived / one.window
            made[f"Wq_{i}"] = one.wait_mean
            made[f"L_{i}"] = one.system_mean
        return made

    return simulate


def mtmc(case: Case) -> Simulation:
    """M(t)/M/c over one day that starts empty; a replication is a mean over many days."""
    rates = numbers(case, "inputs", "rates")
    step = positive(case, "dt")
    service = ServiceTime(distribution="exponential", mean=1.0 / positive(case, "mu"))
    servers = servers_of(case)
    ends = [step * (i + 1) for i in range(len(rates))]

    def one(seed: int, replication: int) -> dict[str, float]:
        result = simulate_queue(
            arrival_rate=[(step * i, rate) for i, rate in enumerate(rates)],
            service=service,
            servers=servers,
            horizon=ends[-1],
            n_replications=N_DAYS,
            first_replication=replication * N_DAYS,
            seed=seed,
            quantiles=(),
            observe_at=ends,
        )
        made = {
            "queue_time_total": float(np.mean(result.queue_mean * result.window)),
            "expected_arrivals": float(np.mean(result.n_arrived)),
        }
        for i in range(len(ends)):
            present = result.n_present[:, i]
            made[f"L_end_{i}"] = float(np.mean(present))
            made[f"p_allbusy_end_{i}"] = float(np.mean(present >= servers))
        return made

    def simulate(seed: int, n_replications: int) -> dict[str, NDArray[np.float64]]:
        days = [one(seed, r) for r in range(n_replications)]
        return {name: np.array([day[name] for day in days]) for name in days[0]}

    return simulate


def _rates(case: Case, name: str) -> list[float]:
    rates = list(numbers(case, "inputs", name))
    if not rates or min(rates) <= 0.0:
        raise InputError(
            f"{case.where}.inputs.{name}", f"found {rates!r}", expected="numbers above 0"
        )
    return rates


def _services(case: Case) -> list[ServiceTime]:
    where = f"{case.where}.inputs.service"
    fields = case.inputs.get("service")
    if not isinstance(fields, list):
        raise InputError(where, f"found {fields!r}", expected="a list, one entry a class")
    return [service_of(f"{where}[{i}]", one) for i, one in enumerate(fields)]
