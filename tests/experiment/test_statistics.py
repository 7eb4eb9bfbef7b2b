"""Closed forms and published numbers of the paired statistics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from twin.experiment.statistics import (
    intervals,
    paired_t,
    seeds_needed,
    t_quantile,
    tost,
    tost_p,
    variance_reduction,
)

# Student (1908): hours of sleep gained under two drugs, as printed by R's `sleep`.
FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def test_students_sleep_data() -> None:
    found = paired_t(FIRST, SECOND)
    assert found.mean_diff == pytest.approx(-1.58)
    assert found.t == pytest.approx(-4.062127683382037, rel=1e-9)
    assert found.p == pytest.approx(0.002832890197384273, rel=1e-9)
    assert found.ci_low == pytest.approx(-2.4598858, abs=5e-8)
    assert found.ci_high == pytest.approx(-0.7001142, abs=5e-8)
    assert found.sd_diff == pytest.approx(1.2299954832798732, rel=1e-9)


def test_arms_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="equal length"):
        paired_t([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=">= 2"):
        paired_t([1.0], [2.0])


def test_equal_arms_have_no_t_and_a_point_as_interval() -> None:
    found = paired_t([1.0, 2.0], [1.0, 2.0])
    assert math.isnan(found.t)
    assert math.isnan(found.p)
    assert (found.ci_low, found.ci_high) == (0.0, 0.0)


def test_a_constant_difference_is_certain() -> None:
    found = paired_t([2.0, 3.0], [1.0, 2.0])
    assert found.t == math.inf
    assert found.p == 0.0


@pytest.mark.parametrize(
    ("df", "expected"), [(1, 12.706204736), (9, 2.262157163), (29, 2.045229642)]
)
def test_t_quantiles_of_the_printed_tables(df: int, expected: float) -> None:
    assert float(t_quantile(0.975, df)) == pytest.approx(expected, rel=1e-9)


def test_equivalence_is_the_90_percent_interval_within_the_margin() -> None:
    x, y = np.array(FIRST), np.array(SECOND)
    inner = paired_t(x, y, level=0.90)
    edge = max(abs(inner.ci_low), abs(inner.ci_high))
    assert tost(x, y, margin=edge * 1.001).is_equivalent
    assert not tost(x, y, margin=edge * 0.999).is_equivalent
    assert tost(x, y, margin=edge).p == pytest.approx(0.05)


def test_equal_arms_are_equivalent_at_any_margin() -> None:
    assert tost([1.0, 2.0], [1.0, 2.0], margin=1e-9).p == 0.0


@given(
    sd=st.floats(0.1, 100.0),
    half_width=st.floats(0.05, 50.0),
)
def test_seeds_needed_is_the_smallest_number(sd: float, half_width: float) -> None:
    n = seeds_needed(sd, half_width)
    if n is None:
        return

    def width(count: int) -> float:
        return float(t_quantile(0.975, count - 1)) * sd / math.sqrt(count)

    assert width(n) <= half_width
    assert n == 2 or width(n - 1) > half_width


def test_seeds_needed_gives_up_rather_than_answer_nonsense() -> None:
    assert seeds_needed(1e9, 1e-9) is None
    assert seeds_needed(math.nan, 1.0) is None
    assert seeds_needed(1.0, 0.0) is None


def test_common_random_numbers_of_two_exponentials() -> None:
    """Inverse transforms of one uniform: var of the difference 0.04 against 1.64."""
    n = 40_000
    uniform = (np.arange(n) + 0.5) / n
    slow, fast = -np.log1p(-uniform), -np.log1p(-uniform) / 1.25
    shuffled = fast[(np.arange(n) * 7919) % n]
    assert paired_t(slow, fast).mean_diff == pytest.approx(0.2, rel=1e-3)
    assert paired_t(slow, fast).sd_diff ** 2 == pytest.approx(0.04, rel=0.01)
    assert variance_reduction(slow, fast) == pytest.approx(1.64 / 0.04, rel=0.01)
    assert variance_reduction(slow, shuffled) == pytest.approx(1.0, rel=0.05)


def test_no_variance_has_no_reduction() -> None:
    assert variance_reduction([1.0, 2.0], [1.0, 2.0]) is None


def test_columns_with_gaps_use_the_seeds_they_have() -> None:
    values = np.array([[1.0, np.nan, np.nan], [2.0, 5.0, np.nan], [4.0, 7.0, np.nan]])
    found = intervals(values)
    assert found.n.tolist() == [3, 2, 0]
    assert found.mean[1] == 6.0
    assert math.isnan(found.mean[2])
    alone = paired_t([1.0, 2.0, 4.0], [0.0, 0.0, 0.0])
    assert (found.low[0], found.high[0]) == pytest.approx((alone.ci_low, alone.ci_high))


def test_one_seed_has_a_mean_and_no_interval() -> None:
    found = intervals(np.array([[3.0]]))
    assert found.mean[0] == 3.0
    assert math.isnan(found.low[0])


@pytest.mark.parametrize("n", [2, 3, 10, 30])
def test_against_scipy(n: int) -> None:
    draws = np.random.default_rng(n)  # an independent generator is the point
    for _ in range(20):
        x, y = draws.normal(3, 2, n), draws.normal(3.3, 1, n)
        found, expected = paired_t(x, y), stats.ttest_rel(x, y)
        limits = expected.confidence_interval(0.95)
        assert found.t == pytest.approx(expected.statistic)
        assert found.p == pytest.approx(expected.pvalue)
        assert (found.ci_low, found.ci_high) == pytest.approx((limits.low, limits.high))
        above = stats.ttest_1samp(x - y, -0.7, alternative="greater").pvalue
        below = stats.ttest_1samp(x - y, 0.7, alternative="less").pvalue
        assert tost(x, y, margin=0.7).p == pytest.approx(max(above, below))
        arms = x.var(ddof=1) + y.var(ddof=1)
        assert variance_reduction(x, y) == pytest.approx(arms / (x - y).var(ddof=1))


@given(mean=st.floats(-3, 3), sd=st.floats(0.01, 3), n=st.integers(2, 40), margin=st.floats(0.1, 3))
def test_undecided_always_asks_for_more_seeds(
    mean: float, sd: float, n: int, margin: float
) -> None:
    half = float(t_quantile(0.975, n - 1)) * sd / math.sqrt(n)
    needed = seeds_needed(sd, margin / 2)
    assert needed is not None
    is_undecided = abs(mean) <= half and tost_p(mean, sd / math.sqrt(n), n=n, margin=margin) >= 0.05
    assert not is_undecided or needed > n
