"""One level of schools: places, who goes first, how families choose, when."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from twin.population.activity_settings import PlanMode  # noqa: TC001 - pydantic
from twin.population.family_settings import N_AGES
from twin.scenario.fields import Id, Listing, Multiplier, Names, WithinADay, wrong
from twin.streams import N_DAYS_MAX
from twin.units import Share, StrictModel

PLACES_MAX: Final = 10**6
LIST_MAX: Final = 200
N_CLASSES_MAX: Final = 64
Places = Annotated[int, Field(ge=0, le=PLACES_MAX)]
Utility = Annotated[float, Field(ge=-1e6, le=1e6)]
RoundDay = Annotated[int, Field(ge=0, lt=N_DAYS_MAX)]


class PriorityClass(StrictModel):
    """Who goes before those of the classes below; whoever fits no class is not admitted."""

    id: Id = Field(description="name of the class in tables")
    where: str = Field(
        default="all", description="condition on columns of residents: registration=registered"
    )
    traits: Names | None = Field(
        default=None, description="traits of families, all of which are needed"
    )
    in_catchment: bool | None = Field(
        default=None, description="only who lives in the school's catchment, or only who does not"
    )
    by_points: bool = Field(
        default=False, description="within the class more points go first, then the lot"
    )
    points_at_least: float | None = Field(
        default=None, ge=-1e9, le=1e9, description="points that are needed"
    )


class EnrolmentRound(StrictModel):
    """A day on which places are given out under the rules then in force."""

    id: Id = Field(description="name of the round in tables; lots are drawn anew for each name")
    day: RoundDay = Field(
        description="day of the run whose first midnight decides; 0 makes what there is at first"
    )
    term_day: RoundDay | None = Field(
        default=None, description="day from which pupils go there; not given: the day of the round"
    )
    grades: Annotated[
        Listing[Annotated[int, Field(ge=1, le=N_AGES)]],
        Field(description="grades that take part, 1 for the youngest; not given: all"),
    ] = ()

    @model_validator(mode="after")
    def _begins_after_it(self) -> Self:
        if self.term_day is not None and self.term_day < self.day:
            raise wrong(
                f"term_day {self.term_day} before day {self.day}",
                expected=f"a term_day of {self.day} or later",
            )
        return self

    @property
    def starts(self) -> int:
        """Day from which pupils go there."""
        return self.day if self.term_day is None else self.term_day


ONE_CLASS: Final = (PriorityClass(id="all"),)
AT_FIRST: Final = (EnrolmentRound(id="start", day=0),)


class ChoiceFields(StrictModel):
    """How families list schools: utility = quality - travel + taste."""

    travel_per_min: Multiplier = Field(description="utility lost per minute of travel, one way")
    by_mode: PlanMode = Field(default="walk", description="whose free-flow time counts")
    cutoff_s: WithinADay = Field(
        default=3600.0, description="schools farther than this travel time are not listed"
    )
    taste: Multiplier = Field(
        default=1.0, description="scale of a family's own taste for each school (Gumbel)"
    )
    quality: dict[str, Utility] = Field(
        default_factory=dict, description="utility of a school by uid; 0 if not named"
    )
    list_length: int = Field(default=5, ge=1, le=LIST_MAX, description="schools that may be listed")


class SchoolLevel(ChoiceFields):
    """Kindergartens, primary schools, middle schools: one level each."""

    id: Id = Field(description="name of the level in tables, measures and questions")
    title: str = Field(default="", description="words for reports")
    service: str = Field(description="service whose facilities are the schools of this level")
    ages: Annotated[
        Listing[Annotated[int, Field(ge=0, lt=N_AGES)]],
        Field(description="first and last age; each year of age is one grade"),
    ]
    seek_share: Share = Field(default=1.0, description="of these children, who want a place")
    default_places: Places = Field(
        description="places in each grade of a school that `places` does not name"
    )
    places: dict[str, Places] = Field(
        default_factory=dict, description="places in each grade, by uid of the school"
    )
    class_size: int = Field(default=45, ge=1, le=1000, description="places of one more class")
    eligibility: str = Field(default="all", description="condition on whom the schools may admit")
    catchment: str = Field(
        default="none",
        description="who lives in a school's catchment: none, nearest, ward, wards=NAME, area=...",
    )
    catchments: dict[str, str] = Field(
        default_factory=dict, description="the same by uid of the school"
    )
    classes: Annotated[
        Listing[PriorityClass], Field(description="who goes first, in this order")
    ] = ONE_CLASS
    mechanism: Literal["deferred_acceptance", "immediate_acceptance", "top_trading_cycles"] = Field(
        default="deferred_acceptance", description="how places are given out"
    )
    lottery: Literal["single", "by_school"] = Field(
        default="single", description="one lot a child, or one for each school"
    )
    rounds: Annotated[Listing[EnrolmentRound], Field(description="when places are given out")] = (
        AT_FIRST
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(self.ages) != 2 or self.ages[0] > self.ages[1]:  # noqa: PLR2004 - first and last
            raise wrong(f"ages {list(self.ages)}", expected="first and last age, as [6, 11]")
        if not self.classes or len(self.classes) > N_CLASSES_MAX:
            raise wrong(f"{len(self.classes)} classes", expected=f"1 to {N_CLASSES_MAX} classes")
        for what, listed in (("class", self.classes), ("round", self.rounds)):
            names = [one.id for one in listed]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise wrong(f"{what} `{twice}` twice", expected="each id once")
        beyond = [g for one in self.rounds for g in one.grades if g > self.n_grades]
        if beyond:
            raise wrong(f"grade {beyond[0]}", expected=f"grades 1 to {self.n_grades}")
        return self

    @property
    def n_grades(self) -> int:
        """Years that a child spends there."""
        return self.ages[1] - self.ages[0] + 1
