"""Measures of access on a handful of residents, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from twin.results.access import ACCESS_MEASURES, access_column, access_rows, crossed_access_rows
from twin.results.groups import Category, columns_of, named
from twin.results.measures import MEASURES

NAN = np.nan
COLUMNS = {
    "care.access_s": np.array([60.0, 300.0, 900.0, NAN, 1801.0]),
    "care.access_walk_s": np.array([60.0, 600.001, 900.0, NAN, 1801.0]),
    "care.access_car_s": np.array([NAN, 300.0, NAN, NAN, NAN]),
    "shop.access_s": np.array([600.0, 1.0, NAN, 1.0, 1800.0]),
    "shop.access_walk_s": np.array([600.0, 1.0, NAN, 1.0, 1800.0]),
    "shop.access_car_s": np.array([NAN, 1.0, NAN, NAN, NAN]),
}
SEX = named("sex", Category(np.array([0, 0, 1, 1, -1]), ("female", "male")))
CAR = named("has_car", Category(np.array([0, 1, 0, 0, 0]), ("false", "true")))


def values(rows):
    return {(row["measure"], row["service"], row["group"]): row["value"] for row in rows}


@pytest.fixture
def found():
    rows = access_rows(COLUMNS, services=["care", "shop"], modes=["walk", "car"], groups=[SEX])
    return values(rows)


def test_everyone_counts_and_who_reaches_none_is_within_nothing(found):
    shares = [found[f"access_share_{m}min", "care", "all"] for m in (5, 10, 15, 30)]
    assert shares == [0.4, 0.4, 0.6, 0.6]
    assert found["access_none_share", "care", "all"] == 0.2
    assert found["access_mean_s", "care", "all"] == (60 + 300 + 900 + 1801) / 4


def test_nine_in_ten_of_all_is_nothing_where_more_are_out_of_reach(found):
    assert found["access_p90_s", "care", "all"] is None
    assert found["access_p90_s", "care", "sex=female"] == pytest.approx(60 + 0.9 * 240)
    assert found["access_p90_s", "care", "sex=male"] is None
    eleven = {"care.access_s": np.array([*range(10, 110, 10), NAN])}
    rows = access_rows(eleven, services=["care"], modes=[], groups=[])
    # The tenth of eleven is exactly the ninetieth percentile: it is reached.
    assert values(rows)["access_p90_s", "care", "all"] == 100.0


def test_by_a_mode_those_without_it_reach_none(found):
    assert found["access_share_5min", "care", "mode=car"] == 0.2
    assert found["access_none_share", "care", "mode=car"] == 0.8
    assert found["access_mean_s", "care", "mode=car"] == 300.0
    assert found["access_share_10min", "care", "mode=walk"] == 0.2


def test_all_services_are_reached_when_the_farthest_is(found):
    assert found["access_share_10min", "all", "all"] == 0.4
    assert found["access_none_share", "all", "all"] == 0.4
    assert found["access_mean_s", "all", "all"] == (600 + 300 + 1801) / 3


def test_groups_and_modes_cross_in_the_order_of_the_question():
    request: dict[str, Any] = {"services": ["care"], "modes": ["walk", "car"]}
    known = {"sex": SEX, "has_car": CAR}
    crossings = [("sex", "mode"), ("mode", "has_car"), ("has_car", "sex")]
    found = values(crossed_access_rows(COLUMNS, known=known, crossings=crossings, **request))
    assert found["access_share_10min", "care", "sex=female,mode=walk"] == 0.5
    assert found["access_share_10min", "care", "mode=car,has_car=true"] == 1.0
    assert found["access_mean_s", "care", "mode=car,has_car=false"] is None
    assert found["access_share_15min", "care", "has_car=false,sex=male"] == 0.5
    assert {columns_of(group) for _, _, group in found} == set(crossings)


def test_a_label_may_hold_a_comma_and_a_column_a_digit():
    ward = named("zone", Category(np.array([0, 0, 0, 1, 1]), ("Quai, west", "East")))
    rows = crossed_access_rows(
        COLUMNS,
        services=["care"],
        modes=["walk"],
        known={"zone": ward},
        crossings=[("zone", "mode")],
    )
    found = values(rows)
    assert found["access_share_10min", "care", "zone=Quai, west,mode=walk"] == pytest.approx(1 / 3)
    assert columns_of("zone=Quai, west,h3=89a") == ("zone", "h3")


def test_a_group_of_nobody_has_no_value():
    empty = named("sex", Category(np.full(5, -1), ("female", "male")))
    rows = access_rows(COLUMNS, services=["care"], modes=[], groups=[empty])
    assert {row["value"] for row in rows if row["group"] != "all"} == {None}
    nobody = {"care.access_s": np.empty(0)}
    rows = access_rows(nobody, services=["care"], modes=[], groups=[])
    assert {row["value"] for row in rows} == {None}


def test_measures_are_declared_once_with_all_others():
    assert all(MEASURES[measure.name] is measure for measure in ACCESS_MEASURES)
    assert {measure.guard for measure in ACCESS_MEASURES} == {"access_none_share"}
    assert (access_column("a"), access_column("a", "bus")) == ("a.access_s", "a.access_bus_s")
