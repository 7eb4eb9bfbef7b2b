"""The report: one offline file, safe against names, honest about few people."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tests.experiment.fakes import SERVICE, fake_runs, fake_spec
from twin.city.city import City, load_city
from twin.cli.tiny_city import write_tiny_city
from twin.experiment.comparison import Comparison, compare
from twin.experiment.gains import FEWEST, Gains
from twin.report.page import page
from twin.report.picture import picture

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp.exe\x1b[2J"


class Reader(HTMLParser):
    """Collects tags, attributes and the text outside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.open.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text.append(data)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return load_city(write_tiny_city(tmp_path_factory.mktemp("tiny")).parent / "map")


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Scenarios whose every text tries to break out."""
    specs = [
        fake_spec("baseline", title=EVIL),
        fake_spec("gain", shift_s=-300.0, forgo=0.3, title=EVIL),
    ]
    for spec in specs:
        spec.resolved["services"] = [{"id": SERVICE, "title": EVIL, "needs_per_year": 6.5}]
        spec.resolved["tags"] = {
            f"services.{SERVICE}.needs_per_year": {"tag": "sourced", "source": EVIL},
            f"services.{SERVICE}.title": "assumed",
        }
    specs[1].resolved["interventions"] = [
        {"id": "x", "kind": "open_facility", "facility": EVIL, "lon": 7.422, "lat": 43.733,
         "from_day": 2, "servers": 3}
    ]  # fmt: skip
    return compare(fake_runs(tmp_path_factory.mktemp("evil"), specs))


@pytest.fixture(scope="module")
def text(evil: Comparison, city: City) -> str:
    return page(evil, city)


@pytest.fixture(scope="module")
def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    return reader


def test_it_asks_for_nothing_remote(text: str, read: Reader) -> None:
    assert not re.search(r"https?://|//[a-z]+\.|url\(|@import|fetch\(|XMLHttp", text)
    for tag, attributes in read.tags:
        assert tag not in {"link", "iframe", "img", "object", "embed", "base", "form"}
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    policy = [
        a["content"] for t, a in read.tags if a.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == [
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    ]


def test_names_stay_text(text: str, read: Reader) -> None:
    scripts = [attributes for tag, attributes in read.tags if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "map-data"}, {}]
    assert not any(key.startswith("on") for _, attributes in read.tags for key in attributes)
    assert "alert(1)" in "".join(read.text)
    for hidden in ("\u202e", "\x1b"):
        assert hidden not in text


def test_the_data_island_is_the_data(text: str) -> None:
    found = re.search(r'id="map-data">(.*?)</script>', text, flags=re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert set(data["values"]) == {"gain"}
    assert data["planned"]["gain"][0]["planned"] == "open facility from day 2"
    assert len(data["streets"]) > 10


def test_the_sections_are_there_and_say_what_they_should(read: Reader) -> None:
    ids = {attributes["id"] for tag, attributes in read.tags if tag == "section"}
    assert ids == {
        "verdicts", "where", "facilities", "measures", "groups", "equity", "changes", "assumptions",
        "warnings", "provenance",
    }  # fmt: skip
    links = {a["href"] for t, a in read.tags if t == "a" and a.get("class") != "skip"}
    assert links == {f"#{one}" for one in ids}
    words = " ".join(read.text)
    headline = r"Migrants wait \d\.\d min less on average \(95 % interval .*\), 4 paired seeds"
    assert re.search(headline, words)
    assert "people stay away" in words
    assert "a fake <city>" in words
    assert words.index("assumed", words.index("Values behind")) < words.index(
        "sourced", words.index("Values behind")
    )


def test_every_control_has_a_name(read: Reader) -> None:
    for tag, attributes in read.tags:
        if tag == "button":
            assert attributes["aria-label"]
        if tag == "canvas" and attributes.get("aria-hidden") != "true":
            assert attributes["aria-label"]
            assert attributes["tabindex"] == "0"


def test_tags_are_balanced(read: Reader) -> None:
    void = {"meta", "br", "hr", "input", "line", "rect", "circle", "path"}
    stack: list[str] = []
    for tag in read.open:
        name = tag.lstrip("/")
        if name in void:
            continue
        if tag.startswith("/"):
            assert stack.pop() == name
        else:
            stack.append(name)
    assert stack == []


def test_without_a_map_the_report_says_so(evil: Comparison) -> None:
    assert "map folder was not at hand" in page(evil)


def test_it_is_written_whole_into_a_folder(evil: Comparison, tmp_path: Path) -> None:
    path = evil.report(tmp_path)
    assert path == tmp_path / "report.html"
    assert path.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_cells_of_few_residents_are_not_drawn(city: City) -> None:
    # a hundred in one cell make small cells, so that the few are alone in theirs
    nodes = np.repeat([0, city.graph.n_nodes - 1, -1, 5], [FEWEST, FEWEST - 1, 3, 100])
    change = np.linspace(-100, 100, len(nodes))
    found = Gains(np.arange(len(nodes), dtype=np.uint32), change, 10.0, {}, nodes.astype(np.int64))
    drawn = picture(city, {"a": found}, [])
    assert sorted(cell[2] for cell in drawn["cells"]) == [FEWEST, 100]
    few = [cell[2] for cell in drawn["cells"]].index(FEWEST)
    assert drawn["n_hidden"] == FEWEST - 1
    assert drawn["values"]["a"]["mean_s"][few] == pytest.approx(change[:FEWEST].mean(), abs=0.05)
    assert drawn["values"]["a"]["gained"][few] == int((change[:FEWEST] < -10).sum())


def test_each_street_is_drawn_once_in_whole_metres(city: City) -> None:
    drawn = picture(city, {}, [])
    graph = city.graph
    pairs = zip(graph.edge_source.tolist(), graph.edge_target.tolist(), strict=True)
    ends = {tuple(sorted(pair)) for pair in pairs}
    assert len(drawn["streets"]) == len(ends)
    for _, x, y, *steps in drawn["streets"]:
        xs, ys = x + sum(steps[::2]), y + sum(steps[1::2])
        assert 0 <= xs <= drawn["size"][0] + 1
        assert 0 <= ys <= drawn["size"][1] + 1
