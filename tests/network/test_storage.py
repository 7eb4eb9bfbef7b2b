"""Map folders: whole or not at all, and every flipped byte is noticed."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.two_blocks import build_two_blocks, two_blocks
from twin.errors import MapError, RunError
from twin.network import storage
from twin.network.facts import map_facts
from twin.network.map_import import import_map
from twin.network.map_parts import MapParts
from twin.network.storage import TABLES, parts_digest, read_manifest, read_map, write_map


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> MapParts:
    source = two_blocks(has_wards=True).write(tmp_path_factory.mktemp("map") / "a.osm")
    return import_map(source)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_two_blocks(tmp_path, has_wards=True)


def test_what_is_read_is_what_was_written(tmp_path: Path, parts: MapParts) -> None:
    write_map(tmp_path / "m", parts)
    back = read_map(tmp_path / "m")
    assert back.graph.digest == parts.graph.digest
    assert parts_digest(back) == parts_digest(parts)
    assert back.report.to_dict() == parts.report.to_dict()
    assert back.facilities == parts.facilities
    assert (back.name, back.source_sha256, back.home_country) == (
        parts.name,
        parts.source_sha256,
        parts.home_country,
    )
    for field in fields(parts.buildings):
        here, there = getattr(parts.buildings, field.name), getattr(back.buildings, field.name)
        if isinstance(here, np.ndarray):
            assert here.dtype == there.dtype
            assert np.array_equal(here, there)
            assert not there.flags.writeable
        else:
            assert here == there
    for here, there in zip(parts.wards.rings, back.wards.rings, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(here, there, strict=True))


def test_a_map_without_buildings_or_wards(tmp_path: Path) -> None:
    sketch = two_blocks(has_clinics=False)
    sketch.elements = [text for text in sketch.elements if "building" not in text]
    write_map(tmp_path / "m", import_map(sketch.write(tmp_path / "a.osm")))
    back = read_map(tmp_path / "m")
    assert len(back.buildings) == len(back.wards) == len(back.facilities) == 0
    assert map_facts(back)["homes"] == 0


def test_the_same_source_gives_the_same_digest(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = build_two_blocks(tmp_path / "a"), build_two_blocks(tmp_path / "b")
    assert read_manifest(first) == read_manifest(second)
    assert (first / "edges.parquet").read_bytes() == (second / "edges.parquet").read_bytes()


def read_digest(folder: Path) -> str:
    try:
        return parts_digest(read_map(folder))
    except MapError:
        return "damaged"


@pytest.mark.parametrize("table", TABLES)
def test_flipped_bytes_are_noticed(folder: Path, table: str) -> None:
    path = folder / f"{table}.parquet"
    sound = path.read_bytes()
    digest = read_digest(folder)
    for position in np.linspace(4, len(sound) - 9, 12).astype(int):
        damaged = bytearray(sound)
        damaged[position] ^= 0x10
        path.write_bytes(bytes(damaged))
        # A byte that carries no value (padding, statistics) may pass: then nothing differs.
        assert read_digest(folder) in {"damaged", digest}


@pytest.mark.parametrize("table", TABLES)
def test_cut_and_missing_tables_are_noticed(folder: Path, table: str) -> None:
    path = folder / f"{table}.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(MapError, match="damaged"):
        read_map(folder)
    path.unlink()
    with pytest.raises(MapError, match="damaged"):
        read_map(folder)


def test_tables_of_another_map_are_noticed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = build_two_blocks(tmp_path / "other", has_clinics=False)
    shutil.copy(other / "facilities.parquet", folder / "facilities.parquet")
    with pytest.raises(MapError, match="do not match its digest"):
        read_map(folder)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "damaged"),
        ("{", "damaged"),
        ("[]", "damaged"),
        ("{}", "damaged"),
        ('{"schema": 99}', "schema 99"),
    ],
)
def test_broken_manifests(folder: Path, text: str, found: str) -> None:
    (folder / "map.json").write_text(text)
    with pytest.raises(MapError, match=found):
        read_map(folder)


def test_a_manifest_that_lacks_a_key(folder: Path) -> None:
    tree = json.loads((folder / "map.json").read_text("utf-8"))
    for key in set(tree) - {"schema"}:
        (folder / "map.json").write_text(json.dumps({k: v for k, v in tree.items() if k != key}))
        with pytest.raises(MapError, match="damaged"):
            read_map(folder)


def test_no_map_there(tmp_path: Path) -> None:
    with pytest.raises(MapError, match=r"is not a map: it has no map\.json"):
        read_map(tmp_path / "absent")


def test_a_failure_while_writing_leaves_the_old_map(
    folder: Path, parts: MapParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(_: MapParts) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "_manifest", fail)
    with pytest.raises(RunError, match="No space"):
        write_map(folder, parts)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert sorted(path.name for path in folder.parent.iterdir()) == ["two_blocks", "two_blocks.osm"]


def test_a_failure_while_renaming_leaves_the_old_map(
    folder: Path, parts: MapParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = read_manifest(folder)["digest"]
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if ".new-" in self.name:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(RunError, match="Input/output"):
        write_map(folder, parts)
    assert read_manifest(folder)["digest"] == digest
    assert not [path for path in folder.parent.iterdir() if path.name.startswith(".")]


def test_a_rebuild_keeps_the_planners_table_and_replaces_the_rest(
    folder: Path, parts: MapParts
) -> None:
    (folder / "facilities.csv").write_text("op,uid\n")
    write_map(folder, parts)
    assert (folder / "facilities.csv").read_text() == "op,uid\n"
    assert not (folder / "two_blocks.osm").exists()
    assert read_map(folder).name == parts.name


def test_a_rebuild_from_the_copy_in_the_folder(folder: Path) -> None:
    source = folder / "two_blocks.osm"
    digest = read_manifest(folder)["digest"]
    write_map(folder, import_map(source, name="two_blocks"), source=source)
    assert source.is_file()
    assert read_manifest(folder)["digest"] == digest


def test_a_table_may_wait_for_its_map(tmp_path: Path, parts: MapParts) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "facilities.csv").write_text("op,uid\n")
    write_map(tmp_path / "m", parts)
    assert (tmp_path / "m" / "facilities.csv").is_file()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, parts: MapParts) -> None:
    (tmp_path / "precious.txt").write_text("x")
    with pytest.raises(MapError, match="exists and is not a map"):
        write_map(tmp_path, parts)
    (tmp_path / "file").write_text("x")
    with pytest.raises(MapError, match="exists and is not a map"):
        write_map(tmp_path / "file", parts)
    assert (tmp_path / "precious.txt").read_text() == "x"
