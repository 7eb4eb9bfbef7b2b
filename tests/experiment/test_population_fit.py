"""A run of a fitted population keeps its fit and its assumptions, whatever ran before."""

from __future__ import annotations

from tests.fixtures.small_town import CARE, ONE_CLINIC, streets
from twin.experiment.comparison import compare
from twin.experiment.runner import run
from twin.scenario.load import load_scenario

TOWN = """
name = "{name}"
map = "{map}"
[run]
start = 2024-01-08
days = 1
[population]
residents = 400
female_share = 0.6
[[population.margins]]
id = "cars"
file = "cars.csv"
of = "household"
columns = ["has_car"]
"""


def test_a_run_keeps_fit_and_assumptions_and_scenarios_share_the_residents(tmp_path):
    (tmp_path / "cars.csv").write_text("has_car,count\ntrue,0.25\nfalse,0.75\n")
    specs = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.toml"
        path.write_text(TOWN.format(name=name, map=streets().path) + CARE + ONE_CLINIC)
        specs.append(load_scenario(path))
    found = run(specs, seeds=[1], workers=1, out=tmp_path / "runs")
    manifests = [each.manifest for each in found]
    assert manifests[0]["hash_chain"] == manifests[1]["hash_chain"]
    assert manifests[0]["population_fit"] == manifests[1]["population_fit"]
    cars = manifests[0]["population_fit"]["margins"][0]
    assert cars["id"] == "cars"
    assert cars["tae"] <= 2.0
    listed = {one["path"] for one in manifests[0]["assumed"]}
    assert "population.migrant_share" in listed
    assert "population.female_share" not in listed
    page = compare(found, baseline="one").report(tmp_path / "report.html").read_text()
    assert "fitted to" in page
    assert "values that no file says" in page
