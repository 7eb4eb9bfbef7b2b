"""Maps without buildings are common: people then live along residential streets."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.osm_xml import LAT, LON, STEP, Sketch, grid
from tests.fixtures.two_blocks import build_two_blocks
from twin.city.city import City, load_city
from twin.errors import InputError
from twin.network.features import Buildings
from twin.network.map_import import import_map
from twin.network.modes import HIGHWAY_CLASSES
from twin.network.wards import wards_at
from twin.population.homes import homes_of
from twin.population.settings import PopulationSettings
from twin.population.synthesis import build_residents

MANY = PopulationSettings(seed=7, residents=20_000)


def city_of(sketch: Sketch, folder: Path, order: list[int] | None = None) -> City:
    parts = import_map(sketch.write(folder / "a.osm", order), name="bare")
    return City("bare", folder, parts.graph, parts.buildings, parts.wards, ())


def three_streets() -> Sketch:
    """A residential street of 1 and of 3 steps, and a long road between them."""
    sketch = Sketch()
    for number, step in enumerate((0, 1, 11, 14), start=1):
        sketch.node(number, LON + step * STEP, LAT)
    sketch.way(1, [1, 2], {"highway": "residential"})
    sketch.way(2, [2, 3], {"highway": "secondary"})
    sketch.way(3, [3, 4], {"highway": "residential"})
    return sketch


def test_homes_are_proportional_to_the_length_of_residential_streets(tmp_path: Path) -> None:
    city = city_of(three_streets(), tmp_path)
    homes = homes_of(city, MANY)
    assert "along residential streets" in homes.note
    residents = build_residents(city, MANY)
    assert np.all(residents.building == -1)
    assert np.all(residents.zone == -1)
    heads = np.unique(residents.household, return_index=True)[1]
    counts = np.bincount(residents.home_node[heads], minlength=4) / heads.size
    by_id = dict(zip(city.graph.node_id.tolist(), counts, strict=True))
    # Half of a street's households live at either end of it.
    for node, share in ((1, 1 / 8), (2, 1 / 8), (3, 3 / 8), (4, 3 / 8)):
        assert by_id[node] == pytest.approx(share, abs=0.02), node


def test_order_of_the_file_moves_nobody(tmp_path: Path) -> None:
    sketch = three_streets()
    last_first = list(range(len(sketch.elements)))[::-1]
    (tmp_path / "other").mkdir()
    one = build_residents(city_of(sketch, tmp_path), MANY)
    other = build_residents(city_of(sketch, tmp_path / "other", last_first), MANY)
    for each in fields(one):
        assert np.array_equal(one.column(each.name), other.column(each.name)), each.name


def test_all_walked_streets_serve_where_none_is_residential(tmp_path: Path) -> None:
    city = city_of(grid(highway="unclassified"), tmp_path)
    homes = homes_of(city, MANY)
    assert "none is residential" in homes.note
    assert homes.node.size == 9


def without_buildings(city: City) -> City:
    kept = {each.name: getattr(city.buildings, each.name)[:0] for each in fields(Buildings)}
    return replace(city, buildings=Buildings(**kept))


def test_streets_outside_the_wards_are_a_neighbours(tmp_path: Path) -> None:
    from twin.city.city import load_city

    city = load_city(build_two_blocks(tmp_path, has_wards=True))
    assert homes_of(city, MANY).note == ""
    homes = homes_of(without_buildings(city), MANY)
    assert set(homes.zone.tolist()) == {0, 1}
    east_only = replace(
        city.wards,
        names=("East",),
        osm_id=city.wards.osm_id[1:],
        area_m2=city.wards.area_m2[1:],
        rings=city.wards.rings[1:],
    )
    fewer = homes_of(without_buildings(replace(city, wards=east_only)), MANY)
    assert set(fewer.node.tolist()) == set(homes.node[homes.zone == 1].tolist())


def with_people(city: City, people: list[int]) -> City:
    return replace(city, wards=replace(city.wards, population=np.array(people, np.int64)))


def share_by_ward(city: City) -> dict[int, float]:
    residents = build_residents(city, MANY)
    zones, counts = np.unique(residents.zone, return_counts=True)
    return dict(zip(zones.tolist(), (counts / counts.sum()).tolist(), strict=True))


def test_wards_with_people_share_homes_by_them(tmp_path: Path) -> None:
    from twin.city.city import load_city

    city = load_city(build_two_blocks(tmp_path, has_wards=True))
    for one in (city, without_buildings(city)):
        told = with_people(one, [300, 100])
        share = share_by_ward(told)
        assert share[0] == pytest.approx(0.75, abs=0.02)
        assert share[1] == pytest.approx(0.25, abs=0.02)
        assert "in proportion to their population" in homes_of(told, MANY).note
        # Within a ward homes keep their weights.
        before, after = homes_of(one, MANY), homes_of(told, MANY)
        west = after.zone == 0
        ratio = after.weight[west] / before.weight[west]
        assert np.allclose(ratio, ratio[0])
        # Nobody knows: as without a population.
        nobody = homes_of(with_people(one, [0, 0]), MANY)
        assert np.array_equal(nobody.weight, before.weight)


def test_a_ward_without_a_residential_street_is_lived_in_along_others(tmp_path: Path) -> None:
    from twin.city.city import load_city

    city = without_buildings(load_city(build_two_blocks(tmp_path, has_wards=True)))
    graph = city.graph
    zone = wards_at(city.wards, graph.node_x_mm, graph.node_y_mm)
    classes = graph.edge_class.copy()
    classes[zone[graph.edge_source] == 1] = HIGHWAY_CLASSES.index("secondary")
    city = replace(city, graph=replace(graph, edge_class=classes))
    assert share_by_ward(with_people(city, [300, 100]))[1] == pytest.approx(0.25, abs=0.02)


def test_a_ward_without_any_street_gets_nobody_and_is_told(tmp_path: Path) -> None:
    from twin.city.city import load_city

    city = without_buildings(load_city(build_two_blocks(tmp_path, has_wards=True)))
    wards = city.wards
    far = replace(
        wards,
        names=(*wards.names, "Far"),
        osm_id=np.append(wards.osm_id, 99),
        area_m2=np.append(wards.area_m2, 1.0),
        rings=(*wards.rings, (wards.rings[0][0] + 10_000_000,)),
    )
    told = with_people(replace(city, wards=far), [300, 100, 40])
    assert set(share_by_ward(told)) == {0, 1}
    assert "1 with 40 residents have no place to live" in homes_of(told, MANY).note


def test_wards_are_found_again_from_their_rings(tmp_path: Path) -> None:
    from twin.city.city import load_city

    city = load_city(build_two_blocks(tmp_path, has_wards=True))
    found = wards_at(city.wards, city.buildings.x_mm, city.buildings.y_mm)
    assert np.array_equal(found, city.buildings.ward)
    (ring,) = city.wards.rings[0]
    middle = ring[:-1].mean(axis=0)
    hole = np.rint(middle + (ring - middle) / 2).astype(np.int64)[::-1]
    with_hole = replace(city.wards, rings=((ring, hole), *city.wards.rings[1:]))
    x_mm, y_mm = np.rint(middle).astype(np.int64)[:, None]
    assert wards_at(city.wards, x_mm, y_mm).tolist() == [0]
    assert wards_at(with_hole, x_mm, y_mm).tolist() == [-1]


def test_shares_that_leave_no_building_are_an_error(city: City) -> None:
    settings = MANY.model_copy(update={"residential_share": {}})
    with pytest.raises(InputError, match="none of 5 buildings can be a home"):
        build_residents(city, settings)


def test_a_few_landmarks_are_not_where_all_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Porto's extract tells 11 buildings beside 70,473 nodes, one of them a home."""
    town = load_city(build_two_blocks(tmp_path))
    assert (homes_of(town, MANY).building >= 0).all()
    n = len(town.buildings) / town.graph.n_nodes
    monkeypatch.setattr("twin.city.city.BUILDINGS_PER_NODE", 1.01 * n)
    homes = homes_of(town, MANY)
    assert (homes.building == -1).all()
    assert "hardly any building" in homes.note


def test_nowhere_to_live(tmp_path: Path) -> None:
    bare = city_of(grid(), tmp_path)
    roads = replace(bare.graph, edge_modes=np.full(bare.graph.n_edges, 4, dtype=np.uint8))
    with pytest.raises(InputError, match="no street can be walked"):
        homes_of(replace(bare, graph=roads), MANY)
