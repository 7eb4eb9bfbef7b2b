"""Buildings, wards and facilities of small maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.osm_xml import LAT, LON, STEP, Sketch, grid
from tests.fixtures.two_blocks import EAST_CLINIC, WEST_CLINIC, two_blocks
from twin.network.areas import assemble_rings
from twin.network.building_rules import building_use, may_be_home, observed_levels, type_levels
from twin.network.map_import import import_map
from twin.network.map_parts import MapParts
from twin.network.osm_facilities import services_of

SIDE = 0.0002


def square(sketch: Sketch, number: int, x: float, y: float, side: float = SIDE) -> list[int]:
    corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
    nodes = [
        sketch.node(number * 10 + i, LON + x + dx * side, LAT + y + dy * side)
        for i, (dx, dy) in enumerate(corners)
    ]
    return [*nodes, nodes[0]]


def imported(folder: Path, sketch: Sketch, **options: str) -> MapParts:
    return import_map(sketch.write(folder / "map.osm"), **options)  # type: ignore[arg-type]


def test_area_levels_and_floor_area(tmp_path: Path) -> None:
    sketch = grid()
    sketch.way(
        500, square(sketch, 500, STEP / 3, STEP / 3), {"building": "house", "building:levels": "3"}
    )
    buildings = imported(tmp_path, sketch).buildings
    # 0.0002 degrees: 22.24 m by 16.07 m at this latitude (the projection adds a little).
    assert buildings.footprint_m2[0] == pytest.approx(22.24 * 16.07, rel=0.01)
    assert buildings.floor_area_m2[0] == pytest.approx(3 * buildings.footprint_m2[0], abs=0.05)
    assert buildings.building_id == ("way/500",)
    assert buildings.levels.tolist() == [3]
    assert not buildings.is_levels_imputed[0]
    assert buildings.walk_node[0] >= 0
    assert buildings.is_home_eligible[0]


def test_a_courtyard_is_no_floor_and_the_outline_no_second_house(tmp_path: Path) -> None:
    sketch = grid()
    outer = square(sketch, 500, STEP / 3, STEP / 3, side=4 * SIDE)
    inner = square(sketch, 501, STEP / 3 + SIDE, STEP / 3 + SIDE, side=2 * SIDE)
    sketch.way(500, outer, {"building": "yes"})
    sketch.way(501, inner, {})
    tags = {"type": "multipolygon", "building": "apartments"}
    sketch.relation(600, [(500, "outer"), (501, "inner")], tags)
    buildings = imported(tmp_path, sketch).buildings
    assert buildings.building_id == ("relation/600",)
    assert buildings.footprint_m2[0] == pytest.approx(12 * 22.24 * 16.07, rel=0.01)


def test_broken_outlines_are_dropped_and_counted(tmp_path: Path) -> None:
    sketch = grid()
    sketch.way(500, [1, 2, 5], {"building": "yes"})
    sketch.way(501, [1, 2, 999, 1], {"building": "yes"})
    sketch.relation(600, [(777, "outer")], {"type": "multipolygon", "building": "yes"})
    sketch.way(502, [1, 1, 1, 1], {"building": "yes"})
    parts = imported(tmp_path, sketch)
    assert len(parts.buildings) == 0
    assert parts.report.number("dropped", "buildings whose outline is open or cut off") == 4


def test_a_bow_tie_is_repaired_not_negative(tmp_path: Path) -> None:
    sketch = grid()
    a, b, c, d, _ = square(sketch, 500, STEP / 3, STEP / 3)
    sketch.way(500, [a, c, b, d, a], {"building": "yes"})
    buildings = imported(tmp_path, sketch).buildings
    assert buildings.footprint_m2[0] == pytest.approx(22.24 * 16.07 / 2, rel=0.02)


def test_missing_levels_are_the_median_of_the_type_and_counted(tmp_path: Path) -> None:
    sketch = grid()
    for i in range(21):
        tags = {"building": "apartments", "building:levels": "7"}
        sketch.way(500 + i, square(sketch, 500 + i, i * SIDE / 10, 0), tags)
    sketch.way(600, square(sketch, 600, 0, 0), {"building": "apartments"})
    sketch.way(601, square(sketch, 601, 0, 0), {"building": "house"})
    parts = imported(tmp_path, sketch)
    levels = dict(zip(parts.buildings.building_id, parts.buildings.levels.tolist(), strict=True))
    assert levels["way/600"] == 7
    assert levels["way/601"] == type_levels("house") == 2
    assert parts.buildings.is_levels_imputed.sum() == 2
    assert parts.report.number("repaired", "buildings without levels: taken from their type") == 2


@pytest.mark.parametrize(
    ("tags", "levels"),
    [
        ({"building:levels": "4"}, 4),
        ({"building:levels": "3;5"}, 5),
        ({"building:levels": "2.5"}, 2),
        ({"building:levels": "0"}, 1),
        ({"building:levels": "many"}, None),
        ({"building:levels": "-3"}, None),
        ({"building:levels": "900"}, None),
        ({"height": "12"}, 4),
        ({"height": "12 m"}, 4),
        ({"height": "tall"}, None),
        ({}, None),
    ],
)
def test_levels_from_tags(tags: dict[str, str], levels: int | None) -> None:
    assert observed_levels(tags) == levels


@pytest.mark.parametrize(
    ("tags", "use"),
    [
        ({"building": "apartments"}, ("residential", False)),
        ({"building": "apartments", "shop": "bakery"}, ("mixed", False)),
        ({"building": "yes"}, ("residential", True)),
        ({"building": "yes", "amenity": "school"}, ("public", False)),
        ({"building": "yes", "shop": "bakery"}, ("commercial", False)),
        ({"building": "yes", "amenity": "parking"}, ("other", False)),
        ({"building": "hotel"}, ("commercial", False)),
        ({"building": "yes", "tourism": "hotel"}, ("commercial", False)),
        ({"building": "garage"}, ("other", False)),
        ({"building": "church"}, ("public", False)),
        ({"building": "yes", "building:use": "residential"}, ("residential", False)),
    ],
)
def test_use_from_tags(tags: dict[str, str], use: tuple[str, bool]) -> None:
    assert building_use(tags) == use


def test_nobody_lives_on_a_building_site() -> None:
    assert not may_be_home({"building": "construction"}, "residential")
    assert not may_be_home({"building": "office"}, "commercial")
    assert may_be_home({"building": "yes"}, "residential")


def test_wards_and_homes_in_them(tmp_path: Path) -> None:
    parts = imported(tmp_path, two_blocks(has_wards=True))
    assert parts.wards.names == ("West", "East")
    assert (parts.wards.area_m2 > 0).all()
    buildings = parts.buildings
    middle = (buildings.x_mm.min() + buildings.x_mm.max()) / 2
    assert (buildings.ward == (buildings.x_mm > middle)).all()
    assert buildings.is_home_eligible.all()
    ring = parts.wards.rings[0][0]
    assert (ring[0] == ring[-1]).all()
    x, y = ring[:-1].T
    assert (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() > 0  # anticlockwise


def test_homes_outside_wards_need_the_home_country(tmp_path: Path) -> None:
    sketch = two_blocks(has_wards=True)
    outside = 20 * STEP
    sketch.way(5000, square(sketch, 5000, outside, 0), {"building": "house", "addr:country": "MC"})
    sketch.way(5001, square(sketch, 5001, outside, 0), {"building": "house", "addr:country": "FR"})
    sketch.way(5002, square(sketch, 5002, outside, 0), {"building": "house"})
    sketch.way(5003, square(sketch, 5003, STEP, STEP), {"building": "house", "addr:country": "mc"})
    parts = imported(tmp_path, sketch)
    eligible = dict(
        zip(parts.buildings.building_id, parts.buildings.is_home_eligible.tolist(), strict=True)
    )
    assert parts.home_country == "MC"
    assert eligible["way/5000"]
    assert eligible["way/5003"]
    assert not eligible["way/5001"]
    assert not eligible["way/5002"]
    dropped = "homes outside complete wards and the home country"
    assert parts.report.number("dropped", dropped) == 2
    french = imported(tmp_path, sketch, home_country="FR")
    assert french.report.number("dropped", dropped) == 2


def test_an_incomplete_ward_is_dropped_by_name(tmp_path: Path) -> None:
    sketch = two_blocks(has_wards=True)
    sketch.elements = [text for text in sketch.elements if '<way id="80011"' not in text]
    parts = imported(tmp_path, sketch)
    assert parts.wards.names == ("West",)
    assert parts.report.dropped["wards whose boundary is incomplete"].examples == ["East"]


def test_the_level_of_wards_can_be_named(tmp_path: Path) -> None:
    assert len(imported(tmp_path, two_blocks(has_wards=True), ward_level="8").wards) == 0
    assert len(imported(tmp_path, two_blocks(has_wards=True), ward_level="10").wards) == 2


def test_without_wards_homes_are_everywhere(tmp_path: Path) -> None:
    parts = imported(tmp_path, two_blocks())
    assert (parts.buildings.ward == -1).all()
    assert parts.buildings.is_home_eligible.all()


def test_streets_of_buildings(tmp_path: Path) -> None:
    sketch = two_blocks()
    tags = {"building": "house", "addr:street": "Own Street"}
    sketch.way(5000, square(sketch, 5000, 0, 0), tags)
    sketch.way(5001, square(sketch, 5001, 0.1, 0.1), {"building": "house"})
    buildings = imported(tmp_path, sketch).buildings
    street = dict(zip(buildings.building_id, buildings.street, strict=True))
    assert street["way/5000"] == "Own Street"
    assert street["way/5001"] == ""
    assert street["way/10000"].startswith("West ")


def test_rings_join_in_any_direction() -> None:
    ways = {
        1: np.array([1, 2, 3]),
        2: np.array([5, 4, 3]),
        3: np.array([5, 1]),
        4: np.array([7, 8, 9, 7]),
    }
    rings = assemble_rings([1, 2, 3, 4], ways)
    assert rings is not None
    assert [ring.tolist() for ring in rings] == [[1, 2, 3, 4, 5, 1], [7, 8, 9, 7]]
    assert assemble_rings([1, 2], ways) is None
    assert assemble_rings([1, 99], ways) is None
    assert assemble_rings([], ways) == []


def test_facilities_of_nodes_ways_and_relations(tmp_path: Path) -> None:
    sketch = two_blocks()
    sketch.way(5000, square(sketch, 5000, 0, 0), {"amenity": "school", "name": "School <b>"})
    sketch.way(5001, square(sketch, 5001, 0, 0), {})
    tags = {"type": "multipolygon", "amenity": "hospital", "opening_hours": "24/7"}
    sketch.relation(6000, [(5001, "outer")], tags)
    sketch.way(5002, [1, 2, 3], {"amenity": "police"})
    parts = imported(tmp_path, sketch)
    found = {row.uid: row for row in parts.facilities}
    assert [row.service for row in parts.facilities] == sorted(
        row.service for row in parts.facilities
    )
    assert found[WEST_CLINIC].service == "primary_care"
    assert found[EAST_CLINIC].lon > found[WEST_CLINIC].lon
    assert found["osm/way/5000"].name == "School <b>"
    assert found["osm/way/5000"].lon == pytest.approx(LON + SIDE / 2, abs=1e-5)
    assert found["osm/relation/6000"].hours == "24/7"
    assert "osm/way/5002" not in found
    assert parts.report.number("dropped", "facilities whose outline is open or cut off") == 1


@pytest.mark.parametrize(
    ("tags", "services"),
    [
        ({"amenity": "doctors"}, ["primary_care"]),
        ({"amenity": "clinic", "healthcare": "clinic"}, ["primary_care"]),
        ({"amenity": "doctors;dentist"}, ["dentist", "primary_care"]),
        (
            {"amenity": "hospital", "emergency": "ambulance_station"},
            ["ambulance_station", "hospital"],
        ),
        ({"amenity": "bench"}, []),
        ({}, []),
    ],
)
def test_services_from_tags(tags: dict[str, str], services: list[str]) -> None:
    assert services_of(tags) == services


def test_shuffled_elements_give_the_same_parts(tmp_path: Path) -> None:
    from twin.network.storage import parts_digest

    sketch = two_blocks(has_wards=True)
    n_elements = len(sketch.elements)
    digests = set()
    for order in (
        range(n_elements),
        range(n_elements)[::-1],
        [(i * 7 + 3) % n_elements for i in range(n_elements)],
    ):
        assert sorted(order) == list(range(n_elements))
        digests.add(parts_digest(import_map(sketch.write(tmp_path / "map.osm", order))))
    assert len(digests) == 1


def test_a_boundary_of_very_many_ways_is_joined_in_no_time() -> None:
    n_ways = 20_000
    ways = {i: np.array([i, (i + 1) % n_ways]) for i in range(n_ways)}
    order = [(i * 7_919) % n_ways for i in range(n_ways)]
    rings = assemble_rings(order, ways)
    assert rings is not None
    assert len(rings) == 1
    assert rings[0].size == n_ways + 1
