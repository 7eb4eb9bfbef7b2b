"""What no reader should be given is refused, with file, place and hint."""

from __future__ import annotations

import bz2
import gzip
import zlib
from pathlib import Path

import pytest

from tests.fixtures.osm_xml import HEAD, grid
from twin.errors import MapError
from twin.network.guard import Limits, check_source
from twin.network.import_report import ImportReport
from twin.network.osm_read import read_osm

NODE = '<node id="1" lat="43.7" lon="7.4"/>'


def refused(path: Path, limits: Limits | None = None) -> MapError:
    with pytest.raises(MapError) as caught:
        check_source(path, limits or Limits())
    assert path.name in str(caught.value)
    assert caught.value.exit_code == 2
    assert caught.value.hint
    return caught.value


def written(folder: Path, body: str, *, head: str = HEAD) -> Path:
    path = folder / "map.osm"
    path.write_text(f"{head}{body}</osm>", "utf-8")
    return path


def test_sound_files_pass(tmp_path: Path) -> None:
    text = grid().xml().encode()
    (tmp_path / "a.osm").write_bytes(text)
    (tmp_path / "a.osm.gz").write_bytes(gzip.compress(text))
    (tmp_path / "a.osm.bz2").write_bytes(bz2.compress(text))
    for name in ("a.osm", "a.osm.gz", "a.osm.bz2"):
        assert check_source(tmp_path / name) == name[1:]


def test_gzip_of_several_members_is_read_whole(tmp_path: Path) -> None:
    text = grid().xml().encode()
    path = tmp_path / "a.osm.gz"
    path.write_bytes(gzip.compress(text[:500]) + gzip.compress(text[500:]))
    assert read_osm(path, ImportReport()).node_id.size == 9


@pytest.mark.parametrize(
    ("body", "place", "found"),
    [
        ('<node lat="1" lon="1"/>', "node", "id is missing"),
        ('<node id="1e5" lat="1" lon="1"/>', "node", "id is '1e5'"),
        ('<node id="9223372036854775808" lat="1" lon="1"/>', "node", "id is"),
        ('<node id="1" lon="1"/>', "node/1", "lat is missing"),
        ('<node id="1" lat="nan" lon="1"/>', "node/1", "lat is 'nan'"),
        ('<node id="1" lat="1" lon="inf"/>', "node/1", "lon is 'inf'"),
        ('<node id="1" lat="91" lon="1"/>', "node/1", "lat is '91'"),
        ('<node id="1" lat="1" lon="-180.1"/>', "node/1", "lon is '-180.1'"),
        ('<node id="1" lat="1,5" lon="1"/>', "node/1", "lat is '1,5'"),
        ('<node id="1" lat="𝟙" lon="1"/>', "node/1", "lat is '𝟙'"),
        ('<node id="1" lat="1_0" lon="1"/>', "node/1", "lat is '1_0'"),
        ('<node id="1" lat=" 1" lon="1"/>', "node/1", "lat is ' 1'"),
        ('<node id="1" lat="1e9" lon="1"/>', "node/1", "lat is '1e9'"),
        ('<way id="5"><nd/></way>', "way/5", "ref of a node in it is missing"),
        (f'<way id="5"><nd ref="{10**30}"/></way>', "way/5", "ref of a node"),
        ('<way id="5"><tag k="highway"/></way>', "way/5", "a tag lacks its key"),
        ('<relation id="7"><member ref="1"/></relation>', "relation/7", "a member lacks its type"),
        ("<a>" * 20 + "</a>" * 20, "line", "elements nest deeper"),
        ('<way id="5"><tag k="x" v="' + "y" * 9000 + '"/></way>', "way/5", "a text of <tag>"),
    ],
)
def test_a_broken_element_is_named(tmp_path: Path, body: str, place: str, found: str) -> None:
    error = refused(written(tmp_path, body))
    assert place in error.where
    assert found in error.found


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE osm>",
        '<!DOCTYPE osm [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE osm SYSTEM "file:///etc/hostname">',
    ],
)
def test_any_doctype_is_refused(tmp_path: Path, doctype: str) -> None:
    path = written(tmp_path, NODE, head=f'<?xml version="1.0"?>{doctype}<osm version="0.6">')
    assert "DOCTYPE" in refused(path).found


def test_wrong_encodings(tmp_path: Path) -> None:
    path = tmp_path / "map.osm"
    path.write_bytes(f"{HEAD}<!-- caf\xe9 --></osm>".encode("latin-1"))
    assert "not readable as XML" in refused(path).found
    for name in ("cp037", "utf-7", "klingon"):
        path.write_bytes(f'<?xml version="1.0" encoding="{name}"?><osm></osm>'.encode())
        assert "encoding" in refused(path).found
    path.write_bytes(
        '<?xml version="1.0" encoding="ISO-8859-1"?><osm><!-- é --></osm>'.encode("latin-1")
    )
    assert check_source(path) == ".osm"


@pytest.mark.parametrize("text", ["", "PK garbage", "<html></html>", "<osm><node", "\x00\x01\x02"])
def test_what_is_no_osm_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "map.osm"
    path.write_text(text, "utf-8")
    refused(path)


def test_truncated_at_every_place(tmp_path: Path) -> None:
    text = grid(2, 2).xml().encode()
    path = tmp_path / "map.osm"
    for size in range(0, len(text) - 1, 37):
        path.write_bytes(text[:size])
        refused(path)


def test_broken_archives(tmp_path: Path) -> None:
    text = grid().xml().encode()
    packed = gzip.compress(text)
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 0xFF
    for name, content in (
        ("plain.osm.gz", text),
        ("cut.osm.gz", packed[: len(packed) // 2]),
        ("flipped.osm.gz", bytes(flipped)),
        ("crc.osm.gz", packed[:-8] + b"\0" * 8),
        ("cut.osm.bz2", bz2.compress(text)[:-20]),
        ("plain.osm.bz2", text),
    ):
        (tmp_path / name).write_bytes(content)
        refused(tmp_path / name)


def test_bombs_are_stopped_by_ratio_and_by_size(tmp_path: Path) -> None:
    blanks = HEAD.encode() + b" " * 5_000_000 + b"</osm>"
    path = tmp_path / "bomb.osm.gz"
    path.write_bytes(gzip.compress(blanks))
    assert "times its size" in refused(path).found
    plain = tmp_path / "large.osm"
    plain.write_bytes(blanks)
    assert "holds more than" in refused(plain, Limits(max_bytes=1_000_000)).found


def test_one_endless_token_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "long.osm"
    path.write_bytes(HEAD.encode() + b'<node id="' + b"1" * 6_000_000)
    assert "longer than 1 MiB" in refused(path).found


def test_caps_on_elements_and_children(tmp_path: Path) -> None:
    path = grid().write(tmp_path / "map.osm")
    assert "elements" in refused(path, Limits(max_elements=5)).found
    assert "references" in refused(path, Limits(max_references=2)).found


def test_unknown_endings_and_missing_files(tmp_path: Path) -> None:
    for name in ("map.zip", "map.osm.xz", "map"):
        (tmp_path / name).write_text("x")
        assert "not read" in refused(tmp_path / name).found
    assert "no such file" in refused(tmp_path / "absent.osm").found
    (tmp_path / "folder.osm").mkdir()
    assert "no such file" in refused(tmp_path / "folder.osm").found


def blob(kind: bytes, content: bytes, *, raw_size: int | None = None) -> bytes:
    packed = zlib.compress(content)
    size = len(content) if raw_size is None else raw_size
    body = b"\x10" + varint(size) + b"\x1a" + varint(len(packed)) + packed
    header = b"\x0a" + varint(len(kind)) + kind + b"\x18" + varint(len(body))
    return len(header).to_bytes(4, "big") + header + body


def varint(number: int) -> bytes:
    text = bytearray()
    while number > 0x7F:
        text.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*text, number])


HEADER = blob(b"OSMHeader", b"\x22\x0eOsmSchema-V0.6")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"PK garbage", "impossible length"),
        (b"\x00\x00\x00\x05ab", "ends within a block header"),
        (blob(b"OSMData", b"x"), "does not start with an OSM header"),
        (HEADER[:-3], "ends within a block"),
        (HEADER + blob(b"OSMData", b"x", raw_size=1 << 30), "unpacks to"),
        (HEADER + blob(b"OSMData", b"x", raw_size=30 << 20), "declares"),
        (b"\x00\x00\x00\x02\xff\xff", "does not end"),
        (b"\x00\x00\x00\x02\x0a\x7f", "longer than its block"),
        (b"\x00\x00\x00\x01\x0b", "not a protocol buffer"),
    ],
)
def test_damaged_pbf(tmp_path: Path, content: bytes, found: str) -> None:
    path = tmp_path / "map.osm.pbf"
    path.write_bytes(content)
    assert found in refused(path).found


def test_pbf_blocks_that_lie_about_their_size_are_a_map_error(tmp_path: Path) -> None:
    path = tmp_path / "map.osm.pbf"
    path.write_bytes(HEADER + blob(b"OSMData", b"x" * 50, raw_size=40))
    with pytest.raises(MapError):
        read_osm(path, ImportReport())
