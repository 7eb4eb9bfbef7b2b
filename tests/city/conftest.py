"""A hand-made city: four nodes on a square, three buildings, two wards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from twin.city.city import City
from twin.city.facilities import Facility

Numbers = Any


@dataclass(frozen=True)
class FlatStreets:
    """The few things that a city asks of its streets, on a flat earth."""

    node_lon_e7: Numbers
    node_lat_e7: Numbers
    digest: str = "streets"
    n_edges: int = 8

    @property
    def n_nodes(self) -> int:
        return len(self.node_lon_e7)

    def project(self, lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
        return np.asarray(lon) * 80e6, np.asarray(lat) * 111e6

    def nearest_nodes(self, x_mm: Numbers, y_mm: Numbers, mode: str) -> tuple[Numbers, Numbers]:
        assert mode == "walk"
        node_x, node_y = self.project(self.node_lon_e7 / 1e7, self.node_lat_e7 / 1e7)
        distances = np.hypot(x_mm[:, None] - node_x, y_mm[:, None] - node_y) / 1000.0
        return distances.argmin(axis=1), distances.min(axis=1)


@dataclass(frozen=True)
class SomeBuildings:
    building_id: tuple[str, ...]
    use: tuple[str, ...]
    floor_area_m2: Numbers
    ward: Numbers
    walk_node: Numbers
    country: tuple[str, ...]


@dataclass(frozen=True)
class SomeWards:
    names: tuple[str, ...]


def facility(uid: str, service: str = "primary_care", **values: object) -> Facility:
    defaults: dict[str, Any] = {
        "name": uid,
        "lon": 7.41,
        "lat": 43.73,
        "servers": None,
        "hours": None,
        "department": None,
        "tag": "sourced",
        "source": "OpenStreetMap",
    }
    return Facility(uid=uid, service=service, **(defaults | values))


@pytest.fixture
def make_facility() -> Callable[..., Facility]:
    return facility


@pytest.fixture
def city() -> City:
    return City(
        name="square",
        path=Path("maps/square"),
        graph=cast(
            "Any",
            FlatStreets(
                np.array([74_100_000, 74_100_000, 74_200_000, 74_200_000], dtype=np.int32),
                np.array([437_300_000, 437_400_000, 437_300_000, 437_400_000], dtype=np.int32),
            ),
        ),
        buildings=cast(
            "Any",
            SomeBuildings(
                building_id=("way/1", "way/2", "way/3"),
                use=("residential", "mixed", "public"),
                floor_area_m2=np.array([300.0, 500.0, 900.0]),
                ward=np.array([0, 1, 1], dtype=np.int16),
                walk_node=np.array([0, 1, 2], dtype=np.int32),
                country=("MC", "MC", ""),
            ),
        ),
        wards=cast("Any", SomeWards(("East", "West"))),
        facilities=(
            facility("osm/node/1"),
            facility("osm/node/2", name="Second", lon=7.42),
            facility("osm/node/1", "pharmacy"),
        ),
    )
