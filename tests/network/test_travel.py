"""Door-to-door times, and what closing a street does to them."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from tests.fixtures.osm_xml import LAT, LON, STEP, grid
from tests.fixtures.two_blocks import BRIDGE_NAME, BRIDGE_WAY, two_blocks
from twin.network.modes import BICYCLE, CAR, MODES, WALK
from twin.network.street_graph import StreetGraph
from twin.network.travel import TravelTimes, times_to


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> StreetGraph:
    return StreetGraph.from_osm(two_blocks().write(tmp_path_factory.mktemp("map") / "a.osm"))


def closed_bridge(graph: StreetGraph) -> np.ndarray:
    closed = np.zeros(graph.n_edges, np.bool_)
    closed[graph.edges_of_way(BRIDGE_WAY)] = True
    return closed


def west(graph: StreetGraph) -> np.ndarray:
    return graph.node_id < 1000


@pytest.mark.parametrize("mode", MODES)
def test_times_equal_networkx(blocks: StreetGraph, mode: str) -> None:
    network = blocks.to_networkx()
    target = int(blocks.node_id[7])
    expected = nx.single_source_dijkstra_path_length(
        network.reverse(),
        target,
        weight=lambda _u, _v, data: min(d[f"time_s_{mode}"] for d in data.values()),
    )
    time_ms = times_to(blocks, 7, mode)
    for row, node in enumerate(blocks.node_id):
        assert time_ms[row] / 1000 == pytest.approx(expected[int(node)])


@pytest.mark.parametrize("mode", MODES)
def test_closing_the_bridge_parts_the_blocks_and_nothing_else(
    blocks: StreetGraph, mode: str
) -> None:
    assert blocks.ways_named(BRIDGE_NAME) == [BRIDGE_WAY]
    target = int(np.flatnonzero(west(blocks))[0])
    before = times_to(blocks, target, mode)
    during = times_to(blocks, target, mode, closed_bridge(blocks))
    assert (before >= 0).all()
    assert (during[west(blocks)] == before[west(blocks)]).all()
    assert (during[~west(blocks)] == -1).all()
    nothing_closed = np.zeros(blocks.n_edges, np.bool_)
    assert (times_to(blocks, target, mode, nothing_closed) == before).all()


def test_from_a_node_is_to_a_node_on_two_way_streets(blocks: StreetGraph) -> None:
    times = TravelTimes(blocks)
    for mode in MODES:
        assert (times.to_node(3, mode) == times.from_node(3, mode)).all()


def test_one_way_streets_differ_by_direction(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.node(50, LON + 3 * STEP, LAT)
    sketch.way(300, [2, 50], {"highway": "primary", "oneway": "yes"})
    sketch.way(301, [50, 4], {"highway": "residential", "oneway": "yes"})
    graph = StreetGraph.from_osm(sketch.write(tmp_path / "a.osm"))
    row = graph.node_id.tolist().index
    times = TravelTimes(graph)
    assert times.to_node(row(50), CAR)[row(2)] < times.from_node(row(50), CAR)[row(2)]


def test_a_car_trip_walks_at_both_ends(tmp_path: Path) -> None:
    sketch = grid(3, 3)
    sketch.node(50, LON - STEP, LAT)
    sketch.node(51, LON + 3 * STEP, LAT + 2 * STEP)
    sketch.way(300, [50, 1], {"highway": "footway"})
    sketch.way(301, [9, 51], {"highway": "footway"})
    graph = StreetGraph.from_osm(sketch.write(tmp_path / "a.osm"))
    row = graph.node_id.tolist().index
    walk_in = graph.edge_time_ms[WALK, graph.edges_of_way(300)[0]]
    walk_out = graph.edge_time_ms[WALK, graph.edges_of_way(301)[0]]
    drive = times_to(graph, row(9), "car")[row(1)]
    assert times_to(graph, row(51), "car")[row(50)] == walk_in + drive + walk_out
    assert graph.car_access_node[row(50)] == row(1)
    assert graph.car_access_ms[row(50)] == walk_in
    assert graph.car_access_ms[row(1)] == 0
    assert times_to(graph, row(51), "car")[row(51)] == 0


def test_when_the_nearest_street_is_closed_the_car_waits_at_the_next(tmp_path: Path) -> None:
    sketch = grid(3, 3)
    sketch.node(50, LON - STEP, LAT)
    sketch.way(300, [50, 1], {"highway": "footway"})
    sketch.node(52, LON - 2 * STEP, LAT)
    sketch.way(302, [50, 52], {"highway": "residential"})
    sketch.way(303, [52, 7], {"highway": "residential"})
    graph = StreetGraph.from_osm(sketch.write(tmp_path / "a.osm"))
    row = graph.node_id.tolist().index
    closed = np.zeros(graph.n_edges, np.bool_)
    closed[graph.edges_of_way(302)] = True
    times = times_to(graph, row(9), "car", closed)
    assert graph.car_access_ms[row(50)] == 0
    walk_ms = graph.edge_time_ms[WALK, graph.edges_of_way(300)[0]]
    assert times[row(50)] == times[row(1)] + walk_ms


def test_a_city_without_car_streets_has_no_car_trips(tmp_path: Path) -> None:
    graph = StreetGraph.from_osm(grid(2, 2, highway="footway").write(tmp_path / "a.osm"))
    assert (times_to(graph, 0, "car") == -1).all()
    assert (times_to(graph, 0, "walk") >= 0).all()


def test_where_no_street_is_walkable_the_walk_is_a_straight_line(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.node(50, LON - STEP, LAT)
    sketch.way(300, [1, 50], {"highway": "cycleway"})
    graph = StreetGraph.from_osm(sketch.write(tmp_path / "a.osm"))
    row = graph.node_id.tolist().index
    assert not graph.is_in_component[WALK, row(50)]
    assert graph.is_in_component[BICYCLE, row(50)]
    assert graph.car_access_node[row(50)] == row(1)
    assert graph.car_access_ms[row(50)] == pytest.approx(80_500 / 1.25, rel=0.01)
    closed = np.zeros(graph.n_edges, np.bool_)
    closed[graph.edges_of_way(101)] = True
    assert times_to(graph, row(4), "car", closed)[row(50)] > 0


def test_wrong_arguments(blocks: StreetGraph) -> None:
    with pytest.raises(ValueError, match="closed has shape"):
        times_to(blocks, 0, "walk", np.zeros(3, np.bool_))
    with pytest.raises(ValueError, match="outside"):
        times_to(blocks, blocks.n_nodes, "walk")
    with pytest.raises(ValueError, match="unknown mode"):
        times_to(blocks, 0, "sled")
