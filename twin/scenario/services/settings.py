"""`[[services]]`: who needs a service how often, how long it takes, how it is chosen."""

from __future__ import annotations

from pydantic import Field

from twin.scenario.fields import Id, WithinADay  # noqa: TC001 - pydantic
from twin.scenario.services.choosing import ChoiceSettings
from twin.scenario.services.fees import FeeFields
from twin.scenario.services.needs import NeedFields
from twin.scenario.services.queueing import QueueFields
from twin.units import DAY_S


class ServiceSettings(QueueFields, NeedFields, FeeFields):
    """One kind of service that residents need."""

    id: Id = Field(description="name of the service in facility rows and measures")
    title: str = Field(default="", description="words for reports")
    department: str | None = Field(default=None, description="id of the department in charge")
    cutoff_s: WithinADay = Field(
        default=3600.0, description="facilities farther than this travel time are not considered"
    )
    expected_wait_s: int = Field(
        default=0,
        ge=0,
        le=7 * DAY_S,
        description="wait that a resident expects who has not been told",
    )
    choice: ChoiceSettings = Field(
        default_factory=ChoiceSettings, description="how a facility is chosen"
    )
