"""Times of pairs equal those of whole columns and of networkx."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from tests.fixtures.worlds import monaco
from twin.network.carriers import bus_carrier, resident_carriers
from twin.network.journeys import Streets
from twin.network.modes import RESIDENT_MODES, WALK
from twin.network.pairs import pairs_ms
from twin.network.street_rows import StreetState

CARRIERS = resident_carriers(RESIDENT_MODES, car_ms=300_000, bus=bus_carrier(4.0, added_ms=400_000))
RNG = np.random.default_rng(3)


def states():
    graph = monaco().graph
    ways = [f"way/{way}" for way in np.unique(graph.edge_way)[::23]]
    factor = np.ones((len(RESIDENT_MODES) + 1, 64))
    factor[2] = 1.7
    return [
        Streets(graph),
        Streets(graph, StreetState(closed=frozenset(ways))),
        Streets(graph, factor=factor),
    ]


@pytest.mark.parametrize("carrier", CARRIERS, ids=RESIDENT_MODES)
@pytest.mark.parametrize("number", range(3), ids=["empty", "closed", "traffic"])
def test_pairs_equal_columns(carrier, number):
    view = states()[number]
    n = view.graph.n_nodes
    for node in RNG.integers(0, n, 3).tolist():
        others = np.arange(n, dtype=np.int32)
        same = np.full(n, node, dtype=np.int32)
        np.testing.assert_array_equal(
            pairs_ms(view, carrier, others, same), view.to_node(node, carrier)
        )
        np.testing.assert_array_equal(
            pairs_ms(view, carrier, same, others), view.from_node(node, carrier)
        )


def test_walks_equal_networkx():
    view = states()[1]
    graph, network = view.graph, nx.DiGraph()
    time_ms = view.edge_ms(CARRIERS[0])
    network.add_nodes_from(range(graph.n_nodes))
    for tail, head, time in zip(graph.edge_source, graph.edge_target, time_ms, strict=True):
        if time >= 0:
            known = network.get_edge_data(int(tail), int(head), {"w": np.inf})["w"]
            network.add_edge(int(tail), int(head), w=min(known, int(time)))
    origin = int(np.flatnonzero(graph.is_in_component[WALK])[17])
    expected = nx.single_source_dijkstra_path_length(network, origin, weight="w")
    others = np.arange(graph.n_nodes, dtype=np.int32)
    found = pairs_ms(view, CARRIERS[0], np.full(others.size, origin, np.int32), others)
    assert found.tolist() == [expected.get(node, -1) for node in others.tolist()]
    assert (found == -1).any()


def test_one_node_is_no_way_at_all_and_nothing_asked_is_nothing():
    view, node = states()[0], np.array([5], np.int32)
    assert [pairs_ms(view, one, node, node).tolist() for one in CARRIERS] == [[0]] * 4
    assert pairs_ms(view, CARRIERS[2], node[:0], node[:0]).size == 0
