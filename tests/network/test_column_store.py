"""Columns that outlive changes of the streets equal columns computed from scratch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fixtures.two_blocks import BRIDGE_WAY, two_blocks
from twin.network import column_store
from twin.network.carriers import WALKING
from twin.network.column_store import ColumnStore, columns_to
from twin.network.modes import WALK
from twin.network.street_graph import StreetGraph
from twin.network.street_rows import Slowdown, StreetState


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> StreetGraph:
    return StreetGraph.from_osm(two_blocks().write(tmp_path_factory.mktemp("map") / "a.osm"))


def taken(store: ColumnStore, edge_ms: np.ndarray, targets: list[int]) -> np.ndarray:
    found = dict(store.columns("walk", edge_ms, targets, base=WALK))
    return np.stack([found[node] for node in targets])


ways = st.sampled_from(["way/100", "way/152", "way/203", f"way/{BRIDGE_WAY}", "way/101/5-6"])
slow = st.builds(
    Slowdown, ways, st.sampled_from(["", "walk", "car"]), st.sampled_from("ab"), st.floats(1, 9)
)
states = st.builds(StreetState, st.frozensets(ways, max_size=3), st.frozensets(slow, max_size=4))


@pytest.fixture(params=["searches", "hierarchy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column_store, "FEW", 0 if request.param == "hierarchy" else 10**9)


@pytest.mark.usefixtures("way")
@given(history=st.lists(states, min_size=1, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_incremental_equals_from_scratch(graph: StreetGraph, history: list[StreetState]) -> None:
    """Whatever closes, slows, recovers and reopens in whatever order."""
    store = ColumnStore(graph)
    targets = list(range(0, graph.n_nodes, 3))
    for state in history:
        edge_ms = WALKING.edge_ms(
            graph, None, state.slowdown(graph, "walk"), state.closed_edges(graph)
        )
        expected = columns_to(graph, np.array(targets), edge_ms)
        assert np.array_equal(taken(store, edge_ms, targets), expected)


def test_a_column_the_change_does_not_touch_is_kept(graph: StreetGraph) -> None:
    store = ColumnStore(graph)
    free = WALKING.edge_ms(graph)
    targets = list(range(graph.n_nodes))
    taken(store, free, targets)
    assert store.counts.n_built == graph.n_nodes
    # One direction of one dead-straight block: few shortest ways use it.
    slower = free.copy()
    slower[graph.edges_of_way(100)[0]] += 1
    taken(store, slower, targets)
    assert 0 < store.counts.n_rebuilt < graph.n_nodes
    assert store.counts.n_kept == graph.n_nodes - store.counts.n_rebuilt
    # Going back touches the same columns, and going nowhere touches none.
    rebuilt = store.counts.n_rebuilt
    taken(store, free.copy(), targets)
    assert store.counts.n_rebuilt == 2 * rebuilt
    taken(store, free.copy(), targets)
    assert store.counts.n_built == graph.n_nodes + 2 * rebuilt


def test_the_bridge_spoils_every_column(graph: StreetGraph) -> None:
    store = ColumnStore(graph)
    targets = list(range(graph.n_nodes))
    taken(store, WALKING.edge_ms(graph), targets)
    closed = StreetState(frozenset([f"way/{BRIDGE_WAY}"])).closed_edges(graph)
    taken(store, WALKING.edge_ms(graph, closed=closed), targets)
    assert store.counts.n_rebuilt == graph.n_nodes


def test_beyond_its_memory_a_store_computes_again(graph: StreetGraph) -> None:
    small = ColumnStore(graph, max_bytes=4 * graph.n_nodes * 3)
    free = WALKING.edge_ms(graph)
    targets = list(range(8))
    for _ in range(2):
        assert np.array_equal(taken(small, free, targets), columns_to(graph, np.arange(8), free))
    assert small.counts.n_built == 8 + 5


def test_a_new_layer_starts_from_another(graph: StreetGraph) -> None:
    store = ColumnStore(graph)
    free = WALKING.edge_ms(graph)
    slower = free.copy()
    slower[graph.edges_of_way(100)[0]] += 1
    targets = list(range(graph.n_nodes))
    dict(store.columns("free", free, targets, base=WALK))
    found = dict(store.columns("slowed", slower, targets, base=WALK, like="free"))
    assert 0 < store.counts.n_rebuilt < graph.n_nodes
    assert store.counts.n_built == graph.n_nodes + store.counts.n_rebuilt
    expected = columns_to(graph, np.array(targets), slower)
    assert all(np.array_equal(found[node], expected[node]) for node in targets)
    again = dict(store.columns("free", free, targets, base=WALK))
    assert np.array_equal(again[3], columns_to(graph, np.array([3]), free)[0])
