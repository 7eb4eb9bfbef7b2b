"""Names of places: two polite questions, answered here by a server of our own."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.fixtures.two_blocks import two_blocks
from twin.errors import InputError
from twin.network import place
from twin.network.map_import import import_map
from twin.network.place import Endpoints, extract_of_place, overpass_query

FOUND = {
    "osm_type": "relation",
    "osm_id": 4711,
    "boundingbox": ["43.70", "43.76", "7.40", "7.46"],
    "display_name": "Two Blocks, Test",
}


class Stub:
    """What the two services answer, and what they were asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[tuple[str, dict[str, str], dict[str, list[str]]]] = []
        self.search: tuple[int, bytes] = (200, json.dumps([FOUND]).encode())
        self.extract: tuple[int, bytes] = (200, two_blocks(has_wards=True).xml().encode())

    def start(self) -> str:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, status: int, body: bytes, form: str) -> None:
                stub.asked.append((self.path, dict(self.headers), parse_qs(form)))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                self.answer(*stub.search, urlsplit(self.path).query)

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.answer(*stub.extract, form)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def stub() -> Iterator[Stub]:
    one = Stub()
    one.url = one.start()
    yield one
    one.stop()


@pytest.fixture
def endpoints(stub: Stub) -> Endpoints:
    return Endpoints(stub.url, f"{stub.url}/api/interpreter")


def test_a_place_becomes_an_extract_that_imports(
    stub: Stub, endpoints: Endpoints, tmp_path: Path
) -> None:
    told: list[str] = []
    words = "Zwei Blöcke, Test"
    path = extract_of_place(words, endpoints=endpoints, cache=tmp_path, progress=told.append)
    assert path.name.startswith("zwei-blocke-test-")
    assert gzip.decompress(path.read_bytes()) == stub.extract[1]
    assert len(import_map(path).wards) == 2
    search, extract = stub.asked
    assert search[2]["q"] == [words]
    assert "twin" in search[1]["User-Agent"]
    assert "area(3600004711)->.city;" in extract[2]["data"][0]
    assert any("asking" in line for line in told)
    assert any("MB from" in line for line in told)


def test_the_second_time_nobody_is_asked(stub: Stub, endpoints: Endpoints, tmp_path: Path) -> None:
    told: list[str] = []
    first = extract_of_place("A", endpoints=endpoints, cache=tmp_path)
    again = extract_of_place("A", endpoints=endpoints, cache=tmp_path, progress=told.append)
    assert first == again
    assert len(stub.asked) == 2
    assert "delete it for a new one" in told[0]
    other = extract_of_place("A", ward_level="8", endpoints=endpoints, cache=tmp_path)
    assert other != first
    assert len(stub.asked) == 4


def test_a_point_is_asked_by_its_box(stub: Stub, endpoints: Endpoints, tmp_path: Path) -> None:
    stub.search = (200, json.dumps([FOUND | {"osm_type": "node"}]).encode())
    extract_of_place("A", endpoints=endpoints, cache=tmp_path)
    query = stub.asked[1][2]["data"][0]
    assert "(43.7000000,7.4000000,43.7600000,7.4600000)" in query
    assert "area" not in query


def test_the_question_asks_for_what_an_import_makes_use_of(endpoints: Endpoints) -> None:
    del endpoints
    one = place._place(FOUND)
    query = overpass_query(one, "8")
    assert '"admin_level"~"^8$"' in query
    for word in ("highway", "building", "doctors", "fire_station", "supermarket", "bus_stop"):
        assert word in query
    assert "[timeout:300]" in query
    assert "[maxsize:" in query
    assert query.count("(") == query.count(")")


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ((200, b"[]"), "knows no such place"),
        ((200, b"<html>"), "no list of places"),
        ((200, b"{}"), "no list of places"),
        ((200, b"[{}]"), "no list of places"),
        ((200, json.dumps([FOUND | {"boundingbox": ["a", "b", "c", "d"]}]).encode()), "no list"),
        ((200, json.dumps([FOUND | {"boundingbox": ["9", "1", "2", "3"]}]).encode()), "no list"),
        ((200, json.dumps([FOUND | {"boundingbox": ["10", "14", "2", "8"]}]).encode()), "km²"),
        ((429, b""), "status 429"),
        ((500, b"<html>"), "status 500"),
    ],
)
def test_answers_of_nominatim_that_lead_nowhere(
    stub: Stub, endpoints: Endpoints, tmp_path: Path, search: tuple[int, bytes], found: str
) -> None:
    stub.search = search
    with pytest.raises(InputError, match=found) as caught:
        extract_of_place("A", endpoints=endpoints, cache=tmp_path / "cache")
    assert caught.value.exit_code == 2
    assert caught.value.hint
    assert not (tmp_path / "cache").exists()
    assert len(stub.asked) == 1


TIMED_OUT = b'<osm><remark> runtime error: Query timed out in "query" at line 3 </remark></osm>'


@pytest.mark.parametrize(
    ("extract", "found"),
    [
        ((200, TIMED_OUT), "gave up: runtime error: Query timed out"),
        ((200, b"<html>busy</html>"), "no complete OpenStreetMap file"),
        ((200, b"<osm><node"), "no complete OpenStreetMap file"),
        ((429, b""), "status 429"),
        ((504, b""), "the service is busy"),
        ((403, b""), "refuses this address"),
    ],
)
def test_answers_of_overpass_that_lead_nowhere(
    stub: Stub, endpoints: Endpoints, tmp_path: Path, extract: tuple[int, bytes], found: str
) -> None:
    stub.extract = extract
    with pytest.raises(InputError, match=found):
        extract_of_place("A", endpoints=endpoints, cache=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_endless_answer_is_cut(
    stub: Stub, endpoints: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del stub
    monkeypatch.setattr(place, "MAX_EXTRACT_BYTES", 100)
    with pytest.raises(InputError, match="sends more than 100 bytes"):
        extract_of_place("A", endpoints=endpoints, cache=tmp_path)
    assert not list(tmp_path.iterdir())


def test_nobody_there_is_one_line(stub: Stub, endpoints: Endpoints, tmp_path: Path) -> None:
    del stub
    dead = Endpoints("http://127.0.0.1:9", endpoints.overpass_url)
    with pytest.raises(InputError) as caught:
        extract_of_place("Linyi, Shandong, China", endpoints=dead, cache=tmp_path / "cache")
    told = str(caught.value)
    assert told.startswith("Linyi, Shandong, China: cannot reach 127.0.0.1:9 (")
    assert told.endswith("): give an extract instead")
    assert "\n" not in told
    assert not (tmp_path / "cache").exists()
    half = Endpoints(endpoints.nominatim_url, "http://127.0.0.1:9")
    with pytest.raises(InputError, match="cannot reach"):
        extract_of_place("A", endpoints=half, cache=tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_addresses_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no web address"):
        extract_of_place("A", endpoints=Endpoints("file:///etc", "x"), cache=tmp_path)
    with pytest.raises(InputError, match="a number, such as 9"):
        extract_of_place("A", ward_level="9|.*", cache=tmp_path)


def test_the_environment_names_services_and_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TWIN_NOMINATIM_URL", "http://a")
    monkeypatch.setenv("TWIN_OVERPASS_URL", "http://b")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Endpoints.from_environment() == Endpoints("http://a", "http://b")
    assert place.cache_folder() == tmp_path / "twin" / "places"
    monkeypatch.delenv("TWIN_NOMINATIM_URL")
    monkeypatch.delenv("TWIN_OVERPASS_URL")
    assert Endpoints.from_environment() == Endpoints()
