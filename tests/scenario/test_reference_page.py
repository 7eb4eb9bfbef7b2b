from __future__ import annotations

from pathlib import Path

from twin.scenario.interventions import intervention_kinds
from twin.scenario.reference_page import interventions_page


def test_the_page_in_docs_is_current(root: Path) -> None:
    page = (root / "docs" / "interventions.md").read_text(encoding="utf-8")
    assert page == interventions_page(), (
        "run: python -m twin.scenario.reference_page > docs/interventions.md"
    )


def test_every_key_of_every_kind_is_explained() -> None:
    page = interventions_page()
    for kind, model in intervention_kinds().items():
        assert f"### `{kind}`" in page
        for name, field in model.model_fields.items():
            assert field.description, f"{kind}.{name}"
            assert f"| `{name}` |" in page
