"""How the command line speaks: results on stdout, everything else on stderr.

With ``--json`` standard output holds one JSON document and nothing else.
Names come out of files that anybody may have written, so text is never read as
markup and control and direction characters are shown, not obeyed.
"""

from __future__ import annotations

import contextlib
import json
import sys
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console

_KEPT: Final = "\n\t"
_DIRECTION: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
_BYTE: Final = 0x100
_SHOWN_CATEGORIES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def plain(text: str) -> str:
    """Return `text` with control and direction characters spelt out.

    A name that holds an escape sequence could otherwise clear the screen, and a
    right-to-left override could make a path look like another.
    """
    return "".join(_spelt(character) for character in text)


def _spelt(character: str) -> str:
    is_hidden = character in _DIRECTION or unicodedata.category(character) in _SHOWN_CATEGORIES
    if not is_hidden or character in _KEPT:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < _BYTE else f"\\u{code:04x}"


def say(text: str = "") -> None:
    """Write one line of a result on standard output."""
    sys.stdout.write(plain(text) + "\n")


def note(text: str) -> None:
    """Write one line about the work, not its result, on standard error."""
    sys.stderr.write(plain(text) + "\n")
    sys.stderr.flush()


def write_json(document: object) -> None:
    """Write the one JSON document of ``--json``; NaN and infinity are refused."""
    sys.stdout.write(json.dumps(document, indent=2, allow_nan=False) + "\n")


def write_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str = "",
    numbers_from: int = 1,
) -> None:
    """Write a table on standard output; columns from `numbers_from` on are right-aligned."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - `twin --help` does without
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(
        title=Text(plain(title)) if title else None, box=SIMPLE_HEAD, title_justify="left"
    )
    for i, name in enumerate(columns):
        table.add_column(Text(plain(name)), justify="right" if i >= numbers_from else "left")
    for row in rows:
        table.add_row(*(Text(plain(str(cell))) for cell in row))
    _console(is_error=False).print(table)


@contextlib.contextmanager
def progress(label: str, total: int, *, is_quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error; yields ``advance(n)``.

    Where standard error is no terminal (a log, a test) a line is written at the
    start and at the end only.
    """
    if is_quiet or total <= 0:
        yield lambda _: None
        return
    console = _console(is_error=True)
    if not console.is_terminal:
        note(f"{label}: {total} to do")
        done = 0

        def count(n: int) -> None:
            nonlocal done
            done += n

        yield count
        note(f"{label}: {done} of {total} done")
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415
    from rich.progress import TimeElapsedColumn as Elapsed  # noqa: PLC0415

    parts = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*parts, Elapsed(), console=console) as bar:
        task = bar.add_task(plain(label), total=total)
        yield lambda n: bar.advance(task, n)


def _console(*, is_error: bool) -> Console:
    from rich.console import Console  # noqa: PLC0415 - `twin --help` does without

    # A log or a pipe has no width: wide enough that no number is cut.
    stream = sys.stderr if is_error else sys.stdout
    width = None if stream.isatty() else 160
    return Console(file=stream, markup=False, emoji=False, highlight=False, width=width)
