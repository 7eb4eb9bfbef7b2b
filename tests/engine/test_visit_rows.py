"""The rows of visits: one place a visit, columns for whoever works on all."""

from __future__ import annotations

from typing import Any

import numpy as np

from twin.engine.visit_rows import ROW, ROW_BYTES, columns_of, empty_rows, longer_rows, taken_rows
from twin.kernels.columns import Visits

N = 100


def filled():
    rows = empty_rows(N)
    for number, name in enumerate(Visits._fields):
        rows[name] = (np.arange(N) + number) % 100
    return rows


def test_a_row_is_two_cache_lines():
    rows = empty_rows(N)
    assert ROW.itemsize == ROW_BYTES == 128
    assert rows.ctypes.data % 64 == 0
    assert set(Visits._fields) | {"spare"} == set(ROW.names or ())


def test_what_most_events_read_is_in_the_first_line():
    often = ("station", "service", "row", "outcome", "end_us", "start_us", "arrive_us", "attempt")
    fields: Any = ROW.fields or {}
    assert all(fields[name][1] < 64 for name in often)


def test_columns_share_memory_with_the_rows():
    rows = filled()
    columns = columns_of(rows)
    columns.station[7] = 42
    assert rows["station"][7] == 42
    assert all(column.size == N for column in columns)


def test_longer_rows_begin_like_those_before():
    rows = filled()
    longer = longer_rows(rows, 60, 250)
    assert longer.size == 250
    for name in Visits._fields:
        assert np.array_equal(longer[name][:60], rows[name][:60])


def test_taken_rows_are_copies_in_the_order_asked_for():
    rows = filled()
    which = np.array([5, 3, 99])
    taken = taken_rows(rows, which)
    for name in Visits._fields:
        assert np.array_equal(taken[name], rows[name][which])
    taken["station"] = -1
    assert (rows["station"][which] != -1).all()
