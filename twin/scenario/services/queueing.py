"""How a service is given: servers, hours, waiting room, closing."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from twin.city.facility_csv import SERVERS_MAX
from twin.scenario.fields import Hours  # noqa: TC001 - pydantic
from twin.scenario.services.service_time import ServiceTime  # noqa: TC001 - pydantic
from twin.units import StrictModel


class QueueFields(StrictModel):
    """What stands at a facility of this kind, and what happens at its door."""

    service_time: ServiceTime = Field(description="how long a visit keeps a server busy")
    default_servers: int = Field(
        ge=0, le=SERVERS_MAX, default=1, description="servers of a facility whose row names none"
    )
    default_hours: Hours = Field(
        default="Mo-Fr 08:00-18:00; PH off",
        description="opening hours of a facility whose row names none",
    )
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
