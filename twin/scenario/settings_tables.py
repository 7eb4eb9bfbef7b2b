"""Tables of settings as Markdown, written from their classes: key, default, meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def settings_tables(models: Mapping[str, type[BaseModel]]) -> str:
    """Return one table for each class, under its title."""
    lines = []
    for title, model in models.items():
        lines += [f"### `{title}`\n", "| key | default | meaning |", "|---|---|---|"]
        lines += [*_rows(model), ""]
    return "\n".join(lines)


def _rows(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        yield f"| `{name}` | {_words(default)} | {field.description or ''} |"


def _words(default: object) -> str:
    """Return a default as it is written in a scenario; tables of their own are not repeated."""
    if default is PydanticUndefined:
        return "required"
    if isinstance(default, BaseModel):
        return "see below"
    return "" if default is None else f"`{_toml(default)}`"


def _toml(value: object) -> str:
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_defaults=True)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else f"{value}"


def _key(name: str) -> str:
    is_bare = name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else f'"{name}"'
