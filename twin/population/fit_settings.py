"""What a scenario says about the tables that its population is fitted to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from twin.errors import did_you_mean
from twin.units import StrictModel

TablePath = Annotated[Path, Field(strict=False)]
Columns = Annotated[tuple[str, ...], Field(strict=False)]
Conditions = Annotated[tuple[str, ...], Field(strict=False)]

SIZE: Final = "household_size"
HOUSEHOLD_COLUMNS: Final = (SIZE, "registration", "income_band", "has_car")
TRAITS: Final = ("sex", "has_ebike", "is_informed")
"""Columns of a resident that are told apart within those who are alike otherwise."""
PERSON_COLUMNS: Final = ("age_band", *TRAITS, *HOUSEHOLD_COLUMNS)


class MarginSettings(StrictModel):
    """One table of counts: a row a cell, by zone or for the whole city."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")] = Field(
        description="name of the margin in reports"
    )
    file: TablePath = Field(
        description="CSV or Parquet: the crossed columns, counts, and a zone for one by zone"
    )
    of: Literal["household", "person"] = Field(description="what is counted")
    columns: Columns = Field(
        default=(), description="columns of residents that are crossed; empty for a total"
    )
    count: str = Field(
        default="count", description="column of the counts; if they sum to 1 they are shares"
    )
    zone: str = Field(
        default="zone",
        description="column with the ward's name or OSM id; a table without it is of the city",
    )
    weight: Annotated[float, Field(gt=0, le=1e3)] = Field(
        default=1.0, description="how hard it is against others where margins conflict"
    )

    @model_validator(mode="after")
    def _check_columns(self) -> Self:
        known = HOUSEHOLD_COLUMNS if self.of == "household" else PERSON_COLUMNS
        for name in self.columns:
            if name not in known:
                hint = did_you_mean(name, known)
                message = (
                    f"columns: `{name}` is no column of a {self.of};"
                    f" expected {', '.join(known)}; {hint}"
                )
                raise ValueError(message)
        if len(set(self.columns)) < len(self.columns):
            raise ValueError(f"columns: one stands twice: {', '.join(self.columns)}")
        return self


class SampleSettings(StrictModel):
    """Microdata that the first weights come from, instead of independence."""

    households: TablePath = Field(
        description="CSV or Parquet: `household`, registration, income_band, has_car; `weight`"
    )
    persons: TablePath = Field(
        description="CSV or Parquet: `household`, `age_band`, `sex`, a row a member"
    )


def population_files(population: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Return (table, key) of each file that the plain data of `[population]` names."""
    sample = population.get("sample") or {}
    named = [(population, "table"), (sample, "households"), (sample, "persons")]
    named += [(margin, "file") for margin in population.get("margins") or ()]
    return [(table, key) for table, key in named if table.get(key)]
