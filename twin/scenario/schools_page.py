"""The tables of `[schools]` for its page, written from the settings.

``python -m twin.scenario.schools_page`` prints them; they stand in docs/schools.md.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from twin.population.family_settings import FamilyTrait, PointSettings
from twin.scenario.schools import EnrolmentRound, PriorityClass, SchoolLevel, SchoolSettings
from twin.scenario.settings_tables import settings_tables

if TYPE_CHECKING:
    from pydantic import BaseModel

_TABLES: Final[dict[str, type[BaseModel]]] = {
    "[schools]": SchoolSettings,
    "[schools.traits.NAME]": FamilyTrait,
    "[schools.points]": PointSettings,
    "[[schools.levels]]": SchoolLevel,
    "[[schools.levels.classes]]": PriorityClass,
    "[[schools.levels.rounds]]": EnrolmentRound,
}


def schools_tables() -> str:
    """Return the keys of `[schools]` as Markdown tables."""
    return settings_tables(_TABLES)


if __name__ == "__main__":
    sys.stdout.write(schools_tables())
