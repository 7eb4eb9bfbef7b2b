"""Policies in a city: nobody is made or lost, nothing depends on the cut, fresh news helps."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.small_town import CARE, town
from tests.fixtures.two_blocks import EAST_CLINIC, WEST_CLINIC
from tests.fixtures.worlds import SMALL, changed, monaco, plain
from twin.engine.preparation import Preparation, prepare
from twin.kernels import columns as kc
from twin.model.city_model import CityModel
from twin.units import DAY_US, HOUR_US, US_PER_S

BUSY = 2800
N_SERVERS = 4
BALANCE = """
[[policies]]
id = "lend"
kind = "balance_staff"
service = "primary_care"
from_day = 0
"""
FRESH = BALANCE + "period_s = 900\nmove_delay_s = 300\nsmallest_gain_s = 300\n"
TIRED = BALANCE + "period_s = 1200\nmove_delay_s = 1000\nsmallest_gain_s = 60\ncost_per_move = 2\n"
COUNTERS = """
[[policies]]
id = "reserve"
kind = "open_counters"
service = "primary_care"
from_day = 0.4
period_s = 1700
delay_s = 400
open_above = 4
close_below = 2
hours_per_day = 5.5
cost_per_counter_hour = 10
"""
BOTH = TIRED + "delay_s = 777\n" + COUNTERS


def mean_wait_s(prep: Preparation, seeds: range) -> list[float]:
    """Return the mean wait of the served in runs of some seeds."""
    found = []
    for seed in seeds:
        state = CityModel(preparation=prep, seed=seed).run().engine.state
        v, n = state.visits, state.n_visits
        served = v.outcome[:n] == kc.SERVED
        found.append(float((v.start_us[:n] - v.arrive_us[:n])[served].mean() / US_PER_S))
    return found


@pytest.mark.parametrize(
    "idle",
    [
        "smallest_gain_s = 86400",
        "delay_s = 2592000",
        "min_servers = 2",
        "to_day = 0.0001",
        "from_day = 30",
    ],
)
def test_a_policy_that_decides_nothing_changes_no_bit(idle: str) -> None:
    text = BALANCE if idle.startswith("from") else BALANCE + "period_s = 620\n"
    text = text.replace("from_day = 0", idle) if idle.startswith("from") else text + idle
    alone = CityModel(preparation=town(residents=BUSY, text=CARE), seed=1).run()
    beside = CityModel(preparation=town(residents=BUSY, text=CARE + text), seed=1).run()
    assert beside.hash_chain == alone.hash_chain
    assert beside.edit_log == ()
    tables = alone.tables()
    for name, table in beside.tables().items():
        assert plain(table) == plain(tables[name]), name


def test_servers_at_work_and_under_way_are_the_same_number_at_any_time() -> None:
    model = CityModel(preparation=town(CARE + TIRED, residents=BUSY), seed=1)
    engine = model.engine
    n_under_way = []
    for step in range(1, 5 * 96):
        engine.advance(step * HOUR_US // 4 + 1)
        away = sum(arrival.servers for arrival in engine.policies.staffing.arrivals)
        assert engine.state.queues.n_servers.sum() + away == N_SERVERS
        assert engine.state.queues.n_servers.min() >= 1
        n_under_way.append(away)
    assert max(n_under_way) > 0
    log = [(a.edit.time_us, a.edit.value) for a in model.edit_log]
    left, came = ([t for t, n in log if n == sign] for sign in (-1, 1))
    assert len(left) >= 10
    assert sorted(came) == sorted(t + 1000 * US_PER_S for t in left)
    charged = sum(engine.state.charges.values())
    assert charged == 2.0 * len(left)
    ledger = model.run().tables()["ledger"].to_pydict()
    assert set(ledger["cause"]) == {"lend"}
    assert sum(ledger["amount"]) == sum(engine.state.charges.values())
    assert len(set(ledger["date"])) == len(ledger["date"])


def test_at_night_all_are_back() -> None:
    engine = CityModel(preparation=town(CARE + TIRED, residents=BUSY), seed=1).engine
    for day in range(1, 5):
        engine.advance(day * DAY_US + 1000 * US_PER_S)
        assert engine.state.stations.n_posts.tolist() == [2, 2]
        assert not engine.policies.staffing.arrivals


def test_counters_stay_within_their_hours_and_cost_by_the_hour() -> None:
    model = CityModel(preparation=town(CARE + COUNTERS, residents=BUSY), seed=1).run()
    hours = dict.fromkeys(range(5), 0.0)
    for done in model.edit_log:
        day, second = divmod(done.edit.time_s, 86_400)
        if second == 0:
            day, second = day - 1, 86_400.0
        hours[int(day)] -= int(done.edit.value) * second / 3600
    assert max(hours.values()) > 1.0
    assert max(hours.values()) <= 5.5
    ledger = model.tables()["ledger"].to_pydict()
    paid = {
        date.day - 8: amount for date, amount in zip(ledger["date"], ledger["amount"], strict=True)
    }
    assert paid == pytest.approx({day: 10 * h for day, h in hours.items() if h}, rel=1e-9)
    assert model.engine.state.stations.n_posts.sum() >= N_SERVERS


def test_two_policies_act_without_losing_anybody() -> None:
    model = CityModel(preparation=town(CARE + BOTH, residents=BUSY), seed=3).run()
    assert {done.edit.cause for done in model.edit_log} == {"lend", "reserve"}
    own = sum(int(office.n_own.sum()) for office in model.engine.policies.offices)
    away = sum(arrival.servers for arrival in model.engine.policies.staffing.arrivals)
    assert int(model.engine.state.stations.n_posts.sum()) + away == N_SERVERS + own


@pytest.fixture(scope="module")
def whole() -> CityModel:
    return CityModel(preparation=town(CARE + BOTH, residents=BUSY), seed=1).run()


@pytest.mark.parametrize("cut_s", [60, 1111, 30_000])
def test_cuts_change_nothing(whole: CityModel, cut_s: int) -> None:
    model = CityModel(preparation=whole.preparation, seed=1)
    while model.running:
        model.engine.advance(model.engine.state.clock_us + cut_s * US_PER_S)
        model.running = model.engine.state.clock_us < model.engine.end_us
    assert model.hash_chain == whole.hash_chain
    assert model.edit_log == whole.edit_log
    assert model.engine.state.charges == whole.engine.state.charges


def test_storage_order_of_residents_changes_nothing(whole: CityModel) -> None:
    prep = whole.preparation
    order = np.random.default_rng(5).permutation(len(prep.residents))
    people = prep.residents.permuted(order)
    shuffled = CityModel(prep.city, prep.scenario, 1, residents=people).run()
    assert shuffled.hash_chain == whole.hash_chain
    assert shuffled.edit_log == whole.edit_log


def test_days_with_policies_and_interventions_meet_at_one_time(tmp_path) -> None:
    """Edits, arrivals and decisions of one instant: reviews of none of them are lost."""
    text = (
        FRESH.replace("from_day = 0", "from_day = 1")
        + """
[[interventions]]
id = "more"
kind = "add_servers"
facility = "practice_larvotto"
service = "primary_care"
servers = 1
from_day = 1
from_time = "09:00"
to_day = 4
"""
    )
    spec = changed(tmp_path, text, overrides=("population.residents=39050", *SMALL[1:]))
    model = CityModel(preparation=prepare(monaco(), spec), seed=1)
    queues, stations = model.engine.state.queues, model.engine.state.stations
    while model.running:
        model.step()
        is_open = stations.is_open & stations.is_active
        idle = is_open & (queues.n_busy < queues.n_servers) & (queues.n_waiting > 0)
        assert not idle.any() or model.engine.state.clock_us % (900 * US_PER_S) == 0
    assert {done.edit.cause for done in model.edit_log} == {"more", "lend"}


ROOMY = CARE.replace("default_servers = 2", "default_servers = 4")
QUICK = BALANCE + "period_s = 600\nmove_delay_s = 120\nsmallest_gain_s = 120\n"


def test_fresh_news_shortens_waits_and_old_news_lengthens_them() -> None:
    """With the same servers and the same load at both clinics, only the hour says where to go."""
    seeds = range(1, 6)
    waits = {
        name: np.array(mean_wait_s(town(ROOMY + text, residents=5600), seeds))
        for name, text in (
            ("none", ""),
            ("fresh", QUICK),
            ("an hour old", QUICK + "delay_s = 3600\n"),
            ("a day old", QUICK + "delay_s = 86400\n"),
        )
    }
    assert waits["fresh"].mean() < 0.9 * waits["none"].mean(), waits
    assert (waits["fresh"] < waits["none"]).all(), waits
    assert waits["none"].mean() < waits["an hour old"].mean() < waits["a day old"].mean(), waits


def test_staff_go_to_the_clinic_that_has_too_few() -> None:
    few = "".join(
        f'[[facilities]]\nop = "set"\nuid = "{uid}"\nservice = "primary_care"\nservers = {n}\n'
        for uid, n in ((WEST_CLINIC, 1), (EAST_CLINIC, 3))
    )
    stays = QUICK + "returns = false\n"
    before = mean_wait_s(town(CARE + few, residents=1500), range(1, 4))
    after = mean_wait_s(town(CARE + few + stays, residents=1500), range(1, 4))
    assert max(after) < 0.5 * min(before)
    unheard = CARE + few + stays + "delay_s = 432000"
    never_told = mean_wait_s(town(unheard, residents=1500), range(1, 2))
    assert never_told == before[:1]
