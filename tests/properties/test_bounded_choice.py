"""Bounds decide what is worked out, never what is chosen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.engine.choice_tables import gumbel_bounds, stable_bounds
from twin.kernels.choice import facility_taste
from twin.kernels.random import exponential, log_positive_stable
from twin.kernels.shortlist import N_BOUNDS
from twin.parts import choose
from twin.streams import split_key

UTILITIES = st.one_of(
    st.floats(-8.0, 4.0), st.sampled_from([0.0, -1e9, 1e9, float("nan"), float("-inf")])
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(UTILITIES, min_size=1, max_size=20),
    st.sampled_from([0.0, 1e-12, 0.1, 0.5, 0.9, 0.999]),
    st.integers(0, 2**64 - 2),
)
def test_the_choice_is_that_of_working_out_everything(utility, permanence, seed):
    result = choose(
        utility,
        n_residents=12,
        n_needs=2,
        taste_permanence=permanence,
        seed=seed,
        has_choices=True,
    )
    key = [np.uint64(word) for word in split_key(seed)]
    for resident in range(12):
        for need in range(2):
            totals = [
                plain
                + facility_taste(
                    np.uint64(resident), np.uint64(need), np.uint64(uid), 1.0 - permanence, *key
                )
                for uid, plain in enumerate(utility)
            ]
            open_to_all = [j for j, plain in enumerate(utility) if plain > -np.inf]
            best = min(open_to_all, key=lambda j: (-totals[j], j), default=-1)
            assert result.chosen[0, resident, need] == best


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(6)), st.sampled_from([0.0, 0.4]))
def test_the_order_of_the_options_does_not_matter(order, permanence):
    names = [f"clinic_{n}" for n in range(6)]
    utility = np.array([0.0, 0.5, -1.0, 0.5, 2.0, 0.1])
    nests = ["a", "a", "b", "", "b", "a"]

    def chosen(order):
        found = choose(
            utility[list(order)],
            n_residents=300,
            taste_permanence=permanence,
            options=[names[n] for n in order],
            nests=[nests[n] for n in order],
            nest_scale=0.4,
            has_choices=True,
        )
        return np.array(list(order))[found.chosen[0, :, 0]]

    assert np.array_equal(chosen(order), chosen(range(6)))


@pytest.mark.parametrize("alpha", [0.01, 0.3, 0.5, 0.9, 0.999])
def test_bounds_are_bounds_and_tight(alpha):
    gumbel = gumbel_bounds()
    stable = stable_bounds(np.array([alpha]))[0]
    assert (np.diff(gumbel) > 0).all()
    assert (np.diff(stable) > -1e-9).all()
    rng = np.random.default_rng(1)
    for u, v in rng.uniform(size=(2_000, 2)):
        cell, other = int(u * N_BOUNDS), int(v * N_BOUNDS)
        bound = stable[cell] + (1.0 - alpha) / alpha * gumbel[other]
        exact = log_positive_stable(alpha, u, exponential(v))
        assert alpha * bound >= alpha * exact - 1e-12
    middle = slice(N_BOUNDS // 4, 3 * N_BOUNDS // 4)
    assert np.diff(gumbel)[middle].max() < 0.01


@pytest.mark.parametrize("permanence", [0.0, 0.5])
def test_shares_are_those_of_the_nested_logit(permanence):
    """Williams (1977): a nest is chosen by its inclusive value, an option within it by logit."""
    utility = np.array([0.5, 0.1, -0.3, 0.8, 0.2])
    nests = ["near", "near", "far", "far", ""]
    tau = 0.4
    result = choose(
        utility,
        n_residents=20_000,
        n_replications=10,
        taste_permanence=permanence,
        nests=nests,
        nest_scale=tau,
    )
    inner = {name: np.exp(utility[np.array(nests) == name] / tau).sum() for name in ("near", "far")}
    weight = {name: value**tau for name, value in inner.items()}
    total = sum(weight.values()) + np.exp(utility[4])
    expected = [
        weight[name] / total * np.exp(u / tau) / inner[name] if name else np.exp(u) / total
        for name, u in zip(nests, utility, strict=True)
    ]
    error = result.share.std(axis=0, ddof=1) / np.sqrt(10)
    assert (np.abs(result.share.mean(axis=0) - expected) < 5 * error).all()
    spread = result.best_mean.std(ddof=1) / np.sqrt(10)
    assert abs(result.best_mean.mean() - np.log(total)) < 5 * spread
