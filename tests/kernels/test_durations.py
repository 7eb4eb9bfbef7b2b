from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats

from twin.kernels.cases import draw_requirements
from twin.kernels.durations import (
    BALANCED,
    DETERMINISTIC,
    EXPONENTIAL,
    GAMMA,
    HYPEREXPONENTIAL,
    LOGNORMAL,
    balanced_share,
    draw_duration,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_N = 200_000
_MEAN_US = 3e8


def _sample(
    distribution: int, cv: float, *, n: int = _N, seed: int = 5, share: float = BALANCED
) -> NDArray[np.float64]:
    out = np.zeros(n, dtype=np.int64)
    draw_requirements(out, n, distribution, _MEAN_US, cv, share, 0, seed, 0)
    return out / _MEAN_US


def _law(distribution: int, cv: float) -> stats.rv_continuous:
    if distribution == EXPONENTIAL:
        return stats.expon()
    if distribution == GAMMA:
        return stats.gamma(1.0 / cv**2, scale=cv**2)
    sigma = math.sqrt(math.log1p(cv * cv))
    return stats.lognorm(sigma, scale=math.exp(-0.5 * sigma * sigma))


_LAWS = [
    (EXPONENTIAL, 1.0),
    (LOGNORMAL, 0.3),
    (LOGNORMAL, 1.5),
    (GAMMA, 0.2),
    (GAMMA, 0.5),
    (GAMMA, 1.0),
    (GAMMA, 1.8),
]


@pytest.mark.parametrize(("distribution", "cv"), _LAWS)
def test_durations_follow_their_law(distribution: int, cv: float) -> None:
    sample = _sample(distribution, cv)
    assert stats.kstest(sample, _law(distribution, cv).cdf).pvalue > 1e-3
    assert sample.min() >= 0.0


@pytest.mark.parametrize(("distribution", "cv"), _LAWS)
def test_mean_and_coefficient_of_variation_are_as_asked(distribution: int, cv: float) -> None:
    sample = _sample(distribution, cv)
    kurtosis = float(_law(distribution, cv).stats(moments="k"))
    assert sample.mean() == pytest.approx(1.0, abs=4.0 * cv / math.sqrt(_N))
    error = cv * math.sqrt((kurtosis + 2.0) / (4.0 * _N))
    assert sample.std() == pytest.approx(cv, abs=5.0 * error)


def test_one_length_for_all_where_nothing_varies() -> None:
    assert np.all(_sample(DETERMINISTIC, 0.0, n=1000) == 1.0)


@pytest.mark.parametrize("distribution", [EXPONENTIAL, LOGNORMAL, GAMMA])
def test_neighbours_and_seeds_share_nothing(distribution: int) -> None:
    sample = _sample(distribution, 0.7, n=50_000)
    other = _sample(distribution, 0.7, n=50_000, seed=6)
    limit = 4.0 / math.sqrt(50_000)
    assert abs(stats.spearmanr(sample[1:], sample[:-1]).statistic) < limit
    assert abs(stats.spearmanr(sample, other).statistic) < limit


@pytest.mark.parametrize("distribution", [EXPONENTIAL, LOGNORMAL, GAMMA, HYPEREXPONENTIAL])
def test_the_mean_scales_a_duration_and_moves_no_draw(distribution: int) -> None:
    address = [np.uint64(word) for word in (17, 3, 33 << 16, 9, 1, 2)]
    cv = 1.4 if distribution == HYPEREXPONENTIAL else 0.8
    one = draw_duration(distribution, 1.0, cv, BALANCED, *address)
    assert draw_duration(distribution, 60.0, cv, BALANCED, *address) == pytest.approx(
        60.0 * one, rel=1e-14
    )
    assert draw_duration(distribution, 1.0, cv, BALANCED, *address) == one


@pytest.mark.parametrize(
    ("cv", "share"), [(1.2, BALANCED), (2.0, BALANCED), (2.0, 0.9), (1.5, 0.4)]
)
def test_a_mixture_has_the_mean_and_the_variation_asked_for(cv: float, share: float) -> None:
    p = balanced_share(cv) if share == BALANCED else share
    spread = math.sqrt(0.5 * (cv * cv - 1.0))
    short = 1.0 - math.sqrt((1.0 - p) / p) * spread
    long = 1.0 + math.sqrt(p / (1.0 - p)) * spread
    if share == BALANCED:
        assert p * short == pytest.approx((1.0 - p) * long)

    def cdf(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1.0 - p * np.exp(-x / short) - (1.0 - p) * np.exp(-x / long)

    sample = _sample(HYPEREXPONENTIAL, cv, share=share)
    assert stats.kstest(sample, cdf).pvalue > 1e-3
    assert sample.mean() == pytest.approx(1.0, abs=4.0 * cv / math.sqrt(_N))
    assert sample.std() == pytest.approx(cv, rel=0.05)
