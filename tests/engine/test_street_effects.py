"""Who is delayed and who is cut off, by hand in a town of two blocks and one bridge."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.two_blocks import BRIDGE_WAY, EAST_CLINIC, WEST_CLINIC, build_two_blocks
from tests.fixtures.worlds import changed, model_of, two_blocks_scenario
from twin.city.city import load_city
from twin.engine.street_effects import EFFECTS
from twin.model.city_model import CityModel
from twin.network.modes import CAR, WALK
from twin.scenario.load import load_scenario

ONE_CLINIC = f"""
[[facilities]]
op = "remove"
uid = "{EAST_CLINIC}"
service = "primary_care"
"""
CLOSED = ONE_CLINIC + f"""
[[shocks]]
id = "flood"
kind = "close_street"
ways = [{BRIDGE_WAY}]
from_day = 2
from_time = "08:00"
to_day = 3
"""  # fmt: skip


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return load_city(build_two_blocks(tmp_path_factory.mktemp("map"), has_wards=True))


def run(folder, city, text):
    path = two_blocks_scenario(folder, text, map_folder=city.path)
    return CityModel(city, load_scenario(path), 1).run()


def effects(model):
    return model.tables()["street_effects"].to_pandas()


def test_a_closed_bridge_cuts_off_one_side_at_eight(tmp_path, city):
    model = run(tmp_path, city, CLOSED)
    found = effects(model)
    people = model.preparation.residents
    is_east = city.graph.node_id[people.home_node] > 1000
    assert set(found.time_s) == {(2 * 24 + 8) * 3600.0}
    assert set(found.cause) == {"flood"}
    by = found.set_index(["zone", "effect"]).n_residents
    assert by.to_dict() == {
        ("West", "as before"): int((~is_east).sum()),
        ("East", "cut off"): int(is_east.sum()),
    }
    assert found.longer_s[found.effect == "cut off"].isna().all()


def test_a_slowed_bridge_delays_by_what_it_takes_longer(tmp_path, city):
    slowed = CLOSED.replace('"close_street"', '"slow_street"\nfactor = 3.0')
    model = run(tmp_path, city, slowed)
    found = effects(model)
    prep = model.preparation
    bridge_ms = prep.graph.edge_time_ms[:, prep.graph.edges_of_way(BRIDGE_WAY)[0]]
    east = prep.graph.node_id[prep.residents.home_node] > 1000
    # Nobody has a bicycle that may be used here: on foot or, where it is quicker, by car.
    free = prep.candidates()
    best = np.where(free.time_ms >= 0, free.time_ms + free.fixed_ms, 2**40)
    goes_by_car = (best[:, CAR] < best[:, WALK])[prep.home_row] & prep.residents.has_car
    longer = found[found.effect != "as before"]
    n_by_foot = int((east & ~goes_by_car).sum())
    walked = longer[np.isclose(longer.longer_s, 2 * bridge_ms[WALK] / 1000, atol=0.01)]
    assert walked.n_residents.sum() <= n_by_foot
    assert longer.n_residents.sum() == east.sum()
    total = (longer.n_residents * longer.longer_s).sum()
    assert 2 * bridge_ms[CAR] * east.sum() < 1000 * total <= 2 * bridge_ms[WALK] * east.sum() + 1


def test_who_was_out_of_reach_is_not_cut_off(tmp_path, city):
    (tmp_path / "a").mkdir()
    path = two_blocks_scenario(tmp_path / "a", CLOSED, map_folder=city.path)
    text = path.read_text("utf-8").replace("cutoff_s = 3600", "cutoff_s = 60")
    path.write_text(text, encoding="utf-8")
    found = effects(CityModel(city, load_scenario(path), 1).run())
    assert set(found.effect[found.zone == "East"]) == {"out of reach before"}
    assert "cut off" not in set(found.effect)


def test_a_facility_that_is_closed_leads_nowhere(tmp_path, city):
    closed = CLOSED + (
        f'[[interventions]]\nid = "shut"\nkind = "close_facility"\nfacility = "{WEST_CLINIC}"\n'
        'service = "primary_care"\nfrom_day = 1\n'
    )
    assert set(effects(run(tmp_path, city, closed)).effect) == {"out of reach before"}


def test_reopened_streets_and_calm_runs_have_no_effects(tmp_path, city):
    assert len(effects(run(tmp_path, city, ONE_CLINIC))) == 0
    both = CLOSED + CLOSED[len(ONE_CLINIC) :].replace('"flood"', '"works"').replace(
        "to_day = 3", "to_day = 4"
    )
    found = effects(run(tmp_path, city, both))
    # Both begin at once; when the first ends the second still holds.
    assert found.groupby("time_s").cause.first().to_dict() == {
        (2 * 24 + 8) * 3600.0: "flood, works",
        3 * 86_400.0: "flood",
    }
    counts = found.groupby("time_s").n_residents.sum()
    assert (counts == 1500).all()


def test_groups_that_only_some_facilities_admit(tmp_path):
    text = """
[[interventions]]
id = "rule"
kind = "set_eligibility"
service = "primary_care"
eligible = "registration=registered"
from_day = 1
[[shocks]]
id = "works"
kind = "close_street"
street = "Boulevard des Moulins"
from_day = 2
to_day = 3
"""
    model = model_of(changed(tmp_path, text))
    found = effects(model)
    people = model.preparation.residents
    before = found[found.effect == "out of reach before"].n_residents.sum()
    assert before >= (people.registration == 1).sum() > 100 or before >= 100
    assert found.n_residents.sum() == len(people)
    assert set(found.effect) <= set(EFFECTS)
