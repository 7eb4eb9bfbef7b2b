"""`[calendar]`: holidays, kinds of day, and tables that multiply needs by date."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field, model_validator

from twin.city.calendar import CalendarSettings
from twin.scenario.fields import FilePath, Id, Listing, wrong
from twin.units import StrictModel

Spell = Annotated[Listing[dt.date], Field(description="first and last date, both included")]


class DayKind(StrictModel):
    """Days that have something in common: a school term, a heat wave, market days."""

    id: Id = Field(description="name by which services weigh it")
    title: str = Field(default="", description="words for reports")
    spells: Annotated[
        Listing[Spell],
        Field(description="[[first, last], ...]: dates in a row, both ends included"),
    ] = ()
    dates: Annotated[Listing[dt.date], Field(description="single dates")] = ()

    @model_validator(mode="after")
    def _has_days(self) -> DayKind:
        for number, spell in enumerate(self.spells):
            where = f"spells.{number}"
            if len(spell) != 2:  # noqa: PLR2004 - first and last
                raise wrong(f"{where} has {len(spell)} dates", expected="two dates: first and last")
            if spell[1] < spell[0]:
                raise wrong(
                    f"{where} ends on {spell[1]}, before it starts",
                    expected=f"a last date from {spell[0]} on",
                )
        if not self.spells and not self.dates:
            raise wrong("no days", expected="`spells` or `dates`")
        return self

    def holds_on(self, date: dt.date) -> bool:
        """Return whether a date is of this kind."""
        return date in self.dates or any(first <= date <= last for first, last in self.spells)


class FactorTable(StrictModel):
    """A table of dates and factors: an epidemic, the weather, a festival."""

    id: Id = Field(description="name in tags and messages")
    file: FilePath = Field(
        description="CSV with the columns `date` and `factor`; a date not in it has 1"
    )
    services: Annotated[
        Listing[Id], Field(description="services whose needs it multiplies; not given: all")
    ] = ()


class CalendarOfNeeds(CalendarSettings):
    """What a scenario says about its dates.

    Parameters
    ----------
    kinds
        Kinds of day that services may weigh.
    factor_tables
        Tables of factors by date; those of one service multiply.
    """

    kinds: Annotated[Listing[DayKind], Field(description="kinds of day by dates")] = ()
    factor_tables: Annotated[
        Listing[FactorTable], Field(description="factors of need by date, from CSV")
    ] = ()

    @model_validator(mode="after")
    def _names_each_once(self) -> CalendarOfNeeds:
        for key in ("kinds", "factor_tables"):
            names = [one.id for one in getattr(self, key)]
            doubled = sorted({name for name in names if names.count(name) > 1})
            if doubled:
                raise ValueError(f"{key}: id `{doubled[0]}` twice; expected each id once")
        return self
