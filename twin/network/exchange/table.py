"""A table somebody else wrote: columns by name, every cell with its place."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn

import numpy as np

from twin.errors import MapError, did_you_mean
from twin.network.text import clean_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

MAX_BYTES: Final = 1 << 30
MAX_ROWS: Final = 5_000_000
MAX_TEXT: Final = 8_192
MAX_INT64: Final = 2**63 - 1
SUFFIXES: Final = (".csv", ".parquet")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE: Final = re.compile(r"[+-]?\d{1,19}(\.0*)?", re.ASCII)
_TRUE: Final = frozenset({"true", "1", "yes", "t", "y", "1.0"})
_FALSE: Final = frozenset({"false", "0", "no", "f", "n", "0.0"})


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length.

    Parameters
    ----------
    path
        The file.
    columns
        Cells as the file has them: None where empty.
    rows : (n,)
        Row of each record in the file, counted from 0.
    first_line
        Line of row 0 in a text file; 0 where rows have no lines.
    """

    path: Path
    columns: dict[str, list[Any]]
    rows: NDArray[np.int64]
    first_line: int = 0

    def __len__(self) -> int:
        """Return the number of records."""
        return int(self.rows.size)

    def where(self, row: int, column: str = "") -> str:
        """Return the place of a record, and of a cell if a column is named."""
        number = int(self.rows[row])
        place = (
            f"{self.path}:{number + self.first_line}"
            if self.first_line
            else f"{self.path}: row {number}"
        )
        return f"{place}: column `{column}`" if column else place

    def refuse(self, row: int, column: str, found: str, expected: str, hint: str = "") -> NoReturn:
        """Refuse a cell."""
        raise MapError(self.where(row, column), found, expected=expected, hint=hint)

    def cells(self, column: str) -> list[Any]:
        """Return a column as the file has it.

        Raises
        ------
        MapError
            There is no such column.
        """
        if column not in self.columns:
            raise MapError(
                f"{self.path}: column `{column}`",
                "there is no such column",
                expected=f"one of {', '.join(self.columns) or 'none: the table is empty'}",
                hint=did_you_mean(column, self.columns),
            )
        return self.columns[column]

    def has(self, column: str) -> bool:
        """Return whether there is a column of this name with anything in it."""
        return any(cell not in {None, ""} for cell in self.columns.get(column, ()))

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return a column of finite numbers, nan where a cell is empty."""
        return np.array(
            [self._number(row, column, cell) for row, cell in enumerate(self.cells(column))],
            np.float64,
        )

    def required(self, column: str, what: str) -> NDArray[np.float64]:
        """Return a column of finite numbers without gaps."""
        numbers = self.numbers(column)
        gaps = np.flatnonzero(np.isnan(numbers))
        if gaps.size:
            cell = self.columns[column][gaps[0]]
            found = "is empty" if cell in {None, ""} else f"is {cell}"
            self.refuse(int(gaps[0]), column, found, what, "complete or delete the row")
        return numbers

    def texts(self, column: str) -> list[str]:
        """Return a column as trimmed texts without control characters; "" where empty."""
        return [self._text(row, column, cell) for row, cell in enumerate(self.cells(column))]

    def flags(self, column: str) -> list[bool]:
        """Return a column of true and false."""
        found = []
        for row, text in enumerate(self.texts(column)):
            if text.lower() not in _TRUE | _FALSE:
                self.refuse(row, column, f"is {text[:40]!r}", "true or false, 1 or 0")
            found.append(text.lower() in _TRUE)
        return found

    def without(self, column: str, values: Collection[str]) -> Table:
        """Return the records whose cell in `column` is none of `values`."""
        keep = np.array([text not in values for text in self.texts(column)], np.bool_)
        return self.take(np.flatnonzero(keep))

    def take(self, rows: NDArray[np.int64]) -> Table:
        """Return the chosen records; they keep their places."""
        columns = {name: [cells[row] for row in rows] for name, cells in self.columns.items()}
        return replace(self, columns=columns, rows=self.rows[rows])

    def _number(self, row: int, column: str, cell: object) -> float:
        if cell is None or cell == "":
            return math.nan
        if isinstance(cell, str):
            text = cell.strip()
            if text.lower() in {"", "nan", "na", "null", "none"}:
                return math.nan
            if not _NUMBER.fullmatch(text):
                self.refuse(row, column, f"is {text[:40]!r}", "a number")
            cell = float(text)
        if not isinstance(cell, int | float):
            self.refuse(row, column, f"is of type {type(cell).__name__}", "a number")
        number = float(cell)
        if math.isinf(number):
            self.refuse(row, column, "is infinite", "a finite number")
        return number

    def _text(self, row: int, column: str, cell: object) -> str:
        if cell is None or (isinstance(cell, float) and math.isnan(cell)):
            return ""
        if isinstance(cell, bytes):
            self.refuse(row, column, "holds bytes", "text")
        whole = int(cell) if isinstance(cell, float) and cell.is_integer() else cell
        text = clean_text(str(whole)).strip()
        if len(text) > MAX_TEXT:
            self.refuse(row, column, f"is longer than {MAX_TEXT:,} characters", "a short text")
        return text


def numbered_ids(table: Table, column: str) -> tuple[NDArray[np.int64], dict[str, int], bool]:
    """Return the ids of a column as whole numbers that differ.

    Returns
    -------
    ids : (n,)
        The ids themselves if all are whole numbers; 1, 2, ... in the order of
        their texts otherwise.
    rows
        Row of each id as written.
    is_renumbered
        Whether ids are no whole numbers.

    Raises
    ------
    MapError
        An id is missing or given twice.
    """
    texts = [as_id(text) for text in table.texts(column)]
    rows: dict[str, int] = {}
    for row, text in enumerate(texts):
        if not text:
            table.refuse(row, column, "is empty", "an id", "give every row an id")
        if text in rows:
            other = table.where(rows[text])
            table.refuse(
                row, column, f"the id {text[:40]!r} is given twice", "ids that differ",
                f"see {other}; delete or renumber one",
            )  # fmt: skip
        rows[text] = row
    ids, is_renumbered = whole_ids(texts)
    return ids, rows, is_renumbered


def as_id(text: str) -> str:
    """Return an id in one spelling: ``7.0`` and ``007`` are ``7``."""
    number = _whole(text)
    return text if number is None else str(number)


def _whole(text: str) -> int | None:
    """Return the whole number of 64 bits that a text is, or None."""
    if not _WHOLE.fullmatch(text):
        return None
    number = int(text.partition(".")[0])
    return number if abs(number) <= MAX_INT64 else None


def whole_ids(texts: Iterable[str]) -> tuple[NDArray[np.int64], bool]:
    """Return ids as numbers: their own if all are whole, their rank as text otherwise."""
    texts = list(texts)
    numbers = [number for text in texts if (number := _whole(text)) is not None]
    if len(numbers) == len(texts):
        return np.array(numbers, np.int64), False
    rank = {text: i + 1 for i, text in enumerate(sorted(set(texts)))}
    return np.array([rank[text] for text in texts], np.int64), True


def read_csv(path: Path) -> Table:
    """Read a CSV with a header; all cells are texts.

    Raises
    ------
    MapError
        Not UTF-8, not CSV, no header, a header that repeats a name, rows of
        another length, or more than a map may hold.
    """
    check_file(path)
    header: list[str] = []
    records: list[list[str]] = []
    lines: list[int] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            line = reader.line_num + 1
            for record in reader:
                if record:
                    _check_length(path, line, record, header)
                    records.append(record)
                    lines.append(line)
                line = reader.line_num + 1
                if len(records) > MAX_ROWS:
                    raise MapError(str(path), f"more than {MAX_ROWS:,} rows", hint="cut the map")
    except UnicodeDecodeError as error:
        raise MapError(
            str(path), f"is not UTF-8 text ({error.reason})", hint="save the table as UTF-8"
        ) from error
    except csv.Error as error:
        raise MapError(
            str(path),
            f"cannot be read as CSV ({error})",
            hint="are quotes closed? long shapes belong into Parquet",
        ) from error
    _check_header(path, header)
    columns: dict[str, list[Any]] = {
        name: [record[i] or None for record in records] for i, name in enumerate(header)
    }
    return Table(path, columns, np.array(lines, np.int64) - 1, first_line=1)


def check_file(path: Path) -> None:
    """Require that a table is there and no larger than a map."""
    if not path.is_file():
        siblings = [one.name for one in path.parent.glob("*") if one.suffix in SUFFIXES]
        raise MapError(
            str(path),
            "is a folder" if path.is_dir() else "no such file",
            expected="a table: .csv or .parquet",
            hint=did_you_mean(path.name, siblings),
        )
    size = path.stat().st_size
    if size == 0:
        raise MapError(str(path), "the file is empty", expected="a table with a header")
    if size > MAX_BYTES:
        raise MapError(str(path), f"holds more than {MAX_BYTES:,} bytes", hint="cut the map")


def _check_header(path: Path, header: list[str]) -> None:
    doubled = sorted({name for name in header if header.count(name) > 1})
    if not any(header) or doubled:
        raise MapError(
            f"{path}:1",
            f"the column `{doubled[0]}` is named twice" if doubled else "has no header",
            expected="a first line with one name a column",
        )


def _check_length(path: Path, line: int, record: list[str], header: list[str]) -> None:
    if len(record) != len(header):
        raise MapError(
            f"{path}:{line}",
            f"{len(record)} cells",
            expected=f"{len(header)}, as the header has",
            hint="put texts with commas into quotes",
        )
