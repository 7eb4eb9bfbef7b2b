"""Load a scenario file: read, extend, override, validate, and tell every error at once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from pydantic import ValidationError

from twin.errors import InputError, InputErrors, ScenarioError
from twin.scenario.document import Scenario, located_scenario
from twin.scenario.facts_table import with_facts
from twin.scenario.located import Node, plain, shown
from twin.scenario.merge import merged, name_errors, removal_errors
from twin.scenario.messages import errors_of
from twin.scenario.overrides import with_override
from twin.scenario.positions import read_toml
from twin.scenario.references import reference_errors
from twin.scenario.schema import file_schema
from twin.scenario.services.presets import with_kinds
from twin.scenario.tags import flattened

if TYPE_CHECKING:
    from collections.abc import Sequence

PATH_KEYS: Final = (
    ("map",),
    ("facilities_file",),
    ("travel", "bus", "skim"),
    ("calendar", "factor_tables", "file"),
    ("population", "table"),
    ("population", "margins", "file"),
    ("population", "sample", "households"),
    ("population", "sample", "persons"),
)
N_EXTENDS_MAX: Final = 32


def load_scenario(path: str | Path, overrides: Sequence[str] = ()) -> Scenario:
    """Return the scenario of a TOML file with everything that it extends.

    Parameters
    ----------
    path
        The file.
    overrides
        Settings laid over the file, such as
        ``"services.primary_care.needs_per_year=7"``.

    Raises
    ------
    ScenarioError
        If the file cannot be read.
    InputErrors
        With everything that is wrong, each with file, line, key path, what was
        found and what is expected.
    """
    source = Path(path)
    chain = _chain(source)
    if not chain[0].table:
        raise ScenarioError(
            shown(source if len(chain) == 1 else Path(chain[0].place.file)),
            "is empty",
            expected="a scenario",
            hint="`twin init NAME` writes one to start from",
        )
    root = with_kinds(_merged_chain(chain))
    # Again, for a kind that an override names.
    root = with_kinds(_overridden(root, overrides, len(chain)))
    root = with_facts(_with_paths(root))
    data = cast("dict[str, object]", plain(root))
    errors: list[InputError] = []
    try:
        scenario = located_scenario(data, root, source.absolute())
    except ValidationError as error:
        errors.extend(errors_of(error, data, root))
    errors.extend(reference_errors(root))
    if errors:
        raise InputErrors(errors)
    return scenario


def _chain(source: Path) -> list[Node]:
    """Return the files from the one at the end of `extends` to `source`."""
    files: list[Path] = []
    path, where = source, ""
    while True:
        real = path.resolve()
        if real in [known.resolve() for known in files]:
            ring = " -> ".join(shown(known) for known in [*files, path])
            raise ScenarioError(
                where, f"extends itself: {ring}", expected="a chain of files that ends"
            )
        if len(files) >= N_EXTENDS_MAX:
            raise ScenarioError(
                where, f"extends more than {N_EXTENDS_MAX} files", expected="a shorter chain"
            )
        _check_exists(path, where)
        files.append(path)
        extends = read_toml(path).get("extends")
        if extends is None:
            break
        where = f"{extends.place}: extends"
        if not isinstance(extends.value, str):
            raise ScenarioError(
                where, "not a file name", expected='for example extends = "baseline.toml"'
            )
        path = path.parent / extends.value
    return [_with_flat_tags(read_toml(file, layer)) for layer, file in enumerate(reversed(files))]


def _check_exists(path: Path, where: str) -> None:
    """Tell a missing extended file where it is named."""
    if where and not path.exists():
        raise ScenarioError(
            where, f"there is no {shown(path)}", expected="a file, named relative to this one"
        )


def _with_flat_tags(layer: Node) -> Node:
    tags = layer.get("tags")
    if tags is None or tags.table is None:
        return layer
    return Node({**(layer.table or {}), "tags": flattened(tags)}, layer.place)


def _merged_chain(chain: Sequence[Node]) -> Node:
    """Return the layers laid over each other; refuses doubled names first."""
    root: Node | None = None
    errors: list[InputError] = []
    for layer in chain:
        errors += [*name_errors(layer), *removal_errors(root, layer)]
        root = merged(Node({}, layer.place) if root is None else root, layer)
    if errors:
        raise InputErrors(errors)
    return cast("Node", root)


def _overridden(root: Node, overrides: Sequence[str], layer: int) -> Node:
    errors: list[InputError] = []
    for number, text in enumerate(overrides):
        try:
            root = with_override(root, text, layer + number)
        except ScenarioError as error:
            errors.append(error)
    if errors:
        raise InputErrors(errors)
    tags = root.get("tags")
    return (
        root if tags is None else Node({**(root.table or {}), "tags": flattened(tags)}, root.place)
    )


def _with_paths(root: Node) -> Node:
    """Resolve paths against the file that wrote them."""
    for keys in PATH_KEYS:
        root = _with_path(root, keys)
    return root


def _with_path(node: Node, keys: Sequence[str]) -> Node:
    """Return a table, or tables, in which the path at `keys`, if there is one, is resolved."""
    if node.items is not None:
        return Node([_with_path(one, keys) for one in node.items], node.place)
    child = None if node.table is None else node.table.get(keys[0])
    if child is None:
        return node
    if len(keys) > 1:
        child = _with_path(child, keys[1:])
    elif isinstance(child.value, str) and "\0" not in child.value:
        path = (child.place.folder or Path()).absolute() / child.value
        child = Node(str(_without_dots(path)), child.place)
    return Node({**(node.table or {}), keys[0]: child}, node.place)


def _without_dots(path: Path) -> Path:
    """Return ``a/../b`` as ``b`` where that is the same file, links considered."""
    short = Path(os.path.normpath(path))
    return short if short.resolve() == path.resolve() else path


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file."""
    return file_schema()
