"""What validation found, said so that a planner can mend it: place, found, expected, hint."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError

from twin.errors import ScenarioError, did_you_mean
from twin.scenario.document import Scenario
from twin.scenario.interventions.base import DatedTable
from twin.scenario.interventions.registry import intervention_kinds
from twin.scenario.kinds import shock_kinds
from twin.scenario.located import (
    NAMED_ARRAYS,
    KeyPath,
    Node,
    Step,
    key_path,
    name_of,
    nearest,
    plain,
)
from twin.scenario.policies.registry import policy_kinds

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_UNITS: Final = (
    ("_per_min", "per minute"),
    ("_per_hour", "per hour"),
    ("_per_year", "per year"),
    ("_mps", "metres per second"),
    ("_s", "seconds"),
    ("_m", "metres"),
    ("_day", "days from run.start"),
    ("days", "days"),
)
_SECONDS: Final = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400}
_AMOUNT: Final = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*([A-Za-z%/]+)\s*")
_FILE_KEYS: Final = {"extends": "a file to start from", "remove": "names to delete from it"}
_BOUNDS: Final = {
    "greater_than_equal": ("ge", "{} or more"),
    "greater_than": ("gt", "more than {}"),
    "less_than_equal": ("le", "{} or less"),
    "less_than": ("lt", "less than {}"),
}
_TYPES: Final = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "string_type": "a text in quotes",
    "finite_number": "a finite number",
    "date_type": "a date without quotes, for example 2024-01-10",
    "is_instance_of": "a path in quotes",
    "tuple_type": "a list in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "path_type": "a path in quotes",
}


def errors_of(
    error: ValidationError, data: Mapping[str, object], root: Node
) -> Iterator[ScenarioError]:
    """Yield everything that one validation found, each with its place."""
    for details in error.errors():
        yield _error_of(details, data, root)
        if details["type"] == "unknown_kind":
            yield from _errors_of_likely_kind(details, data, root)


def _error_of(details: ErrorDetails, data: Mapping[str, object], root: Node) -> ScenarioError:
    loc = details["loc"]
    if details["type"] == "unknown_kind" and "unknown" in str(details["ctx"]["found"]):
        loc = (*loc, "kind")
    if details["type"] == "value_error":
        loc = (*loc, *_key_in(details["msg"]))
    where = f"{nearest(root, loc).place}: {key_path(root, loc) or 'scenario'}"
    found, expected, hint = _words(details, data)
    return ScenarioError(where, found, expected=expected, hint=hint)


def _errors_of_likely_kind(
    details: ErrorDetails, data: Mapping[str, object], root: Node
) -> Iterator[ScenarioError]:
    """Yield what else is wrong with a table whose kind is only misspelt."""
    loc = details["loc"]
    table = _value_at(data, loc)
    kinds = _kinds(loc)
    if not isinstance(table, dict):
        return
    likely = did_you_mean(str(table.get("kind")), kinds).partition("`")[2].rstrip("`?")
    if likely not in kinds:
        return
    try:
        kinds[likely].model_validate({**table, "kind": likely})
    except ValidationError as nested:
        mended = {**table, "kind": likely}
        for inner in nested.errors():
            moved: ErrorDetails = {**inner, "loc": (*loc, *inner["loc"])}
            yield _error_of(moved, _with(data, loc, mended), root)


def _words(details: ErrorDetails, data: Mapping[str, object]) -> tuple[str, str, str]:
    """Return found, expected and hint."""
    kind, loc, context = details["type"], details["loc"], details.get("ctx", {})
    key = str(next((step for step in reversed(loc) if isinstance(step, str)), ""))
    if "found" in context:
        words = (
            str(context["found"]),
            str(context.get("expected", "")),
            str(context.get("hint", "")),
        )
    elif kind == "extra_forbidden":
        words = _unknown_key(loc, key, data)
    elif kind == "missing":
        words = "missing", _described(loc, data), ""
    elif kind == "value_error":
        words = _words_of_value_error(details["msg"])
    else:
        words = _words_of_value(
            kind, key, details["input"], context=context, message=details["msg"]
        )
    return words


def _words_of_value_error(message: str) -> tuple[str, str, str]:
    """Return the words of a plain ValueError: ``key: found; expected this; hint``."""
    key = ".".join(_key_in(message))
    words = message.removeprefix("Value error, ").removeprefix(f"{key}: ")
    found, _, rest = words.partition("; expected ")
    expected, _, hint = rest.partition("; ")
    return found, expected, hint


def _key_in(message: str) -> tuple[str, ...]:
    """Return the key path that begins a ValueError's message, if it begins with one."""
    match = re.match(r"Value error, ([a-z_]\w*(?:\.[\w-]+)*): ", message)
    return tuple(match[1].split(".")) if match else ()


def _words_of_value(
    kind: str, key: str, value: object, *, context: Mapping[str, Any], message: str
) -> tuple[str, str, str]:
    """Return the words for a value of a wrong type or size."""
    unit = _unit_words(key)
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return _shown(value), "one of " + ", ".join(known), did_you_mean(str(value), known)
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return _shown(value), f"{words.format(_number(context[bound]))}{unit}", ""
    if kind == "tuple_type" and key in NAMED_ARRAYS and isinstance(value, dict):
        return f"[{key}] is one table", f"[[{key}]]: a list of tables", ""
    if kind in _TYPES:
        expected = _TYPES[kind] + (unit if "number" in _TYPES[kind] else "")
        return _shown(value), expected, _type_hint(kind, key, value)
    if kind == "string_too_short":
        return _shown(value), "a text that is not empty", ""
    return _shown(value), message[:1].lower() + message[1:], ""


def _unknown_key(loc: Sequence[Step], key: str, data: Mapping[str, object]) -> tuple[str, str, str]:
    model = _model_at(loc[:-1], data)
    known = sorted(model.model_fields) if model is not None else []
    if len(loc) == 1:
        known = sorted([*known, *_FILE_KEYS])
    takes = f"{_title(loc[:-1], data)} takes: {', '.join(known)}" if known else ""
    return "unknown key", takes, did_you_mean(key, known)


def _title(loc: Sequence[Step], data: Mapping[str, object]) -> str:
    value = _value_at(data, loc)
    if isinstance(value, dict) and isinstance(value.get("kind"), str):
        return str(value["kind"])
    if not loc:
        return "a scenario"
    last = next(step for step in reversed(loc) if isinstance(step, str))
    return f"[[{last}]]" if isinstance(loc[-1], int) else f"[{last}]"


def _described(loc: Sequence[Step], data: Mapping[str, object]) -> str:
    model = _model_at(loc[:-1], data)
    field = model.model_fields.get(str(loc[-1])) if model is not None else None
    words = field.description if field is not None else None
    key = str(loc[-1])
    return f"{key}: {words}" if words else f"a value for {key}"


def _type_hint(kind: str, key: str, value: object) -> str:
    """Return what to do about a value of a wrong type."""
    if kind in ("float_type", "int_type") and isinstance(value, str):
        return _hint_for_number(key, value)
    if kind == "date_type" and isinstance(value, str):
        return "remove the quotes"
    if kind in ("int_type", "int_from_float") and isinstance(value, float):
        return "there are no parts of it"
    return ""


def _hint_for_number(key: str, text: str) -> str:
    amount = _AMOUNT.fullmatch(text)
    if amount and key.endswith("_s") and amount[2].lower() in _SECONDS:
        seconds = float(amount[1]) * _SECONDS[amount[2].lower()]
        return f"write {key} = {_number(seconds)}; the unit is in the key"
    if amount and _unit_words(key):
        return f"write the number alone; the unit is in the key:{_unit_words(key)}"
    is_number = re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", text)
    return f"write {text.strip()} without quotes" if is_number else ""


def _unit_words(key: str) -> str:
    return next((f" ({words})" for suffix, words in _UNITS if key.endswith(suffix)), "")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value[:60]}"' + ("..." if len(value) > 60 else "")  # noqa: PLR2004 - a line's worth
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, (list, tuple)):
        return "a list"
    return str(value)


def _number(value: Any) -> str:  # noqa: ANN401 - a bound of any numeric type
    return f"{value:,}".replace(",", "") if isinstance(value, int) else f"{value:g}"


def _kinds(loc: Sequence[Step]) -> Mapping[str, type[DatedTable]]:
    array = loc[0] if loc else ""
    if array == "policies":
        return dict(policy_kinds())
    return shock_kinds() if array == "shocks" else dict(intervention_kinds())


def _value_at(data: Any, loc: Sequence[Step]) -> Any:  # noqa: ANN401 - plain data
    """Return what lies at `loc`; None where there is nothing."""
    for step in loc:
        is_there = step in data if isinstance(data, Mapping) else False
        if isinstance(data, list) and isinstance(step, int):
            is_there = step < len(data)
        if not is_there:
            return None
        data = data[step]
    return data


def _with(data: Any, loc: Sequence[Step], value: object) -> Any:  # noqa: ANN401 - plain data
    """Return a copy of plain data with another value at `loc`."""
    if not loc:
        return value
    step, *rest = loc
    copied: Any = data.copy()
    copied[step] = _with(copied[step], rest, value)
    return copied


def _model_at(loc: Sequence[Step], data: Mapping[str, object]) -> type[BaseModel] | None:
    """Return the class of the table at `loc`; None where there is none."""
    model: type[BaseModel] | None = Scenario
    annotation: Any = Scenario
    for number, step in enumerate(loc):
        if model is not None and isinstance(step, str):
            field = model.model_fields.get(step)
            if field is None:
                return None
            annotation = field.annotation
        model = _model_in(annotation)
        if model is not None and issubclass(model, DatedTable) and isinstance(step, int):
            table = _value_at(data, loc[: number + 1])
            kind = table.get("kind") if isinstance(table, dict) else None
            model = _kinds(loc).get(str(kind), model)
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation
    """Return the only model named in an annotation such as ``tuple[Model, ...] | None``."""
    if (
        isinstance(annotation, type)
        and not get_origin(annotation)
        and issubclass(annotation, BaseModel)
    ):
        return annotation
    return next(
        (found for inner in get_args(annotation) if (found := _model_in(inner)) is not None), None
    )


def is_key_path(root: Node, path: str) -> bool:
    """Return whether a dotted path names a value or table that a scenario can have."""
    loc = _loc_of(root, path.split("."))
    if loc is None:
        return False
    data = plain(root)
    if not isinstance(data, dict):
        return False
    return _value_at(data, loc) is not None or _is_field(loc, data)


def _is_field(loc: Sequence[Step], data: Mapping[str, object]) -> bool:
    model = _model_at(loc[:-1], data)
    return model is not None and loc[-1] in model.model_fields


def _loc_of(root: Node, words: Sequence[str]) -> KeyPath | None:
    """Return a path with elements of arrays by position; None if one is not there."""
    loc: KeyPath = ()
    node: Node | None = root
    for word in words:
        if node is not None and node.items is not None:
            position = next(
                (n for n, child in enumerate(node.items) if name_of(child) == word), None
            )
            if position is None:
                return None
            loc, node = (*loc, position), node.items[position]
        else:
            loc, node = (*loc, word), node.get(word) if node is not None else None
    return loc
