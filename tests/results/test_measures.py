"""Measures of synthetic columns against the same numbers the slow way."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from twin.results.groups import Category
from twin.results.measures import MEASURES, compute_measures, measured_window_s

DAY = 86_400.0
OUTCOMES = ("served", "forgone", "in_system")


def columns(n: int = 400, n_visits: int = 2_000) -> tuple[dict[str, Any], dict[str, Any]]:
    """Visits and residents whose values are spread by a fixed rule."""
    place = np.arange(n_visits)
    spread = (place * 7919) % 1009
    outcome = np.where(spread % 13 == 0, 1, np.where(spread % 41 == 0, 2, 0))
    unserved = outcome > 0
    residents = {
        "resident": np.arange(n, dtype=np.uint32)[::-1],
        "registration": Category(
            (np.arange(n) % 3 == 0).astype(np.int8), ("registered", "migrant")
        ),
        "has_car": np.arange(n) % 2 == 0,
        "zone": Category((np.arange(n) % 4 - 1).astype(np.int8), ("A", "B", "C")),
        "age_band": Category(np.zeros(n, np.int8), ("0-14", "15-59")),
    }
    visits = {
        "resident": (place * 31 % n).astype(np.uint32),
        "service": Category(np.zeros(n_visits, np.int8), ("care",)),
        "need_s": place / n_visits * 10 * DAY,
        "delay_s": np.where(unserved, np.nan, spread % 97 * 10.0),
        "travel_s": np.where(unserved, np.nan, spread * 1.5),
        "wait_s": np.where(unserved, np.nan, (spread * spread) % 3571),
        "outcome": Category(outcome.astype(np.int8), OUTCOMES),
    }
    return visits, residents


def measured(**more: Any) -> dict[tuple[str, str], Any]:
    visits, residents = columns()
    settings = {"services": ["care"], "window_s": (0.0, 10 * DAY), "unmet_equivalent_s": 5000.0}
    rows = compute_measures(visits, residents, **{**settings, **more})
    return {(row["measure"], row["group"]): row["value"] for row in rows}


def test_the_whole_against_numpy() -> None:
    visits, _ = columns()
    found = measured()
    served = visits["outcome"].codes == 0
    wait, travel, delay = (visits[f"{name}_s"][served] for name in ("wait", "travel", "delay"))
    n = len(served)
    assert found["n_needs", "all"] == n
    assert found["n_served", "all"] == served.sum()
    assert found["unmet_share", "all"] == pytest.approx(1 - served.mean())
    assert found["forgone_share", "all"] == pytest.approx((visits["outcome"].codes == 1).mean())
    assert found["wait_mean_s", "all"] == pytest.approx(wait.mean())
    for name, share in (("wait_median_s", 0.5), ("wait_p90_s", 0.9), ("wait_p95_s", 0.95)):
        assert found[name, "all"] == pytest.approx(np.quantile(wait, share))
    assert found["travel_p90_s", "all"] == pytest.approx(np.quantile(travel, 0.9))
    assert found["share_within_15min", "all"] == pytest.approx((travel <= 900).mean())
    burden = (wait + travel + delay).sum() + 5000.0 * (n - served.sum())
    assert found["burden_mean_s", "all"] == pytest.approx(burden / n)


@pytest.mark.parametrize("group", ["registration=migrant", "has_car=true", "zone=B"])
def test_groups_follow_the_resident_whatever_the_storage_order(group: str) -> None:
    visits, residents = columns()
    column, label = group.split("=")
    stored = residents[column]
    is_label = (
        stored if column == "has_car" else np.array([*stored.labels, ""])[stored.codes] == label
    )
    row_of = np.argsort(residents["resident"])
    mine = is_label[row_of[visits["resident"]]] & (visits["outcome"].codes == 0)
    found = measured()
    assert found["wait_mean_s", group] == pytest.approx(visits["wait_s"][mine].mean())
    assert found["wait_p95_s", group] == pytest.approx(np.quantile(visits["wait_s"][mine], 0.95))


def test_groups_add_up_to_all() -> None:
    found = measured()
    for column in ("registration=registered registration=migrant", "has_car=true has_car=false"):
        assert sum(found["n_needs", group] for group in column.split()) == found["n_needs", "all"]


def test_the_outcomes_add_up_to_the_unmet_share() -> None:
    found = measured()
    reasons = [name for name, measure in MEASURES.items() if measure.title.startswith("unmet:")]
    assert sum(found[name, "all"] for name in reasons) == pytest.approx(found["unmet_share", "all"])


def test_an_empty_group_has_null_and_never_nan() -> None:
    found = measured()
    assert found["wait_mean_s", "age_band=15-59"] is None
    assert found["unmet_share", "age_band=15-59"] is None
    assert found["n_needs", "age_band=15-59"] == 0
    assert all(value is None or value == value for value in found.values())  # noqa: PLR0124


def test_no_visit_at_all() -> None:
    found = measured(window_s=(50 * DAY, 60 * DAY))
    assert found["n_needs", "all"] == 0
    assert found["wait_p90_s", "all"] is None


def test_only_the_measured_window_counts() -> None:
    visits, _ = columns()
    window = measured_window_s(10, 2, 3)
    assert window == (2 * DAY, 7 * DAY)
    inside = (visits["need_s"] >= window[0]) & (visits["need_s"] < window[1])
    assert measured(window_s=window)["n_needs", "all"] == inside.sum()


def test_a_service_without_visits_has_rows_and_all_adds_them() -> None:
    visits, residents = columns()
    rows = compute_measures(
        visits, residents, services=["care", "school"], window_s=(0, 10 * DAY), unmet_equivalent_s=1
    )
    found = {(row["service"], row["measure"], row["group"]): row["value"] for row in rows}
    assert found["school", "n_needs", "all"] == 0
    assert found["school", "wait_mean_s", "all"] is None
    assert found["all", "wait_mean_s", "all"] == found["care", "wait_mean_s", "all"]


def test_utilisation_is_weighted_by_open_servers() -> None:
    hours = {
        "service": Category(np.array([0, 0, 0]), ("care",)),
        "hour_s": np.array([0.0, 3600.0, 20 * DAY]),
        "open_servers": np.array([1.0, 3.0, 9.0]),
        "utilisation": np.array([0.2, 0.6, 1.0]),
    }
    assert measured(facility_hours=hours)["utilisation", "all"] == pytest.approx(2.0 / 4.0)


def test_each_measure_is_declared_once_with_its_unit() -> None:
    for name, measure in MEASURES.items():
        assert measure.name == name
        assert measure.meaning.endswith(".")
        assert (measure.unit == "s") == name.partition(".")[0].endswith("_s")


def test_it_is_fast_enough_to_be_no_cost() -> None:
    visits, residents = columns(40_000, 12_000)
    began = time.perf_counter()
    for _ in range(5):
        compute_measures(
            visits, residents, services=["care"], window_s=(0, 10 * DAY), unmet_equivalent_s=1.0
        )
    assert (time.perf_counter() - began) / 5 < 0.1


def test_crossed_groups_add_up_to_each_of_their_columns() -> None:
    found = measured(crossings=[("registration", "has_car")])
    cars = [found["n_needs", f"registration=migrant,has_car={car}"] for car in ("true", "false")]
    assert sum(cars) == found["n_needs", "registration=migrant"]
    assert all(cars)
