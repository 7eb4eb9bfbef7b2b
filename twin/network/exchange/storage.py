"""Tables of other programs as Parquet: reading any, writing GeoParquet."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from twin.errors import MapError
from twin.network.exchange.table import MAX_BYTES, MAX_ROWS, Table, check_file, read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

GEOPARQUET_VERSION: Final = "1.1.0"


def read_table(path: Path) -> Table:
    """Read a ``.csv`` or ``.parquet`` table.

    Raises
    ------
    MapError
        No such file, an unknown kind, damaged, or more than a map may hold.
    """
    if path.suffix.lower() == ".csv":
        return read_csv(path)
    if path.suffix.lower() != ".parquet":
        raise MapError(
            str(path), "this kind of table is not read", expected="a .csv or a .parquet file"
        )
    check_file(path)
    return _read_parquet(path)


def _read_parquet(path: Path) -> Table:
    # Not `read_table`: it imports pandas.
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            _check_size(path, file.metadata)
            table = file.read()
            cells = {name: table[name].to_pylist() for name in table.column_names}
    except (OSError, ValueError, pa.ArrowException) as error:
        raise MapError(
            str(path), f"cannot be read as Parquet ({error})", hint="export the table again"
        ) from error
    return Table(path, cells, np.arange(table.num_rows))


def _check_size(path: Path, metadata: pq.FileMetaData) -> None:
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    if metadata.num_rows > MAX_ROWS or size > MAX_BYTES:
        raise MapError(
            str(path),
            f"holds {metadata.num_rows:,} rows and {size:,} bytes",
            expected=f"at most {MAX_ROWS:,} rows and {MAX_BYTES:,} bytes",
            hint="cut the map",
        )


def write_geoparquet(
    path: Path,
    columns: Mapping[str, NDArray[Any] | list[Any]],
    wkb: list[bytes],
    *,
    geometry_types: list[str],
    bbox: list[float],
    notes: Mapping[str, str],
) -> None:
    """Write a table with a geometry column in degrees (GeoParquet 1.1, WKB).

    Parameters
    ----------
    path
        The file.
    columns
        Everything but the geometry.
    wkb
        Geometries, longitude first.
    geometry_types
        Kinds that occur, as GeoParquet names them.
    bbox
        West, south, east, north.
    notes
        Further metadata of the file, such as its licence.
    """
    geometry: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": geometry_types,
        # No `crs`: GeoParquet's default is OGC:CRS84, longitude and latitude.
        "edges": "planar",
        "bbox": bbox,
    }
    geo = {
        "version": GEOPARQUET_VERSION,
        "primary_column": "geometry",
        "columns": {"geometry": geometry},
    }
    arrays = {name: pa.array(values) for name, values in columns.items()}
    table = pa.table(arrays | {"geometry": pa.array(wkb, pa.binary())})
    metadata = {"geo": json.dumps(geo)} | dict(notes)
    pq.write_table(
        table.replace_schema_metadata(metadata),
        path,
        compression="zstd",
        write_page_checksum=True,
    )
