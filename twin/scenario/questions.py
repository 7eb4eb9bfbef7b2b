"""`[[questions]]` and `[measures]`: what a comparison is asked, written before the run."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from twin.results.equity import AVERSION_PER_H
from twin.results.groups import PRIVACY_FLOOR
from twin.scenario.fields import Columns, Crossings, Id  # noqa: TC001 - pydantic
from twin.units import StrictModel


class Question(StrictModel):
    """One measure, the direction that is better and the smallest effect worth having."""

    id: Id = Field(description="name of the question in reports")
    title: str = Field(default="", description="the question in words")
    measure: str = Field(description="name of a measure")
    service: str | None = Field(
        default=None, description="id of a service; not given: all services"
    )
    by: Columns | None = Field(
        default=None,
        description=(
            "column of residents by which the answer is grouped, or a list of several that are "
            "crossed; of measures of access also `mode`"
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
    inequality_aversion_per_h: float = Field(
        ge=0,
        le=100,
        default=AVERSION_PER_H,
        description=(
            "aversion to inequality of the Kolm-Pollak equivalent: an hour more of burden weighs "
            "e to this power at the margin; 0 is indifference"
        ),
    )
    by: Crossings = Field(
        default=(),
        description=(
            "columns of residents that all measures are grouped by together, for example "
            '["registration", "age_band", "has_car"], or a list of such lists'
        ),
    )
    smallest_group: int = Field(
        ge=PRIVACY_FLOOR,
        le=1_000_000,
        default=PRIVACY_FLOOR,
        description="groups of fewer residents are not shown in a comparison",
    )
