"""The table of enrolments, made from the rounds of a run when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.engine.enrolment import REASONS
from twin.results.school_measures import OUTCOMES
from twin.results.tables import Coded
from twin.units import DAY_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.engine.enrolment import Enrolled, Enrolments
    from twin.results.tables import ColumnData

_MS_PER_S = 1000.0


def enrolments_data(enrolments: Enrolments) -> dict[str, ColumnData]:
    """Return the columns of the table, one row for each child and round, by round and name."""
    levels = enrolments.schools.levels
    rounds = [f"{one.settings.id}/{r.id}" for one in levels for r in one.settings.rounds]
    classes = [f"{one.settings.id}/{c.id}" for one in levels for c in one.settings.classes]
    schools = [school.facility.uid for school in enrolments.schools.city.schools]
    parts = [_part(enrolments, found, rounds, classes) for found in enrolments.log]
    known = {name: _joined([part[name] for part in parts]) for name in _COLUMNS}
    return {
        **{name: known[name] for name in _COLUMNS if name not in _LABELS},
        "level": Coded(known["level"], [level.settings.id for level in levels]),
        "round": _named(known["round"], [name.partition("/")[2] for name in rounds]),
        "school": _named(known["school"], schools),
        "priority": _named(known["priority"], [name.partition("/")[2] for name in classes]),
        "outcome": Coded(known["outcome"], OUTCOMES),
        "reason": Coded(known["reason"], REASONS),
    }


def _named(codes: NDArray[np.generic], names: list[str]) -> Coded:
    """Return a column whose labels come once each: levels may share names."""
    labels = sorted(set(names))
    of_code = np.array([labels.index(name) for name in names], dtype=np.int32)
    whole = codes.astype(np.int32)
    return Coded(np.where(whole >= 0, of_code[whole], -1), labels)


_LABELS = frozenset({"level", "round", "school", "priority", "outcome", "reason"})
_COLUMNS = {
    "resident": np.uint32,
    "level": np.int32,
    "round": np.int32,
    "time_s": np.float64,
    "from_s": np.float64,
    "grade": np.int8,
    "points": np.float64,
    "school": np.int32,
    "priority": np.int32,
    "is_reserved": np.bool_,
    "rank": np.int32,
    "n_listed": np.int32,
    "outcome": np.int32,
    "reason": np.int32,
    "travel_s": np.float64,
}


def _joined(parts: list[NDArray[np.generic]]) -> NDArray[np.generic]:
    return np.concatenate(parts) if parts else np.empty(0)


def _part(
    enrolments: Enrolments, found: Enrolled, rounds: list[str], classes: list[str]
) -> dict[str, NDArray[np.generic]]:
    level = enrolments.schools.levels[found.level]
    seekers, settings = level.seekers, level.settings
    round_ = settings.rounds[found.number]
    n, has = found.who.size, found.school >= 0
    time_ms = level.time_ms[found.school, seekers.home[found.who]]
    first_class = classes.index(f"{settings.id}/{settings.classes[0].id}")
    values = {
        "resident": seekers.resident[found.who],
        "level": np.full(n, found.level),
        "round": np.full(n, rounds.index(f"{settings.id}/{round_.id}")),
        "time_s": np.full(n, float(round_.day * DAY_S)),
        "from_s": np.full(n, float(round_.starts * DAY_S)),
        "grade": seekers.grade[found.who],
        "points": seekers.points[found.who],
        "school": np.where(has, level.first + found.school, -1),
        "priority": np.where(has, first_class + found.priority, -1),
        "is_reserved": found.is_reserved,
        "rank": found.rank,
        "n_listed": found.n_listed,
        "outcome": np.where(has, 0, 1),
        "reason": found.reason,
        "travel_s": np.where(has, time_ms / _MS_PER_S, np.nan),
    }
    return {name: values[name].astype(kind) for name, kind in _COLUMNS.items()}
