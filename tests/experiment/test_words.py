"""Numbers and verdicts as people read them."""

from __future__ import annotations

from typing import Any

import pytest

from twin.experiment.words import change, interval, number, sentence, subject

MINUS = "\N{MINUS SIGN}"


def row(**more: Any) -> dict[str, Any]:
    return {
        "measure": "wait_mean_s", "group": "registration=migrant", "unit": "s", "level": 0.95,
        "difference": -192.0, "ci_low": -216.0, "ci_high": -168.0, "verdict": "better",
        "n_seeds": 10, "smallest_effect": 60.0, "seeds_needed": None, **more,
    }  # fmt: skip


def test_the_headline_of_a_gain() -> None:
    assert sentence(row()) == "Migrants wait 3.2 min less (95 % interval 2.8 to 3.6)"


def test_the_headline_of_a_loss() -> None:
    found = row(measure="unmet_share", unit="share", difference=0.021, ci_low=0.01, ci_high=0.032)
    text = sentence({**found, "verdict": "worse", "group": "all"})
    assert text == "Residents: 2.1 points more needs stay unmet (95 % interval 1.0 to 3.2)"


def test_no_material_difference_names_the_smallest_effect_in_one_unit() -> None:
    found = row(verdict="no_material_difference", difference=-5.0, ci_low=-110.0, ci_high=100.0)
    text = sentence(found)
    assert "no material difference in mean wait" in text
    assert f"({MINUS}0.1 min, 95 % interval {MINUS}1.8 to +1.7 min" in text
    assert "smallest effect that matters 60 s" in text


def test_undecided_says_how_many_seeds() -> None:
    text = sentence(row(verdict="undecided", ci_high=30.0, seeds_needed=34))
    assert "undecided after 10 seeds" in text
    assert "about 34 seeds would decide" in text


def test_an_equal_measure_is_told_as_equal() -> None:
    text = sentence(row(verdict="undecided", difference=0.0, ci_low=0.0, ci_high=0.0))
    assert text == "Migrants: mean wait is the same in every seed"


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (12.0, "s", "12 s"),
        (90.0, "s", "1.5 min"),
        (14_400.0, "s", "4.0 h"),
        (0.1234, "share", "12.3 %"),
        (12_345.0, "count", "12,345"),
        (None, "s", "\N{EN DASH}"),
    ],
)
def test_numbers(value: float | None, unit: str, expected: str) -> None:
    assert number(value, unit) == expected


def test_differences_have_signs_and_zero_has_none() -> None:
    assert number(0.021, "share", is_difference=True) == "+2.1 points"
    assert number(-0.00001, "s", is_difference=True) == "0.0 s"
    assert change(0.0, "s") == "no change"
    assert interval(row(ci_low=None)) == "no interval: it needs two seeds"


def test_groups_are_people() -> None:
    assert subject("age_band=60+") == "residents aged 60+"
    assert subject("registration=migrant,has_car=false") == "migrants and residents without a car"
    assert subject("zone=Fontvieille") == "residents of Fontvieille"
    assert subject("shoe_size=44") == "residents with shoe size 44"
