"""One seed, one world: however a run is cut, stored, threaded or repeated."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tests.fixtures.two_blocks import two_blocks
from tests.fixtures.worlds import (
    ROOT,
    SMALL,
    changed,
    model_of,
    monaco,
    plain,
    small_baseline,
    two_blocks_scenario,
)
from twin.city.city import load_city
from twin.engine.preparation import prepare
from twin.model.city_model import CityModel
from twin.network.map_import import import_map
from twin.network.storage import write_map
from twin.scenario.load import load_scenario

MIXED = """
[[interventions]]
id = "more"
kind = "add_servers"
facility = "practice_larvotto"
service = "primary_care"
servers = 1
from_day = 1.37
to_day = 3.21
[[interventions]]
id = "boards"
kind = "publish_waiting_times"
service = "primary_care"
period_s = 420
delay_s = 1000
from_day = 0.6
[[interventions]]
id = "late"
kind = "change_hours"
facility = "practice_la_rousse"
service = "primary_care"
hours = "Mo-Su 07:30-22:00"
from_day = 2.43
[[policies]]
id = "lend"
kind = "balance_staff"
service = "primary_care"
from_day = 0.5
period_s = 1100
delay_s = 500
move_delay_s = 400
smallest_gain_s = 0
[[policies]]
id = "reserve"
kind = "open_counters"
service = "primary_care"
from_day = 0
open_above = 0
close_below = 0
hours_per_day = 20
[[shocks]]
id = "works"
kind = "close_street"
street = "Boulevard des Moulins"
from_day = 1.1
to_day = 2.9
"""


@pytest.fixture(scope="module")
def spec(tmp_path_factory):
    return changed(tmp_path_factory.mktemp("mixed"), MIXED)


@pytest.fixture(scope="module")
def chain(spec):
    model = model_of(spec)
    assert len(model.edit_log) >= 6
    assert {"lend", "reserve"} < {done.edit.cause for done in model.edit_log}
    return model.hash_chain


@pytest.mark.parametrize("sync_s", [60, 600, 3600])
def test_synchronisation_changes_nothing(tmp_path, chain, sync_s):
    spec = changed(tmp_path, MIXED, overrides=(*SMALL, f"run.sync_s={sync_s}"))
    model = CityModel(monaco(), spec, 1)
    while model.running:
        model.step()
    assert model.hash_chain == chain


def test_uneven_cuts_change_nothing(spec, chain):
    model = CityModel(monaco(), spec, 1)
    for days in (0.013, 0.3, 1.057, 0.63, 0.0004, 9.0):
        model.run(days)
    assert model.hash_chain == chain


def test_a_second_run_and_another_seed(spec, chain):
    assert model_of(spec).hash_chain == chain
    assert model_of(spec, seed=2).hash_chain != chain


def test_storage_order_of_residents_changes_nothing(spec, chain):
    prep = prepare(monaco(), spec)
    order = np.random.default_rng(5).permutation(len(prep.residents))
    shuffled = CityModel(monaco(), spec, 1, residents=prep.residents.permuted(order)).run()
    assert shuffled.hash_chain == chain
    ordered = CityModel(preparation=prep, seed=1).run()
    for name, table in shuffled.tables().items():
        assert plain(table) == plain(ordered.tables()[name]), name


def test_replications_that_share_a_preparation_do_not_touch_each_other(spec, chain):
    prep = prepare(monaco(), spec)
    first = CityModel(preparation=prep, seed=1)
    CityModel(preparation=prep, seed=2).run()
    first.run(1.0)
    CityModel(preparation=prep, seed=3).run()
    assert first.run().hash_chain == chain


CHAIN_SCRIPT = """
import json, sys
from pathlib import Path
from twin.city.city import load_city
from twin.model.city_model import CityModel
from twin.network.map_import import import_map
from twin.network.storage import write_map
from twin.scenario.load import load_scenario
city, path, *overrides = sys.argv[1:]
model = CityModel(load_city(Path(city)), load_scenario(Path(path), overrides), 1).run()
print(json.dumps(model.hash_chain))
"""


def chain_in_process(python, path, city, **environment):
    """Return the chain as another process computes it."""
    result = subprocess.run(
        [python, "-c", CHAIN_SCRIPT, str(city), str(path), *SMALL],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    return tuple(json.loads(result.stdout))


@pytest.mark.parametrize("threads", ["1", "2"])
def test_threads_change_nothing(spec, chain, threads):
    environment = {"NUMBA_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
    path = spec.source
    assert chain_in_process(sys.executable, path, monaco().path, **environment) == chain


def test_shuffled_map_elements_change_nothing(tmp_path):
    chains = set()
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        sketch = two_blocks()
        order = np.random.default_rng(number).permutation(len(sketch.elements))
        source = sketch.write(folder / "two_blocks.osm", order.tolist() if number else None)
        write_map(folder / "map", import_map(source, name="two_blocks"))
        path = two_blocks_scenario(folder, map_folder=folder / "map")
        model = CityModel(load_city(folder / "map"), load_scenario(path), 1).run()
        assert model.engine.state.n_visits > 500
        chains.add(model.hash_chain)
    assert len(chains) == 1


def test_small_baseline_is_prepared_once():
    assert small_baseline() is small_baseline()
