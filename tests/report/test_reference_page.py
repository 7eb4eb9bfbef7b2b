"""The reference page says what the declarations say."""

from __future__ import annotations

from twin.report.reference_page import COMMAND, reference_page
from twin.streams import STREAMS


def test_page_is_current(root):
    page = (root / "docs" / "reference.md").read_text(encoding="utf-8")
    assert page == reference_page(), f"run: {COMMAND}"


def test_every_stream_is_described():
    assert all(f"`{name}`" in reference_page() for name in STREAMS)
