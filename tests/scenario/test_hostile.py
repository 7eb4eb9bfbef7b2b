"""Whatever a file says, the answer is a scenario or a message, never a traceback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from twin.city.city import City
from twin.errors import TwinError
from twin.scenario.compile import compile_scenario
from twin.scenario.document import Scenario
from twin.scenario.load import load_scenario
from twin.scenario.located import leaves
from twin.scenario.positions import read_toml

Write = Callable[..., Path]

FULL = """\
name = "town"
title = "t"
map = "map"
[run]
start = 2024-01-10
days = 14
warmup_days = 2
seeds = [1, 2]
[calendar]
holidays = [2024-01-11]
[population]
residents = 1000
age_share = {"0-14" = 0.2, "15-59" = 0.5, "60+" = 0.3}
[travel]
modes = ["walk"]
[[departments]]
id = "health"
[[services]]
id = "clinic"
department = "health"
needs_per_year = 3.0
service_time = {distribution = "lognormal", mean_s = 600, cv = 0.6}
hour_weight = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
[services.need_multiplier.sex]
female = 1.1
[services.choice]
rule = "logit"
travel_per_min = 0.1
[[facilities]]
uid = "east"
service = "clinic"
lon = 7.4
lat = 43.7
hours = "24/7"
[[interventions]]
id = "a"
kind = "add_servers"
facility = ["north"]
servers = 1
from_day = 2
to_day = 3
[[interventions]]
id = "b"
kind = "open_facility"
facility = "new"
service = "clinic"
lon = 7.4
lat = 43.7
servers = 1
hours = "Mo-Fr 08:00-12:00"
from_day = 2
[[interventions]]
id = "c"
kind = "set_eligibility"
service = "clinic"
eligible = "sex=female"
from_day = 2
[[interventions]]
id = "d"
kind = "publish_waiting_times"
service = "clinic"
from_day = 2
[[shocks]]
id = "e"
kind = "close_street"
ways = [11]
from_day = 2
[[questions]]
id = "q"
measure = "wait_mean_s"
by = "age_band"
better = "lower"
smallest_effect = 60
[tags]
"services.clinic" = {tag = "assumed", source = "s"}
"""
JUNK = (
    "nan",
    "-1",
    "1e300",
    "99999999999999999999999999",
    '"\\u0000\\u202e"',
    "true",
    "[]",
    "[1, 'a', {b = 2}]",
    "{id = 3}",
    "1979-05-27",
)


@pytest.fixture
def full(write: Write) -> Path:
    return write(FULL)


def answers(path: Path, city: City, override: str) -> str:
    """Return how it ended; anything but a scenario or a message fails the test."""
    try:
        scenario = load_scenario(path, [override] if override else [])
        compile_scenario(scenario, city)
    except TwinError as error:
        return "refused" if error.exit_code == 2 and str(error) else "not told"
    assert isinstance(scenario.resolved, dict)
    scenario.untagged()
    return "right"


def paths(path: Path) -> Iterator[str]:
    """Yield every key path of the file, tables and elements included."""
    seen: set[tuple[str | int, ...]] = set()
    for leaf, _ in leaves(read_toml(path)):
        for end in range(1, len(leaf) + 1):
            seen.add(leaf[:end])
    for steps in sorted(seen, key=str):
        yield ".".join(f'"{step}"' for step in steps)


def test_the_file_itself_is_right(full: Path, city: City) -> None:
    assert answers(full, city, "") == "right"


@pytest.mark.parametrize("junk", JUNK)
def test_junk_at_every_key(full: Path, city: City, junk: str) -> None:
    found = [answers(full, city, f"{path}={junk}") for path in paths(full)]
    assert len(found) > 60
    assert set(found) <= {"right", "refused"}


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_file_that_ends_early(write: Write, city: City, cut: int) -> None:
    path = write(FULL[: len(FULL) * cut // 12])
    assert answers(path, city, "") in ("right", "refused")


@pytest.mark.parametrize("number", range(len(FULL.splitlines())))
def test_a_missing_line(write: Write, city: City, number: int) -> None:
    lines = FULL.splitlines()
    del lines[number]
    assert answers(write("\n".join(lines)), city, "") in ("right", "refused")


def test_a_scenario_made_in_python_compiles(city: City) -> None:
    scenario = Scenario.model_validate(
        {
            "name": "town",
            "map": "map",
            "run": {"start": date(2024, 1, 10), "days": 7},
            "population": {"residents": 10},
            "services": [
                {
                    "id": "clinic",
                    "needs_per_year": 1.0,
                    "service_time": {"distribution": "deterministic", "mean_s": 60.0},
                }
            ],
            "interventions": [
                {"id": "a", "kind": "close_facility", "facility": "north", "from_day": 1.0}
            ],
        }
    )
    assert len(compile_scenario(scenario, city).edits) == 1
    assert scenario.where("run", "days") == "scenario: run.days"
