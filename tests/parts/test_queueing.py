from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import twin.parts
from twin.errors import InputError
from twin.parts import QueueResult, ServiceTime, simulate_queue

_EXPONENTIAL = {"distribution": "exponential", "mean": 1.0}


def _simulate(**changes: Any) -> QueueResult:
    asked: dict[str, Any] = {
        "arrival_rate": 2.0,
        "service": _EXPONENTIAL,
        "servers": 3,
        "n_customers": 2_000,
        "n_replications": 3,
    }
    return simulate_queue(**asked | changes)


def _measures(result: QueueResult) -> dict[str, np.ndarray[Any, Any]]:
    return {name: value for name, value in vars(result).items() if isinstance(value, np.ndarray)}


def test_the_same_seed_gives_the_same_bits_and_another_seed_does_not() -> None:
    one, again, other = _simulate(seed=1), _simulate(seed=1), _simulate(seed=2)
    for name, values in _measures(one).items():
        np.testing.assert_array_equal(values, _measures(again)[name], err_msg=name)
    assert not np.any(one.wait_mean == other.wait_mean)
    assert np.unique(one.wait_mean).size == 3


def test_a_replication_does_not_know_how_many_others_there_are() -> None:
    few = _simulate(n_customers=200, n_replications=3)
    many = _simulate(n_customers=200, n_replications=300)
    for name, values in _measures(few).items():
        np.testing.assert_array_equal(values, _measures(many)[name][:3], err_msg=name)
    # 300 replications are more than one batch: the last must be new draws.
    assert np.unique(many.wait_mean).size == 300


def test_measures_are_those_of_the_single_customers() -> None:
    result = _simulate(
        waiting_room=1, horizon=3_000.0, n_customers=None, warmup=500.0, keep_customers=True,
        thresholds=(0.25, 1.0),
    )  # fmt: skip
    customers = result.customers
    assert customers is not None
    unit = result.us_per_unit
    for r in range(result.n_replications):
        n = int(np.sum(customers.arrival_us[r] >= 0))
        arrival = customers.arrival_us[r][:n]
        start = customers.start_us[r][:n]
        assert np.all(customers.arrival_us[r][n:] == -1)
        is_counted = (arrival >= 500 * unit) & (arrival <= 3_000 * unit)
        is_admitted = is_counted & (start >= 0)
        waits = (start - arrival)[is_admitted] / unit
        end = start + customers.service_us[r][:n]
        is_served = is_admitted & (end <= 3_000 * unit)
        assert result.n_arrived[r] == is_counted.sum()
        assert result.n_blocked[r] == (is_counted & (start < 0)).sum()
        assert result.n_served[r] == is_served.sum()
        assert result.wait_mean[r] == pytest.approx(waits.mean())
        assert result.wait_sd[r] == pytest.approx(waits.std())
        assert result.p_wait_longer[r] == pytest.approx(
            [(waits > 0.25).mean(), (waits > 1.0).mean()]
        )
        assert result.wait_quantiles[r] == pytest.approx(
            np.quantile(waits, result.quantiles), abs=0.02
        )


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.2, 5.0),
    st.sampled_from(["exponential", "deterministic", "lognormal", "gamma"]),
    st.integers(1, 4),
    st.one_of(st.none(), st.integers(0, 3)),
    st.integers(0, 2**64 - 1),
)
def test_who_arrives_is_served_turned_away_or_still_there(
    rate: float, distribution: str, servers: int, room: int | None, seed: int
) -> None:
    service = {"distribution": distribution, "mean": 1.0}
    if distribution in {"lognormal", "gamma"}:
        service["cv"] = 0.9
    result = _simulate(
        arrival_rate=rate, service=service, servers=servers, waiting_room=room, seed=seed,
        n_customers=300,
    )  # fmt: skip
    together = result.n_served + result.n_blocked + result.n_in_system
    np.testing.assert_array_equal(result.n_arrived, together)
    np.testing.assert_array_equal(result.n_arrived, 300)
    assert np.all((result.utilisation >= 0.0) & (result.utilisation <= 1.0 + 1e-12))
    assert np.all(result.p_empty <= 1.0 - result.utilisation + 1e-12)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.5, 4.0), st.integers(1, 4), st.integers(0, 2**32))
def test_doubling_servers_lengthens_nobody_s_wait(rate: float, servers: int, seed: int) -> None:
    few = _simulate(
        arrival_rate=rate, servers=servers, seed=seed, n_customers=400, keep_customers=True
    )
    many = _simulate(
        arrival_rate=rate, servers=2 * servers, seed=seed, n_customers=400, keep_customers=True
    )
    assert few.customers is not None
    assert many.customers is not None
    np.testing.assert_array_equal(few.customers.arrival_us, many.customers.arrival_us)
    assert np.all(many.customers.start_us <= few.customers.start_us)


@pytest.mark.parametrize("factor", [1e-6, 60.0, 3.6e3, 1e9])
def test_the_unit_of_time_is_free(factor: float) -> None:
    base = _simulate(thresholds=(0.5,))
    other = _simulate(
        arrival_rate=2.0 / factor,
        service={"distribution": "exponential", "mean": factor},
        thresholds=(0.5 * factor,),
    )
    np.testing.assert_allclose(other.wait_mean, base.wait_mean * factor, rtol=1e-4)
    np.testing.assert_allclose(other.queue_mean, base.queue_mean, rtol=1e-4)
    np.testing.assert_allclose(other.p_wait_longer, base.p_wait_longer, atol=2e-3)


def test_a_queue_longer_than_the_servers_can_ever_serve_is_no_trouble() -> None:
    result = _simulate(arrival_rate=50.0, servers=1, n_customers=5_000)
    assert np.all(result.utilisation > 0.99)
    assert np.all(result.n_in_system > 4_500)
    assert np.all(np.isfinite(result.wait_quantiles))


def test_nobody_arriving_leaves_means_undefined_and_counts_zero() -> None:
    result = _simulate(arrival_rate=1e-9, n_customers=None, horizon=1.0)
    assert np.all(result.n_arrived == 0)
    assert np.all(np.isnan(result.wait_mean))
    assert np.all(result.p_empty == 1.0)
    assert np.all(result.queue_mean == 0.0)


def test_numbers_of_other_kinds_are_taken() -> None:
    plain = _simulate()
    other = _simulate(
        arrival_rate=Fraction(2),
        servers=np.int64(3),
        service=ServiceTime(distribution="exponential", mean=1.0),
    )
    np.testing.assert_array_equal(plain.wait_mean, other.wait_mean)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"arrival_rate": 0.0}, "arrival_rate"),
        ({"arrival_rate": -1.0}, "arrival_rate"),
        ({"arrival_rate": math.nan}, "arrival_rate"),
        ({"arrival_rate": math.inf}, "arrival_rate"),
        ({"arrival_rate": "2"}, "arrival_rate"),
        ({"arrival_rate": None}, "arrival_rate"),
        ({"servers": 0}, "servers"),
        ({"servers": 1.5}, "servers"),
        ({"servers": True}, "servers"),
        ({"waiting_room": -1}, "waiting_room"),
        ({"n_customers": None}, "n_customers, horizon"),
        ({"horizon": 10.0}, "n_customers, horizon"),
        ({"n_customers": None, "horizon": -1.0}, "horizon"),
        ({"n_customers": None, "horizon": 1e12}, "horizon"),
        ({"warmup": 1e9}, "warmup"),
        ({"warmup": -1.0}, "warmup"),
        ({"n_replications": 0}, "n_replications"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"quantiles": (0.5, 1.0)}, "quantiles[1]"),
        ({"quantiles": 0.5}, "quantiles"),
        ({"thresholds": (-1.0,)}, "thresholds[0]"),
        ({"service": "exponential"}, "service"),
        ({"service": {"distribution": "exponential"}}, "service.mean"),
        ({"service": {"distribution": "normal", "mean": 1.0}}, "service.distribution"),
        ({"service": {"distribution": "exponential", "mean": 0.0}}, "service.mean"),
        ({"service": {"distribution": "exponential", "mean": 1.0, "cv": 1.0}}, "service"),
        ({"service": {"distribution": "gamma", "mean": 1.0}}, "service"),
        ({"service": {"distribution": "gamma", "mean": 1.0, "CV": 1.0}}, "service.CV"),
        ({"service": {"distribution": "deterministic", "mean": 1e14}}, "arrival_rate, service"),
    ],
)
def test_a_wrong_argument_is_named(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        _simulate(**changes)
    assert caught.value.where.startswith(f"simulate_queue: {where}")
    assert caught.value.expected


def test_a_result_shows_itself() -> None:
    text = repr(_simulate())
    assert "3 replications" in text
    assert "wait_mean" in text


def test_parts_are_loaded_by_name() -> None:
    assert twin.parts.simulate_queue is simulate_queue
    assert "simulate_queue" in dir(twin.parts)
    with pytest.raises(AttributeError, match="no_such_part"):
        _ = twin.parts.no_such_part
