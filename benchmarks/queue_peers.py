"""Customers a second: the city's queues against simpy and Ciw, the same models.

Two models: one line before ten servers, and three classes of priority before five
servers, customers giving up. Each program draws for itself and is written as its users
would write it; before anything is timed, the means must agree within 4 standard errors.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import ciw
import numpy as np
import simpy

from benchmarks.record import Row, timed
from twin.parts import simulate_queue

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from numpy.typing import NDArray

_N_REPLICATIONS = 10
_N_CUSTOMERS = 8_000
# The kernels alone on longer replications: the same model, with the start-up paid once.
_LARGE = 40
_EXPONENTIAL = {"distribution": "exponential", "mean": 1.0}
_PLAIN = {"rates": (9.0,), "servers": 10, "patience": math.inf}
_CALLS = {"rates": (1.0, 2.0, 2.5), "servers": 5, "patience": 2.0}


def measure() -> list[Row]:
    """Measure the three programs on each model."""
    return [
        *_compare("M/M/10, load 0.9", _PLAIN, goal="simpy: >= 100 x"),
        *_compare("M/M/5+M, three classes, load 1.1", _CALLS, goal="simpy: >= 30 x"),
    ]


def _compare(title: str, model: dict[str, Any], *, goal: str) -> list[Row]:
    horizon = _N_CUSTOMERS / sum(model["rates"])
    programs: dict[str, Callable[[], list[list[float]]]] = {
        "simpy": lambda: [_simpy_waits(model, horizon, r) for r in range(_N_REPLICATIONS)],
        "Ciw": lambda: [_ciw_waits(model, horizon, r) for r in range(_N_REPLICATIONS)],
    }
    ours = _twin_waits(model, horizon, _N_REPLICATIONS)
    n = _N_CUSTOMERS * _N_REPLICATIONS
    small = timed(lambda: _twin_waits(model, horizon, _N_REPLICATIONS), n_repeats=21)
    large = timed(lambda: _twin_waits(model, horizon * _LARGE, _N_REPLICATIONS))
    rows = []
    for name, run in programs.items():
        _check(name, np.array(run()), ours)
        peer = timed(run, n_repeats=3)
        rows.append(Row(f"{name}, {title}", peer, n, "customers"))
        rate = n / peer.cpu_s
        for what, timing, size in (
            (f"twin, {title}", small, n),
            (f"twin, {title}, replications {_LARGE} times as long", large, n * _LARGE),
        ):
            ratio = size / timing.cpu_s / rate
            aim = goal.removeprefix("simpy: ") if name == "simpy" else ""
            rows.append(Row(what, timing, size, "customers", ratio=ratio, against=name, goal=aim))
    return rows


def _twin_waits(model: dict[str, Any], horizon: float, n_replications: int) -> NDArray[np.float64]:
    """Return the mean wait of each class, (n_replications, n_classes)."""
    common: dict[str, Any] = {
        "servers": model["servers"],
        "horizon": horizon,
        "n_replications": n_replications,
        "quantiles": (),
    }
    if len(model["rates"]) == 1:
        result = simulate_queue(arrival_rate=model["rates"][0], service=_EXPONENTIAL, **common)
        return result.wait_mean[:, None]
    patience = {"distribution": "exponential", "mean": model["patience"]}
    result = simulate_queue(
        classes=[
            {"arrival_rate": rate, "service": _EXPONENTIAL, "patience": patience}
            for rate in model["rates"]
        ],
        discipline="priority",
        **common,
    )
    return np.stack([one.wait_mean for one in result.classes], axis=1)


def _simpy_waits(model: dict[str, Any], horizon: float, seed: int) -> list[float]:
    """Return the mean wait of each class in one replication."""
    draw = random.Random(seed)  # noqa: S311 - a peer's own draws
    env = simpy.Environment()
    station = simpy.PriorityResource(env, capacity=model["servers"])
    n = len(model["rates"])
    total, count = [0.0] * n, [0] * n

    def customer(rank: int) -> Generator[simpy.Event, Any, None]:
        came = env.now
        with station.request(priority=rank) as request:
            if math.isfinite(model["patience"]):
                patience = env.timeout(draw.expovariate(1.0 / model["patience"]))
                outcome = yield request | patience
                is_served = request in outcome
            else:
                yield request
                is_served = True
            total[rank] += env.now - came
            count[rank] += 1
            if is_served:
                yield env.timeout(draw.expovariate(1.0))

    def source(rank: int, rate: float) -> Generator[simpy.Event, Any, None]:
        while True:
            yield env.timeout(draw.expovariate(rate))
            if env.now > horizon:
                return
            env.process(customer(rank))

    for rank, rate in enumerate(model["rates"]):
        env.process(source(rank, rate))
    env.run()
    return [t / c for t, c in zip(total, count, strict=True)]


def _ciw_waits(model: dict[str, Any], horizon: float, seed: int) -> list[float]:
    """Return the mean wait of each class in one replication."""
    ciw.seed(seed)
    names = [f"class {i}" for i in range(len(model["rates"]))]
    asked: dict[str, Any] = {
        "arrival_distributions": {
            name: [ciw.dists.Exponential(rate=rate)]
            for name, rate in zip(names, model["rates"], strict=True)
        },
        "service_distributions": {name: [ciw.dists.Exponential(rate=1.0)] for name in names},
        "priority_classes": {name: i for i, name in enumerate(names)},
        "number_of_servers": [model["servers"]],
    }
    if math.isfinite(model["patience"]):
        asked["reneging_time_distributions"] = {
            name: [ciw.dists.Exponential(rate=1.0 / model["patience"])] for name in names
        }
    simulation = ciw.Simulation(ciw.create_network(**asked))
    simulation.simulate_until_max_time(horizon)
    waits: dict[str, list[float]] = {name: [] for name in names}
    for record in simulation.get_all_records():
        if record.record_type == "service":
            waits[record.customer_class].append(record.waiting_time)
        elif record.record_type == "renege":
            waits[record.customer_class].append(record.exit_date - record.arrival_date)
    return [sum(waits[name]) / len(waits[name]) for name in names]


def _check(name: str, theirs: NDArray[np.float64], ours: NDArray[np.float64]) -> None:
    """Compare mean waits, class by class."""
    error = np.sqrt((theirs.var(axis=0, ddof=1) + ours.var(axis=0, ddof=1)) / theirs.shape[0])
    away = np.abs(theirs.mean(axis=0) - ours.mean(axis=0)) / error
    if not np.all(away < 4.0):
        raise AssertionError(f"{name} and the kernels disagree on mean waits: {away} errors apart")
