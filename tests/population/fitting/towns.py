"""A made city of wards with homes, and tables of margins for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from twin.city.city import City
from twin.network.features import Buildings, Wards
from twin.population.settings import PopulationSettings

NAMES = ("North", "East", "South", "West")
HOMES_A_WARD = 7


def city(names: Sequence[str] = NAMES, *, empty: Iterable[str] = ()) -> City:
    """Return a city with seven homes of growing floor area in each ward but the `empty`."""
    n = len(names) * HOMES_A_WARD
    ward = np.repeat(np.arange(len(names)), HOMES_A_WARD)
    is_home = ~np.isin(ward, [names.index(name) for name in empty])
    wards = Wards(
        names=tuple(names),
        osm_id=np.arange(101, 101 + len(names), dtype=np.int64),
        area_m2=np.ones(len(names)),
        rings=((),) * len(names),
    )
    homes = Buildings(
        building_id=tuple(f"way/{row}" for row in range(n)),
        x_mm=np.arange(n, dtype=np.int64),
        y_mm=np.arange(n, dtype=np.int64),
        footprint_m2=np.full(n, 100.0),
        levels=np.ones(n, dtype=np.int16),
        is_levels_imputed=np.zeros(n, dtype=np.bool_),
        use=("residential",) * n,
        is_use_assumed=np.zeros(n, dtype=np.bool_),
        floor_area_m2=np.array([100.0 * (1 + i % HOMES_A_WARD) for i in range(n)]),
        ward=ward.astype(np.int16),
        walk_node=np.arange(n, dtype=np.int32),
        country=("CL",) * n,
        street=("",) * n,
        is_home_eligible=is_home,
    )
    streets = SimpleNamespace(n_nodes=n)
    return City("toy", Path("maps/toy"), cast("Any", streets), homes, wards, ())


def write(path: Path, header: str, rows: Iterable[Sequence[object]]) -> Path:
    """Write a CSV and return where."""
    lines = [header, *(",".join(str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def age_sex(path: Path, counts: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Write persons by age and sex of each zone: three of women, then three of men."""
    cells = [(a, s) for s in ("female", "male") for a in ("0-14", "15-59", "60+")]
    rows = [
        (zone, *cell, n)
        for zone, each in counts.items()
        for cell, n in zip(cells, each, strict=True)
    ]
    file = write(path / "age_sex.csv", "zone,age_band,sex,count", rows)
    return {"id": "age_sex", "file": file, "of": "person", "columns": ["age_band", "sex"]}


def sizes(path: Path, counts: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Write households by size, the last one open, of each zone."""
    rows = [
        (zone, f"{size}+" if size == len(each) else size, n)
        for zone, each in counts.items()
        for size, n in enumerate(each, start=1)
    ]
    file = write(path / "sizes.csv", "zone,household_size,count", rows)
    return {"id": "sizes", "file": file, "of": "household", "columns": ["household_size"]}


AGES = {
    "North": (100, 250, 90, 110, 260, 70),
    "East": (300, 800, 150, 320, 790, 120),
    "South": (20, 60, 120, 15, 55, 80),
    "West": (500, 900, 300, 480, 910, 250),
}
SIZES = {
    "North": (100, 120, 80, 50, 20),
    "East": (150, 220, 250, 200, 68),
    "South": (120, 70, 20, 5, 2),
    "West": (250, 300, 300, 250, 118),
}
N_RESIDENTS = sum(sum(each) for each in AGES.values())


def settings(margins: Sequence[dict[str, Any]], **more: Any) -> PopulationSettings:
    """Return a population of the whole town under margins."""
    return PopulationSettings(
        **{"seed": 5, "residents": N_RESIDENTS, "margins": list(margins), **more}
    )
