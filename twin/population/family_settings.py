"""What a scenario says about the families of pupils: ages, traits, points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import Field, model_validator

from twin.errors import did_you_mean
from twin.population.columns import BY_NAME, GROUP_COLUMNS
from twin.units import Share, StrictModel

if TYPE_CHECKING:
    from collections.abc import Iterable

N_AGES: Final = 15
"""Years of age in the youngest band, ``0-14``."""
Weight = Annotated[float, Field(ge=0, le=1e6)]
Points = Annotated[float, Field(ge=-1e6, le=1e6)]


def _check_table(name: str, table: dict[str, dict[str, float]]) -> None:
    for column, words in table.items():
        _check_word(name, "column of residents", column, GROUP_COLUMNS)
        for word in words:
            _check_word(f"{name}.{column}", f"category of {column}", word, BY_NAME[column].words)


def _check_word(name: str, what: str, word: str, known: Iterable[str]) -> None:
    if word not in known:
        parts = (
            f"{name}: unknown {what} `{word}`",
            f"expected {', '.join(known)}",
            did_you_mean(word, known),
        )
        raise ValueError("; ".join(part for part in parts if part))


class FamilyTrait(StrictModel):
    """Something that some families have: a home of their own, an insurance, a permit."""

    share: Share = Field(description="of households, where every multiplier is 1")
    multiplier: dict[str, dict[str, Weight]] = Field(
        default_factory=dict,
        description="by column and category of residents; a category not named has 1",
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        _check_table("multiplier", self.multiplier)
        return self


class PointSettings(StrictModel):
    """Points by which families are ordered where a class says so; they add up."""

    by: dict[str, dict[str, Points]] = Field(
        default_factory=dict, description="points by column and category of residents"
    )
    traits: dict[str, Points] = Field(default_factory=dict, description="points by trait")
    per_year: Points = Field(default=0.0, description="points for each full year of residence")
    years_mean: float = Field(
        default=4.0, ge=0, le=100, description="mean years of residence, exponential"
    )
    years_max: float = Field(
        default=10.0, ge=0, le=100, description="years beyond this one do not count"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        _check_table("by", self.by)
        return self


class FamilySettings(StrictModel):
    """Ages of children, and what households have; drawn once, from the population seed."""

    age_weight: Annotated[tuple[Weight, ...], Field(strict=False)] = Field(
        default=(1.0,) * N_AGES,
        description="15 weights of the ages 0 to 14 within the youngest age band; any scale",
    )
    traits: dict[str, FamilyTrait] = Field(
        default_factory=dict, description="what some families have, by name"
    )
    points: PointSettings = Field(
        default_factory=PointSettings, description="how families are ordered by points"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(self.age_weight) != N_AGES or not any(self.age_weight):
            message = f"age_weight: expected {N_AGES} weights, one of them above 0"
            raise ValueError(message)
        for name in self.points.traits:
            _check_word("points.traits", "trait", name, tuple(self.traits))
        return self
