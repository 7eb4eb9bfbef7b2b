"""Who may enrol where: open enrolment, classes, catchments, reserved places.

Each holds for the rounds of enrolment within its days: a round reads the rules in force at
its midnight, and nothing moves before the next one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from twin.city.schools import check_catchment
from twin.errors import InputError, did_you_mean
from twin.population.groups import group_mask
from twin.scenario.fields import Money, Names, wrong
from twin.scenario.interventions.base import BaseIntervention, LedgerRow, Problem, Span
from twin.scenario.interventions.targets import listed
from twin.units import Share  # noqa: TC001 - pydantic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City
    from twin.city.edits import EditValue, Operation
    from twin.city.schools import School


class SchoolIntervention(BaseIntervention):
    """Base of what is done about the schools of one level."""

    level: str = Field(description="level of schools")
    school: Names | None = Field(
        default=None, description="uid of a school, or a list; not given: every school of the level"
    )
    cost_once: Money | None = Field(default=None, description="outlay on the first day")
    cost_per_day: Money | None = Field(default=None, description="running cost per day")

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield a level or schools that are not there."""
        levels = {row.level for row in city.schools}
        if self.level not in levels:
            hint = did_you_mean(self.level, levels) or "levels stand in [[schools.levels]]"
            yield Problem("level", f"unknown level `{self.level}`", listed(levels), hint)
            return
        known = [row.facility.uid for row in city.schools if row.level == self.level]
        for uid in self._named():
            if uid not in known:
                found = f"unknown school `{uid}` of `{self.level}`"
                yield Problem("school", found, listed(known), did_you_mean(uid, known))

    def cost(self, city: City, days: float) -> list[LedgerRow]:
        """Return the outlay on the first day and the running cost, a row for each day."""
        del city
        rows = self.daily_rows("schools", self.cost_per_day, days)
        if self.cost_once and self.from_day < days:
            rows.append(LedgerRow(self.from_day, self.id, "outlay", self.cost_once))
        return rows

    def _named(self) -> tuple[str, ...]:
        return self.school or ()

    def _rows(self, city: City) -> list[School]:
        return [
            row
            for row in city.schools
            if row.level == self.level and (self.school is None or row.facility.uid in self.school)
        ]

    def _span(
        self,
        row: School,
        column: str,
        value: EditValue,
        before: EditValue,
        op: Operation = "set",
    ) -> Span:
        return Span(
            "schools", row.key, column, op, value, before, self.from_day, self.to_day, self.id
        )

    def _condition_problems(self, key: str, text: str) -> Iterator[Problem]:
        try:
            group_mask(text)
        except InputError as error:
            yield Problem(key, error.found, error.expected, error.hint)


class OpenEnrolment(SchoolIntervention):
    """Schools may admit others than before, such as migrant families; classes say in what order."""

    kind: Literal["open_enrolment"] = Field(description="change whom schools may admit")
    eligible: str = Field(
        default="all", description="whom they may admit: all, or registration=registered ..."
    )

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the condition of each school; an end restores the old one."""
        for row in self._rows(city):
            yield self._span(row, "eligibility", self.eligible, row.eligibility)


class AddClasses(SchoolIntervention):
    """More classes in each grade; two such interventions add up."""

    kind: Literal["add_classes"] = Field(description="add classes to schools")
    classes: int = Field(ge=1, le=1000, description="classes added in each grade of each school")
    class_size: int | None = Field(
        default=None, ge=1, le=1000, description="places of each; not given: as of the level"
    )

    def spans(self, city: City) -> Iterator[Span]:
        """Yield one addition for each school."""
        for row in self._rows(city):
            added = self.classes * (self.class_size or row.class_size)
            yield self._span(row, "places", added, row.places, "add")


class RedrawCatchments(SchoolIntervention):
    """Other children live in the catchments of schools; classes say what that is worth."""

    kind: Literal["redraw_catchments"] = Field(description="change the catchments of schools")
    catchment: str | None = Field(
        default=None,
        description="of every school: none, nearest, ward, wards=NAME or area=lon lat, ...",
    )
    catchments: dict[str, str] = Field(
        default_factory=dict, description="the same by uid of the school"
    )

    @model_validator(mode="after")
    def _says_what(self) -> RedrawCatchments:
        if self.catchment is None and not self.catchments:
            raise wrong("neither `catchment` nor `catchments`", expected="one of the two, or both")
        return self

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield levels, schools and wards that are not there, and words of no catchment."""
        yield from super().problems(city)
        texts = {("catchments", uid): text for uid, text in self.catchments.items()}
        if self.catchment is not None:
            texts["catchment", ""] = self.catchment
        for (key, uid), text in texts.items():
            try:
                check_catchment(text, city.wards.names, where="catchment")
            except InputError as error:
                found = f"{uid}: {error.found}" if uid else error.found
                yield Problem(key, found, error.expected, error.hint)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield the catchment of each school that gets another."""
        for row in self._rows(city):
            text = self.catchments.get(row.facility.uid, self.catchment)
            if text is not None:
                yield self._span(row, "catchment", text, row.catchment)

    def _named(self) -> tuple[str, ...]:
        return (*super()._named(), *self.catchments)


class ReservePlaces(SchoolIntervention):
    """Some places of each grade go first to a group; what it leaves is open to all.

    A reserve is soft (Hafalir, Yenmez and Yildirim 2013): members of the group try for it
    first, others for the open places, and none stays empty that anybody listed wants.
    """

    kind: Literal["reserve_places"] = Field(description="reserve places for a group")
    reserved_for: str = Field(description="for whom, a condition: registration=migrant")
    places: Annotated[int, Field(ge=0, le=10**6)] | None = Field(
        default=None, description="places in each grade of each school"
    )
    share: Share | None = Field(
        default=None, description="share of a school's places at the start of the run, instead"
    )

    @model_validator(mode="after")
    def _says_how_many(self) -> ReservePlaces:
        if (self.places is None) == (self.share is None):
            raise wrong("`places` and `share`", expected="one of the two")
        return self

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield levels and schools that are not there, and words of no condition."""
        yield from super().problems(city)
        yield from self._condition_problems("reserved_for", self.reserved_for)

    def spans(self, city: City) -> Iterator[Span]:
        """Yield number and group of each school's reserve; an end leaves none."""
        for row in self._rows(city):
            n = round((self.share or 0.0) * row.places) if self.places is None else self.places
            yield self._span(row, "reserved", n, 0)
            yield self._span(row, "reserved_for", self.reserved_for, "none")
