"""`[[services]]`: who needs a service how often, how long it takes, how it is chosen."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from twin.scenario.fields import Id, Listing, WithinADay, wrong
from twin.scenario.services.choosing import ChoiceSettings
from twin.scenario.services.fees import FeeFields
from twin.scenario.services.following import Referral, Retry  # noqa: TC001 - pydantic
from twin.scenario.services.needs import NeedFields
from twin.scenario.services.queueing import QueueFields
from twin.units import DAY_S


class ServiceSettings(QueueFields, NeedFields, FeeFields):
    """One kind of service that residents need."""

    id: Id = Field(description="name of the service in facility rows and measures")
    title: str = Field(default="", description="words for reports")
    kind: Id | None = Field(
        default=None, description="kind of service whose values hold where none is given here"
    )
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
    retry: Retry | None = Field(default=None, description="who tries again; not given: nobody")
    referrals: Annotated[
        Listing[Referral], Field(description="services to which those served are sent on")
    ] = ()

    @model_validator(mode="after")
    def _referrals_fit(self) -> ServiceSettings:
        total = sum(one.share for one in self.referrals)
        names = [one.to for one in self.referrals]
        if total > 1.0:
            raise wrong(f"shares of referrals that sum to {total:g}", expected="at most 1")
        if self.id in names:
            raise wrong("a referral to the service itself", expected="another service")
        if len(set(names)) < len(names):
            raise wrong("two referrals to one service", expected="one referral a service")
        if len({one.after_s for one in self.referrals}) > 1:
            raise wrong(
                "referrals with different `after_s`", expected="one `after_s` for a service"
            )
        return self
