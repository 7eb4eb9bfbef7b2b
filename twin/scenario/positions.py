"""Read a TOML file and keep the line of every key: `tomllib` has values, tree-sitter rows."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Final

import tree_sitter_toml
from tree_sitter import Language, Parser

from twin.errors import ScenarioError, did_you_mean
from twin.scenario.located import KeyPath, Node, Place, shown

if TYPE_CHECKING:
    from pathlib import Path

    from tree_sitter import Node as Syntax

MAX_BYTES: Final = 1_000_000
# What the parser says of the slips that are made most.
_PLAIN_REASONS: Final = {
    "Cannot overwrite a value": "the key is given twice",
    "Illegal character '\\n'": "a text in quotes does not end on its line",
}
_KEYS: Final = ("bare_key", "quoted_key", "dotted_key")


def read_toml(path: Path, layer: int = 0) -> Node:
    """Return the file at `path` as a tree of values with places.

    Raises
    ------
    ScenarioError
        If there is no such file, it is too large, not UTF-8 or not TOML.
    """
    text = _read_text(path)
    place = Place(shown(path), 1, layer, path.parent)
    values = _parse(text, place)
    return _located(values, (), lines_of_keys(text), place)


def _read_text(path: Path) -> str:
    try:
        if path.is_dir():
            inside = sorted(found.name for found in path.glob("*.toml"))
            hint = (
                f"it holds {', '.join(inside)}"
                if inside
                else "scenarios are files that end in .toml"
            )
            raise ScenarioError(shown(path), "is a folder", expected="a scenario file", hint=hint)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ScenarioError(
            shown(path),
            f"cannot be read ({reason})",
            expected="a scenario file",
            hint=_siblings(path),
        ) from error
    if len(data) > MAX_BYTES:
        raise ScenarioError(
            shown(path),
            f"is larger than {MAX_BYTES:,} bytes",
            expected="a scenario of a few hundred lines",
            hint="tables of facilities belong in a CSV named by `facilities_file`",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ScenarioError(
            f"{shown(path)}:{line}",
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            expected="a text file in UTF-8",
            hint="save it with encoding UTF-8",
        ) from error


def _siblings(path: Path) -> str:
    try:
        return did_you_mean(path.name, [found.name for found in path.parent.glob("*.toml")])
    except OSError:
        return ""


def _parse(text: str, place: Place) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at = re.search(r"\(at line (\d+), column (\d+)\)", message)
        line = int(at[1]) if at else text.count("\n") + 1
        reason = re.sub(r"\s*\(at [^)]*\)", "", message)
        reason = _PLAIN_REASONS.get(reason, f"{reason[:1].lower()}{reason[1:]}")
        raise ScenarioError(
            f"{place.file}:{line}",
            f"not TOML: {reason}",
            expected='lines like key = 1, key = "text", [table] or [[table]]',
            hint=_syntax_hint(text, line),
        ) from error
    except RecursionError as error:
        raise ScenarioError(
            place.file, "is nested too deeply", expected="tables a few levels deep"
        ) from error


def _syntax_hint(text: str, line: int) -> str:
    lines = text.splitlines()
    words = lines[line - 1].strip() if line <= len(lines) else ""
    return f"the line reads `{words[:80]}`" if words else ""


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_toml.language()))


def lines_of_keys(text: str) -> dict[KeyPath, int]:
    """Return the line of every key path; elements of arrays are counted from 0."""
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    for child in _parser().parse(text.encode()).root_node.named_children:
        if child.type == "pair":
            _note_pair(child, (), lines)
        elif child.type in ("table", "table_array_element"):
            path = _header(child, lines, counts)
            for pair in child.named_children:
                if pair.type == "pair":
                    _note_pair(pair, path, lines)
    return lines


def _line(syntax: Syntax) -> int:
    return syntax.start_point[0] + 1


def _header(table: Syntax, lines: dict[KeyPath, int], counts: dict[KeyPath, int]) -> KeyPath:
    """Note the line of ``[a.b]`` or ``[[a.b]]`` and return its full path."""
    names = next(_names(child) for child in table.named_children if child.type in _KEYS)
    path: KeyPath = ()
    for number, name in enumerate(names):
        path = (*path, name)
        if table.type == "table_array_element" and number == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        lines.setdefault(path, _line(table))
        if path in counts:
            path = (*path, counts[path])
            lines.setdefault(path, _line(table))
    return path


def _note_pair(pair: Syntax, above: KeyPath, lines: dict[KeyPath, int]) -> None:
    key, *values = [child for child in pair.named_children if child.type != "comment"]
    path = above
    for name in _names(key):
        path = (*path, name)
        lines.setdefault(path, _line(pair))
    for value in values:
        _note_value(value, path, lines)


def _note_value(value: Syntax, path: KeyPath, lines: dict[KeyPath, int]) -> None:
    children = [child for child in value.named_children if child.type != "comment"]
    if value.type == "inline_table":
        for pair in children:
            _note_pair(pair, path, lines)
    elif value.type == "array":
        for number, element in enumerate(children):
            lines[*path, number] = _line(element)
            _note_value(element, (*path, number), lines)


def _names(key: Syntax) -> tuple[str, ...]:
    if key.type == "dotted_key":
        return tuple(name for child in key.named_children for name in _names(child))
    text = (key.text or b"").decode()
    if key.type == "quoted_key":
        return (next(iter(tomllib.loads(f"{text} = 0"))),)
    return (text,)


def _located(value: object, path: KeyPath, lines: dict[KeyPath, int], above: Place) -> Node:
    """Return `value` with places; what has no line of its own has that of what holds it."""
    line = lines.get(path, above.line)
    place = above if line == above.line else Place(above.file, line, above.layer, above.folder)
    if isinstance(value, dict):
        return Node(
            {key: _located(child, (*path, key), lines, place) for key, child in value.items()},
            place,
        )
    if isinstance(value, list):
        return Node(
            [_located(child, (*path, number), lines, place) for number, child in enumerate(value)],
            place,
        )
    return Node(value, place)
