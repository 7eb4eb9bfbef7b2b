"""Read a recipe: every error with file, line, key path, what was found and what is expected."""

from __future__ import annotations

import re
import tomllib
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ValidationError

from twin.errors import InputErrors, MapError, did_you_mean
from twin.network.exchange.recipe import (
    LinkRecipe,
    ModeRecipe,
    NodeRecipe,
    Recipe,
    ZoneRecipe,
)
from twin.network.exchange.storage import read_table
from twin.network.exchange.table_import import Source

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

MAX_BYTES: Final = 1_000_000
_MODELS: Final[dict[str, type[BaseModel]]] = {
    "nodes": NodeRecipe,
    "links": LinkRecipe,
    "zones": ZoneRecipe,
    "modes": ModeRecipe,
}
_TYPES: Final = {
    "string_type": "a text in quotes",
    "bool_type": "true or false",
    "list_type": "a list in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
_HEADER: Final = re.compile(r"\s*\[\s*([A-Za-z0-9_.\"' -]+?)\s*\]")
_KEY: Final = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*(?:=|\.)")


def read_recipe(path: Path) -> Recipe:
    """Return the recipe of a file.

    Raises
    ------
    MapError
        No such file, or not TOML.
    InputErrors
        With everything that is wrong with it.
    """
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MapError(
            str(path), f"is not TOML ({error})", hint="is every text in quotes?"
        ) from error
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        raise InputErrors([_told(path, text, details) for details in error.errors()]) from error


def source_of_recipe(path: Path) -> Source:
    """Return the tables that a recipe names, relative to itself.

    Raises
    ------
    MapError
        A table is missing or cannot be read.
    InputErrors
        The recipe is wrong.
    """
    recipe = read_recipe(path)
    zones = recipe.zones.file if recipe.zones is not None else None
    files = [_beside(path, name) for name in (recipe.nodes.file, recipe.links.file, zones) if name]
    tables = [read_table(file) for file in files]
    return Source(
        recipe,
        nodes=tables[0],
        links=tables[1],
        zones=tables[2] if zones is not None else None,
        files=(path, *files),
        where=path,
    )


def _beside(path: Path, name: str) -> Path:
    """Return a table of a recipe, which lies beside or below it."""
    pure = PurePath(name)
    if pure.is_absolute() or ".." in pure.parts:
        raise MapError(
            f"{path}: file",
            f"{name!r} lies outside the recipe's folder",
            expected="a path below the recipe, so that map and sources move together",
        )
    return path.parent / name


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        text = raw.decode("utf-8")
    except OSError as error:
        raise MapError(str(path), f"cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise MapError(str(path), "is not UTF-8 text", hint="save it as UTF-8") from error
    if len(raw) > MAX_BYTES:
        raise MapError(str(path), f"is larger than {MAX_BYTES:,} bytes", expected="a recipe")
    return text


def _told(path: Path, text: str, details: ErrorDetails) -> MapError:
    steps = [step for step in details["loc"] if step not in {"str", "bool"}]
    names = [str(step) for step in steps if isinstance(step, str)]
    line = _line_of(text, names)
    key = ".".join(names) or "recipe"
    found, expected, hint = _words(details, names)
    return MapError(f"{path}:{line}: {key}", found, expected=expected, hint=hint)


def _words(details: ErrorDetails, names: list[str]) -> tuple[str, str, str]:
    kind, context = details["type"], details.get("ctx", {})
    if "found" in context:
        return str(context["found"]), str(context["expected"]), str(context.get("hint", ""))
    if kind == "missing":
        return "is missing", f"a value; known keys are {', '.join(_known(names[:-1]))}", ""
    if kind == "extra_forbidden":
        known = _known(names[:-1])
        return "unknown key", f"one of {', '.join(known)}", did_you_mean(names[-1], known)
    if kind == "literal_error":
        word = details["input"]
        hint = did_you_mean(word, re.findall(r"'([^']+)'", str(context["expected"])))
        return f"is {word!r}", str(context["expected"]).replace("'", ""), hint
    if kind == "string_pattern_mismatch":
        what = {"crs": "an EPSG code, for example EPSG:4326", "file": "a .csv or .parquet file"}
        return f"is {details['input']!r}", what.get(names[-1], str(context.get("pattern"))), ""
    return f"is {_shown(details['input'])}", _TYPES.get(kind, details["msg"]), ""


def _known(path: list[str]) -> list[str]:
    model = _MODELS.get(path[0]) if path else Recipe
    if model is None:
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _shown(value: Any) -> str:  # noqa: ANN401 - anything a file may say
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - width of a message


def _line_of(text: str, names: list[str]) -> int:
    """Return the line where a key stands, or its table, or the first."""
    best, table = 1, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = header[1]
            if names and ".".join(names).startswith(table):
                best = number
        elif (key := _KEY.match(line)) and names:
            path = [*(table.split(".") if table else []), key[1]]
            if path == names[: len(path)]:
                best = number
    return best
