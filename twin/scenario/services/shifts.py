"""`[[services.shifts]]`: which share of the servers is on duty when."""

from __future__ import annotations

from pydantic import Field

from twin.scenario.fields import Hours  # noqa: TC001 - pydantic
from twin.units import Share, StrictModel


class Shift(StrictModel):
    """A share of a facility's servers on duty at some hours.

    Where shifts overlap, the one that stands last in the list holds. Within opening hours
    and outside all shifts nobody is on duty. Whoever is on duty at closing stays until all
    who are inside are served.
    """

    hours: Hours = Field(description="when it holds, as opening hours are written")
    share: Share = Field(
        default=1.0,
        description="of each facility's servers, to the nearest whole one, at least one if above 0",
    )
