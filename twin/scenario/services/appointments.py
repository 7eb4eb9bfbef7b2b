"""`[services.appointments]`: slots that are booked ahead."""

from __future__ import annotations

from typing import Final

from pydantic import Field, model_validator

from twin.scenario.fields import wrong
from twin.units import DAY_S, Share, StrictModel

PER_SLOT_MAX: Final = 30_000


class Appointments(StrictModel):
    """Some come by appointment: a place in a slot of a facility's book (Bailey and Welch 1952).

    They take the first slot with room that they can be there for; whoever finds none within
    the horizon stays without. The others walk in.
    """

    slot_s: float = Field(ge=60, le=DAY_S, description="length of a slot")
    per_slot: int | None = Field(
        default=None,
        ge=0,
        le=PER_SLOT_MAX,
        description="appointments in a slot at each facility; not given: one a server",
    )
    share: Share = Field(default=1.0, description="of needs, those met by appointment")
    lead_s: float = Field(
        default=0.0, ge=0, le=366 * DAY_S, description="shortest time from need to slot"
    )
    horizon_days: float = Field(
        default=14.0, gt=0, le=366, description="how far ahead appointments are given"
    )
    no_show: Share = Field(default=0.0, description="of appointments, those nobody comes for")
    late_s: float = Field(
        default=0.0,
        ge=-DAY_S,
        le=DAY_S,
        description="mean of arrival against the start of the slot; negative is early",
    )
    late_sd_s: float = Field(
        default=0.0, ge=0, le=DAY_S, description="standard deviation of it, normal"
    )
    first: bool = Field(
        default=False, description="whoever has an appointment is called before who walks in"
    )

    @model_validator(mode="after")
    def _lead_within_horizon(self) -> Appointments:
        if self.lead_s >= self.horizon_days * DAY_S:
            raise wrong(
                f"lead_s {self.lead_s:g} reaches beyond {self.horizon_days:g} days",
                expected="less than horizon_days, or no appointment is ever free",
            )
        return self
