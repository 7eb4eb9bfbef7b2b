"""A whole city run, from needs over streets to the queue, meets queueing theory.

One clinic that never closes; needs are Poisson, travel displaces each by a time of its own, so
that arrivals are Poisson again (displacement theorem), and the queue is M/M/c.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.fixtures.two_blocks import EAST_CLINIC, build_two_blocks
from tests.theory.closed_forms import erlang_b, erlang_c, mmc_wait
from twin.city.city import load_city
from twin.engine.preparation import prepare
from twin.model.city_model import CityModel
from twin.scenario.load import load_scenario
from twin.units import DAY_S

SCENARIO = """
name = "theory"
map = "{map}"
[run]
start = 2024-01-08
days = 66
warmup_days = 6
[population]
seed = 3
residents = 1500
[travel]
modes = ["walk", "car"]
[[services]]
id = "primary_care"
needs_per_year = {needs_per_year}
service_time = {{distribution = "exponential", mean_s = 600}}
default_servers = {servers}
default_hours = "24/7"
waiting_room = {room}
cutoff_s = 7200
[services.choice]
rule = "nearest"
[[facilities]]
op = "remove"
uid = "{east}"
service = "primary_care"
"""
SEEDS = range(1, 31)
N_RESIDENTS = 1500


def runs(folder, *, servers, load, room):
    """Return the measured visits of each seed as frames."""
    rate_per_day = load / 600 * DAY_S
    text = SCENARIO.format(
        map=build_two_blocks(folder),
        needs_per_year=rate_per_day * 365 / N_RESIDENTS,
        servers=servers,
        room=room,
        east=EAST_CLINIC,
    )
    path = folder / "theory.toml"
    path.write_text(text.replace("waiting_room = none\n", ""), encoding="utf-8")
    spec = load_scenario(path)
    prep = prepare(load_city(spec.map), spec)
    for seed in SEEDS:
        model = CityModel(preparation=prep, seed=seed).run()
        visits = model.tables()["visits"].to_pandas()
        yield visits[(visits.need_s >= 6 * DAY_S) & (visits.need_s < 65 * DAY_S)]
        model.release()


def assert_covers(values, expected):
    """The 99.9 % interval over seeds holds the closed form, and is not wider than 6 % of it."""
    mean, error = np.mean(values), stats.sem(values)
    half = stats.t(len(values) - 1).ppf(0.9995) * error
    assert half < 0.06 * expected
    assert mean - half < expected < mean + half


@pytest.mark.parametrize(("servers", "load"), [(1, 0.6), (3, 2.1)])
def test_waits_in_the_city_are_those_of_erlang_c(tmp_path, servers, load):
    p_wait, wait = [], []
    for visits in runs(tmp_path, servers=servers, load=load, room="none"):
        served = visits[visits.outcome == "served"]
        assert len(served) == len(visits)
        p_wait.append((served.wait_s > 0).mean())
        wait.append(served.wait_s.mean())
    assert_covers(p_wait, erlang_c(load, servers))
    assert_covers(wait, mmc_wait(load / 600, 600.0, servers))


def test_losses_in_the_city_are_those_of_erlang_b(tmp_path):
    lost = [
        (visits.outcome == "blocked").mean()
        for visits in runs(tmp_path, servers=3, load=2.4, room=0)
    ]
    assert_covers(lost, erlang_b(2.4, 3))
