"""The queue of the city against what queueing theory knows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.theory import closed_forms as known
from twin.parts import QueueResult, simulate_queue

if TYPE_CHECKING:
    from numpy.typing import NDArray

_N = 36


def _station(
    rate: float,
    servers: int,
    *,
    distribution: str = "exponential",
    cv: float | None = None,
    room: int | None = None,
    thresholds: tuple[float, ...] = (),
    n_customers: int = 160_000,
) -> QueueResult:
    horizon = n_customers / rate
    return simulate_queue(
        arrival_rate=rate,
        service={"distribution": distribution, "mean": 1.0} | ({"cv": cv} if cv else {}),
        servers=servers,
        waiting_room=room,
        horizon=horizon,
        warmup=0.1 * horizon,
        n_replications=_N,
        seed=7,
        thresholds=thresholds,
    )


def _assert_agrees(sample: NDArray[np.float64], expected: float, *, within: float = 0.03) -> None:
    """The mean lies within 3.6 standard errors (99.9 % of t), and these are small."""
    half = 3.6 * np.std(sample, ddof=1) / math.sqrt(sample.size)
    assert half <= within * expected
    assert abs(np.mean(sample) - expected) <= half


@pytest.mark.parametrize(("rate", "servers"), [(0.7, 1), (2.0, 3), (8.0, 10)])
def test_mmc_meets_erlang_c(rate: float, servers: int) -> None:
    # The more servers, the more customers pass while a queue forgets its past.
    n_customers = 160_000 if servers < 10 else 400_000
    result = _station(rate, servers, thresholds=(0.5,), n_customers=n_customers)
    wait = known.mmc_wait(rate, 1.0, servers)
    _assert_agrees(result.p_wait, known.erlang_c(rate, servers))
    _assert_agrees(result.wait_mean, wait)
    _assert_agrees(result.queue_mean, rate * wait)
    _assert_agrees(result.sojourn_mean, wait + 1.0)
    _assert_agrees(result.utilisation, rate / servers)
    _assert_agrees(result.p_wait_longer[:, 0], known.mmc_wait_longer(rate, 1.0, servers, 0.5))
    assert np.all(result.p_block == 0.0)


@pytest.mark.parametrize("distribution", ["exponential", "deterministic", "lognormal", "gamma"])
def test_loss_depends_on_nothing_but_the_mean_service(distribution: str) -> None:
    cv = 1.5 if distribution in {"lognormal", "gamma"} else None
    result = _station(3.0, 5, distribution=distribution, cv=cv, room=0)
    _assert_agrees(result.p_block, known.erlang_b(3.0, 5))
    assert np.all(result.queue_mean == 0.0)
    assert np.all(result.wait_mean == 0.0)


def test_mmck_meets_birth_and_death() -> None:
    result = _station(3.0, 2, room=4)
    states = known.mmck_states(3.0, 1.0, 2, 6)
    _assert_agrees(result.p_block, states[-1])
    _assert_agrees(result.p_empty, states[0])
    queue = sum(max(0, n - 2) * p for n, p in enumerate(states))
    _assert_agrees(result.queue_mean, queue)
    _assert_agrees(result.wait_mean, queue / (3.0 * (1.0 - states[-1])))
    _assert_agrees(result.system_mean, sum(n * p for n, p in enumerate(states)))


@pytest.mark.parametrize(("rate", "servers"), [(0.8, 1), (1.6, 2), (4.0, 5)])
def test_mdc_meets_crommelin(rate: float, servers: int) -> None:
    result = _station(rate, servers, distribution="deterministic")
    _assert_agrees(result.wait_mean, known.crommelin_wait(rate, 1.0, servers))


@pytest.mark.parametrize(
    ("distribution", "cv"), [("lognormal", 0.5), ("lognormal", 1.2), ("gamma", 0.5), ("gamma", 1.4)]
)
def test_mg1_meets_pollaczek_khinchine(distribution: str, cv: float) -> None:
    result = _station(0.6, 1, distribution=distribution, cv=cv)
    _assert_agrees(result.wait_mean, known.pollaczek_khinchine(0.6, 1.0, cv))
    _assert_agrees(result.p_wait, 0.6)


def test_littles_law_holds_between_time_and_customer_averages() -> None:
    result = _station(2.5, 3)
    through = result.n_arrived / result.window
    np.testing.assert_allclose(result.queue_mean, through * result.wait_mean, rtol=0.02)
    np.testing.assert_allclose(result.system_mean, through * result.sojourn_mean, rtol=0.02)


def test_ten_thousand_servers_leave_nobody_waiting() -> None:
    result = simulate_queue(
        arrival_rate=2_000.0,
        service={"distribution": "lognormal", "mean": 1.0, "cv": 2.0},
        servers=10_000,
        n_customers=50_000,
        n_replications=2,
        keep_customers=True,
    )
    assert result.customers is not None
    assert np.array_equal(result.customers.start_us, result.customers.arrival_us)
    assert np.all(result.wait_mean == 0.0)
    assert np.all(result.wait_quantiles == 0.0)
    assert np.all(result.p_wait == 0.0)
