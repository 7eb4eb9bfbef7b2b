"""A hand-made city of three homes, a school and a neighbour's house."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from twin.city.city import City
from twin.network.features import Buildings, Wards
from twin.population.residents import Residents
from twin.population.settings import PopulationSettings
from twin.population.synthesis import build_residents


def buildings(floor_area_m2: tuple[float, ...] = (300.0, 500.0, 100.0, 900.0, 800.0)) -> Buildings:
    n = 5
    return Buildings(
        building_id=tuple(f"way/{row}" for row in range(n)),
        x_mm=np.arange(n, dtype=np.int64),
        y_mm=np.arange(n, dtype=np.int64),
        footprint_m2=np.full(n, 100.0),
        levels=np.ones(n, dtype=np.int16),
        is_levels_imputed=np.zeros(n, dtype=np.bool_),
        use=("residential", "mixed", "residential", "public", "residential"),
        is_use_assumed=np.zeros(n, dtype=np.bool_),
        floor_area_m2=np.array(floor_area_m2),
        ward=np.array([0, 1, -1, 1, -1], dtype=np.int16),
        walk_node=np.array([4, 3, 2, 1, 0], dtype=np.int32),
        country=("MC", "MC", "MC", "MC", "FR"),
        street=("",) * n,
        is_home_eligible=np.array([True, True, True, False, False]),
    )


@pytest.fixture(scope="session")
def city() -> City:
    wards = Wards(
        names=("East", "West"),
        osm_id=np.array([1, 2], dtype=np.int64),
        area_m2=np.array([1.0, 1.0]),
        rings=((), ()),
    )
    # Residents need no streets but the nodes that buildings name, and how many there are.
    streets = SimpleNamespace(n_nodes=5)
    return City("toy", Path("maps/toy"), cast("Any", streets), buildings(), wards, ())


@pytest.fixture(scope="session")
def settings() -> PopulationSettings:
    return PopulationSettings(seed=7, residents=20_000)


@pytest.fixture
def residents(city: City, settings: PopulationSettings) -> Residents:
    return build_residents(city, settings)


@pytest.fixture
def few(city: City) -> Residents:
    return build_residents(city, PopulationSettings(seed=7, residents=200))
