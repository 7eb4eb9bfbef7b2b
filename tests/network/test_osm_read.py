"""An extract becomes arrays that do not remember the order of its elements."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.osm_xml import Sketch, grid
from twin.errors import MapError
from twin.network.guard import Limits
from twin.network.import_report import ImportReport
from twin.network.osm_read import read_osm
from twin.network.text import clean_text


def test_every_format_reads_the_same(tmp_path: Path) -> None:
    text = grid().xml().encode()
    (tmp_path / "a.osm").write_bytes(text)
    (tmp_path / "a.osm.gz").write_bytes(gzip.compress(text))
    (tmp_path / "a.osm.bz2").write_bytes(bz2.compress(text))
    plain = read_osm(tmp_path / "a.osm", ImportReport())
    assert plain.node_id.tolist() == list(range(1, 10))
    for name in ("a.osm.gz", "a.osm.bz2"):
        other = read_osm(tmp_path / name, ImportReport())
        assert np.array_equal(other.lon_e7, plain.lon_e7)
        assert other.way_tags == plain.way_tags


def test_pbf_reads_the_same(tmp_path: Path) -> None:
    import osmium

    source = grid().write(tmp_path / "a.osm")
    with osmium.SimpleWriter(str(tmp_path / "a.osm.pbf")) as writer:
        for element in osmium.FileProcessor(str(source)):
            writer.add(element)
    plain, packed = (read_osm(tmp_path / n, ImportReport()) for n in ("a.osm", "a.osm.pbf"))
    assert np.array_equal(packed.node_id, plain.node_id)
    assert np.array_equal(packed.lat_e7, plain.lat_e7)
    assert packed.way_tags == plain.way_tags


@pytest.mark.parametrize("is_reversed", [False, True])
def test_of_duplicate_ids_one_stays_whatever_the_order(
    tmp_path: Path, *, is_reversed: bool
) -> None:
    sketch = Sketch()
    sketch.node(1, 7.5, 43.7)
    sketch.node(1, 7.4, 43.7, name="b")
    sketch.node(1, 7.6, 43.7, name="a")
    sketch.way(5, [1, 2], {"name": "b"})
    sketch.way(5, [1, 2], {"name": "a"})
    sketch.relation(9, [(5, "outer")], {"name": "b"})
    sketch.relation(9, [(5, "inner")], {"name": "b"})
    order = list(range(len(sketch.elements)))
    report = ImportReport()
    raw = read_osm(sketch.write(tmp_path / "a.osm", order[::-1] if is_reversed else order), report)
    assert raw.node_id.tolist() == [1]
    assert raw.lon_e7.tolist() == [74_000_000]
    assert raw.node_tags[1] == {"name": "a"}
    assert raw.way_tags[5] == {"name": "a"}
    assert raw.relation_members[9][0][2] == "inner"
    assert report.number("repaired", "duplicate node id: one kept") == 2
    assert report.number("repaired", "duplicate way id: one kept") == 1
    assert report.number("repaired", "duplicate relation id: one kept") == 1


def test_missing_nodes_have_no_row(tmp_path: Path) -> None:
    raw = read_osm(grid(2, 2).write(tmp_path / "a.osm"), ImportReport())
    assert raw.node_rows(np.array([0, 1, 4, 5, -7])).tolist() == [-1, 0, 3, -1, -1]


def test_deleted_elements_are_dropped_and_counted(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.elements.append('<node id="77" visible="false" version="2"/>')
    report = ImportReport()
    raw = read_osm(sketch.write(tmp_path / "a.osm"), report)
    assert 77 not in raw.node_id
    assert report.number("dropped", "deleted elements") == 1


def test_texts_lose_their_control_characters(tmp_path: Path) -> None:
    sketch = grid(2, 2)
    sketch.way(500, [1, 2], {"highway": "residential", "name": "Rue\u202eevil\u2028x"})
    report = ImportReport()
    raw = read_osm(sketch.write(tmp_path / "a.osm"), report)
    assert raw.way_tags[500]["name"] == "Rue evil x"
    assert report.number("repaired", "control characters removed from a text") == 1


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Rue Grimaldi", "Rue Grimaldi"),
        ("七浦路", "七浦路"),
        ("<script>", "<script>"),
        ("\x1b[31mred", "[31mred"),
        ("a\u202eb", "a b"),
        ("\ufeffa", "a"),
        ("", ""),
    ],
)
def test_clean_text(text: str, clean: str) -> None:
    assert clean_text(text) == clean


def test_caps_hold_for_binary_extracts_too(tmp_path: Path) -> None:
    import osmium

    source = grid().write(tmp_path / "a.osm")
    with osmium.SimpleWriter(str(tmp_path / "a.osm.pbf")) as writer:
        for element in osmium.FileProcessor(str(source)):
            writer.add(element)
    for limits in (Limits(max_elements=3), Limits(max_text=4), Limits(max_tags=0)):
        with pytest.raises(MapError):
            read_osm(tmp_path / "a.osm.pbf", ImportReport(), limits=limits)


def test_whatever_the_reader_throws_is_a_map_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import osmium

    def fail(_: str) -> None:
        raise osmium.InvalidLocationError("wrong format")

    monkeypatch.setattr(osmium, "FileProcessor", fail)
    with pytest.raises(MapError, match=r"a\.osm: cannot be read \(wrong format\)"):
        read_osm(grid().write(tmp_path / "a.osm"), ImportReport())
