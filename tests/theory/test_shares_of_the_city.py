"""Whom a city's residents choose: logit shares in closed form (McFadden 1974).

With doors that never shut and no wait in the utility, everybody's chance of each
clinic and of staying at home follows from the streets alone, with fresh tastes and with
tastes that last.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.small_town import town
from twin.model.city_model import CityModel
from twin.network.travel import TravelTimes

PER_MIN = 0.15
FORGO = -2.5
CHOICE = f"""
[[services]]
id = "primary_care"
needs_per_year = 180.0
service_time = {{{{distribution = "deterministic", mean_s = 60}}}}
default_servers = 1000
default_hours = "24/7"
[services.choice]
rule = "logit"
travel_per_min = {PER_MIN}
forgo_utility = {FORGO}
taste_permanence = {{permanence}}
"""


def run(permanence, seed):
    text = CHOICE.format(permanence=permanence)
    return CityModel(preparation=town(text, residents=3000), seed=seed).run()


def chances(prep):
    """Return (n_residents, stations + home) closed-form chances."""
    travel = TravelTimes(prep.graph)
    people = prep.residents
    fixed_ms = 1000 * prep.scenario.travel.car_fixed_s
    utility = []
    for station in prep.stations:
        walk = travel.to_node(station.node, "walk")[people.home_node].astype(float)
        car = travel.to_node(station.node, "car")[people.home_node].astype(float)
        best = np.minimum(walk, np.where(people.has_car & (car >= 0), car + fixed_ms, np.inf))
        utility.append(-PER_MIN * best / 60_000)
    utility.append(np.full(len(people), FORGO))
    weight = np.exp(np.stack(utility, axis=1))
    return weight / weight.sum(axis=1, keepdims=True)


def answers(model):
    """Return resident and choice (station row, or the last for nobody) of each need."""
    state = model.engine.state
    n = state.n_visits
    station = state.visits.station[:n].astype(int)
    went = np.where(station < 0, len(model.preparation.stations), station)
    return state.visits.row[:n].astype(int), went


@pytest.mark.parametrize("permanence", [0.0, 0.6])
def test_shares_are_those_of_the_logit(permanence):
    """One need a resident and seed: with lasting tastes further ones are no new evidence."""
    expected, found, variance = np.zeros(3), np.zeros(3), np.zeros(3)
    for seed in range(1, 5):
        model = run(permanence, seed)
        row, went = answers(model)
        people, first = np.unique(row, return_index=True)
        chance = chances(model.preparation)[people]
        expected += chance.sum(axis=0)
        variance += (chance * (1 - chance)).sum(axis=0)
        found += np.bincount(went[first], minlength=3)
    assert found.min() > 200
    assert np.all(np.abs(found - expected) < 4 * np.sqrt(variance))


def test_lasting_tastes_make_a_resident_return():
    """The share of pairs of needs with one answer: more than by chance, if tastes last."""
    repeated = {}
    for permanence in (0.0, 0.6):
        model = run(permanence, 1)
        row, went = answers(model)
        order = np.argsort(row, kind="stable")
        is_pair = row[order][1:] == row[order][:-1]
        alike = (went[order][1:] == went[order][:-1])[is_pair]
        chance = (chances(model.preparation)[row[order][1:][is_pair]] ** 2).sum(axis=1)
        error = np.sqrt((chance * (1 - chance)).sum())
        repeated[permanence] = (alike.sum() - chance.sum()) / error
    assert abs(repeated[0.0]) < 4
    assert repeated[0.6] > 10
