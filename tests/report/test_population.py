"""The report tells how well residents fit, and which defaults are assumed."""

from __future__ import annotations

from twin.report.population import assumed_defaults, population_fit

FIT = {
    "n_residents": 900,
    "n_households": 360,
    "n_zones": 1,
    "margins": [
        {
            "id": "sizes",
            "of": "household",
            "columns": ["household_size"],
            "tae": 3.0,
            "total": 360.0,
            "srmse": 0.0123,
            "worst": "household_size=1 in <North>",
            "worst_target": 9.5,
            "worst_found": 8.0,
        }
    ],
    "conflicts": ["margins `a` and `b` disagree"],
    "notes": [],
}


def test_a_fit_is_a_table_with_its_conflicts():
    page = str(population_fit([{}, {"population_fit": None}, {"population_fit": FIT}]))
    assert "900 residents in 360 households fitted to 1 margins in 1 zones" in page
    assert "3 of 360" in page
    assert "household_size=1 in &lt;North&gt;: 8.0 for 9.5" in page
    assert "margins `a` and `b` disagree" in page
    assert population_fit([{}, {"population_fit": None}]) is None


def test_defaults_are_listed_once_and_tagged_values_stand_in_the_other_table():
    one = {"path": "population.female_share", "value": "0.51", "why": "a default"}
    two = {"path": "population.car_share", "value": "0.5", "why": "a guess"}
    page = str(assumed_defaults([{"assumed": [one, two]}, {"assumed": [one]}]))
    assert page.count("population.female_share") == 1
    assert "population.car_share" not in page
    assert "1 values that no file says" in page
    assert assumed_defaults([{}, {"assumed": [two]}]) is None
