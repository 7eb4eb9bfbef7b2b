"""Effects on access by mode, by crossed columns and by cell, on two blocks and a bridge."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from tests.fixtures.two_blocks import BRIDGE_NAME, EAST_CLINIC, build_two_blocks
from tests.fixtures.worlds import two_blocks_scenario
from twin.errors import InputError
from twin.experiment import compare, run
from twin.experiment.by_cell import write_cells
from twin.experiment.crossing import people_columns, people_of
from twin.scenario.load import load_scenario

ONE_CLINIC = f"""
[[facilities]]
op = "remove"
uid = "{EAST_CLINIC}"
service = "primary_care"
"""
CLOSED = f"""
[[shocks]]
id = "flood"
kind = "close_street"
street = "{BRIDGE_NAME}"
from_day = 3
[[questions]]
id = "reach"
measure = "access_none_share"
service = "primary_care"
better = "lower"
smallest_effect = 0.01
[[questions]]
id = "modes"
measure = "access_share_30min"
service = "primary_care"
by = "registration, mode"
better = "higher"
smallest_effect = 0.01
[[questions]]
id = "walk"
measure = "access_mean_s"
by = "mode"
better = "lower"
smallest_effect = 1
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bridge")
    map_folder = build_two_blocks(folder)
    two_blocks_scenario(folder, ONE_CLINIC, map_folder=map_folder).rename(folder / "whole.toml")
    (folder / "closed.toml").write_text(f'name = "closed"\nextends = "whole.toml"\n{CLOSED}')
    specs = [load_scenario(folder / name) for name in ("whole.toml", "closed.toml")]
    return compare(run(specs, seeds=range(1, 4), out=folder / "runs"))


def access_of(result, arm):
    columns = result.runs_of(arm)[0].columns(
        "residents", ["primary_care.access_s", "registration", "has_car"]
    )
    return columns["primary_care.access_s"], columns


def test_a_question_about_access_is_answered_without_noise(result):
    (row,) = [row for row in result.verdicts() if row["question_id"] == "reach"]
    time_s, _ = access_of(result, "closed")
    assert row["baseline"] == 0.0
    assert row["scenario"] == pytest.approx(np.isnan(time_s).mean())
    assert row["ci_low"] == pytest.approx(row["difference"])
    assert row["ci_high"] == pytest.approx(row["difference"])
    assert (row["verdict"], row["variance_reduction"]) == ("worse", None)


def test_a_question_by_registration_and_mode(result):
    rows = [row for row in result.verdicts() if row["question_id"] == "modes"]
    groups = {row["group"]: row for row in rows}
    assert set(groups) == {
        f"registration={word},mode={mode}"
        for word in ("registered", "migrant")
        for mode in ("walk", "car")
    }
    time_s, columns = access_of(result, "bridge")
    is_migrant = columns["registration"].codes == columns["registration"].labels.index("migrant")
    has_car = columns["has_car"][is_migrant].mean()
    assert groups["registration=migrant,mode=car"]["baseline"] == pytest.approx(has_car)
    assert not np.isnan(time_s).any()


def test_a_question_by_mode_alone_takes_the_one_service_there_is(result):
    groups = {row["group"] for row in result.verdicts() if row["question_id"] == "walk"}
    assert groups == {"mode=walk", "mode=car"}


def test_a_time_of_those_who_are_left_does_not_look_good(result):
    (row,) = result.effect("access_mean_s")
    assert row["guard"]["measure"] == "access_none_share"
    assert row["guard"]["is_worse"]
    # Who lives across the bridge had the longest way: the mean of the others is shorter.
    assert row["verdict"] == "better"
    assert "out of reach rises by" in row["note"]
    (tail,) = result.effect("access_p90_s")
    # Of nine in ten there is no time any more, so there is no difference to judge.
    assert tail["verdict"] == "undecided"
    key = ("access_p90_s", "primary_care", "all")
    before, after = (result.runs_of(arm)[0].measures[key] for arm in ("bridge", "closed"))
    assert before > 300
    assert after is None


def test_no_queue_is_blamed_for_it(result):
    assert result.document["scenarios"][0]["explanations"] == []


def test_by_cell_the_far_block_loses(result, tmp_path):
    pytest.importorskip("h3", reason="the extra [h3] is not installed")
    rows = result.effect("access_none_share", by="h3")
    residents = result.runs_of("bridge")[0].manifest["n_residents"]
    assert {row["difference"] for row in rows} <= {0.0, 1.0}
    assert {0.0, 1.0} <= {row["difference"] for row in rows}
    counts = result.effect("n_needs", by="h3")
    (total,) = result.effect("n_needs")
    assert len(counts) == len(rows)
    assert sum(row["baseline"] for row in counts) == pytest.approx(total["baseline"])
    assert residents == 1500
    crossed = result.effect("access_none_share", by="registration,h3")
    assert len(crossed) > len(rows)
    path = write_cells(rows, tmp_path / "cells.geojson")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert [f["properties"]["difference"] for f in features] == [r["difference"] for r in rows]
    with write_cells(rows, tmp_path / "cells.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [float(line["difference"]) for line in table] == [row["difference"] for row in rows]
    assert [f"h3={line['h3']}" for line in table] == [row["group"] for row in rows]
    with pytest.raises(InputError, match="one row a cell"):
        write_cells([*rows, *counts], tmp_path / "both.geojson")
    with pytest.raises(InputError, match="one row a cell"):
        write_cells(result.effect("access_none_share"), tmp_path / "none.geojson")


def test_by_cell_without_a_map_is_told(result, monkeypatch):
    monkeypatch.setattr(result._runset, "map_folder", None)
    with pytest.raises(InputError, match="is not at hand"):
        result.effect("access_none_share", by="h3")


def test_people_and_modes_of_a_group():
    assert people_of("registration=migrant,mode=car") == "registration=migrant"
    assert people_of("mode=car") == ""
    assert people_of("all") == "all"
    assert people_columns([("mode", "zone"), ("sex", "zone")]) == [("zone",), ("sex", "zone")]
