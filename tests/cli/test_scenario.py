from __future__ import annotations

import json
from pathlib import Path

import pytest

from twin.cli import main

BASELINE = Path(__file__).resolve().parents[2] / "scenarios" / "monaco" / "baseline.toml"
FUTURE = BASELINE.with_name("more_doctors.toml")


def test_check_tells_what_will_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(BASELINE), str(FUTURE)]) == 0
    out = capsys.readouterr().out
    for words in (
        "39,050",
        "primary_care",
        "1 by second_doctor",
        "none: a baseline",
        "shorter_wait",
    ):
        assert words in out


def test_check_names_policies(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(BASELINE.with_name("balanced_staff.toml"))]) == 0
    out = capsys.readouterr().out
    for words in ("none before the run", "policy lend_doctors", "balance_staff"):
        assert words in out


def test_check_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(BASELINE), "--json"]) == 0
    captured = capsys.readouterr()
    (report,) = json.loads(captured.out)["scenarios"]
    assert report["ok"]
    assert report["runs"]["residents"] == 39_050
    assert report["runs"]["services"]["primary_care"]["assumed"] == 11
    assert report["runs"]["untagged"] == []


def test_check_tells_every_error_of_every_file_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path / "base.toml"
    base.write_text('name = "a"\nmap = "m"\n', encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text('name = "b"\nextends = "base.toml"\nshokcs = 1\n', encoding="utf-8")
    assert main(["check", str(base), str(other), str(BASELINE)]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("population: missing") == 2  # at the root of each file
    assert captured.err.count("did you mean `shocks`?") == 1
    assert "39,050" in captured.out
    assert "Traceback" not in captured.err


def test_check_json_of_a_wrong_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.toml"
    path.write_text("a = ", encoding="utf-8")
    assert main(["check", str(path), "--json"]) == 2
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert not document["ok"]
    assert document["scenarios"][0]["errors"][0]["where"].endswith("a.toml:1")
    assert captured.err == ""


def test_check_of_a_missing_map_points_at_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = BASELINE.read_text(encoding="utf-8").replace("../../maps/monaco", "maps/nowhere")
    Path("a.toml").write_text(text, encoding="utf-8")
    assert main(["check", "a.toml"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("a.toml:10: map: maps/nowhere: no such map")
    assert str(tmp_path) not in err


def test_check_lists_untagged_values(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(BASELINE), "--set", "services.primary_care.needs_per_year=7"]) == 0
    err = capsys.readouterr().err
    assert "1 values bear no tag" in err
    assert "services.primary_care.needs_per_year = 7.0" in err


def test_schema_to_stdout_and_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert main(["schema", "--out", str(tmp_path / "s.json")]) == 0
    assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) == printed
    assert main(["schema", "--out", str(tmp_path / "none" / "s.json")]) == 2


def test_init_writes_what_check_accepts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shipped = BASELINE.parents[2] / "maps" / "monaco"
    assert main(["init", "mytown", "--map", str(shipped)]) == 0
    files = sorted(str(path) for path in Path("scenarios/mytown").glob("*.toml"))
    assert main(["check", *files]) == 0
    out = capsys.readouterr().out
    assert "1 by one_more" in out
    assert main(["init", "mytown"]) == 2


def test_init_says_which_map_it_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "later"]) == 0
    assert "there is no maps/later yet: twin map build EXTRACT --out" in capsys.readouterr().err
    (tmp_path / "maps").symlink_to(BASELINE.parents[2] / "maps")
    assert main(["init", "mytown"]) == 0
    assert "on the map maps/monaco; another is named by --map" in capsys.readouterr().err
    assert main(["init", "monaco"]) == 0
    assert "on the map" not in capsys.readouterr().err


def test_what_init_offers_in_comments_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "mytown", "--map", str(BASELINE.parents[2] / "maps" / "monaco")]) == 0
    baseline = tmp_path / "scenarios" / "mytown" / "baseline.toml"
    text = baseline.read_text("utf-8").replace('"car"]', '"car", "bus"]')
    for line in ("[traffic]", 'mode = "profile"', "[activities]"):
        assert f"# {line}" in text
        text = text.replace(f"# {line}", line)
    baseline.write_text(text, "utf-8")
    future = baseline.with_name("more_doctors.toml")
    before, mark, shock = future.read_text("utf-8").partition("# [[shocks]]")
    lines = (mark + shock).replace("# ", "", 1).replace("\n# ", "\n")
    corners = "[[7.42, 43.73], [7.43, 43.73], [7.43, 43.74]]"
    lines = lines.replace("[[LON, LAT], [LON, LAT], [LON, LAT]]", corners)
    future.write_text(before + lines, "utf-8")
    assert main(["check", str(baseline), str(future)]) == 0
    assert "by closed" in capsys.readouterr().out
