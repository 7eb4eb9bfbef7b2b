"""What a visit costs its resident."""

from __future__ import annotations

from pydantic import Field

from twin.scenario.fields import Money, Multiplier  # noqa: TC001 - pydantic
from twin.units import StrictModel


class FeeFields(StrictModel):
    """Fee of a visit, and which share of it a resident pays."""

    fee: Money = Field(
        default=0.0, description="fee of a visit at a facility whose row names none, in currency"
    )
    fee_share: dict[str, dict[str, Multiplier]] = Field(
        default_factory=dict,
        description="share of the fee that a resident pays, by column and category of residents; "
        "a category not named pays all",
    )
