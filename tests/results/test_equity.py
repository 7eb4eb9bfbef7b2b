"""Measures of equity: made of residents' burdens, by hand and by what they promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from twin.experiment.inequality import (
    concentration_index,
    erreygers_index,
    gini,
    kolm_pollak_ede,
    palma,
    theil,
    theil_between,
)
from twin.population.columns import INCOME_BANDS
from twin.results.equity import (
    BURDEN_COLUMNS,
    NOISE_FLOOR,
    POOREST_FIRST,
    SERVED_COLUMNS,
    equity_rows,
    needed_columns,
)
from twin.results.groups import Category
from twin.results.measure import STANDARDISED
from twin.results.measures import GROUP_COLUMNS, GROUPLESS, MEASURES, groupings

N = 3_000
AGES = ("0-14", "15-59", "60+")


def residents(n: int = N, seed: int = 1) -> dict[str, Any]:
    """Residents of whom the poor and the migrants bear more."""
    draw = np.random.default_rng(seed)
    income = draw.integers(0, 3, n)
    is_migrant = draw.random(n) < 0.3
    age = np.where(is_migrant, draw.integers(0, 2, n), draw.integers(0, 3, n))
    n_needs = draw.poisson(0.8, n)
    each = draw.gamma(2.0, 1200.0, n) * (1.5 - 0.3 * income) + 900.0 * is_migrant + 600.0 * age
    n_unmet = draw.binomial(n_needs, np.where(is_migrant, 0.4, 0.1))
    n_served = n_needs - n_unmet
    has_car = draw.random(n) < 0.4
    times = {
        f"{name}_s": n_served * draw.gamma(2.0, mean, n) * (1.0 + 0.5 * is_migrant)
        for name, mean in (("travel", 400.0), ("wait", 600.0), ("delay", 200.0))
    }
    return {
        "resident": np.arange(n, dtype=np.uint32),
        # stored in another order than that of their ranks
        "income_band": Category(
            np.array([2, 1, 0])[income].astype(np.int16), ("high", "middle", "low")
        ),
        "registration": Category(is_migrant.astype(np.int16), ("registered", "migrant")),
        "age_band": Category(age.astype(np.int16), AGES),
        "has_car": has_car,
        "n_needs": n_needs,
        "n_unmet": n_unmet,
        "n_served": n_served,
        "burden_s": n_needs * each,
        **times,
    }


def measured(columns: dict[str, Any], **more: Any) -> dict[tuple[str, str], dict[str, Any]]:
    groups = groupings(columns, more.pop("crossings", ()))
    settings = {"services": ["care"], "kappa_per_h": 0.5, "groups": groups, **more}
    return {(row["measure"], row["group"]): row for row in equity_rows(columns, **settings)}


def test_indices_are_those_of_needs_each_with_its_residents_mean() -> None:
    columns = residents()
    found = measured(columns)
    keep = columns["n_needs"] > 0
    needs = columns["n_needs"][keep]
    burden = columns["burden_s"][keep] / needs
    unmet = columns["n_unmet"][keep] / needs
    income = np.array([2, 1, 0])[columns["income_band"].codes[keep]]
    expected = {
        "burden_gini": gini(burden, needs),
        "burden_theil": theil(burden, needs),
        "burden_palma": palma(burden, needs),
        "burden_kp_ede_s": kolm_pollak_ede(burden, 0.5 / 3600, needs),
        "burden_concentration": concentration_index(burden, income, needs),
        "unmet_concentration": erreygers_index(unmet, income, weights=needs),
        "burden_theil_between.registration": theil_between(
            burden, columns["registration"].codes[keep], needs
        ),
    }
    for name, value in expected.items():
        assert found[name, "all"]["value"] == pytest.approx(value), name
        assert found[name, "all"]["n"] == keep.sum()
    assert found["burden_concentration", "all"]["value"] < 0  # the poor bear more
    assert POOREST_FIRST == INCOME_BANDS


@pytest.mark.parametrize("group", ["registration=migrant", "has_car=true", "income_band=low"])
def test_a_group_has_the_indices_of_its_own_residents(group: str) -> None:
    columns = residents()
    name, label = group.split("=")
    column = columns[name]
    mine = column if name == "has_car" else np.array(column.labels)[column.codes] == label
    own = {
        key: Category(values.codes[mine], values.labels)
        if isinstance(values, Category)
        else values[mine]
        for key, values in columns.items()
    }
    whole, alone = measured(columns), measured(own)
    for measure in ("burden_gini", "burden_theil", "burden_palma", "burden_kp_ede_s"):
        assert whole[measure, group]["value"] == pytest.approx(alone[measure, "all"]["value"])
    for measure in ("burden_concentration", "unmet_concentration"):
        here, there = whole[measure, group]["value"], alone[measure, "all"]["value"]
        assert here == pytest.approx(there, abs=1e-12)


def test_a_gap_is_to_everybody_else() -> None:
    columns = residents()
    row = measured(columns)["burden_gap_s", "registration=migrant"]
    is_migrant = columns["registration"].codes == 1
    mean = [
        columns["burden_s"][mask].sum() / columns["n_needs"][mask].sum()
        for mask in (is_migrant, ~is_migrant)
    ]
    assert row["value"] == pytest.approx(mean[0] - mean[1])
    found = measured(columns)
    assert found["burden_widest_gap_s.registration", "all"]["value"] == pytest.approx(row["value"])
    other = found["burden_gap_s", "registration=registered"]["value"]
    assert other == pytest.approx(-row["value"])


def test_a_gap_at_one_age_structure_is_that_of_people_of_one_age() -> None:
    columns = residents()
    # all fare as their age does, and migrants are younger
    columns["burden_s"] = columns["n_needs"] * (1000.0 + 500.0 * columns["age_band"].codes)
    columns["age_band"] = Category(
        np.where(columns["resident"] % 50 == 0, 2, columns["age_band"].codes).astype(np.int16), AGES
    )
    columns["burden_s"] = columns["n_needs"] * (1000.0 + 500.0 * columns["age_band"].codes)
    row = measured(columns)["burden_gap_s", "registration=migrant"]
    assert row["value"] < -100
    assert row[STANDARDISED] == pytest.approx(0.0, abs=1e-9)


def test_an_age_that_a_group_lacks_leaves_its_standardised_gap_unknown() -> None:
    row = measured(residents())["burden_gap_s", "registration=migrant"]  # none of them is old
    assert row["value"] is not None
    assert row[STANDARDISED] is None
    by_age = measured(residents())["burden_gap_s", "age_band=60+"]
    assert STANDARDISED not in by_age


def test_few_residents_in_need_have_no_index() -> None:
    columns = residents(NOISE_FLOOR)
    columns["n_needs"] = np.ones(NOISE_FLOOR, dtype=np.int64)
    columns["burden_s"] = np.arange(NOISE_FLOOR) * 100.0
    assert measured(columns)["burden_gini", "all"]["value"] is not None
    columns["n_needs"][0] = 0
    found = measured(columns)
    assert found["burden_gini", "all"]["value"] is None
    assert found["burden_gini", "all"]["n"] == NOISE_FLOOR - 1
    assert found["burden_gap_s", "registration=migrant"]["value"] is None


def test_nobody_in_need_has_rows_without_a_value() -> None:
    columns = residents()
    for name in (*BURDEN_COLUMNS, *SERVED_COLUMNS):
        columns[name] = np.zeros(N)
    assert all(row["value"] is None for row in measured(columns).values())


def test_several_services_have_rows_of_their_own_and_in_all() -> None:
    columns = residents()
    other = residents(seed=2)
    for name in (*BURDEN_COLUMNS, *SERVED_COLUMNS):
        columns[f"care.{name}"], columns[f"school.{name}"] = columns[name], other[name]
        columns[name] = columns[f"care.{name}"] + columns[f"school.{name}"]
    assert set(needed_columns(["care", "school"])) <= set(columns)
    rows = equity_rows(columns, services=["care", "school"], kappa_per_h=0.5, groups=())
    ginis = {row["service"]: row["value"] for row in rows if row["measure"] == "burden_gini"}
    assert list(ginis) == ["care", "school", "all"]
    alone = measured(residents(seed=2))["burden_gini", "all"]["value"]
    assert ginis["school"] == pytest.approx(alone)


def test_a_table_without_needs_has_no_rows() -> None:
    columns = residents()
    del columns["n_needs"], columns["n_served"]
    assert measured(columns) == {}


def test_crossed_groups_have_indices_and_no_measure_between() -> None:
    found = measured(residents(), crossings=[("registration", "has_car")])
    assert found["burden_gini", "registration=migrant,has_car=true"]["value"] > 0
    between = {name for name, _ in found if "between" in name}
    assert between == {
        f"{quantity}_theil_between.{name}"
        for quantity in ("burden", "travel", "wait", "delay")
        for name in ("age_band", "registration", "income_band", "has_car")
    }


def test_the_order_of_residents_does_not_matter() -> None:
    columns = residents()
    back = {
        name: Category(values.codes[::-1], values.labels)
        if isinstance(values, Category)
        else values[::-1]
        for name, values in columns.items()
    }
    turned = measured(back)
    for key, row in measured(columns).items():
        assert turned[key]["value"] == pytest.approx(row["value"], abs=1e-9), key


def test_what_compares_groups_has_no_groups_itself() -> None:
    for column in GROUP_COLUMNS:
        assert f"burden_widest_gap_s.{column}" in GROUPLESS & set(MEASURES)
    assert "burden_gini" not in GROUPLESS
