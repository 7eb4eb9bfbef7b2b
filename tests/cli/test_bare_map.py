"""A map of streets alone is enough: people live along them, and every run says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fixtures.osm_xml import grid
from twin.cli import main
from twin.cli.tiny_city import SCENARIO

MORE = 'name = "more"\nextends = "tiny.toml"\n[run]\nseeds = [1, 2]\n'


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenario on a grid of streets without a building or a ward."""
    monkeypatch.chdir(tmp_path)
    grid(6, 6).write(tmp_path / "bare.osm")
    assert main(["map", "build", "bare.osm", "--out", "map"]) == 0
    text = SCENARIO.replace("ways = [1]", "ways = [101]")
    (tmp_path / "tiny.toml").write_text(text, encoding="utf-8")
    (tmp_path / "more.toml").write_text(MORE, encoding="utf-8")
    return tmp_path


def test_check_warns(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "tiny.toml", "--json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)["scenarios"]
    (warning,) = report["warnings"]
    assert warning.startswith(
        "tiny.toml:10: population: no or hardly any building of map map can be a home"
    )
    assert "along residential streets, in proportion to their length (assumed)" in warning


def test_compare_and_its_report_say_so(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "tiny.toml", "more.toml", "--seeds", "1:2", "--out", "out"]
    capsys.readouterr()
    assert main(words) == 0
    captured = capsys.readouterr()
    assert captured.err.count("live along residential streets") == 1
    assert "live along residential streets" in (bare / "out" / "report.html").read_text("utf-8")
    manifest = next((bare / "out" / "tiny").glob("*/seed-00001/run.json"))
    assert manifest.read_text("utf-8").count("live along residential streets") == 1
