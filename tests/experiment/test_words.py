"""Numbers and verdicts as people read them."""

from __future__ import annotations

from typing import Any

import pytest

from twin.experiment.words import (
    change,
    interval,
    number,
    relative,
    sentence,
    standing,
    subject,
)

MINUS = "\N{MINUS SIGN}"


def row(**more: Any) -> dict[str, Any]:
    return {
        "measure": "wait_mean_s", "service": "primary_care",
        "question_id": "q", "preregistered": True,
        "group": "registration=migrant", "unit": "s", "level": 0.95,
        "difference": -192.0, "ci_low": -216.0, "ci_high": -168.0, "verdict": "better",
        "n_seeds": 10, "smallest_effect": 60.0, "seeds_needed": None, **more,
    }  # fmt: skip


def test_the_headline_of_a_gain() -> None:
    assert sentence(row()) == "Migrants wait 3.2 min less on average (95 % interval 2.8 to 3.6 min)"


def test_the_headline_of_a_loss() -> None:
    found = row(measure="unmet_share", unit="share", difference=0.021, ci_low=0.01, ci_high=0.032)
    found["smallest_effect"] = None
    text = sentence({**found, "verdict": "worse", "group": "all"})
    assert text == (
        "Residents: the share of unmet needs rises by 2.1 percentage points "
        "(95 % interval 1.0 to 3.2 points)"
    )


def test_no_material_difference_names_the_smallest_effect_in_one_unit() -> None:
    found = row(verdict="no_material_difference", difference=-5.0, ci_low=-110.0, ci_high=100.0)
    text = sentence(found)
    assert "no material difference in mean wait" in text
    assert f"({MINUS}0.1 min, 95 % interval {MINUS}1.8 to +1.7 min" in text
    assert "smallest effect that matters, 60 s" in text


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


def test_a_sure_effect_that_may_be_too_small_says_so() -> None:
    text = sentence(row(ci_high=-40.0))
    assert text.endswith("0.7 to 3.6 min; it may be below the smallest effect that matters, 60 s)")
    assert "may be" not in sentence(row())


def test_one_seed_decides_nothing_and_reads_as_a_sentence() -> None:
    text = sentence(row(verdict="undecided", ci_low=None, ci_high=None, n_seeds=1))
    assert text == f"Migrants: mean wait {MINUS}3.2 min in one seed, which decides nothing"


def test_a_group_without_a_case_is_told_as_such() -> None:
    text = sentence(row(verdict="undecided", difference=None, ci_low=None, ci_high=None))
    assert text == "Migrants: no case of mean wait"


def test_small_shares_keep_the_side_of_zero_they_are_on() -> None:
    found = row(unit="share", difference=0.0005, ci_low=-0.0003, ci_high=0.0014)
    assert interval(found) == f"{MINUS}0.03 to +0.14 points"


def test_the_service_is_named_where_there_are_several() -> None:
    assert sentence(row(), is_service_named=True).startswith("Primary care: Migrants wait")
    assert sentence(row(service="all"), is_service_named=True).startswith("All services: ")


def test_how_a_verdict_came_about() -> None:
    assert standing(row()) == ""
    assert standing(row(preregistered=False)) == "asked after the run"
    assert standing(row(question_id=None)) == "exploratory"


def test_relative_to_the_baseline() -> None:
    assert relative(row(baseline=960.0)) == f"{MINUS}20.0 %"
    assert relative(row(baseline=0.0)) == "\N{EN DASH}"


def test_a_ward_with_a_comma_is_one_ward() -> None:
    assert subject("zone=Larvotto, Bas,sex=male") == "residents of Larvotto, Bas and men and boys"


def test_modes_are_told_after_the_people() -> None:
    assert subject("mode=walk") == "residents on foot"
    assert subject("registration=migrant,mode=car") == "migrants by car alone"
