"""Equity of every quantity: travel, wait and delay of served needs, time to a facility."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.results.test_equity import AGES, measured, residents
from twin.experiment.inequality import (
    concentration_index,
    gini,
    kolm_pollak_ede,
    palma,
    theil,
    theil_between,
)
from twin.results.access import BY_MODE, access_rows, crossed_access_rows
from twin.results.equity import NOISE_FLOOR
from twin.results.groups import Category
from twin.results.measure import STANDARDISED
from twin.results.measures import GROUP_COLUMNS, GROUPLESS, MEASURES, groupings
from twin.results.quantities import BURDEN_MEAN, QUANTITIES, names_in_short

KAPPA = 0.5
INDICES = ("gini", "theil", "palma", "concentration", "kp_ede_s", "gap_s")
INCOME = np.array([2, 1, 0])  # bands are stored from high to low


def access_time(columns: dict[str, Any]) -> np.ndarray:
    """Seconds to a facility; every tenth resident reaches none, migrants live farther out."""
    who = columns["resident"]
    time_s = 60.0 + (who * 37 % 900) + 300.0 * columns["registration"].codes
    return np.where(who % 10 == 0, np.nan, time_s)


def accessed(columns: dict[str, Any], **more: Any) -> dict[tuple[str, str], dict[str, Any]]:
    walked = access_time(columns)
    rows = access_rows(
        {"care.access_s": walked, "care.access_walk_s": 2 * walked},
        services=["care"],
        modes=["walk"],
        groups=groupings(columns),
        residents=columns,
        kappa_per_h=KAPPA,
        **more,
    )
    return {(row["measure"], row["group"]): row for row in rows}


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda one: one.name)
def test_names_units_and_directions_are_the_same_for_every_quantity(quantity: Any) -> None:
    names = [f"{quantity.name}_{suffix}" for suffix in INDICES]
    names += [f"{quantity.name}_theil_between.{one}" for one in GROUP_COLUMNS]
    names += [f"{quantity.name}_widest_gap_s.{one}" for one in GROUP_COLUMNS]
    for name in names:
        found = MEASURES[name]
        assert found.better == "lower"
        assert found.unit == ("s" if "_s" in name.partition(".")[0] else "index"), name
        assert (name in GROUPLESS) == ("." in name)
        assert quantity.noun in found.title
        assert found.is_neutral == name.endswith(("_concentration", "_gap_s"))
    assert quantity.mean in MEASURES


def test_who_drops_out_is_shown_beside_what_is_of_some_only() -> None:
    assert MEASURES["burden_gini"].guard == BURDEN_MEAN
    for name in ("travel", "wait", "delay"):
        assert MEASURES[f"{name}_gini"].guard == "unmet_share"
        assert MEASURES[f"{name}_gini"].is_conditional
        assert MEASURES[f"{name}_gini"].has_seed_noise
    assert MEASURES["access_gini"].guard == "access_none_share"
    assert MEASURES["access_gini"].is_conditional
    assert not MEASURES["access_gini"].has_seed_noise
    assert "access_gini" in BY_MODE


@pytest.mark.parametrize("name", ["travel", "wait", "delay"])
def test_indices_of_a_time_are_those_of_served_needs(name: str) -> None:
    columns = residents()
    found = measured(columns, kappa_per_h=KAPPA)
    served = columns["n_served"]
    keep = served > 0
    time_s, weights = columns[f"{name}_s"][keep] / served[keep], served[keep]
    income = INCOME[columns["income_band"].codes[keep]]
    groups = columns["registration"].codes[keep]
    expected = {
        "gini": gini(time_s, weights),
        "theil": theil(time_s, weights),
        "palma": palma(time_s, weights),
        "concentration": concentration_index(time_s, income, weights),
        "kp_ede_s": kolm_pollak_ede(time_s, KAPPA / 3600, weights),
        "theil_between.registration": theil_between(time_s, groups, weights),
    }
    for index, value in expected.items():
        row = found[f"{name}_{index}", "all"]
        assert row["value"] == pytest.approx(value), index
        assert row["n"] == keep.sum()
    mean = [np.average(time_s[groups == one], weights=weights[groups == one]) for one in (0, 1)]
    gap = found[f"{name}_gap_s", "registration=migrant"]["value"]
    assert gap == pytest.approx(mean[1] - mean[0])


def test_nobody_served_has_no_index_of_times_and_one_of_burden() -> None:
    columns = residents()
    columns["n_served"] = np.zeros_like(columns["n_served"])
    found = measured(columns)
    assert found["burden_gini", "all"]["value"] is not None
    assert {found[f"{name}_gini", "all"]["value"] for name in ("travel", "wait", "delay")} == {None}


def test_access_counts_each_resident_who_reaches_a_facility_once() -> None:
    columns = residents()
    time_s = access_time(columns)
    keep = np.isfinite(time_s)
    found = accessed(columns)
    assert found["access_gini", "all"]["value"] == pytest.approx(gini(time_s[keep]))
    assert found["access_gini", "all"]["n"] == keep.sum()
    assert found["access_none_share", "all"]["value"] == pytest.approx(0.1)
    expected = kolm_pollak_ede(time_s[keep], KAPPA / 3600)
    assert found["access_kp_ede_s", "all"]["value"] == pytest.approx(expected)
    # Twice the time by foot: as unequal, and worse.
    assert found["access_gini", "mode=walk"]["value"] == pytest.approx(gini(time_s[keep]))
    assert found["access_kp_ede_s", "mode=walk"]["value"] > expected
    mine = keep & (columns["registration"].codes == 1)
    group = found["access_theil", "registration=migrant"]
    assert group["value"] == pytest.approx(theil(time_s[mine]))
    gap = found["access_gap_s", "registration=migrant"]["value"]
    assert gap == pytest.approx(time_s[mine].mean() - time_s[keep & ~mine].mean())
    assert found["access_widest_gap_s.registration", "all"]["value"] == pytest.approx(gap)


def test_few_who_reach_a_facility_have_no_index() -> None:
    found = accessed(residents(NOISE_FLOOR))  # three of them reach none
    assert found["access_mean_s", "all"]["value"] is not None
    assert found["access_gini", "all"]["value"] is None


def test_places_alone_have_no_index() -> None:
    rows = access_rows({"care.access_s": np.arange(50.0)}, services=["care"], modes=[], groups=[])
    assert not {row["measure"] for row in rows} & {"access_gini", "access_kp_ede_s"}


def crossed_access(columns: dict[str, Any], *by: str) -> dict[tuple[str, str], dict[str, Any]]:
    time_s = access_time(columns) + 600.0 * columns["age_band"].codes
    known = {one.labels[0].partition("=")[0]: one for one in groupings(columns)}
    rows = crossed_access_rows(
        {"care.access_s": time_s, "care.access_walk_s": time_s},
        services=["care"],
        modes=["walk"],
        known=known,
        crossings=[by],
        residents=columns,
        kappa_per_h=KAPPA,
    )
    return {(row["measure"], row["group"]): row for row in rows}


def test_crossed_groups_have_access_at_the_ages_of_all() -> None:
    columns = residents()
    # some migrants are old too
    ages = np.where(columns["resident"] % 50 == 1, 2, columns["age_band"].codes)
    columns["age_band"] = Category(ages.astype(np.int16), AGES)
    found = crossed_access(columns, "registration", "has_car")
    name = "registration=migrant,has_car=true"
    row = found["access_mean_s", name]
    time_s = access_time(columns) + 600.0 * ages
    mine = (columns["registration"].codes == 1) & columns["has_car"]
    expected = sum(
        (ages == age).mean() * np.nanmean(time_s[mine & (ages == age)]) for age in range(3)
    )
    assert row["value"] == pytest.approx(np.nanmean(time_s[mine]), abs=1e-3)
    assert row[STANDARDISED] == pytest.approx(expected, abs=1e-3)
    assert row[STANDARDISED] > row["value"]  # migrants are younger, and the old live farther
    assert found["access_gini", name]["value"] == pytest.approx(
        gini(time_s[mine & np.isfinite(time_s)])
    )
    assert STANDARDISED in found["access_gap_s", name]
    assert STANDARDISED not in found["access_gini", name]


def test_a_mode_is_crossed_as_a_column_is() -> None:
    columns = residents()
    of_all = crossed_access(columns, "mode")
    assert STANDARDISED not in of_all["access_mean_s", "mode=walk"]
    assert of_all["access_gini", "mode=walk"]["value"] > 0
    assert {group for _, group in of_all} == {"mode=walk"}
    by_age = crossed_access(columns, "age_band", "mode")
    assert STANDARDISED not in by_age["access_mean_s", "age_band=60+,mode=walk"]
    by_car = crossed_access(columns, "has_car", "mode")
    assert by_car["access_mean_s", "has_car=true,mode=walk"][STANDARDISED] is not None
    assert by_car["access_gini", "has_car=true,mode=walk"]["value"] > 0


def test_a_table_without_incomes_or_ages_has_the_other_measures() -> None:
    columns = residents()
    del columns["income_band"], columns["age_band"]
    found = accessed(columns)
    assert ("access_concentration", "all") not in found
    assert found["access_gini", "all"]["value"] > 0
    assert STANDARDISED not in found["access_gap_s", "registration=migrant"]


def test_a_message_names_what_is_between_groups_once_for_all_columns() -> None:
    short = names_in_short(MEASURES)
    assert len(short) == len(set(short))
    assert sum("." in name for name in short) == 2 * len(QUANTITIES)
    assert "burden_theil_between.<column>" in short
    assert "wait_gini" in short
