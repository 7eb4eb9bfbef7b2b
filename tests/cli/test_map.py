"""``twin map build`` and ``twin map info`` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.fixtures.osm_xml import Sketch
from tests.fixtures.two_blocks import build_two_blocks, two_blocks
from twin.cli.map import register
from twin.errors import InputError, MapError


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    register(app)
    return app


def test_build_prints_what_became_of_the_source(app: typer.Typer, tmp_path: Path) -> None:
    source = two_blocks(has_wards=True).write(tmp_path / "a.osm")
    done = CliRunner().invoke(app, ["map", "build", str(source), "--out", str(tmp_path / "m")])
    assert done.exit_code == 0, done.output
    assert "street nodes" in done.stdout
    assert "map written" in done.stdout
    assert (tmp_path / "m" / "a.osm").is_file()


def test_build_json_is_one_document(app: typer.Typer, tmp_path: Path) -> None:
    source = two_blocks().write(tmp_path / "a.osm")
    done = CliRunner().invoke(
        app, ["map", "build", str(source), "--out", str(tmp_path / "m"), "--json"]
    )
    tree = json.loads(done.stdout)
    assert tree["name"] == "m"
    assert tree["report"]["kept"]["buildings"]["count"] == 32


def test_info_tells_the_facts(app: typer.Typer, tmp_path: Path) -> None:
    folder = build_two_blocks(tmp_path, has_wards=True)
    done = CliRunner().invoke(app, ["map", "info", str(folder)])
    assert done.exit_code == 0, done.output
    assert "West, East" in done.stdout
    tree = json.loads(CliRunner().invoke(app, ["map", "info", str(folder), "--json"]).stdout)
    assert tree["homes"] == 32
    assert tree["homes_by_ward"] == {"West": 16, "East": 16}
    assert tree["facilities"] == {"primary_care": 2}
    assert tree["nodes_by_mode"] == {"walk": 32, "bicycle": 32, "car": 32}


def test_names_are_no_markup(app: typer.Typer, tmp_path: Path) -> None:
    sketch = two_blocks(has_wards=True)
    sketch.elements = [text.replace('"West"', '"[red]West[/red]"') for text in sketch.elements]
    source = sketch.write(tmp_path / "a.osm")
    out = str(tmp_path / "m")
    assert CliRunner().invoke(app, ["map", "build", str(source), "--out", out]).exit_code == 0
    assert "[red]West[/red]" in CliRunner().invoke(app, ["map", "info", out]).stdout


@pytest.mark.parametrize("source", ["Linyi, Shandong, China", "absent.osm.pbf"])
def test_a_source_that_is_no_file(app: typer.Typer, tmp_path: Path, source: str) -> None:
    done = CliRunner().invoke(app, ["map", "build", source, "--out", str(tmp_path / "m")])
    assert isinstance(done.exception, InputError)
    assert source in str(done.exception)
    assert done.exception.exit_code == 2
    assert not (tmp_path / "m").exists()


def test_a_broken_source_writes_nothing(app: typer.Typer, tmp_path: Path) -> None:
    source = Sketch().write(tmp_path / "a.osm")
    done = CliRunner().invoke(app, ["map", "build", str(source), "--out", str(tmp_path / "m")])
    assert isinstance(done.exception, MapError)
    assert not done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["a.osm"]


def test_info_of_no_map(app: typer.Typer, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["map", "info", str(tmp_path)])
    assert isinstance(done.exception, MapError)
    assert done.exception.exit_code == 2


def test_help_has_examples(app: typer.Typer) -> None:
    for command in ("build", "info"):
        assert "Example: twin map" in CliRunner().invoke(app, ["map", command, "--help"]).stdout
