from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import twin.parts
from tests.fixtures.networks import town
from twin.errors import InputError
from twin.parts import nearest, paths

LINE = ([0, 1, 2, 1, 2, 3], [1, 2, 3, 0, 1, 2], [3.0, 4.5, 0.25, 3.0, 4.5, 0.25])


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, 7), st.floats(0.0, 1e4, width=32)),
        min_size=1,
        max_size=30,
    )
)
def test_times_equal_networkx_within_a_unit_an_edge(edges: list[tuple[int, int, float]]) -> None:
    network = nx.MultiDiGraph()
    network.add_nodes_from(range(8))
    network.add_weighted_edges_from(edges)
    origin, destination = np.divmod(np.arange(64), 8)
    source, target, seconds = zip(*edges, strict=True)
    routes = paths(source, target, seconds, origin, destination, n_nodes=8)
    assert len(routes) == 64
    for i in range(64):
        try:
            expected = nx.dijkstra_path_length(network, int(origin[i]), int(destination[i]))
        except nx.NetworkXNoPath:
            assert np.isnan(routes.time_s[i])
            continue
        way = routes.edges_of(i)
        assert routes.time_s[i] == pytest.approx(sum(np.array(seconds)[way]), rel=1e-12)
        assert expected - 1e-9 <= routes.time_s[i] <= expected + 8 * routes.unit_s + 1e-9
        nodes = [int(origin[i]), *(target[edge] for edge in way)]
        assert nodes[:-1] == [source[edge] for edge in way]
        assert nodes[-1] == destination[i]


def test_units_are_fine_for_few_nodes_and_fit_many() -> None:
    small = paths(*LINE, [0], [3])
    assert small.unit_s <= 1e-8
    assert small.time_s.tolist() == [7.75]
    network = town(60)
    large = paths(network.source, network.target, network.edge_ms / 1000.0, [0], [3599])
    assert large.unit_s <= 1e-5


@pytest.mark.parametrize("scale", [1e-300, 1e-12, 1e12, 1e300])
def test_any_scale_of_costs_is_told_apart_or_said_to_be_too_small(scale: float) -> None:
    found = paths([0, 0, 1], [2, 1, 2], [5 * scale, scale, 3 * scale], [0], [2])
    if scale > 1e-10:
        assert found.edges_of(0).tolist() == [1, 2]
    assert found.time_s[0] <= 5 * scale + 2 * found.unit_s


def test_closed_edges_and_other_parts_are_not_reachable() -> None:
    routes = paths([0, 1], [1, 2], [1.0, np.inf], [0, 0, 2, 1], [1, 2, 0, 1], n_nodes=5)
    np.testing.assert_array_equal(routes.time_s, [1.0, np.nan, np.nan, 0.0])
    assert routes.edges_of(1).size == 0


def test_nothing_asked_nothing_answered() -> None:
    assert len(paths([], [], [], [], [])) == 0
    assert nearest([], [], [], [], 3).facility.shape == (0, 3)


def test_the_nearest_come_in_order_and_within_the_cutoff() -> None:
    found = nearest(*LINE, [3, 0, 3], 2)
    assert found.facility.tolist() == [[1, 0], [1, 0], [0, 2], [0, 2]]
    np.testing.assert_allclose(
        found.time_s, np.array([[0.0, 7.75], [3.0, 4.75], [0.25, 0.25], [0.0, 0.0]])
    )
    near = nearest(*LINE, [3, 0, 3], 2, cutoff_s=4.75)
    assert near.facility.tolist() == [[1, -1], [1, 0], [0, 2], [0, 2]]
    np.testing.assert_allclose(near.time_s[0], np.array([0.0, np.nan]))
    assert nearest(*LINE, [0], 1, cutoff_s=1e300).time_s[3, 0] == pytest.approx(7.75)


@pytest.mark.parametrize(
    ("changes", "where", "expected"),
    [
        ({"edge_s": [1.0]}, "paths: edge_s", "(2,)"),
        ({"edge_s": [1.0, -2.0]}, "paths: edge_s[1]", "0 or more"),
        ({"edge_s": [1.0, np.nan]}, "paths: edge_s[1]", "0 or more"),
        ({"edge_s": ["a", "b"]}, "paths: edge_s", "numbers"),
        ({"edge_source": [0, -1]}, "paths: edge_source", "nodes"),
        ({"edge_source": [0.0, 1.0]}, "paths: edge_source", "whole numbers"),
        ({"edge_target": [0]}, "paths: edge_target", "(2,)"),
        ({"origins": [0, 1]}, "paths: destinations", "2"),
        ({"n_nodes": 2}, "paths: n_nodes", "3 to"),
    ],
)
def test_wrong_arguments_are_named(changes: dict[str, Any], where: str, expected: str) -> None:
    asked: dict[str, Any] = {
        "edge_source": [0, 1],
        "edge_target": [1, 2],
        "edge_s": [1.0, 2.0],
        "origins": [0],
        "destinations": [2],
    }
    with pytest.raises(InputError) as caught:
        paths(**asked | changes)
    assert caught.value.where == where
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "where"),
    [({"k": 0}, "nearest: k"), ({"cutoff_s": -1.0}, "nearest: cutoff_s")],
)
def test_wrong_arguments_of_nearest_are_named(changes: dict[str, Any], where: str) -> None:
    asked: dict[str, Any] = {"facilities": [0], "k": 1}
    with pytest.raises(InputError) as caught:
        nearest(*LINE, **asked | changes)
    assert caught.value.where == where


def test_parts_are_loaded_by_name() -> None:
    assert twin.parts.paths is paths
    assert {"paths", "nearest", "Routes", "Nearest"} <= set(dir(twin.parts))
