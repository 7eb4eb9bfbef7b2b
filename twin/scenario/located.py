"""A parsed file in which every value still knows where it was written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Step: TypeAlias = str | int
KeyPath: TypeAlias = tuple[Step, ...]

# Arrays of tables at the root of a scenario; their elements are named, not counted.
NAMED_ARRAYS: Final = (
    "services",
    "facilities",
    "departments",
    "interventions",
    "policies",
    "shocks",
    "questions",
)


@dataclass(frozen=True)
class Place:
    """Where a value was written.

    Parameters
    ----------
    file
        The file as the user knows it, or the override that was given.
    line
        Counted from 1; None for an override.
    layer
        0 for the file at the end of the `extends` chain, higher for what is
        written on top of it.
    folder
        What relative paths written there are resolved against.
    """

    file: str
    line: int | None = None
    layer: int = 0
    folder: Path | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Node:
    """A table, an array or a value, with its place."""

    value: object
    place: Place

    @property
    def table(self) -> dict[str, Node] | None:
        """The keys of a table; None if it is none."""
        return self.value if isinstance(self.value, dict) else None

    @property
    def items(self) -> list[Node] | None:
        """The elements of an array; None if it is none."""
        return self.value if isinstance(self.value, list) else None

    def get(self, key: str) -> Node | None:
        """Return the value of a table's key, if there is one."""
        table = self.table
        return None if table is None else table.get(key)

    def text(self, key: str) -> str | None:
        """Return the string under a table's key, if there is one."""
        node = self.get(key)
        return node.value if node is not None and isinstance(node.value, str) else None


def plain(node: Node) -> object:
    """Return the values alone, as `tomllib` gives them."""
    if node.table is not None:
        return {key: plain(child) for key, child in node.table.items()}
    if node.items is not None:
        return [plain(child) for child in node.items]
    return node.value


def is_array_of_tables(node: Node) -> bool:
    """Whether `node` is an array with nothing but tables in it."""
    return bool(node.items) and all(child.table is not None for child in node.items or ())


def name_of(element: Node) -> str | None:
    """Return what names an element of an array of tables: its id, or uid/service."""
    own = element.text("id")
    uid = element.text("uid")
    if own is not None or uid is None:
        return own
    service = element.text("service")
    return f"{uid}/{service}" if service else uid


def names_of(node: Node | None) -> list[str]:
    """Return the names of the elements of an array of tables."""
    elements = (node.items or []) if node is not None else []
    return [name for element in elements if (name := name_of(element)) is not None]


def child_of(node: Node, step: Step) -> Node | None:
    """Return what lies one step below: a key, a position or the name of an element."""
    if isinstance(step, int):
        elements = node.items or []
        return elements[step] if -len(elements) <= step < len(elements) else None
    if node.table is not None:
        return node.table.get(step)
    return next((child for child in node.items or () if name_of(child) == step), None)


def nearest(root: Node, path: Sequence[Step]) -> Node:
    """Return the node at `path`, or the last one that there is on the way to it."""
    node = root
    for step in path:
        below = child_of(node, step)
        if below is None:
            return node
        node = below
    return node


def key_path(root: Node, path: Sequence[Step]) -> str:
    """Return a path as people write it: elements by name where they have one."""
    words: list[str] = []
    node: Node | None = root
    for step in path:
        below = child_of(node, step) if node is not None else None
        name = (
            name_of(below)
            if isinstance(step, int) and below is not None and below.table is not None
            else None
        )
        if isinstance(step, int) and name is None:
            tail = f"[{step}]"
            words[-1:] = [words[-1] + tail] if words else [tail]
        else:
            words.append(name if name is not None else str(step))
        node = below
    return ".".join(words)


def leaves(node: Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Node]]:
    """Yield every value with its path; arrays of plain values are one value."""
    if node.table is not None:
        for key, child in node.table.items():
            yield from leaves(child, (*path, key))
    elif is_array_of_tables(node):
        for number, child in enumerate(node.items or ()):
            name = name_of(child)
            yield from leaves(child, (*path, number if name is None else name))
    else:
        yield path, node


def shown(path: Path) -> str:
    """Return a path as the user would type it: relative where it lies below."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
