from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from twin.population.settings import PopulationSettings


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"residents": 0}, "greater than or equal to 1"),
        ({"residents": 10, "seed": -1}, "greater than or equal to 0"),
        ({"residents": 10, "female_share": 51.0}, "less than or equal to 1"),
        ({"residents": 10, "female_share": float("nan")}, "finite"),
        ({"residents": 10, "womens_share": 0.5}, "Extra inputs"),
        ({"residents": 10, "age_share": {"0-14": 0.5, "15-59": 0.5}}, "expected 0-14, 15-59, 60+"),
        ({"residents": 10, "household_size_share": [0.5, 0.4]}, "the shares sum to 0.9"),
        ({"residents": 10, "income_share": {"low": 1.0, "middle": 0.5, "high": 0.0}}, "1.5"),
        ({"residents": 10, "household_size_share": [1.0]}, "age_share.0-14"),
        ({"residents": 10, "residential_share": {"mixd": 1.0}}, "did you mean `mixed`?"),
        ({"residents": 10, "informed_share": {"registered": {}}}, "expected registered, migrant"),
    ],
)
def test_wrong_settings_are_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PopulationSettings.model_validate(values)
    assert words in str(caught.value)


def test_children_fit_beside_one_adult_a_household() -> None:
    settings = PopulationSettings(
        residents=10,
        household_size_share=(0.0, 1.0),
        age_share={"0-14": 0.5, "15-59": 0.5, "60+": 0.0},
    )
    assert settings.mean_household_size == 2.0
    assert settings.child_share_of_others == 1.0
    assert settings.older_share_of_grown == 0.0
