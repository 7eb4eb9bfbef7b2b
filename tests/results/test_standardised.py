"""Direct age standardisation against the sum that defines it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.results.test_measures import columns
from twin.results.day_measures import day_rows
from twin.results.groups import Category
from twin.results.measure import STANDARDISED
from twin.results.measures import MEASURES, compute_measures, groupings

AGES = ("0-14", "15-59", "60+")
DAY = 86_400.0


def rows(age_of_resident: np.ndarray[Any, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    visits, residents = columns()
    residents["age_band"] = Category(age_of_resident.astype(np.int16), AGES)
    found = compute_measures(
        visits, residents, services=["care"], window_s=(0.0, 10 * DAY), unmet_equivalent_s=5000.0
    )
    return {(row["measure"], row["group"]): row for row in found}


def test_a_groups_mean_is_averaged_with_the_ages_of_all_needs() -> None:
    age = np.arange(400) // 5 % 3
    found = rows(age)
    visits, residents = columns()
    row_of = np.argsort(residents["resident"])[visits["resident"]]
    is_migrant = residents["registration"].codes[row_of] == 1
    served = visits["outcome"].codes == 0
    share = np.bincount(age[row_of]) / len(row_of)
    means = [
        visits["wait_s"][is_migrant & served & (age[row_of] == one)].mean() for one in range(3)
    ]
    row = found["wait_mean_s", "registration=migrant"]
    assert row[STANDARDISED] == pytest.approx((share * means).sum())
    unmet = [1 - served[is_migrant & (age[row_of] == one)].mean() for one in range(3)]
    row = found["unmet_share", "registration=migrant"]
    assert row[STANDARDISED] == pytest.approx((share * unmet).sum())


def test_one_age_changes_nothing() -> None:
    for row in rows(np.full(400, 1)).values():
        if STANDARDISED in row:
            assert row[STANDARDISED] == pytest.approx(row["value"])


def test_only_means_and_shares_of_groups_not_by_age_have_it() -> None:
    found = rows(np.arange(400) % 3)
    have = {name for name, row in found.items() if STANDARDISED in row}
    assert {name for name, _ in have} == {
        name for name, _ in found if MEASURES[name].is_mean and name != "utilisation"
    }
    assert not any(group == "all" or group.startswith("age_band") for _, group in have)


def test_an_age_without_a_case_leaves_it_unknown() -> None:
    _, residents = columns()
    is_migrant = residents["registration"].codes == 1
    found = rows(np.where(is_migrant, 1, np.arange(400) % 3))
    assert found["wait_mean_s", "registration=migrant"][STANDARDISED] is None
    assert found["wait_mean_s", "registration=registered"][STANDARDISED] is not None


def test_days_are_standardised_to_the_ages_of_all_residents() -> None:
    age = Category(np.array([0, 0, 0, 1], dtype=np.int16), ("0-14", "15-59"))
    car = np.array([True, False, False, True])
    people = {"age_band": age, "has_car": car}
    trips = {"n_trips": [2, 4, 4, 10], "trip_s": [1.0, 1.0, 1.0, 1.0], "n_cut_off": [0, 0, 0, 0]}
    found = {
        (row["measure"], row["group"]): row
        for row in day_rows(
            {name: np.array(column) for name, column in trips.items()},
            services=["care"],
            window_s=(0.0, DAY),
            groups=groupings(people),
        )
    }
    with_car = found["trips_per_day", "has_car=true"]
    assert with_car["value"] == pytest.approx(6.0)
    assert with_car[STANDARDISED] == pytest.approx(0.75 * 2 + 0.25 * 10)
    assert found["trips_per_day", "has_car=false"][STANDARDISED] is None
