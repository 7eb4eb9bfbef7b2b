"""The guard at the door: nothing reaches the map reader before it was measured.

A map file is untrusted. This module streams through it once, within caps on
bytes, ratio, elements, tags and text, and refuses what would otherwise end
in a traceback, a hang or an absurd city. Memory stays at a few megabytes
whatever the file holds.
"""

from __future__ import annotations

import bz2
import gzip
import math
import re
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final, cast
from xml.parsers import expat

from twin.errors import MapError
from twin.network.pbf_guard import check_pbf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

CHUNK: Final = 1 << 20
SUFFIXES: Final = (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf")
ENCODINGS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "utf-16"})
PARENTS: Final = frozenset({"node", "way", "relation"})
MEMBER_TYPES: Final = frozenset({"node", "way", "relation"})
MAX_INT64: Final = 2**63 - 1
_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_ID = re.compile(r"-?[0-9]{1,19}", re.ASCII)


@dataclass(frozen=True)
class Limits:
    """Caps on one map file; generous for a city, tight for a bomb.

    Measured: Porto (streets only) has 0.3 M elements, Monaco 50,000; gzip
    packs an honest OSM file 8 to 25 times, a bomb 1,000 times.
    """

    max_bytes: int = 1 << 30
    max_ratio: int = 100
    ratio_from_bytes: int = 1 << 20
    max_elements: int = 20_000_000
    max_tags: int = 2_000
    max_references: int = 100_000
    max_text: int = 8_192
    max_depth: int = 16


DEFAULT_LIMITS: Final = Limits()


def source_suffix(path: Path) -> str:
    """Return which of ``SUFFIXES`` the name of `path` ends with.

    Raises
    ------
    MapError
        It ends with none of them.
    """
    name = path.name.lower()
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.endswith(suffix):
            return suffix
    raise MapError(
        str(path),
        "this kind of file is not read",
        expected=" ".join(SUFFIXES),
        hint="rename it if only the ending is unusual",
    )


def check_source(path: Path, limits: Limits = DEFAULT_LIMITS) -> str:
    """Refuse a file that no reader should be given.

    Parameters
    ----------
    path
        An OpenStreetMap extract.
    limits
        Caps on its contents.

    Returns
    -------
    suffix
        Which of ``SUFFIXES`` it is.

    Raises
    ------
    MapError
        With file, element (or line) and hint.
    """
    suffix = source_suffix(path)
    if not path.is_file():
        raise MapError(str(path), "no such file", hint="give the path of an OSM extract")
    if path.stat().st_size == 0:
        raise MapError(str(path), "the file is empty", hint="download the extract again")
    if suffix == ".osm.pbf":
        check_pbf(path, max_bytes=limits.max_bytes * 4, max_ratio=limits.max_ratio)
    else:
        _check_xml(path, suffix, limits)
    return suffix


def _check_xml(path: Path, suffix: str, limits: Limits) -> None:
    guard = _XmlGuard(path, limits)
    for chunk in _decompressed(path, suffix, limits):
        guard.feed(chunk)
    guard.close()


def _decompressed(path: Path, suffix: str, limits: Limits) -> Iterator[bytes]:
    """Yield the plain bytes of `path`, never more than the caps allow."""
    packed = max(1, path.stat().st_size)
    total = 0
    try:
        with _opened(path, suffix) as file:
            while chunk := file.read(CHUNK):
                total += len(chunk)
                _check_size(path, total, packed, limits)
                yield chunk
    except EOFError as error:
        raise MapError(
            str(path), "the compressed file ends too early", hint="download the extract again"
        ) from error
    except (OSError, zlib.error) as error:
        raise MapError(
            str(path),
            f"cannot be read as {suffix} ({error})",
            hint="is the ending of the name right? download the extract again",
        ) from error


def _opened(path: Path, suffix: str) -> AbstractContextManager[IO[bytes]]:
    if suffix == ".osm.gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return bz2.open(path, "rb") if suffix == ".osm.bz2" else path.open("rb")


def _check_size(path: Path, total: int, packed: int, limits: Limits) -> None:
    if total > limits.max_bytes:
        raise MapError(
            str(path),
            f"holds more than {limits.max_bytes:,} bytes",
            hint="cut the extract to the city, or convert it to .osm.pbf",
        )
    if total > limits.ratio_from_bytes and total > packed * limits.max_ratio:
        raise MapError(
            str(path),
            f"unpacks to more than {limits.max_ratio} times its size",
            hint="no honest map does: refuse the file",
        )


class _XmlGuard:
    """An expat parser that keeps nothing and refuses much."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self.fed = 0
        self.depth = 0
        self.n_elements = 0
        self.n_children = 0
        self.element = ""
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.XmlDeclHandler = self._declaration

    def feed(self, chunk: bytes) -> None:
        """Parse `chunk`; a token still open after 1 MiB is refused."""
        self.fed += len(chunk)
        self._parse(chunk, is_final=False)
        if self.fed - max(0, self.parser.CurrentByteIndex) > 2 * CHUNK:
            self._refuse("one piece of text is longer than 1 MiB", "no honest map has one")

    def close(self) -> None:
        """Require that the document is complete."""
        self._parse(b"", is_final=True)

    def _parse(self, chunk: bytes, *, is_final: bool) -> None:
        try:
            self.parser.Parse(chunk, is_final)
        except expat.ExpatError as error:
            line, column = error.lineno, error.offset
            self.element = f"line {line} column {column}"
            text = expat.errors.messages[error.code]
            self._refuse(
                f"not readable as XML ({text})",
                "is the file complete, and in the encoding it declares?",
            )
        except (LookupError, ValueError) as error:
            self._refuse(f"unknown encoding ({error})", "save the file as UTF-8")

    def _refuse(self, found: str, hint: str, expected: str = "") -> None:
        element = self.element or f"line {self.parser.CurrentLineNumber}"
        raise MapError(f"{self.path}: {element}", found, expected=expected, hint=hint)

    def _doctype(self, *_: object) -> None:
        self.element = ""
        self._refuse("has a DOCTYPE", "OpenStreetMap files have none: refuse the file")

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ENCODINGS:
            self._refuse(f"declares the encoding {encoding[:40]!r}", "save the file as UTF-8")

    def _end(self, _name: str) -> None:
        self.depth -= 1

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > self.limits.max_depth:
            self._refuse(f"elements nest deeper than {self.limits.max_depth}", "refuse the file")
        if self.depth == 1 and name != "osm":
            self._refuse(f"the outermost element is <{name[:40]}>", "give an OSM file", "<osm>")
        for key, value in attributes.items():
            if len(value) > self.limits.max_text or len(key) > self.limits.max_text:
                self._refuse(
                    f"a text of <{name[:40]}> is longer than {self.limits.max_text:,} characters",
                    "shorten it or delete the tag",
                )
        if name in PARENTS:
            self._parent(name, attributes)
        elif name == "nd":
            self._child(self.limits.max_references, "references")
            self._integer("ref of a node in it", attributes.get("ref"))
        elif name == "tag":
            self._tag(attributes)
        elif name == "member":
            self._member(attributes)

    def _parent(self, name: str, attributes: dict[str, str]) -> None:
        self.n_elements += 1
        self.n_children = 0
        if self.n_elements > self.limits.max_elements:
            self._refuse(f"more than {self.limits.max_elements:,} elements", "cut the extract")
        identifier = attributes.get("id")
        self.element = f"{name} (line {self.parser.CurrentLineNumber})"
        self._integer("id", identifier)
        self.element = f"{name}/{identifier}"
        if name == "node" and attributes.get("visible") != "false":
            self._coordinate("lat", attributes.get("lat"), 90.0)
            self._coordinate("lon", attributes.get("lon"), 180.0)

    def _child(self, cap: int, what: str) -> None:
        self.n_children += 1
        if self.n_children > cap:
            self._refuse(f"has more than {cap:,} {what}", "split it or delete it")

    def _tag(self, attributes: dict[str, str]) -> None:
        self._child(self.limits.max_references, "tags and references")
        if "k" not in attributes or "v" not in attributes:
            self._refuse("a tag lacks its key `k` or value `v`", "complete or delete the tag")

    def _member(self, attributes: dict[str, str]) -> None:
        self._child(self.limits.max_references, "members")
        self._integer("ref of a member", attributes.get("ref"))
        if attributes.get("type") not in MEMBER_TYPES:
            self._refuse("a member lacks its type", "write node, way or relation")

    def _integer(self, what: str, text: str | None) -> None:
        if text is None:
            self._refuse(f"{what} is missing", "give every element an id")
        elif not _ID.fullmatch(text) or abs(int(text)) > MAX_INT64:
            self._refuse(f"{what} is {text[:40]!r}", "renumber it", "a whole number of 64 bits")

    def _coordinate(self, name: str, text: str | None, largest: float) -> None:
        is_number = text is not None and _DECIMAL.fullmatch(text)
        value = float(text) if text is not None and is_number else math.nan
        if not abs(value) <= largest:
            found = "missing" if text is None else repr(text[:40])
            self._refuse(
                f"{name} is {found}",
                "correct or delete the element",
                f"degrees from -{largest:g} to {largest:g}",
            )


def check_tags(path: Path, element: str, tags: dict[str, Any], limits: Limits) -> None:
    """Refuse too many tags or too long a text (binary extracts skip the XML guard)."""
    if len(tags) > limits.max_tags:
        raise MapError(f"{path}: {element}", f"has more than {limits.max_tags:,} tags")
    for key, value in tags.items():
        if len(key) > limits.max_text or len(value) > limits.max_text:
            raise MapError(
                f"{path}: {element}",
                f"a text is longer than {limits.max_text:,} characters",
                hint="shorten it or delete the tag",
            )
