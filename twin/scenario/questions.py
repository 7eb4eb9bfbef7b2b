"""`[[questions]]` and `[measures]`: what a comparison is asked, written before the run."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from twin.scenario.fields import Id  # noqa: TC001 - pydantic
from twin.units import StrictModel


class Question(StrictModel):
    """One measure, the direction that is better and the smallest effect worth having."""

    id: Id = Field(description="name of the question in reports")
    title: str = Field(default="", description="the question in words")
    measure: str = Field(description="name of a measure")
    service: str | None = Field(
        default=None, description="id of a service; not given: all services"
    )
    by: str | None = Field(
        default=None,
        description=(
            "column of residents by which the answer is grouped, or several joined by commas; "
            "of measures of access also `mode`"
        ),
    )
    better: Literal["lower", "higher"] = Field(description="which direction is an improvement")
    smallest_effect: float = Field(
        gt=0, description="smallest difference worth having, in the measure's unit"
    )


class MeasureSettings(StrictModel):
    """What measures need to know besides the run."""

    unmet_equivalent_s: float = Field(
        ge=0,
        le=1e9,
        default=86_400.0,
        description=(
            "burden of one unmet need, in seconds; more than delay, travel and wait of a need "
            "that is met, or turning people away would look like help"
        ),
    )
    smallest_effect_s: float = Field(
        ge=0,
        le=1e9,
        default=60.0,
        description=(
            "a resident gains or loses beyond this change of his or her burden (delay, travel, "
            "wait and unmet needs, summed over the measured window), as a mean over the paired "
            "seeds; in seconds"
        ),
    )
