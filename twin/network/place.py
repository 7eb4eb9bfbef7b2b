"""From the name of a place to an extract: one polite question to each of two services.

Nothing here runs unless a user names a place. Nominatim finds it, Overpass
gives its streets, buildings, wards and facilities, and the answer goes through
the same guard as any other file.

References
----------
OpenStreetMap Foundation, "Nominatim Usage Policy"; OSM wiki, "Overpass API".
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import math
import os
import re
import time
import unicodedata
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twin.errors import InputError, RunError
from twin.network.osm_facilities import SERVICE_TAGS
from twin.network.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOMINATIM_URL: Final = "https://nominatim.openstreetmap.org"
OVERPASS_URL: Final = "https://overpass-api.de/api/interpreter"
USER_AGENT: Final = "twin (urban digital twin; one extract for one user)"

SEARCH_TIMEOUT_S: Final = 30.0
EXTRACT_TIMEOUT_S: Final = 300
MAX_ANSWER_BYTES: Final = 4 << 20
MAX_EXTRACT_BYTES: Final = 512 << 20
MAX_AREA_KM2: Final = 25_000.0
"""Box of the largest place asked for: a large Chinese prefecture has 20,000 km²."""

CHUNK: Final = 1 << 18
AREA_OF_RELATION: Final = 3_600_000_000
AREA_OF_WAY: Final = 2_400_000_000
KM_PER_DEGREE: Final = 111.32
WARD_LEVELS: Final = "^(9|10)$"
_LEVEL: Final = re.compile(r"[0-9]{1,2}")


class Unreachable(Exception):  # noqa: N818 - becomes an `InputError` that names the place
    """A service does not answer at all."""


@dataclass(frozen=True)
class Endpoints:
    """Whom to ask.

    Parameters
    ----------
    nominatim_url, overpass_url
        ``TWIN_NOMINATIM_URL`` and ``TWIN_OVERPASS_URL`` name others, for
        example a service of one's own.
    """

    nominatim_url: str = NOMINATIM_URL
    overpass_url: str = OVERPASS_URL

    @classmethod
    def from_environment(cls) -> Endpoints:
        """Return the services that the environment names, the public ones otherwise."""
        return cls(
            os.environ.get("TWIN_NOMINATIM_URL") or NOMINATIM_URL,
            os.environ.get("TWIN_OVERPASS_URL") or OVERPASS_URL,
        )


@dataclass(frozen=True)
class Place:
    """What Nominatim knows: a box, and the area if it has an outline of its own."""

    name: str
    south: float
    west: float
    north: float
    east: float
    area_id: int | None

    @property
    def box_km2(self) -> float:
        """Area of the box."""
        return _box_km2(self.south, self.west, self.north, self.east)


def extract_of_place(
    words: str,
    *,
    ward_level: str | None = None,
    endpoints: Endpoints | None = None,
    cache: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Path:
    """Return an extract of a place, from the cache if it was fetched before.

    Parameters
    ----------
    words
        For example ``Linyi, Shandong, China``.
    ward_level
        ``admin_level`` of the wards to fetch; 9 and 10 otherwise.
    endpoints
        Whom to ask; `Endpoints.from_environment` otherwise.
    cache
        Folder of extracts; `cache_folder` otherwise.
    progress
        Told what is being done.

    Raises
    ------
    InputError
        There is no such place, it is too large, or a service cannot be reached
        or does not answer as it should.
    RunError
        The extract cannot be written.
    """
    if ward_level is not None and not _LEVEL.fullmatch(ward_level):
        raise InputError("--ward-level", f"is {ward_level!r}", expected="a number, such as 9")
    asked = endpoints or Endpoints.from_environment()
    path = (cache or cache_folder()) / _file_name(words, ward_level, asked)
    if path.is_file():
        progress(f"using {path}, fetched before; delete it for a new one")
        return path
    try:
        return _fetched(words, ward_level, asked, path, progress)
    except Unreachable as error:
        raise InputError(words, str(error)) from error


def _fetched(
    words: str,
    ward_level: str | None,
    asked: Endpoints,
    path: Path,
    progress: Callable[[str], None],
) -> Path:
    progress(f"asking {_host(asked.nominatim_url)} for {words}")
    place = find_place(words, asked.nominatim_url)
    if place.box_km2 > MAX_AREA_KM2:
        raise InputError(
            words,
            f"{place.name} spans {place.box_km2:,.0f} km²",
            expected=f"a city, at most {MAX_AREA_KM2:,.0f} km² in its bounding box",
            hint="name a part of it, or give an extract",
        )
    progress(f"asking {_host(asked.overpass_url)} for {place.name}; large cities take minutes")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _fetch(asked.overpass_url, overpass_query(place, ward_level), path, progress)
    except OSError as error:
        raise RunError(f"{path}: the extract cannot be written ({error})") from error
    return path


def cache_folder() -> Path:
    """Return where extracts of places are kept between builds."""
    xdg = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(xdg) if xdg and Path(xdg).is_absolute() else Path("~/.cache").expanduser()
    return base / "twin" / "places"


def find_place(words: str, nominatim_url: str) -> Place:
    """Ask Nominatim for a place.

    Raises
    ------
    InputError
        It knows none, or does not answer as Nominatim does.
    """
    query = urllib.parse.urlencode({"q": words, "format": "jsonv2", "limit": 1})
    url = f"{nominatim_url.rstrip('/')}/search?{query}"
    raw = b"".join(_answer(url, None, SEARCH_TIMEOUT_S, MAX_ANSWER_BYTES))
    host = _host(nominatim_url)
    try:
        found = json.loads(raw)
        if isinstance(found, list) and not found:
            raise InputError(
                words,
                f"{host} knows no such place",
                expected="a name such as `Linyi, Shandong, China`, or a file",
                hint="add the province and the country, or give an extract",
            )
        return _place(found[0])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise _strange(host, f"an answer that is no list of places ({error})") from error


def _place(row: dict[str, Any]) -> Place:
    south, north, west, east = (float(edge) for edge in row["boundingbox"])
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 180):  # noqa: PLR2004 - degrees
        msg = f"box {south:g}, {west:g}, {north:g}, {east:g}"
        raise ValueError(msg)
    base = {"relation": AREA_OF_RELATION, "way": AREA_OF_WAY}.get(str(row.get("osm_type")))
    return Place(
        name=clean_text(str(row.get("display_name", "")))[:200],
        south=south, west=west, north=north, east=east,
        area_id=base + int(row["osm_id"]) if base is not None else None,
    )  # fmt: skip


def overpass_query(place: Place, ward_level: str | None = None) -> str:
    """Return the question to Overpass: what an import makes use of, and nothing else."""
    level = f"^{ward_level}$" if ward_level is not None else WARD_LEVELS
    box = f"{place.south:.7f},{place.west:.7f},{place.north:.7f},{place.east:.7f}"
    inside = f"({box})" if place.area_id is None else "(area.city)"
    head = f"[out:xml][timeout:{EXTRACT_TIMEOUT_S}][maxsize:{MAX_EXTRACT_BYTES}];"
    values: dict[str, set[str]] = {}
    for tags in SERVICE_TAGS.values():
        for key, value in tags:
            values.setdefault(key, set()).add(value)
    wanted = [
        f'way["highway"]{inside};',
        f'way["building"]{inside};',
        f'relation["building"]["type"="multipolygon"]{inside};',
        f'relation["boundary"="administrative"]["admin_level"~"{level}"]{inside};',
        *(
            f'nwr["{key}"~"(^|;) *({"|".join(sorted(found))}) *(;|$)"]{inside};'
            for key, found in sorted(values.items())
        ),
    ]
    area = f"area({place.area_id})->.city;" if place.area_id is not None else ""
    return "\n".join([head + area, "(", *wanted, ");", "(._;>;);", "out body qt;"])


def _fetch(url: str, query: str, path: Path, progress: Callable[[str], None]) -> None:
    """Write the answer of Overpass as ``.osm.gz``, whole or not at all."""
    fresh = path.with_name(f".{path.name}.new-{os.getpid()}")
    body = urllib.parse.urlencode({"data": query}).encode()
    total, tail = 0, b""
    try:
        with fresh.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
            for chunk in _answer(url, body, EXTRACT_TIMEOUT_S + 60.0, MAX_EXTRACT_BYTES):
                packed.write(chunk)
                total += len(chunk)
                tail = (tail + chunk)[-4096:]
                progress(f"received {total / 1e6:,.1f} MB from {_host(url)}")
        _check_end(_host(url), tail)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _check_end(host: str, tail: bytes) -> None:
    """Overpass reports failures within an answer that looks complete."""
    remark = re.search(rb"<remark>\s*([^<]{1,300})", tail)
    if remark is not None:
        words = clean_text(remark[1].decode("utf-8", "replace"))
        raise InputError(
            host,
            f"gave up: {words}",
            hint="name a part of the place, try again later, or give an extract",
        )
    if b"</osm>" not in tail:
        raise _strange(host, "an answer that is no complete OpenStreetMap file")


def _answer(url: str, body: bytes | None, timeout_s: float, max_bytes: int) -> Iterator[bytes]:
    """Yield the answer to one request; one clear error for everything that can go wrong."""
    host = _host(url)
    if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
        raise InputError(url, "is no web address", expected="http:// or https://")
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked
        url, data=body, headers={"User-Agent": USER_AGENT, "Accept-Language": "en"}
    )
    ends_at = time.monotonic() + timeout_s
    total = 0
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310
            while chunk := answer.read(CHUNK):
                total += len(chunk)
                _check_flow(host, total, max_bytes, ends_at)
                yield chunk
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(host, error.code) from error
    except (TimeoutError, http.client.HTTPException, OSError) as error:
        if isinstance(error, TimeoutError) or "timed out" in str(error):
            reason = f"no answer within {timeout_s:g} s"
        else:
            reason = str(getattr(error, "reason", error)) or type(error).__name__
        raise Unreachable(f"cannot reach {host} ({reason}): give an extract instead") from error


def _check_flow(host: str, total: int, max_bytes: int, ends_at: float) -> None:
    if total > max_bytes:
        raise InputError(
            host,
            f"sends more than {max_bytes:,} bytes",
            hint="name a part of the place, or give an extract",
        )
    if time.monotonic() > ends_at:
        raise TimeoutError


def _refused(host: str, code: int) -> InputError:
    hints = {
        403: "the service refuses this address: give an extract instead",
        429: "too many questions: wait a minute and try again",
        504: "the service is busy: wait a minute and try again",
    }
    return InputError(
        host,
        f"answers with status {code}",
        hint=hints.get(code, "try again later, or give an extract"),
    )


def _strange(host: str, found: str) -> InputError:
    return InputError(
        host,
        f"gives {found}",
        expected="a Nominatim or Overpass service",
        hint="see TWIN_NOMINATIM_URL and TWIN_OVERPASS_URL, or give an extract",
    )


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).netloc or url


def _box_km2(south: float, west: float, north: float, east: float) -> float:
    width = (east - west) * KM_PER_DEGREE * math.cos(math.radians((south + north) / 2))
    return width * (north - south) * KM_PER_DEGREE


def _file_name(words: str, ward_level: str | None, endpoints: Endpoints) -> str:
    """Return a name that says which place it is, and differs for every question."""
    plain = unicodedata.normalize("NFKD", words.lower()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "place"
    asked = json.dumps([words, ward_level, endpoints.nominatim_url, endpoints.overpass_url])
    return f"{slug}-{hashlib.sha256(asked.encode()).hexdigest()[:8]}.osm.gz"
