"""HTML from untrusted text: everything is escaped unless it is already `Html`."""

from __future__ import annotations

import html
import json
import unicodedata
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST: Final = 400
"""Names are cut here; no honest one is longer."""
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_KEPT: Final = frozenset("\n\t")
_DIRECTION: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
_CONTROL: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_VOID: Final = frozenset({"meta", "br", "hr", "input", "line", "rect", "circle", "path"})


class Html(str):
    """Text that is already safe HTML."""

    __slots__ = ()


def plain(text: object) -> str:
    """Return text without control and direction characters, of a sane length.

    A bidi override in a street name would turn the words around it; it is
    shown as a replacement mark instead.
    """
    found = str(text)
    found = found if len(found) <= LONGEST else f"{found[:LONGEST]}…"
    return found if found.isascii() and found.isprintable() else "".join(map(_shown, found))


def _shown(character: str) -> str:
    is_hidden = character in _DIRECTION or unicodedata.category(character) in _CONTROL
    return _REPLACEMENT if is_hidden and character not in _KEPT else character


def escape(text: object) -> Html:
    """Return text as HTML; `Html` is returned as it is."""
    return text if isinstance(text, Html) else Html(html.escape(plain(text), quote=True))


def tag(name: str, /, *children: object, **attributes: object) -> Html:
    """Return an element; children and attribute values are escaped.

    Parameters
    ----------
    name
        Element name.
    *children
        Text or `Html`; None is left out.
    **attributes
        ``class_`` is ``class``, ``aria_label`` is ``aria-label``; None and
        False are left out, True has no value.
    """
    listed = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        word = key.rstrip("_").replace("_", "-")
        listed.append(f" {word}" if value is True else f' {word}="{escape(value)}"')
    opening = f"<{name}{''.join(listed)}>"
    if name in _VOID and not children:
        return Html(opening if name in {"meta", "br", "hr", "input"} else f"{opening[:-1]}/>")
    return Html(f"{opening}{join(*children)}</{name}>")


def join(*children: object) -> Html:
    """Return the children, escaped where they are text."""
    return Html("".join(escape(child) for child in children if child is not None))


def name_of(text: object) -> Html:
    """Return a name isolated from the direction of the words around it."""
    return tag("bdi", text)


def data_island(identifier: str, document: object) -> Html:
    """Return JSON that cannot end its script element, whatever its texts say."""
    text = json.dumps(
        _plain_document(document), ensure_ascii=True, allow_nan=False, separators=(",", ":")
    )
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Html(f'<script type="application/json" id="{escape(identifier)}">{safe}</script>')


def table(
    head: Sequence[object],
    rows: Sequence[Sequence[object]],
    *,
    caption: object = None,
    class_: str = "",
) -> Html:
    """Return a table; the first cell of each row is its header.

    Parameters
    ----------
    head
        Column headers.
    rows
        Cells.
    caption
        What the table shows.
    class_
        CSS classes.
    """
    heading = tag("tr", *(tag("th", cell, scope="col") for cell in head))
    body = [
        tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell) for cell in row[1:]))
        for row in rows
    ]
    title = tag("caption", caption) if caption else None
    return tag(
        "div",
        tag("table", title, tag("thead", heading), tag("tbody", *body), class_=class_ or None),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=caption or "table",
    )


def _plain_document(document: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(document, str):
        return plain(document)
    if isinstance(document, dict):
        return {plain(key): _plain_document(value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        # lists of numbers are most of the volume: no text to look at
        if document and isinstance(document[0], int | float):
            return document
        return [_plain_document(value) for value in document]
    return document


def section(identifier: str, title: str, *children: object) -> Html:
    """Return a section with its heading."""
    return tag("section", tag("h2", title), *children, id=identifier)


def switch(
    name: str,
    legend: str,
    options: Sequence[tuple[str, object]],
    *,
    panels: str | None = None,
    id_: str | None = None,
) -> Html:
    """Return radio buttons that look like a switch."""
    buttons = [
        tag(
            "label",
            tag("input", type="radio", name=name, value=value, checked=place == 0),
            tag("span", name_of(words)),
        )
        for place, (value, words) in enumerate(options)
    ]
    return tag(
        "fieldset", tag("legend", legend), *buttons, class_="switch", data_panels=panels, id=id_
    )
