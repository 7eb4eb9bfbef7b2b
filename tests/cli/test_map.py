"""``twin map build`` and ``twin map info`` as a user meets them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
import typer
from typer.testing import CliRunner

from tests.fixtures.osm_xml import LAT, LON, STEP, Sketch
from tests.fixtures.small_network import write_recipe
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
    # Between them an `area` of a scenario lies.
    assert tree["lon"] == pytest.approx([LON, LON + 12 * STEP], abs=2e-7)
    assert tree["lat"] == pytest.approx([LAT, LAT + 3 * STEP], abs=2e-7)


def test_long_lists_are_cut_for_people_and_whole_for_machines(app: typer.Typer, root: Path) -> None:
    words = ["map", "info", str(root / "maps" / "coquimbo")]
    shown = CliRunner().invoke(app, words).stdout
    assert "113 more" in " ".join(shown.replace("│", " ").split())
    tree = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert len(tree["wards"]) == 133
    assert tree["ward_residents"] == 451_834
    assert any("not stated there" in note for note in tree["notes"])


def test_names_are_no_markup(app: typer.Typer, tmp_path: Path) -> None:
    sketch = two_blocks(has_wards=True)
    sketch.elements = [text.replace('"West"', '"[red]West[/red]"') for text in sketch.elements]
    source = sketch.write(tmp_path / "a.osm")
    out = str(tmp_path / "m")
    assert CliRunner().invoke(app, ["map", "build", str(source), "--out", out]).exit_code == 0
    assert "[red]West[/red]" in CliRunner().invoke(app, ["map", "info", out]).stdout


def test_a_source_that_is_no_file(app: typer.Typer, tmp_path: Path) -> None:
    source = "absent.osm.pbf"
    done = CliRunner().invoke(app, ["map", "build", source, "--out", str(tmp_path / "m")])
    assert isinstance(done.exception, InputError)
    assert source in str(done.exception)
    assert done.exception.exit_code == 2
    assert not (tmp_path / "m").exists()


def test_a_place_offline_is_one_clear_line(root: Path, tmp_path: Path) -> None:
    """As a user meets it: no traceback, exit code 2, nothing written."""
    command = [sys.executable, "-m", "twin", "map", "build", "Linyi, Shandong, China"]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "m")],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        env=os.environ
        | {"TWIN_NOMINATIM_URL": "http://127.0.0.1:9", "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Linyi, Shandong, China: cannot reach 127.0.0.1:9" in done.stderr
    assert "give an extract instead" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("**/*.osm*"))
    assert not (tmp_path / "m").exists()


def test_only_a_name_goes_online(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Building, looking and exporting open no connection; a place name tries to."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("went online")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    recipe = write_recipe(tmp_path / "source")
    folder = tmp_path / "m"
    for words in (
        ["build", str(recipe), "--out", str(folder)],
        ["info", str(folder)],
        ["export", str(folder), "--format", "gmns", "--out", str(tmp_path / "gmns")],
        ["build", str(tmp_path / "gmns"), "--out", str(tmp_path / "back")],
    ):
        done = CliRunner().invoke(app, ["map", *words])
        assert done.exit_code == 0, done.exception
    for words in (["build", "absent.osm"], ["build", "maps/absent"]):
        done = CliRunner().invoke(app, ["map", *words, "--out", str(folder)])
        assert isinstance(done.exception, InputError)
    done = CliRunner().invoke(app, ["map", "build", "Linyi", "--out", str(folder)])
    assert str(done.exception) == "went online"


def test_a_recipe_beside_its_map_and_one_in_its_way(app: typer.Typer, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    recipe = write_recipe(folder / "source")
    words = ["map", "build", str(recipe), "--out", str(folder)]
    assert CliRunner().invoke(app, words).exit_code == 0
    # A second time the map is replaced and its sources stay.
    assert CliRunner().invoke(app, words).exit_code == 0
    assert sorted(path.name for path in (folder / "source").iterdir()) == [
        "links.csv", "nodes.csv", "recipe.toml",
    ]  # fmt: skip
    info = CliRunner().invoke(app, ["map", "info", str(folder)]).stdout
    assert "lies in a field" in info
    assert "drawn for a test" in info
    inside = write_recipe(folder)
    done = CliRunner().invoke(app, ["map", "build", str(inside), "--out", str(folder)])
    assert isinstance(done.exception, InputError)
    assert "sources in a folder of their own" in str(done.exception)
    assert inside.is_file()


def test_export_says_what_it_wrote(app: typer.Typer, tmp_path: Path) -> None:
    folder = build_two_blocks(tmp_path, has_wards=True)
    words = ["map", "export", str(folder), "--format", "geoparquet", "--out"]
    done = CliRunner().invoke(app, [*words, str(tmp_path / "a")])
    assert done.exit_code == 0
    assert str(tmp_path / "a" / "edges.parquet") in done.stdout
    done = CliRunner().invoke(app, [*words, str(tmp_path / "b"), "--json"])
    tree = json.loads(done.stdout)
    assert sorted(tree["files"]) == sorted(path.name for path in (tmp_path / "b").iterdir())
    done = CliRunner().invoke(app, [*words, str(tmp_path / "b")])
    assert isinstance(done.exception, InputError)


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
    for command in ("build", "info", "export"):
        assert "Example: twin map" in CliRunner().invoke(app, ["map", command, "--help"]).stdout
