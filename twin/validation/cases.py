"""Reading ``cases.json``: strict, and with all that is wrong told at once."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from twin.errors import InputError, InputErrors, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE_NAME: Final = "cases.json"
SCHEMA: Final = 1
# Fields a judgement needs; whatever else a case tells (origin, licence) is left alone.
_FIELDS: Final[dict[str, tuple[type[Any], str]]] = {
    "id": (str, "text"),
    "family": (str, "text"),
    "model": (str, "text"),
    "inputs": (dict, "an object"),
    "expected": (dict, "an object"),
    "tolerance": (dict, "an object"),
}


@dataclass(frozen=True)
class Case:
    """One known answer.

    Parameters
    ----------
    id, family, model
        Its name and what it is about.
    inputs
        What the engine is given.
    expected
        Right answers by name of the metric.
    tolerance
        How to judge; ``kind`` names the rule.
    where
        Place for messages.
    folder
        Where the files stand that the inputs name.
    """

    id: str
    family: str
    model: str
    inputs: dict[str, object]
    expected: dict[str, object]
    tolerance: dict[str, object]
    where: str
    folder: Path


def read_cases(folder: Path) -> tuple[Case, ...]:
    """Return the cases of ``folder/cases.json`` in their order.

    Raises
    ------
    InputError, InputErrors
        If the file is missing, is no JSON, or a case lacks what a judgement needs.
    """
    path = folder / FILE_NAME
    document = _document(path)
    entries = document.get("cases")
    if not isinstance(entries, list):
        raise InputError(f"{path}: cases", _found(entries), expected="a list of cases")
    if document.get("schema", SCHEMA) != SCHEMA:
        raise InputError(f"{path}: schema", _found(document["schema"]), expected=str(SCHEMA))
    errors: list[InputError] = []
    cases = [
        case
        for i, entry in enumerate(entries)
        if (case := _case(f"{path}: cases[{i}]", folder, entry, errors)) is not None
    ]
    errors += _repeated(cases)
    if errors:
        raise InputErrors(errors)
    return tuple(cases)


def select(
    cases: Sequence[Case], *, family: str | None = None, case_id: str | None = None
) -> tuple[Case, ...]:
    """Return the cases of a family or with an id; both None return all.

    Raises
    ------
    InputError
        If there is no such family or case.
    """
    if family is not None:
        _checked_word("--family", family, {case.family for case in cases})
        cases = [case for case in cases if case.family == family]
    if case_id is not None:
        _checked_word("--id", case_id, {case.id for case in cases})
        cases = [case for case in cases if case.id == case_id]
    return tuple(cases)


def _checked_word(where: str, word: str, known: set[str]) -> None:
    if word not in known:
        some = ", ".join(sorted(known)[:12]) or "none"
        hint = did_you_mean(word, known)
        raise InputError(where, f"no case has `{word}`", expected=f"one of: {some}", hint=hint)


def _document(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            str(path), f"byte {error.start} is not UTF-8", expected="JSON in UTF-8"
        ) from None
    except OSError as error:
        raise InputError(
            str(path),
            f"cannot be read: {error.strerror}",
            expected=f"a folder that holds {FILE_NAME}",
        ) from None
    try:
        document: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}:{error.lineno}:{error.colno}", error.msg, expected="JSON"
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(str(path), str(error), expected="JSON") from None
    if not isinstance(document, dict):
        raise InputError(str(path), _found(document), expected="an object with the key `cases`")
    return document


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key `{twice}` stands twice in one object")
    return made


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"`{word}` is no JSON number")


def _case(where: str, folder: Path, entry: object, errors: list[InputError]) -> Case | None:
    if not isinstance(entry, dict):
        errors.append(InputError(where, _found(entry), expected="an object"))
        return None
    before = len(errors)
    for name, (kind, expected) in _FIELDS.items():
        value = entry.get(name)
        if not isinstance(value, kind):
            errors.append(InputError(f"{where}.{name}", _found(value), expected=expected))
        elif not value and name != "inputs":
            errors.append(InputError(f"{where}.{name}", "is empty"))
    if len(errors) > before:
        return None
    fields = {name: entry[name] for name in _FIELDS}
    return Case(**fields, where=f"{where} ({entry['id']})", folder=folder)


def _repeated(cases: list[Case]) -> list[InputError]:
    first: dict[str, str] = {}
    errors = []
    for case in cases:
        other = first.setdefault(case.id, case.where)
        if other != case.where:
            errors.append(InputError(f"{case.where}.id", f"`{case.id}` is also the id of {other}"))
    return errors


def number(case: Case, table: str, name: str) -> float:
    """Return a finite number of ``inputs``, ``expected`` or ``tolerance``."""
    found = getattr(case, table).get(name)
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
        raise InputError(f"{case.where}.{table}.{name}", _found(found), expected="a finite number")
    return float(found)


def whole(case: Case, table: str, name: str) -> int:
    """Return a whole number of ``inputs``, ``expected`` or ``tolerance``."""
    found = number(case, table, name)
    if found != int(found):
        raise InputError(f"{case.where}.{table}.{name}", _found(found), expected="a whole number")
    return int(found)


def numbers(case: Case, table: str, name: str) -> tuple[float, ...]:
    """Return a list of numbers, empty if the name is not there."""
    found = getattr(case, table).get(name, [])
    is_list = isinstance(found, list) and all(
        isinstance(part, (int, float)) and not isinstance(part, bool) for part in found
    )
    if not is_list:
        raise InputError(
            f"{case.where}.{table}.{name}", _found(found), expected="a list of numbers"
        )
    return tuple(float(part) for part in found)


def data_file(case: Case, name: str) -> Path:
    """Return the path of the file that an input names, within the folder of the cases."""
    found = case.inputs.get(name)
    where = f"{case.where}.inputs.{name}"
    if not isinstance(found, str):
        raise InputError(where, _found(found), expected="a file name")
    path = case.folder / found
    if not path.resolve().is_relative_to(case.folder.resolve()):
        raise InputError(where, _found(found), expected="a file within the folder of the cases")
    if not path.is_file():
        raise InputError(where, f"no such file: {path}", expected="a file")
    return path


def _found(value: object) -> str:
    if value is None:
        return "is missing"
    text = json.dumps(value, default=str)
    return f"found {text if len(text) <= 60 else text[:57] + '...'}"  # noqa: PLR2004 - a line
