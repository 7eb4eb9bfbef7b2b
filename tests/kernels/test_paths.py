"""Least times equal those of networkx and scipy, on any graph, in any order."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from twin.kernels.paths import MAX_MS, grow_tree

Edges = list[tuple[int, int, int]]


def tree(
    n_nodes: int, edges: Edges, seeds: list[int]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    rows = sorted(edges)
    start = np.zeros(n_nodes + 1, np.int64)
    for source, _, _ in rows:
        start[source + 1] += 1
    time_ms = np.full(n_nodes, 77, np.int32)
    seed_of = np.full(n_nodes, 77, np.int32)
    grow_tree(
        time_ms,
        seed_of,
        np.empty(len(rows) + len(seeds) + 1, np.int64),
        np.array(seeds, np.int32),
        np.cumsum(start),
        np.array([row[1] for row in rows], np.int32),
        np.array([row[2] for row in rows], np.int32),
    )
    return time_ms, seed_of


graphs = st.integers(1, 12).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.lists(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.integers(1, 9)), max_size=40
        ),
        st.sets(st.integers(0, n - 1), min_size=1).map(sorted),
    )
)


@settings(max_examples=200, deadline=None)
@given(graphs)
def test_equals_networkx_with_parallel_edges_and_loops(graph: tuple[int, Edges, list[int]]) -> None:
    n_nodes, edges, seeds = graph
    network = nx.MultiDiGraph()
    network.add_nodes_from(range(n_nodes))
    network.add_weighted_edges_from(edges)
    expected = nx.multi_source_dijkstra_path_length(network, set(seeds))
    time_ms, seed_of = tree(n_nodes, edges, seeds)
    assert {node: int(t) for node, t in enumerate(time_ms) if t >= 0} == expected
    for node in range(n_nodes):
        near = [
            seed
            for seed in seeds
            if nx.has_path(network, seed, node)
            and nx.dijkstra_path_length(network, seed, node) == expected.get(node)
        ]
        assert seed_of[node] == (min(near) if near else -1)


def test_equals_scipy_on_a_large_graph() -> None:
    n_nodes, n_edges = 3000, 12_000
    steps = (np.arange(n_edges, dtype=np.int64) * 7_919) % 104_729
    source, target = np.arange(n_edges) % n_nodes, steps % n_nodes
    time = 1 + (steps * 13) % 5_000
    pairs: dict[tuple[int, int], int] = {}
    for s, t, w in zip(source, target, time, strict=True):
        pairs[int(s), int(t)] = min(int(w), pairs.get((int(s), int(t)), MAX_MS))
    edges = [(s, t, w) for (s, t), w in pairs.items() if s != t]
    matrix = csr_array(
        ([w for *_, w in edges], ([s for s, *_ in edges], [t for _, t, _ in edges])),
        (n_nodes, n_nodes),
    )
    expected = dijkstra(matrix, indices=5)
    time_ms, _ = tree(n_nodes, edges, [5])
    assert np.array_equal(np.where(np.isinf(expected), -1, expected), time_ms)
    assert (time_ms > 0).sum() > n_nodes // 2


def test_an_edge_with_negative_time_is_not_used() -> None:
    time_ms, seed_of = tree(3, [(0, 1, -1), (0, 2, 5), (2, 1, 4)], [0])
    assert time_ms.tolist() == [0, 9, 5]
    assert seed_of.tolist() == [0, 0, 0]


def test_nothing_leads_out_of_an_island() -> None:
    time_ms, seed_of = tree(3, [(1, 2, 3)], [0])
    assert time_ms.tolist() == [0, -1, -1]
    assert seed_of.tolist() == [0, -1, -1]


def test_a_time_beyond_32_bits_is_unreachable_not_negative() -> None:
    time_ms, _ = tree(3, [(0, 1, MAX_MS), (1, 2, MAX_MS)], [0])
    assert time_ms.tolist() == [0, MAX_MS, -1]


def test_no_seeds_reach_nothing() -> None:
    time_ms, seed_of = tree(2, [(0, 1, 1)], [])
    assert time_ms.tolist() == seed_of.tolist() == [-1, -1]


@pytest.mark.parametrize("seeds", [[0, 4], [1, 3], [0, 0]])
def test_of_two_seeds_equally_near_the_lower_number_wins(seeds: list[int]) -> None:
    line = [(i, i + 1, 2) for i in range(4)] + [(i + 1, i, 2) for i in range(4)]
    _, seed_of = tree(5, line, seeds)
    assert seed_of[2] == seeds[0]
