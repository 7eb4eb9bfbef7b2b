"""What is compared in the benchmark of paths answers the same questions."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.path_peers import peers
from benchmarks.paths import _draws, _Ours
from benchmarks.record import peak_mb
from benchmarks.street_networks import StreetNetwork
from tests.fixtures.networks import town


@pytest.fixture(scope="module")
def network() -> StreetNetwork:
    made = town(12)
    lon, lat = made.x / 1e5 + 8.0, made.y / 1e5 + 41.0
    whole = StreetNetwork("town", made.source, made.target, made.edge_ms, lon, lat)
    return whole.part(np.ones(144, np.bool_), "town")


def test_every_peer_that_is_installed_agrees(network: StreetNetwork) -> None:
    ours = _Ours(network)
    asked = ours.origin[:30], ours.destination[:30]
    names = []
    for peer in peers(network):
        names.append(peer.name)
        assert peer.distances(*asked) == ours.metric.distances(*asked).tolist(), peer.name
    assert {"scipy", "networkx"} <= set(names)
    assert [peer.name for peer in peers(network, is_large=True)] == [
        name for name in names if name in {"RoutingKit", "scipy"}
    ]


def test_a_part_is_strongly_connected_and_keeps_its_times(network: StreetNetwork) -> None:
    assert 0 < network.n_nodes <= 144
    ours = _Ours(network)
    nodes = np.arange(network.n_nodes)
    assert (ours.metric.times_to(nodes) >= 0).all()
    middle = network.around_the_middle(40)
    assert 0 < middle.n_nodes < network.n_nodes
    assert set(middle.edge_ms) <= set(network.edge_ms)


def test_questions_are_pinned() -> None:
    assert np.array_equal(_draws(1000, 5, 1), _draws(1000, 5, 1))
    assert not np.array_equal(_draws(1000, 5, 1), _draws(1000, 5, 2))


def test_the_peak_of_memory_is_that_of_numpy() -> None:
    assert 8.0 <= peak_mb(lambda: np.zeros(1_000_000)) < 9.0
