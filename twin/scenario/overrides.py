"""``--set key.path=value``: the last layer, laid over whatever the files say."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

from twin.errors import ScenarioError, did_you_mean
from twin.scenario.located import NAMED_ARRAYS, Node, Place, name_of, names_of

_EXPECTED: Final = "key.path=value, for example services.primary_care.needs_per_year=7"
_STEP: Final = re.compile(r'\s*(?:"([^"]*)"|\'([^\']*)\'|([^."\'=]+))\s*(\.|$)')


def with_override(root: Node, text: str, layer: int) -> Node:
    """Return `root` with the value of one ``key.path=value`` laid over it.

    Elements of arrays of tables are named by their id; the value is TOML, a bare
    word stands for itself.

    Raises
    ------
    ScenarioError
        If it is no ``key.path=value`` or names an element that is not there.
    """
    place = Place(f"--set {text}", None, layer, Path.cwd())
    key, equals, value = _split(text)
    steps = _steps(key)
    if not equals or not steps:
        raise ScenarioError(str(place), "not a setting", expected=_EXPECTED)
    return _set(root, steps, _node(_value(value, place), place), place)


def _split(text: str) -> tuple[str, str, str]:
    """Cut at the first ``=`` outside quotes."""
    match = re.match(r'((?:"[^"]*"|\'[^\']*\'|[^="\'])*)(=)(.*)$', text, re.DOTALL)
    return (match[1].strip(), match[2], match[3].strip()) if match else (text, "", "")


def _steps(key: str) -> list[str]:
    steps: list[str] = []
    position = 0
    while position < len(key):
        match = _STEP.match(key, position)
        if match is None:
            return []
        steps.append(next(part for part in match.groups()[:3] if part is not None).strip())
        position = match.end()
    return [] if key.endswith(".") else steps


def _value(text: str, place: Place) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        if text and not re.search(r"[\"'\[\]{}=\n#]", text):
            return text
        raise ScenarioError(str(place), f"`{text}` is not a value", expected=_EXPECTED) from error


def _node(value: object, place: Place) -> Node:
    if isinstance(value, dict):
        return Node({key: _node(child, place) for key, child in value.items()}, place)
    if isinstance(value, list):
        return Node([_node(child, place) for child in value], place)
    return Node(value, place)


def _set(
    node: Node, steps: list[str], value: Node, place: Place, above: tuple[str, ...] = ()
) -> Node:
    if not steps:
        return value
    step, *rest = steps
    path = (*above, step)
    if node.items is not None:
        return _set_in_array(node, steps, value, place, above)
    if node.table is None:
        raise ScenarioError(
            str(place), f"`{'.'.join(above)}` is a value, not a table", expected=_EXPECTED
        )
    below = node.table.get(step)
    if below is None:
        if len(path) == 1 and step in NAMED_ARRAYS and rest:
            raise ScenarioError(
                str(place), f"the scenario has no {step}", expected="one that a file names"
            )
        below = Node({}, place)
    return Node({**node.table, step: _set(below, rest, value, place, path)}, node.place)


def _set_in_array(
    node: Node, steps: list[str], value: Node, place: Place, above: tuple[str, ...]
) -> Node:
    step, *rest = steps
    known = names_of(node)
    if step not in known:
        raise ScenarioError(
            str(place),
            f"no `{step}` in {'.'.join(above)}",
            expected="one of " + ", ".join(known)
            if known
            else "a whole list: its elements have no names",
            hint=did_you_mean(step, known),
        )
    elements = [
        _set(child, rest, value, place, (*above, step)) if name_of(child) == step else child
        for child in node.items or ()
    ]
    return Node(elements, node.place)
