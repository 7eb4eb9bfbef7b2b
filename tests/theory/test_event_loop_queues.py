"""The queues of the city's event loop against what queueing theory knows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.theory import closed_forms as known
from twin.parts import QueueResult, ServiceTime, simulate_network, simulate_queue

if TYPE_CHECKING:
    from numpy.typing import NDArray

_N = 36
_UNIT = {"distribution": "exponential", "mean": 1.0}


def _queue(horizon: float = 8_000.0, **asked: Any) -> QueueResult:
    return simulate_queue(
        horizon=horizon, warmup=0.1 * horizon, n_replications=_N, seed=11, quantiles=(), **asked
    )


def _assert_agrees(sample: NDArray[np.float64], expected: float, *, within: float = 0.04) -> None:
    """The mean lies within 3.6 standard errors (99.9 % of t), and these are small."""
    half = 3.6 * np.std(sample, ddof=1) / math.sqrt(sample.size)
    assert half <= within * expected
    assert abs(np.mean(sample) - expected) <= half


@pytest.mark.parametrize(("rate", "servers", "theta"), [(6.0, 5, 0.5), (19.0, 20, 1.0)])
def test_impatience_meets_erlang_a(rate: float, servers: int, theta: float) -> None:
    result = _queue(
        horizon=60_000.0 / rate,
        arrival_rate=rate,
        service=_UNIT,
        servers=servers,
        patience={"distribution": "exponential", "mean": 1.0 / theta},
    )
    states = known.erlang_a_states(rate, 1.0, servers, theta)
    queue = sum(max(0, n - servers) * p for n, p in enumerate(states))
    _assert_agrees(result.p_abandon, theta * queue / rate)
    _assert_agrees(result.p_wait, sum(states[servers:]))
    _assert_agrees(result.queue_mean, queue)
    _assert_agrees(result.wait_mean, queue / rate)


@pytest.mark.parametrize("discipline", ["priority", "preemptive"])
def test_priorities_in_mg1_meet_cobham(discipline: str) -> None:
    rates = (0.2, 0.4)
    services = (
        ServiceTime(distribution="deterministic", mean=1.5),
        ServiceTime(distribution="hyperexponential", mean=0.8, cv=1.5),
    )
    result = _queue(
        horizon=60_000.0,
        classes=[{"arrival_rate": r, "service": s} for r, s in zip(rates, services, strict=True)],
        servers=1,
        discipline=discipline,
    )
    means = [s.mean for s in services]
    squares = [1.5**2, 0.8**2 * (1.0 + 1.5**2)]
    if discipline == "priority":
        expected = known.cobham_waits(rates, means, squares)
        for one, wait in zip(result.classes, expected, strict=True):
            _assert_agrees(one.wait_mean, wait)
    else:
        expected = known.preemptive_sojourns(rates, means, squares)
        for one, sojourn in zip(result.classes, expected, strict=True):
            _assert_agrees(one.sojourn_mean, sojourn)
    # Work is conserved whatever the order.
    _assert_agrees(result.utilisation, 0.3 + 0.32)


def test_mg1_of_mixed_services_meets_pollaczek_khinchine() -> None:
    service = ServiceTime.mixture(0.9, 0.5, 5.5)
    assert service.mean == pytest.approx(1.0)
    assert service.cv is not None
    result = _queue(horizon=120_000.0, arrival_rate=0.5, service=service, servers=1)
    _assert_agrees(result.wait_mean, known.pollaczek_khinchine(0.5, 1.0, service.cv))


def test_a_network_meets_jackson() -> None:
    result = simulate_network(
        arrival_rates=[1.0, 0.2],
        routing=[[0.0, 0.5], [0.25, 0.0]],
        service=[_UNIT, {"distribution": "exponential", "mean": 0.5}],
        servers=[2, 1],
        horizon=16_000.0,
        warmup=1_000.0,
        n_replications=_N,
        seed=3,
    )
    first = (1.0 + 0.25 * 0.2) / (1.0 - 0.125)
    second = 0.2 + 0.5 * first
    present = 0.0
    for one, rate, mean, servers in zip(
        result.stations, (first, second), (1.0, 0.5), (2, 1), strict=True
    ):
        wait = known.mmc_wait(rate, mean, servers)
        _assert_agrees(one.wait_mean, wait)
        _assert_agrees(one.n_arrived / one.window, rate)
        _assert_agrees(one.system_mean, rate * (wait + mean))
        present += rate * (wait + mean)
    _assert_agrees(result.system_mean, present)
    _assert_agrees(result.sojourn_mean, present / 1.2)


@pytest.mark.parametrize("way", ["queue kernels", "event loop"])
def test_a_day_of_changing_rates_and_servers_meets_kolmogorov(way: str) -> None:
    rates = [(0.0, 3.0), (1.0, 9.0), (2.0, 5.0)]
    servers: Any = 3 if way == "queue kernels" else [(0.0, 2), (1.5, 4), (2.0, 5)]
    result = simulate_queue(
        arrival_rate=rates,
        service={"distribution": "exponential", "mean": 0.4},
        servers=servers,
        horizon=3.0,
        n_replications=120_000,
        observe_at=[1.0, 2.0, 3.0],
        quantiles=(),
        seed=5,
    )
    steps = [(0.0, 1.0, 3.0, 2), (1.0, 1.5, 9.0, 2), (1.5, 2.0, 9.0, 4), (2.0, 3.0, 5.0, 5)]
    if way == "queue kernels":
        steps = [(begin, end, rate, 3) for begin, end, rate, _ in steps]
    state = np.zeros(61)
    state[0] = 1.0
    level = np.arange(61)
    seen = {}
    for begin, end, rate, on_duty in steps:
        state = _after(state, end - begin, rate, np.minimum(level, on_duty) / 0.4)
        seen[end] = state
    for i, end in enumerate((1.0, 2.0, 3.0)):
        present = result.n_present[:, i].astype(float)
        _assert_agrees(present, float(level @ seen[end]))
        _assert_agrees((present >= 3).astype(float), float(seen[end][3:].sum()))
    _assert_agrees(result.n_arrived.astype(float), 17.0)


def _after(
    state: NDArray[np.float64], time: float, rate: float, leave: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Forward equations of Kolmogorov; valid where servers come but do not leave."""

    def change(_: float, p: NDArray[np.float64]) -> NDArray[np.float64]:
        up = rate * p
        up[-1] = 0.0
        down = leave * p
        made = -up - down
        made[1:] += up[:-1]
        made[:-1] += down[1:]
        return made

    return np.asarray(solve_ivp(change, (0.0, time), state, rtol=1e-9, atol=1e-12).y[:, -1])


def test_the_shortest_queue_meets_the_chain_cut_at_forty() -> None:
    result = _queue(
        horizon=60_000.0, arrival_rate=1.5, service=_UNIT, servers=1, stations=2, join="shortest"
    )
    present, p_wait = known.shortest_of_two(1.5, 40)
    _assert_agrees(result.system_mean, present)
    _assert_agrees(result.sojourn_mean, present / 1.5)
    _assert_agrees(result.p_wait, p_wait)


def test_pooled_servers_beat_the_shortest_queue_and_that_beats_chance() -> None:
    waits = {}
    for join in ("pooled", "shortest", "random"):
        result = _queue(
            horizon=30_000.0, arrival_rate=1.6, service=_UNIT, servers=1, stations=2, join=join
        )
        waits[join] = float(np.mean(result.wait_mean))
    assert waits["pooled"] < waits["shortest"] < waits["random"]
    assert waits["pooled"] == pytest.approx(known.mmc_wait(1.6, 1.0, 2), rel=0.05)
    assert waits["random"] == pytest.approx(known.mmc_wait(0.8, 1.0, 1), rel=0.07)


@pytest.mark.parametrize(
    "service",
    [
        {"distribution": "hyperexponential", "mean": 1.0, "cv": 2.0},
        {"distribution": "gamma", "mean": 1.0, "cv": 0.5},
    ],
)
def test_loss_by_the_event_loop_meets_erlang_b(service: dict[str, Any]) -> None:
    classes = [{"arrival_rate": 1.0, "service": service}, {"arrival_rate": 2.0, "service": service}]
    result = _queue(classes=classes, servers=4, waiting_room=0)
    for one in result.classes:
        _assert_agrees(one.p_block, known.erlang_b(3.0, 4))
    assert np.all(result.wait_mean == 0.0)


def test_walking_away_at_a_length_is_a_waiting_room_of_that_length() -> None:
    result = _queue(arrival_rate=3.0, service=_UNIT, servers=2, balking={"at": 4})
    states = known.mmck_states(3.0, 1.0, 2, 6)
    _assert_agrees(result.p_balk, states[-1])
    _assert_agrees(result.queue_mean, sum(max(0, n - 2) * p for n, p in enumerate(states)))


def test_littles_law_holds_in_the_event_loop() -> None:
    result = _queue(
        classes=[{"arrival_rate": 1.0, "service": _UNIT}, {"arrival_rate": 1.5, "service": _UNIT}],
        servers=3,
        discipline="preemptive",
        horizon=20_000.0,
    )
    through = result.n_arrived / result.window
    np.testing.assert_allclose(result.system_mean, through * result.sojourn_mean, rtol=0.03)
