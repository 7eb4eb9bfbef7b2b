"""How a resident chooses among facilities, and what he or she knows of them."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from twin.scenario.fields import Multiplier, wrong
from twin.units import StrictModel

Rule = Literal["logit", "nearest", "huff", "catchment", "nested_logit", "shortest_queue"]
Share = Annotated[float, Field(ge=0, le=1)]
Utility = Annotated[float, Field(ge=-1e6, le=1e6)]

BY_UTILITY: Final = frozenset({"logit", "huff", "nested_logit"})
# Keys that other rules would not heed, each with the rules that do.
_RULES_OF: Final = {
    "distance_exponent": frozenset({"huff"}),
    "nest_scale": frozenset({"nested_logit"}),
    "catchments": frozenset({"catchment"}),
    "size_weight": BY_UTILITY,
    "fee_per_unit": BY_UTILITY,
    "habit": BY_UTILITY,
    "forgo_addition": BY_UTILITY,
    "waits_known": BY_UTILITY,
    "waits_smoothing": BY_UTILITY,
}
_REQUIRED: Final = {
    "logit": {"travel_per_min": "a weight, for example travel_per_min = 0.1"},
    "huff": {"distance_exponent": "an exponent, for example distance_exponent = 1.5"},
    "nested_logit": {
        "travel_per_min": "a weight, for example travel_per_min = 0.1",
        "nest_scale": "a scale above 0 and up to 1, for example nest_scale = 0.5",
    },
}


class ChoiceSettings(StrictModel):
    """How a resident chooses among the facilities within the cut-off.

    Logit: utility = - travel_per_min x minutes of travel - wait_per_min x
    minutes of expected wait - delay_per_hour x hours until it opens
    + size_weight x ln(servers) - fee_per_unit x what the resident pays
    + habit at the facility used last + taste. Huff: the same with
    - distance_exponent x ln(minutes of travel).
    """

    rule: Rule = Field(
        default="nearest",
        description="nearest: least travel time, ties by uid; logit; huff; nested_logit: tastes "
        "within a nest are alike; catchment: the facility of one's ward, else the nearest; "
        "shortest_queue: the nearest place, and there the shortest line",
    )
    travel_per_min: Multiplier = Field(default=0.0, description="utility lost per minute of travel")
    wait_per_min: Multiplier = Field(
        default=0.0, description="utility lost per minute of expected wait"
    )
    delay_per_hour: Multiplier = Field(
        default=0.0, description="utility lost per hour until the facility opens"
    )
    size_weight: Multiplier | None = Field(
        default=None,
        description="utility per natural logarithm of the servers; not given: 1 with huff, else 0",
    )
    distance_exponent: float = Field(
        default=0.0,
        gt=0,
        le=100,
        validate_default=False,
        description="huff: utility lost per natural logarithm of the minutes of travel",
    )
    fee_per_unit: Multiplier = Field(
        default=0.0, description="utility lost per unit of currency that the resident pays"
    )
    habit: Utility = Field(
        default=0.0, description="utility of the facility that the resident used last"
    )
    nest_scale: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="nested_logit: scale of the tastes within a nest; 1: no nests",
    )
    catchments: dict[str, str] = Field(
        default_factory=dict, description="catchment: uid of the facility of each ward, by name"
    )
    forgo_utility: float | None = Field(
        default=None,
        ge=-1e6,
        le=1e6,
        description="utility of staying at home; not given: nobody forgoes",
    )
    forgo_addition: dict[str, dict[str, Utility]] = Field(
        default_factory=dict,
        description="added to forgo_utility by column and category of residents: distrust",
    )
    known_by: dict[str, dict[str, Share]] = Field(
        default_factory=dict,
        description="share of residents who know of the service, by column and category; "
        "shares of several columns multiply; a category not named has 1",
    )
    waits_known: Literal["none", "live", "smoothed", "forecast"] = Field(
        default="live",
        description="what informed residents know: none: nothing; live: waits that are published; "
        "smoothed: also the smoothed waits of others; forecast: also the mean wait at that hour "
        "of the week so far",
    )
    waits_smoothing: float = Field(
        default=0.1, gt=0, le=1, description="weight of the latest wait in the smoothed one"
    )
    taste_permanence: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="share of the taste that is the same at every need of a resident",
    )

    @property
    def weight_of_size(self) -> float:
        """Utility per natural logarithm of the servers."""
        if self.size_weight is None:
            return 1.0 if self.rule == "huff" else 0.0
        return self.size_weight

    @model_validator(mode="after")
    def _keys_fit_the_rule(self) -> ChoiceSettings:
        for key, expected in _REQUIRED.get(self.rule, {}).items():
            if key not in self.model_fields_set:
                raise wrong(f"{self.rule} without `{key}`", expected=expected)
        for key, rules in _RULES_OF.items():
            if key in self.model_fields_set and self.rule not in rules:
                words = " or ".join(f'"{rule}"' for rule in sorted(rules))
                raise wrong(
                    f"`{key}` with rule `{self.rule}`, which does not heed it",
                    expected=f"rule = {words}, or no `{key}`",
                )
        if self.forgo_addition and self.forgo_utility is None:
            raise wrong(
                "`forgo_addition` without `forgo_utility`",
                expected="a utility of staying at home, for example forgo_utility = -3.0",
            )
        return self
