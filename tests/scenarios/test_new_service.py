"""A service that only a scenario file knows: its people, facilities, change and comparison."""

from __future__ import annotations

import re

import pytest

import twin
from tests.fixtures.two_blocks import EAST_CLINIC, WEST_CLINIC, build_two_blocks
from twin.report.page import page

BASE = """
name = "tools"
map = "{map}"
[run]
start = 2024-01-08
days = 6
warmup_days = 1
cooldown_days = 1
seeds = "1:4"
[population]
seed = 3
residents = 1500
[travel]
modes = ["walk"]

[[services]]
id = "tool_library"
title = "Library of tools"
needs_per_year = 60.0
default_servers = 1
default_hours = "Mo-Su 09:00-19:00"
patience = {{distribution = "exponential", mean_s = 1800}}
retry = {{share = 0.5, after_s = 7200}}
[[services.stages]]
id = "choose"
service_time = {{distribution = "exponential", mean_s = 600}}
next = {{lend = 0.8}}
[[services.stages]]
id = "lend"
service_time = {{distribution = "deterministic", mean_s = 90}}
servers = 1

[[facilities]]
op = "add"
uid = "{west}"
service = "tool_library"
[[facilities]]
op = "add"
uid = "{east}"
service = "tool_library"

[[questions]]
id = "waits"
measure = "unmet_share"
service = "tool_library"
better = "lower"
smallest_effect = 0.01
"""
MORE = """
name = "more_shelves"
extends = "tools.toml"
[[interventions]]
id = "shelves"
kind = "add_servers"
facility = ["{west}", "{east}"]
service = "tool_library"
servers = 2
from_day = 0
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tools")
    names = {"map": build_two_blocks(folder), "west": WEST_CLINIC, "east": EAST_CLINIC}
    (folder / "tools.toml").write_text(BASE.format(**names), encoding="utf-8")
    (folder / "more.toml").write_text(MORE.format(**names), encoding="utf-8")
    specs = [twin.load_scenario(folder / name) for name in ("tools.toml", "more.toml")]
    runs = twin.run(specs, out=folder / "runs")
    return twin.compare(runs, baseline="tools")


def test_its_question_is_answered(result):
    (record,) = result.document["scenarios"]
    asked = [row for row in record["measures"] if row["question_id"] == "waits"]
    row = next(one for one in asked if one["group"] == "all")
    assert row["baseline"] > 0.05
    assert row["difference"] < -0.02
    assert row["verdict"] == "better"


def test_the_report_tells_which_step_people_wait_for(result):
    text = page(result)
    table = text[text.index("Steps of a visit") :]
    first, last = table.index("choose"), table.index("lend")
    loads = [float(share) for share in re.findall(r"([\d.]+) %, ", table[first:last])]
    assert loads[1] < 0.7 * loads[0]


def test_people_walk_through_its_steps(result):
    run = result.runs_of("tools")[0]
    visits = run.columns("visits", ["stage", "outcome", "attempt", "parent"])
    stages = [visits["stage"].labels[code] for code in visits["stage"].codes]
    assert set(stages) == {"choose", "lend"}
    lent = stages.count("lend")
    chose = sum(
        stage == "choose" and visits["outcome"].labels[code] == "served"
        for stage, code in zip(stages, visits["outcome"].codes, strict=True)
    )
    assert lent == pytest.approx(0.8 * chose, rel=0.1)
