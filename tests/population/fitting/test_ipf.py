"""Iterative proportional fitting: margins, odds ratios, zeros."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twin.population.fitting.ipf import AxisMargin, fit_table

POSITIVE = st.floats(0.1, 50.0)


@given(
    seed=arrays(np.float64, (3, 4, 2), elements=POSITIVE),
    other=arrays(np.float64, (3, 4, 2), elements=POSITIVE),
)
def test_any_set_of_margins_of_a_table_is_met(seed, other):
    margins = [
        AxisMargin((0, 1), other.sum(axis=2)),
        AxisMargin((1, 2), other.sum(axis=0)),
        AxisMargin((0,), other.sum(axis=(1, 2))),
    ]
    fit = fit_table(seed, margins)
    assert fit.is_converged
    assert fit.table.sum(axis=2) == pytest.approx(margins[0].target, rel=1e-7)
    assert fit.table.sum(axis=0) == pytest.approx(margins[1].target, rel=1e-7)


def test_odds_ratios_of_the_seed_stay():
    seed = np.array([[40.0, 30.0], [35.0, 50.0]])
    fit = fit_table(
        seed,
        [AxisMargin((0,), np.array([100.0, 80.0])), AxisMargin((1,), np.array([90.0, 90.0]))],
    )
    odds = [t[0, 0] * t[1, 1] / (t[0, 1] * t[1, 0]) for t in (seed, fit.table)]
    assert odds[1] == pytest.approx(odds[0], rel=1e-9)


def test_zeros_of_the_seed_stay_and_conflicts_are_told():
    seed = np.array([[0.0, 1.0], [1.0, 1.0]])
    fit = fit_table(
        seed, [AxisMargin((0,), np.array([3.0, 7.0])), AxisMargin((1,), np.array([5.0, 5.0]))]
    )
    assert fit.is_converged
    assert fit.table[0, 0] == 0.0
    impossible = fit_table(
        seed, [AxisMargin((0,), np.array([9.0, 1.0])), AxisMargin((1,), np.array([5.0, 5.0]))]
    )
    assert not impossible.is_converged
    assert impossible.worst > 0.1


def test_no_margin_changes_nothing():
    seed = np.array([[1.0, 2.0]])
    assert np.array_equal(fit_table(seed, []).table, seed)
    fitted = fit_table(seed, [AxisMargin((0,), np.array([3.0]))])
    assert fitted.table == pytest.approx(seed)
