"""A city of four streets that needs no map, and scenario files written on the spot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from twin.city.city import City
from twin.city.facilities import Facility
from twin.network.features import Buildings, Wards
from twin.scenario.document import Scenario
from twin.scenario.load import load_scenario

HEAD = """\
name = "town"
map  = "map"

[run]
start = 2024-01-10
days  = 14

[population]
residents = 1000

[[services]]
id             = "clinic"
needs_per_year = 3.0
service_time   = {distribution = "exponential", mean_s = 600}
"""

Write = Callable[..., Path]


@dataclass(frozen=True)
class FewStreets:
    """What a scenario asks of the streets."""

    names: tuple[str, ...] = ("High Street", "Mill Lane")
    n_nodes: int = 4
    n_edges: int = 8

    def ways_named(self, name: str) -> list[int]:
        return {"High Street": [12, 11], "Mill Lane": [20]}.get(name, [])

    def edges_of_way(self, way: int) -> Any:
        return np.arange(2 if way in (11, 12, 20) else 0)

    def project(self, lon: Any, lat: Any) -> tuple[Any, Any]:
        return np.asarray(lon) * 80e6, np.asarray(lat) * 111e6

    def nearest_nodes(self, x_mm: Any, y_mm: Any, mode: str = "walk") -> tuple[Any, Any]:
        assert mode == "walk"
        distance = np.hypot(x_mm - 7.4 * 80e6, y_mm - 43.7 * 111e6) / 1000.0
        return np.zeros(len(distance), dtype=np.int64), distance

    @property
    def node_lon_e7(self) -> Any:
        return np.array([74_000_000])

    @property
    def node_lat_e7(self) -> Any:
        return np.array([437_000_000])


def facility(uid: str, service: str = "clinic", **values: object) -> Facility:
    defaults: dict[str, Any] = {
        "name": uid,
        "lon": 7.4,
        "lat": 43.7,
        "servers": 2,
        "hours": "Mo-Fr 08:00-12:00",
        "department": None,
        "tag": "sourced",
        "source": "a test",
    }
    return Facility(uid=uid, service=service, **(defaults | values))


def one_house() -> Buildings:
    """A building that somebody can live in."""
    return Buildings(
        building_id=("way/1",),
        x_mm=np.zeros(1, dtype=np.int64),
        y_mm=np.zeros(1, dtype=np.int64),
        footprint_m2=np.full(1, 100.0),
        levels=np.ones(1, dtype=np.int16),
        is_levels_imputed=np.zeros(1, dtype=np.bool_),
        use=("residential",),
        is_use_assumed=np.zeros(1, dtype=np.bool_),
        floor_area_m2=np.full(1, 100.0),
        ward=np.zeros(1, dtype=np.int16),
        walk_node=np.zeros(1, dtype=np.int32),
        country=("",),
        street=("",),
        is_home_eligible=np.ones(1, dtype=np.bool_),
    )


@pytest.fixture
def city() -> City:
    rows = [
        facility("north"),
        facility("south", servers=None, hours=None),
        facility("house"),
        facility("house", "dentist"),
    ]
    return City(
        name="town",
        path=Path("map"),
        graph=cast("Any", FewStreets()),
        buildings=one_house(),
        wards=Wards(("Town",), np.array([1]), np.ones(1), ((np.zeros((4, 2), np.int64),),)),
        facilities=tuple(sorted(rows, key=lambda row: (row.service, row.uid))),
    )


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file below the working folder, so that messages show short paths."""
    monkeypatch.chdir(tmp_path)

    def written(text: str, name: str = "town.toml") -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def load(write: Write) -> Callable[..., Scenario]:
    """Load the small scenario with more lines at its end."""

    def loaded(more: str = "", *overrides: str) -> Scenario:
        return load_scenario(write(HEAD + more), overrides)

    return loaded
