"""Choices at given utilities: theory, stability of tastes, the city's own draws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import InputError
from twin.kernels.choice import facility_taste
from twin.parts import choose
from twin.streams import split_key, uid32

UTILITY = (0.5, 0.1, -1.2)


def logit(utility):
    parts = np.exp(np.array(utility) - max(utility))
    return parts / parts.sum()


@pytest.mark.parametrize("permanence", [0.0, 0.5, 0.9])
def test_shares_are_logit_and_the_best_is_the_logsum_whatever_lasts(permanence):
    result = choose(
        UTILITY, n_residents=10_000, n_replications=10, taste_permanence=permanence, seed=3
    )
    error = result.share.std(axis=0, ddof=1) / math.sqrt(10)
    assert (np.abs(result.share.mean(axis=0) - logit(UTILITY)) < 5 * error).all()
    logsum = math.log(np.exp(UTILITY).sum())
    spread = result.best_mean.std(ddof=1) / math.sqrt(10)
    assert abs(result.best_mean.mean() - logsum) < 5 * spread


def test_permanent_tastes_keep_a_resident_where_he_went():
    def repeats(permanence):
        result = choose(
            [0.0, 0.0], n_residents=4000, n_needs=2, taste_permanence=permanence, has_choices=True
        )
        first, second = result.chosen[0].T
        return (first == second).mean()

    assert abs(repeats(0.0) - 0.5) < 0.04
    assert repeats(0.9) > 0.9


def test_the_choice_is_that_of_the_citys_tastes():
    names = ["a/care", "b/care"]
    result = choose(
        [[0.3, -0.1]] * 6,
        n_needs=3,
        seed=2**40,
        options=names,
        taste_permanence=0.4,
        has_choices=True,
    )
    key = [np.uint64(word) for word in split_key(2**40)]
    for resident in range(6):
        for need in range(3):
            tastes = [
                facility_taste(
                    np.uint64(resident), np.uint64(need), np.uint64(uid32(name)), 0.6, *key
                )
                for name in names
            ]
            values = np.array([0.3, -0.1]) + tastes
            assert result.chosen[0, resident, need] == values.argmax()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(-3, 3), min_size=2, max_size=5),
    st.floats(0.0, 0.95),
    st.integers(0, 2**63),
)
def test_another_option_only_draws_to_itself(utility, permanence, seed):
    request = {"n_residents": 60, "n_needs": 2, "seed": seed, "has_choices": True}
    names = [f"f{i}" for i in range(len(utility) + 1)]
    before = choose(utility, options=names[:-1], taste_permanence=permanence, **request).chosen
    after = choose([*utility, 0.0], options=names, taste_permanence=permanence, **request).chosen
    is_moved = before != after
    assert (after[is_moved] == len(utility)).all()


def test_replications_are_the_seeds_that_follow():
    both = choose(UTILITY, n_residents=500, seed=7, n_replications=3)
    for r in range(3):
        alone = choose(UTILITY, n_residents=500, seed=7 + r)
        assert both.n_chosen[r].tolist() == alone.n_chosen[0].tolist()
        assert both.best_mean[r] == alone.best_mean[0]
    assert len({tuple(row) for row in both.n_chosen.tolist()}) == 3


def test_counts_are_those_of_the_choices():
    result = choose(
        [[0.0, math.nan], [math.nan, -math.inf], [-math.inf, 1.0]], n_needs=5, has_choices=True
    )
    assert result.chosen[0].tolist() == [[0] * 5, [-1] * 5, [1] * 5]
    assert result.n_chosen.tolist() == [[5, 5]]
    assert result.n_without.tolist() == [5]
    assert result.share.tolist() == [[0.5, 0.5]]


def test_nobody_and_nothing_to_choose():
    empty = choose([0.0], n_residents=0)
    assert np.isnan(empty.share).all()
    assert np.isnan(empty.best_mean).all()
    assert empty.chosen.size == 0
    closed = choose([math.nan], n_residents=3)
    assert closed.n_without.tolist() == [3]


@pytest.mark.parametrize(
    ("utility", "more", "message"),
    [
        ([], {}, r"shape \(0,\)"),
        ([[[0.0]]], {}, "shape"),
        (["a"], {}, "is no array of numbers"),
        ([math.inf], {}, "holds plus infinity"),
        ([[0.0], [1.0]], {"n_residents": 3}, "found 3"),
        ([0.0], {"n_residents": -1}, "found -1"),
        ([0.0], {"n_needs": 0}, "n_needs: found 0"),
        ([0.0], {"taste_permanence": 1.0}, "found 1"),
        ([0.0], {"taste_permanence": -0.1}, "found -0.1"),
        ([0.0], {"seed": 2**64 - 1, "n_replications": 2}, "seed: found"),
        ([0.0], {"n_replications": 0}, "n_replications: found 0"),
        ([0.0, 1.0], {"options": ["a"]}, "expected: 2 names"),
        ([0.0, 1.0], {"options": ["a", "a"]}, "a name comes twice"),
        ([0.0, 1.0], {"options": "ab"}, "expected: 2 names"),
    ],
)
def test_what_is_refused(utility, more, message):
    with pytest.raises(InputError, match=message):
        choose(utility, **more)
