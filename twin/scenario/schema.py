"""JSON Schema of a scenario file, for editors that complete and check TOML."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from twin.scenario.document import Scenario
from twin.scenario.interventions.registry import intervention_kinds
from twin.scenario.policies.registry import policy_kinds
from twin.scenario.shocks import SHOCK_KINDS
from twin.scenario.tags import TagNote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.scenario.interventions.base import DatedTable

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_PARTIAL: Final = "Partial"
_FILE_KEYS: Final = {
    "extends": {"type": "string", "description": "file from which everything not named here comes"},
    "remove": {
        "type": "array",
        "items": {"type": "string"},
        "description": "names of inherited services, interventions, questions ... that are deleted",
    },
}


def file_schema() -> dict[str, Any]:
    """Return the schema: of a whole scenario, or of one that extends another."""
    whole = Scenario.model_json_schema(ref_template="#/$defs/{model}")
    definitions: dict[str, Any] = whole.pop("$defs")
    _put_kinds(whole, definitions, "interventions", intervention_kinds())
    _put_kinds(whole, definitions, "policies", policy_kinds())
    _put_kinds(whole, definitions, "shocks", SHOCK_KINDS)
    _put_tags(whole, definitions)
    whole["properties"]["remove"] = _FILE_KEYS["remove"]
    partial = _partial({"whole": whole})["whole"]
    partial["properties"] |= _FILE_KEYS
    partial["required"] = ["name", "extends"]
    definitions |= {
        f"{name}{_PARTIAL}": _partial({name: body})[name] for name, body in definitions.items()
    }
    whole["properties"]["services"]["items"] = {
        "if": {"required": ["kind"]},
        # What such a service does not say comes from its kind.
        "then": {"$ref": f"#/$defs/ServiceSettings{_PARTIAL}"},
        "else": {"$ref": "#/$defs/ServiceSettings"},
    }
    definitions |= {"Scenario": whole, "ExtendingScenario": partial}
    return {
        "$schema": DRAFT,
        "title": "twin scenario",
        "if": {"required": ["extends"]},
        "then": {"$ref": "#/$defs/ExtendingScenario"},
        "else": {"$ref": "#/$defs/Scenario"},
        "$defs": definitions,
    }


def _put_kinds(
    whole: dict[str, Any],
    definitions: dict[str, Any],
    array: str,
    kinds: Mapping[str, type[DatedTable]],
) -> None:
    """Name the classes of a table that chooses by ``kind``."""
    for model in kinds.values():
        schema = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(schema.pop("$defs", {}))
        definitions[model.__name__] = schema
    choices = [{"$ref": f"#/$defs/{model.__name__}"} for model in kinds.values()]
    whole["properties"][array]["items"] = {"anyOf": choices}


def _put_tags(whole: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Allow ``"path" = "assumed"``, ``"path" = {tag = ...}`` and tables of them."""
    words = TagNote.model_json_schema()["properties"]["tag"]
    note = {"$ref": "#/$defs/TagNote"}
    nested = {
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/Tags"},
        "not": {"required": ["tag"]},
    }
    definitions["Tags"] = {"anyOf": [words, note, nested]}
    whole["properties"]["tags"] = {
        "type": "object",
        "description": whole["properties"]["tags"].get("description", ""),
        "additionalProperties": {"$ref": "#/$defs/Tags"},
    }


def _partial(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a copy that asks for no key but the name of a table, and refers to such copies."""
    if isinstance(schema, list):
        return [_partial(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _partial(value) for key, value in copy.deepcopy(schema).items()}
    if isinstance(schema.get("$ref"), str):
        result["$ref"] = schema["$ref"] + _PARTIAL
    if isinstance(schema.get("required"), list) and "properties" in schema:
        result["required"] = [key for key in ("id", "uid") if key in schema["required"]]
    return result
