"""While the only bridge is closed, needs across it are unreachable; nothing else breaks."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.two_blocks import BRIDGE_NAME, EAST_CLINIC, WEST_CLINIC, build_two_blocks
from tests.fixtures.worlds import two_blocks_scenario
from twin.city.city import load_city
from twin.model.city_model import CityModel
from twin.scenario.load import load_scenario
from twin.units import DAY_S

CLOSED = f"""
[[facilities]]
op = "remove"
uid = "{EAST_CLINIC}"
service = "primary_care"
[[shocks]]
id = "flood"
kind = "close_street"
street = "{BRIDGE_NAME}"
from_day = 3
to_day = 5
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bridge")
    map_folder = build_two_blocks(folder)
    path = two_blocks_scenario(folder, CLOSED, map_folder=map_folder)
    return CityModel(load_city(map_folder), load_scenario(path), 1).run()


@pytest.fixture(scope="module")
def visits(model):
    frame = model.tables()["visits"].to_pandas()
    people = model.preparation.residents
    x = model.city.graph.node_x_mm[people.home_node]
    middle = (x.min() + x.max()) / 2
    frame["is_east"] = (x > middle)[frame.resident.to_numpy()]
    return frame


def test_needs_across_the_closed_bridge_are_unreachable(visits):
    closed = (visits.need_s >= 3 * DAY_S) & (visits.need_s < 5 * DAY_S)
    east = visits[closed & visits.is_east]
    planned = east[east.outcome != "unreachable"]
    assert len(east) > 50
    assert len(east[east.outcome == "unreachable"]) > 0.95 * len(east)
    # The rest fell ill before the closing time and were told to come after the bridge reopened.
    assert (planned.depart_s.dropna() >= 5 * DAY_S).all()


def test_who_had_planned_to_cross_is_unreachable_too(visits):
    stranded = visits[visits.reason == "way_closed"]
    assert stranded.is_east.all()
    assert (stranded.need_s < 3 * DAY_S).all()
    assert stranded.depart_s.isna().all()


def test_the_other_side_notices_nothing(visits):
    west = visits[~visits.is_east]
    assert (west.outcome != "unreachable").all()


def test_service_resumes(visits):
    after = visits[visits.is_east & (visits.need_s > 5 * DAY_S) & (visits.need_s < 7 * DAY_S)]
    assert len(after) > 50
    assert (after.outcome == "served").all()
    before = visits[visits.is_east & (visits.need_s < 2 * DAY_S)]
    assert (before.outcome == "served").all()
    # The way over the bridge is as long as it was, for everybody who went before and after.
    times = visits[visits.is_east].dropna(subset="travel_s").groupby("resident").travel_s
    assert (times.max() == times.min()).all()
    assert set(before.resident) & set(after.resident)


def test_nobody_is_dropped_and_no_number_is_absurd(model, visits):
    assert len(visits) == model.engine.state.n_visits
    numbers = visits.select_dtypes("number").to_numpy(dtype=float)
    assert np.isfinite(numbers[~np.isnan(numbers)]).all()
    travelled = visits.travel_s.dropna()
    assert travelled.between(0, 3600).all()
    for name, table in model.tables().items():
        for column in table.columns:
            if column.type in ("double", "float"):
                values = column.drop_null().to_numpy()
                assert np.isfinite(values).all(), (name, column)


def test_nobody_crosses_while_it_is_closed(model, visits):
    crossing = visits[visits.is_east & visits.depart_s.notna()]
    assert not crossing.depart_s.between(3 * DAY_S, 5 * DAY_S, inclusive="left").any()
    assert set(visits.facility.dropna()) == {WEST_CLINIC}


def test_two_overlapping_closures_open_only_after_both(tmp_path):
    map_folder = build_two_blocks(tmp_path)
    second = (
        CLOSED
        + f"""
[[shocks]]
id = "works"
kind = "close_street"
street = "{BRIDGE_NAME}"
from_day = 4
to_day = 6
"""
    )
    path = two_blocks_scenario(tmp_path, second, map_folder=map_folder)
    model = CityModel(load_city(map_folder), load_scenario(path), 1).run()
    frame = model.tables()["visits"].to_pandas()
    lost = frame[frame.reason == "out_of_reach"]
    assert lost.need_s.between(3 * DAY_S, 6 * DAY_S).all()
    assert (lost.need_s > 5.2 * DAY_S).any()
    assert model.engine.state.closures == dict.fromkeys(model.engine.state.closures, 0)
