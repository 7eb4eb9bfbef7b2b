"""What follows a visit: another try, a referral to another service."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from twin.scenario.fields import Id  # noqa: TC001 - pydantic
from twin.units import DAY_S, Share, StrictModel

TRIES_MAX: Final = 7
"""Tries after the first: the address of the draws has no more."""


class Retry(StrictModel):
    """Some who were sent away or gave up try again."""

    share: Share = Field(description="of those whose try failed, who try again")
    after_s: float = Field(
        default=0.0, ge=0, le=366 * DAY_S, description="from the failed try to the next"
    )
    times: int = Field(default=1, ge=1, le=TRIES_MAX, description="tries after the first at most")
    elsewhere: bool = Field(
        default=False, description="the facility that failed is left out at the next try"
    )


class Referral(StrictModel):
    """Some of those served are sent on: a need of the other service, with its own chances."""

    to: Id = Field(description="id of the service")
    share: Share = Field(description="of those served, who are sent there")
    after_s: float = Field(
        default=0.0,
        ge=0,
        le=366 * DAY_S,
        description="from the end of the visit to the new need; the same for all referrals of"
        " a service",
    )
