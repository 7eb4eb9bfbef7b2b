"""School cases: the whole matching is judged, and wrong inputs are told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from twin.errors import InputError
from twin.validation.run import validate_folder

CASE: dict[str, Any] = {
    "id": "three",
    "family": "school",
    "model": "sosm",
    "inputs": {
        "pref": {"i1": ["s2", "s1", "s3"], "i2": ["s1", "s2", "s3"], "i3": ["s1", "s2", "s3"]},
        "prio": {
            "s1": ["i1", "i3", "i2"],
            "s2": ["i2", "i1", "i3"],
            "s3": ["i2", "i1", "i3"],
        },
        "cap": {"s1": 1, "s2": 1, "s3": 1},
    },
    "tolerance": {"kind": "exact", "rel": 1e-9},
    "expected": {
        "match": {"i1": "s1", "i2": "s2", "i3": "s3"},
        "unmatched": 0,
        "sum_rank": 7,
        "first_choice": 0,
    },
}


def validated(tmp_path, **changes):
    (tmp_path / "cases.json").write_text(json.dumps({"cases": [{**CASE, **changes}]}))
    return validate_folder(tmp_path)


def test_the_example_of_abdulkadiroglu_and_sonmez(tmp_path):
    report = validated(tmp_path)
    assert report.summary == "1 passed, 0 failed, 0 skipped"
    assert {metric.name for metric in report.cases[0].metrics} == {
        "unmatched", "sum_rank", "first_choice", "match_i1", "match_i2", "match_i3",
    }  # fmt: skip


def test_another_matching_fails(tmp_path):
    expected = {**CASE["expected"], "match": {"i1": "s2", "i2": "s1"}}
    report = validated(tmp_path, expected=expected)
    assert report.summary == "0 passed, 1 failed, 0 skipped"
    assert [m.name for m in report.cases[0].metrics if not m.ok] == [
        "match_i1", "match_i2", "match_i3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("pref", [], "inputs.pref: is no object of lists"),
        ("pref", {"i1": ["s9"]}, "inputs.pref: `s9` is unknown"),
        ("prio", {"s1": ["i9"], "s2": [], "s3": []}, "inputs.prio: `i9` is unknown"),
        ("cap", {"s1": 1}, "inputs.cap: does not name each school once"),
    ],
)
def test_wrong_inputs_are_told(tmp_path, key, value, words):
    with pytest.raises(InputError, match=words):
        validated(tmp_path, inputs={**CASE["inputs"], key: value})


@pytest.mark.parametrize(
    ("matched", "words"),
    [
        (3, "expected.match: is no object"),
        ({"i9": "s1"}, "expected.match: `i9` is unknown"),
        ({"i1": "s9"}, "expected.match: `s9` is unknown"),
    ],
)
def test_a_wrong_answer_is_told(tmp_path, matched, words):
    with pytest.raises(InputError, match=words):
        validated(tmp_path, expected={"match": matched})
