"""School cases, answered by `twin.parts.match`: the mechanisms of a city's enrolment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError
from twin.parts.matching import match
from twin.validation.registry import Computation

if TYPE_CHECKING:
    from twin.engine.matching import Mechanism
    from twin.validation.cases import Case
    from twin.validation.registry import Adapter

_UNMATCHED: Final = -1.0
_MECHANISM: Final[dict[str, Mechanism]] = {
    "sosm": "deferred_acceptance",
    "boston": "immediate_acceptance",
    "ttc": "top_trading_cycles",
}


def school(case: Case) -> Computation:
    """Match the pupils of a case by its lists, orders and places; every pupil is judged."""
    wanted, orders = _lists(case, "pref"), _lists(case, "prio")
    pupils, schools = list(wanted), list(orders)
    places = _places(case, schools)
    row = {name: number for number, name in enumerate(schools)}
    _check_known(case, "pref", wanted, schools)
    _check_known(case, "prio", orders, pupils)
    priority = np.full((len(pupils), len(schools)), np.nan)
    column_of = {name: number for number, name in enumerate(pupils)}
    for name, order in orders.items():
        priority[[column_of[one] for one in order], row[name]] = np.arange(len(order))
    mechanism = _MECHANISM[case.model]

    def compute() -> dict[str, float]:
        found = match(
            [[row[name] for name in listed] for listed in wanted.values()],
            places,
            priority=priority,
            mechanism=mechanism,
        )
        got, rank = found.school[0], found.rank[0]
        summary = {
            "unmatched": float((got < 0).sum()),
            "sum_rank": float(rank.sum()),
            "first_choice": float((rank == 1).sum()),
        }
        return summary | {f"match_{name}": float(got[i]) for i, name in enumerate(pupils)}

    return Computation(compute, _known(case, pupils, row), frozenset({"match"}))


ADAPTERS: Final[dict[tuple[str, str], Adapter]] = {
    ("school", model): school for model in _MECHANISM
}


def _known(case: Case, pupils: list[str], row: dict[str, int]) -> dict[str, float]:
    """Return the number of each pupil's school in the order of the case, -1 for none."""
    known = case.expected.get("match", {})
    if not isinstance(known, dict):
        raise InputError(f"{case.where}.expected.match", "is no object", expected="school by pupil")
    _check_known(case, "expected.match", {"pupils": list(known)}, pupils)
    _check_known(case, "expected.match", {"schools": list(known.values())}, list(row))
    if not known:
        return {}
    return {
        f"match_{name}": float(row[known[name]]) if name in known else _UNMATCHED for name in pupils
    }


def _lists(case: Case, name: str) -> dict[str, list[str]]:
    found = case.inputs.get(name)
    is_lists = isinstance(found, dict) and all(
        isinstance(names, list) and all(isinstance(one, str) for one in names)
        for names in found.values()
    )
    if not isinstance(found, dict) or not is_lists:
        raise InputError(
            f"{case.where}.inputs.{name}", "is no object of lists", expected="names by name"
        )
    return found


def _places(case: Case, schools: list[str]) -> list[int]:
    found = case.inputs.get("cap")
    if not isinstance(found, dict) or set(found) != set(schools):
        raise InputError(
            f"{case.where}.inputs.cap",
            "does not name each school once",
            expected="places by school",
        )
    return [found[name] for name in schools]


def _check_known(case: Case, name: str, lists: dict[str, list[str]], known: list[str]) -> None:
    strange = [one for names in lists.values() for one in names if one not in known]
    if strange:
        where = (
            f"{case.where}.{name}" if name.startswith("expected") else f"{case.where}.inputs.{name}"
        )
        raise InputError(where, f"`{strange[0]}` is unknown", expected=", ".join(known[:12]))
