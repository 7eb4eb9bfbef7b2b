"""The page of `[activities]` says what the settings say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from twin.population.activity_settings import ActivitySettings, SchoolActivity, WorkActivity
from twin.scenario.activities_page import activities_tables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "activities.md"


def test_page_is_current():
    page = PAGE.read_text(encoding="utf-8")
    tables = activities_tables()
    assert page.endswith(tables), "replace its tables: python -m twin.scenario.activities_page"


def test_every_key_is_told():
    tables = activities_tables()
    for model in (ActivitySettings, WorkActivity, SchoolActivity):
        for name, field in model.model_fields.items():
            assert f"| `{name}` |" in tables
            assert field.description


@pytest.mark.parametrize("model", [WorkActivity, SchoolActivity])
def test_defaults_can_be_written_into_a_scenario(model):
    """What the page prints is TOML that gives the very defaults."""
    part = activities_tables().split(f"`[activities.{model.__name__[:-8].lower()}]`")[1]
    rows = [line.split(" | ") for line in part.split("###")[0].splitlines() if "| `" in line]
    text = "\n".join(f"{row[0].strip('| `')} = {row[1].strip('`')}" for row in rows)
    assert model.model_validate(tomllib.loads(text)) == model()
