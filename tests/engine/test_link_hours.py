"""Street volumes equal a recount of every trip over the shortest ways of networkx."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

from tests.fixtures.day_towns import DAYS, SMALL, finished, prepared
from twin.engine.link_hours import link_hours_data
from twin.engine.loop import Engine
from twin.network.modes import CAR, RESIDENT_MODES, WALK
from twin.units import HOUR_US

BASE = {"walk": WALK, "car": CAR}


@pytest.fixture(scope="module")
def model():
    return finished()


def network_of(graph, mode):
    network = nx.DiGraph()
    time_ms = graph.edge_time_ms[BASE[mode]]
    for edge, (tail, head) in enumerate(zip(graph.edge_source, graph.edge_target, strict=True)):
        if time_ms[edge] >= 0:
            network.add_edge(int(tail), int(head), w=int(time_ms[edge]), edge=edge)
    return network


def test_metres_and_time_on_streets_are_those_of_the_shortest_ways(model):
    """The grid has many ways that are equally long: sums over streets do not depend on which."""
    graph = model.preparation.graph
    trips = model.tables()["trips"].to_pandas()
    link = model.tables()["link_hours"].to_pandas()
    for mode in ("walk", "car"):
        network = network_of(graph, mode)
        expected = 0
        for origin, mine in trips[trips["mode"] == mode].groupby("origin_node"):
            access = graph.car_access_node if mode == "car" else np.arange(graph.n_nodes)
            times = nx.single_source_dijkstra_path_length(network, access[origin], weight="w")
            expected += sum(times[access[node]] for node in mine.destination_node)
        rows = link[link["mode"] == mode]
        edge_ms = graph.edge_time_ms[BASE[mode]][rows.edge]
        # Streets entered behind the end of the run are not counted.
        assert (edge_ms * rows.flow).sum() == pytest.approx(expected, rel=0.002)
        assert expected > 0


def test_only_ways_over_the_bridge_are_counted_one_by_one_on_it(model):
    """The bridge is on every way across: its hourly volumes are the trips that reach it then."""
    graph = model.preparation.graph
    trips = model.tables()["trips"].to_pandas()
    link = model.tables()["link_hours"].to_pandas()
    network = network_of(graph, "walk")
    bridge = np.flatnonzero(graph.edge_way == 900)
    expected: Counter[tuple[int, int]] = Counter()
    for trip in trips[trips["mode"] == "walk"].itertuples():
        way = nx.dijkstra_path(network, trip.origin_node, trip.destination_node, weight="w")
        now = round(trip.depart_s * 1e6)
        for tail, head in pairwise(way):
            edge = network[tail][head]["edge"]
            if edge in bridge:
                expected[edge, now // HOUR_US] += 1
            now += network[tail][head]["w"] * 1000
    rows = link[(link["mode"] == "walk") & link.edge.isin(bridge)]
    found = {(int(row.edge), int(row.hour_s // 3600)): int(row.flow) for row in rows.itertuples()}
    assert found == {key: n for key, n in expected.items() if key[1] < 72}
    assert sum(found.values()) > 100


def test_speeds_and_delays_in_traffic():
    peak = ", ".join(["1.0"] * 7 + ["2.0"] + ["1.0"] * 16)
    text = f"""{DAYS}
[traffic]
mode = "profile"
[[traffic.profiles]]
id = "peak"
hours = [{peak}]
"""
    model = finished(text)
    graph, link = model.preparation.graph, model.tables()["link_hours"].to_pandas()
    cars = link[link["mode"] == "car"]
    free_ms = graph.edge_time_ms[CAR][cars.edge]
    is_peak = (cars.hour_s // 3600 % 24) == 7
    np.testing.assert_allclose(cars.delay_s, np.where(is_peak, free_ms / 1000, 0.0), atol=0.0011)
    speed = graph.edge_length_mm[cars.edge] / (free_ms * np.where(is_peak, 2.0, 1.0))
    np.testing.assert_allclose(cars.speed_mps, speed, rtol=1e-3)
    walks = link[link["mode"] == "walk"]
    assert (walks.delay_s == 0).all()


def test_batches_of_routes_change_nothing(model, monkeypatch):
    once = link_hours_data(model.engine.state)
    monkeypatch.setattr("twin.engine.link_hours.BATCH", 13)
    again = link_hours_data(model.engine.state)
    for name in ("edge", "hour_s", "flow", "speed_mps"):
        np.testing.assert_array_equal(once[name], again[name])
    np.testing.assert_array_equal(once["mode"].codes, again["mode"].codes)


def test_a_run_that_has_not_begun_has_no_volumes():
    data = link_hours_data(Engine(prepared(DAYS, SMALL), 1).state)
    assert data["edge"].size == 0
    assert data["mode"].labels == RESIDENT_MODES
