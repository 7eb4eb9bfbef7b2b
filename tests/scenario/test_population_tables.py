"""`[population]` from tables: facts, margins, what is assumed, what names a file."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.fixtures.small_town import streets
from twin.errors import InputErrors
from twin.experiment.design import resolved_document, scenario_digests
from twin.scenario.compile import compile_scenario
from twin.scenario.inspection import inspected
from twin.scenario.load import load_scenario

TOWN = """
name = "town"
map = "map"
[run]
start = 2024-01-08
days = 1
[population]
table = "tables/facts.csv"
ebike_share = 0.3
"""
FACTS = "key,value\nresidents,900\nchild_share,0.2\nhousehold_size,2.5\nebike_share,0.9\n"
MARGINS = """
[[population.margins]]
id = "sizes"
file = "tables/sizes.csv"
of = "household"
columns = ["household_size"]
"""
SIZES = "household_size,count\n1,100\n2,120\n3,80\n4+,60\n"


@pytest.fixture
def town(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "facts.csv").write_text(FACTS)
    (tmp_path / "tables" / "sizes.csv").write_text(SIZES)
    (tmp_path / "town.toml").write_text(TOWN + MARGINS)
    return tmp_path / "town.toml"


def test_a_map_and_a_table_are_enough(town):
    town.write_text(TOWN)
    scenario = load_scenario(town)
    people = scenario.population
    assert people.residents == 900
    assert people.mean_household_size == pytest.approx(2.5)
    assert people.age_share["0-14"] == 0.2
    assert people.ebike_share == 0.3  # the scenario goes before the table
    assert load_scenario(town, ["population.residents=7"]).population.residents == 7
    tags = [scenario.tag_of(f"population.{key}") for key in ("residents", "household_size_share")]
    assert [note.tag for note in tags if note is not None] == ["sourced", "derived"]


def test_every_value_that_nobody_wrote_is_listed_as_assumed(town):
    listed = {one["path"]: one for one in load_scenario(town).assumed()}
    assert listed["population.female_share"] == {
        "path": "population.female_share",
        "value": "0.51",
        "why": "a default",
    }
    assert "usual ratio" in listed["population.age_share.60+"]["why"]
    for path in ("residents", "age_share.0-14", "household_size_share", "ebike_share"):
        assert f"population.{path}" not in listed
    assert not [path for path in listed if "margins" in path or "table" in path]
    tagged = town.read_text() + '[tags]\n"population.female_share" = "fitted"\n'
    town.write_text(tagged)
    assert "population.female_share" not in {o["path"] for o in load_scenario(town).assumed()}


def test_a_wrong_fact_is_told_where_it_stands(town):
    (town.parent / "tables" / "facts.csv").write_text(FACTS.replace("900", "-3"))
    with pytest.raises(InputErrors) as caught:
        load_scenario(town)
    assert "facts.csv:2: residents: found `-3`" in str(caught.value)


def test_facts_that_contradict_each_other_are_told_at_their_line(town):
    (town.parent / "tables" / "facts.csv").write_text(FACTS.replace("0.2\n", "0.8\n"))
    with pytest.raises(InputErrors) as caught:
        load_scenario(town)
    assert "age_share.0-14: 0.8 of all residents" in str(caught.value)


def test_paths_of_tables_are_of_the_file_that_writes_them(town):
    below = town.parent / "below"
    below.mkdir()
    (below / "more.toml").write_text('name = "more"\nextends = "../town.toml"\n')
    scenario = load_scenario(below / "more.toml")
    assert scenario.population.margins[0].file == town.parent / "tables" / "sizes.csv"
    resolved = scenario.resolved["population"]
    assert resolved["margins"][0]["file"] == "../tables/sizes.csv"
    assert resolved["table"] == "../tables/facts.csv"


def test_a_table_edited_in_place_is_another_scenario_and_no_path_is_kept(town):
    before = load_scenario(town)
    digest = scenario_digests(before, "map")
    assert str(town.parent) not in json.dumps(resolved_document(before))
    (town.parent / "tables" / "sizes.csv").write_text(SIZES.replace("100", "101"))
    after = scenario_digests(load_scenario(town), "map")
    assert after["population"] != digest["population"]
    assert after["scenario"] != digest["scenario"]


def test_a_check_tells_how_well_the_residents_fit(town):
    scenario = load_scenario(town)
    told = inspected(scenario, streets()).to_dict()
    fit = told["population_fit"]
    assert fit["n_residents"] == 900
    assert [margin["id"] for margin in fit["margins"]] == ["sizes", "age_share"]
    assert fit["margins"][0]["file"] == "sizes.csv"
    assert told["assumed"] == scenario.assumed()
    assert json.loads(json.dumps(fit)) == fit


def test_a_wrong_margin_is_told_by_the_check_and_conflicts_are_warnings(town):
    file = town.parent / "tables" / "sizes.csv"
    file.write_text(SIZES.replace("4+", "four"))
    with pytest.raises(InputErrors, match=r"sizes\.csv:5: household_size: `four`"):
        compile_scenario(load_scenario(town), streets())
    file.write_text(SIZES)
    shutil.copy(file, town.parent / "tables" / "more.csv")
    more = MARGINS.replace('"sizes"', '"more"').replace("sizes.csv", "more.csv")
    (town.parent / "tables" / "more.csv").write_text(SIZES.replace("120", "220"))
    town.write_text(TOWN + MARGINS + more)
    warnings = compile_scenario(load_scenario(town), streets()).warnings
    assert any("margins `sizes` and `more` disagree in 1 of 4 cells" in w for w in warnings)
