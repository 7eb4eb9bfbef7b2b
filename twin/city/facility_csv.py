"""Read facility tables: a planner's CSV.

Every cell is checked where it stands, and all that is wrong with a file is told
at once: file, line, column, what was found, what is expected, what to do.
"""

from __future__ import annotations

import csv
import io
import math
import re
from typing import TYPE_CHECKING, Any, Final

from twin.city.calendar import check_hours
from twin.city.facilities import OPERATIONS, TAGS, FacilityRow
from twin.errors import InputError, InputErrors, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

REQUIRED_COLUMNS: Final = ("op", "uid", "service")
COLUMNS: Final = (
    *REQUIRED_COLUMNS,
    *("lon", "lat", "servers", "hours", "department", "tag"),
    *("name", "waiting_room", "eligibility", "fee", "nest", "note"),
)
SERVERS_MAX: Final = 100_000
AMOUNT_MAX: Final = 1e15
_UID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]*")
_WORD = re.compile(r"[a-z][a-z0-9_]*")


def read_facility_csv(path: Path) -> tuple[FacilityRow, ...]:
    """Return the rows of a facility table.

    Parameters
    ----------
    path
        UTF-8 CSV with a header; columns as `COLUMNS`, in any order, of which
        only `REQUIRED_COLUMNS` must be there.

    Raises
    ------
    InputErrors
        With every cell that is wrong.
    """
    lines = _numbered_lines(path)
    if not lines:
        raise InputErrors([InputError(str(path), "an empty file", expected=_header_words())])
    header = [name.strip() for name in lines[0][1]]
    _check_header(header, where=f"{path}:{lines[0][0]}")
    return _collected(_rows_of_lines(lines[1:], header, path))


def _collected(parsed: Iterable[FacilityRow | list[InputError]]) -> tuple[FacilityRow, ...]:
    rows: list[FacilityRow] = []
    errors: list[InputError] = []
    for item in parsed:
        if isinstance(item, FacilityRow):
            rows.append(item)
        else:
            errors.extend(item)
    if errors:
        raise InputErrors(errors)
    return tuple(rows)


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputErrors([_unreadable(path, error)]) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        found = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        hint = "save the table as CSV with encoding UTF-8"
        problem = InputError(f"{path}:{line}", found, expected="UTF-8 text", hint=hint)
        raise InputErrors([problem]) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InputErrors([InputError(f"{path}:{line}", "a zero byte", expected="UTF-8 text")])
    return text


def _unreadable(path: Path, error: OSError) -> InputError:
    folder = path.parent
    siblings = [one.name for one in folder.glob("*.csv")] if folder.is_dir() else []
    return InputError(
        str(path),
        error.strerror or "cannot be read",
        expected="a CSV file of facilities",
        hint=did_you_mean(path.name, siblings),
    )


def _header_words() -> str:
    return f"a header with {', '.join(REQUIRED_COLUMNS)} and any of {', '.join(COLUMNS[3:])}"


def _check_header(names: list[str], *, where: str) -> None:
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        found = "no comma in the header"
        hint = "save the table with commas between the columns"
        raise InputErrors([InputError(where, found, expected=_header_words(), hint=hint)])
    errors = [_unknown_column(name, where) for name in names if name not in COLUMNS]
    errors += [
        InputError(where, f"no column `{name}`", expected=_header_words())
        for name in REQUIRED_COLUMNS
        if name not in names
    ]
    errors += [
        InputError(where, f"column `{name}` stands twice", expected="it once")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if errors:
        raise InputErrors(errors)


def _unknown_column(name: str, where: str) -> InputError:
    return InputError(
        where,
        f"unknown column `{name}`",
        expected=", ".join(COLUMNS),
        hint=did_you_mean(name, COLUMNS) or "remarks go into the column `note`",
    )


def _numbered_lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the lines that are not blank, each with the number of its last line."""
    reader = csv.reader(io.StringIO(_decoded(path), newline=""))
    lines: list[tuple[int, list[str]]] = []
    try:
        lines.extend((reader.line_num, cells) for cells in reader)
    except csv.Error as error:
        where = f"{path}:{reader.line_num}"
        raise InputErrors([InputError(where, str(error), expected="a CSV table")]) from error
    return [line for line in lines if any(cell.strip() for cell in line[1])]


def _rows_of_lines(
    lines: Iterable[tuple[int, list[str]]], header: list[str], path: Path
) -> Iterator[FacilityRow | list[InputError]]:
    for number, cells in lines:
        where = f"{path}:{number}"
        if len(cells) != len(header):
            expected = f"{len(header)} cells, as the header"
            hint = "put a cell that holds a comma in double quotes"
            yield [InputError(where, f"{len(cells)} cells", expected=expected, hint=hint)]
            continue
        named = dict(zip(header, cells, strict=True))
        yield _row(named, where, source=f"{path.name}:{number}")


def _row(cells: Mapping[str, str], where: str, *, source: str) -> FacilityRow | list[InputError]:
    """Return one row, or what is wrong with it."""
    texts = {name: cells.get(name, "").strip() for name in COLUMNS}
    values: dict[str, Any] = {}
    errors: list[InputError] = []
    for name, text in texts.items():
        if text or name in ("op", "uid"):
            try:
                values[name] = _CELLS[name](text, f"{where}, column `{name}`")
            except InputError as error:
                errors.append(error)
    if texts["op"] == "remove":
        errors.extend(_misfits(texts, where))
    if errors:
        return errors
    if values["op"] != "remove":
        values["source"] = source
    fields = {name: value for name, value in values.items() if name not in REQUIRED_COLUMNS}
    return FacilityRow(values["op"], values["uid"], texts["service"], where, fields)


def _misfits(texts: Mapping[str, str], where: str) -> Iterator[InputError]:
    """Yield what is wrong with a removed row: it has values."""
    kept = (*REQUIRED_COLUMNS, "note", "tag")
    for name in [name for name, text in texts.items() if text and name not in kept]:
        place = f"{where}, column `{name}`"
        hint = "to change a value, use `set`"
        yield InputError(place, "a value on a removed row", expected="empty", hint=hint)


def _op(text: str, where: str) -> str:
    if text not in OPERATIONS:
        expected = ", ".join(OPERATIONS)
        raise InputError(where, f"`{text}`", expected=expected, hint=did_you_mean(text, OPERATIONS))
    return text


def _uid(text: str, where: str) -> str:
    if not _UID.fullmatch(text):
        expected = "letters, digits and `_.:/-`, such as `osm/node/123` or `clinic_a`"
        raise InputError(where, f"`{text}`" if text else "empty", expected=expected)
    return text


def _word(text: str, where: str) -> str:
    if not _WORD.fullmatch(text):
        expected = "small letters, digits and `_`, such as `primary_care`"
        raise InputError(where, f"`{text}`", expected=expected)
    return text


def _tag(text: str, where: str) -> str:
    if text not in TAGS:
        hint = did_you_mean(text, TAGS)
        raise InputError(where, f"`{text}`", expected=", ".join(TAGS), hint=hint)
    return text


def _text(text: str, where: str) -> str:  # noqa: ARG001 - a cell that may say anything
    return text


def _hours(text: str, where: str) -> str:
    check_hours(text, where=where)
    return text


def _degrees(limit: float) -> Callable[[str, str], float]:
    """Return the reader of a longitude or latitude."""

    def read(text: str, where: str) -> float:
        expected = f"degrees between -{limit:g} and {limit:g}, with a point: 7.42"
        try:
            value = float(text)
        except ValueError as error:
            hint = "write a point, not a comma" if "," in text else ""
            raise InputError(where, f"`{text}`", expected=expected, hint=hint) from error
        if not math.isfinite(value) or abs(value) > limit:
            hint = "is it longitude first, then latitude?" if math.isfinite(value) else ""
            raise InputError(where, f"`{text}`", expected=expected, hint=hint)
        return value

    return read


def _count(least: int) -> Callable[[str, str], int]:
    """Return the reader of a whole number."""

    def read(text: str, where: str) -> int:
        value = int(text) if re.fullmatch(r"[+-]?[0-9]{1,9}", text) else None
        if value is None or not least <= value <= SERVERS_MAX:
            expected = f"a whole number from {least} to {SERVERS_MAX:,}"
            hint = "" if value is None or value >= 0 else "to take a facility away, use `remove`"
            raise InputError(where, f"`{text}`", expected=expected, hint=hint)
        return value

    return read


def _amount(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= AMOUNT_MAX:
        hint = "write a point, not a comma" if "," in text else ""
        raise InputError(where, f"`{text}`", expected="an amount of 0 or more: 12.5", hint=hint)
    return value


_CELLS: Final[dict[str, Callable[[str, str], Any]]] = {
    "op": _op,
    "uid": _uid,
    "service": _word,
    "lon": _degrees(180.0),
    "lat": _degrees(90.0),
    "servers": _count(0),
    "hours": _hours,
    "department": _word,
    "tag": _tag,
    "name": _text,
    "waiting_room": _count(0),
    "eligibility": _text,
    "fee": _amount,
    "nest": _word,
    "note": _text,
}
