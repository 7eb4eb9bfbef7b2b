"""Ages, traits and points of children: drawn once, and by whom."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from tests.fixtures.worlds import monaco
from twin.population.families import children_of, who_seeks
from twin.population.family_settings import FamilySettings
from twin.population.settings import PopulationSettings
from twin.population.synthesis import build_residents

SETTINGS = PopulationSettings(residents=30_000, age_share={"0-14": 0.3, "15-59": 0.5, "60+": 0.2})


@pytest.fixture(scope="module")
def people():
    return build_residents(monaco(), SETTINGS)


def settings(**changes):
    return FamilySettings.model_validate(changes)


def test_ages_are_spread_evenly_unless_weights_say_otherwise(people):
    even = children_of(people, settings(), seed=1)
    assert even.row.size == pytest.approx(9_000, rel=0.03)
    counts = np.bincount(even.age, minlength=15)
    assert counts.size == 15
    assert abs(counts / counts.mean() - 1).max() < 0.15
    young = children_of(people, settings(age_weight=[1.0] * 3 + [0.0] * 12), seed=1)
    assert young.age.max() == 2


def test_children_are_listed_by_name_in_whatever_order_they_are_stored(people):
    order = np.random.default_rng(1).permutation(len(people))
    rules = settings(traits={"property": {"share": 0.5}}, points={"per_year": 2.0})
    one = children_of(people, rules, seed=1)
    other = children_of(people.permuted(order), rules, seed=1)
    for name in ("resident", "age", "points"):
        assert (getattr(one, name) == getattr(other, name)).all()
    assert (one.traits["property"] == other.traits["property"]).all()


def test_a_trait_is_the_households(people):
    rules = settings(
        traits={"property": {"share": 0.6, "multiplier": {"registration": {"migrant": 0.5}}}}
    )
    found = children_of(people, rules, seed=1)
    has = found.traits["property"]
    migrant = people.registration[found.row] == 1
    assert has[~migrant].mean() == pytest.approx(0.6, abs=0.03)
    assert has[migrant].mean() == pytest.approx(0.3, abs=0.04)
    household = people.household[found.row]
    _, group = np.unique(household, return_inverse=True)
    share = np.bincount(group, weights=has) / np.bincount(group)
    assert set(share) == {0.0, 1.0}
    certain = settings(traits={"all": {"share": 1.0, "multiplier": {"sex": {"male": 9.0}}}})
    assert children_of(people, certain, seed=1).traits["all"].all()


def test_points_add_up(people):
    rules = settings(
        traits={"insured": {"share": 0.5}},
        points={
            "by": {"income_band": {"low": 5.0}, "sex": {"female": 1.0}},
            "traits": {"insured": 40.0},
            "per_year": 100.0,
            "years_mean": 3.0,
            "years_max": 4.0,
        },
    )
    found = children_of(people, rules, seed=1)
    low = people.income_band[found.row] == 0
    female = people.sex[found.row] == 0
    rest = found.points - 5.0 * low - 1.0 * female - 40.0 * found.traits["insured"]
    years = rest / 100.0
    assert set(years) == {0.0, 1.0, 2.0, 3.0, 4.0}
    assert (years >= 1).mean() == pytest.approx(np.exp(-1 / 3), abs=0.03)
    assert not settings().points.traits


def test_who_seeks_is_nested_and_by_level(people):
    found = children_of(people, settings(), seed=1)
    few, many = (who_seeks(found, share, "primary", 1) for share in (0.3, 0.8))
    assert many.mean() == pytest.approx(0.8, abs=0.02)
    assert (many | ~few).all()
    assert (who_seeks(found, 0.3, "middle", 1) != few).any()
    assert who_seeks(found, 1.0, "primary", 1).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"age_weight": [1.0] * 14}, "age_weight: expected 15 weights"),
        ({"age_weight": [0.0] * 15}, "one of them above 0"),
        ({"points": {"traits": {"home": 1.0}}}, "unknown trait `home`"),
        ({"points": {"by": {"hair": {"red": 1.0}}}}, "by: unknown column of residents `hair`"),
        (
            {"points": {"by": {"sex": {"males": 1.0}}}},
            "unknown category of sex `males`; expected female, male; did you mean `male`",
        ),
        (
            {"traits": {"a": {"share": 0.5, "multiplier": {"zone": {"x": 1.0}}}}},
            "multiplier: unknown column of residents `zone`",
        ),
    ],
)
def test_wrong_settings_are_told(changes, words):
    with pytest.raises(ValidationError, match=words):
        settings(**changes)
