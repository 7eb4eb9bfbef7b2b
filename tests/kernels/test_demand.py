"""The Poisson cloud of needs: right rates, nested under higher rates, blind to storage."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from twin.kernels.demand import draw_needs, strip_cdf
from twin.streams import BLOCK_SIZE, STRIP_HEIGHT
from twin.units import DAY_US, HOUR_US

N = 3_000
FLAT = np.ones(24)
GROUP = (np.arange(N) % 2).astype(np.uint16)


def needs(rate, *, hour=FLAT, day=0, seed=7, group=GROUP, uid=None, service_uid=99):
    """Return the set of (resident uid, time, slot) of one day."""
    uids = np.arange(group.size, dtype=np.uint32) if uid is None else uid
    blocks, where = np.unique(uids >> np.uint32(10), return_inverse=True)
    row_of = np.full(blocks.size * BLOCK_SIZE, -1, dtype=np.int32)
    row_of[where * BLOCK_SIZE + (uids & np.uint32(1023))] = np.arange(uids.size)
    time = np.empty(200_000, dtype=np.int64)
    row = np.empty(200_000, dtype=np.int32)
    slot = np.empty(200_000, dtype=np.int32)
    factor = np.asarray(hour, dtype=np.float64)
    rates = np.asarray(rate, dtype=np.float64)
    n = draw_needs(
        time, row, slot, blocks.astype(np.uint32), row_of, group, rates,
        factor, strip_cdf(), day, service_uid, seed, 0,
    )  # fmt: skip
    assert n <= time.size
    return {
        (int(uids[r]), int(t), int(s)) for r, t, s in zip(row[:n], time[:n], slot[:n], strict=True)
    }


def test_cdf_is_that_of_the_poisson_distribution():
    expected = stats.poisson(BLOCK_SIZE * STRIP_HEIGHT).cdf(np.arange(256))
    np.testing.assert_allclose(strip_cdf(), expected, rtol=1e-12)


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
    row_of = np.full(BLOCK_SIZE, -1, dtype=np.int32)
    row_of[:1000] = np.arange(1000)
    group = np.zeros(1000, dtype=np.uint16)
    rate = np.array([0.1])
    blocks = np.zeros(1, dtype=np.uint32)

    def drawn(capacity):
        time = np.empty(capacity, dtype=np.int64)
        row = np.empty(capacity, dtype=np.int32)
        slot = np.empty(capacity, dtype=np.int32)
        n = draw_needs(
            time, row, slot, blocks, row_of, group, rate, FLAT, strip_cdf(), 0, 99, 7, 0
        )  # fmt: skip
        return n, time

    n, few = drawn(3)
    assert n > 3
    again, everything = drawn(n)
    assert again == n
    np.testing.assert_array_equal(everything[:3], few)


def test_rate_zero_needs_nothing():
    assert needs([0.0, 0.0]) == set()
