"""Read tables of a user about a city from Parquet: the skim of a bus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from twin.errors import InputError, did_you_mean
from twin.network.skim import UNREACHABLE, Skim
from twin.network.wards import wards_at
from twin.units import DAY_S

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.city.city import City

COLUMNS: Final = ("from", "to", "time_s")
N_ZONES_MAX: Final = 10_000
_MS_PER_S: Final = 1_000
_EXPECTED: Final = (
    "a Parquet table with columns `from`, `to` (ward names, or OSM ids of nodes as whole"
    " numbers) and `time_s`"
)


def read_skim(path: Path, city: City, *, where: str) -> Skim:
    """Return the skim in a Parquet file of the user.

    Parameters
    ----------
    path
        Table with one row a pair of zones that are connected.
    city
        Whose wards or nodes it names.
    where
        Place for messages.

    Raises
    ------
    InputError
        If the table is missing, damaged, or names zones that the map has not, if a time is
        missing, negative or longer than a day, or if a pair is listed twice.
    """
    table = _table(path, where)
    names = [table.column(name).to_pylist() for name in COLUMNS[:2]]
    zone_of_node, rows = _zones(table, names, city, where)
    times = table.column("time_s").cast(pa.float64()).to_numpy()
    _check_times(times, names, where)
    _check_pairs(rows, names, where)
    n_zones = max(int(zone_of_node.max(initial=-1)), int(rows.max(initial=-1))) + 1
    time_ms = np.full((n_zones, n_zones), UNREACHABLE, np.int32)
    time_ms[rows[0], rows[1]] = np.rint(times * _MS_PER_S).astype(np.int32)
    return Skim(zone_of_node, time_ms)


def _table(path: Path, where: str) -> pa.Table:
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(use_threads=False)
    except FileNotFoundError:
        raise InputError(where, f"{path}: no such file", expected=_EXPECTED) from None
    except (OSError, pa.ArrowException) as error:
        found = f"{path}: not readable ({str(error).splitlines()[0]})"
        raise InputError(where, found, expected=_EXPECTED) from error
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        found = f"no column `{missing[0]}` among {', '.join(table.column_names) or 'none'}"
        hint = did_you_mean(missing[0], table.column_names)
        raise InputError(where, found, expected=_EXPECTED, hint=hint)
    for name in COLUMNS:
        if table.column(name).null_count:
            row = pc.index(pc.is_null(table.column(name)), pa.scalar(value=True)).as_py()
            raise InputError(
                where,
                f"row {row + 1}: no `{name}`",
                expected="a value in every row; leave out a pair that has no connection",
            )
    if not _is_number(table.schema.field("time_s").type):
        found = f"`time_s` is {table.schema.field('time_s').type}"
        raise InputError(where, found, expected="seconds as numbers")
    return table


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _zones(
    table: pa.Table, names: Sequence[Sequence[object]], city: City, where: str
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the zone of each node, and the zones of each row's two ends, (2, n_rows)."""
    kinds = [table.schema.field(name).type for name in COLUMNS[:2]]
    if all(pa.types.is_integer(kind) for kind in kinds):
        return _zones_of_nodes(names, city, where)
    if all(isinstance(word, str) for end in names for word in end):
        return _zones_of_wards(names, city, where)
    found = f"`from` is {kinds[0]} and `to` is {kinds[1]}"
    raise InputError(where, found, expected="both ward names, or both OSM ids of nodes")


def _zones_of_wards(
    names: Sequence[Sequence[object]], city: City, where: str
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    wards = city.wards
    known = {name: row for row, name in enumerate(wards.names)}
    if len(known) < len(wards.names):
        doubled = sorted(name for name in known if wards.names.count(name) > 1)
        raise InputError(
            where,
            f"two wards of the map are called `{doubled[0]}`",
            expected="OSM ids of nodes as zones",
        )
    for word in sorted({str(word) for end in names for word in end} - set(known)):
        expected = "wards of the map: " + (", ".join(sorted(known)) or "it has none")
        hint = did_you_mean(word, list(known))
        raise InputError(where, f"unknown ward `{word}`", expected=expected, hint=hint)
    rows = np.array([[known[str(word)] for word in end] for end in names], dtype=np.int64)
    graph = city.graph
    zone_of_node = wards_at(wards, graph.node_x_mm, graph.node_y_mm).astype(np.int32)
    return zone_of_node, rows


def _zones_of_nodes(
    names: Sequence[Sequence[object]], city: City, where: str
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    ids = np.array(names, dtype=np.int64).reshape(2, -1)
    listed = np.unique(ids)
    if listed.size > N_ZONES_MAX:
        raise InputError(
            where, f"{listed.size:,} nodes", expected=f"at most {N_ZONES_MAX:,}, or wards as zones"
        )
    is_known = np.isin(listed, city.graph.node_id)
    if not is_known.all():
        found = f"unknown node {listed[~is_known][0]}"
        raise InputError(where, found, expected="OSM ids of crossings of the map")
    zone_of_node = np.full(city.graph.n_nodes, -1, np.int32)
    is_listed = np.isin(city.graph.node_id, listed)
    zone_of_node[is_listed] = np.searchsorted(listed, city.graph.node_id[is_listed])
    return zone_of_node, np.searchsorted(listed, ids)


def _check_times(times: NDArray[np.float64], names: Sequence[Sequence[object]], where: str) -> None:
    is_wrong = ~((times >= 0) & (times <= DAY_S))
    if is_wrong.any():
        row = int(is_wrong.argmax())
        raise InputError(
            where,
            f"row {row + 1}: time_s {times[row]:g} from `{names[0][row]}` to `{names[1][row]}`",
            expected=f"seconds from 0 to {DAY_S:,}",
            hint="leave out a pair that has no connection",
        )


def _check_pairs(rows: NDArray[np.int64], names: Sequence[Sequence[object]], where: str) -> None:
    order = np.lexsort((rows[1], rows[0]))
    is_twice = (np.diff(rows[:, order], axis=1) == 0).all(axis=0)
    if is_twice.any():
        place = int(is_twice.argmax())
        first, second = order[place] + 1, order[place + 1] + 1
        pair = f"`{names[0][first - 1]}` to `{names[1][first - 1]}`"
        raise InputError(
            where, f"rows {first} and {second} both say {pair}", expected="each pair once"
        )
