"""What modes of travel are made of, and their door-to-door times by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.two_blocks import BRIDGE_WAY, two_blocks
from twin.network.carriers import (
    WALKING,
    Carrier,
    bus_carrier,
    emergency_carrier,
    resident_carriers,
)
from twin.network.journeys import Streets
from twin.network.modes import CAR, HIGHWAY_CLASSES, MODES, RESIDENT_MODES, TRAVEL_MODES, WALK
from twin.network.street_graph import StreetGraph
from twin.network.street_rows import Slowdown, StreetState, edges_of_row, rows_of_edges
from twin.network.travel import TravelTimes, times_to

DRIVING = Carrier("car", CAR)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> StreetGraph:
    return StreetGraph.from_osm(two_blocks().write(tmp_path_factory.mktemp("map") / "a.osm"))


def test_codes_of_the_old_modes_never_move() -> None:
    assert MODES == ("walk", "bicycle", "car")
    assert TRAVEL_MODES == ("walk", "bicycle", "car", "bus", "emergency")
    assert RESIDENT_MODES == ("walk", "bicycle", "car", "bus")


def test_free_streets_are_the_stored_times(graph: StreetGraph) -> None:
    assert np.array_equal(WALKING.edge_ms(graph), graph.edge_time_ms[WALK])
    assert np.array_equal(DRIVING.edge_ms(graph), graph.edge_time_ms[CAR])


def test_a_factor_rounds_from_the_free_time_and_never_to_nothing(graph: StreetGraph) -> None:
    half = np.full(len(HIGHWAY_CLASSES), 0.5)
    free = graph.edge_time_ms[CAR]
    expected = np.where(free < 0, -1, np.maximum(1, np.rint(free * 0.5)))
    assert np.array_equal(DRIVING.edge_ms(graph, half), expected)
    tiny = np.full(len(HIGHWAY_CLASSES), 1e-9)
    assert DRIVING.edge_ms(graph, tiny)[free >= 0].min() == 1
    huge = np.full(graph.n_edges, 1e12)
    assert DRIVING.edge_ms(graph, None, huge).max() == 2**31 - 1


def test_only_the_named_class_is_slowed(graph: StreetGraph) -> None:
    factor = np.ones(len(HIGHWAY_CLASSES))
    factor[HIGHWAY_CLASSES.index("motorway")] = 9.0
    assert np.array_equal(DRIVING.edge_ms(graph, factor), graph.edge_time_ms[CAR])


def test_a_bus_rides_at_its_own_speed_and_waits_once(graph: StreetGraph) -> None:
    bus = bus_carrier(5.0, added_ms=60_000)
    ends = graph.edges_of_way(BRIDGE_WAY)[0]
    target, origin = int(graph.edge_target[ends]), int(graph.edge_source[ends])
    ride = round(graph.edge_length_mm[ends] / 5.0)
    assert Streets(graph).to_node(target, bus)[origin] == ride + 60_000
    assert Streets(graph).to_node(target, bus)[target] == 0


def test_an_ambulance_is_faster_than_a_car_and_as_slowed(graph: StreetGraph) -> None:
    ambulance = emergency_carrier(0.5)
    factor = np.ones((len(TRAVEL_MODES), len(HIGHWAY_CLASSES)))
    factor[CAR] = 2.0
    busy = Streets(graph, factor=factor)
    free = graph.edge_time_ms[CAR]
    assert np.array_equal(busy.edge_ms(ambulance), free)
    assert np.array_equal(busy.edge_ms(DRIVING), np.where(free < 0, -1, 2 * free))
    snow = StreetState(slowed=frozenset([Slowdown(f"way/{BRIDGE_WAY}", "car", "snow", 3.0)]))
    slowed = Streets(graph, snow).edge_ms(ambulance)
    bridge = edges_of_row(graph, f"way/{BRIDGE_WAY}")
    assert np.array_equal(slowed[bridge], np.rint(free[bridge] * 1.5))


@pytest.mark.parametrize("mode", MODES)
def test_journeys_are_the_travel_times_there_were(graph: StreetGraph, mode: str) -> None:
    """With and without a closed bridge: the same walk, ride and walk."""
    carrier = Carrier(mode, MODES.index(mode))
    closed = StreetState(frozenset([f"way/{BRIDGE_WAY}"]))
    for node in (0, 7, 20):
        assert np.array_equal(Streets(graph).to_node(node, carrier), times_to(graph, node, mode))
        during = TravelTimes(graph, closed.closed_edges(graph))
        parted = Streets(graph, closed)
        assert np.array_equal(parted.to_node(node, carrier), during.to_node(node, mode))
        assert np.array_equal(parted.from_node(node, carrier), during.from_node(node, mode))


def test_causes_multiply_in_any_order_and_leave_no_trace(graph: StreetGraph) -> None:
    works = Slowdown("way/100", "", "works", 1.1)
    snow = Slowdown("way/100", "car", "snow", 1.3)
    heat = Slowdown("way/100", "walk", "heat", 2.0)
    both = StreetState(slowed=frozenset([works, snow, heat])).slowdown(graph, "car")
    assert both is not None
    rows = graph.edges_of_way(100)
    assert (both[rows] == 1.1 * 1.3).all()
    assert both.sum() == pytest.approx(graph.n_edges - rows.size + rows.size * 1.43)
    assert StreetState(slowed=frozenset([heat])).slowdown(graph, "car") is None


def test_rows_name_ways_and_their_sections(graph: StreetGraph) -> None:
    way = graph.edges_of_way(100)
    assert way.size == 6
    assert rows_of_edges(graph, way) == ["way/100"]
    section = edges_of_row(graph, "way/100/1-2")
    assert section.size == 2
    assert rows_of_edges(graph, section) == ["way/100/1-2"]
    bridge = edges_of_row(graph, f"way/{BRIDGE_WAY}")
    assert rows_of_edges(graph, np.concatenate([section, bridge])) == ["way/100/1-2", "way/900"]
    assert set(rows_of_edges(graph, section[:1])) == {"way/100/1-2"}
    for nothing in ("way/100/2-1", "way/5", "Bridge", "way/100/1", "way/x"):
        assert edges_of_row(graph, nothing).size == 0


def test_residents_take_what_they_have() -> None:
    carriers = resident_carriers(("car", "walk", "bus", "bicycle"), car_ms=180_000)
    assert [one.name for one in carriers] == list(RESIDENT_MODES)
    assert [one.vehicle for one in carriers] == [None, "has_ebike", "has_car", None]
    assert [one.charged_ms for one in carriers] == [0, 0, 180_000, 0]
