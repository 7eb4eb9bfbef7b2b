"""Weights of lists: entropy balancing, hard and soft, and proportional updating."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twin.population.fitting.entropy import balance_list
from twin.population.fitting.ipu import update_list

SOME = arrays(np.float64, (3, 12), elements=st.sampled_from([0.0, 1.0, 1.0, 2.0]))
WEIGHTS = arrays(np.float64, 12, elements=st.floats(0.2, 20.0))


@settings(max_examples=60)
@given(incidence=SOME, first=WEIGHTS, wanted=WEIGHTS)
def test_feasible_controls_are_met_and_the_weights_are_of_exponential_form(
    incidence, first, wanted
):
    assume((incidence.sum(axis=1) > 0).all())
    controls = incidence @ wanted
    fit = balance_list(incidence, controls, first)
    assert incidence @ fit.weight == pytest.approx(controls, rel=1e-6)
    # Kuhn-Tucker: log(w / w0) lies in the span of the controls.
    log_ratio = np.log(fit.weight / first)
    inside = np.linalg.lstsq(incidence.T, log_ratio, rcond=None)[0] @ incidence
    assert log_ratio == pytest.approx(inside, abs=1e-5)


def test_a_null_control_changes_nothing():
    rng = np.random.default_rng(1)
    incidence = rng.integers(0, 3, (3, 20)).astype(float)
    first = rng.uniform(1.0, 5.0, 20)
    fit = balance_list(incidence, incidence @ first, first)
    assert fit.n_steps == 0
    assert np.array_equal(fit.weight, first)


def test_controls_that_conflict_end_between_and_nearer_to_the_harder():
    incidence = np.ones((2, 4))
    first = np.ones(4)
    controls = np.array([100.0, 120.0])
    even = balance_list(incidence, controls, first, hardness=np.array([1e6, 1e6]))
    assert even.is_converged
    assert 108.0 < even.weight.sum() < 112.0
    sums = [
        balance_list(incidence, controls, first, hardness=np.array([1e6, h])).weight.sum()
        for h in (1e5, 1e6, 1e7)
    ]
    assert 100.0 < sums[0] < sums[1] < sums[2] < 120.0


def test_first_weights_of_zero_and_controls_of_zero_stay_zero():
    incidence = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    for fit in (balance_list, update_list):
        found = fit(incidence, np.array([5.0, 0.0]), np.array([2.0, 1.0, 0.0]))
        assert found.weight.tolist() == [5.0, 0.0, 0.0]


def test_a_control_that_nothing_adds_to_leaves_the_others_met():
    incidence = np.array([[1.0, 1.0], [0.0, 0.0]])
    for fit in (balance_list, update_list):
        found = fit(incidence, np.array([6.0, 3.0]), np.array([1.0, 2.0]))
        assert found.weight == pytest.approx([2.0, 4.0])
        assert found.worst == pytest.approx(0.5)


def test_updating_meets_households_and_persons():
    # Ye et al. (2009), table 1: eight households, two of their kinds, three of persons.
    incidence = np.array(
        [
            [1, 1, 1, 0, 0, 0, 0, 0],
            [0, 0, 0, 1, 1, 1, 1, 1],
            [1, 1, 2, 1, 0, 1, 2, 1],
            [1, 0, 1, 0, 2, 1, 1, 1],
            [1, 1, 0, 2, 1, 0, 2, 0],
        ],
        dtype=float,
    )
    controls = np.array([35.0, 65.0, 91.0, 65.0, 104.0])
    found = update_list(incidence, controls, np.ones(8))
    assert incidence @ found.weight == pytest.approx(controls, rel=1e-6)
    # The paper's final weights.
    paper = [1.36, 25.66, 7.98, 27.79, 18.45, 8.64, 1.47, 8.64]
    assert found.weight == pytest.approx(paper, abs=0.02)


def test_updating_that_circles_ends():
    found = update_list(np.ones((2, 3)), np.array([10.0, 30.0]), np.ones(3))
    assert not found.is_converged
    assert 10.0 <= found.weight.sum() <= 30.0 + 1e-9
