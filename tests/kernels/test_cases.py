from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.kernels.stations import kiefer_wolfowitz, served
from twin.kernels.arrivals import Streams, draw_arrivals
from twin.kernels.cases import draw_requirements

_FOREVER = 1 << 62

_customers = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60)), min_size=1, max_size=40)


def _steady(gap_us: float) -> Streams:
    return Streams(
        np.array([0, 1], dtype=np.int64), np.zeros(1, dtype=np.int64), np.array([gap_us])
    )


def _columns(customers: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    gaps, services = zip(*customers, strict=True)
    return list(np.cumsum(gaps)), list(services)


def test_gaps_are_exponential() -> None:
    arrival = np.zeros(100_000, dtype=np.int64)
    assert draw_arrivals(arrival, _steady(2e8), _FOREVER, 3, 11, 12) == arrival.size
    gaps = np.diff(arrival, prepend=0) / 2e8
    assert stats.kstest(gaps, "expon").pvalue > 1e-3
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 0.015


def test_nobody_arrives_after_the_end() -> None:
    arrival = np.full(2_000, -1, dtype=np.int64)
    n = draw_arrivals(arrival, _steady(1e6), 1_000_000_000, 0, 1, 0)
    assert 800 < n < 1_200
    assert arrival[0] > 0
    assert arrival[n - 1] <= 1_000_000_000
    assert np.all(arrival[n:] == -1)


def test_a_customer_is_the_same_whatever_the_capacity_and_the_others() -> None:
    few = np.zeros(10, dtype=np.int64)
    many = np.zeros(1_000, dtype=np.int64)
    draw_arrivals(few, _steady(1e6), _FOREVER, 4, 1, 0)
    draw_arrivals(many, _steady(1e6), _FOREVER, 4, 1, 0)
    np.testing.assert_array_equal(few, many[:10])
    other = np.zeros(10, dtype=np.int64)
    draw_arrivals(other, _steady(1e6), _FOREVER, 5, 1, 0)
    assert not np.any(np.diff(other) == np.diff(few))


def test_arrivals_and_requirements_are_different_draws() -> None:
    gap = np.zeros(1_000, dtype=np.int64)
    service = np.zeros(1_000, dtype=np.int64)
    draw_arrivals(gap, _steady(1e6), _FOREVER, 0, 1, 0)
    draw_requirements(service, 1_000, 0, 1e6, 0.0, 0.0, 0, 1, 0)
    assert abs(np.corrcoef(np.diff(gap), service[1:])[0, 1]) < 0.1


@pytest.mark.parametrize(("gap", "service", "wait_step"), [(10, 10, 0), (10, 4, 0), (10, 13, 3)])
def test_a_clockwork_station_is_exact(gap: int, service: int, wait_step: int) -> None:
    arrivals = [gap * (i + 1) for i in range(500)]
    waits = served(arrivals, [service] * 500, 1) - np.array(arrivals)
    np.testing.assert_array_equal(waits, np.arange(500) * wait_step)


@settings(max_examples=200)
@given(_customers, st.integers(1, 5))
def test_starts_are_those_of_kiefer_and_wolfowitz(
    customers: list[tuple[int, int]], servers: int
) -> None:
    arrivals, services = _columns(customers)
    assert served(arrivals, services, servers).tolist() == kiefer_wolfowitz(
        arrivals, services, servers
    )


@settings(max_examples=200)
@given(_customers, st.integers(1, 4), st.integers(0, 4))
def test_a_finite_room_turns_the_right_people_away(
    customers: list[tuple[int, int]], servers: int, room: int
) -> None:
    arrivals, services = _columns(customers)
    assert served(arrivals, services, servers, room).tolist() == kiefer_wolfowitz(
        arrivals, services, servers, room
    )


@given(_customers, st.integers(1, 5))
def test_nobody_is_overtaken(customers: list[tuple[int, int]], servers: int) -> None:
    arrivals, services = _columns(customers)
    starts = served(arrivals, services, servers)
    assert np.all(np.diff(starts) >= 0)
    assert np.all(starts >= arrivals)


@settings(max_examples=200)
@given(_customers, st.integers(1, 4))
def test_doubling_servers_lengthens_nobody_s_wait(
    customers: list[tuple[int, int]], servers: int
) -> None:
    arrivals, services = _columns(customers)
    assert np.all(served(arrivals, services, 2 * servers) <= served(arrivals, services, servers))


@given(_customers, st.integers(1, 4))
def test_never_more_at_work_than_servers_and_none_idle_while_people_wait(
    customers: list[tuple[int, int]], servers: int
) -> None:
    arrivals, services = _columns(customers)
    starts = served(arrivals, services, servers)
    ends = starts + np.array(services)
    for now in [*starts.tolist(), *(starts - 1).tolist()]:
        n_busy = int(np.sum((starts <= now) & (now < ends)))
        n_waiting = int(np.sum((np.array(arrivals) <= now) & (now < starts)))
        assert n_busy <= servers
        assert n_waiting == 0 or n_busy == servers
