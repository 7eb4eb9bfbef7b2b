from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kernels.stations import served
from twin.kernels import tally
from twin.parts.queue_result import wait_quantiles


@given(st.integers(0, 2**61))
def test_a_wait_lies_in_its_bin(wait: int) -> None:
    low, width = tally.wait_bin_edges()
    b = tally.wait_bin(wait)
    # Above 2**53 a float cannot tell the last wait of an octave from the next.
    assert low[b] <= wait <= low[b] + width[b] - 1
    assert width[b] <= max(1, wait / 256)


def test_bins_leave_no_gap() -> None:
    low, width = tally.wait_bin_edges()
    np.testing.assert_array_equal(low[:-1] + width[:-1], low[1:])
    assert low[0] == 0
    assert low[-1] > 2**62


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 60)), min_size=1, max_size=30),
    st.integers(1, 3),
    st.integers(-1, 3),
    st.integers(0, 200),
    st.integers(1, 500),
)
def test_tallies_are_what_a_look_at_every_instant_says(
    customers: list[tuple[int, int]], servers: int, room: int, begin: int, length: int
) -> None:
    arrival = np.cumsum([gap for gap, _ in customers]).astype(np.int64)
    service = np.array([need for _, need in customers], dtype=np.int64)
    start = served(arrival.tolist(), service.tolist(), servers, room)
    end = begin + length
    out = np.full(tally.N_TALLIES, np.nan)
    tally.tally_window(out, arrival, service, start, arrival.size, begin, end)

    instants = np.arange(begin, end)[:, None]
    is_in = start >= 0
    waits = (is_in & (arrival <= instants) & (instants < start)).sum(axis=1)
    works = (is_in & (start <= instants) & (instants < start + service)).sum(axis=1)
    assert out[tally.QUEUE_TIME] == waits.sum()
    assert out[tally.BUSY_TIME] == works.sum()
    assert out[tally.EMPTY_TIME] == (waits + works == 0).sum()
    assert out[tally.WINDOW_TIME] == length

    is_counted = (begin <= arrival) & (arrival <= end)
    assert out[tally.N_ARRIVED] == is_counted.sum()
    assert out[tally.N_BLOCKED] == (is_counted & ~is_in).sum()
    assert out[tally.N_DELAYED] == (is_counted & (start > arrival)).sum()
    assert out[tally.SUM_WAIT] == (start - arrival)[is_counted & is_in].sum()
    assert out[tally.N_ARRIVED] == (
        out[tally.N_BLOCKED] + out[tally.N_SERVED] + out[tally.N_IN_SYSTEM]
    )


def test_quantiles_are_within_a_bin_of_the_exact_ones() -> None:
    number = np.arange(1, 200_001, dtype=np.int64)
    arrival = np.zeros(number.size, dtype=np.int64)
    start = (number * number) // 1000
    n_in_bin = np.zeros((1, tally.N_WAIT_BINS), dtype=np.int64)
    n_longer = np.zeros(1, dtype=np.int64)
    threshold = start[50_000:50_001].copy()
    tally.count_waits(n_in_bin[0], n_longer, threshold, arrival, start, number.size, 0, 10)
    probabilities = (0.1, 0.5, 0.9, 0.999)
    exact = np.quantile(start, probabilities)
    np.testing.assert_allclose(wait_quantiles(n_in_bin, probabilities)[0], exact, rtol=1e-4)
    assert n_longer[0] == np.sum(start > threshold) == np.sum(start >= threshold) - 1


def test_no_waits_have_no_quantile() -> None:
    empty = np.zeros((2, tally.N_WAIT_BINS), dtype=np.int64)
    assert np.all(np.isnan(wait_quantiles(empty, (0.5,))))


@pytest.mark.parametrize(("wait", "expected"), [(0, 0), (255, 255), (511, 511), (512, 512)])
def test_short_waits_have_bins_of_their_own(wait: int, expected: int) -> None:
    assert tally.wait_bin(wait) == expected
