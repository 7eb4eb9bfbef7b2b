"""A population of 2.3 million fitted to margins of 86 zones, and its balancing against scipy's."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
from scipy.optimize import minimize

from benchmarks.record import Row, peak_mb, timed
from twin.city.city import City
from twin.kernels.random import addressed_uniforms
from twin.network.features import Buildings, Wards
from twin.population.columns import AGE_BANDS, SEXES
from twin.population.fitted import fitted_residents
from twin.population.fitting.entropy import balance_list
from twin.population.settings import PopulationSettings
from twin.streams import POINT

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_ZONES: Final = 86
N_RESIDENTS: Final = 2_300_000
N_BUILDINGS: Final = 60_000
# Shares around which zones vary; the mean household has 2.66 members.
_AGES: Final = (0.2346, 0.5691, 0.1963)
_SIZES: Final = (0.22, 0.28, 0.22, 0.18, 0.10)
_GOAL: Final = "<= 60 s, <= 1 GB"


def measure() -> list[Row]:
    """Measure the whole synthesis, and one fit of weights against a peer."""
    with tempfile.TemporaryDirectory() as folder:
        city, settings = _city(), _settings(Path(folder))
        rows = [_synthesis(city, settings, fit) for fit in ("entropy", "ipu")]
    return [*rows, _balancing()]


def _synthesis(city: City, settings: PopulationSettings, fit: str) -> Row:
    """Read the tables, fit, round, and write every resident's row."""
    chosen = settings.model_copy(update={"fit": fit})

    def work() -> object:
        return fitted_residents(city, chosen)

    timing = timed(work, n_repeats=3)
    what = f"{len(settings.margins)} margins of {N_ZONES} zones, {fit}, all residents"
    return Row(what, timing, N_RESIDENTS, "residents", goal=_GOAL, peak_mb=peak_mb(work))


def _balancing() -> Row:
    """Balance a list of 2,000 households under 40 controls; the peer is trust-exact of scipy."""
    draws = _draws(1, 40 * 2_000 + 2_000).reshape(41, 2_000)
    incidence = np.floor(draws[:40] * 1.6)
    first = 0.5 + draws[40]
    controls = incidence @ (first * np.exp(0.4 * np.sin(np.arange(2_000))))

    def peer() -> NDArray[np.float64]:
        def weights(dual: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(first * np.exp(dual @ incidence))

        found = minimize(
            lambda dual: weights(dual).sum() - controls @ dual,
            np.zeros(40),
            jac=lambda dual: incidence @ weights(dual) - controls,
            hess=lambda dual: (incidence * weights(dual)) @ incidence.T,
            method="trust-exact",
            options={"gtol": 1e-7 * controls.max()},
        )
        return weights(found.x)

    def ours() -> NDArray[np.float64]:
        return balance_list(incidence, controls, first).weight

    assert np.allclose(ours(), peer(), rtol=1e-4)
    theirs, timing = timed(peer), timed(ours)
    return Row(
        "balance 2,000 households under 40 controls",
        timing,
        ratio=theirs.cpu_s / timing.cpu_s,
        against="scipy trust-exact",
    )


def _draws(number: int, n: int) -> NDArray[np.float64]:
    return addressed_uniforms(11, POINT, np.arange(n, dtype=np.uint32), draw=number)


def _city() -> City:
    ward = np.arange(N_BUILDINGS) % N_ZONES
    wards = Wards(
        names=tuple(f"zone {row}" for row in range(N_ZONES)),
        osm_id=np.arange(1, N_ZONES + 1, dtype=np.int64),
        area_m2=np.ones(N_ZONES),
        rings=((),) * N_ZONES,
    )
    buildings = Buildings(
        building_id=tuple(map(str, range(N_BUILDINGS))),
        x_mm=np.zeros(N_BUILDINGS, np.int64),
        y_mm=np.zeros(N_BUILDINGS, np.int64),
        footprint_m2=np.full(N_BUILDINGS, 100.0),
        levels=np.ones(N_BUILDINGS, np.int16),
        is_levels_imputed=np.zeros(N_BUILDINGS, np.bool_),
        use=("residential",) * N_BUILDINGS,
        is_use_assumed=np.zeros(N_BUILDINGS, np.bool_),
        floor_area_m2=np.asarray(100.0 + 900.0 * _draws(2, N_BUILDINGS)),
        ward=ward.astype(np.int16),
        walk_node=np.arange(N_BUILDINGS, dtype=np.int32),
        country=("CN",) * N_BUILDINGS,
        street=("",) * N_BUILDINGS,
        is_home_eligible=np.ones(N_BUILDINGS, np.bool_),
    )
    streets = SimpleNamespace(n_nodes=N_BUILDINGS, n_edges=0)
    return City("benchmark", Path("benchmark"), cast("Any", streets), buildings, wards, ())


def _settings(folder: Path) -> PopulationSettings:
    """Return five margins by zone and one of the city, all of one hidden population."""
    people = N_RESIDENTS * _shares(np.ones(N_ZONES), 3, spread=1.0)
    ages, sizes = _by_zone(_AGES, 4), _by_zone(_SIZES, 5)
    homes = people / (sizes @ np.arange(1, len(_SIZES) + 1))
    by_age_sex = [(a, s) for a in AGE_BANDS for s in SEXES]
    sex = np.column_stack([0.5 * ages[:, i // 2] for i in range(2 * len(AGE_BANDS))])
    tables = {
        "age_sex": ("person", "age_band,sex", by_age_sex, people[:, None] * sex),
        "size": ("household", "household_size", "12345", homes[:, None] * sizes),
        "registration": _table("registration", ("registered", "migrant"), (0.78, 0.22), people, 6),
        "income": _table("income_band", ("low", "middle", "high"), (0.3, 0.5, 0.2), people, 7),
        "car": _table("has_car", ("true", "false"), (0.28, 0.72), people, 8),
    }
    margins = []
    for name, (of, columns, words, counts) in tables.items():
        path = folder / f"{name}.csv"
        lines = [f"zone,{columns},count"]
        for zone in range(N_ZONES):
            for word, count in zip(words, counts[zone], strict=True):
                cell = word if isinstance(word, str) else ",".join(word)
                lines.append(f"zone {zone},{cell},{count:.3f}")
        path.write_text("\n".join(lines))
        margins.append(_margin(name, path, of, columns))
    path = folder / "ebike.csv"
    path.write_text("has_ebike,count\ntrue,0.4\nfalse,0.6\n")
    margins.append(_margin("ebike", path, "person", "has_ebike"))
    return PopulationSettings.model_validate({"residents": N_RESIDENTS, "margins": tuple(margins)})


def _margin(name: str, path: Path, of: str, columns: str) -> dict[str, object]:
    return {"id": name, "file": path, "of": of, "columns": tuple(columns.split(","))}


def _table(
    column: str,
    words: tuple[str, ...],
    shares: tuple[float, ...],
    people: NDArray[np.float64],
    number: int,
) -> tuple[str, str, Any, NDArray[np.float64]]:
    return "person", column, words, people[:, None] * _by_zone(shares, number)


def _by_zone(shares: tuple[float, ...], number: int) -> NDArray[np.float64]:
    """Return shares of each zone that vary by a fifth around the city's."""
    varied = np.array(shares) * (0.8 + 0.4 * _draws(number, N_ZONES * len(shares))).reshape(
        N_ZONES, -1
    )
    return np.asarray(varied / varied.sum(axis=1, keepdims=True))


def _shares(base: NDArray[np.float64], number: int, *, spread: float) -> NDArray[np.float64]:
    weight = base * (0.3 + spread * _draws(number, base.size))
    return np.asarray(weight / weight.sum())
