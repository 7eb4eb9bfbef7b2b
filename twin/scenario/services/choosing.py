"""How a resident chooses among facilities."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from twin.scenario.fields import Multiplier, wrong
from twin.units import StrictModel


class ChoiceSettings(StrictModel):
    """How a resident chooses among the facilities within the cut-off.

    Logit: utility = - travel_per_min x minutes of travel - wait_per_min x
    minutes of expected wait - delay_per_hour x hours until it opens + taste.
    """

    rule: Literal["logit", "nearest"] = Field(
        default="nearest", description="nearest: least travel time, ties by uid"
    )
    travel_per_min: Multiplier = Field(default=0.0, description="utility lost per minute of travel")
    wait_per_min: Multiplier = Field(
        default=0.0, description="utility lost per minute of expected wait"
    )
    delay_per_hour: Multiplier = Field(
        default=0.0, description="utility lost per hour until the facility opens"
    )
    forgo_utility: float | None = Field(
        default=None,
        ge=-1e6,
        le=1e6,
        description="utility of staying at home; not given: nobody forgoes",
    )
    taste_permanence: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="share of the taste that is the same at every need of a resident",
    )

    @model_validator(mode="after")
    def _logit_has_weights(self) -> ChoiceSettings:
        if self.rule == "logit" and "travel_per_min" not in self.model_fields_set:
            raise wrong(
                "logit without `travel_per_min`",
                expected="a weight, for example travel_per_min = 0.1",
            )
        return self
