"""Days that a whole city shares: what independent arrivals understate.

One doctor around the clock at load 0.9, visits of 10 minutes on average, so 130 a day;
needs are Poisson given the factor of their day. In heavy traffic, with days far shorter
than the queue's memory, n arrivals a day have the index of dispersion 1 + cv**2 n, and
the mean wait is that of independent arrivals times 1 + cv**2 n / 2 (Kingman 1962;
Fendick and Whitt 1989): 3.6 with cv 0.2. The queue remembers some four days, not
hundreds: Lindley's recursion on such days gives 2.9, and 5.7 where successive days are
correlated by 0.5. The city must give the same.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.two_blocks import EAST_CLINIC, build_two_blocks
from tests.theory.closed_forms import mmc_wait
from twin.city.city import load_city
from twin.engine.preparation import prepare
from twin.model.city_model import CityModel
from twin.scenario.load import load_scenario
from twin.units import DAY_S

N_RESIDENTS = 1500
LOAD = 0.9
MEAN_S = 600.0
N_PER_DAY = LOAD * DAY_S / MEAN_S
CV = 0.2
WARM_UP = 100
SCENARIO = f"""
name = "shared_days"
map = "{{map}}"
[run]
start = 2024-01-08
days = {{days}}
[population]
seed = 3
residents = {N_RESIDENTS}
[travel]
modes = ["walk", "car"]
[[services]]
id = "primary_care"
needs_per_year = {N_PER_DAY * 365 / N_RESIDENTS}
service_time = {{{{distribution = "exponential", mean_s = {MEAN_S}}}}}
default_servers = 1
default_hours = "24/7"
cutoff_s = 7200
{{factor}}
[services.choice]
rule = "nearest"
[[facilities]]
op = "remove"
uid = "{EAST_CLINIC}"
service = "primary_care"
"""


def mean_waits(folder, factor, *, days, seeds):
    """Return the mean wait of each seed after the warm-up, in seconds."""
    path = folder / "shared.toml"
    text = SCENARIO.format(map=build_two_blocks(folder), days=days, factor=factor)
    path.write_text(text, encoding="utf-8")
    spec = load_scenario(path)
    prep = prepare(load_city(spec.map), spec)
    waits = []
    for seed in seeds:
        model = CityModel(preparation=prep, seed=seed).run()
        v = model.engine.state.visits
        n = model.engine.state.n_visits
        need, arrive, start = v.need_us[:n], v.arrive_us[:n], v.start_us[:n]
        kept = (need > WARM_UP * DAY_S * 10**6) & (need < (days - WARM_UP) * DAY_S * 10**6)
        waits.append((start - arrive)[kept].mean() / 1e6)
        model.release()
    return np.array(waits)


def lindley_ratio(n_days, *, memory=0.0, seed=1):
    """Return the ratio by Lindley's recursion (1952), with numpy's own generator."""
    rng = np.random.default_rng(seed)
    sigma = np.sqrt(np.log1p(CV**2))
    z = rng.standard_normal(n_days)
    for day in range(1, n_days):
        z[day] = memory * z[day - 1] + np.sqrt(1 - memory**2) * z[day]
    means = []
    for factor in (np.ones(n_days), np.exp(sigma * z - sigma**2 / 2)):
        counts = rng.poisson(N_PER_DAY * factor)
        times = np.sort(np.repeat(np.arange(n_days), counts) + rng.random(counts.sum()))
        gaps = np.diff(times * DAY_S)
        steps = rng.exponential(MEAN_S, gaps.size) - gaps
        walk = np.concatenate([[0.0], np.cumsum(steps)])
        means.append((walk - np.minimum.accumulate(walk)).mean())
    return means[1] / means[0]


def both(folder, *, days, seeds, memory=0.0):
    alone = mean_waits(folder, "", days=days, seeds=seeds)
    factor = f"day_factor = {{cv = {CV}, autocorrelation = {memory}}}"
    shared = mean_waits(folder, factor, days=days, seeds=seeds)
    return alone, shared


def test_shared_days_lengthen_waits(tmp_path):
    alone, shared = both(tmp_path, days=900, seeds=range(1, 4))
    assert 1.8 < shared.mean() / alone.mean() < 5.0


@pytest.mark.slow
def test_a_spread_of_a_fifth_triples_the_mean_wait_at_load_nine_tenths(tmp_path):
    alone, shared = both(tmp_path, days=4000, seeds=range(1, 11))
    assert alone.mean() == pytest.approx(mmc_wait(LOAD / MEAN_S, MEAN_S, 1), rel=0.1)
    ratio = shared.mean() / alone.mean()
    assert ratio == pytest.approx(lindley_ratio(200_000), rel=0.15)
    assert 2.5 < ratio < 3.4


@pytest.mark.slow
def test_days_that_remember_lengthen_waits_more(tmp_path):
    alone, shared = both(tmp_path, days=4000, seeds=range(1, 11), memory=0.5)
    ratio = shared.mean() / alone.mean()
    assert ratio == pytest.approx(lindley_ratio(200_000, memory=0.5), rel=0.2)
    assert ratio > 4.5
