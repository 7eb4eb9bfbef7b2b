"""How a service is given: servers, steps, hours, lines, closing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from twin.city.facility_csv import SERVERS_MAX
from twin.scenario.fields import Hours, Listing, wrong
from twin.scenario.services.appointments import Appointments  # noqa: TC001 - pydantic
from twin.scenario.services.priorities import (
    CLASSES_MAX,
    Priority,
    QueueRule,
    check_triage,
    checked_condition,
)
from twin.scenario.services.service_time import ServiceTime  # noqa: TC001 - pydantic
from twin.scenario.services.shifts import Shift  # noqa: TC001 - pydantic
from twin.scenario.services.stages import ONLY_STAGE, StageSettings, check_stages
from twin.scenario.services.waiting import Balking, Patience  # noqa: TC001 - pydantic
from twin.units import Share, StrictModel


class QueueFields(StrictModel):
    """What stands at a facility of this kind, and what happens at its door."""

    service_time: ServiceTime | None = Field(
        default=None,
        description="how long a visit keeps a server busy; required unless there are stages",
    )
    stages: Annotated[
        Listing[StageSettings], Field(description="steps of a visit; none: one step")
    ] = ()
    default_servers: int = Field(
        ge=0, le=SERVERS_MAX, default=1, description="servers of a facility whose row names none"
    )
    default_hours: Hours = Field(
        default="Mo-Fr 08:00-18:00; PH off",
        description="opening hours of a facility whose row names none",
    )
    shifts: Annotated[
        Listing[Shift], Field(description="share of the servers on duty; none: all, always")
    ] = ()
    waiting_room: int | None = Field(
        default=None,
        ge=0,
        le=10**9,
        description="places to wait besides those in service; not given: no limit",
    )
    at_closing: Literal["drain", "turn_away"] = Field(
        default="drain",
        description="drain: who waits at closing is still served; turn_away: is sent home",
    )
    queue: QueueRule | None = Field(
        default=None,
        description="fifo: in the order of arrival; priority: by class; preemptive: a service"
        " under way gives way to a better class and goes on later; not given: priority where"
        " there are classes",
    )
    priorities: Annotated[
        Listing[Priority], Field(description="classes of residents, the first is called first")
    ] = ()
    triage: Annotated[
        Listing[Share],
        Field(description="shares of the degrees of urgency, the most urgent first; sum 1"),
    ] = ()
    patience: Patience | None = Field(
        default=None, description="how long people wait before they leave; not given: for ever"
    )
    balking: Balking | None = Field(
        default=None, description="who does not join the line; not given: everybody joins"
    )
    appointments: Appointments | None = Field(
        default=None, description="slots that are booked ahead; not given: all walk in"
    )
    remote: bool = Field(default=False, description="nobody travels: a hotline")
    eligible: str = Field(
        default="all",
        description="who may use a facility whose row names no condition of its own",
    )

    @property
    def all_stages(self) -> tuple[StageSettings, ...]:
        """The steps of a visit; a service that names none has one."""
        if self.stages or self.service_time is None:
            return self.stages
        return (StageSettings(id=ONLY_STAGE, service_time=self.service_time),)

    @property
    def main_stage(self) -> int:
        """Number of the stage that the facility's own servers serve."""
        return next(i for i, stage in enumerate(self.all_stages) if stage.servers is None)

    @property
    def queue_rule(self) -> QueueRule:
        """In which order people are called."""
        if self.queue is not None:
            return self.queue
        return "priority" if self.has_classes else "fifo"

    @property
    def has_classes(self) -> bool:
        """Whether anything says who is called before whom."""
        is_first = self.appointments is not None and self.appointments.first
        return bool(self.priorities) or len(self.triage) > 1 or is_first

    @property
    def n_classes(self) -> int:
        """Classes of people in its lines."""
        if self.queue_rule == "fifo":
            return 1
        is_first = self.appointments is not None and self.appointments.first
        return len(self.priorities) + max(len(self.triage), 1) + is_first

    @field_validator("eligible", mode="after")
    @classmethod
    def _is_a_condition(cls, eligible: str) -> str:
        return checked_condition(eligible)

    @field_validator("triage", mode="after")
    @classmethod
    def _sums_to_one(cls, triage: tuple[float, ...]) -> tuple[float, ...]:
        check_triage(triage)
        return triage

    @field_validator("stages", mode="after")
    @classmethod
    def _fit_together(cls, stages: tuple[StageSettings, ...]) -> tuple[StageSettings, ...]:
        if stages:
            check_stages(stages)
        return stages

    @model_validator(mode="after")
    def _has_one_service_time(self) -> QueueFields:
        if self.service_time is None and not self.stages:
            raise ValueError(
                "service_time: missing; expected service_time: how long a visit keeps a server busy"
            )
        if self.service_time is not None and self.stages:
            raise ValueError(
                "service_time: given beside stages; expected service_time at each stage, and none"
                " at the service"
            )
        return self

    @model_validator(mode="after")
    def _classes_are_told(self) -> QueueFields:
        if self.queue in ("priority", "preemptive") and not self.has_classes:
            raise wrong(
                f"queue `{self.queue}` without classes",
                expected="priorities, triage, or appointments with first = true",
            )
        if self.n_classes > CLASSES_MAX:
            raise wrong(
                f"{self.n_classes} classes of priorities and triage together",
                expected=f"at most {CLASSES_MAX}",
            )
        return self
