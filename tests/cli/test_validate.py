from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.validation import known
from twin.cli import main
from twin.validation import queueing_inputs

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(queueing_inputs, "N_CUSTOMERS", 60_000)
    monkeypatch.setattr(queueing_inputs, "N_RELAXATIONS", 100)
    other = known.mmc_case() | {"id": "later", "family": "hypercube"}
    return known.write_cases(tmp_path, known.mdc_case(), known.mmck_case(), other)


def test_text_ends_with_the_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "2 passed, 0 failed, 1 skipped"
    assert "not built yet: family `hypercube`" in out
    assert "clockwork: passed" in err


def test_json_is_all_there_is_on_stdout(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(folder), "--id", "clockwork", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [case["id"] for case in document["cases"]] == ["clockwork"]
    assert document["passed"] == 1


def test_a_failure_is_exit_code_1(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = known.mdc_case()
    wrong["expected"]["Wq"] *= 1.1
    known.write_cases(tmp_path, wrong)
    assert main(["validate", str(folder)]) == 1
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == "0 passed, 1 failed, 0 skipped"
    assert "Wq: expected" in out


@pytest.mark.parametrize("words", [["--family", "quueing"], ["--id", "nothing"]])
def test_an_unknown_name_is_exit_code_2(
    folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", str(folder), *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words[0] in err


def test_a_missing_folder_is_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", str(tmp_path / "nowhere")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "cases.json" in err
    assert "Traceback" not in err
