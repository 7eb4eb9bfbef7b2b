"""Whatever the network and the times: the hierarchy's answers are those of Dijkstra."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.fixtures.networks import Network, all_pairs, all_times, network_of, networks, town
from twin.kernels.paths import MAX_MS
from twin.network import metric as metric_module
from twin.network.hierarchy import Hierarchy
from twin.network.metric import Metric


def built(network: Network) -> Hierarchy:
    return Hierarchy.build(network.source, network.target, network.n_nodes, network.x, network.y)


def metric_of(network: Network) -> Metric:
    return built(network).customise(network.edge_ms)


def square(metric: Metric, n_nodes: int) -> NDArray[np.int32]:
    return metric.distances(*all_pairs(n_nodes)).reshape(n_nodes, n_nodes)


def follow(network: Network, edges: NDArray[np.int32], origin: int, destination: int) -> int:
    """Time along edges, each of which begins where the last one ended."""
    node, time = origin, 0
    assert len({origin, *network.target[edges].tolist()}) == len(edges) + 1, "a node twice"
    for edge in edges:
        assert network.source[edge] == node
        assert network.edge_ms[edge] >= 0
        node, time = int(network.target[edge]), time + int(network.edge_ms[edge])
    assert node == destination
    return time


@settings(max_examples=150)
@given(networks(least_ms=0))
def test_times_between_all_pairs_equal_networkx(network: Network) -> None:
    expected = all_times(network)
    metric = metric_of(network)
    nodes = np.arange(network.n_nodes)
    assert np.array_equal(square(metric, network.n_nodes), expected)
    assert np.array_equal(metric.times_from(nodes), expected)
    assert np.array_equal(metric.times_to(nodes), expected.T)


@settings(max_examples=150)
@given(networks(least_ms=0))
def test_paths_lead_there_in_that_time(network: Network) -> None:
    metric = metric_of(network)
    origin, destination = all_pairs(network.n_nodes)
    times = metric.distances(origin, destination)
    start, edge = metric.paths(origin, destination)
    assert start[-1] == edge.size
    for i, time in enumerate(times):
        edges = edge[start[i] : start[i + 1]]
        if time < 0 or origin[i] == destination[i]:
            assert edges.size == 0
        else:
            assert follow(network, edges, int(origin[i]), int(destination[i])) == time


@settings(max_examples=100)
@given(networks(least_ms=1))
def test_next_edges_lead_home(network: Network) -> None:
    metric = metric_of(network)
    expected = all_times(network)
    towards = metric.next_edges_to(np.arange(network.n_nodes))
    away = metric.next_edges_from(np.arange(network.n_nodes))
    for place in range(network.n_nodes):
        for node in range(network.n_nodes):
            left = expected[node, place]
            tight = [
                edge
                for edge in np.flatnonzero((network.source == node) & (network.edge_ms > 0))
                if left > 0
                and expected[network.target[edge], place] >= 0
                and network.edge_ms[edge] + expected[network.target[edge], place] == left
            ]
            assert towards[place, node] == min(tight, default=-1)
            edges = []
            at = node
            while away[place, at] >= 0:
                edges.append(away[place, at])
                at = int(network.source[edges[-1]])
            if expected[place, node] >= 0:
                way = np.array(edges[::-1], np.int32)
                assert follow(network, way, place, node) == expected[place, node]
            else:
                assert not edges


@settings(max_examples=100)
@given(networks(least_ms=0), st.data())
def test_the_nearest_equal_a_search_through_all(network: Network, data: st.DataObject) -> None:
    n = network.n_nodes
    targets = data.draw(st.lists(st.integers(0, n - 1), max_size=8))
    extra = data.draw(st.lists(st.integers(-1, 9), min_size=len(targets), max_size=len(targets)))
    k = data.draw(st.integers(1, 5))
    cutoff = data.draw(st.one_of(st.none(), st.integers(-1, 60)))
    index, time_ms = metric_of(network).nearest(
        np.array(targets, np.int64), k, cutoff_ms=cutoff, extra_ms=np.array(extra, np.int64)
    )
    times = all_times(network)
    for node in range(n):
        found = sorted(
            (int(times[node, place]) + extra[i], i)
            for i, place in enumerate(targets)
            if times[node, place] >= 0
            and extra[i] >= 0
            and (cutoff is None or times[node, place] + extra[i] <= cutoff)
        )[:k]
        found += [(-1, -1)] * (k - len(found))
        assert list(zip(time_ms[node].tolist(), index[node].tolist(), strict=True)) == found


@settings(max_examples=60)
@given(networks(least_ms=1), st.data())
def test_other_times_are_as_good_as_a_new_hierarchy(network: Network, data: st.DataObject) -> None:
    size = network.edge_ms.size
    others = st.lists(st.integers(-1, 50).filter(bool), min_size=size, max_size=size)
    edge_ms = np.array(data.draw(others), np.int32)
    again = built(network).customise(edge_ms)
    assert np.array_equal(square(again, network.n_nodes), all_times(network.with_times(edge_ms)))


@settings(max_examples=60)
@given(networks(least_ms=1), st.data())
def test_any_order_gives_the_same_times(network: Network, data: st.DataObject) -> None:
    """The order of elimination, the numbers of nodes and the rows of edges: all are free."""
    n = network.n_nodes
    expected = square(metric_of(network), n)
    rank = np.array(data.draw(st.permutations(range(n))))
    ends = network.source, network.target
    assert np.array_equal(
        square(Hierarchy.build(*ends, n, rank=rank).customise(network.edge_ms), n), expected
    )
    assert np.array_equal(square(Hierarchy.build(*ends, n).customise(network.edge_ms), n), expected)
    label = np.array(data.draw(st.permutations(range(n))), np.int32)
    row = np.array(data.draw(st.permutations(range(network.edge_ms.size))), np.int64)
    back = np.argsort(label)
    moved = Network(
        n,
        label[network.source[row]],
        label[network.target[row]],
        network.edge_ms[row],
        network.x[back],
        network.y[back],
    )
    assert np.array_equal(square(metric_of(moved), n)[np.ix_(label, label)], expected)


def test_a_town_closed_here_and_there_equals_networkx() -> None:
    network = town(18)
    hierarchy = built(network)
    assert hierarchy.height < 3 * 18
    for share in (0, 9):
        closed = np.arange(network.edge_ms.size) % 10 < share // 3
        times = network.with_times(np.where(closed, np.int32(-1), network.edge_ms))
        expected = all_times(times)
        metric = hierarchy.customise(times.edge_ms)
        assert np.array_equal(square(metric, network.n_nodes), expected)
        nodes = np.arange(100)
        assert np.array_equal(metric.times_to(nodes), expected.T[:100])


def test_a_path_does_not_depend_on_what_else_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few pairs make labels of their own, many share them, and a huge city makes them in parts."""
    network = town(16)
    hierarchy = built(network)
    origin, destination = all_pairs(network.n_nodes)
    origin, destination = origin[::37], destination[::37]
    metric = hierarchy.customise(np.where(network.edge_ms > 0, np.int32(1000), np.int32(-1)))
    start, edge = metric.paths(origin, destination)
    times = metric.distances(origin, destination)
    for i in range(0, origin.size, 97):
        alone = hierarchy.customise(metric.edge_ms)
        _, own = alone.paths(origin[i : i + 1], destination[i : i + 1])
        assert own.tolist() == edge[start[i] : start[i + 1]].tolist()
        assert "_all_labels" not in alone.__dict__
    monkeypatch.setattr(metric_module, "LABEL_BYTES_MAX", 0)
    monkeypatch.setattr(metric_module, "_CHUNK", 100)
    small = hierarchy.customise(metric.edge_ms)
    assert np.array_equal(small.distances(origin, destination), times)
    small_start, small_edge = small.paths(origin, destination)
    assert np.array_equal(small_start, start)
    assert np.array_equal(small_edge, edge)
    assert "_all_labels" not in small.__dict__


def test_threads_that_ask_at_once_get_the_same_answers() -> None:
    network = town(20)
    origin, destination = all_pairs(network.n_nodes)
    expected = square(metric_of(network), network.n_nodes)
    shared = metric_of(network)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(shared.distances, origin, destination) for _ in range(8)]
        trees = pool.submit(shared.times_from, np.arange(network.n_nodes))
        for answer in (*asked, trees):
            assert np.array_equal(answer.result().reshape(expected.shape), expected)


def test_times_beyond_31_bits_are_not_reachable() -> None:
    network = network_of(4, [(0, 1, MAX_MS), (1, 2, 1), (2, 3, MAX_MS), (3, 0, 0)])
    metric = metric_of(network)
    expected = [
        [0, MAX_MS, -1, -1],
        [-1, 0, 1, -1],
        [MAX_MS, -1, 0, MAX_MS],
        [0, MAX_MS, -1, 0],
    ]
    assert square(metric, 4).tolist() == expected
    assert metric.times_from(np.arange(4)).tolist() == expected
    index, time_ms = metric.nearest([1, 3], 2)
    assert index.tolist() == [[0, -1], [0, -1], [1, -1], [1, 0]]
    assert time_ms.tolist() == [[MAX_MS, -1], [0, -1], [MAX_MS, -1], [0, MAX_MS]]
    start, edge = metric.paths([0, 0, 2], [1, 2, 3])
    assert (start.tolist(), edge.tolist()) == ([0, 1, 1, 2], [0, 2])


def test_of_parallel_edges_the_cheapest_is_used_and_of_equal_ones_the_lower_row() -> None:
    metric = metric_of(network_of(2, [(0, 1, 9), (0, 1, 4), (0, 1, 4), (1, 0, 1), (0, 0, 0)]))
    assert metric.paths([0], [1])[1].tolist() == [1]
    metric = metric_of(network_of(2, [(0, 1, 9), (0, 1, 4), (0, 1, 4), (1, 0, 1)]))
    assert metric.next_edges_to([1]).tolist() == [[1, -1]]


@pytest.mark.parametrize("n_nodes", [0, 1, 3])
def test_a_network_without_edges_leads_nowhere(n_nodes: int) -> None:
    network = network_of(n_nodes, [])
    for hierarchy in (built(network), Hierarchy.build(network.source, network.target, n_nodes)):
        metric = hierarchy.customise(network.edge_ms)
        assert np.array_equal(square(metric, n_nodes), np.eye(n_nodes, dtype=int) - 1)
        assert metric.times_to(np.empty(0, np.int64)).shape == (0, n_nodes)
        assert metric.paths([], [])[0].tolist() == [0]


def test_a_ring_and_a_pair_of_rings_are_cut() -> None:
    ring = [(i, (i + 1) % 9, 1) for i in range(9)]
    rings = ring + [(9 + a, 9 + b, c) for a, b, c in ring]
    for n_nodes, edges in ((9, ring), (18, rings)):
        network = network_of(n_nodes, edges)
        assert np.array_equal(square(metric_of(network), n_nodes), all_times(network))


def test_a_long_road_makes_no_tall_tree() -> None:
    n = 2000
    row = np.arange(n - 1, dtype=np.int32)
    hierarchy = Hierarchy.build(row, row + np.int32(1), n, np.arange(n), np.zeros(n, np.int64))
    ring = Hierarchy.build(
        np.append(row, np.int32(n - 1)),
        np.append(row + np.int32(1), np.int32(0)),
        n,
        np.arange(n),
        np.zeros(n, np.int64),
    )
    assert hierarchy.height <= n
    assert ring.height <= 2 + n.bit_length()


def test_a_stored_order_makes_the_same_hierarchy() -> None:
    network = town(12)
    made = built(network)
    again = Hierarchy.build(
        network.source, network.target, network.n_nodes, rank=made.to_columns()["rank"]
    )
    for name in ("rank", "parent", "depth", "arc_start", "head", "top", "edge_arc"):
        assert np.array_equal(getattr(again, name), getattr(made, name)), name


def test_a_hierarchy_shows_what_it_is() -> None:
    network = town(6)
    text = repr(built(network))
    assert "36 nodes" in text
    assert f"{network.edge_ms.size} edges" in text
    assert "may not be used" in repr(metric_of(network))
    assert built(network).n_bytes > 1000


_TWO = np.zeros(2, np.int64)
_BRIDGE = network_of(3, [(0, 1, 5), (1, 2, 5)])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Hierarchy.build(np.array([0]), np.array([3]), 3), r"outside 0\.\.2"),
        (lambda: Hierarchy.build(np.array([-1]), np.array([0]), 3), r"outside 0\.\.2"),
        (lambda: Hierarchy.build(np.array([0]), np.array([0, 1]), 3), "sources"),
        (lambda: Hierarchy.build(*_BRIDGE[1:3], 3, rank=np.array([0, 1, 1])), "once"),
        (lambda: Hierarchy.build(*_BRIDGE[1:3], 3, _TWO, _TWO), "whole numbers"),
        (
            lambda: Hierarchy.build(*_BRIDGE[1:3], 3, is_inside=np.ones(3, np.bool_)),
            "is_inside",
        ),
        (lambda: built(_BRIDGE).customise(np.array([1.0, 2.0])), "whole numbers"),
        (lambda: built(_BRIDGE).customise(np.array([1])), "shape"),
        (lambda: built(_BRIDGE).customise(np.array([1, 1 << 31])), "31 bits"),
        (
            lambda: Hierarchy.build(
                *_BRIDGE[1:3], 3, is_inside=np.array([True, False])
            ).customise(np.array([1, 1])),
            "edge 1 has a time",
        ),
        (lambda: metric_of(_BRIDGE).distances([0], [3]), r"destinations.*0\.\.2"),
        (lambda: metric_of(_BRIDGE).distances([0.5], [1]), "origins"),
        (lambda: metric_of(_BRIDGE).distances([0, 1], [1]), "2 origins and 1 dest"),
        (lambda: metric_of(_BRIDGE).nearest([0], 0), "k is 0"),
        (lambda: metric_of(_BRIDGE).nearest([0], 1, extra_ms=[1, 2]), "extra_ms"),
        (
            lambda: metric_of(network_of(2, [(0, 1, 0)])).next_edges_to([1]),
            "edge 0 takes no time",
        ),
    ],
)  # fmt: skip
def test_wrong_calls_are_explained(call: object, says: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=says):
        call()
