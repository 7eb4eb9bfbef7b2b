"""``twin map synth`` as a user meets it, and a run on its map."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from twin.cli import main

SMALL = ["map", "synth", "--area-km2", "0.7", "--residents", "2000", "--grids", "2"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_town_from_three_numbers(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, "--out", "maps/new"]) == 0
    out = capsys.readouterr().out
    assert "synthetic city" in out
    assert "standard: Health" in out
    assert "map written to maps/new" in out
    assert main(["map", "info", "maps/new"]) == 0
    assert "Synthetic city made by" in capsys.readouterr().out


def test_json_is_the_manifest(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*SMALL, "--out", "new", "--seed", "3", "--districts", "2", "--name", "Newtown"]
    assert main([*words, "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree == json.loads((here / "new" / "map.json").read_text("utf-8"))
    assert tree["name"] == "Newtown"
    assert "no real place" in tree["attribution"]
    assert "--seed 3" in tree["source"]["file"]
    assert main(["map", "info", "new", "--json"]) == 0
    wards = json.loads(capsys.readouterr().out)["wards"]
    assert wards == ["District 1, grid 1", "District 2, grid 1"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--area-km2", "0"], "--area-km2"),
        (["--residents", "900000"], "40 storeys"),
        (["--grids", "900"], "whole superblocks"),
        (["--districts", "9"], "no more than there are grids"),
        (["--seed", "-1"], "--seed"),
        (["--lat", "89"], "--lat"),
    ],
)
def test_a_wrong_number_is_one_message_and_nothing_is_written(
    here: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main([*SMALL, "--out", "new", *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "hint: " in err
    assert "Traceback" not in err
    assert not list(here.iterdir())


def test_a_folder_that_is_no_map_stays(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "new").mkdir()
    (here / "new" / "thesis.txt").write_text("x", encoding="utf-8")
    assert main([*SMALL, "--out", "new"]) == 2
    assert "exists and is not a map" in capsys.readouterr().err
    assert [path.name for path in (here / "new").iterdir()] == ["thesis.txt"]


def test_init_check_and_run_on_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, "--out", "maps/new"]) == 0
    assert main(["init", "new"]) == 0
    baseline = "scenarios/new/baseline.toml"
    assert "residents = 2000\n" in (here / baseline).read_text("utf-8")
    capsys.readouterr()
    assert main(["check", baseline, "scenarios/new/more_doctors.toml"]) == 0
    assert "no real place" in capsys.readouterr().err
    short = ["--set", "run.days=3", "--set", "run.warmup_days=1", "--set", "run.cooldown_days=0"]
    assert main(["run", baseline, "--seed", "1", *short, "--out", "runs"]) == 0
    captured = capsys.readouterr()
    assert "needs served" in captured.out
    manifest = json.loads(next((here / "runs").rglob("run.json")).read_text("utf-8"))
    assert any("no real place" in words for words in manifest["warnings"])
    pair = [baseline, "scenarios/new/more_doctors.toml"]
    assert main(["compare", *pair, "--seeds", "1:1", *short, "--out", "cmp"]) == 0
    page = (here / "cmp" / "report.html").read_text("utf-8")
    assert "Nothing here is real" in page
    assert "no real place" in page
    assert "OpenStreetMap" not in page
