"""The tables of `[activities]` for its page, written from the settings.

``python -m twin.scenario.activities_page`` prints them; they stand in docs/activities.md.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from twin.population.activity_settings import (
    ActivitySettings,
    ModeTaste,
    OtherActivity,
    Peak,
    SchoolActivity,
    WorkActivity,
)
from twin.scenario.settings_tables import settings_tables

if TYPE_CHECKING:
    from pydantic import BaseModel

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
    return settings_tables(_TABLES)


if __name__ == "__main__":
    sys.stdout.write(activities_tables())
