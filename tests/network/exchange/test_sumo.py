"""SUMO's plain XML: lanes, permissions, types, projections, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.sumo_town import EDGES, NODES, UTM
from twin.errors import MapError
from twin.network.map_parts import MapParts
from twin.network.modes import CAR
from twin.network.sources import Wishes, build_map
from twin.network.street_graph import StreetGraph


def sumo(folder: Path, *, nodes: str = NODES, location: str = UTM, edges: str = EDGES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "town.nod.xml").write_text(nodes.replace("{location}", location), "utf-8")
    (folder / "town.edg.xml").write_text(edges, "utf-8")
    return folder


def built(folder: Path, **files: str) -> MapParts:
    return build_map(sumo(folder, **files), name="town")


def modes_of(graph: StreetGraph, way: int) -> list[int]:
    return [int(graph.edge_modes[row]) for row in graph.edges_of_way(way)]


def test_speeds_lengths_and_ways(tmp_path: Path) -> None:
    graph = built(tmp_path).graph
    assert graph.ways_named("Main") == [12]
    main = graph.edges_of_way(12)
    assert main.size == 2
    # Metres of UTM are at most 0.04 % off, and the sphere of lengths some tenths of a per cent.
    assert np.abs(graph.edge_length_mm[main] - 100_000).max() < 600
    speed = graph.edge_length_mm[main] / graph.edge_time_ms[CAR][main]
    assert sorted(speed) == pytest.approx([8.33, 13.89], rel=1e-3)
    assert set(graph.edge_length_mm[graph.edges_of_way(56)].tolist()) == {150_000}
    # The shape's middle point makes 34 longer than the straight 100 m.
    assert graph.edge_length_mm[graph.edges_of_way(34)].min() > 106_000


def test_who_may_use_which_edge(tmp_path: Path) -> None:
    parts = built(tmp_path)
    graph = parts.graph
    assert modes_of(graph, 12) == [7, 7]
    assert modes_of(graph, 78) == [6]
    # 56 is closed to cars; people walk back along it where nothing else leads back.
    assert 4 not in [bits & 4 for bits in modes_of(graph, 56)]
    # One lane for people, the other for cars.
    assert max(modes_of(graph, 90)) == 5
    assert parts.report.number("repaired", "edges of another type: taken as unclassified") == 2


def test_the_projection_and_its_offset(tmp_path: Path) -> None:
    graph = built(tmp_path).graph
    assert graph.crs == "EPSG:32632"
    assert graph.node_x_mm.min() == pytest.approx(571_000_000, abs=20)
    assert graph.node_y_mm.min() == pytest.approx(5_539_000_000, abs=20)


@pytest.mark.parametrize("location", ["", '<location netOffset="0,0" projParameter="!"/>'])
def test_without_a_projection_lengths_are_those_of_the_plane(tmp_path: Path, location: str) -> None:
    parts = built(tmp_path, location=location)
    graph = parts.graph
    assert set(graph.edge_length_mm[graph.edges_of_way(12)].tolist()) == {100_000}
    bent = 2 * np.hypot(20, 50) * 1000
    assert graph.edge_length_mm[graph.edges_of_way(34)].max() == round(bent)
    assert any("metres on a plane" in what for what in parts.report.repaired)
    assert abs(graph.node_lat_e7 / 1e7).max() < 0.01


def test_a_projection_that_the_user_names(tmp_path: Path) -> None:
    nodes = NODES.replace('x="1', 'x="571').replace('y="2', 'y="5539')
    source = sumo(tmp_path, nodes=nodes, location="")
    graph = build_map(source, name="m", wishes=Wishes(crs="EPSG:32632")).graph
    assert graph.crs == "EPSG:32632"
    assert graph.node_lat_e7.min() / 1e7 == pytest.approx(50.0, abs=0.01)


def test_types_of_a_file_beside(tmp_path: Path) -> None:
    source = sumo(tmp_path, edges=EDGES.replace('speed="13.89" ', ""))
    slow = build_map(source, name="m").graph
    kind = '<types><type id="highway.primary" speed="27.78" disallow="pedestrian"/></types>'
    (tmp_path / "town.typ.xml").write_text(kind, "utf-8")
    graph = build_map(source / "town.edg.xml", name="m").graph
    row = slow.edges_of_way(12)
    assert graph.travel_time_s("car")[graph.edges_of_way(12)].min() == pytest.approx(
        slow.travel_time_s("car")[row].min() / 2, rel=1e-3
    )
    assert modes_of(graph, 12) == [6, 6]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"nodes": "<nodes><node"}, "not readable as XML"),
        ({"nodes": "<net/>"}, "the outermost element is <net>"),
        ({"nodes": '<!DOCTYPE x [<!ENTITY a "b">]><nodes/>'}, "has a DOCTYPE"),
        ({"edges": '<!DOCTYPE x SYSTEM "file:///etc/passwd"><edges/>'}, "has a DOCTYPE"),
        ({"nodes": "<nodes/>"}, "holds no node"),
        ({"edges": "<edges/>"}, "holds no link"),
        ({"edges": EDGES.replace('to="c"', 'to="d"')}, r"town\.edg\.xml:4: column `to`"),
        ({"edges": EDGES.replace('id="34"', 'id="56"')}, "'56' is given twice"),
        ({"edges": EDGES.replace('speed="10"', 'speed="fast"')}, "'fast'"),
        ({"edges": EDGES.replace('length="150"', 'length="-150"')}, "the length is -150 m"),
        (
            {"edges": EDGES.replace("1120,2050", "1120;2050")},
            r"town\.edg\.xml:4: shape of edge '34'",
        ),
        ({"nodes": NODES.replace('x="1000"', 'x="nan"')}, r"town\.nod\.xml:4: column `x`: is nan"),
        ({"nodes": NODES.replace('x="1000" ', "")}, "column `x`: is empty"),
        ({"location": "", "nodes": NODES.replace('x="1000"', 'x="1e300"')}, "no place in plane"),
        ({"location": UTM.replace("+no_defs", "+init=/etc/passwd")}, "projParameter is"),
        ({"location": UTM.replace("+no_defs", "+nadgrids=/x/y.gsb")}, "projParameter is"),
        ({"location": UTM.replace("-570000,-5537000", "x")}, "netOffset is no pair"),
        ({"location": UTM.replace("+proj=utm", "+proj=nothing")}, "is no known projection"),
        ({"nodes": "<nodes>" + "<x>" * 20 + "</x>" * 20 + "</nodes>"}, "nest deeper"),
    ],
)
def test_what_is_refused(tmp_path: Path, files: dict[str, str], found: str) -> None:
    with pytest.raises(MapError, match=found) as caught:
        built(tmp_path, **files)
    assert caught.value.exit_code == 2


def test_half_a_network_and_two_networks(tmp_path: Path) -> None:
    folder = sumo(tmp_path)
    (folder / "town.edg.xml").unlink()
    with pytest.raises(MapError, match=r"town\.edg\.xml: no such file"):
        build_map(folder, name="m")
    (folder / "other.nod.xml").write_text("<nodes/>")
    with pytest.raises(MapError, match=r"holds 2 node files: other\.nod\.xml, town\.nod\.xml"):
        build_map(folder, name="m")
