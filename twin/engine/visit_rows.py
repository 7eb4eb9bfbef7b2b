"""The rows of visits in memory: what belongs to one visit lies together.

An event touches most columns of one row, and rows come in the order of time, not of memory.
Twenty columns apart are twenty cache lines and as many pages an event; a row of two lines
is two. Columns are views with a stride, so that whoever works on all rows sees columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.kernels.columns import Visits

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LINE: Final = 64
ROW_BYTES: Final = 2 * _LINE
_SPARE_BYTES: Final = 16
# The first line is what most events read, the second what few do.
_FIELDS: Final[tuple[tuple[str, type[np.generic]], ...]] = (
    ("end_us", np.int64),
    ("start_us", np.int64),
    ("arrive_us", np.int64),
    ("need_us", np.int64),
    ("station", np.int32),
    ("service", np.int32),
    ("row", np.int32),
    ("resident", np.uint32),
    ("slot", np.int32),
    ("origin", np.int32),
    ("outcome", np.int8),
    ("attempt", np.uint8),
    ("rank", np.int8),
    ("reason", np.int8),
    ("mode", np.int8),
    ("ready_us", np.int64),
    ("depart_us", np.int64),
    ("left_us", np.int64),
    ("parent", np.int64),
    ("before", np.int64),
    ("behind", np.int64),
)
ROW: Final = np.dtype([*_FIELDS, ("spare", f"V{_SPARE_BYTES}")], align=True)


def empty_rows(capacity: int) -> NDArray[Any]:
    """Return room for `capacity` rows, (capacity,) `ROW`, each on two cache lines.

    Pages that nobody writes to cost no memory.
    """
    raw = np.empty(capacity * ROW_BYTES + _LINE, dtype=np.uint8)
    start = -raw.ctypes.data % _LINE
    return raw[start : start + capacity * ROW_BYTES].view(ROW)


def longer_rows(rows: NDArray[Any], n_used: int, capacity: int) -> NDArray[Any]:
    """Return room for `capacity` rows that begins with the `n_used` first of `rows`."""
    longer = empty_rows(capacity)
    longer.view(np.uint8)[: n_used * ROW_BYTES] = rows.view(np.uint8)[: n_used * ROW_BYTES]
    return longer


def taken_rows(rows: NDArray[Any], which: NDArray[np.intp]) -> NDArray[Any]:
    """Return a copy of some rows, byte by byte: numpy copies records field by field."""
    taken: NDArray[Any] = rows.view(np.uint8).reshape(-1, ROW_BYTES)[which].view(ROW)[:, 0]
    return taken


def columns_of(rows: NDArray[Any]) -> Visits:
    """Return the columns of rows; they share memory with them."""
    return Visits(**{name: rows[name] for name in Visits._fields})
