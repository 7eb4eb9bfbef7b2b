"""The Poisson cloud of needs: right rates, nested under higher rates, blind to storage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from twin.engine.demand import blocks_of
from twin.kernels.demand import Blocks, draw_needs, new_scratch
from twin.kernels.strips import N_GUIDES, poisson_cdf, strips_up_to
from twin.streams import HIGHEST_RATE, N_STRIPS
from twin.units import DAY_US, HOUR_US

N = 3_000
FLAT = np.ones(24)
GROUP = (np.arange(N) % 2).astype(np.uint16)


def needs(rate, *, hour=FLAT, day=0, seed=7, group=GROUP, uid=None, service_uid=99, reach=12.0):
    """Return the set of (resident uid, time, slot) of one day."""
    uids = np.arange(group.size, dtype=np.uint32) if uid is None else uid
    time = np.empty(200_000, dtype=np.int64)
    row = np.empty(200_000, dtype=np.int32)
    slot = np.empty(200_000, dtype=np.int32)
    factor = np.asarray(hour, dtype=np.float64)
    rates = np.asarray(rate, dtype=np.float64)
    n = draw_needs(
        time, row, slot, new_scratch(), blocks_of(uids), group, rates,
        factor, strips_up_to(reach), day, service_uid, seed, 0,
    )  # fmt: skip
    assert n <= time.size
    return {
        (int(uids[r]), int(t), int(s)) for r, t, s in zip(row[:n], time[:n], slot[:n], strict=True)
    }


@pytest.mark.parametrize("mean", [2.0**-10, 0.3, 1.0, 16.0, 700.0, 16_384.0])
def test_cdf_is_that_of_the_poisson_distribution(mean):
    cdf = poisson_cdf(mean)
    np.testing.assert_allclose(cdf, stats.poisson(mean).cdf(np.arange(cdf.size)), atol=1e-13)
    assert cdf[-1] == 1.0


def test_strips_double_and_end():
    strips = strips_up_to(HIGHEST_RATE)
    assert strips.edge.size == N_STRIPS + 1
    assert strips.edge[-1] == HIGHEST_RATE
    np.testing.assert_array_equal(strips.edge[2:], 2 * strips.edge[1:-1])
    assert np.diff(strips.cdf_start).max() < 2**15
    with pytest.raises(ValueError, match="strips end at 32"):
        strips_up_to(HIGHEST_RATE * 1.01)


def test_guides_begin_where_no_smaller_count_can_be():
    strips = strips_up_to(2.0)
    for strip in range(strips.edge.size - 1):
        cdf = strips.cdf[strips.cdf_start[strip] : strips.cdf_start[strip + 1]]
        for j in (0, 1, 100, N_GUIDES - 1):
            assert strips.guide[strip, j] == np.searchsorted(cdf, j / N_GUIDES, side="left")


def test_strips_that_nobody_reaches_change_nothing():
    assert needs([0.05, 0.2], reach=0.3) == needs([0.05, 0.2], reach=30.0)


@pytest.mark.parametrize("rate", [0.0002, 0.003, 0.04, 0.7, 6.0])
def test_counts_are_right_over_four_orders_of_magnitude(rate):
    n_days = max(3, min(400, round(30 / rate)))
    total = sum(len(needs([rate, rate], day=day)) for day in range(n_days))
    expected = rate * N * n_days
    assert abs(total - expected) < 4 * np.sqrt(expected)


def test_counts_follow_the_rates_of_the_groups():
    rate = [0.05, 0.2]
    totals = np.zeros(2)
    n_days = 60
    for day in range(n_days):
        uids = np.array([uid for uid, _, _ in needs(rate, day=day)])
        totals += np.bincount(uids % 2, minlength=2)
    expected = np.array(rate) * N / 2 * n_days
    assert np.all(np.abs(totals - expected) < 4 * np.sqrt(expected))


def test_daily_counts_have_the_variance_of_a_poisson():
    counts = [len(needs([0.1, 0.1], day=day)) for day in range(300)]
    dispersion = np.var(counts, ddof=1) / np.mean(counts)
    low, high = stats.chi2(299).ppf([0.0005, 0.9995]) / 299
    assert low < dispersion < high


def test_hours_thin_the_cloud():
    hour = np.zeros(24)
    hour[8] = 18.0
    hour[15] = 6.0
    found = needs([0.3, 0.3], hour=hour)
    hours = np.array([t // HOUR_US for _, t, _ in found])
    assert set(hours.tolist()) == {8, 15}
    assert stats.binomtest(int(np.sum(hours == 8)), hours.size, 0.75).pvalue > 1e-4


def test_times_are_uniform_within_the_day():
    times = [t for _, t, _ in needs([0.5, 0.5])]
    assert stats.kstest(np.array(times) / DAY_US, "uniform").pvalue > 1e-4


@settings(max_examples=25, deadline=None)
@given(
    low=st.floats(0.0, 0.2), more=st.floats(0.0, 0.3), seed=st.integers(0, 2**32 - 1),
    day=st.integers(0, 4095),
)  # fmt: skip
def test_raising_one_groups_rate_removes_nobodys_need(low, more, seed, day):
    before = needs([low, 0.1], seed=seed, day=day)
    after = needs([low + more, 0.1], seed=seed, day=day)
    assert before <= after
    assert all(uid % 2 == 0 for uid, _, _ in after - before)


def test_a_resident_keeps_its_needs_wherever_it_is_stored():
    order = np.random.default_rng(1).permutation(N)
    uid = np.arange(N, dtype=np.uint32)[order]
    assert needs([0.1, 0.2]) == needs([0.1, 0.2], group=GROUP[order], uid=uid)


def test_newcomers_change_nobody_elses_needs():
    uid = np.concatenate([np.arange(N), [2**31 + 5, 2**32 - 1]]).astype(np.uint32)
    group = np.concatenate([GROUP, [0, 1]]).astype(np.uint16)
    found = needs([0.1, 0.2], group=group, uid=uid)
    assert {need for need in found if need[0] < N} == needs([0.1, 0.2])


def test_streams_of_days_services_and_seeds_differ():
    base = {t for _, t, _ in needs([0.2, 0.2])}
    for other in (
        needs([0.2, 0.2], day=1),
        needs([0.2, 0.2], seed=8),
        needs([0.2, 0.2], service_uid=98),
    ):
        assert not base & {t % DAY_US for _, t, _ in other}


def test_a_full_output_is_counted_not_lost():
    group = np.zeros(1000, dtype=np.uint16)
    blocks = blocks_of(np.arange(1000, dtype=np.uint32))
    rate = np.array([0.1])

    def drawn(capacity):
        time = np.empty(capacity, dtype=np.int64)
        row = np.empty(capacity, dtype=np.int32)
        slot = np.empty(capacity, dtype=np.int32)
        n = draw_needs(
            time, row, slot, new_scratch(), blocks, group, rate, FLAT, strips_up_to(1.0),
            0, 99, 7, 0,
        )  # fmt: skip
        return n, time

    n, few = drawn(3)
    assert n > 3
    again, everything = drawn(n)
    assert again == n
    np.testing.assert_array_equal(everything[:3], few)


def test_rows_in_uid_order_need_no_table():
    blocks = blocks_of(np.arange(2500, dtype=np.uint32))
    assert blocks.first_row.tolist() == [0, 1024, 2048]
    assert blocks.n_members.tolist() == [1024, 1024, 452]
    shuffled = blocks_of(np.random.default_rng(2).permutation(2500).astype(np.uint32))
    assert set(shuffled.first_row.tolist()) == {-1}
    assert isinstance(shuffled, Blocks)
    assert np.sum(shuffled.row_of >= 0) == 2500


def test_rate_zero_needs_nothing():
    assert needs([0.0, 0.0]) == set()
