"""Which rows of a comparison a scenario's questions ask about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twin.results.groups import columns_of
from twin.results.school_measures import SCHOOL_MEASURES, SCHOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twin.experiment.runset import Run

_OF_SCHOOLS = frozenset(measure.name for measure in SCHOOL_MEASURES)

Key = tuple[str, str, str]
"""Measure, service, group."""


@dataclass(frozen=True)
class Asked:
    """A question as it applies to one row.

    Parameters
    ----------
    id, better, smallest_effect
        As written in the scenario file.
    is_preregistered
        Whether the runs were made under this very question.
    """

    id: str
    better: str
    smallest_effect: float
    is_preregistered: bool


def asked_rows(
    document: Mapping[str, Any], runs: Sequence[Run], keys: Sequence[Key]
) -> dict[Key, Asked]:
    """Return which rows the questions ask about; the first of two questions holds.

    Parameters
    ----------
    document
        Resolved scenario as it is now.
    runs
        Its runs: a question counts as asked beforehand if every one was made with it.
    keys
        Rows that there are.
    """
    levels = level_names(document)
    services = {key[1] for key in keys} - {*levels, SCHOOLS}
    total = "all" if "all" in services else next(iter(services), "")
    of_schools = levels[0] if len(levels) == 1 else SCHOOLS
    keys_of: dict[object, list[Key]] = {}
    for key in keys:
        keys_of.setdefault((*key[:2], columns_of(key[2])), []).append(key)
    found: dict[Key, Asked] = {}
    for question in document.get("questions") or []:
        is_old = all(question in (run.scenario.get("questions") or []) for run in runs)
        about = Asked(question["id"], question["better"], question["smallest_effect"], is_old)
        default = of_schools if question["measure"] in _OF_SCHOOLS else total
        wanted = (question["measure"], question.get("service") or default, crossing(question))
        for key in keys_of.get(wanted, ()):
            found.setdefault(key, about)
    return found


def level_names(document: Mapping[str, Any]) -> list[str]:
    """Return the levels of schools of a resolved scenario."""
    return [str(one["id"]) for one in (document.get("schools") or {}).get("levels") or []]


def crossing(question: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the columns of residents by which a question is asked."""
    by = question.get("by")
    return tuple(part.strip() for part in str(by).split(",")) if by else ()


def crossings(questions: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return the pairs and triples of columns that questions ask about, each once."""
    listed = (crossing(question) for question in questions)
    return [columns for columns in dict.fromkeys(listed) if len(columns) > 1]


def asked_crossings(document: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the columns that a scenario groups by together, in questions or ``[measures] by``."""
    always = [tuple(columns) for columns in (document.get("measures") or {}).get("by") or []]
    return list(dict.fromkeys([*always, *crossings(document.get("questions") or [])]))


def unanswered(document: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a note for each question that no row of comparison.json answers."""
    answered = {row["question_id"] for row in rows}
    return [
        f"question `{question['id']}` of `{document.get('name', '')}` has no answer: another "
        "question asks the same, or its runs kept no visits to group anew ([output] level)"
        for question in document.get("questions") or []
        if question["id"] not in answered
    ]
