"""The run folder: written whole or not at all, verified when it is read.

A run is written to a temporary sibling, the manifest ``run.json`` last, every
file is flushed to the disk and the folder is renamed: a folder with that name
is complete. The manifest holds the digest of each table.
"""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from twin.results.groups import Category
from twin.results.storage import file_digest, new_folder, read_table, to_json, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

MANIFEST: Final = "run.json"
SCHEMA: Final = 1


def write_run(folder: Path, tables: Mapping[str, pa.Table], manifest: Mapping[str, Any]) -> bool:
    """Write one run folder atomically.

    Parameters
    ----------
    folder
        Final place. A run that is already there is left alone.
    tables
        Arrow tables by name.
    manifest
        Content of ``run.json``; the digests and row counts are added.

    Returns
    -------
    :
        Whether this call put the folder there (another process may have).
    """
    # another process may have made the same run meanwhile: the same numbers, so it stays
    with contextlib.suppress(FileExistsError):
        with new_folder(folder) as part:
            listed = {}
            for name, table in tables.items():
                path = part / f"{name}.parquet"
                write_table(table, path)
                listed[path.name] = {"digest": file_digest(path), "rows": table.num_rows}
            (part / MANIFEST).write_text(to_json({**manifest, "tables": listed}), encoding="utf-8")
        return True
    return False


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return ``run.json``, or None where there is none that can be read."""
    try:
        document = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    is_run = isinstance(document, dict) and document.get("schema") == SCHEMA
    return document if is_run else None


def verify_run(folder: Path) -> str:
    """Return what is wrong with a run folder, in words; empty if nothing is."""
    manifest = read_manifest(folder)
    if manifest is None:
        return f"no readable {MANIFEST} of schema {SCHEMA}"
    for name, facts in manifest.get("tables", {}).items():
        try:
            digest = file_digest(folder / name)
        except OSError:
            return f"table {name} is missing"
        if digest != facts["digest"]:
            return f"table {name} is damaged: its digest is not the manifest's"
    return ""


def read_columns(folder: Path, table: str, columns: Sequence[str]) -> dict[str, Any]:
    """Return columns of a run's table as arrays; text as `Category`; absent ones are left out.

    Raises
    ------
    InputError
        If the table is missing or damaged.
    """
    return arrow_columns(read_table(folder / f"{table}.parquet", columns))


def arrow_columns(table: pa.Table) -> dict[str, Any]:
    """Return the columns of an Arrow table as numpy arrays and `Category`."""
    return {name: _to_numpy(table.column(name)) for name in table.column_names}


def read_rows(folder: Path, table: str) -> list[dict[str, Any]]:
    """Return a small table (edits, ledger) as records; empty if there is none."""
    path = folder / f"{table}.parquet"
    if not path.exists():
        return []
    rows: list[dict[str, Any]] = read_table(path).to_pylist()
    return rows


def first_difference(left: Path, right: Path, table: str) -> tuple[int, str, Any, Any] | None:
    """Return (row, column, left value, right value) of the first row where two tables differ."""
    a, b = (read_table(folder / f"{table}.parquet") for folder in (left, right))
    if a.column_names != b.column_names:
        only = sorted(set(a.column_names) ^ set(b.column_names))
        return (0, ",".join(only), a.column_names, b.column_names)
    n_rows = min(a.num_rows, b.num_rows)
    found = min(_column_differences(a, b, n_rows), default=None)
    if found is not None:
        row, place = found
        name = a.column_names[place]
        return (row, name, a.column(name)[row].as_py(), b.column(name)[row].as_py())
    return None if a.num_rows == b.num_rows else (n_rows, "rows", a.num_rows, b.num_rows)


def _column_differences(a: pa.Table, b: pa.Table, n_rows: int) -> Iterator[tuple[int, int]]:
    """Yield (first differing row, column number) of each column that differs."""
    for place, name in enumerate(a.column_names):
        left, right = (_plain(table.column(name).slice(0, n_rows)) for table in (a, b))
        if left.equals(right):
            continue
        values = zip(left.to_pylist(), right.to_pylist(), strict=True)
        # nan differs from itself: only a pair that is not nan on both sides counts
        rows = (row for row, (x, y) in enumerate(values) if x != y and not (x != x and y != y))  # noqa: PLR0124
        row = next(rows, None)
        if row is not None:
            yield row, place


def _plain(column: Any) -> Any:  # noqa: ANN401 - Arrow is not typed
    """Return a column with its dictionary unfolded: categories may be listed in another order."""
    is_dictionary = pa.types.is_dictionary(column.type)
    return column.cast(column.type.value_type) if is_dictionary else column


def _to_numpy(column: Any) -> Any:  # noqa: ANN401 - Arrow is not typed
    chunk = column.combine_chunks()
    if isinstance(chunk, pa.ChunkedArray):  # a column without a row
        chunk = pa.concat_arrays(chunk.chunks) if chunk.num_chunks else pa.array([], chunk.type)
    if pa.types.is_string(chunk.type) or pa.types.is_large_string(chunk.type):
        chunk = chunk.dictionary_encode()
    if not pa.types.is_dictionary(chunk.type):
        return _numbers(chunk)
    codes = _numbers(chunk.indices).astype(np.int32)
    codes[~_is_valid(chunk.indices)] = -1
    labels = ("" if label is None else str(label) for label in chunk.dictionary.to_pylist())
    return Category(codes, tuple(labels))


def _numbers(chunk: Any) -> Any:  # noqa: ANN401
    """Return numbers or flags; gaps are nan in floats and anything elsewhere.

    Arrow's own ``to_numpy`` imports pandas.
    """
    _, payload = chunk.buffers()
    if payload is None or len(chunk) == 0:
        return np.zeros(0, chunk.type.to_pandas_dtype())
    if pa.types.is_boolean(chunk.type):
        return _bits(payload, chunk)
    values = np.frombuffer(payload, chunk.type.to_pandas_dtype(), count=chunk.offset + len(chunk))
    values = values[chunk.offset :]
    if chunk.null_count == 0 or not np.issubdtype(values.dtype, np.floating):
        return values
    return np.where(_is_valid(chunk), values, np.nan)


def _is_valid(chunk: Any) -> Any:  # noqa: ANN401
    validity = chunk.buffers()[0]
    return np.ones(len(chunk), np.bool_) if validity is None else _bits(validity, chunk)


def _bits(payload: Any, chunk: Any) -> Any:  # noqa: ANN401
    """Return the packed bits that belong to a chunk."""
    end = chunk.offset + len(chunk)
    packed = np.frombuffer(payload, np.uint8, count=(end + 7) // 8)
    return np.unpackbits(packed, count=end, bitorder="little")[chunk.offset :].astype(np.bool_)
