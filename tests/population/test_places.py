"""Where one may go: floor area by use, streets where there are no buildings, facilities."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from tests.fixtures.osm_xml import Sketch, grid
from tests.fixtures.worlds import monaco
from twin.city.city import City
from twin.errors import InputError
from twin.network.map_import import import_map
from twin.network.modes import WALK
from twin.population.places import facility_places, floor_places
from twin.streams import checked_uids


def bare(sketch: Sketch, folder) -> City:
    parts = import_map(sketch.write(folder / "a.osm"), name="bare")
    return City("bare", folder, parts.graph, parts.buildings, parts.wards, ())


def test_weights_are_floor_area_times_use():
    city, weight = monaco(), {"commercial": 2.0, "public": 0.5}
    places = floor_places(city, weight, what="shops")
    assert places.note == ""
    assert (np.diff(places.node) > 0).all()
    expected: dict[int, float] = {}
    buildings = city.buildings
    for node, use, area in zip(
        buildings.walk_node.tolist(), buildings.use, buildings.floor_area_m2.tolist(), strict=True
    ):
        if node >= 0 and weight.get(use, 0.0) * area > 0:
            expected[node] = expected.get(node, 0.0) + weight[use] * area
    assert dict(zip(places.node.tolist(), places.weight.tolist(), strict=True)) == pytest.approx(
        expected
    )


def test_without_buildings_places_stand_along_busy_streets(tmp_path):
    sketch = grid()
    sketch.way(900, [1, 5], {"highway": "tertiary"})
    city = bare(sketch, tmp_path)
    places = floor_places(city, {"commercial": 1.0}, what="shops")
    assert "map bare has no or too few buildings with room for shops" in places.note
    assert "they stand along busy streets" in places.note
    ends = {int(np.flatnonzero(city.graph.node_id == node)[0]) for node in (1, 5)}
    assert set(places.node.tolist()) == ends
    assert places.weight[0] == pytest.approx(places.weight[1])


def test_without_busy_streets_along_all(tmp_path):
    city = bare(grid(), tmp_path)
    places = floor_places(city, {"commercial": 1.0}, what="workplaces")
    assert "along all streets, in proportion to their length (assumed)" in places.note
    assert len(places) == city.graph.n_nodes
    assert city.graph.is_in_component[WALK][places.node].all()
    # The middle of a grid has four streets, a corner two.
    assert places.weight.max() == pytest.approx(2 * places.weight.min(), rel=0.02)


def test_a_few_landmarks_are_not_the_buildings_of_a_town(tmp_path):
    buildings = monaco().buildings
    city = bare(grid(8, 8), tmp_path)
    first = slice(0, 3)
    few = replace(
        buildings,
        **{one.name: getattr(buildings, one.name)[first] for one in fields(buildings)},
    )
    few = replace(few, use=("commercial",) * 3, walk_node=np.zeros(3, np.int32))
    places = floor_places(replace(city, buildings=few), {"commercial": 1.0}, what="shops")
    assert len(places) == city.graph.n_nodes
    assert "too few buildings" in places.note


def test_facilities_by_number_and_only_those_that_are_open():
    city = monaco()
    node, uid = facility_places(city, ("school", "kindergarten"), where="here")
    rows = [f for f in city.facilities if f.service in ("school", "kindergarten")]
    assert uid.size == len({f.uid for f in rows}) > 5
    assert (np.diff(uid.astype(np.int64)) > 0).all()
    assert sorted(checked_uids([f.uid for f in rows], where="x").values()) == uid.tolist()
    assert (node >= 0).all()
    later = replace(rows[0], uid="new", is_active=False)
    same = facility_places(
        replace(city, facilities=(*city.facilities, later)), ("school", "kindergarten"), where="x"
    )
    np.testing.assert_array_equal(same[1], uid)


def test_no_such_facilities():
    node, uid = facility_places(monaco(), ("university_of_nowhere",), where="here")
    assert node.size == uid.size == 0


def test_two_ids_of_one_number_are_refused(monkeypatch):
    def collide(names, where):
        raise InputError(where, f"{names[0]} and {names[1]} share a number")

    monkeypatch.setattr("twin.population.places.checked_uids", collide)
    with pytest.raises(InputError, match="share a number"):
        facility_places(monaco(), ("school",), where="map monaco")
