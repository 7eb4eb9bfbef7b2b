"""Columns in Parquet files with page checksums; tables that a map may have or lack.

A map's own columns are in its digest. An optional table beside them holds what
can be computed again, such as the order of a contraction hierarchy: it names
the digest of the map it was computed from and is no part of it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

OPTIONAL_TABLES: Final = ("hierarchy",)
"""Tables that a map folder may hold; a rebuilt map starts without them."""

_OF_MAP: Final = b"map_digest"
_OF_COLUMNS: Final = b"columns_digest"

Columns = Mapping[str, Any]


def write_columns(
    path: Path, columns: Columns, *, metadata: Mapping[bytes, str] | None = None
) -> None:
    """Write arrays and lists as one table."""
    table = pa.table({key: pa.array(values) for key, values in columns.items()})
    if metadata is not None:
        table = table.replace_schema_metadata(dict(metadata))
    encodings = {}
    for field in table.schema:
        if pa.types.is_integer(field.type):
            encodings[field.name] = "DELTA_BINARY_PACKED"
        elif pa.types.is_floating(field.type):
            encodings[field.name] = "BYTE_STREAM_SPLIT"
    pq.write_table(
        table,
        path,
        compression="zstd",
        use_dictionary=[key for key in table.column_names if key not in encodings],
        column_encoding=encodings or None,
        write_page_checksum=True,
    )


def read_columns(path: Path) -> dict[str, Any]:
    """Return the columns of a table: numbers as arrays, everything else as lists.

    Raises
    ------
    ValueError
        The file is missing, damaged or has gaps.
    """
    return _columns(_read(path))


def write_optional(folder: Path, name: str, columns: Columns, *, map_digest: str) -> None:
    """Write an optional table of the map with this digest, whole or not at all.

    Parameters
    ----------
    folder
        The map folder.
    name
        One of ``OPTIONAL_TABLES``.
    columns
        Arrays of numbers.
    map_digest
        Digest of the map that they were computed from.
    """
    path = _optional_path(folder, name)
    fresh = path.with_name(f".{path.name}.new-{os.getpid()}")
    metadata = {_OF_MAP: map_digest, _OF_COLUMNS: columns_digest(columns)}
    try:
        write_columns(fresh, columns, metadata=metadata)
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def read_optional(folder: Path, name: str, *, map_digest: str) -> dict[str, Any] | None:
    """Return an optional table of the map with this digest.

    Returns
    -------
    columns
        None if there is none, if it is of another map, or if it is damaged: it
        can be computed again.
    """
    path = _optional_path(folder, name)
    if not path.is_file():
        return None
    try:
        table = _read(path)
        columns = _columns(table)
    except ValueError:
        return None
    metadata = table.schema.metadata or {}
    found = (metadata.get(_OF_MAP), metadata.get(_OF_COLUMNS))
    wanted = (map_digest.encode(), columns_digest(columns).encode())
    return columns if found == wanted else None


def columns_digest(columns: Columns) -> str:
    """Return the SHA-256 of names, types and values of columns."""
    digest = hashlib.sha256()
    add_columns(digest, columns)
    return digest.hexdigest()


def add_columns(digest: hashlib._Hash, columns: Columns) -> None:
    """Add names and values of columns to a digest."""
    for name, values in columns.items():
        digest.update(name.encode())
        if isinstance(values, np.ndarray):
            digest.update(values.dtype.str.encode() + values.tobytes())
        else:
            text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
            digest.update(text.encode())


def _optional_path(folder: Path, name: str) -> Path:
    if name not in OPTIONAL_TABLES:
        msg = f"unknown optional table {name!r}; known are {', '.join(OPTIONAL_TABLES)}"
        raise ValueError(msg)
    return folder / f"{name}.parquet"


def _read(path: Path) -> pa.Table:
    # Not `read_table`: it imports pandas.
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            return file.read()
    except (OSError, pa.ArrowException) as error:
        msg = f"{path.name}: {error}"
        raise ValueError(msg) from error


def _columns(table: pa.Table) -> dict[str, Any]:
    return {
        field.name: _array(table[field.name])
        if pa.types.is_primitive(field.type)
        else table[field.name].to_pylist()
        for field in table.schema
    }


def _array(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    """Return a column without nulls as an array of its own.

    Arrow's ``to_numpy`` imports pandas, which takes 1 to 2 s; DLPack does not.
    """
    if column.null_count:
        msg = "a column of numbers has gaps"
        raise ValueError(msg)
    if pa.types.is_boolean(column.type):
        parts = [_bits(chunk) for chunk in column.chunks]
        return np.concatenate([np.zeros(0, np.bool_), *parts])
    empty = np.zeros(0, column.type.to_pandas_dtype())
    return np.concatenate([empty, *map(np.from_dlpack, column.chunks)])


def _bits(chunk: pa.BooleanArray) -> np.ndarray[Any, np.dtype[np.bool_]]:
    packed = np.frombuffer(chunk.buffers()[1], np.uint8)
    bits = np.unpackbits(packed, bitorder="little").astype(np.bool_)
    return bits[chunk.offset : chunk.offset + len(chunk)]
