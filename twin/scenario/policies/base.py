"""What every policy is: a frozen record that decides during the run on what it has been told.

To bring your own, subclass `BasePolicy`, give `kind` a literal of your own and `decide` the
rule, and name the class as an entry point of the group ``twin.policies``. A policy keeps
nothing to itself: what it needs to know later it leaves in `Decisions.memory`, so that the
same information always leads to the same decisions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Protocol, runtime_checkable

from pydantic import Field, model_validator

from twin.scenario.fields import Names, wrong
from twin.scenario.interventions.base import DatedTable, Problem
from twin.scenario.interventions.targets import facility_problems
from twin.scenario.policies.decisions import Decisions, Recall
from twin.units import DAY_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City
    from twin.city.facilities import Facility
    from twin.scenario.policies.information import Information

LONGEST_DELAY_S: Final = 30 * DAY_S
"""Reports that are older are kept for nothing."""
DelaySeconds = Annotated[float, Field(ge=0, le=LONGEST_DELAY_S)]


@runtime_checkable
class Policy(Protocol):
    """What the engine asks of a policy."""

    @property
    def id(self) -> str:
        """Name in logs, ledgers and reports."""
        ...

    @property
    def kind(self) -> str:
        """Word that chooses the class in a scenario file."""
        ...

    def decide(self, information: Information, clock_s: float) -> Decisions:
        """Return what is done at `clock_s`, seconds since the run's first midnight."""
        ...

    def end(self, information: Information, clock_s: float) -> Decisions:
        """Return what is done when the policy ends, on its `to_day`."""
        ...


class BasePolicy(DatedTable):
    """Base of the policies; subclasses give `kind`, fields and `decide`."""

    period_s: int = Field(
        default=1800,
        ge=60,
        le=DAY_S,
        description="time between two decisions, counted anew from each midnight",
    )
    delay_s: int = Field(
        default=0, ge=0, le=LONGEST_DELAY_S, description="how old what it has been told is"
    )
    service: str | None = Field(default=None, description="service that it is in charge of")
    department: str | None = Field(
        default=None, description="department that it is in charge of, instead of `service`"
    )
    facility: Names | None = Field(
        default=None, description="uid of a facility, or a list, if it is not all of them"
    )

    @model_validator(mode="after")
    def _is_in_charge_of_something(self) -> BasePolicy:
        if (self.service is None) == (self.department is None):
            found = "neither `service` nor" if self.service is None else "both `service` and"
            raise wrong(f"{found} `department`", expected="one of the two")
        return self

    def problems(self, city: City) -> Iterator[Problem]:
        """Yield facilities that are not there."""
        yield from facility_problems(city, self.facility or (), self.service)

    def covers(self, facility: Facility, department: str) -> bool:
        """Return whether a facility in the charge of `department` is on its roster."""
        is_named = self.facility is None or facility.uid in self.facility
        if self.service is not None:
            return is_named and facility.service == self.service
        return is_named and department == self.department

    def decide(self, information: Information, clock_s: float) -> Decisions:
        """Return what is done at `clock_s`, seconds since the run's first midnight."""
        raise NotImplementedError(f"{type(self).__name__}.decide")

    def end(self, information: Information, clock_s: float) -> Decisions:
        """Return what is done when the policy ends: all that it has changed is taken back."""
        del information, clock_s
        return Decisions((Recall(),))

    def roster_problem(self, n_stations: int) -> str:
        """Return why it can change nothing with so many stations; empty if it can."""
        return "" if n_stations else "it is in charge of no facility"


def is_midnight(clock_s: float) -> bool:
    """Return whether a day begins; a policy is asked at each midnight, whatever its period."""
    return clock_s % DAY_S == 0
