"""Kinds of service that are known: values under those that a scenario gives.

A kind is a file with one table `service`, as `[[services]]` has it, and tags of its values.
`kind = "hospital_outpatient"` lays a service over it: what the scenario says holds, what it
does not say comes from the kind, tag included.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from twin.errors import InputErrors, ScenarioError, did_you_mean
from twin.scenario.located import Node, name_of, names_of
from twin.scenario.merge import laid_over
from twin.scenario.positions import read_toml
from twin.scenario.tags import flattened, written

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = Path(__file__).parent / "kinds"
BELOW_ALL: Final = -1
"""Layer of what a kind says: any file is laid over it."""
_SERVICE: Final = "service"
_WHOLE: Final = {
    "service_time": ("distribution",),
    "patience": ("distribution",),
    "balking": ("at", "half"),
}
"""Tables that are said anew as a whole where one of these words is in them."""


def kind_names() -> tuple[str, ...]:
    """Return the kinds of service that there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def kind_title(name: str) -> str:
    """Return what a kind is, in words."""
    return _kind(name).text("title") or name


@cache
def _kind(name: str) -> Node:
    root = _moved(read_toml(FOLDER / f"{name}.toml"), f"kind {name}")
    return Node({**(root.table or {}), "tags": flattened(root.get("tags") or root)}, root.place)


def _moved(node: Node, file: str) -> Node:
    """Return a node that was written in a kind."""
    place = replace(node.place, file=file, layer=BELOW_ALL, folder=None)
    if node.table is not None:
        return Node({key: _moved(child, file) for key, child in node.table.items()}, place)
    if node.items is not None:
        return Node([_moved(child, file) for child in node.items], place)
    return Node(node.value, place)


def with_kinds(root: Node) -> Node:
    """Return a scenario whose services are laid over their kinds.

    Raises
    ------
    InputErrors
        With every kind that there is not.
    """
    services = root.get("services")
    if services is None or services.items is None:
        return root
    errors = [error for element in services.items for error in _kind_errors(element)]
    if errors:
        raise InputErrors(errors)
    table = dict(root.table or {})
    table["services"] = Node([_over_kind(one) for one in services.items], services.place)
    tags = {
        path: note
        for element in services.items
        for path, note in _tags_of(element).items()
        # Of steps that the scenario replaced nothing is left to tag.
        if written(Node(table, root.place), path) is not None
    }
    if tags:
        own = root.get("tags") or Node({}, root.place)
        table["tags"] = Node({**tags, **(own.table or {})}, own.place)
    return Node(table, root.place)


def _kind_errors(element: Node) -> Iterator[ScenarioError]:
    name = element.text("kind")
    if name is None or name in kind_names():
        return
    node = element.get("kind") or element
    yield ScenarioError(
        f"{node.place}: services.{name_of(element) or '?'}.kind",
        f"unknown kind of service `{name}`",
        expected=f"one of {', '.join(kind_names())}",
        hint=did_you_mean(name, kind_names()) or "a service needs no kind: give its values here",
    )


def _tags_of(element: Node) -> dict[str, Node]:
    """Return the tags of a service's kind, by the path of each value in the scenario."""
    name, kind = name_of(element), element.text("kind")
    if kind is None or name is None:
        return {}
    tags = _kind(kind).get("tags")
    return {
        f"services.{name}{path.removeprefix(_SERVICE)}": note
        for path, note in ((tags.table or {}) if tags is not None else {}).items()
    }


def _over_kind(element: Node) -> Node:
    """Return a service laid over its kind; steps of its own take the place of the kind's."""
    kind = element.text("kind")
    base = None if kind is None else _kind(kind).get(_SERVICE)
    if base is None:
        return element
    below = dict(_without_rivals(base, element).table or {})
    if element.get("service_time") is not None:
        below.pop("stages", None)
    stages = element.get("stages")
    if stages is not None:
        below.pop("service_time", None)
        below = _with_steps(below, stages)
    return replace(laid_over(Node(below, base.place), element), place=element.place)


def _with_steps(below: dict[str, Node], own: Node) -> dict[str, Node]:
    """Return a kind without the steps that those of a scenario replace."""
    steps = below.pop("stages", None)
    known = {name_of(step): step for step in own.items or ()}
    if steps is None or not set(names_of(own)) & set(names_of(steps)):
        return below
    kept = [_without_rivals(step, known.get(name_of(step), step)) for step in steps.items or ()]
    return {**below, "stages": Node(kept, steps.place)}


def _without_rivals(base: Node, own: Node) -> Node:
    """Return a table of a kind without durations and rules that `own` says anew.

    Another distribution has another spread; a number alone changes the kind's.
    """
    if own is base:
        return base
    table = dict(base.table or {})
    for key, word in _WHOLE.items():
        said = own.get(key)
        if said is not None and any(said.get(one) is not None for one in word):
            table.pop(key, None)
    return Node(table, base.place)
