"""A search in buckets gives what the search with a heap gives, whatever the buckets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.fixtures.networks import Network, network_of, networks, town
from twin.kernels.buckets import grow_tree_in_buckets
from twin.kernels.paths import MAX_MS, grow_tree

Tree = tuple[NDArray[np.int32], NDArray[np.int32]]


def by_node(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    order = np.argsort(network.source, kind="stable")
    start = np.zeros(network.n_nodes + 1, np.int64)
    np.cumsum(np.bincount(network.source, minlength=network.n_nodes), out=start[1:])
    return start, network.target[order], network.edge_ms[order]


def by_heap(network: Network, seeds: list[int]) -> Tree:
    tree = np.empty(network.n_nodes, np.int32), np.empty(network.n_nodes, np.int32)
    heap = np.empty(network.source.size + len(seeds) + 1, np.int64)
    start, head, edge_ms = by_node(network)
    grow_tree(tree[0], tree[1], heap, np.array(seeds, np.int32), start, head, edge_ms)
    return tree


def by_buckets(network: Network, seeds: list[int], shift: int) -> Tree:
    tree = np.full(network.n_nodes, 7, np.int32), np.full(network.n_nodes, 7, np.int32)
    longest = int(network.edge_ms.max(initial=0)) >> shift
    start, head, edge_ms = by_node(network)
    grow_tree_in_buckets(
        tree[0],
        tree[1],
        np.full(1 << (longest + 1).bit_length(), 7, np.int32),
        np.full((3, network.n_nodes), 7, np.int32),
        np.array(seeds, np.int32),
        start,
        head,
        edge_ms,
        shift,
    )
    return tree


@settings(max_examples=200)
@given(networks(least_ms=1), st.integers(0, 12), st.data())
def test_equals_the_heap_to_the_last_tie(network: Network, shift: int, data: st.DataObject) -> None:
    seeds = sorted(data.draw(st.sets(st.integers(0, network.n_nodes - 1))))
    for found, expected in zip(
        by_buckets(network, seeds, shift), by_heap(network, seeds), strict=True
    ):
        assert np.array_equal(found, expected)


@pytest.mark.parametrize("shift", [6, 10, 20])
def test_a_town_equals_the_heap(shift: int) -> None:
    network = town(40)
    seeds = list(range(0, 1600, 300))
    for found, expected in zip(
        by_buckets(network, seeds, shift), by_heap(network, seeds), strict=True
    ):
        assert np.array_equal(found, expected)


def test_a_time_beyond_32_bits_is_unreachable_not_negative() -> None:
    network = network_of(3, [(0, 1, MAX_MS), (1, 2, MAX_MS)])
    assert by_buckets(network, [0], 20)[0].tolist() == [0, MAX_MS, -1]
