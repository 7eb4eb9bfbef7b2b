"""What no city can be is refused at once, with what would be right."""

from __future__ import annotations

import math

import pytest

from tests.fixtures.synthetic_towns import TOWN
from twin.errors import InputErrors, MapError
from twin.network.synthetic.city import design_city
from twin.network.synthetic.request import CityRequest


@pytest.mark.parametrize(
    ("request_", "where", "expected"),
    [
        (CityRequest(0.0, 100, 1), "--area-km2", "0.1 to 5,000.0"),
        (CityRequest(math.nan, 100, 1), "--area-km2", "0.1 to 5,000.0"),
        (CityRequest(math.inf, 100, 1), "--area-km2", "0.1 to 5,000.0"),
        (CityRequest(-1.0, 100, 1), "--area-km2", "0.1 to 5,000.0"),
        (CityRequest(1.0, 0, 1), "--residents", "1 to 50,000,000"),
        (CityRequest(1.0, 10**9, 1), "--residents", "1 to 50,000,000"),
        (CityRequest(1.0, 100, 0), "--grids", "1 to 30,000"),
        (CityRequest(1.0, 100, 1, seed=-1), "--seed", "0 to 18,446,744,073,709,551,615"),
        (CityRequest(1.0, 100, 1, seed=2**64), "--seed", "0 to 18,446,744,073,709,551,615"),
        (CityRequest(1.0, 100, 1, lon=200.0), "--lon", "-177.0 to 177.0"),
        (CityRequest(1.0, 100, 1, lat=-80.0), "--lat", "-75.0 to 75.0"),
        (CityRequest(1.0, 100, 2, districts=3), "--districts", "no more than there are grids"),
        (CityRequest(1.0, 100, 2, districts=0), "--districts", "at least 1"),
    ],
)
def test_out_of_range(request_: CityRequest, where: str, expected: str) -> None:
    with pytest.raises(InputErrors) as caught:
        design_city(request_)
    (error,) = caught.value.errors
    assert error.where == where
    assert expected in error.expected
    assert error.hint


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(InputErrors) as caught:
        CityRequest(0.0, 0, 0, seed=-1, districts=5, lon=500.0, lat=500.0).check()
    assert len(caught.value.errors) == 7


def test_more_residents_than_towers_hold() -> None:
    with pytest.raises(MapError, match="40 storeys") as caught:
        design_city(CityRequest(1.0, 1_000_000, 1))
    assert caught.value.where == "--residents"
    room = int(caught.value.expected.split()[2].strip(":").replace(",", ""))
    assert design_city(CityRequest(1.0, room, 1)).people.sum() == pytest.approx(room, rel=0.01)
    with pytest.raises(MapError):
        design_city(CityRequest(1.0, int(room * 1.001) + 2, 1))


def test_more_grids_than_superblocks() -> None:
    with pytest.raises(MapError, match="whole superblocks") as caught:
        design_city(CityRequest(1.0, 1_000, 1_000))
    assert caught.value.where == "--grids"
    most = int(caught.value.expected.split()[2])
    assert len(design_city(CityRequest(1.0, 1_000, most)).grids.names) == most
    with pytest.raises(MapError):
        design_city(CityRequest(1.0, 1_000, most + 1))


def test_the_words_make_the_same_city_again() -> None:
    words = TOWN.words.split()
    given = dict(zip(words[3::2], words[4::2], strict=True))
    again = CityRequest(
        area_km2=float(given["--area-km2"]),
        residents=int(given["--residents"]),
        grids=int(given["--grids"]),
        seed=int(given["--seed"]),
        districts=int(given["--districts"]),
        lon=float(given["--lon"]),
        lat=float(given["--lat"]),
    )
    assert again == TOWN
    assert CityRequest(265.0, 2_300_000, 86).n_districts == 5
    assert CityRequest(1.0, 100, 1).n_districts == 1
