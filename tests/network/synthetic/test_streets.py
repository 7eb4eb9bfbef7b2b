"""The streets of synthetic cities: planar, connected, and like those of real cities."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tests.fixtures.synthetic_towns import CITY, TOWN, designed, made
from twin.network.access import tree_from
from twin.network.build import build_streets
from twin.network.import_report import ImportReport
from twin.network.modes import BICYCLE, CAR, HIGHWAY_CLASSES, MODE_BITS, MODES, WALK
from twin.network.street_graph import StreetGraph
from twin.network.synthetic.city import street_elements
from twin.network.synthetic.fabric import make_nodes
from twin.network.synthetic.hierarchy import NONE, TRUNK
from twin.network.synthetic.names import line_names
from twin.network.synthetic.request import CityRequest

BOTH = pytest.mark.parametrize("request_", [TOWN, CITY])


def once(graph: StreetGraph, mode: int) -> np.ndarray:
    """One row a street of a mode, whichever directions it has."""
    rows = np.flatnonzero((graph.edge_modes & MODE_BITS[mode]) != 0)
    ends = np.sort(np.stack((graph.edge_source[rows], graph.edge_target[rows])), axis=0)
    keys = np.vstack((ends, graph.edge_way[rows], graph.edge_length_mm[rows]))
    return rows[np.unique(keys, axis=1, return_index=True)[1]]


def lines(graph: StreetGraph, rows: np.ndarray) -> np.ndarray:
    start = graph.geometry_start
    points = np.column_stack((graph.geometry_x_mm, graph.geometry_y_mm)) / 1000.0
    return np.array([shapely.LineString(points[start[r] : start[r + 1]]) for r in rows], object)


@BOTH
@pytest.mark.parametrize("mode", [WALK, BICYCLE, CAR])
def test_every_mode_is_one_strongly_connected_part(request_: CityRequest, mode: int) -> None:
    graph = made(request_).graph
    rows = (graph.edge_modes & MODE_BITS[mode]) != 0
    size = (graph.n_nodes, graph.n_nodes)
    ones = np.ones(int(rows.sum()))
    matrix = coo_array((ones, (graph.edge_source[rows], graph.edge_target[rows])), size)
    _, label = connected_components(matrix.tocsr(), directed=True, connection="strong")
    members = np.flatnonzero(graph.is_in_component[mode])
    assert np.unique(label[members]).size == 1
    assert graph.component_share[mode] > 0.9, MODES[mode]


@BOTH
def test_streets_meet_only_in_nodes(request_: CityRequest) -> None:
    graph = made(request_).graph
    rows = once(graph, WALK)
    drawn = lines(graph, rows)
    tree = shapely.STRtree(drawn)
    left, right = tree.query(drawn, predicate="intersects")
    pairs = left < right
    left, right = left[pairs], right[pairs]
    meets = shapely.intersection(drawn[left], drawn[right])
    assert set(shapely.get_type_id(meets)) <= {0, 4}, "points, not stretches"
    ends = shapely.multipoints(
        np.column_stack((graph.node_x_mm, graph.node_y_mm)) / 1000.0,
    )
    far = shapely.distance(meets, ends)
    assert far.max() < 1e-6
    assert len(meets) > rows.size, "they do meet"


@BOTH
def test_measures_agree_with_the_shape(request_: CityRequest) -> None:
    graph = made(request_).graph
    rows = np.arange(graph.n_edges)
    # 0.4 to 0.6 per cent between the sphere of lengths and the plane of the UTM zone.
    assert graph.edge_length_mm[rows] / 1000 == pytest.approx(
        shapely.length(lines(graph, rows)), rel=0.01, abs=0.02
    )
    assert (graph.edge_length_mm > 0).all()
    start, end = graph.geometry_start[:-1], graph.geometry_start[1:] - 1
    assert (graph.geometry_x_mm[start] == graph.node_x_mm[graph.edge_source]).all()
    assert (graph.geometry_y_mm[end] == graph.node_y_mm[graph.edge_target]).all()
    walk = (graph.edge_modes & MODE_BITS[WALK]) != 0
    expected = np.maximum(1, np.rint(graph.edge_length_mm[walk] / graph.walk_mps))
    assert (graph.edge_time_ms[WALK][walk] == expected).all()
    assert (graph.edge_time_ms[CAR] > 0).sum() == ((graph.edge_modes & MODE_BITS[CAR]) != 0).sum()


def test_car_speeds_are_those_of_the_class() -> None:
    graph = made(CITY).graph
    car = graph.edge_time_ms[CAR] > 0
    kmh = graph.edge_length_mm[car] / graph.edge_time_ms[CAR][car] * 3.6
    for name, limit in {"primary": 50, "secondary": 40, "tertiary": 30, "residential": 20}.items():
        found = kmh[graph.edge_class[car] == HIGHWAY_CLASSES.index(name)]
        assert found == pytest.approx(np.full(found.size, float(limit)), rel=0.01), name


def test_a_river_has_few_bridges_and_no_other_crossing() -> None:
    design = designed(CITY)
    plan, main = design.plan, design.main
    assert plan.river >= 0
    crossings = np.flatnonzero(main.east[plan.river] > NONE)
    assert 2 <= crossings.size < plan.line_y.size / 2
    graph = made(CITY).graph
    bridges = [name for name in graph.names if name.endswith(" Bridge")]
    assert len(bridges) == crossings.size
    # Without them the banks are apart: closures matter.
    closed = np.isin(graph.edge_name, [graph.names.index(name) for name in bridges])
    time_ms = np.where(closed, -1, graph.edge_time_ms[WALK]).astype(np.int32)
    node = int(graph.edge_source[np.flatnonzero(closed)[0]])
    reached = tree_from(graph, np.array([node]), time_ms)[0] >= 0
    assert 0.1 < reached.mean() < 0.9


@pytest.mark.parametrize(("area_km2", "n_rings"), [(20.0, 0), (66.0, 1), (400.0, 2)])
def test_ring_roads_are_rings(area_km2: float, n_rings: int) -> None:
    design = designed(CityRequest(area_km2, 100_000, 1))
    nodes = make_nodes(design.plan, design.cells)
    east, north = design.main.east == TRUNK, design.main.north == TRUNK
    ends = np.concatenate(
        [
            *(nodes.corner[:-1][east], nodes.corner[1:][east]),
            *(nodes.corner[:, :-1][north], nodes.corner[:, 1:][north]),
        ]
    )
    crossings, degree = np.unique(ends, return_counts=True)
    # Two trunk edges at each crossing of a ring: it closes. The river runs under it.
    assert (degree == 2).all()
    assert (crossings.size > 0) == (n_rings > 0)
    names = {
        name.rsplit(" ", 1)[0]
        for name in line_names(design.plan, design.cells, design.main)
        if "Ring Road" in name
    }
    assert len(names) == n_rings


def test_streets_have_names_and_homes_an_address() -> None:
    parts = made(CITY)
    graph = parts.graph
    main = np.isin(graph.edge_class, [HIGHWAY_CLASSES.index(n) for n in ("primary", "secondary")])
    assert (graph.edge_name[main] >= 0).all()
    assert sum(street != "" for street in parts.buildings.street) > 0.9 * len(parts.buildings)
    assert set(parts.buildings.street) <= {*graph.names, ""}
    assert any(" Road East" in name for name in graph.names)
    assert graph.ways_named(next(name for name in graph.names if name.endswith("Road North")))


def test_there_are_one_way_streets_in_both_directions() -> None:
    design = designed(CITY)
    way = np.concatenate((design.main.east_way.ravel(), design.main.north_way.ravel()))
    assert {-1, 0, 1} == set(way.tolist())


# Drive-only networks of shared/maps measured in the same way: Shanghai, Baltimore, Porto,
# Beijing-Haidian. Edges a node 2.08-2.44, mean street 110-166 m, circuity 1.42-1.63 within
# 0.5-5 km, dead ends 4-15 %, residential share 0.23-0.53. docs/synthetic.md has the table.
@BOTH
def test_driving_is_like_in_real_cities(request_: CityRequest) -> None:
    design = designed(request_)
    raw = street_elements(design, make_nodes(design.plan, design.cells))
    graph = build_streets(raw, ImportReport(), modes=(CAR,))
    rows = once(graph, CAR)
    length_m = graph.edge_length_mm[rows] / 1000.0
    n_nodes = int(graph.is_in_component[CAR].sum())
    assert 2.0 <= graph.n_edges / n_nodes <= 3.0
    assert 100.0 <= length_m.mean() <= 180.0
    assert 0.25 < length_m.std() / length_m.mean() < 1.2
    assert 6.0 <= length_m.sum() / 1000.0 / request_.area_km2 <= 14.0, "km a km2; China aims at 8"
    degree = np.bincount(
        np.concatenate((graph.edge_source[rows], graph.edge_target[rows])),
        minlength=graph.n_nodes,
    )
    assert 0.03 <= (degree == 1).mean() <= 0.25
    share = {
        name: length_m[graph.edge_class[rows] == HIGHWAY_CLASSES.index(name)].sum() / length_m.sum()
        for name in ("primary", "secondary", "tertiary", "residential")
    }
    assert 0.05 <= share["primary"] <= 0.25
    assert 0.1 <= share["secondary"] <= 0.3
    assert 0.1 <= share["tertiary"] <= 0.35
    assert 0.2 <= share["residential"] <= 0.55
    assert 1.15 <= circuity(graph) <= 1.6


def circuity(graph: StreetGraph) -> float:
    """Metres by car over metres as the crow flies, pairs from 0.5 to 5 km apart."""
    members = np.flatnonzero(graph.is_in_component[CAR])
    length = np.where((graph.edge_modes & MODE_BITS[CAR]) != 0, graph.edge_length_mm, -1)
    by_street = crow = 0.0
    for node in members[:: max(1, members.size // 12)]:
        found = tree_from(graph, np.array([node]), length.astype(np.int32))[0][members]
        straight = np.hypot(
            (graph.node_x_mm[members] - graph.node_x_mm[node]).astype(float),
            (graph.node_y_mm[members] - graph.node_y_mm[node]).astype(float),
        )
        chosen = (straight > 5e5) & (straight < 5e6)
        by_street += found[chosen].sum()
        crow += straight[chosen].sum()
    return by_street / crow
