"""What the report says of real and assumed facilities, of two services, and of bare maps."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.report.test_page import EVIL, Reader
from twin.city.city import City, load_city
from twin.cli import main
from twin.cli.tiny_city import write_tiny_city
from twin.experiment.comparison import Comparison
from twin.experiment.record import reopened
from twin.network.features import Wards
from twin.report.page import page

DENTIST = """
name = "tiny"
extends = "one.toml"

[[services]]
id = "dentist"
needs_per_year = 30.0
service_time = {distribution = "lognormal", mean_s = 900, cv = 0.6}
default_hours = "Mo-Su 08:00-18:00"

[[facilities]]
op = "add"
uid = "east"
service = "dentist"
name = "East <i>Dental</i>"
lon = 7.423
lat = 43.732
servers = 1
tag = "sourced"

[[questions]]
id = "teeth"
measure = "wait_mean_s"
service = "dentist"
better = "lower"
smallest_effect = 60.0
"""
MORE = """
name = "more"
extends = "two.toml"

[[interventions]]
id = "second"
kind = "add_servers"
service = "dentist"
facility = "east"
servers = 1
from_day = 1
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city of two services, compared."""
    folder = tmp_path_factory.mktemp("two")
    write_tiny_city(folder).rename(folder / "one.toml")
    (folder / "two.toml").write_text(DENTIST)
    (folder / "more.toml").write_text(MORE)
    words = ["compare", str(folder / "two.toml"), str(folder / "more.toml"), "--seeds", "1:3"]
    assert main([*words, "--out", str(folder / "out")]) == 0
    return folder


@pytest.fixture(scope="module")
def result(place: Path) -> Comparison:
    return reopened(place / "out")[0]


@pytest.fixture(scope="module")
def city(place: Path) -> City:
    return load_city(place / "map")


def words_of(text: str) -> str:
    reader = Reader()
    reader.feed(text)
    return " ".join(" ".join(reader.text).split())


def drawn(text: str) -> Any:
    found = re.search(r'id="map-data">(.*?)</script>', text, flags=re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_it_says_first_which_facilities_are_assumed(result: Comparison, city: City) -> None:
    words = words_of(page(result, city))
    assert "All 2 primary care facilities are assumed" in words
    assert "The only dentist facility is real" in words
    assert words.index("What is assumed and what is real") < words.index("Verdicts Each")
    assert "Real , from OpenStreetMap: " in words


def test_the_source_of_the_map_is_named(result: Comparison, city: City) -> None:
    assert "Map data © OpenStreetMap contributors, ODbL." in words_of(page(result, city))
    assert "Map data © OpenStreetMap contributors, ODbL." in words_of(page(result))
    other = replace(city, attribution="Roads <of> Somewhere, CC BY 4.0")
    text = page(result, other)
    assert "Map data: Roads <of> Somewhere, CC BY 4.0." in words_of(text)
    assert "<of>" not in text
    assert "Real , from the source of the map: " in words_of(text)
    assert "no source is named" in page(result, replace(city, attribution=""))


def test_facilities_of_the_scenario_file_are_drawn_with_their_tags(
    result: Comparison, city: City
) -> None:
    data = drawn(page(result, city))
    assert {(one["name"], one["assumed"]) for one in data["facilities"]} == {
        ("north", True),
        ("south", True),
        ("East <i>Dental</i>", False),
    }
    (planned,) = [one for one in data["planned"]["more"] if one["service"] == "dentist"]
    assert planned["name"] == "East <i>Dental</i>"
    assert not planned["assumed"]


def test_every_service_has_its_groups_and_its_measures(result: Comparison, city: City) -> None:
    text = page(result, city)
    words = words_of(text)
    for service in ("Primary care", "Dentist", "All services"):
        assert f"{service}: all residents" in words
        assert re.search(rf"<h3>{service}</h3>", text)
    assert {"forest-0", "forest-1", "forest-2"} <= set(re.findall(r'data-panels="([^"]+)"', text))
    assert "Dentist: Residents" in words or "Dentist: residents" in words.lower()


def test_utilisation_and_variance_reduction_are_told_for_each_service(result: Comparison) -> None:
    words = words_of(page(result))
    table = words[words.index("Utilisation, effect and what pairing saves") :]
    assert re.search(r"dentist: mean wait", table)
    assert re.search(r"\d+\.\d % → \d+\.\d %", table)


def test_a_map_without_wards_or_buildings_does_not_break(result: Comparison, city: City) -> None:
    kept = city.buildings
    nothing: dict[str, Any] = {
        one.name: value[:0] if isinstance(value, np.ndarray | tuple) else value
        for one in fields(kept)
        for value in [getattr(kept, one.name)]
    }
    none = np.zeros(0, dtype=np.int64)
    bare = replace(
        city, wards=Wards((), none, none.astype(float), ()), buildings=replace(kept, **nothing)
    )
    words = words_of(page(result, bare))
    assert "wards" not in words[: words.index("Verdicts Each")]
    assert "buildings" not in words[: words.index("Verdicts Each")]
    assert drawn(page(result, bare))["wards"] == []


def test_without_a_map_the_facilities_are_told_from_the_runs(result: Comparison) -> None:
    assert "All 2 primary care facilities are assumed" in words_of(page(result))


def test_names_of_facilities_stay_text(place: Path, city: City) -> None:
    result = reopened(place / "out")[0]
    for run in result.runs_of(result.baseline):
        for facility in run.manifest["facilities"]:
            facility |= {"name": EVIL, "hours": EVIL, "tag": EVIL, "service": facility["service"]}
    text = page(result, city)
    reader = Reader()
    reader.feed(text)
    assert [tag for tag, _ in reader.tags].count("script") == 2
    assert not any(tag == "img" for tag, _ in reader.tags)
    for hidden in ("\u202e", "\x1b"):
        assert hidden not in text


def test_compare_begins_with_one_line_for_a_planner(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compare", str(place / "two.toml"), str(place / "more.toml"), "--seeds", "1:3"]
    assert main([*words, "--out", str(place / "out")]) == 0
    shown = capsys.readouterr()
    first = shown.out.splitlines()[0]
    assert re.fullmatch(r"Mean wait, dentist: more .* \(.*\); against tiny, 3 paired seeds", first)
    assert shown.err == ""


def test_a_name_cannot_move_the_terminal(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = MORE.replace('"more"', '"evil"')
    (place / "evil.toml").write_text(f"title = {json.dumps(EVIL)}\n{named}")
    words = ["compare", str(place / "two.toml"), str(place / "evil.toml"), "--seeds", "1"]
    assert main([*words, "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "\\u202e" in out
    assert "\x1b" not in out
    assert "\u202e" not in out
