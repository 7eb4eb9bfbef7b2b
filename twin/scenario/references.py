"""Names in a scenario that must be names of something: services, columns, measures, tags.

These checks read the file as written, so that they also speak when another
part of it is wrong: a planner gets every error at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twin.errors import InputError, ScenarioError, did_you_mean
from twin.population.columns import BY_NAME
from twin.population.columns import GROUP_COLUMNS as NEED_COLUMNS
from twin.population.groups import group_mask
from twin.results.access import BY_MODE, MODE
from twin.results.measures import GROUP_COLUMNS, GROUPLESS, MEASURES
from twin.results.quantities import names_in_short
from twin.results.school_measures import SCHOOLS
from twin.scenario.located import Node, Step, child_of, key_path, leaves, names_of
from twin.scenario.messages import is_key_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Tables of a service by column and category of residents.
_BY_CATEGORY: Final = (
    ("need_multiplier",),
    ("fee_share",),
    ("choice", "known_by"),
    ("choice", "forgo_addition"),
)


def reference_errors(root: Node) -> Iterator[InputError]:
    """Yield every name in the scenario that names nothing."""
    yield from _department_errors(root)
    yield from _service_errors(root)
    yield from _multiplier_errors(root)
    yield from _date_errors(root)
    yield from _condition_errors(root)
    yield from _question_errors(root)
    yield from _tag_errors(root)


def _elements(root: Node, array: str) -> Iterator[tuple[int, Node]]:
    node = root.get(array)
    for number, element in enumerate((node.items or []) if node is not None else []):
        if element.table is not None:
            yield number, element


def _error(
    root: Node, path: Sequence[Step], found: str, *, expected: str, hint: str = ""
) -> ScenarioError:
    node: Node = root
    for step in path:
        node = child_of(node, step) or node
    return ScenarioError(
        f"{node.place}: {key_path(root, path)}", found, expected=expected, hint=hint
    )


def _unknown(
    root: Node, path: Sequence[Step], what: str, word: str, known: Iterable[str]
) -> ScenarioError:
    words = sorted(known)
    expected = (
        "one of " + ", ".join(words)
        if words
        else f"a {what} that the scenario declares: there are none"
    )
    return _error(
        root, path, f"unknown {what} `{word}`", expected=expected, hint=did_you_mean(word, words)
    )


def _department_errors(root: Node) -> Iterator[ScenarioError]:
    known = names_of(root.get("departments"))
    for array in ("services", "facilities", "interventions", "policies"):
        for number, element in _elements(root, array):
            word = element.text("department")
            if word is not None and word not in known:
                yield _unknown(root, (array, number, "department"), "department", word, known)


def _service_errors(root: Node) -> Iterator[ScenarioError]:
    services = names_of(root.get("services"))
    levels, schools = _levels(root)
    of = {"interventions": [*services, *schools], "questions": [*services, *levels]}
    for number, service in _elements(root, "services"):
        for place, referral in _elements(service, "referrals"):
            word = referral.text("to")
            if word is not None and word not in services:
                path = ("services", number, "referrals", place, "to")
                yield _unknown(root, path, "service", word, services)
    for array in ("interventions", "policies", "shocks", "questions"):
        known = of.get(array, services)
        for number, element in _elements(root, array):
            word = element.text("service")
            if word is not None and word not in known:
                yield _unknown(root, (array, number, "service"), "service", word, known)


def _levels(root: Node) -> tuple[list[str], list[str]]:
    """Return the levels of schools, with the word for all of them, and their services."""
    table = root.get("schools")
    levels = table.get("levels") if table is not None else None
    names = names_of(levels)
    found = (one.text("service") for one in (levels.items or [] if levels is not None else []))
    return [*names, SCHOOLS] if names else [], [word for word in found if word is not None]


def _multiplier_errors(root: Node) -> Iterator[ScenarioError]:
    for number, _ in _elements(root, "services"):
        for keys in _BY_CATEGORY:
            yield from _category_errors(root, ("services", number, *keys))


def _category_errors(root: Node, place: tuple[Step, ...]) -> Iterator[ScenarioError]:
    node: Node | None = root
    for step in place:
        node = None if node is None else child_of(node, step)
    if node is not None:
        for name, categories in (node.table or {}).items():
            path = (*place, name)
            if name not in NEED_COLUMNS:
                yield _unknown(root, path, "column of residents", name, NEED_COLUMNS)
                continue
            for word in categories.table or {}:
                if word not in BY_NAME[name].words:
                    yield _unknown(
                        root, (*path, word), f"category of {name}", word, BY_NAME[name].words
                    )


def _date_errors(root: Node) -> Iterator[ScenarioError]:
    """Yield kinds of day that no calendar has, and services of tables that there are not."""
    calendar = root.get("calendar") or Node({}, root.place)
    kinds = names_of(calendar.get("kinds"))
    for number, service in _elements(root, "services"):
        weights = service.get("kind_weight")
        for word in (weights.table or {}) if weights is not None else {}:
            if word not in kinds:
                path = ("services", number, "kind_weight", word)
                yield _unknown(root, path, "kind of day", word, kinds)
    services = names_of(root.get("services"))
    for number, table in _elements(calendar, "factor_tables"):
        named = table.get("services")
        for place, one in enumerate((named.items or []) if named is not None else []):
            if isinstance(one.value, str) and one.value not in services:
                cell = ("calendar", "factor_tables", number, "services", place)
                yield _unknown(root, cell, "service", one.value, services)


def _condition_errors(root: Node) -> Iterator[InputError]:
    for array, key in (
        ("interventions", "eligible"),
        ("interventions", "eligibility"),
        ("facilities", "eligibility"),
    ):
        for number, element in _elements(root, array):
            condition = element.text(key)
            if condition is None:
                continue
            try:
                group_mask(condition)
            except InputError as error:
                path = (array, number, key)
                yield _error(root, path, error.found, expected=error.expected, hint=error.hint)


def _question_errors(root: Node) -> Iterator[ScenarioError]:
    for number, question in _elements(root, "questions"):
        measure, by = question.text("measure"), _columns_of(question.get("by"))
        if measure is not None and measure not in MEASURES:
            known = names_in_short(MEASURES)
            yield _unknown(root, ("questions", number, "measure"), "measure", measure, known)
        columns = (*GROUP_COLUMNS, MODE) if measure in BY_MODE else GROUP_COLUMNS
        path = ("questions", number, "by")
        yield from _column_errors(root, path, by, columns)
        if by and measure in GROUPLESS:
            yield _error(
                root,
                path,
                f"`{measure}` has no groups of residents",
                expected="no `by`: it is a measure of facilities, or of how groups differ",
            )
    measures = root.get("measures")
    if measures is not None:
        listed = _columns_of(measures.get("by"))
        yield from _column_errors(root, ("measures", "by"), listed, GROUP_COLUMNS)


def _columns_of(node: Node | None) -> list[str]:
    """Return the columns that a text, a list or a list of lists names."""
    if node is None:
        return []
    if isinstance(node.value, str):
        return [column.strip() for column in node.value.split(",")]
    return [column for one in node.items or [] for column in _columns_of(one)]


def _column_errors(
    root: Node, path: Sequence[Step], columns: Sequence[str], known: Sequence[str]
) -> Iterator[ScenarioError]:
    for column in columns:
        if column not in known:
            yield _unknown(root, path, "column of residents", column, known)


def _tag_errors(root: Node) -> Iterator[ScenarioError]:
    tags = root.get("tags")
    for path in (tags.table or {}) if tags is not None else {}:
        if not is_key_path(root, path):
            yield _error(
                root,
                ("tags", path),
                "no such value",
                expected="a key path, for example services.primary_care.needs_per_year",
                hint=_tag_hint(root, path),
            )


def _tag_hint(root: Node, path: str) -> str:
    known = {".".join(map(str, leaf)) for leaf, _ in leaves(root) if leaf[0] != "tags"}
    return did_you_mean(path, known)
