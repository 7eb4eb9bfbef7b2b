"""Ways become edges: cut at junctions, directed, connected, in an order of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.osm_xml import LAT, LON, STEP, Sketch, grid
from twin.errors import MapError
from twin.network.build import build_streets
from twin.network.import_report import ImportReport
from twin.network.modes import BICYCLE, CAR, HIGHWAY_CLASSES, WALK
from twin.network.osm_read import read_osm
from twin.network.street_graph import StreetGraph

RESIDENTIAL = {"highway": "residential"}


def built(
    folder: Path, sketch: Sketch, *, modes: tuple[int, ...] = (WALK, BICYCLE, CAR)
) -> tuple[StreetGraph, ImportReport]:
    report = ImportReport()
    raw = read_osm(sketch.write(folder / "map.osm"), report)
    return build_streets(raw, report, modes=modes), report


def edges(graph: StreetGraph, mode: int) -> set[tuple[int, int, int]]:
    rows = np.flatnonzero(graph.edge_time_ms[mode] >= 0)
    return {
        (
            int(graph.node_id[graph.edge_source[row]]),
            int(graph.node_id[graph.edge_target[row]]),
            int(graph.edge_way[row]),
        )
        for row in rows
    }


def test_a_grid(tmp_path: Path) -> None:
    graph, report = built(tmp_path, grid())
    # Corners 1 3 7 9 are ends of ways; 2 4 5 6 8 are junctions.
    assert graph.n_nodes == 9
    assert graph.n_edges == 24
    assert graph.is_in_component.all()
    assert graph.component_share == (1.0, 1.0, 1.0)
    assert report.number("kept", "street nodes") == 9
    assert not report.dropped
    assert (graph.edge_source[graph.edge_start[:-1]] == np.arange(9)).all()


def test_csr_holds_every_edge_of_a_node(tmp_path: Path) -> None:
    graph, _ = built(tmp_path, grid(4, 3))
    for node in range(graph.n_nodes):
        rows = np.arange(graph.edge_start[node], graph.edge_start[node + 1])
        assert (graph.edge_source[rows] == node).all()
        assert (np.diff(graph.edge_target[rows]) >= 0).all()
        into = graph.reverse.edge[graph.reverse.start[node] : graph.reverse.start[node + 1]]
        assert sorted(into) == np.flatnonzero(graph.edge_target == node).tolist()


def test_nodes_in_the_middle_of_a_way_are_shape_only(tmp_path: Path) -> None:
    sketch = Sketch()
    for i in range(4):
        sketch.node(i + 1, LON + i * STEP, LAT + (i % 2) * STEP)
    sketch.way(10, [1, 2, 3, 4], RESIDENTIAL)
    graph, _ = built(tmp_path, sketch)
    assert sorted(graph.node_id) == [1, 4]
    assert graph.n_edges == 2
    assert np.diff(graph.geometry_start).tolist() == [4, 4]
    there = graph.geometry_x_mm[:4]
    assert there.tolist() == graph.geometry_x_mm[4:][::-1].tolist()
    assert graph.edge_length_mm[0] == graph.edge_length_mm[1]


def test_geometry_runs_from_source_to_target(tmp_path: Path) -> None:
    graph, _ = built(tmp_path, grid(3, 2))
    for row in range(graph.n_edges):
        first, last = graph.geometry_start[row], graph.geometry_start[row + 1] - 1
        assert graph.geometry_x_mm[first] == graph.node_x_mm[graph.edge_source[row]]
        assert graph.geometry_y_mm[last] == graph.node_y_mm[graph.edge_target[row]]


def test_a_ring_is_cut_where_streets_meet_it_not_where_it_was_drawn(tmp_path: Path) -> None:
    sketch = Sketch()
    for i, (x, y) in enumerate([(0, 0), (1, 0), (1, 1), (0, 1), (2, 0)]):
        sketch.node(i + 1, LON + x * STEP, LAT + y * STEP)
    sketch.way(10, [1, 2, 3, 4, 1], {"highway": "residential", "junction": "roundabout"})
    sketch.way(11, [2, 5], RESIDENTIAL)
    graph, _ = built(tmp_path, sketch, modes=(CAR,))
    assert edges(graph, CAR) == {(2, 2, 10), (2, 5, 11), (5, 2, 11)}


def test_a_ring_that_nothing_touches_is_a_graph_too(tmp_path: Path) -> None:
    sketch = Sketch()
    for i, (x, y) in enumerate([(0, 0), (1, 0), (1, 1), (0, 1)]):
        sketch.node(i + 1, LON + x * STEP, LAT + y * STEP)
    sketch.way(10, [1, 2, 3, 4, 1], {"highway": "residential", "oneway": "yes"})
    graph, _ = built(tmp_path, sketch)
    assert sorted(graph.node_id) == [1, 3]
    assert edges(graph, CAR) == {(1, 3, 10), (3, 1, 10)}


def test_a_way_that_turns_back_ends_where_it_turns(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.node(50, LON - STEP, LAT)
    sketch.way(300, [1, 50, 1], RESIDENTIAL)
    graph, _ = built(tmp_path, sketch)
    assert 50 in graph.node_id


@pytest.mark.parametrize(("value", "along"), [("yes", True), ("-1", False)])
def test_directions_are_kept(tmp_path: Path, value: str, *, along: bool) -> None:
    sketch = grid(2, 2)
    sketch.way(300, [1, 4], {"highway": "residential", "oneway": value})
    graph, _ = built(tmp_path, sketch)
    one_way = {(1, 4, 300)} if along else {(4, 1, 300)}
    assert {edge for edge in edges(graph, CAR) if edge[2] == 300} == one_way
    assert {edge for edge in edges(graph, WALK) if edge[2] == 300} == {(1, 4, 300), (4, 1, 300)}


def test_speeds_by_direction_make_times(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.way(
        300,
        [1, 4],
        {"highway": "residential", "maxspeed:forward": "36", "maxspeed:backward": "18"},
    )
    graph, _ = built(tmp_path, sketch)
    rows = graph.edges_of_way(300)
    length_mm = int(graph.edge_length_mm[rows[0]])
    by_source = {int(graph.node_id[graph.edge_source[row]]): row for row in rows}
    assert graph.edge_time_ms[CAR, by_source[1]] == round(length_mm / 10.0)
    assert graph.edge_time_ms[CAR, by_source[4]] == round(length_mm / 5.0)
    assert graph.edge_time_ms[WALK, by_source[1]] == round(length_mm / 1.25)


def test_dead_ends_of_one_way_streets_are_dropped_for_cars_only(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.node(50, LON + 2 * STEP, LAT)
    sketch.way(300, [2, 50], {"highway": "residential", "oneway": "yes"})
    graph, _ = built(tmp_path, sketch)
    node = graph.node_id.tolist().index(50)
    assert graph.is_in_component[:, node].tolist() == [True, False, False]
    assert not {edge for edge in edges(graph, CAR) if edge[2] == 300}
    assert graph.component_share == (1.0, 0.8, 0.8)


def test_only_the_largest_part_stays(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.node(50, LON + 20 * STEP, LAT)
    sketch.node(51, LON + 21 * STEP, LAT)
    sketch.way(300, [50, 51], RESIDENTIAL)
    graph, report = built(tmp_path, sketch)
    assert sorted(graph.node_id) == [1, 2, 3, 4]
    assert report.number("dropped", "street nodes outside the main network") == 2


def test_a_clipped_way_is_cut_where_nodes_are_missing(tmp_path: Path) -> None:
    sketch = grid(3, 3)
    sketch.way(300, [1, 5, 777, 9], RESIDENTIAL)
    graph, report = built(tmp_path, sketch)
    assert {edge[:2] for edge in edges(graph, WALK) if edge[2] == 300} == {(1, 5), (5, 1)}
    assert report.number("dropped", "references to nodes the extract lacks") == 1
    assert report.number("repaired", "ways with missing nodes: cut there") == 1
    assert report.repaired["ways with missing nodes: cut there"].examples == ["way/300"]


def test_short_and_repeating_ways(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.way(300, [], RESIDENTIAL)
    sketch.way(301, [1], RESIDENTIAL)
    sketch.way(302, [1, 1, 1], RESIDENTIAL)
    sketch.way(303, [1, 1, 4, 4], RESIDENTIAL)
    graph, report = built(tmp_path, sketch)
    assert report.number("dropped", "ways of fewer than 2 nodes") == 3
    assert report.number("repaired", "ways that repeat a node") == 2
    assert {edge[:2] for edge in edges(graph, WALK) if edge[2] == 303} == {(1, 4), (4, 1)}


def test_two_nodes_at_one_place_take_a_millisecond(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.node(50, LON, LAT)
    sketch.way(300, [1, 50], RESIDENTIAL)
    graph, report = built(tmp_path, sketch)
    assert graph.edge_time_ms[:, graph.edges_of_way(300)].tolist() == [[1, 1]] * 3
    assert report.number("repaired", "streets of zero length: 1 ms each") == 2


@pytest.mark.parametrize(
    ("sketch", "found"),
    [
        (Sketch(), "holds no nodes"),
        (Sketch(['<node id="1" lon="7" lat="43"/>']), "holds no connected streets"),
    ],
)
def test_no_streets_is_an_error(tmp_path: Path, sketch: Sketch, found: str) -> None:
    with pytest.raises(MapError, match=found):
        built(tmp_path, sketch)


def test_one_way_out_and_never_back_is_no_city(tmp_path: Path) -> None:
    sketch = Sketch()
    sketch.node(1, LON, LAT)
    sketch.node(2, LON + STEP, LAT)
    sketch.way(300, [1, 2], {"highway": "motorway"})
    with pytest.raises(MapError, match="no connected streets"):
        built(tmp_path, sketch)


def test_streets_across_a_continent_are_refused_with_the_node(tmp_path: Path) -> None:
    sketch = grid()
    sketch.node(50, LON + 30, LAT + 10)
    sketch.way(300, [1, 50], RESIDENTIAL)
    with pytest.raises(MapError, match=r"node/50: the connected streets reach over"):
        built(tmp_path, sketch)


def test_missing_names_and_classes(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.way(300, [1, 4], {"highway": "footway", "name": "Zig"})
    sketch.way(301, [2, 3], {"highway": "residential", "name": "Alpha"})
    sketch.way(302, [2, 3], {"highway": "residential", "name": "Alpha"})
    graph, _ = built(tmp_path, sketch)
    assert graph.names == ("Alpha", "Zig")
    assert graph.ways_named("Alpha") == [301, 302]
    assert graph.ways_named("Beta") == []
    rows = graph.edges_of_way(300)
    assert rows.size == 2
    assert {graph.highway_class(int(row)) for row in rows} == {"footway"}
    assert (graph.edge_name[rows] == 1).all()
    assert (graph.edge_name[graph.edges_of_way(101)] == -1).all()
    assert len(HIGHWAY_CLASSES) < 128


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(24)))
def test_the_order_of_elements_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    sketch = grid(4, 3)
    sketch.node(50, LON, LAT)
    sketch.way(300, [50, 1], {"highway": "residential", "name": "Zero"})
    sketch.way(301, [1, 6], {"highway": "tertiary", "oneway": "yes"})
    sketch.way(302, [6, 1], {"highway": "tertiary", "oneway": "yes"})
    sketch.way(303, [1, 6], {"highway": "tertiary"})
    folder = tmp_path_factory.mktemp("shuffled")
    reference = StreetGraph.from_osm(sketch.write(folder / "a.osm"))
    assert len(order) == len(sketch.elements)
    shuffled = StreetGraph.from_osm(sketch.write(folder / "b.osm", order))
    assert shuffled.digest == reference.digest


def test_speeds_can_be_derived_anew(tmp_path: Path) -> None:
    graph, _ = built(tmp_path, grid())
    slow = graph.with_speeds(walk_mps=0.625)
    assert (slow.edge_time_ms[WALK] == np.rint(graph.edge_length_mm / 0.625)).all()
    assert (slow.edge_time_ms[CAR] == graph.edge_time_ms[CAR]).all()
    assert slow.digest != graph.digest
    assert graph.with_speeds().digest == graph.digest
    with pytest.raises(ValueError, match="positive"):
        graph.with_speeds(bicycle_mps=0)


def test_arrays_are_read_only_and_the_graph_prints_itself(tmp_path: Path) -> None:
    graph, _ = built(tmp_path, grid())
    with pytest.raises(ValueError, match="read-only"):
        graph.edge_time_ms[0, 0] = 1
    assert repr(graph).startswith("StreetGraph 9 nodes, 24 directed edges, EPSG:32632")


def test_travel_time_in_seconds_is_nan_where_a_mode_may_not_go(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.way(300, [1, 4], {"highway": "footway"})
    graph, _ = built(tmp_path, sketch)
    rows = graph.edges_of_way(300)
    assert np.isnan(graph.travel_time_s("car")[rows]).all()
    assert (graph.travel_time_s("walk")[rows] == graph.edge_time_ms[WALK, rows] / 1000).all()
    with pytest.raises(ValueError, match="unknown mode 'hovercraft'"):
        graph.travel_time_s("hovercraft")


def test_nearest_nodes_are_those_of_the_mode(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.node(50, LON - STEP, LAT)
    sketch.way(300, [1, 50], {"highway": "footway"})
    graph, _ = built(tmp_path, sketch)
    walk, distance = graph.nearest_node(LON - STEP, LAT)
    assert graph.node_id[walk] == 50
    assert distance < 0.01
    car, distance = graph.nearest_node(LON - STEP, LAT, mode="car")
    assert graph.node_id[car] == 1
    assert distance == pytest.approx(80.5, abs=1)


def test_a_mode_without_streets_has_no_nearest_node(tmp_path: Path) -> None:
    graph, _ = built(tmp_path, grid(2, 2, highway="footway"))
    assert graph.component_share[CAR] == 0
    node, distance = graph.nearest_node(LON, LAT, mode="car")
    assert node == -1
    assert distance == np.inf
    assert (graph.car_access_node == -1).all()


def test_equally_near_nodes_are_told_apart_by_row(tmp_path: Path) -> None:
    graph, _ = built(tmp_path, grid(3, 3))
    middle_x = graph.node_x_mm.repeat(2)
    middle_y = graph.node_y_mm.repeat(2)
    node, distance = graph.nearest_nodes(middle_x, middle_y)
    assert node.tolist() == np.arange(9).repeat(2).tolist()
    assert (distance == 0).all()
