"""Parquet tables, JSON and atomic files: the one place where results touch the disk.

A table is written with page checksums and read with them verified: without
them nearly every flipped bit reads back silently wrong. A file is written beside
its place, synced and renamed, so that a reader finds all of it or nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from twin.errors import InputError
from twin.results.tables import REPEATED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_ZSTD_LEVEL: Final = 1
_WIDE_BITS: Final = 32


def _encodings(schema: pa.Schema) -> dict[str, str]:
    """Return the encoding of each plain number: deltas for whole ones, split bytes else."""
    encodings = {}
    for field in schema:
        if _is_repeated(field):
            continue
        if pa.types.is_integer(field.type) and field.type.bit_width >= _WIDE_BITS:
            encodings[field.name] = "DELTA_BINARY_PACKED"
        elif pa.types.is_floating(field.type):
            encodings[field.name] = "BYTE_STREAM_SPLIT"
    return encodings


def _is_repeated(field: pa.Field) -> bool:
    return REPEATED.encode() in (field.metadata or {})


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet with page checksums; not atomic by itself."""
    categories = [f.name for f in table.schema if pa.types.is_dictionary(f.type) or _is_repeated(f)]
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=_ZSTD_LEVEL,
        use_dictionary=categories,
        column_encoding=_encodings(table.schema) or None,
        write_page_checksum=True,
        store_schema=True,
    )


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a table with its page checksums verified, or those of `columns` that there are.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    try:
        # not `pq.read_table`: it imports pandas, which takes half a second
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            present = set(file.schema_arrow.names)
            wanted = None if columns is None else [name for name in columns if name in present]
            return file.read(columns=wanted, use_threads=False)
    except FileNotFoundError:
        raise InputError(str(path), "no such file", expected="a table of a run") from None
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            str(path),
            f"damaged table ({str(error).splitlines()[0]})",
            expected="a Parquet table as it was written",
            hint="remove the run (`twin runs rm`) and run it again",
        ) from error


def to_json(document: object) -> str:
    """Return JSON in one line that never holds NaN or infinity."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def file_digest(path: Path) -> str:
    """Return the 128-bit BLAKE2b of a file's bytes."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def sync_folder(path: Path) -> None:
    """Force a folder's entries to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Force a file's bytes to disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Write a file that is seen whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a folder beside `path` to fill; rename it to `path` if all went well.

    Raises
    ------
    FileExistsError
        If `path` exists: results are never overwritten.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    part.mkdir()
    try:
        yield part
        for file in part.iterdir():
            sync_file(file)
        sync_folder(part)
        if path.exists():
            raise FileExistsError(path)
        part.rename(path)
        sync_folder(path.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
