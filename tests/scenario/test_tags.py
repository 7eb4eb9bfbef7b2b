# ruff: noqa: E501 - the files that are written here are kept whole
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from twin.scenario.document import Scenario
from twin.scenario.load import load_scenario

Load = Callable[..., Scenario]
Write = Callable[..., Path]

ALL = '[tags]\npopulation = "assumed"\ntravel = "assumed"\nservices = "assumed"\nmeasures = "assumed"\n'


@pytest.mark.parametrize(
    "text",
    [
        '[tags]\n"services.clinic.needs_per_year" = "sourced"\n',
        '[tags.services.clinic]\nneeds_per_year = "sourced"\n',
        '[tags]\nservices.clinic.needs_per_year = {tag = "sourced"}\n',
        '[tags."services.clinic"]\nneeds_per_year = {tag = "sourced"}\n',
    ],
)
def test_ways_to_write_a_tag(load: Load, text: str) -> None:
    scenario = load(text)
    assert {path: note.tag for path, note in scenario.tags.items()} == {
        "services.clinic.needs_per_year": "sourced"
    }


def test_a_tag_covers_what_is_below_it_and_the_most_exact_holds(load: Load) -> None:
    scenario = load(ALL + '"services.clinic.service_time" = {tag = "fitted", source = "logs"}\n')
    inner = scenario.tag_of("services.clinic.service_time.mean_s")
    outer = scenario.tag_of("services.clinic.needs_per_year")
    assert inner is not None
    assert outer is not None
    assert (inner.tag, inner.source, outer.tag) == ("fitted", "logs", "assumed")
    assert scenario.tag_of("run.days") is None


def test_nothing_is_untagged_when_all_tables_are(load: Load) -> None:
    assert load(ALL).untagged() == []


def test_untagged_values_are_listed_with_their_place(load: Load) -> None:
    lines = load().untagged()
    assert "town.toml:13: services.clinic.needs_per_year = 3.0" in lines
    assert "town.toml:14: services.clinic.service_time.mean_s = 600.0" in lines
    assert "town.toml:9: population.residents = 1000" in lines
    assert any(line.endswith("travel.walk_mps = 1.25 (a default)") for line in lines)
    assert not any("run." in line or ".seed" in line or ".id" in line for line in lines)


def test_costs_are_domain_values_too(load: Load) -> None:
    table = (
        '[[interventions]]\nid = "a"\nkind = "add_servers"\nfacility = "x"\nservers = 1\n'
        "from_day = 2\ncost_per_server_day = 100\n"
    )
    (line,) = load(ALL + table).untagged()
    assert line == "town.toml:26: interventions.a.cost_per_server_day = 100.0"
    assert load(ALL + '"interventions.a" = "assumed"\n' + table).untagged() == []


def test_a_value_written_over_loses_the_old_tag(load: Load, write: Write) -> None:
    load(ALL + '"services.clinic.needs_per_year" = {tag = "sourced", source = "a yearbook"}\n')
    child = write(
        'name = "b"\nextends = "town.toml"\n[[services]]\nid = "clinic"\nneeds_per_year = 9.0\n',
        "child.toml",
    )
    scenario = load_scenario(child)
    assert scenario.tag_of("services.clinic.needs_per_year") is None
    assert scenario.untagged() == ["child.toml:5: services.clinic.needs_per_year = 9.0"]
    again = (
        child.read_text(encoding="utf-8") + '[tags]\n"services.clinic.needs_per_year" = "fitted"\n'
    )
    tag = load_scenario(write(again, "child.toml")).tag_of("services.clinic.needs_per_year")
    assert tag is not None
    assert tag.tag == "fitted"


def test_an_override_loses_the_tag(load: Load) -> None:
    scenario = load(ALL, "services.clinic.needs_per_year=9")
    assert scenario.untagged() == [
        "--set services.clinic.needs_per_year=9: services.clinic.needs_per_year = 9.0"
    ]
