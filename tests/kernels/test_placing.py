"""Places that residents frequent: a logit over all of them, stable when one is added."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from twin.kernels.placing import Near, choose_school, draw_candidate, fill_nearness, keep_better

N = 40_000
UID = np.arange(N, dtype=np.uint32)
MS_PER_MIN = 60_000
KIND = 16


def near_of(weight, crow_minutes, loss_per_min):
    """Return places each in a cell of its own, as far from the one origin as the crow flies."""
    n, mps = len(weight), 1.0
    middles = np.stack([np.array(crow_minutes) * 60.0, np.zeros(n)], axis=1)
    ends, crow_ms = np.empty((1, n)), np.empty((1, n))
    weights = np.asarray(weight, dtype=np.float64)
    fill_nearness(ends, crow_ms, np.zeros((1, 2)), middles, weights, mps, loss_per_min / MS_PER_MIN)
    start = np.arange(n + 1, dtype=np.int64)
    return Near(np.zeros(1, np.int32), ends, crow_ms, start, np.cumsum(weights))


def chosen_among(
    weight, minutes, *, n_candidates, loss_per_min, uid=UID, seed=5, crow_minutes=None
):
    """Return the place of each resident, all of whom are as far from each place."""
    crow = [0.0] * len(weight) if crow_minutes is None else crow_minutes
    near = near_of(weight, crow, loss_per_min)
    time_ms = np.array([m if m < 0 else m * MS_PER_MIN for m in minutes], dtype=np.int32)
    chosen, best = np.full(uid.size, -1, np.int32), np.zeros(uid.size)
    place, crow_ms = np.empty(uid.size, np.int32), np.empty(uid.size)
    home = np.zeros(uid.size, np.int32)
    for candidate in range(n_candidates):
        draw_candidate(place, crow_ms, uid, home, near, candidate, KIND, seed, 0)
        keep_better(
            chosen, best, place, time_ms[place], crow_ms, uid, loss_per_min / MS_PER_MIN,
            candidate, KIND, seed, 0,
        )  # fmt: skip
    return chosen


def test_candidates_come_in_proportion_to_weight_and_nearness():
    weight, crow = np.array([1.0, 4.0, 0.5, 2.5]), np.array([2.0, 9.0, 0.5, 30.0])
    place, crow_ms = np.empty(N, np.int32), np.empty(N)
    near = near_of(weight, crow, 0.1)
    draw_candidate(place, crow_ms, UID, np.zeros(N, np.int32), near, 3, KIND, 5, 0)
    count = np.bincount(place, minlength=4)
    expected = weight * np.exp(-0.1 * crow)
    assert stats.chisquare(count, N * expected / expected.sum()).pvalue > 1e-3
    np.testing.assert_allclose(crow_ms, crow[place] * MS_PER_MIN)


def test_within_a_cell_in_proportion_to_weight():
    weight = np.array([1.0, 3.0, 2.0, 6.0, 4.0])
    ends, crow_ms = np.empty((1, 2)), np.empty((1, 2))
    of_cell = np.array([4.0, 12.0])
    fill_nearness(ends, crow_ms, np.zeros((1, 2)), np.zeros((2, 2)), of_cell, 1.0, 0.1)
    start = np.array([0, 2, 5], dtype=np.int64)
    near = Near(np.zeros(1, np.int32), ends, crow_ms, start, np.cumsum(weight))
    place, crow = np.empty(N, np.int32), np.empty(N)
    draw_candidate(place, crow, UID, np.zeros(N, np.int32), near, 0, KIND, 5, 0)
    expected = N * weight / weight.sum()
    assert stats.chisquare(np.bincount(place, minlength=5), expected).pvalue > 1e-3


def test_far_away_from_everything_there_is_still_a_place():
    near = near_of([1.0, 1.0], [5e6, 6e6], 10.0)
    place, crow = np.empty(N, np.int32), np.empty(N)
    draw_candidate(place, crow, UID, np.zeros(N, np.int32), near, 0, KIND, 5, 0)
    assert (place == 0).all()


def test_aimed_candidates_give_the_shares_of_the_logit_with_few_of_them():
    """Eight candidates of two hundred places do, if the crow's times are about right."""
    rng = np.random.default_rng(4)
    minutes = rng.integers(1, 90, 200)
    weight = rng.uniform(0.5, 2.0, 200)
    expected = weight * np.exp(-0.1 * minutes)
    expected /= expected.sum()
    far = minutes > 20
    aimed = chosen_among(
        weight, minutes, n_candidates=8, loss_per_min=0.1, crow_minutes=minutes * 0.85
    )
    blind = chosen_among(weight, minutes, n_candidates=8, loss_per_min=0.1)
    assert far[aimed].mean() == pytest.approx(expected[far].sum(), abs=0.015)
    assert minutes[aimed].mean() == pytest.approx((expected * minutes).sum(), rel=0.04)
    assert minutes[blind].mean() > 1.2 * (expected * minutes).sum()


def test_shares_are_those_of_the_gravity_model():
    """With many candidates P(j) = w_j exp(-b t_j) / sum: origin-constrained (Wilson 1971)."""
    weight = np.array([1.0, 3.0, 2.0, 4.0])
    minutes = np.array([5, 20, 12, 40])
    chosen = chosen_among(weight, minutes, n_candidates=64, loss_per_min=0.05)
    expected = weight * np.exp(-0.05 * minutes)
    expected /= expected.sum()
    share = np.bincount(chosen, minlength=4) / N
    # Of 64 candidates the sample differs from the whole by about 1 in 64.
    error = 4 * np.sqrt(expected * (1 - expected) / N) + expected * (1 - expected) / 64
    assert (np.abs(share - expected) <= error).all()


def test_one_candidate_is_the_weight_alone_and_more_are_nearer():
    weight, minutes = np.ones(5), np.array([1, 10, 20, 40, 80])
    means = [
        minutes[chosen_among(weight, minutes, n_candidates=n, loss_per_min=0.1)].mean()
        for n in (1, 2, 8, 32)
    ]
    assert means[0] == pytest.approx(minutes.mean(), rel=0.02)
    assert means == sorted(means, reverse=True)


def test_what_cannot_be_reached_is_not_chosen():
    chosen = chosen_among([1.0, 9.0], [5, -1], n_candidates=6, loss_per_min=0.1)
    assert set(chosen.tolist()) == {-1, 0}
    assert (chosen == -1).mean() == pytest.approx(0.9**6, abs=0.01)


def test_a_resident_chooses_the_same_whoever_else_there_is():
    rows = np.array([3, 77, 20_005])
    arguments = ([1.0, 3.0, 2.0], [5, 20, 12])
    some = chosen_among(*arguments, n_candidates=8, loss_per_min=0.1, uid=UID[rows])
    everybody = chosen_among(*arguments, n_candidates=8, loss_per_min=0.1)
    np.testing.assert_array_equal(some, everybody[rows])


def schools(minutes, uids, *, home=None):
    """Return the school of each resident by number, -1 for none."""
    chosen, best = np.full(N, -1, np.int32), np.zeros(N)
    node = np.zeros(N, np.int32) if home is None else home
    for row, (away, uid) in enumerate(zip(minutes, uids, strict=True)):
        time_ms = np.array([away if away < 0 else away * MS_PER_MIN], dtype=np.int32)
        choose_school(chosen, best, UID, node, time_ms, 0.1 / MS_PER_MIN, row, uid, 5, 0)
    return np.where(chosen >= 0, np.array(uids)[chosen], -1)


def test_school_shares_are_those_of_the_logit():
    minutes, uids = np.array([5, 15, 10]), [11, 22, 33]
    chosen = schools(minutes, uids)
    expected = np.exp(-0.1 * minutes)
    expected /= expected.sum()
    count = np.array([(chosen == uid).sum() for uid in uids])
    assert stats.chisquare(count, N * expected).pvalue > 1e-3


def test_a_new_school_moves_only_those_who_prefer_it():
    before, after = schools([5, 15], [11, 22]), schools([7, 5, 15], [99, 11, 22])
    moved = before != after
    assert 0.1 < moved.mean() < 0.9
    assert (after[moved] == 99).all()
    assert (schools([5, 15, -1], [11, 22, 99]) == before).all()


def test_order_of_schools_changes_nothing():
    np.testing.assert_array_equal(
        schools([5, 15, 8], [11, 22, 33]), schools([8, 5, 15], [33, 11, 22])
    )


def test_no_school_within_reach():
    assert (schools([-1, -1], [11, 22]) == -1).all()
