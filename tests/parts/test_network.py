"""Networks of stations, without a city."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from twin.errors import InputError
from twin.parts import NetworkResult, simulate_network

_E = {"distribution": "exponential", "mean": 1.0}


def _simulate(**changes: Any) -> NetworkResult:
    asked: dict[str, Any] = {
        "arrival_rates": [0.5, 0.0],
        "routing": [[0.0, 0.6], [0.0, 0.0]],
        "service": [_E, _E],
        "servers": [1, 2],
        "horizon": 400.0,
        "n_replications": 3,
    }
    return simulate_network(**asked | changes)


def test_the_same_seed_gives_the_same_bits() -> None:
    one, again = _simulate(), _simulate()
    np.testing.assert_array_equal(one.sojourn_mean, again.sojourn_mean)
    late = _simulate(n_replications=1, first_replication=2)
    assert late.sojourn_mean[0] == one.sojourn_mean[2]
    assert "2 stations" in repr(one)


def test_who_is_lost_on_the_way_is_not_through() -> None:
    result = _simulate(waiting_rooms=[None, 0], servers=[3, 1], arrival_rates=[2.0, 0.0])
    lost = result.stations[1].n_blocked
    assert np.all(lost > 0)
    # Those who came in the window and were lost after it make the difference.
    assert np.all(result.n_through + lost <= result.n_arrived)
    assert np.all(result.n_arrived - result.n_through - lost < 10)
    assert np.all(result.stations[0].n_blocked == 0)


def test_nobody_in_a_network_is_nobody_at_any_station() -> None:
    result = _simulate()
    present = sum(one.system_mean for one in result.stations)
    np.testing.assert_allclose(present, result.system_mean, rtol=1e-9)
    assert np.all(result.p_empty < 1.0)
    assert result.stations[0].wait_quantiles.shape == (3, 0)


def test_thresholds_and_quantiles_are_of_each_station() -> None:
    result = _simulate(quantiles=(0.5,), thresholds=(0.1, 1.0))
    for one in result.stations:
        assert one.p_wait_longer.shape == (3, 2)
        assert one.wait_quantiles.shape == (3, 1)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"arrival_rates": 0.5}, "arrival_rates"),
        ({"arrival_rates": []}, "arrival_rates"),
        ({"arrival_rates": [0.0, 0.0]}, "arrival_rates"),
        ({"arrival_rates": [-1.0, 0.0]}, "arrival_rates[0]"),
        ({"routing": [[0.0, 0.6]]}, "routing"),
        ({"routing": [[0.0, 0.6], [0.0]]}, "routing[1]"),
        ({"routing": [[0.6, 0.6], [0.0, 0.0]]}, "routing[0]"),
        ({"routing": [[0.0, -0.6], [0.0, 0.0]]}, "routing[0][1]"),
        ({"routing": [[0.9, 0.0], [0.0, 0.0]]}, "routing"),
        ({"service": [_E]}, "service"),
        ({"service": [_E, 3]}, "service[1]"),
        ({"servers": [1]}, "servers"),
        ({"servers": [1, 0]}, "servers[1]"),
        ({"waiting_rooms": [1]}, "waiting_rooms"),
        ({"waiting_rooms": [1, -1]}, "waiting_rooms[1]"),
        ({"horizon": None}, "n_customers, horizon"),
        ({"warmup": 400.0}, "warmup"),
    ],
)
def test_a_wrong_argument_is_named(changes: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        _simulate(**changes)
    assert caught.value.where == f"simulate_network: {where}"
    assert "expected" in str(caught.value)
