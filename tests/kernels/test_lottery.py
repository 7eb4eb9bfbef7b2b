"""Lists of schools and lots, against a slow telling of the same."""

from __future__ import annotations

import numpy as np
import pytest

from twin.kernels.lottery import draw_lots, list_schools

N, M = 3_000, 6
UID = np.arange(100, 100 + N, dtype=np.uint32)
SCHOOL = np.array([5, 4, 9, 1, 7, 3], dtype=np.uint32)


def lists(length=M, *, quality=None, may=None, time_ms=None, loss=0.0, cutoff=10**8, taste=1.0):
    listed = np.full((N, length), -1, dtype=np.int32)
    n_listed = np.empty(N, dtype=np.int64)
    time_ms = np.zeros((M, 1), dtype=np.int32) if time_ms is None else time_ms
    may = np.ones((N, M), dtype=np.bool_) if may is None else may
    quality = np.zeros(M) if quality is None else quality
    home = np.zeros(N, dtype=np.int32)
    list_schools(
        listed, np.empty(length), n_listed, UID, home, may, time_ms, quality, SCHOOL,
        loss, cutoff, taste, 7, 0,
    )  # fmt: skip
    return listed, n_listed


def test_a_short_list_is_the_beginning_of_a_long_one():
    whole, n = lists()
    assert (n == M).all()
    assert (np.sort(whole, axis=1) == np.arange(M)).all()
    for length in (1, 2, 4):
        short, k = lists(length)
        assert (k == length).all()
        assert (short == whole[:, :length]).all()


def test_what_may_not_be_listed_is_left_out_and_nothing_else_moves():
    whole, _ = lists()
    may = np.ones((N, M), dtype=np.bool_)
    may[:, 2] = False
    time_ms = np.array([[0], [0], [0], [-1], [11], [0]], dtype=np.int32)
    found, n = lists(may=may, time_ms=time_ms, cutoff=10)
    assert (n == M - 3).all()
    kept = whole[~np.isin(whole, [2, 3, 4])].reshape(N, M - 3)
    assert (found[:, : M - 3] == kept).all()


def test_first_places_are_a_logit():
    """Gumbel tastes: shares of first places are those of McFadden (1974)."""
    quality = np.array([0.0, 0.5, 1.0, -0.5, 0.0, 0.2])
    time_ms = np.array([[0], [600], [1_200], [0], [300], [0]], dtype=np.int32)
    first = lists(1, quality=quality, time_ms=time_ms, loss=0.001)[0][:, 0]
    utility = quality - 0.001 * time_ms[:, 0]
    share = np.exp(utility) / np.exp(utility).sum()
    assert np.bincount(first, minlength=M) / N == pytest.approx(share, abs=0.03)


def test_without_taste_the_best_comes_first_and_ties_go_to_the_smaller_uid():
    found, _ = lists(taste=0.0)
    assert (found == np.argsort(SCHOOL)).all()
    found, _ = lists(taste=0.0, quality=np.array([0.0, 0.0, 9.0, 0.0, 0.0, 0.0]))
    assert (found[:, 0] == 2).all()


def test_lots_belong_to_child_school_and_round():
    def lots(round_uid=1, school=0, seed=3):
        lot = np.empty(N, dtype=np.uint64)
        draw_lots(lot, UID, np.full(N, school, dtype=np.uint32), round_uid, seed, 0)
        return lot

    one = lots()
    assert (one == lots()).all()
    assert one.max() < 2**32
    assert one.mean() / 2**32 == pytest.approx(0.5, abs=0.03)
    for other in (lots(round_uid=2), lots(school=4), lots(seed=4)):
        assert (one != other).mean() > 0.999
