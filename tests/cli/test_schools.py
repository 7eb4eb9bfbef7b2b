"""Schools at the command line: check, run, compare, report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.fixtures.school_towns import OPEN, school_text
from twin.cli import main

if TYPE_CHECKING:
    from pathlib import Path

QUESTIONS = """
[[services]]
id = "primary_care"
needs_per_year = 20.0
service_time = {distribution = "exponential", mean_s = 300}
[[questions]]
id = "placed"
measure = "placed_share"
by = "registration"
better = "higher"
smallest_effect = 0.01
[[questions]]
id = "crossed"
measure = "first_choice_share"
service = "primary"
by = "registration,sex"
better = "higher"
smallest_effect = 0.01
[[questions]]
id = "wait"
measure = "wait_mean_s"
better = "lower"
smallest_effect = 60
"""
MORE = """
[[interventions]]
id = "more"
kind = "add_classes"
level = "primary"
classes = 1
from_day = 1
cost_once = 1000
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schools")
    (path / "schools.toml").write_text(school_text(QUESTIONS), encoding="utf-8")
    extended = f'name = "open"\nextends = "schools.toml"\n{OPEN}{MORE}'
    (path / "open.toml").write_text(extended, encoding="utf-8")
    return path


def test_check_counts_schools(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder / "schools.toml"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    text = json.dumps(document)
    assert '"primary": {"schools": 3, "places": 120, "open_later": 0, "rounds": 2}' in text
    assert main(["check", str(folder / "schools.toml")]) == 0
    assert "3 with 120 places, 2 rounds" in capsys.readouterr().out


def test_compare_answers_questions_about_schools(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "out"
    files = [str(folder / name) for name in ("schools.toml", "open.toml")]
    assert main(["compare", *files, "--seeds", "1:2", "--out", str(out), "--workers", "1"]) == 0
    words = capsys.readouterr().out
    assert "share with a school place rises by" in words
    document = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    rows = document["scenarios"][0]["measures"]
    asked = {
        (row["question_id"], row["service"], row["group"]): row
        for row in rows
        if row["question_id"]
    }
    migrants = asked["placed", "primary", "registration=migrant"]
    assert migrants["baseline"] == 0.0
    assert migrants["scenario"] > 0.0
    assert ("crossed", "primary", "registration=migrant,sex=female") in asked
    assert asked["wait", "primary_care", "all"]["difference"] == 0.0
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "share with a school place" in report
    assert "mean way to school" in report
    assert document["scenarios"][0]["cost"]["undiscounted"] == 1000


def test_run_shows_measures_of_schools(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(folder / "schools.toml")
    assert main(["run", file, "--seed", "1", "--out", str(folder / "out")]) == 0
    assert "share with a school place" in capsys.readouterr().out
