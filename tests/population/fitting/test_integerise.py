"""Whole numbers: less than one from the weights, zeros empty, draws addressed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twin.population.fitting.integerise import by_item, settled, truncate_replicate_sample
from twin.population.fitting.targets import apportioned

WEIGHTS = arrays(np.float64, st.integers(1, 40), elements=st.floats(0.0, 9.0))


@given(weight=WEIGHTS, seed=st.integers(0, 2**64 - 1), place=st.integers(0, 2**32 - 1))
def test_each_is_less_than_one_from_its_weight_and_the_sum_is_rounded(weight, seed, place):
    count = truncate_replicate_sample(weight, seed=seed, place=place)
    assert np.abs(count - weight).max() < 1.0 + 1e-6
    assert (count[weight == 0.0] == 0).all()
    assert count.sum() == pytest.approx(weight.sum(), abs=0.51)


def test_same_address_same_draw_and_mean_counts_are_the_weights():
    weight = np.array([0.2, 0.8, 1.5, 0.0, 2.5])
    draws = np.array([truncate_replicate_sample(weight, seed=3, place=p) for p in range(4000)])
    again = truncate_replicate_sample(weight, seed=3, place=17)
    assert np.array_equal(draws[17], again)
    assert draws.mean(axis=0) == pytest.approx(weight, abs=0.03)
    assert (draws.sum(axis=1) == 5).all()


def test_settling_betters_the_sums_within_the_rounding():
    rng = np.random.default_rng(2)
    weight = rng.uniform(0.0, 3.0, 300)
    weight[:20] = 0.0
    incidence = (rng.uniform(size=(12, 300)) < 0.4).astype(float)
    count = truncate_replicate_sample(weight, seed=1)
    better = settled(count, weight, by_item(incidence), incidence @ weight)
    miss = [np.abs(incidence @ (c - weight)).max() for c in (count, better)]
    assert miss[1] <= 1.0 < miss[0]
    assert better.sum() == count.sum()
    assert np.abs(better - weight).max() < 1.0
    assert (better[:20] == 0).all()


@given(weight=arrays(np.float64, 15, elements=st.floats(0.0, 4.0)), seed=st.integers(0, 99))
def test_settling_never_makes_the_squared_miss_worse(weight, seed):
    incidence = np.random.default_rng(seed).integers(0, 3, (4, 15)).astype(float)
    count = truncate_replicate_sample(weight, seed=seed)
    better = settled(count, weight, by_item(incidence), incidence @ weight, may_alone=True)
    before, after = (((incidence @ (c - weight)) ** 2).sum() for c in (count, better))
    assert after <= before + 1e-9


@given(
    wanted=arrays(np.float64, 9, elements=st.floats(0.0, 100.0)),
)
def test_largest_remainders_sum_to_the_total(wanted):
    total = round(float(wanted.sum()))
    whole = apportioned(wanted, total)
    assert abs(int(whole.sum()) - total) <= 0 or wanted.sum() - np.floor(wanted).sum() < 0.5
    assert np.abs(whole - wanted).max() <= 1.0
