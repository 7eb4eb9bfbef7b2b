"""Queues with classes, patience, changing rates and servers, and several stations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import InputError
from twin.kernels.columns import ABANDONED, SERVED
from twin.parts import Balking, QueueResult, ServiceTime, simulate_queue

if TYPE_CHECKING:
    from collections.abc import Mapping

_E = {"distribution": "exponential", "mean": 1.0}
_TWO = [{"arrival_rate": 0.3, "service": _E}, {"arrival_rate": 0.9, "service": _E}]


def _simulate(**changes: Any) -> QueueResult:
    asked: dict[str, Any] = {
        "classes": _TWO,
        "servers": 2,
        "horizon": 500.0,
        "n_replications": 3,
        "discipline": "priority",
    }
    return simulate_queue(**asked | changes)


def _arrays(result: QueueResult) -> Mapping[str, np.ndarray[Any, Any]]:
    return {name: value for name, value in vars(result).items() if isinstance(value, np.ndarray)}


def _assert_same(one: QueueResult, other: QueueResult) -> None:
    for name, values in _arrays(one).items():
        np.testing.assert_array_equal(values, _arrays(other)[name], err_msg=name)


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    _assert_same(_simulate(seed=4), _simulate(seed=4))
    assert not np.any(_simulate(seed=4).wait_mean == _simulate(seed=5).wait_mean)


def test_a_long_experiment_can_be_cut_into_parts() -> None:
    whole = _simulate(n_replications=6)
    late = _simulate(n_replications=2, first_replication=4)
    for name, values in _arrays(late).items():
        np.testing.assert_array_equal(values, _arrays(whole)[name][4:], err_msg=name)
    single: dict[str, Any] = {"arrival_rate": 0.7, "service": _E, "servers": 1, "horizon": 200.0}
    plain = simulate_queue(n_replications=4, **single)
    last = simulate_queue(n_replications=1, first_replication=3, **single)
    assert plain.wait_mean[3] == last.wait_mean[0]


def test_many_replications_are_those_of_few_and_more() -> None:
    few = _simulate(horizon=50.0)
    many = _simulate(horizon=50.0, n_replications=300)
    for name, values in _arrays(few).items():
        np.testing.assert_array_equal(values, _arrays(many)[name][:3], err_msg=name)


def test_a_class_comes_the_same_whoever_else_comes() -> None:
    alone = _simulate(classes=_TWO[:1], patience=None, servers=[(0, 2), (1, 2)])
    together = _simulate(discipline="preemptive")
    np.testing.assert_array_equal(alone.classes[0].n_arrived, together.classes[0].n_arrived)
    # Nobody of a later class can be in the way of one who interrupts.
    np.testing.assert_allclose(
        alone.classes[0].sojourn_mean, together.classes[0].sojourn_mean, rtol=1e-5
    )


def test_a_queue_full_for_a_long_time_needs_more_rows_and_gets_them() -> None:
    result = _simulate(classes=[{"arrival_rate": 60.0, "service": _E, "balking": {"at": 9_000}}])
    assert np.all(result.n_arrived > 25_000)
    assert np.all(result.n_arrived == result.n_balked + result.n_served + result.n_in_system)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["fifo", "priority", "preemptive"]),
    st.integers(1, 3),
    st.one_of(st.none(), st.integers(0, 4)),
    st.one_of(st.none(), st.just(_E)),
    st.one_of(st.none(), st.builds(Balking, half=st.just(2.0), slope=st.just(1.0))),
    st.integers(0, 2**64 - 1),
)
def test_everybody_is_counted_once(
    discipline: str, servers: int, room: int | None, patience: Any, balking: Any, seed: int
) -> None:
    classes = [one | {"patience": patience, "balking": balking} for one in _TWO]
    result = _simulate(
        classes=classes, discipline=discipline, servers=servers, waiting_room=room, seed=seed,
        horizon=100.0, keep_customers=True,
    )  # fmt: skip
    for one in (result, *result.classes):
        gone = one.n_blocked + one.n_balked + one.n_abandoned
        np.testing.assert_array_equal(one.n_arrived, gone + one.n_served + one.n_in_system)
    for name in ("n_arrived", "n_served", "n_abandoned", "queue_mean", "utilisation"):
        parts = sum(getattr(one, name) for one in result.classes)
        np.testing.assert_allclose(parts, getattr(result, name), atol=1e-9)
    assert np.all(result.utilisation <= 1.0 + 1e-9)
    # Interrupted services at the edges of the window are spread, not known.
    slack = 0.05 if discipline == "preemptive" else 1e-9
    assert np.all(result.p_empty <= 1.0 - result.utilisation + slack)
    customers = result.customers
    assert customers is not None
    came = customers.arrival_us >= 0
    assert np.array_equal(came.sum(axis=1), result.n_arrived)
    is_served = customers.outcome == SERVED
    assert np.all(customers.start_us[is_served] >= customers.arrival_us[is_served])
    assert np.all(
        customers.end_us[is_served] - customers.start_us[is_served]
        >= customers.service_us[is_served]
    )
    gave_up = customers.outcome == ABANDONED
    assert np.array_equal(gave_up.sum(axis=1), result.n_abandoned)
    assert np.all(customers.service_us[gave_up] == 0)


def test_measures_are_those_of_the_single_customers() -> None:
    result = _simulate(
        warmup=100.0, keep_customers=True, thresholds=(0.5,), observe_at=(50.0, 400.0),
        discipline="preemptive", classes=[one | {"patience": _E} for one in _TWO],
    )  # fmt: skip
    customers = result.customers
    assert customers is not None
    unit = customers.us_per_unit
    for r in range(result.n_replications):
        arrive, end = customers.arrival_us[r] / unit, customers.end_us[r] / unit
        is_counted = arrive >= 100.0
        is_served = is_counted & (customers.outcome[r] == SERVED)
        until = np.where(customers.start_us[r] >= 0, customers.start_us[r] / unit, end)
        waits = (until - arrive)[is_counted]
        assert result.wait_mean[r] == pytest.approx(waits.mean())
        assert result.wait_sd[r] == pytest.approx(waits.std())
        assert result.p_wait_longer[r, 0] == pytest.approx((waits > 0.5).mean())
        assert result.sojourn_mean[r] == pytest.approx((end - arrive)[is_served].mean())
        assert result.wait_quantiles[r] == pytest.approx(
            np.quantile(waits, result.quantiles), abs=0.05
        )
        present = [((arrive <= t) & (end > t) & (arrive >= 0.0)).sum() for t in (50.0, 400.0)]
        assert result.n_present[r].tolist() == present
        for c, one in enumerate(result.classes):
            is_class = is_counted & (customers.priority[r] == c)
            assert one.n_arrived[r] == is_class.sum()


def test_the_share_of_work_is_of_the_servers_on_duty() -> None:
    result = simulate_queue(
        arrival_rate=30.0, service=_E, servers=[(0, 2), (10, 6), (20, 1)], horizon=25.0,
        n_replications=5, warmup=5.0,
    )  # fmt: skip
    # A crowd keeps all at work; five services that began at six servers end at one.
    assert np.all((result.utilisation > 0.99) & (result.utilisation < 1.1))


def test_nobody_comes_while_the_rate_is_zero() -> None:
    result = simulate_queue(
        arrival_rate=[(0, 5.0), (10, 0.0), (20, 5.0)], service=_E, servers=9, n_customers=80,
        n_replications=4, keep_customers=True,
    )  # fmt: skip
    assert result.customers is not None
    arrive = result.customers.arrival_us / result.us_per_unit
    assert not np.any((arrive >= 10.0) & (arrive < 20.0))
    assert np.all(arrive[:, -1] > 20.0)


def test_another_rate_moves_customers_and_draws_none_anew() -> None:
    common: dict[str, Any] = {"servers": 99, "service": _E, "n_customers": 50, "n_replications": 2}
    steady = simulate_queue(arrival_rate=2.0, keep_customers=True, **common)
    pieces = simulate_queue(arrival_rate=[(0, 2.0), (5, 2.0)], keep_customers=True, **common)
    twice = simulate_queue(arrival_rate=4.0, keep_customers=True, **common)
    assert steady.customers is not None
    assert pieces.customers is not None
    assert twice.customers is not None
    np.testing.assert_allclose(pieces.customers.arrival_us, steady.customers.arrival_us, atol=2)
    np.testing.assert_allclose(2 * twice.customers.arrival_us, steady.customers.arrival_us, atol=99)
    np.testing.assert_array_equal(twice.customers.service_us, steady.customers.service_us)


def test_a_mixture_is_what_was_asked_for() -> None:
    made = ServiceTime.mixture(0.2, 4.0, 1.0)
    assert made.mean == pytest.approx(1.6)
    assert made.share_short == pytest.approx(0.8)


_BAD_SERVICE = {"distribution": "hyperexponential", "mean": 1.0}


@pytest.mark.parametrize(
    ("changes", "where", "says"),
    [
        ({"classes": []}, "classes", "0 classes"),
        ({"classes": [_TWO[0]] * 101}, "classes", "101 classes"),
        ({"classes": _TWO[0]}, "classes", "found"),
        ({"classes": "two"}, "classes", "found 'two'"),
        ({"classes": [3]}, "classes[0]", "found 3"),
        ({"classes": [{"service": _E}]}, "classes[0].arrival_rate", "missing"),
        ({"classes": [{"arrival_rate": 1.0}]}, "classes[0].service", "missing"),
        ({"classes": [_TWO[0] | {"servers": 1}]}, "classes[0].servers", "unknown field"),
        ({"classes": [_TWO[0] | {"patience": 3}]}, "classes[0].patience", "found 3"),
        (
            {"classes": [_TWO[0] | {"patience": ServiceTime.mixture(0.9, 0.5, 5.5)}]},
            "classes[0].patience.share_short",
            "found 0.9",
        ),
        ({"classes": [_TWO[0] | {"balking": 3}]}, "classes[0].balking", "found 3"),
        ({"classes": [_TWO[0] | {"balking": {}}]}, "classes[0].balking", "found {}"),
        ({"classes": [_TWO[0] | {"balking": {"at": -1}}]}, "classes[0].balking.at", "found -1"),
        ({"arrival_rate": 1.0}, "classes, arrival_rate", "both given"),
        ({"patience": _E}, "classes, patience", "both given"),
        ({"classes": None, "service": _E}, "arrival_rate", "missing"),
        ({"classes": None, "arrival_rate": 1.0}, "service", "missing"),
        ({"classes": None, "arrival_rate": [], "service": _E}, "arrival_rate", "found []"),
        ({"classes": None, "arrival_rate": [3], "service": _E}, "arrival_rate", "found [3]"),
        (
            {"classes": None, "arrival_rate": [(1, 2.0)], "service": _E},
            "arrival_rate[0]",
            "begins at 1",
        ),
        (
            {"classes": None, "arrival_rate": [(0, 2.0), (0, 3.0)], "service": _E},
            "arrival_rate[1]",
            "begins at 0, not after the one before",
        ),
        (
            {"classes": None, "arrival_rate": [(0, -2.0)], "service": _E},
            "arrival_rate[0]",
            "found -2.0",
        ),
        (
            {
                "classes": None, "arrival_rate": [(0, 2.0), (1, 0.0)], "service": _E,
                "horizon": None, "n_customers": 10,
            },
            "n_customers",
            "10 customers",
        ),
        ({"servers": [(0, 2), (5, 0)]}, "servers[1]", "found 0"),
        ({"servers": [(0, 1.5)]}, "servers[0]", "found 1.5"),
        ({"discipline": "lifo"}, "discipline", "found 'lifo'"),
        ({"join": "longest"}, "join", "found 'longest'"),
        ({"stations": 0}, "stations", "found 0"),
        ({"observe_at": (-1.0,)}, "observe_at[0]", "found -1.0"),
        ({"first_replication": -1}, "first_replication", "found -1"),
        ({"n_replications": 1 << 20, "first_replication": 1}, "n_replications", "found 1048576"),
        ({"classes": [_TWO[0] | {"service": _BAD_SERVICE}]}, "classes[0].service", "found"),
        (
            {"classes": [_TWO[0] | {"service": _BAD_SERVICE | {"cv": 0.9}}]},
            "classes[0].service",
            "found",
        ),
        (
            {"classes": [_TWO[0] | {"service": _BAD_SERVICE | {"cv": 3.0, "share_short": 0.5}}]},
            "classes[0].service",
            "found",
        ),
        (
            {"classes": [_TWO[0] | {"service": _E | {"share_short": 0.5}}]},
            "classes[0].service",
            "found",
        ),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_named(changes: dict[str, Any], where: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        _simulate(**changes)
    assert caught.value.where == f"simulate_queue: {where}"
    assert says in str(caught.value)
    assert "expected" in str(caught.value)


def test_times_that_differ_too_much_are_refused() -> None:
    with pytest.raises(InputError, match="powers of ten"):
        _simulate(observe_at=(1e14,))
    assert math.isfinite(float(_simulate(observe_at=(1e9,)).wait_mean[0]))
