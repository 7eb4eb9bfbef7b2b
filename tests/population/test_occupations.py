"""Who works or learns where: shares as asked for, one answer for each resident."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.fixtures.worlds import monaco
from twin.engine.activities import FreeFlowStreets
from twin.population.activity_settings import ActivitySettings
from twin.population.columns import AGE_BANDS
from twin.population.occupations import NEITHER, PUPIL, ROLES, WORKER, build_occupations
from twin.population.settings import PopulationSettings
from twin.population.synthesis import build_residents

SETTINGS = ActivitySettings()


@pytest.fixture(scope="module")
def people():
    return build_residents(monaco(), PopulationSettings(seed=7, residents=6000))


def built(people, settings=SETTINGS, *, city=None, seed=7):
    city = monaco() if city is None else city
    return build_occupations(city, people, settings, seed, FreeFlowStreets(city.graph))


@pytest.fixture(scope="module")
def occupations(people):
    return built(people)


def test_roles_have_their_shares(people, occupations):
    for row, band in enumerate(AGE_BANDS):
        role = occupations.role[people.age_band == row]
        work = SETTINGS.employed_share[band]
        pupil = (1 - work) * SETTINGS.pupil_share[band]
        for code, share in ((WORKER, work), (PUPIL, pupil), (NEITHER, 1 - work - pupil)):
            error = 4 * np.sqrt(share * (1 - share) / role.size)
            assert abs((role == code).mean() - share) <= error + 1e-9, (band, ROLES[code])


def test_places(people, occupations):
    np.testing.assert_array_equal(occupations.node[:, 0], people.home_node)
    has_main = occupations.node[:, 1] >= 0
    np.testing.assert_array_equal(has_main, occupations.role != NEITHER)
    assert occupations.n_slots == 5
    assert (occupations.node[:, 2:] >= 0).mean() > 0.99
    assert not occupations.is_near[~has_main].any()


def test_pupils_go_to_schools_and_workers_do_not_all(occupations):
    city = monaco()
    schools = {
        city.graph.nearest_node(f.lon, f.lat)[0]
        for f in city.facilities
        if f.service in ("school", "kindergarten")
    }
    assert set(occupations.node[occupations.role == PUPIL, 1].tolist()) <= schools
    assert not set(occupations.node[occupations.role == WORKER, 1].tolist()) <= schools


def test_storage_order_and_company_change_nothing(people, occupations):
    order = np.random.default_rng(5).permutation(len(people))
    shuffled = built(people.permuted(order))
    for name in ("role", "node", "is_near"):
        np.testing.assert_array_equal(getattr(shuffled, name), getattr(occupations, name)[order])


def test_another_seed_is_another_population(people, occupations):
    assert (built(people, seed=8).node[:, 1] != occupations.node[:, 1]).mean() > 0.3


def with_school(city, *, is_active):
    school = next(f for f in city.facilities if f.service == "school")
    new = replace(school, uid="new_school", lon=7.4175, lat=43.7335, is_active=is_active)
    return replace(city, facilities=(*city.facilities, new))


def test_a_new_school_moves_only_those_who_prefer_it(people, occupations):
    city = with_school(monaco(), is_active=True)
    node = city.graph.nearest_node(7.4175, 43.7335)[0]
    after = built(people, city=city)
    moved = (after.node != occupations.node).any(axis=1)
    assert 0 < moved.sum() < 0.5 * (occupations.role == PUPIL).sum()
    assert (after.node[moved, 1] == node).all()
    np.testing.assert_array_equal(after.role, occupations.role)


def test_a_school_that_opens_later_moves_nobody(people, occupations):
    after = built(people, city=with_school(monaco(), is_active=False))
    np.testing.assert_array_equal(after.node, occupations.node)


def test_without_schools_nobody_learns_and_the_run_says_so(people):
    settings = ActivitySettings.model_validate({"school": {"facilities": ["academy"]}})
    found = built(people, settings)
    assert set(np.unique(found.role)) == {NEITHER, WORKER}
    assert found.notes == ("map monaco has none of academy: nobody goes to schools",)


def test_nobody_employed(people):
    nobody = dict.fromkeys(AGE_BANDS, 0.0)
    found = built(
        people, ActivitySettings.model_validate({"employed_share": nobody, "pupil_share": nobody})
    )
    assert (found.role == NEITHER).all()
    assert (found.node[:, 1] == -1).all()


def test_one_resident_and_as_many_places_as_there_may_be():
    one = build_residents(monaco(), PopulationSettings(seed=7, residents=1))
    settings = ActivitySettings.model_validate({"other": {"n_places": 6}})
    assert built(one, settings).node.shape == (1, 8)


def test_near_enough_for_lunch(people, occupations):
    settings = ActivitySettings.model_validate({"work": {"noon_return_within_s": 240}})
    nearer = built(people, settings)
    workers = occupations.role == WORKER
    assert 0 < nearer.is_near[workers].sum() < occupations.is_near[workers].sum()
    assert occupations.is_near[workers & nearer.is_near].all()
