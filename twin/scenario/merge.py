"""`extends`: how a file is laid over the one that it extends.

Tables merge by key; scalars and plain arrays replace; arrays of tables merge by
the name of their elements; ``remove = [names]`` deletes elements first. Names
and titles are not inherited: a scenario says who it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from twin.errors import ScenarioError, did_you_mean
from twin.scenario.located import NAMED_ARRAYS, Node, Place, is_array_of_tables, name_of, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NOT_INHERITED: Final = ("name", "title", "description", "extends", "remove")


def merged(base: Node, top: Node) -> Node:
    """Return `top` laid over `base`; names are checked by `name_errors`."""
    below = {key: child for key, child in (base.table or {}).items() if key not in NOT_INHERITED}
    kept = _without(Node(below, base.place), _removals(top))
    own = {
        key: child for key, child in (top.table or {}).items() if key not in ("extends", "remove")
    }
    return replace(laid_over(kept, Node(own, top.place)), place=top.place)


def laid_over(base: Node, top: Node) -> Node:
    """Return `top` laid over `base`: tables by key, arrays of named tables by name."""
    if base.table is not None and top.table is not None:
        table = dict(base.table)
        for key, child in top.table.items():
            table[key] = laid_over(table[key], child) if key in table else child
        # A key that is missing is missing where the table was begun.
        return Node(table, base.place)
    if _is_named(base) and _is_named(top):
        return Node(_merged_by_name(base.items or [], top.items or []), top.place)
    return top


def _is_named(node: Node) -> bool:
    return is_array_of_tables(node) and all(
        name_of(child) is not None for child in node.items or ()
    )


def _merged_by_name(base: Sequence[Node], top: Sequence[Node]) -> list[Node]:
    over = {name_of(element): element for element in top}
    known = {name_of(element) for element in base}
    kept = [
        laid_over(element, over[name_of(element)]) if name_of(element) in over else element
        for element in base
    ]
    return kept + [element for element in top if name_of(element) not in known]


def _removals(top: Node) -> list[str]:
    node = top.get("remove")
    return (
        [child.value for child in (node.items or []) if isinstance(child.value, str)]
        if node
        else []
    )


def _without(base: Node, removed: Sequence[str]) -> Node:
    table = dict(base.table or {})
    for key, name in (target for word in removed for target in _targets(base, word)):
        array = table[key]
        table[key] = Node(
            [child for child in array.items or () if name_of(child) != name], array.place
        )
        if "tags" in table:
            table["tags"] = _without_tags_of(f"{key}.{name}", table["tags"])
    return Node(table, base.place)


def _without_tags_of(path: str, tags: Node) -> Node:
    """Return `tags` without those of values at and below `path`, which are gone."""
    kept = {
        key: child
        for key, child in (tags.table or {}).items()
        if key != path and not key.startswith(f"{path}.")
    }
    return replace(tags, value=kept) if tags.table is not None else tags


def _targets(base: Node, word: str) -> list[tuple[str, str]]:
    """Return the (array, name) pairs that a word of `remove` may mean."""
    exact = [(key, word) for key in NAMED_ARRAYS if word in names_of(base.get(key))]
    if exact:
        return exact
    key, _, name = word.partition(".")
    return [(key, name)] if key in NAMED_ARRAYS and name in names_of(base.get(key)) else []


def removal_errors(base: Node | None, top: Node) -> Iterator[ScenarioError]:
    """Yield what is wrong with ``remove``."""
    node = top.get("remove")
    if node is None:
        return
    if base is None:
        yield ScenarioError(
            f"{node.place}: remove", "nothing to remove from", expected="`extends` in the same file"
        )
        return
    if node.items is None or any(not isinstance(child.value, str) for child in node.items):
        yield ScenarioError(
            f"{node.place}: remove",
            "not a list of names",
            expected='for example remove = ["boards"]',
        )
        return
    known = [name for key in NAMED_ARRAYS for name in names_of(base.get(key))]
    for child in node.items:
        word = str(child.value)
        found = _targets(base, word)
        if not found:
            yield ScenarioError(
                f"{child.place}: remove",
                f"`{word}` is not in the extended file",
                expected="one of " + ", ".join(known)
                if known
                else "nothing: the extended file has no named tables",
                hint=did_you_mean(word, known),
            )
        elif len(found) > 1:
            ways = " or ".join(f"`{key}.{name}`" for key, name in found)
            yield ScenarioError(f"{child.place}: remove", f"`{word}` names several", expected=ways)


def name_errors(root: Node) -> Iterator[ScenarioError]:
    """Yield elements of arrays of tables that bear the name of another.

    A missing name is told by validation, with everything else that is missing.
    """
    for key in NAMED_ARRAYS:
        array = root.get(key)
        first: dict[str, Place] = {}
        for element in (array.items or []) if array is not None else []:
            name = name_of(element)
            if name is None:
                continue
            if name in first:
                yield _doubled(key, name, element, first[name])
            first.setdefault(name, element.place)


def _doubled(key: str, name: str, element: Node, first: Place) -> ScenarioError:
    what = "uid and service" if key == "facilities" else "id"
    return ScenarioError(
        f"{element.place}: {key}.{name}",
        f"{what} `{name}` is given twice",
        expected=f"one [[{key}]] with that {what}; the other is at {first}",
        hint="give one of them another name",
    )
