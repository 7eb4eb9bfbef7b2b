"""Indices of inequality: closed forms, and the principles that make them indices."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from twin.errors import InputError
from twin.experiment import (
    concentration_index,
    erreygers_index,
    gini,
    kolm_pollak_ede,
    palma,
    theil,
    theil_between,
)

Index = Callable[..., float]
N = 200_000
POSITIVE = st.lists(st.floats(0.1, 1e4), min_size=2, max_size=30)


def quantiles(law: Any, n: int = N) -> np.ndarray[Any, Any]:
    """Values that have the law but for steps of 1 / n."""
    return np.asarray(law.ppf((np.arange(n) + 0.5) / n))


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        (stats.uniform(), 1 / 3),
        (stats.expon(), 1 / 2),
        (stats.pareto(3.0), 1 / 5),
        (stats.lognorm(0.8), 2 * stats.norm.cdf(0.8 / math.sqrt(2)) - 1),
    ],
    ids=["uniform", "exponential", "pareto", "lognormal"],
)
def test_gini_of_known_laws(law: Any, expected: float) -> None:
    assert gini(quantiles(law)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        (stats.uniform(), math.log(2) - 1 / 2),
        (stats.expon(), 1 - np.euler_gamma),
        (stats.pareto(3.0), 1 / 2 + math.log(2 / 3)),
        (stats.lognorm(0.8), 0.8**2 / 2),
    ],
    ids=["uniform", "exponential", "pareto", "lognormal"],
)
def test_theil_of_known_laws(law: Any, expected: float) -> None:
    assert theil(quantiles(law)) == pytest.approx(expected, abs=1e-3)


def test_palma_of_known_laws() -> None:
    assert palma(np.ones(7)) == pytest.approx(0.25)
    assert palma(quantiles(stats.uniform())) == pytest.approx(0.19 / 0.16)
    exponential = 0.1 * (1 + math.log(10)) / (0.4 + 0.6 * math.log(0.6))
    assert palma(quantiles(stats.expon())) == pytest.approx(exponential, rel=1e-4)


def test_the_kolm_pollak_equivalent_of_known_laws() -> None:
    normal = quantiles(stats.norm(50, 3))
    assert kolm_pollak_ede(normal, 0.2) == pytest.approx(50 + 0.2 * 9 / 2, rel=1e-4)
    exponential = quantiles(stats.expon())
    assert kolm_pollak_ede(exponential, 0.4) == pytest.approx(-math.log(0.6) / 0.4, rel=1e-3)
    assert kolm_pollak_ede(exponential, 0.0) == pytest.approx(1.0, rel=1e-4)
    assert kolm_pollak_ede([0.0, 1e6], 1.0) == pytest.approx(1e6 - math.log(2))  # no overflow


def test_concentration_of_known_shapes() -> None:
    income = np.arange(1000)
    assert concentration_index(income + 0.5, income) == pytest.approx(1 / 3, abs=1e-3)
    assert concentration_index(income + 0.5, -income) == pytest.approx(-1 / 3, abs=1e-3)
    assert concentration_index(np.ones(9), np.arange(9)) == pytest.approx(0.0)
    # the half below has none, the half above has all: the largest there is
    assert erreygers_index(income >= 500, income) == pytest.approx(1.0)


def test_an_index_that_is_not_defined_is_nan() -> None:
    for index in (gini, theil, palma):
        assert math.isnan(index([]))
        assert math.isnan(index([0.0, 0.0]))
    assert math.isnan(palma([0.0, 0.0, 0.0, 5.0]))  # four tenths have nothing
    assert math.isnan(kolm_pollak_ede([], 1.0))
    assert math.isnan(concentration_index([0.0, 0.0], [1, 2]))
    assert erreygers_index([0.0, 0.0], [1, 2]) == 0.0


def test_a_zero_is_a_value() -> None:
    assert gini([0, 0, 0, 1]) == pytest.approx(0.75)
    assert theil([0, 0, 0, 1]) == pytest.approx(math.log(4))


@pytest.mark.parametrize("index", [gini, theil, palma])
@given(values=POSITIVE, factor=st.floats(0.01, 100))
def test_relative_indices_do_not_depend_on_the_unit(
    index: Index, values: list[float], factor: float
) -> None:
    scaled = [factor * value for value in values]
    assert index(scaled) == pytest.approx(index(values), abs=1e-9)


@given(values=POSITIVE, shift=st.floats(0, 1e4))
def test_the_equivalent_moves_with_what_everybody_gets_more(
    values: list[float], shift: float
) -> None:
    moved = kolm_pollak_ede([value + shift for value in values], 1e-3)
    assert moved == pytest.approx(kolm_pollak_ede(values, 1e-3) + shift, abs=1e-6)
    assert np.mean(values) - 1e-6 <= kolm_pollak_ede(values, 1e-3) <= max(values) + 1e-6


@pytest.mark.parametrize("index", [gini, theil, palma, lambda x: kolm_pollak_ede(x, 1e-3)])
@given(values=POSITIVE, data=st.data())
def test_a_transfer_from_more_to_less_never_raises_an_index(
    index: Index, values: list[float], data: st.DataObject
) -> None:
    ordered = sorted(values)
    low = data.draw(st.integers(0, len(values) - 2))
    high = data.draw(st.integers(low + 1, len(values) - 1))
    moved = data.draw(st.floats(0, 1)) * (ordered[high] - ordered[low]) / 2
    after = list(ordered)
    after[low] += moved
    after[high] -= moved
    assert index(after) <= index(ordered) + 1e-9 * max(1.0, abs(index(ordered)))


@pytest.mark.parametrize(
    "index",
    [
        gini,
        theil,
        palma,
        lambda x, weights=None: kolm_pollak_ede(x, 1e-3, weights),
        lambda x, weights=None: concentration_index(x, np.round(x, -2), weights),
        lambda x, weights=None: theil_between(x, np.round(x, -2), weights),
    ],
)
@given(people=st.lists(st.tuples(st.floats(0.1, 1e4), st.integers(1, 5)), min_size=2, max_size=20))
def test_a_weight_is_so_many_people_in_any_order(
    index: Index, people: list[tuple[float, int]]
) -> None:
    values, weights = (np.array(column) for column in zip(*people, strict=True))
    expanded = np.repeat(values, weights)[::-1]
    assert index(values, weights=weights) == pytest.approx(index(expanded), abs=1e-9)


@given(people=st.lists(st.tuples(st.floats(0.1, 1e4), st.integers(0, 3)), min_size=2, max_size=30))
def test_theil_is_what_is_between_and_what_is_within(people: list[tuple[float, int]]) -> None:
    values, groups = (np.array(column) for column in zip(*people, strict=True))
    within = sum(
        values[groups == one].sum() / values.sum() * theil(values[groups == one])
        for one in np.unique(groups)
    )
    assert theil(values) == pytest.approx(theil_between(values, groups) + within, abs=1e-9)


@given(people=st.lists(st.tuples(st.floats(0.1, 1e4), st.integers(0, 3)), min_size=2, max_size=30))
def test_the_equivalent_of_groups_is_made_of_their_equivalents(
    people: list[tuple[float, int]],
) -> None:
    values, groups = (np.array(column) for column in zip(*people, strict=True))
    found, size = np.unique(groups, return_counts=True)
    parts = [kolm_pollak_ede(values[groups == one], 1e-3) for one in found]
    assert kolm_pollak_ede(parts, 1e-3, size) == pytest.approx(kolm_pollak_ede(values, 1e-3))


@given(
    people=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 5)), min_size=2, max_size=30),
    low=st.floats(-2, 0),
)
def test_erreygers_mirrors_met_and_unmet(people: list[tuple[float, int]], low: float) -> None:
    unmet, income = (np.array(column) for column in zip(*people, strict=True))
    found = erreygers_index(unmet, income)
    assert erreygers_index(1 - unmet, income) == pytest.approx(-found, abs=1e-9)
    assert -1 - 1e-9 <= found <= 1 + 1e-9
    stretched = erreygers_index(low + 3 * unmet, income, low=low, high=low + 3)
    assert stretched == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "where", "found"),
    [
        (lambda: gini([1.0, -2.0]), "values", "found -2"),
        (lambda: theil([1.0, math.nan]), "values", "found nan"),
        (lambda: palma([1.0, 2.0], [1.0, -1.0]), "weights", "found -1"),
        (lambda: gini([[1.0, 2.0]]), "values and weights", "have the shapes (1, 2) and (1, 2)"),
        (lambda: gini([1.0, 2.0], [1.0]), "values and weights", "have the shapes (2,) and (1,)"),
        (lambda: theil_between([1.0, 2.0], ["a"]), "groups", "has the shape (1,)"),
        (lambda: concentration_index([1.0], [1, 2]), "rank", "has the shape (2,)"),
        (lambda: erreygers_index([1.5], [1]), "values", "do not lie in the bounds 0 to 1"),
        (lambda: kolm_pollak_ede([1.0], -1.0), "kappa", "found -1"),
        (lambda: kolm_pollak_ede([1.0], math.inf), "kappa", "found inf"),
    ],
)
def test_what_has_no_meaning_is_refused(call: Callable[[], float], where: str, found: str) -> None:
    with pytest.raises(InputError) as told:
        call()
    assert told.value.where == where
    assert told.value.found == found
    assert told.value.expected


def test_the_cases_with_known_answers(shared: Path) -> None:
    cases = json.loads((shared / "cases" / "cases.json").read_text())
    listed = [one for one in cases["cases"] if one["model"] == "gini_sample"]
    assert listed
    for case in listed:
        values, weights = case["inputs"]["x"], case["inputs"].get("w")
        assert gini(values, weights) == pytest.approx(case["expected"]["gini"], rel=1e-9)
        assert theil(values, weights) == pytest.approx(case["expected"]["theil_T"], rel=1e-9)
