"""`[schools]`: families and the levels of schools."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from twin.population.family_settings import FamilySettings
from twin.results.school_measures import SCHOOLS
from twin.scenario.fields import Listing, wrong
from twin.scenario.schools.levels import SchoolLevel  # noqa: TC001 - pydantic

RESERVED: Final = ("all", SCHOOLS)
"""Words that measures use for all levels together."""


class SchoolSettings(FamilySettings):
    """Who gets which school place; without this table nobody is enrolled."""

    levels: Annotated[Listing[SchoolLevel], Field(description="kindergarten, primary, ...")]

    @model_validator(mode="after")
    def _levels_fit(self) -> Self:
        if not self.levels:
            raise wrong("no level", expected="at least one [[schools.levels]]")
        taken: dict[int, str] = {}
        names: set[str] = set()
        for level in self.levels:
            if level.id in names or level.id in RESERVED:
                raise wrong(f"level `{level.id}`", expected="an id of its own for each level")
            names.add(level.id)
            for age in range(level.ages[0], level.ages[1] + 1):
                if age in taken:
                    raise wrong(
                        f"age {age} in `{taken[age]}` and `{level.id}`",
                        expected="one level for each age",
                    )
                taken[age] = level.id
            self._check_traits(level)
        return self

    def _check_traits(self, level: SchoolLevel) -> None:
        for one in level.classes:
            unknown = [name for name in one.traits or () if name not in self.traits]
            if unknown:
                raise wrong(
                    f"class `{one.id}` of `{level.id}`: unknown trait `{unknown[0]}`",
                    expected=", ".join(self.traits) or "a trait of [schools.traits]",
                )

    def level(self, name: str) -> SchoolLevel:
        """Return one level by id (KeyError if there is none)."""
        return {level.id: level for level in self.levels}[name]
