"""Sizes of a PBF extract, read from its block headers before anything is unpacked."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final

from twin.errors import MapError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_HEADER_BYTES: Final = 64 * 1024
MAX_BLOB_BYTES: Final = 32 * 1024 * 1024
"""Both as the OSM wiki's "PBF Format" states them."""

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_RATIO_FROM_BYTES: Final = 1 << 20


def check_pbf(path: Path, *, max_bytes: int, max_ratio: int) -> None:
    """Refuse a PBF whose blocks are cut off, oversized or bombs.

    The reader allocates what a block declares and rejects a block that
    unpacks to anything else, so the declared sizes are binding.
    """
    total = 0
    n_blocks = 0
    packed = path.stat().st_size
    with path.open("rb") as file:
        while head := file.read(4):
            kind, size = _block_header(path, file, head)
            if n_blocks == 0 and kind != b"OSMHeader":
                raise _damaged(path, "does not start with an OSM header")
            total += _unpacked_size(path, file, size)
            n_blocks += 1
            if total > max_bytes or (total > _RATIO_FROM_BYTES and total > packed * max_ratio):
                raise MapError(
                    str(path),
                    f"declares {total:,} unpacked bytes and more",
                    hint="cut the extract to the city; a bomb otherwise",
                )


def _damaged(path: Path, why: str) -> MapError:
    return MapError(str(path), f"not a complete PBF file: {why}", hint="download it again")


def _block_header(path: Path, file: IO[bytes], head: bytes) -> tuple[bytes, int]:
    length = int.from_bytes(head, "big")
    if len(head) < len(b"size") or not 0 < length <= MAX_HEADER_BYTES:
        raise _damaged(path, "a block header has an impossible length")
    header = file.read(length)
    if len(header) < length:
        raise _damaged(path, "it ends within a block header")
    kind, size = b"", -1
    for field, value in _fields(path, header):
        if field == 1 and isinstance(value, bytes):
            kind = value
        elif field == 3 and isinstance(value, int):  # noqa: PLR2004 - field of the format
            size = value
    if not 0 <= size <= MAX_BLOB_BYTES:
        raise _damaged(path, "a block has an impossible size")
    return kind, size


def _unpacked_size(path: Path, file: IO[bytes], size: int) -> int:
    blob = file.read(size)
    if len(blob) < size:
        raise _damaged(path, "it ends within a block")
    unpacked = 0
    for field, value in _fields(path, blob):
        if field == 1 and isinstance(value, bytes):
            unpacked = len(value)
        elif field == 2 and isinstance(value, int):  # noqa: PLR2004 - field of the format
            unpacked = value
    if unpacked > MAX_BLOB_BYTES:
        raise _damaged(path, f"a block unpacks to {unpacked:,} bytes")
    return unpacked


def _fields(path: Path, message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the (field number, value) pairs of a protocol buffer message."""
    position = 0
    while position < len(message):
        key, position = _varint(path, message, position)
        wire = key & 7
        if wire == _VARINT:
            value, position = _varint(path, message, position)
            yield key >> 3, value
            continue
        if wire == _LENGTH:
            length, position = _varint(path, message, position)
        elif wire in {_FIXED64, _FIXED32}:
            length = 8 if wire == _FIXED64 else 4
        else:
            raise _damaged(path, "a block is not a protocol buffer")
        if position + length > len(message):
            raise _damaged(path, "a field is longer than its block")
        yield key >> 3, message[position : position + length]
        position += length


def _varint(path: Path, message: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            break
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - highest bit clear: last byte
            return value, position
    raise _damaged(path, "a number in a block does not end")
