"""``comparison.json`` as the contract has it: keys, types, and what must go together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.experiment.fakes import fake_runs, fake_spec
from tests.experiment.placed import A, B, against, changed
from twin.experiment.by_facility import VALUES
from twin.experiment.comparison import compare
from twin.experiment.runset import RunSet

NUMBER: Final = {"type": "number"}
NUMBER_OR_NULL: Final = {"type": ["number", "null"]}
TEXT: Final = {"type": "string"}
COUNT: Final = {"type": "integer", "minimum": 0}


def record(required: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the schema of an object that has these keys, and may have more."""
    return {"type": "object", "required": list(required), "properties": required, **more}


ROW: Final = record(
    {
        "measure": TEXT,
        "service": TEXT,
        "group": {"type": "string", "pattern": "^(all|[a-z_]+=.*)$"},
        "baseline": NUMBER_OR_NULL,
        "scenario": NUMBER_OR_NULL,
        "difference": NUMBER_OR_NULL,
        "ci_low": NUMBER_OR_NULL,
        "ci_high": NUMBER_OR_NULL,
        "level": {"type": "number", "exclusiveMinimum": 0.5, "exclusiveMaximum": 1},
        "n_seeds": COUNT,
        "variance_reduction": {"type": ["number", "null"], "exclusiveMinimum": 0},
        "question_id": {"type": ["string", "null"]},
        "preregistered": {"type": "boolean"},
        "smallest_effect": {"type": ["number", "null"], "exclusiveMinimum": 0},
        "verdict": {"enum": ["better", "worse", "no_material_difference", "undecided"]},
        "seeds_needed": {"type": ["integer", "null"], "minimum": 2},
        "unit": {"enum": ["s", "share", "count", "index"]},
        "better": {"enum": ["lower", "higher"]},
        "guard": {
            "anyOf": [
                {"type": "null"},
                record(
                    {
                        "measure": {"enum": ["unmet_share", "burden_mean_s"]},
                        "difference": NUMBER,
                    }
                ),
            ]
        },
    },
    allOf=[
        {  # without a question nothing is immaterial, and nobody knows how many seeds would do
            "if": {"properties": {"question_id": {"type": "null"}}},
            "then": {
                "properties": {
                    "verdict": {"not": {"const": "no_material_difference"}},
                    "preregistered": {"const": False},
                    "smallest_effect": {"type": "null"},
                    "seeds_needed": {"type": "null"},
                }
            },
            "else": {"properties": {"smallest_effect": NUMBER}},
        },
        {  # no interval, no verdict
            "if": {"properties": {"ci_low": {"type": "null"}}},
            "then": {
                "properties": {"verdict": {"const": "undecided"}, "ci_high": {"type": "null"}}
            },
        },
        {  # a null difference reduces nothing
            "if": {"properties": {"difference": {"enum": [None, 0]}, "ci_low": {"enum": [None, 0]},
                                  "ci_high": {"enum": [None, 0]}}},
            "then": {"properties": {"variance_reduction": {"type": "null"}}},
        },
    ],
)  # fmt: skip
EFFECT: Final = record(
    {
        **dict.fromkeys(
            ("baseline", "scenario", "difference", "ci_low", "ci_high"), NUMBER_OR_NULL
        ),
        "n_seeds": COUNT,
    },
    additionalProperties=False,
)
FACILITY: Final = record(
    {
        **dict.fromkeys(("service", "facility", "name", "tag"), TEXT),
        "is_changed": {"type": "boolean"},
        **dict.fromkeys(VALUES, EFFECT),
    },
    additionalProperties=False,
)
EXPLANATION: Final = record(
    {
        "service": TEXT,
        "questions": {"type": "array", "items": TEXT, "minItems": 1},
        "relative": {"type": "object", "additionalProperties": NUMBER_OR_NULL},
        "sentences": {"type": "array", "items": TEXT, "minItems": 2},
        "is_explained": {"type": "boolean"},
    }
)
SCHEMA: Final = record(
    {
        "schema": {"const": 1},
        "baseline": TEXT,
        "seeds": {"type": "array", "items": COUNT, "minItems": 1, "uniqueItems": True},
        "scenarios": {
            "type": "array",
            "items": record(
                {
                    "name": TEXT,
                    "measures": {"type": "array", "items": ROW, "minItems": 1},
                    "residents": record({"gained": COUNT, "lost": COUNT, "unchanged": COUNT}),
                    "cost": record({"npv": NUMBER_OR_NULL, "per_effect": {"type": "object"}}),
                    "break_even": {"type": "array"},
                    "facilities": {"type": "array", "items": FACILITY},
                    "explanations": {"type": "array", "items": EXPLANATION},
                }
            ),
        },
    }
)


def errors(document: object) -> list[str]:
    Draft202012Validator.check_schema(SCHEMA)
    found = Draft202012Validator(SCHEMA).iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in found]


def test_the_file_keeps_the_contract(compared: RunSet, tmp_path: Path) -> None:
    document = json.loads(compare(compared, "baseline").write(tmp_path).read_text())
    assert errors(document) == []
    for scenario in document["scenarios"]:
        counts = scenario["residents"]
        total = counts["gained"] + counts["lost"] + counts["unchanged"]
        assert total == document["n_residents"]
        assert scenario["cost"]["npv"] == 0.0


@pytest.mark.parametrize("seeds", [[7], [7, 9]])
def test_one_seed_and_two_keep_it_too(tmp_path: Path, seeds: list[int]) -> None:
    specs = [fake_spec("baseline"), fake_spec("gain", shift_s=-300.0)]
    found = compare(fake_runs(tmp_path, specs, seeds=seeds))
    text = found.write(tmp_path).read_text()
    assert errors(json.loads(text)) == []
    assert "NaN" not in text
    if len(seeds) == 1:
        assert {row["verdict"] for row in found.document["scenarios"][0]["measures"]} == {
            "undecided"
        }


def test_facilities_and_explanations_keep_it(tmp_path: Path) -> None:
    places = [changed(A, servers=2, wait_s=600.0), B, ["C", 1, 8, 16, 0, 0.0, 0.0]]
    document = json.loads(against(tmp_path, places).write(tmp_path).read_text())
    assert errors(document) == []
    (scenario,) = document["scenarios"]
    assert len(scenario["facilities"]) == 3
    assert len(scenario["explanations"]) == 1


def test_the_schema_finds_what_is_wrong(compared: RunSet) -> None:
    document = json.loads(json.dumps(compare(compared, "baseline").document))
    row = document["scenarios"][0]["measures"][0]
    row |= {"question_id": None, "verdict": "no_material_difference", "n_seeds": "4"}
    assert len(errors(document)) == 2
