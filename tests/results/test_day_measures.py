"""Measures of the residents' days, against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest

from twin.results.day_measures import day_rows
from twin.results.groups import Category

COLUMNS = {
    "n_trips": np.array([4, 0, 2, 6]),
    "trip_s": np.array([400.0, 0.0, 1_000.0, 600.5]),
    "n_cut_off": np.array([0, 2, 2, 0]),
}
GROUP = Category(np.array([0, 0, 1, -1]), ("has_car=false", "has_car=true"))
TWO_DAYS = (86_400.0, 3 * 86_400.0)


def values(services, columns=COLUMNS):
    rows = day_rows(columns, services=services, window_s=TWO_DAYS, groups=[GROUP])
    return {(r["measure"], r["service"], r["group"]): (r["value"], r["n"]) for r in rows}


def test_sums_by_hand():
    found = values(["care"])
    assert found["trips_per_day", "care", "all"] == (12 / 4 / 2, 4)
    assert found["trip_time_mean_s", "care", "all"] == (pytest.approx(2000.5 / 12), 12)
    assert found["cut_off_share", "care", "all"] == (4 / 16, 16)
    assert found["trips_per_day", "care", "has_car=false"] == (4 / 2 / 2, 2)
    assert found["cut_off_share", "care", "has_car=true"] == (2 / 4, 4)


def test_days_are_of_no_service():
    assert {key[1] for key in values(["care", "pharmacy"])} == {"all"}
    assert {key[1] for key in values([])} == {"all"}


def test_who_never_leaves_has_no_time_and_no_share():
    still = {name: np.zeros(4) for name in COLUMNS}
    found = values(["care"], still)
    assert found["trips_per_day", "care", "all"] == (0.0, 4)
    assert found["trip_time_mean_s", "care", "all"] == (None, 0)
    assert found["cut_off_share", "care", "all"] == (None, 0)


def test_the_order_of_residents_moves_no_bit():
    order = np.array([2, 0, 3, 1])
    mixed = {name: column[order] for name, column in COLUMNS.items()}
    group = Category(GROUP.codes[order], GROUP.labels)
    rows = day_rows(mixed, services=["care"], window_s=TWO_DAYS, groups=[group])
    assert rows == day_rows(COLUMNS, services=["care"], window_s=TWO_DAYS, groups=[GROUP])
