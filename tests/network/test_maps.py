"""Real maps: the one that ships, the clipped one, and cities beside the project."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from twin.network.map_import import import_map
from twin.network.map_parts import MapParts
from twin.network.modes import CAR, WALK
from twin.network.storage import parts_digest, read_map
from twin.network.street_graph import StreetGraph
from twin.network.travel import times_to


@pytest.fixture(scope="module")
def monaco(root: Path) -> MapParts:
    return read_map(root / "maps" / "monaco")


def test_the_shipped_map_is_what_its_source_gives(root: Path, monaco: MapParts) -> None:
    source = root / "maps" / "monaco" / "monaco.osm.pbf"
    assert hashlib.sha256(source.read_bytes()).hexdigest() == monaco.source_sha256
    built = import_map(source, name="monaco")
    assert parts_digest(built) == parts_digest(monaco)
    assert built.report.to_dict() == monaco.report.to_dict()


def test_streets_of_monaco(monaco: MapParts) -> None:
    graph = monaco.graph
    assert (graph.n_nodes, graph.n_edges) == (3603, 9406)
    assert graph.is_in_component.sum(axis=1).tolist() == [3530, 1449, 1034]
    assert graph.crs == "EPSG:32632"
    assert graph.ways_named("Boulevard Albert 1er")
    assert (graph.edge_time_ms.max(axis=0) > 0).all()
    assert (graph.edge_time_ms[CAR] == -1).any()
    one_way = set(
        zip(
            graph.edge_source[graph.edge_time_ms[CAR] > 0],
            graph.edge_target[graph.edge_time_ms[CAR] > 0],
            strict=True,
        )
    )
    assert sum((b, a) not in one_way for a, b in one_way) > 300


def test_everybody_reaches_everybody_in_monaco(monaco: MapParts) -> None:
    graph = monaco.graph
    homes = np.unique(monaco.buildings.walk_node[monaco.buildings.is_home_eligible])
    for mode in ("walk", "car"):
        time_ms = times_to(graph, int(homes[0]), mode)
        assert (time_ms[homes] >= 0).all()
        assert time_ms[homes].max() < 3_600_000
    assert (graph.car_access_ms[homes] >= 0).all()
    assert graph.is_in_component[CAR][graph.car_access_node[homes]].all()


def test_buildings_and_wards_of_monaco(monaco: MapParts) -> None:
    buildings, wards = monaco.buildings, monaco.wards
    assert len(buildings) == 1283
    assert int((buildings.ward == -1).sum()) == 401
    assert len(wards) == 6
    assert monaco.report.dropped["wards whose boundary is incomplete"].number == 3
    assert monaco.home_country == "MC"
    outside = buildings.ward == -1
    tagged = np.array([code == "MC" for code in buildings.country])
    assert int((outside & tagged).sum()) == 290
    assert not (buildings.is_home_eligible & outside & ~tagged).any()
    assert (
        monaco.report.number("dropped", "homes outside complete wards and the home country") == 94
    )
    assert int(buildings.is_home_eligible.sum()) == 965
    # 39,050 residents: between 40 and 100 m2 of floor each, or the imputation is off.
    floor_area = buildings.floor_area_m2[buildings.is_home_eligible].sum()
    assert 40 < floor_area / 39_050 < 100
    assert share_with_a_street(monaco) > 0.95


def share_with_a_street(monaco: MapParts) -> float:
    return sum(bool(street) for street in monaco.buildings.street) / len(monaco.buildings)


def test_facilities_of_monaco(monaco: MapParts) -> None:
    services = Counter(row.service for row in monaco.facilities)
    expected = {"school": 10, "hospital": 7, "pharmacy": 12, "police": 9, "fire_station": 2}
    assert {service: services[service] for service in expected} == expected
    assert services["government_hall"] == 2
    assert len({(row.uid, row.service) for row in monaco.facilities}) == len(monaco.facilities)


def test_helsinki_clipped_imports_and_counts(shared: Path) -> None:
    parts = import_map(shared / "maps" / "package" / "helsinki-clipped.osm.pbf")
    report = parts.report
    assert report.number("repaired", "ways with missing nodes: cut there") == 165
    assert report.number("dropped", "references to nodes the extract lacks") == 740
    assert report.number("dropped", "ways of fewer than 2 nodes") == 67
    assert report.number("dropped", "buildings whose outline is open or cut off") > 50
    assert len(parts.wards) == 0
    assert parts.graph.is_in_component[WALK].sum() == 3080
    assert parts.graph.edge_length_mm.max() < 1_000_000


@pytest.mark.parametrize(
    ("name", "car_nodes", "schools"),
    [
        ("baltimore.osm.pbf", 3950, 74),
        ("shanghai_center.osm.gz", 4406, 0),
        ("tsinghua_haidian_2017.osm.gz", 220, 8),
    ],
)
def test_other_cities(shared: Path, name: str, car_nodes: int, schools: int) -> None:
    parts = import_map(shared / "maps" / "reference" / name)
    assert int(parts.graph.is_in_component[CAR].sum()) == car_nodes
    assert Counter(row.service for row in parts.facilities)["school"] == schools


@pytest.mark.slow
def test_a_large_city(shared: Path) -> None:
    graph = StreetGraph.from_osm(shared / "maps" / "reference" / "porto_portugal.osm.pbf")
    assert graph.n_edges == 186_681
    assert min(graph.component_share) > 0.97
    assert (times_to(graph, 0, "car") >= 0).all()
