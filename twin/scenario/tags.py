"""`[tags]`: where each domain value is from, and which ones nobody has said.

A tag names a value, or a table and with it everything below. A value that is
written over an extended file loses that file's tag: it is another value now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from pydantic import Field, model_validator

from twin.scenario.located import KeyPath, Node, child_of
from twin.units import StrictModel

if TYPE_CHECKING:
    from collections.abc import Iterator

Tag: TypeAlias = Literal["sourced", "derived", "assumed", "fitted"]

# Tables whose values describe the world; interventions and questions are choices.
DOMAIN_TABLES: Final = ("population", "travel", "traffic", "services", "schools", "measures")
NOT_DOMAIN: Final = frozenset(
    {
        "id",
        "title",
        "department",
        "seed",
        "smallest_effect_s",
        "smallest_group",
        "by",
        "modes",
        "rule",
        "mode",
        "classes",
        "days",
        "kind",
        "candidates_max",
        "queue",
        "remote",
        "eligible",
        "ages",
        "service",
        "rounds",
        "mechanism",
        "lottery",
        # Files and the way of the fit: their numbers are the files'.
        "table",
        "margins",
        "sample",
        "zeros",
        "fit",
    }
)
COST: Final = "cost"
# Of what is chosen: what it costs is of the world, and so is how long things take.
OF_THE_WORLD: Final = {"interventions": (COST,), "policies": (COST, "delay")}


class TagNote(StrictModel):
    """Where a value is from."""

    tag: Tag = Field(description="sourced, derived, assumed or fitted")
    source: str = Field(default="", description="source in words")
    note: str = Field(default="", description="what else should be known")

    @model_validator(mode="before")
    @classmethod
    def _a_word_is_enough(cls, value: Any) -> Any:  # noqa: ANN401 - what a file says
        return {"tag": value} if isinstance(value, str) else value


def flattened(tags: Node) -> Node:
    """Return ``[tags]`` with one key a tagged value: ``services.a.needs_per_year``."""
    return Node(dict(_tag_nodes(tags, "")), tags.place)


def _tag_nodes(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    for key, child in (node.table or {}).items():
        below = f"{path}.{key}" if path else key
        if child.table is not None and "tag" not in child.table:
            yield from _tag_nodes(child, below)
        else:
            yield below, child


def covering_tag(root: Node, path: str) -> str | None:
    """Return the most exact tagged path that covers the value at `path`, if there is one."""
    value = written(root, path)
    layer = -1 if value is None else value.place.layer
    tags = root.get("tags")
    words = path
    while words:
        tag = tags.get(words) if tags is not None else None
        if tag is not None and tag.place.layer >= layer:
            return words
        words = words.rpartition(".")[0]
    return None


def written(root: Node, path: str) -> Node | None:
    """Return the value at a dotted path; None if it is a default that no file wrote."""
    node: Node | None = root
    for word in path.split("."):
        node = child_of(node, word) if node is not None else None
    return node


def domain_values(value: object, path: KeyPath = ()) -> Iterator[tuple[str, object]]:
    """Yield the domain values of a resolved scenario, by dotted path."""
    root = value if isinstance(value, dict) else {}
    for table in DOMAIN_TABLES:
        yield from _values(_in_use(table, root.get(table)), (*path, table))
    for array, words in OF_THE_WORLD.items():
        for member in root.get(array, ()):
            for key, amount in member.items():
                if amount is not None and any(word in key for word in words):
                    yield f"{array}.{member['id']}.{key}", amount


def _in_use(table: str, value: object) -> object:
    """Return a table without what nothing reads: the bus of a city that has none."""
    if table == "travel" and isinstance(value, dict) and "bus" not in value.get("modes", ()):
        return {key: child for key, child in value.items() if key != "bus"}
    return value


def _values(value: object, path: KeyPath) -> Iterator[tuple[str, object]]:
    if path[-1] in NOT_DOMAIN or value is None or value == []:
        return
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _values(child, (*path, key))
    elif (
        isinstance(value, list)
        and value
        and all(isinstance(child, dict) and "id" in child for child in value)
    ):
        for child in value:
            yield from _values(child, (*path, child["id"]))
    else:
        yield ".".join(map(str, path)), value
