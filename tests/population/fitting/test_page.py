"""The examples of the page on populations work."""

from __future__ import annotations

import re

from tests.population.fitting import towns
from twin.population.facts import KEYS, read_facts
from twin.population.settings import PopulationSettings
from twin.population.synthesis import build_residents


def blocks(root, language):
    text = (root / "docs" / "population.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_the_facts_of_the_page_are_read_and_every_key_is_explained(root, tmp_path):
    path = tmp_path / "facts.csv"
    path.write_text(blocks(root, "csv")[0])
    assert read_facts(path, name="facts.csv")[0].value == 50_000
    text = (root / "docs" / "population.md").read_text(encoding="utf-8")
    assert all(f"`{key}`" in text for key in KEYS)


def test_the_margins_of_the_page_make_residents(root, tmp_path):
    import tomllib

    towns.age_sex(tmp_path, towns.AGES)
    towns.sizes(tmp_path, towns.SIZES)
    towns.write(tmp_path / "cars.csv", "has_car,count", [("true", 0.25), ("false", 0.75)])
    told = tomllib.loads(blocks(root, "toml")[1])["population"]
    for margin in told["margins"]:
        margin["file"] = str(tmp_path / margin["file"])
        margin["columns"] = tuple(margin["columns"])
    told["margins"] = tuple(told["margins"])
    people = build_residents(towns.city(), PopulationSettings.model_validate(told))
    assert len(people) == 7050


def test_the_arrays_of_the_page_fit(root):
    exec(blocks(root, "python")[0], {})  # noqa: S102 - our own page
