"""`[travel]` and `[traffic]`: how residents get to a facility."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from twin.scenario.fields import Listing, WithinADay, wrong
from twin.units import StrictModel

Mode = Literal["walk", "bicycle", "car"]


class TravelSettings(StrictModel):
    """Speeds and modes; a resident takes the fastest mode that he or she has."""

    walk_mps: float = Field(default=1.25, ge=0.1, le=10, description="walking speed")
    bicycle_mps: float = Field(
        default=3.6, ge=0.1, le=20, description="speed of a bicycle or e-bike; needs has_ebike"
    )
    modes: Annotated[
        Listing[Mode], Field(description="modes that may be used; car needs has_car")
    ] = ("walk", "car")
    car_fixed_s: WithinADay = Field(
        default=180.0,
        description="time that a car trip takes besides walking and driving: parking at both ends",
    )

    @field_validator("modes", mode="after")
    @classmethod
    def _walk_is_among_them(cls, modes: tuple[Mode, ...]) -> tuple[Mode, ...]:
        if len(set(modes)) < len(modes):
            raise wrong("a mode twice", expected="each mode once")
        if "walk" not in modes:
            raise wrong("no `walk`", expected="`walk` among the modes: everybody has it")
        return modes


class TrafficSettings(StrictModel):
    """How crowded streets slow trips down."""

    mode: Literal["free_flow"] = Field(
        default="free_flow", description="free_flow: streets are never slowed by traffic"
    )
