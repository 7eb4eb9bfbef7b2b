"""Day plans in a run: windows, odd towns, and what stays when little is there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.fixtures.day_towns import DAYS, SMALL, activities_in, days_of, finished, prepared
from tests.fixtures.two_blocks import build_two_blocks
from twin.city.city import load_city
from twin.engine.loop import Engine
from twin.engine.movements import movements_of
from twin.engine.preparation import prepare
from twin.kernels.plans import HOME_SLOT
from twin.model.city_model import CityModel
from twin.network.modes import RESIDENT_MODES
from twin.scenario.load import load_scenario
from twin.units import DAY_US, HOUR_US

NOTHING = """
name = "bare"
map = "{map}"
[run]
start = 2024-01-08
days = {days}
warmup_days = 0
[population]
seed = 3
residents = {residents}
[output]
level = "full"
"""


def bare(tmp_path, text, *, residents=200, days=2, has_wards=True):
    """Return a finished run of a scenario without services."""
    folder = build_two_blocks(tmp_path, has_wards=has_wards)
    path = tmp_path / "bare.toml"
    head = NOTHING.format(map=folder, days=days, residents=residents)
    path.write_text(head + text, encoding="utf-8")
    return CityModel(preparation=prepare(load_city(folder), load_scenario(path)), seed=1).run()


def modes_of(model):
    return set(model.tables()["trips"]["mode"].drop_null().to_pylist())


def test_a_scenario_without_services(tmp_path):
    model = bare(tmp_path, "[activities]\n")
    trips = model.tables()["trips"].to_pandas()
    assert set(trips.purpose) == {"home", "work", "other"}
    assert trips.trip_id.is_unique
    assert (model.tables()["presence"].to_pandas().groupby("hour_s").n_residents.sum() == 200).all()


def test_without_wards_all_are_counted_outside(tmp_path):
    model = bare(tmp_path, "[activities]\n", has_wards=False)
    presence = model.tables()["presence"].to_pandas()
    assert presence.zone.isna().all()
    assert (presence.groupby("hour_s").n_residents.sum() == 200).all()


def test_one_resident_on_one_day(tmp_path):
    model = bare(tmp_path, "[activities]\n", residents=1, days=1)
    assert model.tables()["residents"].num_rows == 1
    assert (model.tables()["presence"].to_pandas().groupby("hour_s").n_residents.sum() == 1).all()


def test_only_walking_and_as_many_places_as_may_be(tmp_path):
    model = bare(tmp_path, '[travel]\nmodes = ["walk"]\n[activities.other]\nn_places = 6\n')
    assert modes_of(model) == {"walk"}
    assert model.preparation.place_node.shape == (200, 8)


def test_a_mode_that_is_not_liked_is_not_taken(tmp_path):
    text = """
[travel]
modes = ["walk", "car", "bus"]
[activities.mode_choice]
walk = {time_per_min = 0.02}
bus = {constant = 9.0}
"""
    assert modes_of(bare(tmp_path, text)) == {"walk", "bus"}


def test_a_mode_that_is_not_offered_is_not_taken(tmp_path):
    text = """
[travel]
modes = ["walk", "car"]
[activities.mode_choice]
walk = {}
bus = {constant = 50.0}
"""
    assert modes_of(bare(tmp_path, text)) == {"walk"}


def test_nobody_employed_and_nobody_who_runs_errands(tmp_path):
    text = """
[activities]
employed_share = {"0-14" = 0.0, "15-59" = 0.0, "60+" = 0.0}
[activities.other]
tours_per_day = {worker = 0.0, pupil = 0.0, neither = 0.0}
"""
    model = bare(tmp_path, text)
    assert model.tables()["trips"].num_rows == 0
    assert model.tables()["link_hours"].num_rows == 0
    presence = model.tables()["presence"].to_pandas()
    assert set(presence.activity) == {"home"}


def test_what_is_assumed_is_told():
    words = " ".join(prepared().warnings)
    assert "map two_blocks has none of school, kindergarten: nobody goes to schools" in words
    assert "with room for workplaces: they stand along all streets" in words


def test_trips_count_in_the_measured_window_only():
    whole = finished(DAYS, SMALL).tables()["residents"].to_pandas()
    trips = days_of(finished(DAYS, SMALL).engine.state)
    assert whole.n_trips.sum() == sum(len(part.row) for part in trips.logged)
    part = finished(DAYS, (*SMALL, "run.warmup_days=1", "run.cooldown_days=1"))
    days = days_of(part.engine.state)
    assert part.tables()["residents"]["n_trips"].to_numpy().sum() == days.logged[1].row.size
    spent = (days.logged[1].arrive_us - days.logged[1].depart_us).sum()
    assert part.tables()["residents"]["trip_s"].to_numpy().sum() == pytest.approx(spent / 1e6)


def test_days_off_are_holidays_and_weekends_but_those_that_are_worked():
    dates = "[calendar]\nholidays = [2024-01-09]\nworking_days = [2024-01-13]\n"
    text = DAYS + dates
    prep = prepared(text, ("population.residents=200", "run.days=7", "run.cooldown_days=0"))
    assert np.flatnonzero(activities_in(prep).is_day_off).tolist() == [1, 6]


SLOW = """
[travel]
modes = ["walk"]
walk_mps = 0.1
[activities.work]
leave = [{at = "20:00", sd_min = 30}]
stay_h = 2.0
"""


def test_trips_over_midnight_go_on_the_next_day(tmp_path):
    model = bare(tmp_path, SLOW)
    trips = model.tables()["trips"].to_pandas()
    over = trips[(trips.depart_s < 86_400) & (trips.arrive_s > 86_400)]
    assert len(over) > 20
    presence = model.tables()["presence"].to_pandas()
    midnight = presence[presence.hour_s == 86_400]
    assert midnight.n_residents[midnight.activity == "under_way"].sum() >= len(over)
    assert (presence.groupby("hour_s").n_residents.sum() == 200).all()
    trips = trips.sort_values(["resident", "depart_s"], kind="stable")
    ready = trips.groupby("resident").arrive_s.shift()
    assert ((trips.depart_s >= ready - 1e-6) | ready.isna()).all()


def test_a_day_needs_no_more_room_than_the_days_before():
    """Room grows until the busiest day fits; what is asked again gives the same."""
    engine = Engine(prepared(DAYS, SMALL), 1)
    days = days_of(engine.state)
    of_trips = ("want_us", "from_slot", "to_slot", "tour", "mode", "depart_us", "arrive_us")
    tight = days.plans._replace(
        **{name: getattr(days.plans, name)[:40].copy() for name in of_trips}
    )
    days.plans = tight
    days.begin(0)
    engine.advance(3 * DAY_US)
    assert engine.chain == list(finished(DAYS, SMALL).hash_chain)


def test_everybody_starts_at_home():
    engine = Engine(prepared(DAYS, SMALL), 1)
    assert (days_of(engine.state).plans.slot == HOME_SLOT).all()
    assert movements_of(engine.state).depart_us.size == 0
    engine.advance(3 * HOUR_US)
    trips = days_of(engine.state).trips_of_day()
    assert set(trips.mode.tolist()) <= set(range(len(RESIDENT_MODES)))


def test_columns_of_days_are_small():
    """What is kept for a resident, besides the trips of the day, takes less than 100 bytes."""
    engine = Engine(prepared(DAYS, SMALL), 1)
    days, n = days_of(engine.state), len(engine.prep.residents)
    known = days.activities.occupations
    counted = (days.n_trips, days.trip_us, days.n_cut_off)
    columns: list[NDArray[Any]] = [known.role, known.node, known.is_near, *counted]
    columns += [one for one in days.plans if one.size <= n + 1]
    assert sum(one.nbytes for one in columns) / n < 100
    of_trips = [one for one in days.plans if one.size > n + 1]
    assert sum(one.itemsize for one in of_trips) <= 28
