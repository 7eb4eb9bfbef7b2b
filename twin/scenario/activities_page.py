"""The tables of `[activities]` for its page, written from the settings.

``python -m twin.scenario.activities_page`` prints them; they stand in docs/activities.md.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from twin.population.activity_settings import (
    ActivitySettings,
    ModeTaste,
    OtherActivity,
    Peak,
    SchoolActivity,
    WorkActivity,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_TABLES: Final[dict[str, type[BaseModel]]] = {
    "[activities]": ActivitySettings,
    "[activities.work]": WorkActivity,
    "[activities.school]": SchoolActivity,
    "[activities.other]": OtherActivity,
    "[activities.mode_choice.MODE]": ModeTaste,
    "leave = [{...}]": Peak,
}


def activities_tables() -> str:
    """Return the keys of `[activities]` as Markdown tables."""
    lines = []
    for title, model in _TABLES.items():
        lines += [f"### `{title}`\n", "| key | default | meaning |", "|---|---|---|"]
        lines += [*_rows(model), ""]
    return "\n".join(lines)


def _rows(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        yield f"| `{name}` | {_words(default)} | {field.description or ''} |"


def _words(value: object) -> str:
    """Return a default as it is written in a scenario; tables of their own are not repeated."""
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, BaseModel):
        return "see below"
    return f"`{_toml(value)}`"


def _toml(value: object) -> str:
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_defaults=True)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return f'"{value}"' if isinstance(value, str) else f"{value}"


def _key(name: str) -> str:
    is_bare = name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else f'"{name}"'


if __name__ == "__main__":
    sys.stdout.write(activities_tables())
