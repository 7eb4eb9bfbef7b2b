"""`run`, `compare`, `report`, `runs` and `diff` on a city of two dozen blocks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from twin.cli import main
from twin.cli.tiny_city import write_tiny_city


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A baseline, a scenario that extends it, and one of other days."""
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny_city(folder)
    (folder / "more.toml").write_text(
        """
name = "more"
title = "A second doctor <b>north</b>"
extends = "tiny.toml"

[[interventions]]
id = "second"
kind = "add_servers"
service = "primary_care"
facility = "north"
servers = 1
from_day = 1

[[questions]]
id = "waits"
measure = "wait_mean_s"
service = "primary_care"
better = "lower"
smallest_effect = 30.0
"""
    )
    (folder / "longer.toml").write_text('name = "longer"\nextends = "tiny.toml"\n[run]\ndays = 3\n')
    return folder


@pytest.fixture(scope="module")
def out(place: Path) -> Path:
    """The folder of one comparison."""
    code = main(
        [
            "compare",
            str(place / "tiny.toml"),
            str(place / "more.toml"),
            "--seeds",
            "1:3",
            "--out",
            str(place / "out"),
        ]
    )
    assert code == 0
    return place / "out"


def json_of(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def folders(out: Path, name: str) -> list[Path]:
    return sorted((out / name).glob("*/seed-*"))


def test_run_shows_its_measures(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(place / "tiny.toml"), "--seed", "1", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "mean wait" in shown
    assert "unmet share" in shown
    assert len(folders(tmp_path, "tiny")) == 1


def test_run_json_is_run_json(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", str(place / "tiny.toml"), "--days", "1", "--set", "population.residents=200"]
    assert main([*words, "--seeds", "4", "--out", str(tmp_path), "--json"]) == 0
    document = json_of(capsys)
    (folder,) = folders(tmp_path, "tiny")
    assert document == json.loads((folder / "run.json").read_text())
    assert document["n_residents"] == 200
    assert document["scenario"]["run"]["days"] == 1
    assert len(document["hash_chain"]) == 2  # the first midnight and the last


def test_compare_writes_verdicts_and_report(out: Path) -> None:
    document = json.loads((out / "comparison.json").read_text())
    assert document["seeds"] == [1, 2, 3]
    asked = [row for row in document["scenarios"][0]["measures"] if row["question_id"] == "waits"]
    assert len(asked) == 1
    assert asked[0]["preregistered"]
    text = (out / "report.html").read_text()
    assert "A second doctor &lt;b&gt;north" in text
    assert 'id="map-data"' in text


def test_compare_again_runs_nothing_and_says_the_same(
    place: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (out / "comparison.json").read_bytes()
    stamps = [(folder / "run.json").stat().st_mtime_ns for folder in folders(out, "more")]
    words = ["compare", str(place / "tiny.toml"), str(place / "more.toml"), "--seeds", "1,2,3"]
    assert main([*words, "--out", str(out), "--json"]) == 0
    assert json_of(capsys) == json.loads(before)
    assert (out / "comparison.json").read_bytes() == before
    assert [(f / "run.json").stat().st_mtime_ns for f in folders(out, "more")] == stamps


def test_compare_tells_verdicts(place: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", str(place / "tiny.toml"), str(place / "more.toml"), "--seeds", "1:3"]
    assert main([*words, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "unmet needs" in shown
    assert "gained" in shown
    assert f"report: {out / 'report.html'}" in shown


def test_compare_refuses_other_days_before_it_runs(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "compare",
        str(place / "tiny.toml"),
        str(place / "longer.toml"),
        "--out",
        str(tmp_path),
    ]
    assert main(words) == 2
    assert "differ in [run] days: 2 and 3" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_report_is_made_again_after_the_folder_moved(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = (out / "report.html").read_text()
    (out / "report.html").unlink()
    moved = out.rename(out.with_name("elsewhere"))
    try:
        assert main(["report", str(moved)]) == 0
        assert (moved / "report.html").read_text() == first
    finally:
        moved.rename(out)
    assert "report:" in capsys.readouterr().out


def test_report_of_something_else_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(tmp_path)]) == 2
    assert "twin compare --out" in capsys.readouterr().err


def test_runs_are_listed_and_shown(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "list", "--out", str(out), "--json"]) == 0
    listed = json_of(capsys)
    assert [(one["name"], one["seed"]) for one in listed] == [
        (name, seed) for name in ("more", "tiny") for seed in (1, 2, 3)
    ]
    assert main(["runs", "show", str(folders(out, "tiny")[0])]) == 0
    assert "as they were written" in capsys.readouterr().out


def test_runs_rm_removes_runs_only(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["run", str(place / "tiny.toml"), "--seed", "9", "--out", str(tmp_path)])
    (folder,) = folders(tmp_path, "tiny")
    assert main(["runs", "rm", str(folder), str(tmp_path)]) == 2
    assert "nothing was removed" in capsys.readouterr().err
    assert folder.exists()
    assert main(["runs", "rm", str(folder)]) == 0
    assert not folder.exists()


def test_diff_names_midnight_table_and_row(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left, right = folders(out, "tiny")[0], folders(out, "more")[0]
    assert main(["diff", str(left), str(right), "--json"]) == 0
    found = json_of(capsys)
    assert found["first_midnight"] == 2  # the doctor comes on day 1: until then it is the same
    assert "edits" in {one["table"] for one in found["tables"]}
    assert main(["diff", str(left), str(left)]) == 0
    assert "the same" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seeds", "5:1"], "ends before it starts"),
        (["--seeds", "1,x"], "a range like 1:20"),
        (["--seeds", "1,1"], "twice"),
        (["--seeds", "1", "--seed", "1"], "both given"),
    ],
)
def test_seeds_that_make_no_sense_are_refused(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["run", str(place / "tiny.toml"), *words, "--out", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
