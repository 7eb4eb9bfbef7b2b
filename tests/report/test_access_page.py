"""The page of access: whole and offline; a panel in a comparison that moves it."""

from __future__ import annotations

import html.parser

import pytest

from tests.fixtures.two_blocks import BRIDGE_NAME, EAST_CLINIC, build_two_blocks
from tests.fixtures.worlds import two_blocks_scenario
from twin.engine.preparation import prepare
from twin.experiment import compare, run
from twin.experiment.access import access_document
from twin.report.access_page import NOWHERE, access_page
from twin.report.by_group import groups
from twin.scenario.inspection import city_of
from twin.scenario.load import load_scenario

ONE_CLINIC = f"""
[[facilities]]
op = "remove"
uid = "{EAST_CLINIC}"
service = "primary_care"
"""
CLOSED = f"""
[[shocks]]
id = "flood"
kind = "close_street"
street = "{BRIDGE_NAME}"
from_day = 3
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bridge")
    map_folder = build_two_blocks(folder, has_wards=True)
    two_blocks_scenario(folder, ONE_CLINIC, map_folder=map_folder).rename(folder / "whole.toml")
    (folder / "closed.toml").write_text(f'name = "closed"\nextends = "whole.toml"\n{CLOSED}')
    return folder


def page_of(place, name, **more):
    scenario = load_scenario(place / f"{name}.toml")
    prep = prepare(city_of(scenario), scenario)
    return access_page(access_document(prep, **more), prep.city)


class Elements(html.parser.HTMLParser):
    """What stands open at the end, and how often each element begins."""

    def __init__(self):
        super().__init__()
        self.open: list[str] = []
        self.counts: dict[str, int] = {}
        self.titles: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag not in ("meta", "br", "hr", "input", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "title":
            self.titles.append(data)


def read(page):
    found = Elements()
    found.feed(page)
    assert found.open == []
    return found


def test_wards_streets_and_facilities_are_drawn(place):
    found = read(page_of(place, "whole"))
    # Two wards and the streets; one clinic.
    assert (found.counts["path"], found.counts["circle"]) == (3, 1)
    assert any(title.startswith("West: mean ") for title in found.titles)


def test_who_is_cut_off_is_grey(place):
    page = page_of(place, "closed")
    assert f'fill="{NOWHERE}"' in page
    assert "East: mean –, 100.0 % out of reach" in page
    assert f'fill="{NOWHERE}"' not in page_of(place, "whole")


def test_it_asks_the_network_for_nothing(place):
    page = page_of(place, "whole")
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "<script src" not in page


def test_cells_are_drawn(place):
    pytest.importorskip("h3", reason="the extra [h3] is not installed")
    found = read(page_of(place, "whole", by="h3", resolution=10))
    assert found.counts["path"] > 3


def test_a_comparison_shows_access_by_group_only_where_it_moves(place):
    specs = [load_scenario(place / f"{name}.toml") for name in ("whole", "closed")]
    (place / "same.toml").write_text('name = "same"\nextends = "whole.toml"\n')
    specs.append(load_scenario(place / "same.toml"))
    runs = run(specs, seeds=[1], out=place / "runs")
    assert "access_none_share" in groups(compare(runs, scenarios=["closed"]))
    assert "access_none_share" not in groups(compare(runs, scenarios=["same"]))
