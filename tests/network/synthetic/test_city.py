"""Synthetic cities as a whole: the same bits, room for everyone, services near them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fixtures.synthetic_towns import CITY, TOWN, designed, made
from twin.city.city import load_city
from twin.network.facts import map_facts
from twin.network.import_report import RESIDENTS
from twin.network.map_parts import MapParts
from twin.network.storage import parts_digest, read_manifest, read_map, write_map
from twin.network.synthetic.city import synthetic_map
from twin.network.synthetic.land_use import GREEN, USE_NAMES
from twin.network.synthetic.request import CityRequest
from twin.network.synthetic.standards import (
    HOME_FLOOR_M2,
    LAND_SHARE,
    MAX_LEVELS,
    MIXED_HOME_SHARE,
    STANDARDS,
)
from twin.network.wards import wards_at
from twin.population.settings import PopulationSettings
from twin.population.synthesis import build_residents

BOTH = pytest.mark.parametrize("request_", [TOWN, CITY])


def home_floor_m2(parts: MapParts) -> np.ndarray:
    buildings = parts.buildings
    share = {"residential": 1.0, "mixed": MIXED_HOME_SHARE}
    shares = np.array([share.get(use, 0.0) for use in buildings.use])
    return np.where(buildings.is_home_eligible, shares * buildings.floor_area_m2, 0.0)


# The same on every machine and with every version of the libraries: whoever changes these
# digests gives all synthetic cities another shape (a Regression line in the changelog).
GOLDEN = {
    TOWN: "b9b275a4a32c317d3244fda516d69c8432521162c1dd22cb8fa3ffca2389b084",
    CITY: "93ab9ec1b7e18f70057412966d21a9555ac9c3b717a2f3d1a6326fe3caf39ba4",
}


@BOTH
def test_the_digest_is_the_same_everywhere(request_: CityRequest) -> None:
    assert parts_digest(made(request_)) == GOLDEN[request_]


def test_one_request_is_one_city_and_another_seed_another() -> None:
    assert parts_digest(synthetic_map(TOWN)) == parts_digest(made(TOWN))
    other = synthetic_map(replace(TOWN, seed=2))
    assert parts_digest(other) != parts_digest(made(TOWN))
    assert other.source != made(TOWN).source
    assert other.source_sha256 != made(TOWN).source_sha256


def test_the_name_is_no_part_of_the_city() -> None:
    named = synthetic_map(replace(TOWN, name="Newtown"))
    assert named.name == "Newtown"
    assert parts_digest(named) == parts_digest(made(TOWN))


def test_a_map_comes_back_from_its_folder(tmp_path: Path) -> None:
    write_map(tmp_path / "town", made(TOWN))
    read = read_map(tmp_path / "town")
    assert parts_digest(read) == parts_digest(made(TOWN))
    assert read.is_synthetic
    assert read.report.number("kept", RESIDENTS) == TOWN.residents
    manifest = read_manifest(tmp_path / "town")
    assert "no real place" in manifest["attribution"]
    assert manifest["source"]["file"].startswith("twin map synth --area-km2 4 ")
    assert "no real place" in map_facts(read)["attribution"]


def test_a_run_is_told_that_nothing_is_real(tmp_path: Path) -> None:
    write_map(tmp_path / "town", made(TOWN))
    city = load_city(tmp_path / "town")
    assert any("Synthetic city" in note and "town" in note for note in city.notes)
    assert {one.tag for one in city.facilities} == {"assumed"}
    assert {one.source for one in city.facilities} == {"synthetic map"}
    doctors = [one.servers for one in city.facilities_of("primary_care")]
    assert sorted(doctors) == [4, 4, 8]  # type: ignore[type-var]
    assert {one.servers for one in city.facilities_of("pharmacy")} == {None}


@BOTH
def test_the_area_is_the_one_asked_for(request_: CityRequest) -> None:
    area = made(request_).wards.area_m2.sum() / 1e6
    assert area == pytest.approx(request_.area_km2, rel=0.005)


@BOTH
def test_homes_have_room_for_the_residents(request_: CityRequest) -> None:
    parts = made(request_)
    floor = home_floor_m2(parts)
    assert request_.residents * HOME_FLOOR_M2 <= floor.sum()
    assert floor.sum() <= request_.residents * HOME_FLOOR_M2 * 1.01
    levels = parts.buildings.levels
    assert levels.min() >= 1
    assert levels.max() <= MAX_LEVELS
    footprint = parts.buildings.footprint_m2
    assert parts.buildings.floor_area_m2 == pytest.approx(footprint * levels, abs=0.1)
    assert 30.0 <= np.median(footprint) <= 2_000.0


def test_the_population_lives_there(tmp_path: Path) -> None:
    write_map(tmp_path / "town", made(TOWN))
    residents = build_residents(
        load_city(tmp_path / "town"), PopulationSettings(residents=TOWN.residents)
    )
    floor = home_floor_m2(made(TOWN))
    assert (residents.building >= 0).all()
    assert (residents.zone >= 0).all()
    by_ward = np.bincount(residents.zone, minlength=TOWN.grids) / TOWN.residents
    expected = np.bincount(made(TOWN).buildings.ward, weights=floor) / floor.sum()
    assert by_ward == pytest.approx(expected, abs=0.02)


@BOTH
def test_density_falls_from_the_centre(request_: CityRequest) -> None:
    design = designed(request_)
    far = design.cells.far[design.blocks.cell]
    area = design.blocks.area_m2

    def density(chosen: np.ndarray) -> float:
        return float(design.people[chosen].sum() / area[chosen].sum())

    assert density(far < 0.5) > 1.4 * density(far > 0.8)


def test_land_uses_lie_within_the_bands_of_the_standard() -> None:
    # A city of 265 km2, as its bands are for cities and not for a town's few superblocks.
    request = CityRequest(265.15, 2_300_000, 86)
    blocks = designed(request).blocks
    total = request.area_km2 * 1e6
    share = {
        name: blocks.area_m2[blocks.use == use].sum() / total for use, name in enumerate(USE_NAMES)
    }
    share["streets"] = 1.0 - blocks.area_m2.sum() / total
    for name, (low, high) in LAND_SHARE.items():
        assert low - 0.01 <= share[name] <= high + 0.01, name
    assert (blocks.floor_m2[blocks.use == GREEN] == 0).all()


@BOTH
def test_every_building_lies_in_its_grid_and_in_no_other(request_: CityRequest) -> None:
    parts = made(request_)
    buildings, wards = parts.buildings, parts.wards
    assert (wards_at(wards, buildings.x_mm, buildings.y_mm) == buildings.ward).all()
    points = shapely.points(buildings.x_mm, buildings.y_mm)
    n_wards = sum(
        shapely.covers(shapely.Polygon(rings[0], rings[1:]), points) for rings in wards.rings
    )
    assert (n_wards == 1).all()


@BOTH
def test_grids_tile_the_city(request_: CityRequest) -> None:
    wards = made(request_).wards
    polygons = [
        shapely.Polygon(rings[0] / 1000, [r / 1000 for r in rings[1:]]) for rings in wards.rings
    ]
    assert all(polygon.is_valid for polygon in polygons)
    areas = shapely.area(polygons)
    assert areas == pytest.approx(wards.area_m2, abs=0.1)
    whole = shapely.union_all(polygons)
    assert whole.area == pytest.approx(areas.sum(), rel=1e-9)
    assert whole.geom_type == "Polygon"
    for rings in wards.rings:
        assert (rings[0][0] == rings[0][-1]).all()
        assert shapely.is_ccw(shapely.LinearRing(rings[0]))
        assert not any(shapely.is_ccw(shapely.LinearRing(ring)) for ring in rings[1:])


def test_grids_are_named_in_their_districts_and_of_like_size() -> None:
    request = CityRequest(265.15, 2_300_000, 86)
    design = designed(request)
    names = design.grids.names
    assert len(set(names)) == 86
    assert Counter(name.split(",")[0] for name in names) == {
        "District 1": 18, "District 2": 17, "District 3": 17, "District 4": 17, "District 5": 17,
    }  # fmt: skip
    grid = design.grids.of_cell[design.cells.i, design.cells.j][design.blocks.cell]
    people = np.bincount(grid, weights=design.people)
    assert people.max() < 1.5 * people.mean()
    assert people.min() > 0.5 * people.mean()


@BOTH
def test_services_meet_the_standards(request_: CityRequest) -> None:
    parts = made(request_)
    by_kind = Counter(row.uid.split("/")[1] for row in parts.facilities)
    for standard in STANDARDS:
        found = by_kind[standard.kind.lower().replace(" ", "_")]
        if standard.residents:
            assert found >= int(request_.residents / standard.residents), standard.kind
            assert found <= max(4, 4 * request_.residents / standard.residents), standard.kind
        if standard.km2:
            assert request_.area_km2 / found <= standard.km2, standard.kind
        assert found >= 1, standard.kind
    services = {row.service for row in parts.facilities}
    assert {"primary_care", "hospital", "pharmacy", "school", "kindergarten"} <= services
    assert {"police", "fire_station", "ambulance_station", "government_hall"} <= services
    assert len({(row.uid, row.service) for row in parts.facilities}) == len(parts.facilities)


@BOTH
def test_coverage_is_what_the_report_says(request_: CityRequest) -> None:
    parts = made(request_)
    floor, graph = home_floor_m2(parts), parts.graph
    for service, radius_m, least in (
        ("primary_care", 1_000, 0.9),
        ("pharmacy", 500, 0.8),
        ("school", 1_000, 0.8),
        ("fire_station", 3_000, 0.95),
        ("hospital", 5_000, 0.95),
    ):
        rows = [row for row in parts.facilities if row.service == service]
        x_mm, y_mm = graph.project([row.lon for row in rows], [row.lat for row in rows])
        sites = shapely.union_all(shapely.points(x_mm / 1000, y_mm / 1000))
        homes = shapely.points(parts.buildings.x_mm / 1000, parts.buildings.y_mm / 1000)
        near = shapely.distance(homes, sites) <= radius_m
        assert floor[near].sum() / floor.sum() >= least, service


def test_facilities_stand_in_the_city() -> None:
    parts = made(CITY)
    x_mm, y_mm = parts.graph.project(
        [row.lon for row in parts.facilities], [row.lat for row in parts.facilities]
    )
    # Bus stops stand on streets, which are borders of grids.
    is_stop = np.array([row.service == "bus_stop" for row in parts.facilities])
    assert (wards_at(parts.wards, x_mm, y_mm)[~is_stop] >= 0).all()
    assert parts.graph.nearest_nodes(x_mm, y_mm)[1].max() < 300.0


def test_the_report_tags_what_is_assumed_and_names_the_sea() -> None:
    kept = made(TOWN).report.to_dict()["kept"]
    words = " ".join(text for row in kept.values() for text in row["examples"])
    assert "(assumed)" in words
    assert "sourced" in words
    assert "Point Nemo" in words
    assert kept["standard: Fire Station"]["count"] == 1


@given(
    area=st.floats(0.1, 6.0),
    density=st.integers(1, 30_000),
    seed=st.integers(0, 2**64 - 1),
    lon=st.floats(-177.0, 177.0),
    lat=st.floats(-75.0, 75.0),
)
@example(area=2.0, density=32, seed=0, lon=0.0, lat=0.0)  # homes of a few square metres
@settings(max_examples=12)
def test_any_town_is_sound(area: float, density: int, seed: int, lon: float, lat: float) -> None:
    residents = max(1, int(area * density))
    request = CityRequest(area, residents, 1, seed=seed, lon=lon, lat=lat)
    parts = synthetic_map(request)
    buildings, graph = parts.buildings, parts.graph
    assert home_floor_m2(parts).sum() >= residents * HOME_FLOOR_M2 * 0.999999
    assert (buildings.walk_node >= 0).all()
    assert (wards_at(parts.wards, buildings.x_mm, buildings.y_mm) == 0).all()
    assert graph.is_in_component.any(axis=1).all()
    # UTM stretches areas by up to 0.2 % at the edge of a zone; a tiny town has few corners.
    assert parts.wards.area_m2.sum() / 1e6 == pytest.approx(area, rel=0.03)
    assert (graph.car_access_ms >= 0).all()


@pytest.mark.parametrize(
    ("area", "residents", "grids"), [(0.5, 200, 1), (0.1, 1, 1), (60.0, 5, 3), (0.7, 40_000, 2)]
)
def test_the_ends_of_the_scale(area: float, residents: int, grids: int) -> None:
    parts = synthetic_map(CityRequest(area, residents, grids))
    assert len(parts.wards) == grids
    assert home_floor_m2(parts).sum() >= residents * HOME_FLOOR_M2
    assert parts.report.number("kept", RESIDENTS) == residents


def test_size_grows_with_the_area_and_not_faster() -> None:
    nodes = [made(one).graph.n_nodes / one.area_km2 for one in (TOWN, CITY)]
    assert nodes[1] == pytest.approx(nodes[0], rel=0.35)
    cells = [len(designed(one).cells) / one.area_km2 for one in (TOWN, CITY)]
    assert cells[1] == pytest.approx(cells[0], rel=0.35)


@pytest.mark.slow
def test_a_large_city() -> None:
    request = CityRequest(1_000.0, 10_000_000, 500)
    parts = synthetic_map(request)
    assert len(parts.wards) == 500
    assert home_floor_m2(parts).sum() >= request.residents * HOME_FLOOR_M2
    assert (wards_at(parts.wards, parts.buildings.x_mm, parts.buildings.y_mm)
            == parts.buildings.ward).all()  # fmt: skip
    assert min(parts.graph.component_share) > 0.9
