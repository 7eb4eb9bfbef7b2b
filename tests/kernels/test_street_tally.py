"""Streets are counted in the hour in which they are entered."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.kernels.street_tally import tally_streets
from twin.units import HOUR_US

EDGE_MS = np.array([600_000, 1_200_000, 1, 3_600_000], dtype=np.int32)
ROUTES = [[0, 1, 3], [], [2], [1, 2, 0]]
START = np.concatenate([[0], np.cumsum([len(route) for route in ROUTES])]).astype(np.int64)
EDGES = np.array([edge for route in ROUTES for edge in route], dtype=np.int32)


def flows(route, enter_us, *, first_hour=0, n_hours=4):
    flow = np.zeros((EDGE_MS.size, n_hours), np.int32)
    tally_streets(
        flow, np.asarray(route, np.int64), np.asarray(enter_us, np.int64), START, EDGES, EDGE_MS,
        first_hour,
    )  # fmt: skip
    return flow


def test_a_trip_over_the_hour():
    # 00:55 enters street 0, 01:05 street 1, 01:25 street 3.
    flow = flows([0], [55 * 60_000_000])
    assert np.argwhere(flow).tolist() == [[0, 0], [1, 1], [3, 1]]


def test_the_full_hour_belongs_to_the_hour_that_begins():
    assert np.argwhere(flows([2, 2], [HOUR_US - 1, HOUR_US])).tolist() == [[2, 0], [2, 1]]


def test_a_trip_without_streets_and_hours_outside_the_columns():
    assert not flows([1, 1], [0, HOUR_US]).any()
    assert not flows([2, 2], [0, 7 * HOUR_US], first_hour=1).any()


@settings(max_examples=40, deadline=None)
@given(
    trips=st.lists(
        st.tuples(st.integers(0, len(ROUTES) - 1), st.integers(0, 3 * HOUR_US)), max_size=20
    )
)
def test_counts_are_those_of_a_plain_loop(trips):
    expected = np.zeros((EDGE_MS.size, 6), np.int32)
    for route, begin in trips:
        now = begin
        for edge in ROUTES[route]:
            if now // HOUR_US < 6:
                expected[edge, now // HOUR_US] += 1
            now += int(EDGE_MS[edge]) * 1000
    flow = flows([t[0] for t in trips], [t[1] for t in trips], n_hours=6)
    np.testing.assert_array_equal(flow, expected)
