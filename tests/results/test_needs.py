"""Rows of one need add up to one need."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.results.groups import Category
from twin.results.needs import first_rows, per_need

NAN = np.nan


def visits(**more):
    """Return two needs: one of two stages after a failed try, one of a single row."""
    columns = {
        "parent": np.array([-1, -1, 0, 2]),
        "resident": np.array([7, 8, 7, 7]),
        "need_s": np.array([0.0, 5.0, 0.0, 0.0]),
        "arrival_s": np.array([100.0, 50.0, 400.0, 460.0]),
        "end_s": np.array([130.0, 80.0, 460.0, 500.0]),
        "delay_s": np.array([90.0, 40.0, 250.0, NAN]),
        "travel_s": np.array([10.0, 5.0, 20.0, NAN]),
        "wait_s": np.array([NAN, 10.0, 0.0, 15.0]),
        "outcome": Category(np.array([1, 0, 0, 0]), ("served", "abandoned")),
        "facility": Category(np.array([0, 0, 1, 1]), ("a", "b")),
    }
    return columns | more


def test_a_need_ends_as_its_last_row_and_sums_its_times():
    needs = per_need(visits())
    assert needs["resident"].tolist() == [7, 8]
    assert needs["outcome"].codes.tolist() == [0, 0]
    assert needs["facility"].codes.tolist() == [1, 0]
    assert needs["delay_s"].tolist() == [340.0, 40.0]
    assert needs["travel_s"].tolist() == [30.0, 5.0]
    # Thirty seconds in the line that was left, none at the second try, fifteen after it.
    assert needs["wait_s"].tolist() == [45.0, 10.0]


def test_rows_that_continue_nothing_are_the_needs_themselves():
    alone = dict(visits(parent=np.full(4, -1)))
    assert per_need(alone) is alone
    del alone["parent"]
    assert per_need(alone) is alone


def test_what_never_happened_has_no_time():
    nothing = np.full(4, NAN)
    needs = per_need(visits(delay_s=nothing, arrival_s=nothing, end_s=nothing, wait_s=nothing))
    assert np.isnan(needs["delay_s"]).all()
    assert np.isnan(needs["wait_s"]).all()


@given(st.lists(st.integers(0, 10**6), max_size=60))
def test_the_first_row_is_found_through_any_chain(draws):
    parent = np.array([draw % (row + 1) - 1 for row, draw in enumerate(draws)], dtype=np.int64)
    first = first_rows(parent)
    for row, found in enumerate(first.tolist()):
        at = row
        while parent[at] >= 0:
            at = parent[at]
        assert found == at


@pytest.mark.parametrize("n", [0, 1])
def test_few_rows(n):
    assert first_rows(np.full(n, -1)).tolist() == list(range(n))
