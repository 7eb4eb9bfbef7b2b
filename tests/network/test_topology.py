"""The pieces that need no map: lengths, the curve, runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.network.topology import Chains, chains_of_runs, cut, haversine_nm, morton

NM_PER_M = 1e9


def test_a_degree_on_the_equator() -> None:
    length = haversine_nm(np.array([0, 10_000_000], np.int32), np.array([0, 0], np.int32))
    assert length[0] / NM_PER_M == pytest.approx(6_371_009 * np.pi / 180, abs=1e-6)


def test_half_way_round_the_earth() -> None:
    length = haversine_nm(
        np.array([-900_000_000, 900_000_000], np.int32), np.array([0, 0], np.int32)
    )
    assert length[0] / NM_PER_M == pytest.approx(6_371_009 * np.pi, rel=1e-9)


places = st.tuples(
    st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000)
)


@given(st.lists(places, min_size=2, max_size=2))
def test_length_is_symmetric(two: list[tuple[int, int]]) -> None:
    lon = np.array([place[0] for place in two], np.int32)
    lat = np.array([place[1] for place in two], np.int32)
    assert haversine_nm(lon, lat)[0] == haversine_nm(lon[::-1], lat[::-1])[0]


@given(st.lists(places, min_size=2, max_size=20, unique=True))
def test_the_curve_tells_all_places_apart(found: list[tuple[int, int]]) -> None:
    lon = np.array([place[0] for place in found], np.int32)
    lat = np.array([place[1] for place in found], np.int32)
    assert len(set(morton(lon, lat).tolist())) == len(found)


def test_the_curve_interleaves_bits() -> None:
    zero = -(1 << 31)
    codes = morton(
        np.array([zero + 1, zero, zero + 3], np.int32),
        np.array([zero, zero + 1, zero + 3], np.int32),
    )
    assert codes.tolist() == [1, 2, 15]


def test_runs_lose_repeats_and_short_ones_vanish() -> None:
    chains = chains_of_runs(
        np.array([1, 1, 2, 2, 5, 5, 3, 4]), np.array([0, 0, 0, 0, 1, 1, 2, 2]), np.array([7, 8, 9])
    )
    assert chains.node.tolist() == [1, 2, 3, 4]
    assert chains.start.tolist() == [0, 2, 4]
    assert chains.way.tolist() == [7, 9]


def test_a_way_that_crosses_itself_is_cut_at_the_crossing() -> None:
    eight = Chains(np.array([0, 1, 2, 3, 1, 4]), np.array([0, 6]), np.array([0]))
    pieces = cut(eight, 5)
    found = [
        pieces.node[a : b + 1].tolist() for a, b in zip(pieces.first, pieces.last, strict=True)
    ]
    assert found == [[0, 1], [1, 2, 3, 1], [1, 4]]


def test_every_step_of_every_way_is_in_exactly_one_piece() -> None:
    node = np.array([0, 1, 2, 3, 4, 5, 2, 6, 7, 8, 6])
    chains = Chains(node, np.array([0, 5, 7, 11]), np.array([0, 1, 2]))
    pieces = cut(chains, 9)
    steps = [
        tuple(pieces.node[i : i + 2].tolist())
        for a, b in zip(pieces.first, pieces.last, strict=True)
        for i in range(a, b)
    ]
    wanted = [(0, 1), (1, 2), (2, 3), (3, 4), (5, 2), (6, 7), (7, 8), (8, 6)]
    assert sorted(steps) == sorted(wanted)
