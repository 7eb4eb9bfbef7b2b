"""Where two runs differ: the first midnight of the hash chain, then table and row."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from twin.experiment.runset import open_run
from twin.experiment.storage import first_difference

if TYPE_CHECKING:
    from pathlib import Path


def run_difference(left: Path, right: Path) -> dict[str, Any]:
    """Return the first midnight and, table by table, the first row that differ.

    Parameters
    ----------
    left, right
        Run folders.

    Returns
    -------
    :
        ``same``; ``first_midnight``, the number of the first link that differs
        (midnight 0 begins the run), or None; ``tables``, a record a differing table.
    """
    runs = open_run(left), open_run(right)
    chains = [run.hash_chain for run in runs]
    links = enumerate(zip_longest(*chains))
    midnight = next((number for number, (a, b) in links if a != b), None)
    tables = []
    listed = [run.manifest["tables"] for run in runs]
    for file in sorted(set(listed[0]) | set(listed[1])):
        name = file.removesuffix(".parquet")
        if not all(file in tables_of for tables_of in listed):
            tables.append(_record(name, (0, "table", file in listed[0], file in listed[1])))
        elif listed[0][file] != listed[1][file]:
            found = first_difference(left, right, name)
            if found is not None:
                tables.append(_record(name, found))
    return {"same": midnight is None and not tables, "first_midnight": midnight, "tables": tables}


def _record(table: str, found: tuple[int, str, Any, Any]) -> dict[str, Any]:
    row, column, left, right = found
    return {
        "table": table,
        "row": row,
        "column": column,
        "left": _shown(left),
        "right": _shown(right),
    }


def _shown(value: Any) -> Any:  # noqa: ANN401 - any cell of a table
    """Return a cell as JSON can hold it."""
    is_plain = value is None or isinstance(value, bool | int | str)
    if isinstance(value, float):
        return value if value == value else "nan"  # noqa: PLR0124 - nan
    return value if is_plain else str(value)
