from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from twin.errors import InputError, TwinError
from twin.validation.cases import data_file, number, numbers, read_cases, select, whole

if TYPE_CHECKING:
    from pathlib import Path

_CASE: dict[str, Any] = {
    "id": "one",
    "family": "queueing",
    "model": "mmc",
    "title": "whatever else stands there is left alone",
    "inputs": {"lam": 0.5, "mu": 1, "c": 1},
    "expected": {"rho": 0.5},
    "tolerance": {"kind": "simulation", "max_rel_halfwidth": 0.02},
}


def _write(folder: Path, *cases: Any, **more: Any) -> Path:
    text = json.dumps({"schema": 1, "cases": list(cases)} | more)
    (folder / "cases.json").write_text(text, encoding="utf-8")
    return folder


def _message(folder: Path) -> str:
    with pytest.raises(TwinError) as caught:
        read_cases(folder)
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_cases_keep_their_order(tmp_path: Path) -> None:
    names = ["b", "a", "c"]
    cases = read_cases(_write(tmp_path, *({**_CASE, "id": name} for name in names)))
    assert [case.id for case in cases] == names


def test_a_missing_folder_and_file_are_named(tmp_path: Path) -> None:
    assert "cases.json" in _message(tmp_path)
    assert "no such" in _message(tmp_path / "nowhere").lower()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ":1:1"),
        ('{"cases": [', ":1:12"),
        ("[]", "`cases`"),
        ("{}", "a list of cases"),
        ('{"cases": {}}', "a list of cases"),
        ('{"schema": 2, "cases": []}', "schema"),
        ('{"cases": [NaN]}', "`NaN` is no JSON number"),
        ('{"cases": [], "cases": []}', "stands twice"),
        ('{"cases": [3]}', "cases[0]: found 3"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_a_malformed_file_is_explained(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "cases.json").write_text(text, encoding="utf-8")
    assert says in _message(tmp_path)


def test_other_encodings_are_explained(tmp_path: Path) -> None:
    (tmp_path / "cases.json").write_bytes('{"cases": "é"}'.encode("latin-1"))
    assert "UTF-8" in _message(tmp_path)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    wrong = {**_CASE, "family": 3, "inputs": [], "expected": {}}
    del wrong["model"]
    message = _message(_write(tmp_path, _CASE, wrong))
    for place in ("family", "model", "inputs", "expected"):
        assert f"cases[1].{place}" in message
    assert "cases[0]" not in message


def test_two_cases_of_one_id_are_refused(tmp_path: Path) -> None:
    assert "`one` is also the id of" in _message(_write(tmp_path, _CASE, _CASE))


def test_selection_knows_what_there_is(tmp_path: Path) -> None:
    cases = read_cases(_write(tmp_path, _CASE, {**_CASE, "id": "two", "family": "school"}))
    assert [case.id for case in select(cases, family="school")] == ["two"]
    assert [case.id for case in select(cases, case_id="one")] == ["one"]
    assert len(select(cases)) == 2
    with pytest.raises(InputError, match="did you mean `queueing`"):
        select(cases, family="queuing")
    with pytest.raises(InputError, match="no case has `one`"):
        select(cases, family="school", case_id="one")


@pytest.mark.parametrize("value", [None, "1", True, [1], 1e400])
def test_a_number_is_a_finite_number(tmp_path: Path, value: object) -> None:
    [case] = read_cases(_write(tmp_path, {**_CASE, "inputs": {"c": 1}}))
    case.inputs["c"] = value
    with pytest.raises(InputError, match=r"inputs\.c"):
        number(case, "inputs", "c")


def test_whole_numbers_and_lists(tmp_path: Path) -> None:
    inputs = {"c": 2.0, "half": 0.5, "t": [1, 2.5], "bad": [1, "x"]}
    [case] = read_cases(_write(tmp_path, {**_CASE, "inputs": inputs}))
    assert whole(case, "inputs", "c") == 2
    assert numbers(case, "inputs", "t") == (1.0, 2.5)
    assert numbers(case, "inputs", "none") == ()
    with pytest.raises(InputError, match="whole number"):
        whole(case, "inputs", "half")
    with pytest.raises(InputError, match="list of numbers"):
        numbers(case, "inputs", "bad")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (3, "a file name"),
        ("../cases.json", "within the folder"),
        ("no.csv", "no such file"),
    ],
)
def test_a_file_of_data_stands_beside_the_cases(tmp_path: Path, name: object, says: str) -> None:
    folder = tmp_path / "cases"
    folder.mkdir()
    inputs = {"edges": name, "good": "edges.csv"}
    [case] = read_cases(_write(folder, {**_CASE, "inputs": inputs}))
    (folder / "edges.csv").write_text("u,v\n", encoding="utf-8")
    assert data_file(case, "good") == folder / "edges.csv"
    with pytest.raises(InputError) as caught:
        data_file(case, "edges")
    assert says in str(caught.value)
