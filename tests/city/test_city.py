from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from twin.city.city import City, load_city, street_distances_m
from twin.city.facilities import Facility, FacilityRow
from twin.errors import InputError, InputErrors, MapError

MakeFacility = Callable[..., Facility]


def added(lon: float, lat: float, uid: str = "new") -> FacilityRow:
    return FacilityRow("add", uid, "primary_care", "clinics.csv:2", {"lon": lon, "lat": lat})


def test_more_facilities_make_a_new_city(city: City) -> None:
    more = city.with_facilities([added(7.415, 43.735)])
    assert [one.uid for one in more.facilities_of("primary_care")] == [
        "new",
        "osm/node/1",
        "osm/node/2",
    ]
    assert len(city.facilities) == 3
    assert more.digest != city.digest
    assert more.graph is city.graph


def test_a_facility_that_opens_later_can_be_brought(
    city: City, make_facility: MakeFacility
) -> None:
    later = make_facility("later", is_active=False, servers=2)
    assert city.with_facilities([later]).facility("later") == later


def test_digest_tells_cities_apart_by_what_a_run_reads(city: City) -> None:
    renamed = replace(city, facilities=(replace(city.facilities[0], name="X", source="y"),))
    alone = replace(city, facilities=city.facilities[:1])
    assert renamed.digest == alone.digest
    assert alone.digest != city.digest
    larger = replace(city.buildings, floor_area_m2=np.array([301.0, 500.0, 900.0]))
    assert replace(city, buildings=larger).digest != city.digest
    assert len(city.digest) == 32


@pytest.mark.parametrize(
    ("lon", "lat", "hint"),
    [
        (43.735, 7.415, "lon and lat look exchanged"),
        (7.415, 44.7, "lon first"),
        (-172.585, -43.735, "lon first"),
        (7.5, 43.735, "lon first"),
    ],
)
def test_a_facility_outside_the_map(city: City, lon: float, lat: float, hint: str) -> None:
    with pytest.raises(InputErrors) as caught:
        city.with_facilities([added(lon, lat)])
    (error,) = caught.value.errors
    assert error.where == "clinics.csv:2, columns `lon`, `lat`"
    assert "km away" in error.found
    assert hint in error.hint


def test_a_facility_just_outside_the_streets_is_taken(city: City) -> None:
    assert city.with_facilities([added(7.425, 43.745)]).facility("new").lon == 7.425


def test_distances_on_the_sphere(city: City) -> None:
    lon, lat = np.array([7.41, -172.59, 7.41]), np.array([43.73, -43.73, 44.74])
    near, opposite, north = street_distances_m(city.graph, lon, lat)
    assert near == pytest.approx(0.0, abs=1.0)
    assert opposite == pytest.approx(20_015_000, rel=1e-3)
    assert north == pytest.approx(111_195, rel=1e-3)


def test_asks_for_a_facility(city: City) -> None:
    assert city.facility("osm/node/2").name == "Second"
    with pytest.raises(InputError, match="did you mean `osm/node/2`"):
        city.facility("osm/nod/2", where="interventions[0].facility")


def test_prints_itself(city: City) -> None:
    assert repr(city).splitlines() == [
        "City square",
        "├── streets: 4 nodes, 8 edges",
        "├── buildings: 3 in 2 wards",
        "└── facilities: 3 (pharmacy, primary_care)",
    ]


def test_a_missing_map(tmp_path: Path) -> None:
    (tmp_path / "monaco").mkdir()
    (tmp_path / "monaco" / "map.json").write_text("{}")
    with pytest.raises(MapError) as caught:
        load_city(tmp_path / "monacco")
    assert caught.value.where == str(tmp_path / "monacco")
    assert caught.value.found == "no such map"
    assert "twin map build" in caught.value.expected
    assert "there are monaco" in caught.value.expected
    assert caught.value.hint == "did you mean `monaco`?"


def test_what_is_no_map_folder(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(MapError, match="a file, not a map folder"):
        load_city(tmp_path / "notes.txt")
    with pytest.raises(MapError, match=r"a folder without map\.json"):
        load_city(tmp_path)
