"""The page of `[schools]` says what the settings say, and its example runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from twin.results.school_measures import SCHOOL_MEASURES
from twin.scenario.schools import PriorityClass, SchoolLevel, SchoolSettings
from twin.scenario.schools_page import schools_tables

if TYPE_CHECKING:
    from pydantic import BaseModel

PAGE = Path(__file__).resolve().parents[2] / "docs" / "schools.md"


def test_page_is_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    tables = schools_tables()
    assert page.endswith(tables), "replace its tables: python -m twin.scenario.schools_page"


def test_every_key_and_measure_is_told() -> None:
    page = PAGE.read_text(encoding="utf-8")
    models: tuple[type[BaseModel], ...] = (SchoolSettings, SchoolLevel, PriorityClass)
    for model in models:
        for name, field in model.model_fields.items():
            assert f"| `{name}` |" in page
            assert field.description
    assert all(f"`{measure.name}`" in page for measure in SCHOOL_MEASURES)


def test_the_example_is_a_scenario() -> None:
    import tomllib

    text = PAGE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    settings = SchoolSettings.model_validate(tomllib.loads(text)["schools"])
    assert settings.level("primary").n_grades == 6
