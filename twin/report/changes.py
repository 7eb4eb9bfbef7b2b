"""What differs between two scenarios and what is assumed, in words."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

from twin.experiment.words import DASH
from twin.report.html import Html, join, name_of, table, tag
from twin.units import DAY_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST_EDITS: Final = 60
STREET_TABLES: Final = ("streets", "slowdowns")
MANY_STREETS: Final = 4
"""Longer logs end with how many more there are; the run folder has them all."""
NOT_A_CHANGE: Final = frozenset({"name", "title", "description", "extends", "map", "tags"})
NOT_A_PATH: Final = frozenset({"run.seeds", "questions"})
TAG_ORDER: Final = ("assumed", "fitted", "derived", "sourced")
_NOTHING: Final = object()

Flat = dict[str, Any]


def flat(document: Any, *, prefix: str = "") -> Flat:  # noqa: ANN401 - a document
    """Return values by key path; tables of an array are named by their id."""
    if isinstance(document, dict):
        parts = {
            f"{prefix}.{key}" if prefix else str(key): value for key, value in document.items()
        }
    elif isinstance(document, list) and document and all(isinstance(one, dict) for one in document):
        parts = {
            f"{prefix}.{one.get('id', one.get('uid', place))}": one
            for place, one in enumerate(document)
        }
    else:
        return {prefix: document}
    found: Flat = {}
    for path, value in parts.items():
        found |= flat(value, prefix=path)
    return found


def differences(
    baseline: Mapping[str, Any], scenario: Mapping[str, Any]
) -> list[tuple[str, Any, Any]]:
    """Return (key path, old, new) where two documents differ; None is absent."""
    left, right = (
        flat({key: value for key, value in document.items() if key not in NOT_A_CHANGE})
        for document in (baseline, scenario)
    )
    paths = [*left, *(path for path in right if path not in left)]
    pairs = ((path, left.get(path, _NOTHING), right.get(path, _NOTHING)) for path in paths)
    return [
        (path, None if old is _NOTHING else old, None if new is _NOTHING else new)
        for path, old, new in pairs
        if not _is_idle(old, new) and not path.startswith("questions.") and path not in NOT_A_PATH
    ]


def _is_idle(old: Any, new: Any) -> bool:  # noqa: ANN401 - any value of a scenario
    """Return whether two values say the same: an absent one and an empty one do."""
    return old == new or all(
        value is _NOTHING or value in (None, "", [], {}) for value in (old, new)
    )


def differences_table(baseline: Mapping[str, Any], scenario: Mapping[str, Any]) -> Html:
    """Return the difference of two scenario files as a table."""
    found = differences(baseline, scenario)
    if not found:
        return tag("p", "The scenario files say the same.", class_="muted")
    rows = [
        [
            tag("code", path),
            tag("del", _value(old)) if old is not None else DASH,
            tag("ins", _value(new)) if new is not None else DASH,
        ]
        for path, old, new in found
    ]
    return table(
        ["key", "baseline", "scenario"],
        rows,
        caption="What the scenario files say differently",
        class_="wrap",
    )


def edits_list(
    rows: list[dict[str, Any]], facility_names: Mapping[str, str], *, start: object = None
) -> Html:
    """Return the dated edits of a run in words; with the first day of the run also by date."""
    if not rows:
        return tag("p", "No edit: nothing in the city changes.", class_="muted")
    rows = gathered(rows)
    items = [tag("li", edit_words(row, facility_names, start=start)) for row in rows[:MOST_EDITS]]
    if len(rows) > MOST_EDITS:
        items.append(
            tag("li", f"and {len(rows) - MOST_EDITS:,} more, in the run folder's edits.parquet")
        )
    return tag("ul", *items, class_="plainlist")


def gathered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the edits with those of many streets by one cause at one time as one row."""
    found: list[dict[str, Any]] = []
    places: dict[tuple[object, ...], list[int]] = {}
    for row in rows:
        if row["table"] in STREET_TABLES:
            key = tuple(row[name] for name in ("time_s", "cause", "table", "column", "old", "new"))
            places.setdefault(key, []).append(len(found))
        found.append(row)
    for own in places.values():
        if len(own) >= MANY_STREETS:
            found[own[0]] = {**found[own[0]], "uid": f"{len(own):,} ways and sections"}
            for place in own[1:]:
                found[place] = {}
    return [row for row in found if row]


def edit_words(
    row: Mapping[str, Any], facility_names: Mapping[str, str], *, start: object = None
) -> Html:
    """Return one edit as a sentence: day, cell, old and new value, cause."""
    where = _where(str(row["table"]), str(row["uid"]), facility_names)
    column = str(row["column"]).replace("_", " ")
    what = join(
        column, " ", tag("del", _decoded(row["old"])), " → ", tag("ins", _decoded(row["new"]))
    )
    return join(
        tag("b", _day(float(row["time_s"]), start)),
        ": ",
        where,
        ": ",
        what,
        " (",
        tag("code", row["cause"]),
        ")",
    )


def _where(kind: str, uid: str, facility_names: Mapping[str, str]) -> Html:
    if kind in {"facilities", "schools"}:
        facility, _, service = uid.rpartition("/")
        return join(
            name_of(facility_names.get(facility) or facility), ", ", service.replace("_", " ")
        )
    return join(kind, " ", tag("code", uid))


def _day(time_s: float, start: object) -> str:
    day, rest = divmod(time_s, DAY_S)
    clock = f", {int(rest // 3600):02d}:{int(rest % 3600 // 60):02d}" if rest else ""
    try:
        date = f" ({dt.date.fromisoformat(str(start)) + dt.timedelta(days=int(day))})"
    except (ValueError, OverflowError):
        date = ""
    return f"day {int(day)}{date}{clock}"


def _decoded(text: object) -> str:
    """Return an edit's value, which the log keeps as JSON."""
    try:
        value = json.loads(str(text))
    except ValueError:
        value = text
    return _value(value)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return DASH if value in (None, "") else str(value)


def assumptions(documents: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return tagged values of all scenarios once, assumed ones first."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for document in documents:
        values = flat(dict(document))
        for path, tag_, note in _tags(document.get("tags") or {}):
            value = _tagged_value(values, path)
            found.setdefault(
                (path, value), {"path": path, "value": value, "tag": tag_, "note": note}
            )
    order = {word: place for place, word in enumerate(TAG_ORDER)}
    return sorted(found.values(), key=lambda one: (order.get(one["tag"], len(order)), one["path"]))


def _tags(tags: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield (key path, tag, source or note); tags come flat or as nested tables."""
    for key, said in tags.items():
        path = f"{prefix}.{key}" if prefix else str(key)
        if not isinstance(said, dict):
            yield path, str(said), ""
        elif isinstance(said.get("tag"), str):
            notes = [str(said[word]) for word in ("source", "note") if said.get(word)]
            yield path, said["tag"], "; ".join(notes)
        else:
            yield from _tags(said, path)


def _tagged_value(values: Flat, path: str) -> str:
    if path in values:
        return _value(values[path])
    below = {
        key[len(path) + 1 :]: value for key, value in values.items() if key.startswith(f"{path}.")
    }
    return ", ".join(f"{key} {_value(value)}" for key, value in below.items())


def assumptions_table(found: list[dict[str, str]]) -> Html:
    """Return the tagged values as a table."""
    if not found:
        return tag(
            "p",
            "No value of these scenarios is tagged: take every number as assumed.",
            class_="caution",
        )
    rows = [
        [
            tag("code", one["path"]),
            one["value"],
            tag("span", one["tag"], class_=f"tagged {_word(one['tag'])}"),
            one["note"],
        ]
        for one in found
    ]
    return table(
        ["key", "value", "tag", "source or note"],
        rows,
        caption="Values behind the result",
        class_="wrap",
    )


def _word(text: str) -> str:
    return text if text in TAG_ORDER else "other"
