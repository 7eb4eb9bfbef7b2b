"""Elements of an XML file somebody else wrote: streamed, capped, without a document type."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn
from xml.parsers import expat

from twin.errors import MapError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

CHUNK: Final = 1 << 20
MAX_BYTES: Final = 1 << 30
MAX_ELEMENTS: Final = 5_000_000
MAX_DEPTH: Final = 16
MAX_TEXT: Final = 1 << 20


@dataclass(frozen=True)
class Element:
    """One element: its name, attributes, line and children."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)


class _Reader:
    """An expat parser that keeps elements of some names and refuses much."""

    def __init__(self, path: Path, root: str, names: Collection[str]) -> None:
        self.path = path
        self.root = root
        self.names = names
        self.n_elements = 0
        self.found: list[Element] = []
        self.stack: list[Element] = []
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype

    def refuse(self, found: str, hint: str, expected: str = "") -> NoReturn:
        where = f"{self.path}:{self.parser.CurrentLineNumber}"
        raise MapError(where, found, expected=expected, hint=hint)

    def _doctype(self, *_: object) -> None:
        self.refuse("has a DOCTYPE", "network files have none: refuse the file")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = Element(name, attributes, self.parser.CurrentLineNumber)
        self.n_elements += 1
        if not self.stack and name != self.root:
            hint = "netconvert --plain-output-prefix writes node and edge files"
            self.refuse(f"the outermost element is <{name[:40]}>", hint, f"<{self.root}>")
        if len(self.stack) >= MAX_DEPTH:
            self.refuse(f"elements nest deeper than {MAX_DEPTH}", "refuse the file")
        if self.n_elements > MAX_ELEMENTS:
            self.refuse(f"more than {MAX_ELEMENTS:,} elements", "cut the network")
        if any(len(value) > MAX_TEXT for value in attributes.values()):
            self.refuse(f"a text of <{name[:40]}> is longer than 1 MiB", "refuse the file")
        if len(self.stack) == 1 and name in self.names:
            self.found.append(element)
        elif len(self.stack) > 1:
            self.stack[-1].children.append(element)
        self.stack.append(element)

    def _end(self, _name: str) -> None:
        self.stack.pop()


def read_elements(path: Path, root: str, names: Collection[str]) -> list[Element]:
    """Return the elements of some names right below the outermost one.

    Parameters
    ----------
    path
        An XML file.
    root
        What the outermost element must be.
    names
        Elements to keep, with their children.

    Raises
    ------
    MapError
        No such file, not XML, with a document type, or more than a map may hold.
    """
    if not path.is_file():
        raise MapError(str(path), "no such file", expected=f"an XML file of <{root}>")
    if path.stat().st_size > MAX_BYTES:
        raise MapError(str(path), f"holds more than {MAX_BYTES:,} bytes", hint="cut the network")
    reader = _Reader(path, root, names)
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                reader.parser.Parse(chunk, False)  # noqa: FBT003 - the parser's own interface
        reader.parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as error:
        text = expat.errors.messages[error.code]
        raise MapError(
            f"{path}:{error.lineno}",
            f"not readable as XML ({text})",
            hint="is the file complete, and in the encoding it declares?",
        ) from error
    except (LookupError, ValueError) as error:
        raise MapError(str(path), f"unknown encoding ({error})", hint="save it as UTF-8") from error
    return reader.found
