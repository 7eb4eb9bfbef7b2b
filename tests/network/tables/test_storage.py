"""Tables that a map may have or lack: bound to their map, and never believed when damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.two_blocks import build_two_blocks
from twin.network.map_import import import_map
from twin.network.storage import read_manifest, read_map, write_map
from twin.network.tables.storage import read_optional, write_optional

COLUMNS = {"rank": np.arange(40, dtype=np.int32), "is_core": np.arange(40) % 3 == 0}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_two_blocks(tmp_path)


def digest_of(folder: Path) -> str:
    return str(read_manifest(folder)["digest"])


def test_a_map_without_it_has_none(folder: Path) -> None:
    assert read_optional(folder, "hierarchy", map_digest=digest_of(folder)) is None


def test_what_is_read_is_what_was_written_and_the_map_stays_the_same(folder: Path) -> None:
    before = digest_of(folder)
    write_optional(folder, "hierarchy", COLUMNS, map_digest=before)
    back = read_optional(folder, "hierarchy", map_digest=before)
    assert back is not None
    for name, values in COLUMNS.items():
        assert back[name].dtype == values.dtype
        assert np.array_equal(back[name], values)
    read_map(folder)
    assert digest_of(folder) == before
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_a_table_of_another_map_is_none(folder: Path) -> None:
    write_optional(folder, "hierarchy", COLUMNS, map_digest="another")
    assert read_optional(folder, "hierarchy", map_digest=digest_of(folder)) is None


def test_a_damaged_table_is_none(folder: Path) -> None:
    digest = digest_of(folder)
    write_optional(folder, "hierarchy", COLUMNS, map_digest=digest)
    path = folder / "hierarchy.parquet"
    sound = path.read_bytes()
    for position in np.linspace(4, len(sound) - 9, 24).astype(int):
        damaged = bytearray(sound)
        damaged[position] ^= 0x10
        path.write_bytes(bytes(damaged))
        back = read_optional(folder, "hierarchy", map_digest=digest)
        assert back is None or all(np.array_equal(back[name], COLUMNS[name]) for name in COLUMNS)
    path.write_bytes(sound[:-20])
    assert read_optional(folder, "hierarchy", map_digest=digest) is None


def test_a_rebuilt_map_starts_without_it(folder: Path) -> None:
    write_optional(folder, "hierarchy", COLUMNS, map_digest=digest_of(folder))
    source = folder / "two_blocks.osm"
    write_map(folder, import_map(source, name="two_blocks"), source=source)
    assert not (folder / "hierarchy.parquet").exists()


def test_only_known_tables(folder: Path) -> None:
    with pytest.raises(ValueError, match="known are hierarchy"):
        write_optional(folder, "secrets", COLUMNS, map_digest="")
