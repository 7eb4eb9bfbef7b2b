"""Facilities before and after, and why so much, on the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.experiment.placed import MINUS, A, B, against, changed
from tests.report.test_page import EVIL, Reader
from twin.experiment.comparison import Comparison
from twin.report.page import page


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    found = against(
        tmp_path_factory.mktemp("placed"), [changed(A, servers=2, load=0.475, wait_s=600.0), B]
    )
    for name in ("baseline", "other"):
        found.runs_of(name)[0].manifest["facilities"] = [
            {"service": "primary_care", "uid": uid, "name": title, "tag": tag, "is_active": True,
             "servers": 1, "hours": "", "source": "", "lon": 0.0, "lat": 0.0}
            for uid, title, tag in (("A", EVIL, "assumed"), ("B", "", "sourced"))
        ]  # fmt: skip
    return found


@pytest.fixture(scope="module")
def text(result: Comparison) -> str:
    return page(result)


def words_of(text: str) -> str:
    reader = Reader()
    reader.feed(text)
    return " ".join(" ".join(reader.text).split())


def test_the_table_tells_before_after_and_what_changed(text: str) -> None:
    words = words_of(text)
    table = words[words.index("Facilities: before and after") : words.index("Measures Each")]
    assert "95 → 48 %" in table
    assert f"{MINUS}47.5 points" in table
    assert "50.1 → 10.0 min" in table
    assert f"{MINUS}40.1 min" in table
    first, second = table.split("changed assumed")
    assert "alert(1)" in first
    assert "no change" in second
    assert "assumed" not in second
    assert "5.0 min no change" in second


def test_why_stands_below_the_verdict_uncut(text: str) -> None:
    words = words_of(text)
    assert words.index("better") < words.index("Why so much?") < words.index("Where gains")
    assert "Capacity grows from 168 to 224 staffed hours a week" in words
    assert "react steeply: a few people or hours more or less move them far." in words
    assert "Zhou, Liu, Wang 2022" in words


def test_names_of_facilities_stay_text(text: str) -> None:
    reader = Reader()
    reader.feed(text)
    assert [tag for tag, _ in reader.tags].count("script") == 1
    assert not any(tag == "img" for tag, _ in reader.tags)
    assert "\u202e" not in text


def test_nothing_is_said_where_nothing_is_large(tmp_path: Path) -> None:
    words = words_of(page(against(tmp_path, [changed(A, wait_s=2900.0), B])))
    assert "Why so much?" not in words
    assert "Zhou" not in words
