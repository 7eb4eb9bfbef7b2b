"""What every intervention is: a frozen record that compiles to dated changes.

An intervention says which cells it changes, from when to when; `edits` turns
that into dated edits. To bring your own, subclass `BaseIntervention`, give
`kind` a literal of your own and `spans` the changes, and name the class as an
entry point of the group ``twin.interventions``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

from pydantic import Field, model_validator

from twin.city.edits import Edit, EditValue, Operation
from twin.scenario.fields import DayOfRun, Id, wrong
from twin.scenario.moments import ClockTime, with_times_of_day
from twin.units import DAY_S, StrictModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twin.city.city import City
    from twin.city.facilities import Facility


@dataclass(frozen=True)
class LedgerRow:
    """One amount that an intervention costs (or brings, if negative) on a day."""

    day: float
    cause: str
    item: str
    amount: float
    payer: str = ""


@dataclass(frozen=True)
class Problem:
    """Something that does not fit the city, under a key of an intervention or shock."""

    key: str
    found: str
    expected: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Span:
    """A change of one cell from a day on, and until another if there is one.

    Parameters
    ----------
    table, uid, column
        The cell.
    op, value
        As of an edit.
    before
        What the city says without any intervention; an ended ``set`` restores it
        unless another intervention has set the cell meanwhile.
    from_day, to_day
        None: to the end of the run.
    cause
        Id of the intervention or shock.
    """

    table: str
    uid: str
    column: str
    op: Operation
    value: EditValue
    before: EditValue
    from_day: float
    to_day: float | None
    cause: str


@runtime_checkable
class Intervention(Protocol):
    """What the engine asks of an intervention."""

    @property
    def id(self) -> str:
        """Name in logs, ledgers and reports."""
        ...

    @property
    def kind(self) -> str:
        """Word that chooses the class in a scenario file."""
        ...

    def edits(self, city: City) -> Iterable[Edit]:
        """Return the dated edits, as if there were no other intervention."""
        ...

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return what it costs within a run of `days` days."""
        ...

    def new_facilities(self) -> tuple[Facility, ...]:
        """Return facilities that must exist, closed, from the start."""
        ...


class DatedTable(StrictModel):
    """What interventions, shocks and policies share: a name, and days between which they hold."""

    id: Id = Field(description="name in logs, ledgers and reports")
    kind: str = Field(description="what is done")
    title: str = Field(default="", description="words for reports")
    from_day: DayOfRun = Field(
        description="day from which it holds, counted from 0; 7.5 is noon of day 7"
    )
    to_day: DayOfRun | None = Field(
        default=None, description="day on which it ends; not given: it lasts"
    )
    from_time: ClockTime | None = Field(
        default=None, description='time of day, for example "08:00", on a whole from_day'
    )
    to_time: ClockTime | None = Field(
        default=None, description="time of day on to_day; without to_day on the day it starts"
    )

    @model_validator(mode="before")
    @classmethod
    def _days_with_times(cls, value: Any) -> Any:  # noqa: ANN401 - what a file says
        return with_times_of_day(value)

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.to_day is not None and self.to_day <= self.from_day:
            raise wrong(
                f"to_day {self.to_day:g} is not after from_day {self.from_day:g}",
                expected=f"a to_day above {self.from_day:g}, or none",
                hint="days are counted from 0 at run.start",
            )
        return self

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield what does not fit the city; nothing else is asked unless there is nothing."""
        del city
        yield from ()


class DatedModel(DatedTable):
    """What interventions and shocks share: they change cells at dates known beforehand."""

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the cells that are changed.

        Parameters
        ----------
        city
            With the facilities of the scenario; every default is filled in.
        """
        raise NotImplementedError(f"{type(self).__name__}.spans")

    def edits(self, city: City) -> Iterator[Edit]:
        """Yield the dated edits, as if there were no other intervention."""
        for span in self.spans(city):
            yield start_edit(span)
            if span.to_day is not None:
                yield end_edit(span, span.before)

    def days_within(self, days: float) -> float:
        """Return how many days of a run of `days` days it holds."""
        end = days if self.to_day is None else min(days, self.to_day)
        return max(0.0, end - self.from_day)


class BaseIntervention(DatedModel):
    """Base of the interventions; subclasses give `kind`, fields and `spans`."""

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return what it costs within a run of `days` days; nothing by default."""
        del city, days
        return []

    def new_facilities(self) -> tuple[Facility, ...]:
        """Return facilities that must exist, closed, from the start; none by default."""
        return ()

    def daily_rows(self, item: str, amount_per_day: float | None, days: float) -> list[LedgerRow]:
        """Return one ledger row for each day on which it holds, the last one pro rata."""
        if not amount_per_day:
            return []
        rows = []
        day, left = self.from_day, self.days_within(days)
        while left > 0:
            share = min(1.0, left)
            rows.append(LedgerRow(day, self.id, item, amount_per_day * share))
            day, left = day + share, left - share
        return rows


def start_edit(span: Span) -> Edit:
    """Return the edit that begins a span."""
    return Edit(
        span.from_day * DAY_S, span.table, span.uid, span.column, span.op, span.value, span.cause
    )


def end_edit(span: Span, restored: EditValue) -> Edit:
    """Return the edit that ends a span: the opposite addition, or `restored` set again."""
    if span.to_day is None:
        raise ValueError("a span without an end has no edit that ends it")
    value = -int(span.value) if span.op == "add" else restored
    return Edit(span.to_day * DAY_S, span.table, span.uid, span.column, span.op, value, span.cause)
