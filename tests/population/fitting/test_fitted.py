"""What a fitted population promises."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from tests.population.fitting import towns
from twin.population.columns import AGE_BANDS, SEXES
from twin.population.fitted import fitted_residents
from twin.population.fitting.margins import read_margin
from twin.population.fitting.plan import plan_population
from twin.population.fitting.targets import scaled_targets
from twin.population.fitting.zone_fit import whole_households
from twin.population.homes import homes_of
from twin.population.residents import Residents
from twin.population.synthesis import build_residents


@pytest.fixture(scope="module")
def margins(tmp_path_factory):
    folder = tmp_path_factory.mktemp("margins")
    return [towns.age_sex(folder, towns.AGES), towns.sizes(folder, towns.SIZES)]


@pytest.fixture(scope="module")
def town():
    return towns.city()


@pytest.fixture(scope="module")
def people(town, margins):
    return build_residents(town, towns.settings(margins))


def plan_of(town, settings):
    return plan_population(town, homes_of(town, settings), settings)


def columns_of(residents, rows=slice(None), *, but=("resident", "household")):
    return {
        each.name: residents.column(each.name)[rows]
        for each in fields(Residents)
        if each.name not in but
    }


def heads(residents):
    return np.unique(residents.household, return_index=True)[1]


def test_everybody_is_a_row_and_every_zone_has_its_people(people):
    assert people.resident.tolist() == list(range(towns.N_RESIDENTS))
    assert np.bincount(people.zone).tolist() == [sum(each) for each in towns.AGES.values()]
    assert (np.diff(people.household.astype(np.int64)) >= 0).all()


def test_margins_are_met_but_for_rounding(people):
    for zone, wanted in enumerate(towns.AGES.values()):
        mine = people.zone == zone
        found = [
            int((mine & (people.age_band == age) & (people.sex == sex)).sum())
            for sex in range(len(SEXES))
            for age in range(len(AGE_BANDS))
        ]
        assert found == pytest.approx(wanted, abs=2.0)
    size = np.bincount(people.household)
    zone = people.zone[heads(people)]
    for row, households in enumerate(towns.SIZES.values()):
        count = np.bincount(size[zone == row], minlength=6)[1:]
        # The open size holds all that is larger.
        found = [*count[:4].tolist(), int(count[4:].sum())]
        assert found == pytest.approx(households, abs=2.0 + 0.02 * sum(households))


def test_counts_are_less_than_one_from_the_weights_and_zeros_are_empty(town, margins):
    zeros = ["household_size=1,has_car=true", "age_band=0-14,income_band=high"]
    settings = towns.settings(margins, zeros=zeros)
    plan = plan_of(town, settings)
    assert np.abs(plan.count - plan.weight).max() < 1.0
    assert (plan.count[plan.weight == 0.0] == 0).all()
    people = fitted_residents(town, settings, plan)
    size = np.bincount(people.household)[people.household]
    assert not (people.has_car & (size == 1)).any()
    assert not ((people.age_band == 0) & (people.income_band == 2)).any()
    assert (people.age_band[heads(people)] != 0).all()
    assert not (people.has_ebike & (people.age_band == 0)).any()


def test_members_of_a_household_share_home_registration_income_and_car(people):
    first = heads(people)[people.household]
    for name in ("building", "home_node", "zone", "registration", "income_band", "has_car"):
        column = people.column(name)
        assert np.array_equal(column, column[first]), name


def test_homes_lie_in_the_zone_and_go_by_floor_area(town, people):
    assert np.array_equal(town.buildings.ward[people.building], people.zone)
    homes = people.building[heads(people)]
    per_home = np.bincount(homes % towns.HOMES_A_WARD)
    share = np.arange(1, towns.HOMES_A_WARD + 1) / 28.0
    assert per_home / homes.size == pytest.approx(share, abs=4 * 0.5 / homes.size**0.5)


def test_the_same_settings_make_the_same_people_and_another_seed_others(town, margins, people):
    again = build_residents(town, towns.settings(margins))
    other = build_residents(town, towns.settings(margins, seed=6))
    for name, column in columns_of(people).items():
        assert np.array_equal(again.column(name), column), name
    assert not np.array_equal(other.building, people.building)
    assert len(other) == len(people)


def test_a_zone_is_what_it_is_whatever_happens_in_others(town, margins, people, tmp_path):
    changed = {**towns.AGES, "North": (200, 500, 180, 220, 520, 140)}
    larger = {**towns.SIZES, "North": (200, 240, 160, 100, 40)}
    more = [towns.age_sex(tmp_path, changed), towns.sizes(tmp_path, larger)]
    n = sum(sum(each) for each in changed.values())
    other = build_residents(town, towns.settings(more, residents=n))
    for zone in (1, 2, 3):
        before = columns_of(people, people.zone == zone)
        after = columns_of(other, other.zone == zone)
        for name, column in before.items():
            assert np.array_equal(after[name], column), (zone, name)


def test_the_order_of_rows_in_a_table_does_not_matter(town, margins, people, tmp_path):
    lines = margins[0]["file"].read_text().splitlines()
    shuffled = tmp_path / "shuffled.csv"
    shuffled.write_text("\n".join([lines[0], *reversed(lines[1:])]))
    other = build_residents(town, towns.settings([{**margins[0], "file": shuffled}, margins[1]]))
    for name, column in columns_of(people).items():
        assert np.array_equal(other.column(name), column), name


def test_a_margin_said_twice_changes_nobody(town, margins, people):
    twice = [*margins, {**margins[0], "id": "again"}]
    other = build_residents(town, towns.settings(twice))
    for name, column in columns_of(people).items():
        assert np.array_equal(other.column(name), column), name


def test_updating_fits_as_well(town, margins):
    plan = plan_of(town, towns.settings(margins, fit="ipu"))
    assert plan.report.method == "ipu"
    assert plan.report.n_residents == towns.N_RESIDENTS
    assert plan.report.margins[0].tae_share < 0.01


def test_a_margin_of_the_city_is_met_by_all_zones_together(town, margins, tmp_path):
    rows = [("true", 900), ("false", 1793)]
    file = towns.write(tmp_path / "cars.csv", "has_car,count", rows)
    cars = {"id": "cars", "file": file, "of": "household", "columns": ["has_car"]}
    plan = plan_of(town, towns.settings([*margins, cars]))
    fit = plan.report.margins[2]
    assert fit.total == pytest.approx(2693)
    assert fit.tae < 10
    share = plan.types.codes["has_car"] @ plan.count.T / plan.count.sum(axis=1)
    assert share.min() > 0.25


def test_conflicts_end_between_and_are_named(town, margins, tmp_path):
    more = {zone: [1.3 * n for n in each] for zone, each in towns.SIZES.items()}
    settings = towns.settings([margins[0], towns.sizes(tmp_path, more)])
    other = tmp_path / "reg"
    other.mkdir()
    rows = [(z, "migrant", 0.5 * sum(n)) for z, n in towns.AGES.items()]
    rows += [(z, "registered", 0.7 * sum(n)) for z, n in towns.AGES.items()]
    file = towns.write(other / "reg.csv", "zone,registration,count", rows)
    reg = {"id": "reg", "file": file, "of": "person", "columns": ["registration"]}
    plan = plan_of(town, towns.settings([margins[0], reg]))
    assert any("`age_sex` and `reg` disagree" in words for words in plan.report.conflicts)
    assert any("disagree in 4 of 4 cells" in words for words in plan.report.conflicts)
    assert plan.report.n_residents == towns.N_RESIDENTS
    migrants = float(plan.weight.sum(axis=0) @ (plan.types.size * plan.types.codes["registration"]))
    assert 0.40 * towns.N_RESIDENTS < migrants < 0.5 * towns.N_RESIDENTS
    plan = plan_of(town, settings)
    assert plan.report.margins[1].tae > 100
    assert "`sizes`" not in " ".join(plan.report.conflicts)  # an open size counts no persons


def test_cells_that_nobody_can_be_in_are_named(town, margins):
    plan = plan_of(town, towns.settings(margins, zeros=["household_size=1"]))
    assert any(
        "`sizes` asks for 620 households that no household can have" in words
        for words in plan.report.conflicts
    )


def test_a_zone_without_homes_gets_nobody_and_the_others_share(margins):
    town = towns.city(empty=["South"])
    people = build_residents(town, towns.settings(margins))
    assert len(people) == towns.N_RESIDENTS
    assert not (people.zone == 2).any()
    plan = plan_of(town, towns.settings(margins))
    assert any("1 zones with 350 residents have no place" in words for words in plan.report.notes)


def test_other_numbers_of_residents_scale_all_margins(town, margins):
    plan = plan_of(town, towns.settings(margins, residents=10 * towns.N_RESIDENTS))
    assert plan.report.n_residents == 10 * towns.N_RESIDENTS
    assert plan.report.margins[1].total == pytest.approx(
        10 * sum(sum(each) for each in towns.SIZES.values()), rel=1e-9
    )
    assert any("every margin is multiplied by 10" in words for words in plan.report.notes)


def test_traits_are_fitted_within_residents_who_are_alike(town, margins, tmp_path):
    rows = [("0-14", "false", 200), ("15-59", "true", 500), ("15-59", "false", 500)]
    rows += [("60+", "true", 10), ("60+", "false", 190)]
    file = towns.write(tmp_path / "ebikes.csv", "age_band,has_ebike,count", rows)
    ebikes = {"id": "e", "file": file, "of": "person", "columns": ["age_band", "has_ebike"]}
    people = build_residents(town, towns.settings([*margins, {**ebikes, "weight": 0.1}]))
    assert not people.has_ebike[people.age_band == 0].any()
    share = [people.has_ebike[people.age_band == age].mean() for age in (1, 2)]
    assert share[0] > 0.4
    assert share[1] < 0.15


def test_shares_without_margins_make_the_old_population(town):
    settings = towns.settings([], residents=500)
    assert settings.margins == ()
    people = build_residents(town, settings)
    # Drawn by household and resident, not by zone.
    assert people.household.max() > 100


def test_only_shares_by_size_keep_the_ages_of_the_scenario(town, tmp_path):
    rows = [(1, 0.1), (2, 0.2), (3, 0.3), ("4+", 0.4)]
    file = towns.write(tmp_path / "shares.csv", "household_size,count", rows)
    margin = {"id": "s", "file": file, "of": "household", "columns": ["household_size"]}
    ages = {"0-14": 0.2, "15-59": 0.6, "60+": 0.2}
    settings = towns.settings([margin], age_share=ages, residents=5000)
    plan = plan_of(town, settings)
    assert [m.id for m in plan.report.margins] == ["s", "age_share"]
    people = build_residents(town, settings)
    share = np.bincount(people.age_band) / len(people)
    assert share == pytest.approx(list(ages.values()), abs=2e-3)
    found = np.bincount(np.bincount(people.household), minlength=5)[1:]
    shares = [*found[:3], found[3:].sum()] / found.sum()
    assert shares == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=2e-3)


def test_the_last_bits_of_a_fit_decide_nothing(town, margins):
    settings = towns.settings(margins)
    plan = plan_of(town, settings)
    zones = plan.zones
    read = [read_margin(each, zones, name="") for each in settings.margins]
    targets = scaled_targets(read, zones, plan.types, settings.residents)
    noise = np.random.default_rng(1).uniform(-1e-11, 1e-11, plan.weight.shape)
    shaken = plan.weight * (1.0 + noise)
    again = whole_households(shaken, plan.types, targets, zones, seed=settings.seed)
    assert np.array_equal(again, plan.count)
