"""Our own import equals osmnx's, edge by edge."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.fixtures.osm_xml import LAT, LON, STEP, grid
from tests.fixtures.two_blocks import two_blocks
from twin.network.build import build_streets
from twin.network.import_report import ImportReport
from twin.network.modes import MODES
from twin.network.osm import reference_graph, to_networkx
from twin.network.osm_read import read_osm
from twin.network.street_graph import StreetGraph

pytest.importorskip("osmnx")
pytestmark = pytest.mark.filterwarnings("ignore")  # osmnx and its friends warn

Edge = tuple[int, int, int, int]


def ours(path: Path, mode: str) -> tuple[set[int], Counter[Edge]]:
    report = ImportReport()
    graph = build_streets(read_osm(path, report), report, modes=(MODES.index(mode),))
    edges = Counter(
        (
            int(graph.node_id[graph.edge_source[row]]),
            int(graph.node_id[graph.edge_target[row]]),
            int(graph.edge_way[row]),
            int(graph.edge_length_mm[row]),
        )
        for row in range(graph.n_edges)
    )
    return {int(node) for node in graph.node_id}, edges


def theirs(path: Path, mode: str, *, has_raw_directions: bool) -> tuple[set[int], Counter[Edge]]:
    network = reference_graph(path, mode, has_raw_directions=has_raw_directions)
    edges = Counter(
        (source, target, data["osmid"], round(data["length"] * 1000))
        for source, target, data in network.edges(data=True)
    )
    return set(network.nodes), edges


def assert_equal(path: Path, mode: str, *, has_raw_directions: bool = False) -> None:
    our_nodes, our_edges = ours(path, mode)
    their_nodes, their_edges = theirs(path, mode, has_raw_directions=has_raw_directions)
    assert our_nodes == their_nodes
    assert our_edges == their_edges


@pytest.mark.parametrize(
    ("mode", "has_raw_directions"),
    [
        ("car", True),
        ("walk", False),
        pytest.param("car", False, marks=pytest.mark.slow),
        pytest.param("bicycle", False, marks=pytest.mark.slow),
    ],
)
def test_monaco_equals_osmnx(root: Path, mode: str, *, has_raw_directions: bool) -> None:
    """Nodes, directed edges, lengths to the millimetre; osmnx itself reads car directions."""
    path = root / "maps" / "monaco" / "monaco.osm.pbf"
    assert_equal(path, mode, has_raw_directions=has_raw_directions)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["baltimore.osm.pbf", "tsinghua_haidian_2017.osm.gz"])
@pytest.mark.parametrize("mode", ["car", "walk"])
def test_other_cities_equal_osmnx(shared: Path, name: str, mode: str) -> None:
    path = shared / "maps" / "reference" / name
    assert_equal(path, mode, has_raw_directions=mode == "car")


def test_odd_shapes_equal_osmnx(tmp_path: Path) -> None:
    sketch = grid(4, 4)
    street = {"highway": "residential"}
    sketch.node(50, LON - STEP, LAT)
    sketch.node(51, LON - STEP, LAT - STEP)
    sketch.node(52, LON, LAT - STEP)
    sketch.way(300, [51, 50, 1, 52, 51], street | {"junction": "roundabout"})
    sketch.way(301, [2, 7, 12], street | {"oneway": "-1"})
    sketch.way(302, [1, 6, 11, 16], street | {"oneway": "yes"})
    sketch.node(60, LON + 5 * STEP, LAT)
    sketch.way(303, [4, 60], street)
    sketch.node(61, LON + 6 * STEP, LAT)
    sketch.node(62, LON + 6 * STEP, LAT + STEP)
    sketch.way(304, [60, 61, 62, 60], street)
    path = sketch.write(tmp_path / "map.osm")
    assert_equal(path, "car")
    assert_equal(path, "car", has_raw_directions=True)


def test_export_to_networkx(tmp_path: Path) -> None:
    graph = StreetGraph.from_osm(two_blocks().write(tmp_path / "a.osm"))
    network = to_networkx(graph)
    assert network.number_of_nodes() == graph.n_nodes
    assert network.number_of_edges() == graph.n_edges
    assert network.graph["crs"] == "EPSG:4326"
    source, target, data = next(iter(network.edges(data=True)))
    row = data["row"]
    assert source == graph.node_id[graph.edge_source[row]]
    assert target == graph.node_id[graph.edge_target[row]]
    assert data["length"] == graph.edge_length_mm[row] / 1000
    assert data["modes"] == MODES
    assert data["time_s_car"] == graph.travel_time_s("car")[row]
