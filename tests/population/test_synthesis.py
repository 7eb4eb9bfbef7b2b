from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from twin.city.city import City
from twin.population.columns import AGE_BANDS, INCOME_BANDS
from twin.population.homes import home_weights
from twin.population.residents import Residents
from twin.population.settings import PopulationSettings
from twin.population.synthesis import CHILD, build_residents, household_sizes

# Four standard errors of a share among 20,000 residents or 9,000 households.
NEAR_RESIDENTS = 4.0 * 0.5 / 20_000**0.5
NEAR_HOUSEHOLDS = 4.0 * 0.5 / 9_000**0.5


def firsts(residents: Residents) -> NDArray[np.int64]:
    """The first row of each household."""
    return np.unique(residents.household, return_index=True)[1]


def test_same_settings_make_the_same_residents(
    city: City, settings: PopulationSettings, residents: Residents
) -> None:
    again = build_residents(city, settings)
    for each in fields(Residents):
        assert np.array_equal(again.column(each.name), residents.column(each.name)), each.name


def test_another_seed_makes_others(
    city: City, settings: PopulationSettings, residents: Residents
) -> None:
    other = build_residents(city, settings.model_copy(update={"seed": 8}))
    assert len(other) == len(residents)
    for name in ("building", "age_band", "sex", "registration", "income_band", "is_informed"):
        assert not np.array_equal(other.column(name), residents.column(name)), name


@hypothesis_settings(max_examples=40, deadline=None)
@given(n=st.integers(1, 3_000), seed=st.integers(0, 2**64 - 1))
def test_exactly_so_many_residents_and_an_adult_in_each_household(
    city: City, n: int, seed: int
) -> None:
    residents = build_residents(city, PopulationSettings(seed=seed, residents=n))
    assert residents.resident.tolist() == list(range(n))
    assert np.all(np.diff(residents.household.astype(np.int64)) >= 0)
    assert residents.household[-1] + 1 == np.unique(residents.household).size
    assert np.all(residents.age_band[firsts(residents)] != CHILD)


def test_shares_are_those_asked_for(settings: PopulationSettings, residents: Residents) -> None:
    ages = np.bincount(residents.age_band, minlength=3) / len(residents)
    assert ages == pytest.approx([settings.age_share[a] for a in AGE_BANDS], abs=NEAR_RESIDENTS)
    assert (residents.sex == 0).mean() == pytest.approx(settings.female_share, abs=NEAR_RESIDENTS)
    heads = firsts(residents)
    assert residents.registration[heads].mean() == pytest.approx(
        settings.migrant_share, abs=NEAR_HOUSEHOLDS
    )
    incomes = np.bincount(residents.income_band[heads], minlength=3) / heads.size
    assert incomes == pytest.approx(
        [settings.income_share[band] for band in INCOME_BANDS], abs=NEAR_HOUSEHOLDS
    )
    for code, band in enumerate(INCOME_BANDS):
        members = heads[residents.income_band[heads] == code]
        assert residents.has_car[members].mean() == pytest.approx(
            settings.car_share[band], abs=2.5 * NEAR_HOUSEHOLDS
        )
    sizes = np.bincount(np.bincount(residents.household))[1:] / heads.size
    assert sizes == pytest.approx(settings.household_size_share, abs=NEAR_HOUSEHOLDS)


def test_personal_shares_are_those_asked_for(
    settings: PopulationSettings, residents: Residents
) -> None:
    grown = residents.age_band != CHILD
    assert not residents.has_ebike[~grown].any()
    assert residents.has_ebike[grown].mean() == pytest.approx(
        settings.ebike_share, abs=NEAR_RESIDENTS
    )
    for registration, name in enumerate(("registered", "migrant")):
        for age, band in enumerate(AGE_BANDS):
            cell = (residents.registration == registration) & (residents.age_band == age)
            assert residents.is_informed[cell].mean() == pytest.approx(
                settings.informed_share[name][band], abs=4.0 * 0.5 / cell.sum() ** 0.5
            )


def test_members_of_a_household_share_what_belongs_to_it(residents: Residents) -> None:
    heads = firsts(residents)
    for name in ("building", "home_node", "zone", "registration", "income_band", "has_car"):
        column = residents.column(name)
        assert np.array_equal(column, column[heads][residents.household]), name


def test_homes_are_proportional_to_floor_area(
    city: City, settings: PopulationSettings, residents: Residents
) -> None:
    weights = home_weights(city, settings)
    assert weights.tolist() == [300.0, 300.0, 100.0, 0.0, 0.0]
    heads = firsts(residents)
    counts = np.bincount(residents.building[heads], minlength=5) / heads.size
    assert counts == pytest.approx(weights / weights.sum(), abs=NEAR_HOUSEHOLDS)
    assert np.array_equal(residents.home_node, city.buildings.walk_node[residents.building])
    assert np.array_equal(residents.zone, city.buildings.ward[residents.building])


def test_more_residents_leave_the_first_ones_as_they_are(
    city: City, settings: PopulationSettings, residents: Residents
) -> None:
    more = build_residents(city, settings.model_copy(update={"residents": 30_000}))
    # The last household may have been cut.
    n_same = int(firsts(residents)[-1])
    for each in fields(Residents):
        assert np.array_equal(
            more.column(each.name)[:n_same], residents.column(each.name)[:n_same]
        ), each.name


def test_a_larger_share_takes_nobody_out(
    city: City, settings: PopulationSettings, residents: Residents
) -> None:
    update = {"migrant_share": 0.4, "female_share": 0.6, "ebike_share": 0.3}
    more = build_residents(city, settings.model_copy(update=update))
    assert np.all(more.registration >= residents.registration)
    assert np.all(more.sex <= residents.sex)
    assert np.all(more.has_ebike >= residents.has_ebike)
    assert np.array_equal(more.building, residents.building)
    assert np.array_equal(more.age_band, residents.age_band)


def test_sizes_end_with_who_is_left() -> None:
    settings = PopulationSettings(residents=3, household_size_share=(0.0, 1.0))
    assert household_sizes(settings).tolist() == [2, 1]


def test_bytes_of_a_resident(residents: Residents) -> None:
    assert residents.nbytes_per_resident <= 100
