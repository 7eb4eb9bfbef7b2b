"""`[travel]`: how residents get to a facility."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from twin.network.modes import BUS_MPS
from twin.scenario.fields import FilePath, Listing, WithinADay, wrong
from twin.units import StrictModel

Mode = Literal["walk", "bicycle", "car", "bus"]


class BusSettings(StrictModel):
    """A bus on the streets of cars: access, wait and ride."""

    mps: float = Field(
        default=BUS_MPS, gt=0, le=40, description="speed on every street, stops included"
    )
    wait_s: WithinADay = Field(default=300.0, description="mean wait at the stop")
    access_s: WithinADay = Field(
        default=240.0,
        description="way to the first stop and from the last, besides the walk to the street",
    )
    skim: FilePath | None = Field(
        default=None,
        description=(
            "Parquet table from, to, time_s of whole trips between wards or nodes, instead of all"
            " this; a pair that is missing has no bus"
        ),
    )


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
    bus: BusSettings = Field(default_factory=BusSettings, description="used if `bus` is a mode")
    candidates_max: int = Field(
        default=100,
        ge=1,
        le=100_000,
        description=(
            "facilities that are kept for each origin, service and mode: the nearest of those"
            " that admit the same residents"
        ),
    )

    @field_validator("modes", mode="after")
    @classmethod
    def _walk_is_among_them(cls, modes: tuple[Mode, ...]) -> tuple[Mode, ...]:
        if len(set(modes)) < len(modes):
            raise wrong("a mode twice", expected="each mode once")
        if "walk" not in modes:
            raise wrong("no `walk`", expected="`walk` among the modes: everybody has it")
        return modes
