"""Day factors: mean 1, the spread and the memory that were asked for, addressed by date."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.kernels.day_factor import LAG_REST, fill_day_factors, n_lags
from twin.streams import DAY_FACTOR, DAY_FACTOR_CUT, pack_stream

N_DAYS = 40_000


def factors(cv=0.2, memory=0.0, *, n_days=N_DAYS, first=700_000, word3=5, seed=1):
    out = np.empty(n_days)
    sigma = math.sqrt(math.log1p(cv**2))
    scratch = np.empty(n_lags(memory) + n_days)
    fill_day_factors(out, scratch, first, memory, sigma, pack_stream(DAY_FACTOR), word3, seed, 0)
    return out


@pytest.mark.parametrize("cv", [0.05, 0.2, 1.0])
@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9])
def test_mean_spread_and_memory_are_as_asked(cv, memory):
    found = factors(cv, memory)
    # Memory leaves fewer independent days.
    n = N_DAYS * (1 - memory) / (1 + memory)
    sigma = math.sqrt(math.log1p(cv**2))
    assert abs(found.mean() - 1.0) < 4 * cv / math.sqrt(n)
    z = (np.log(found) + sigma**2 / 2) / sigma
    assert abs(z.std() - 1.0) < 4 / math.sqrt(2 * n)
    for lag in (1, 2, 5):
        got = np.corrcoef(z[:-lag], z[lag:])[0, 1]
        assert got == pytest.approx(memory**lag, abs=4 / math.sqrt(n))


@given(start=st.integers(0, 300), days=st.integers(1, 40), memory=st.sampled_from([0.0, 0.5, 0.95]))
def test_a_factor_belongs_to_its_date(start, days, memory):
    long = factors(memory=memory, n_days=341)
    part = factors(memory=memory, n_days=days, first=700_000 + start)
    np.testing.assert_array_equal(part, long[start : start + days])


def test_without_spread_every_factor_is_exactly_one():
    assert set(factors(0.0, 0.7, n_days=500).tolist()) == {1.0}


def test_services_and_seeds_differ_and_spread_scales_one_latent_normal():
    base = factors(n_days=200)
    for other in (factors(n_days=200, word3=6), factors(n_days=200, seed=2)):
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.3
    twice = factors(0.4, n_days=200)
    assert np.array_equal(np.argsort(base), np.argsort(twice))


@pytest.mark.parametrize("memory", [0.1, 0.5, 0.9, 0.99])
def test_what_is_forgotten_weighs_no_more_than_is_told(memory):
    assert n_lags(0.0) == 0
    lags = n_lags(memory)
    assert memory**lags <= LAG_REST * (1 + 1e-9) < memory ** (lags - 1)


def test_factors_are_bounded():
    sigma = math.sqrt(math.log1p(4.0))
    assert factors(2.0).max() <= math.exp(sigma * DAY_FACTOR_CUT - sigma**2 / 2)
