# ruff: noqa: E501 - the files that are written here are kept whole
from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from twin.errors import InputErrors, ScenarioError
from twin.scenario.document import Scenario
from twin.scenario.load import load_scenario

Load = Callable[..., Scenario]


def test_defaults(load: Load) -> None:
    scenario = load()
    assert scenario.run.start == date(2024, 1, 10)
    assert (scenario.run.seeds, scenario.run.sync_s) == ((1,), 900)
    assert list(scenario.run.measured_days) == list(range(14))
    assert scenario.travel.modes == ("walk", "car")
    assert scenario.services[0].hour_weight == (1.0,) * 24
    assert scenario.services[0].service_time is not None
    assert scenario.services[0].service_time.cv == 1.0
    assert scenario.services[0].waiting_room is None
    assert scenario.interventions == ()


def test_seeds_include_both_ends(load: Load) -> None:
    assert load("", "run.seeds=3:5").run.seeds == (3, 4, 5)
    assert load("", "run.seeds=7").run.seeds == (7,)


def test_measured_days(load: Load) -> None:
    run = load("", "run.warmup_days=5", "run.cooldown_days=2").run
    assert list(run.measured_days) == [5, 6, 7, 8, 9, 10, 11]
    assert run.date_of(run.measured_days[0]) == date(2024, 1, 15)
    assert run.horizon_s == 14 * 86_400


def test_the_source_is_known(load: Load) -> None:
    scenario = load()
    assert scenario.source == Path.cwd() / "town.toml"
    assert scenario.map == Path.cwd() / "map"
    assert scenario.where("services", "clinic", "needs_per_year") == (
        "town.toml:13: services.clinic.needs_per_year"
    )


def test_source_is_no_key_of_a_file(load: Load) -> None:
    with pytest.raises(InputErrors, match=r"--set source=x: source: unknown key"):
        load("", "source=x")


def test_the_resolved_document_is_plain_data_that_loads_again(load: Load) -> None:
    import json

    scenario = load(
        '[[interventions]]\nid = "a"\nkind = "add_servers"\nfacility = "x"\nservers = 1\nfrom_day = 2\n'
        '[tags]\npopulation = "assumed"\n'
    )
    document = json.loads(json.dumps(scenario.resolved))
    assert document["interventions"][0]["facility"] == ["x"]
    assert document["run"]["start"] == "2024-01-10"
    assert document["map"] == "map"
    assert document["tags"]["population"]["tag"] == "assumed"


def test_the_resolved_document_knows_no_place_of_the_machine(load: Load) -> None:
    assert str(Path.cwd()) not in str(load().resolved)


def test_equal_texts_are_equal_documents(load: Load) -> None:
    commented = load("# a comment\n").resolved
    assert load().resolved == commented


def test_a_scenario_is_frozen_and_travels_to_workers(load: Load) -> None:
    scenario = load()
    with pytest.raises(ValidationError, match="frozen"):
        scenario.name = "other"
    sent = pickle.loads(pickle.dumps(scenario))
    assert sent == scenario
    assert sent.source == scenario.source
    assert sent.where("run", "days") == scenario.where("run", "days")
    assert copy.deepcopy(scenario) == scenario


def test_services_are_found_by_id(load: Load) -> None:
    assert load().service("clinic").id == "clinic"
    with pytest.raises(KeyError):
        load().service("dentist")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_scenario(tmp_path / "none.toml")


def test_loading_brings_no_compiler_and_no_model() -> None:
    import subprocess
    import sys

    code = (
        "import sys, twin.scenario.load, twin.scenario.compile, twin.scenario.inspection\n"
        "print([name for name in ('numba', 'mesa', 'pandas', 'osmnx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
