"""Read a table of a user, CSV or Parquet, as texts with the place of every row."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from twin.errors import InputError, InputErrors, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

PARQUET: Final = (".parquet", ".pq")


N_ERRORS_MAX: Final = 20
"""Mistakes of one table that are told; the rest is counted."""


def raise_all(errors: Sequence[InputError], *, name: str) -> None:
    """Raise what is wrong with a table, if anything is; of very many the first.

    Raises
    ------
    InputErrors
        With the errors.
    """
    if len(errors) > N_ERRORS_MAX:
        more = InputError(name, f"and {len(errors) - N_ERRORS_MAX:,} more mistakes")
        raise InputErrors([*errors[:N_ERRORS_MAX], more])
    if errors:
        raise InputErrors(errors)


@dataclass(frozen=True, eq=False)
class TextTable:
    """A table as texts.

    Parameters
    ----------
    name
        The file as messages name it.
    columns
        Cells of each column.
    line
        Line of each row in the file (CSV) or its number from 1 (Parquet).
    is_lines
        Whether `line` counts lines.
    """

    name: str
    columns: dict[str, list[str]]
    line: Sequence[int]
    is_lines: bool

    def __len__(self) -> int:
        return len(self.line)

    def where(self, row: int, column: str = "") -> str:
        """Return file, line and column of a cell, for messages."""
        place = f"{self.name}:{self.line[row]}" if self.is_lines else f"{self.name}: row {row + 1}"
        return f"{place}: {column}" if column else place

    def column(self, name: str) -> list[str]:
        """Return the cells of a column.

        Raises
        ------
        InputError
            If there is no such column, with the closest one.
        """
        if name not in self.columns:
            raise InputError(
                self.name,
                f"has no column `{name}`",
                expected=f"a column `{name}` beside {', '.join(self.columns) or 'none'}",
                hint=did_you_mean(name, self.columns),
            )
        return self.columns[name]


def read_text_table(path: Path, *, name: str) -> TextTable:
    """Return a CSV or Parquet file as texts.

    Parameters
    ----------
    path
        The file; Parquet by its ending, CSV in UTF-8 with a header otherwise.
    name
        How messages name it.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, or rows differ in length.
    """
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(name, f"cannot be read: {why}", expected="a CSV or Parquet file") from None
    table = _parquet(data, name) if path.suffix in PARQUET else _csv(data, name)
    if not len(table):
        raise InputError(name, "has no rows", expected="a header and at least one row")
    return table


def _parquet(data: bytes, name: str) -> TextTable:
    try:
        with pq.ParquetFile(pa.BufferReader(data)) as file:
            table = file.read()
    except (OSError, pa.ArrowException) as error:
        raise InputError(name, f"is no Parquet: {error}", expected="a Parquet file") from None
    columns = {field.name: _texts(table[field.name].to_pylist()) for field in table.schema}
    return TextTable(name, columns, range(1, table.num_rows + 1), is_lines=False)


def _texts(values: Iterable[object]) -> list[str]:
    return [_text(value) for value in values]


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _csv(data: bytes, name: str) -> TextTable:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            name, f"byte {error.start} is not UTF-8", expected="a CSV in UTF-8"
        ) from None
    reader = csv.reader(io.StringIO(text), skipinitialspace=True)
    try:
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InputError(f"{name}:{reader.line_num}", f"is no CSV: {error}") from None
    if not lines:
        raise InputError(name, "is empty", expected="a header and at least one row")
    header = [cell.strip() for cell in lines[0][1]]
    twice = next((word for word in header if header.count(word) > 1), None)
    if twice is not None:
        raise InputError(f"{name}:{lines[0][0]}", f"column `{twice}` stands twice")
    for number, row in lines[1:]:
        if len(row) != len(header):
            found = f"{len(row)} cells"
            raise InputError(f"{name}:{number}", found, expected=f"{len(header)}, as the header")
    cells = (
        zip(*(row for _, row in lines[1:]), strict=True) if len(lines) > 1 else [()] * len(header)
    )
    columns = {
        key: [cell.strip() for cell in column] for key, column in zip(header, cells, strict=True)
    }
    return TextTable(name, columns, [number for number, _ in lines[1:]], is_lines=True)
