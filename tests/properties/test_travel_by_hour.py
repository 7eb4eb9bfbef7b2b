"""Trips take the travel time of the hour in which they start, whatever cuts the run."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from tests.fixtures.two_blocks import BRIDGE_WAY, EAST_CLINIC, WEST_CLINIC, build_two_blocks
from tests.fixtures.worlds import SMALL, changed, model_of, monaco, two_blocks_scenario
from twin.city.city import load_city
from twin.engine.preparation import Preparation, prepare
from twin.experiment.runner import run
from twin.model.city_model import CityModel
from twin.network.journeys import Streets
from twin.network.modes import CAR, RESIDENT_MODES, WALK
from twin.network.street_rows import Slowdown, StreetState
from twin.scenario.load import load_scenario
from twin.units import DAY_S, HOUR_US

PROFILE = """
[travel]
modes = ["walk", "bicycle", "car", "bus"]
[traffic]
mode = "profile"
[[traffic.weather]]
id = "rain"
from_day = 2
to_day = 3
factor = 1.15
modes = ["walk", "bicycle", "car", "bus"]
[[shocks]]
id = "works"
kind = "close_street"
street = "Boulevard des Moulins"
from_day = 1.1
to_day = 2.9
[[shocks]]
id = "snow"
kind = "slow_street"
wards = ["Monte-Carlo"]
factor = 1.7
from_day = 3
from_time = "08:00"
to_day = 4
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    return changed(tmp_path_factory.mktemp("profile"), PROFILE)


@pytest.fixture(scope="module")
def chain(spec):
    return model_of(spec).hash_chain


@pytest.mark.parametrize("sync_s", [60, 600, 3600])
def test_synchronisation_changes_nothing(tmp_path, chain, sync_s):
    spec = changed(tmp_path, PROFILE, overrides=(*SMALL, f"run.sync_s={sync_s}"))
    model = CityModel(monaco(), spec, 1)
    while model.running:
        model.step()
    assert model.hash_chain == chain


def test_replications_that_share_a_preparation_and_other_orders_of_asking(spec, chain):
    prep = prepare(monaco(), spec)
    # Candidates of a later state first: what is kept must not show.
    prep.candidates(StreetState(frozenset([f"way/{prep.graph.edge_way[0]}"])), 3)
    CityModel(preparation=prep, seed=2).run()
    assert CityModel(preparation=prep, seed=1).run().hash_chain == chain
    order = np.random.default_rng(5).permutation(len(prep.residents))
    shuffled = CityModel(monaco(), spec, 1, residents=prep.residents.permuted(order)).run()
    assert shuffled.hash_chain == chain


def test_processes_with_more_threads_change_nothing(tmp_path, spec, chain, monkeypatch):
    monkeypatch.setenv("NUMBA_NUM_THREADS", "2")
    runs = run(spec, [1, 2], workers=2, out=tmp_path)
    assert [one.seed for one in runs] == [1, 2]
    assert tuple(next(iter(runs)).hash_chain) == chain
    # What a closure means rests on no draw.
    first, second = (one.rows("street_effects") for one in runs)
    assert first == second
    assert {row["cause"] for row in first} == {"works", "snow"}


TOWN = f"""
[[facilities]]
op = "remove"
uid = "{EAST_CLINIC}"
service = "primary_care"
[traffic]
mode = "profile"
[[traffic.profiles]]
id = "peak"
days = "workday"
hours = [{", ".join(["1.0"] * 8 + ["2.0"] + ["1.0"] * 3 + ["1.5"] + ["1.0"] * 11)}]
[[traffic.weather]]
id = "rain"
from_day = 3
to_day = 4
factor = 3.0
modes = ["walk", "car"]
[calendar]
holidays = [2024-01-09]
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Preparation:
    folder = tmp_path_factory.mktemp("town")
    map_folder = build_two_blocks(folder)
    path = two_blocks_scenario(folder, TOWN, map_folder=map_folder)
    return prepare(load_city(map_folder), load_scenario(path))


def visits_of(prep: Preparation):
    frame = CityModel(preparation=prep, seed=1).run().tables()["visits"].to_pandas()
    went = frame.dropna(subset="travel_s").copy()
    went["hour"] = (went.depart_s // 3600).astype(int)
    return went


def slowest_edge_sum(prep: Preparation, mode: int, factor: float) -> dict[int, int]:
    """Return node -> ms to the clinic by summing rounded edges along the only shortest ways."""
    graph, network = prep.graph, nx.MultiDiGraph()
    for tail, head, time in zip(
        graph.edge_source, graph.edge_target, graph.edge_time_ms[mode], strict=True
    ):
        if time >= 0:
            network.add_edge(int(head), int(tail), w=round(float(time) * factor))
    target = prep.stations[0].node
    times: dict[int, int] = nx.single_source_dijkstra_path_length(network, target, weight="w")
    return times


def test_eight_o_clock_noon_holiday_and_rain_by_hand(town):
    """Every trip of the run equals the sum of its streets in the hour of departure."""
    went = visits_of(town)
    home = town.residents.home_node[went.resident.to_numpy()]
    checked = set()
    for mode, name in ((WALK, "walk"), (CAR, "car")):
        for factor in (1.0, 1.5, 2.0, 3.0, 4.5, 6.0):
            expected = slowest_edge_sum(town, mode, factor)
            day, hour = went.hour // 24, went.hour % 24
            is_workday = ~day.isin([1, 5, 6])
            profile = np.where(hour == 8, 2.0, np.where(hour == 12, 1.5, 1.0))
            mine = np.where(is_workday & (name == "car"), profile, 1.0)
            mine = np.where(day == 3, 3.0 * mine, mine)
            rows = (went["mode"] == name) & (mine == factor)
            travel = [expected[int(node)] for node in home[rows]]
            assert (went.travel_s[rows] * 1000).round().astype(int).tolist() == travel
            if rows.any():
                checked.add((name, factor))
    assert {("walk", 1.0), ("walk", 3.0), ("car", 1.0), ("car", 1.5), ("car", 2.0)} <= checked


def test_the_bridge_takes_twice_as_long_at_eight(town):
    prep = town
    at = {hour: prep.traffic.period_at(hour * HOUR_US) for hour in (3, 8, 12)}
    times = {hour: prep.candidates(period=period).time_ms for hour, period in at.items()}
    free, eight, noon = (times[hour][:, CAR] for hour in (3, 8, 12))
    assert (eight == 2 * free).all()
    assert np.allclose(noon, 1.5 * free, atol=12)
    assert (times[8][:, WALK] == times[3][:, WALK]).all()


def test_every_trip_in_a_busy_city_takes_the_time_of_its_departure(spec):
    """Profile, rain, closure, slowdown and four modes against door-to-door times asked anew."""
    prep = prepare(monaco(), spec)
    model = CityModel(preparation=prep, seed=1)
    model.run()
    went = model.tables()["visits"].to_pandas().dropna(subset="travel_s")
    assert set(went["mode"].dropna()) >= {"walk", "car", "bus"}
    carriers = {one.name: one for one in prep.reach.request.carriers}
    node_of = {station.name: station.node for station in prep.stations}
    edits = prep.edits

    def state_at(moment):
        closed: dict[str, int] = {}
        slowed: dict[str, float] = {}
        for edit in (one for one in edits if one.time_s <= moment):
            if edit.table == "streets":
                closed[edit.uid] = closed.get(edit.uid, 0) + int(edit.value)
            elif edit.table == "slowdowns":
                slowed[edit.uid] = float(edit.value)
        return StreetState(
            frozenset(row for row, count in closed.items() if count > 0),
            frozenset(
                Slowdown(uid.split("@")[0], "", uid.split("@")[1], factor)
                for uid, factor in slowed.items()
                if factor > 1
            ),
        )

    home = prep.residents.home_node
    for visit in went.sample(40, random_state=1).itertuples():
        factor = prep.traffic.factor[prep.traffic.period_at(int(visit.depart_s * 1e6))]
        view = Streets(prep.graph, state_at(visit.depart_s), factor)
        node = node_of[f"{visit.facility}/{visit.service}"]
        expected = view.to_node(node, carriers[visit.mode])[home[visit.resident]]
        assert visit.travel_s == pytest.approx(expected / 1000, abs=1e-6)


def test_a_peak_beyond_the_cut_off_keeps_nobody_from_a_plan(tmp_path):
    """Who planned before the peak goes in it; who chooses in it finds nothing within reach."""
    map_folder = build_two_blocks(tmp_path)
    far = TOWN.replace("2.0", "50.0").replace("factor = 3.0", "factor = 1.0")
    text = two_blocks_scenario(tmp_path, far, map_folder=map_folder).read_text("utf-8")
    path = tmp_path / "far.toml"
    text = text.replace('modes = ["walk", "car"]', 'modes = ["walk", "car"]\ncar_fixed_s = 0', 1)
    text = text.replace("cutoff_s = 3600", "cutoff_s = 300")
    text = text.replace("Mo-Su 07:00-21:00", "Mo-Su 08:05-21:00")
    path.write_text(text, encoding="utf-8")
    prep = prepare(load_city(map_folder), load_scenario(path))
    frame = CityModel(preparation=prep, seed=1).run().tables()["visits"].to_pandas()
    driven = frame[frame["mode"] == "car"].dropna(subset="travel_s")
    in_peak = (driven.depart_s % DAY_S).between(8 * 3600, 9 * 3600 - 1)
    assert driven.travel_s[in_peak].max() > 300
    assert (driven.need_s < driven.depart_s)[in_peak & (driven.travel_s > 300)].all()
    assert not (frame.reason == "way_closed").any()
    assert set(frame.facility.dropna()) == {WEST_CLINIC}


def test_free_flow_is_the_run_there_was(tmp_path):
    """A profile of ones, and slow streets that are slowed by nothing, change no link."""
    ones = ", ".join(["1"] * 24)
    flat = f'[traffic]\nmode = "profile"\n[[traffic.profiles]]\nid = "p"\nhours = [{ones}]\n'
    chain = model_of(changed(tmp_path)).hash_chain
    assert model_of(changed(tmp_path, flat, name="changed")).hash_chain == chain


def test_modes_in_the_tables_are_those_of_residents(spec):
    assert RESIDENT_MODES.index("bus") == 3
    trips = model_of(spec).tables()["trips"]
    assert set(trips.column("mode").combine_chunks().dictionary.to_pylist()) == set(RESIDENT_MODES)


def test_the_whole_bridge_slowed_by_two_causes_is_free_again(tmp_path):
    shocks = "".join(
        f'[[shocks]]\nid = "{name}"\nkind = "slow_street"\nways = [{BRIDGE_WAY}]\n'
        f"factor = {factor}\nfrom_day = {start}\nto_day = {end}\n"
        for name, factor, start, end in (("a", 1.1, 1, 3), ("b", 3.0, 2, 4))
    )
    map_folder = build_two_blocks(tmp_path)
    path = two_blocks_scenario(tmp_path, shocks, map_folder=map_folder)
    model = CityModel(load_city(map_folder), load_scenario(path), 1)
    times, prep = [], model.preparation
    for _ in range(5):
        times.append(model.engine.state.candidates.time_ms.copy())
        model.run(days=1)
    free, one, both, other, again = (column[:, WALK] for column in times)
    assert np.array_equal(free, again)
    assert (one >= free).all()
    assert (both >= other).all()
    assert (other > free).any()
    assert (both > other).any()
    assert prep.reach.counts.n_rebuilt > 0
