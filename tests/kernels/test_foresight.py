"""Hints to the processor: they change nothing."""

from __future__ import annotations

import numpy as np

from twin.kernels.jit import kernel
from twin.kernels.prefetch import prefetch


@kernel
def _asked_for(column, table, strided):
    for i in range(column.size):
        prefetch(column, i)
        prefetch(table, i)
        prefetch(strided, i)
    return column.sum()


def test_a_hint_changes_nothing_and_may_point_anywhere():
    column = np.arange(10)
    table = np.arange(20).reshape(10, 2)
    rows = np.zeros(10, dtype=[("a", np.int64), ("b", np.int32)])
    assert _asked_for(column, table, rows["b"]) == 45
    assert column.tolist() == list(range(10))
    assert table.ravel().tolist() == list(range(20))
