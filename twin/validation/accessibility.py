"""Accessibility cases, answered by `twin.parts.accessibility`."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.errors import InputError
from twin.parts.spatial_access import accessibility
from twin.validation.cases import data_file, number
from twin.validation.registry import Computation, NotBuiltYetError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.results.spatial_access import SpatialAccess
    from twin.validation.cases import Case
    from twin.validation.registry import Adapter

_METHODS: Final = frozenset({"2sfca", "e2sfca", "2sfca_gravity"})
_TABLE: Final = 2


def matrix(case: Case) -> Computation:
    """Costs, demand and supply stand in the case itself."""
    request = _request(case, _array(case, "cost"), _array(case, "demand"), _array(case, "supply"))

    def compute() -> dict[str, float]:
        found = accessibility(**request)
        scores = {f"A_{i}": float(score) for i, score in enumerate(found.score)}
        return _summary(found, request["demand"]) | scores

    return Computation(compute)


def tables(case: Case) -> Computation:
    """Costs and demand stand in tables; each score of the case's own table is judged too."""
    origin, site, cost = (_word(case, name) for name in ("demand_col", "site_col", "cost_col"))
    path = data_file(case, "matrix_csv")
    trips = [
        (_key(row[0]), row[1], _real(path, row[2])) for row in _rows(path, [origin, site, cost])
    ]
    origins = sorted({origin for origin, _, _ in trips})
    sites = sorted({site for _, site, _ in trips})
    row_of, column_of = ({name: i for i, name in enumerate(names)} for names in (origins, sites))
    costs = np.full((len(origins), len(sites)), np.nan)
    for name, place, value in trips:
        costs[row_of[name], column_of[place]] = value
    path = data_file(case, "demand_csv")
    columns = [_word(case, "demand_key"), _word(case, "weight_col")]
    demand_of = {_key(name): _real(path, value) for name, value in _rows(path, columns)}
    supply_of = case.inputs.get("supply")
    if not isinstance(supply_of, dict):
        raise InputError(f"{case.where}.inputs.supply", "is no object", expected="supply by site")
    request = _request(
        case,
        costs,
        _listed(str(path), demand_of, origins),
        _listed(f"{case.where}.inputs.supply", supply_of, sites),
    )

    def compute() -> dict[str, float]:
        found = accessibility(**request)
        named = zip(origins, found.score.tolist(), strict=True)
        return _summary(found, request["demand"]) | {f"A_{name}": value for name, value in named}

    return Computation(compute, _known_scores(case))


ADAPTERS: Final[dict[tuple[str, str], Adapter]] = {
    ("accessibility", "2sfca"): matrix,
    ("accessibility", "sf"): tables,
}


def _request(
    case: Case,
    cost: NDArray[np.float64],
    demand: NDArray[np.float64],
    supply: NDArray[np.float64],
) -> dict[str, Any]:
    """Return the arguments of `accessibility`; the cases' catchments are open by default."""
    method = _word(case, "method")
    if method not in _METHODS:
        raise NotBuiltYetError(f"method `{method}`")
    request: dict[str, Any] = {
        "cost": cost,
        "demand": demand,
        "supply": supply,
        "method": method,
        "max_cost": number(case, "inputs", "max_cost"),
        "is_strict": case.inputs.get("strict", True),
    }
    if method == "e2sfca":
        request["steps"] = [(limit, weight) for limit, weight in _array(case, "steps").tolist()]
    if method == "2sfca_gravity":
        request["beta"] = -number(case, "inputs", "power")
    return request


def _summary(found: SpatialAccess, demand: NDArray[np.float64]) -> dict[str, float]:
    """Return mean over people, least and greatest score, and the supply handed out."""
    handed_out = math.fsum((found.score * demand).tolist())
    return {
        "mean": handed_out / math.fsum(demand.tolist()),
        "min": float(found.score.min()),
        "max": float(found.score.max()),
        "conservation": handed_out,
    }


def _known_scores(case: Case) -> dict[str, float]:
    """Return the score of each origin from the table beside the case, if there is one."""
    path = case.folder / "accessibility" / f"{case.id}.csv"
    if not path.is_file():
        return {}
    return {f"A_{_key(name)}": _real(path, value) for name, value in _rows(path, ["tract", "A"])}


def _rows(path: Path, columns: Sequence[str]) -> list[list[str]]:
    """Return columns of a table, row by row."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        known = reader.fieldnames or []
        missing = [name for name in columns if name not in known]
        if missing:
            found = f"has no column `{missing[0]}`"
            raise InputError(str(path), found, expected=", ".join(known))
        return [[row[name] for name in columns] for row in reader]


def _key(name: str) -> str:
    """Return one spelling of a numbered place: tables write 060750101.00 and 60750101."""
    try:
        return format(float(name), ".12g")
    except ValueError:
        return name


def _real(where: object, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(str(where), f"found {text!r}", expected="a finite number")
    return value


def _listed(where: str, table: dict[str, Any], names: Sequence[str]) -> NDArray[np.float64]:
    missing = [name for name in names if name not in table]
    if missing:
        raise InputError(where, f"nothing for `{missing[0]}`", expected="a number each")
    return np.array([_real(where, str(table[name])) for name in names])


def _array(case: Case, name: str) -> NDArray[np.float64]:
    try:
        found = np.array(case.inputs[name], dtype=np.float64)
    except (KeyError, TypeError, ValueError):
        where = f"{case.where}.inputs.{name}"
        raise InputError(where, "is no array of numbers", expected="numbers") from None
    if name == "steps" and (found.ndim != _TABLE or found.shape[1] != _TABLE):
        raise InputError(f"{case.where}.inputs.steps", "is no table", expected="[limit, weight]")
    return found


def _word(case: Case, name: str) -> str:
    found = case.inputs.get(name)
    if not isinstance(found, str):
        raise InputError(f"{case.where}.inputs.{name}", f"found {found!r}", expected="text")
    return found
