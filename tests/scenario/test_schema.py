"""The JSON Schema says yes to what loads and no to what does not."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from twin.scenario.interventions import intervention_kinds
from twin.scenario.load import scenario_schema


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = scenario_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_json(child) for key, child in value.items()}
    if isinstance(value, list):
        return [as_json(child) for child in value]
    return value.isoformat() if isinstance(value, date) else value


def shipped() -> list[Path]:
    return sorted(Path(__file__).resolve().parents[2].glob("scenarios/**/*.toml"))


def document(path: Path) -> dict[str, Any]:
    data = as_json(tomllib.loads(path.read_text(encoding="utf-8")))
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_shipped_scenarios_are_valid(validator: Any, path: Path) -> None:
    assert [error.message for error in validator.iter_errors(document(path))] == []


def baseline() -> dict[str, Any]:
    return next(document(path) for path in shipped() if path.stem == "baseline")


@pytest.mark.parametrize(
    "change",
    [
        {"nmae": "x"},
        {"run": {"start": "2024-01-10", "days": 0}},
        {"run": {"days": 14}},
        {"travel": {"walk_mps": "fast"}},
        {"interventions": [{"id": "a", "kind": "add_servers", "facility": "x", "from_day": 1}]},
        {"interventions": [{"id": "a", "kind": "ad_servers", "from_day": 1}]},
        {"tags": {"population": "guessed"}},
        {"name": "two words"},
    ],
)
def test_what_does_not_load_is_not_valid(validator: Any, change: dict[str, Any]) -> None:
    assert list(validator.iter_errors(baseline() | change))


def test_a_whole_scenario_must_be_whole_and_an_extending_one_need_not(validator: Any) -> None:
    assert list(validator.iter_errors({"name": "a"}))
    assert not list(validator.iter_errors({"name": "a", "extends": "b.toml"}))
    assert not list(
        validator.iter_errors(
            {
                "name": "a",
                "extends": "b.toml",
                "remove": ["x"],
                "interventions": [{"id": "a", "servers": 2}],
                "services": [{"id": "s", "choice": {"travel_per_min": 0.2}}],
            }
        )
    )
    assert list(validator.iter_errors({"extends": "b.toml"}))


def test_every_reference_resolves_and_every_kind_is_there() -> None:
    schema = scenario_schema()
    text = str(schema)
    assert all(model.__name__ in schema["$defs"] for model in intervention_kinds().values())
    for part in text.split("'$ref': '#/$defs/")[1:]:
        assert part.split("'")[0] in schema["$defs"]


def test_every_key_is_explained() -> None:
    missing = [
        f"{name}.{key}"
        for name, model in scenario_schema()["$defs"].items()
        for key, field in model.get("properties", {}).items()
        if "description" not in field and not name.startswith(("Population", "Calendar"))
    ]
    assert missing == []


def test_a_service_of_a_kind_need_not_be_whole(validator: Any) -> None:
    whole = {
        "name": "a",
        "map": "m",
        "run": {"start": "2024-01-08", "days": 7},
        "population": {"residents": 100},
    }
    service = {"id": "line", "kind": "hotline", "service_time": {"mean_s": 300}}
    assert not list(validator.iter_errors({**whole, "services": [service]}))
    del service["kind"]
    assert list(validator.iter_errors({**whole, "services": [service]}))
