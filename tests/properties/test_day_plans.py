"""Days of residents: one course however the run is cut, and people in one place at a time."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.day_towns import activities_in
from tests.fixtures.worlds import changed, model_of, monaco
from twin.engine.preparation import prepare
from twin.model.city_model import CityModel
from twin.units import DAY_S

N = 400
SMALL = (f"population.residents={N}", "run.days=4", "run.warmup_days=1", "run.cooldown_days=1")
DAYS = """
[travel]
modes = ["walk", "bicycle", "car", "bus"]
[traffic]
mode = "profile"
[activities]
[output]
level = "full"
[[services]]
id = "primary_care"
needs_per_year = 150        # many visits meet the day plans
"""
WORKS = """
[[shocks]]
id = "works"
kind = "close_street"
street = "Boulevard des Moulins"
from_day = 1.3712
to_day = 2.9
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    return changed(tmp_path_factory.mktemp("days"), DAYS + WORKS, overrides=SMALL)


@pytest.fixture(scope="module")
def model(spec):
    return model_of(spec)


@pytest.mark.parametrize("sync_s", [60, 3600])
def test_synchronisation_changes_nothing(tmp_path, model, sync_s):
    overrides = (*SMALL, f"run.sync_s={sync_s}")
    other = CityModel(monaco(), changed(tmp_path, DAYS + WORKS, overrides=overrides), 1)
    while other.running:
        other.step()
    assert other.hash_chain == model.hash_chain
    for name, table in model.tables().items():
        assert table.equals(other.tables()[name]), name


def test_storage_order_of_residents_changes_nothing(spec, model):
    prep = model.preparation
    order = np.random.default_rng(5).permutation(len(prep.residents))
    shuffled = CityModel(monaco(), spec, 1, residents=prep.residents.permuted(order)).run()
    assert shuffled.hash_chain == model.hash_chain
    for name, table in shuffled.tables().items():
        assert table.equals(model.tables()[name]), name


def test_another_seed_moves_days_but_no_workplace(model):
    other = CityModel(preparation=model.preparation, seed=2).run()
    assert other.hash_chain != model.hash_chain
    columns = ["resident", "occupation", "main_node"]
    mine, theirs = (m.tables()["residents"].select(columns) for m in (model, other))
    assert mine.equals(theirs)


def test_batches_of_residents_change_nothing(spec, model, monkeypatch):
    monkeypatch.setattr("twin.engine.pair_times.BATCH", 97)
    assert model_of(spec).hash_chain == model.hash_chain


def test_an_edit_that_changes_nothing_changes_nothing(spec, model, tmp_path):
    """A boundary in the middle of a day is no more than a cut."""
    text = (
        DAYS
        + WORKS
        + """
[[interventions]]
id = "null"
kind = "change_hours"
facility = "practice_la_rousse"
service = "primary_care"
hours = "HOURS"
from_day = 1.4321
to_day = 2.41
"""
    )
    rows = zip(model.preparation.stations, model.engine.state.hours_text, strict=True)
    hours = next(text for one, text in rows if one.facility.uid == "practice_la_rousse")
    other = model_of(changed(tmp_path, text.replace("HOURS", hours), overrides=SMALL))
    assert len(other.edit_log) > len(model.edit_log)
    for name, table in model.tables().items():
        if name not in ("edits", "ledger"):
            assert table.equals(other.tables()[name]), name


def test_nothing_differs_before_an_edit(model, tmp_path):
    late = """
[[shocks]]
id = "late"
kind = "close_street"
street = "Rue Grimaldi"
from_day = 2.5
"""
    other = model_of(changed(tmp_path, DAYS + WORKS + late, overrides=SMALL))
    frames = [m.tables()["trips"].to_pandas() for m in (model, other)]
    before = [f[f.arrive_s < 2.5 * DAY_S].drop(columns="trip_id") for f in frames]
    keys = ["resident", "depart_s", "arrive_s"]
    mine, theirs = (f.sort_values(keys).reset_index(drop=True).astype(str) for f in before)
    # Who left before and was under way to a service may come back another way, not earlier.
    assert mine.equals(theirs)
    assert len(frames[0]) != len(frames[1]) or not frames[0].equals(frames[1])


def test_scenarios_share_workplaces_whatever_travel_says(model, tmp_path):
    text = DAYS.replace('["walk", "bicycle", "car", "bus"]', '["walk"]\nwalk_mps = 0.9')
    other = prepare(monaco(), changed(tmp_path, text, overrides=SMALL))
    mine, theirs = activities_in(model.preparation), activities_in(other)
    np.testing.assert_array_equal(mine.occupations.node, theirs.occupations.node)
    np.testing.assert_array_equal(mine.occupations.is_near, theirs.occupations.is_near)


def alone(model):
    """Return the trips of residents whose needs do not overlap in time.

    Needs that overlap are served as if by two, which is a known limit of the model.
    """
    frame = model.tables()["trips"].to_pandas()
    went = model.tables()["visits"].to_pandas().dropna(subset="depart_s")
    went = went.sort_values(["resident", "depart_s"])
    until = went.end_s.fillna(went.arrival_s).fillna(np.inf)
    overlap = went.resident[went.groupby("resident").depart_s.shift(-1) < until + 3600]
    frame = frame[~frame.resident.isin(overlap)]
    return frame.sort_values(["resident", "depart_s", "arrive_s"], kind="stable")


def test_trips_of_a_resident_form_a_chain(model):
    """Nobody is in two places: each trip begins where the last one ended, and not before."""
    frame = alone(model)
    home = model.preparation.residents.home_node
    by = frame.groupby("resident")
    origin, ready = by.destination_node.shift(), by.arrive_s.shift()
    assert ((frame.origin_node == origin) | origin.isna()).all()
    assert ((frame.depart_s >= ready - 1e-6) | ready.isna()).all()
    first = by.first()
    assert (first.origin_node == home[first.index.to_numpy()]).all()
    assert (frame.purpose == "primary_care").sum() > 100
    assert (frame.purpose == "work").sum() > 200


def test_presence_sums_to_the_population_at_every_hour(model):
    frame = model.tables()["presence"].to_pandas()
    total = frame.groupby("hour_s").n_residents.sum()
    assert total.index.tolist() == [h * 3600.0 for h in range(4 * 24)]
    assert (total == N).all()


def test_a_vehicle_comes_home(model):
    """Car and bicycle lead out of the home and back, and belong to those who have them."""
    frame = model.tables()["trips"].to_pandas()
    people = model.tables()["residents"].to_pandas().set_index("resident")
    for mode, column in (("car", "has_car"), ("bicycle", "has_ebike")):
        riders = frame[frame["mode"] == mode]
        assert people[column].loc[riders.resident].all()
        out = (riders.origin_node == people.home_node.loc[riders.resident].to_numpy()).sum()
        back = (riders.destination_node == people.home_node.loc[riders.resident].to_numpy()).sum()
        assert abs(out - back) <= 0.02 * len(riders) + 2


def test_without_activities_there_is_nothing_of_days(tmp_path):
    text = DAYS.replace("[activities]\n", "")
    tables = model_of(changed(tmp_path, text, overrides=SMALL)).tables()
    assert "presence" not in tables
    assert "occupation" not in tables["residents"].column_names
    assert set(tables["trips"]["purpose"].to_pylist()) == {"primary_care"}
    assert tables["link_hours"].num_rows > 0


def test_visits_set_out_with_the_vehicle_at_hand(model):
    frame = alone(model)
    home = model.preparation.residents.home_node[frame.resident.to_numpy()]
    came_by = frame.groupby("resident")["mode"].shift()
    is_away = (frame.purpose == "primary_care") & (frame.origin_node != home)
    away = frame[is_away]
    assert 0.05 < len(away) / (frame.purpose == "primary_care").sum() < 0.7
    assert (away["mode"].isin(["walk", "bus"]) | (away["mode"] == came_by[is_away])).all()


def test_visits_that_were_put_off_arrive_within_opening_hours(model):
    visits = model.tables()["visits"].to_pandas()
    put_off = visits[(visits.delay_s > 0) & visits.arrival_s.notna()]
    assert len(put_off) > 50
    assert (put_off.outcome != "closed").mean() > 0.99
    assert np.isfinite(put_off.travel_s).all()
    assert (put_off.travel_s < 2 * 3600).all()
