"""Spatial accessibility: conservation, what does not count, other people's arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import InputError
from twin.parts import CostPairs, accessibility, cost_pairs

STEPS = ((10.0, 1.0), (20.0, 0.68), (30.0, 0.22))
CATCHMENTS = [
    {"method": "2sfca", "max_cost": 25.0},
    {"method": "e2sfca", "steps": STEPS},
    {"method": "e2sfca", "steps": STEPS, "max_cost": 20.0, "is_strict": True},
    {"method": "2sfca_gravity", "beta": 1.5, "max_cost": 30.0},
    {"method": "2sfca_gravity", "beta": 0.1, "decay": "exponential"},
]


@st.composite
def places(draw):
    n_origins, n_facilities = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    costs = st.one_of(st.just(math.nan), st.just(-1.0), st.integers(1, 40).map(float))

    def listed(values, n):
        return np.array(draw(st.lists(values, min_size=n, max_size=n)))

    cost = listed(costs, n_origins * n_facilities).reshape(n_origins, n_facilities)
    amounts = st.one_of(st.just(0.0), st.floats(0.01, 1e4))
    return cost, listed(amounts, n_origins), listed(amounts, n_facilities)


def by_hand(cost, demand, supply, request):
    """The definition, origin by origin and facility by facility."""
    strict, limit = request.get("is_strict", False), request.get("max_cost", math.inf)

    def weight(c):
        if not c >= 0 or not (c < limit if strict else c <= limit):
            return 0.0
        if request["method"] == "2sfca":
            return 1.0
        if request["method"] == "e2sfca":
            inside = (w for top, w in request["steps"] if (c < top if strict else c <= top))
            return next(inside, 0.0)
        beta = request["beta"]
        return math.exp(-beta * c) if request.get("decay") == "exponential" else c**-beta

    n_origins, n_facilities = cost.shape
    w = [[weight(cost[i, j]) for j in range(n_facilities)] for i in range(n_origins)]
    wanted = [sum(demand[i] * w[i][j] for i in range(n_origins)) for j in range(n_facilities)]
    reached = [j for j in range(n_facilities) if wanted[j] > 0]
    scores = [
        sum(w[i][j] * supply[j] / wanted[j] for j in reached if w[i][j]) for i in range(n_origins)
    ]
    return scores, sum(supply[j] for j in reached)


@settings(max_examples=150, deadline=None)
@given(places(), st.sampled_from(CATCHMENTS))
def test_all_supply_that_is_reached_is_handed_out_and_no_more(city, request):
    cost, demand, supply = city
    found = accessibility(cost=cost, demand=demand, supply=supply, **request)
    scores, reached = by_hand(cost, demand, supply, request)
    assert found.score == pytest.approx(scores, rel=1e-12, abs=1e-300)
    assert found.supply_reached == pytest.approx(reached, rel=1e-14)
    assert (found.score * demand).sum() == pytest.approx(found.supply_reached, rel=1e-12, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(places(), st.sampled_from(CATCHMENTS), st.randoms(use_true_random=False))
def test_pairs_in_any_order_give_the_same_bits_as_the_matrix(city, request, shuffler):
    cost, demand, supply = city
    rows = [(i, j) for i in range(cost.shape[0]) for j in range(cost.shape[1])]
    shuffler.shuffle(rows)
    origin, facility = np.array(rows).T
    pairs = cost_pairs(
        origin,
        facility,
        cost[origin, facility],
        n_origins=cost.shape[0],
        n_facilities=cost.shape[1],
    )
    assert (pairs.cost >= 0).all()
    listed = accessibility(cost=pairs, demand=demand, supply=supply, **request)
    dense = accessibility(cost=cost, demand=demand, supply=supply, **request)
    np.testing.assert_array_equal(listed.score, dense.score)
    np.testing.assert_array_equal(listed.ratio, dense.ratio)


@settings(max_examples=100, deadline=None)
@given(places(), st.sampled_from(CATCHMENTS))
def test_who_reaches_nothing_has_nothing_and_takes_nothing(city, request):
    cost, demand, supply = city
    cut = np.vstack([cost, np.full(cost.shape[1], -1.0)])
    found = accessibility(cost=cut, demand=[*demand, 500.0], supply=supply, **request)
    without = accessibility(cost=cost, demand=demand, supply=supply, **request)
    assert found.score[-1] == 0.0
    np.testing.assert_array_equal(found.score[:-1], without.score)
    assert found.supply_reached == without.supply_reached


def test_a_facility_that_nobody_reaches_has_no_ratio():
    found = accessibility(
        cost=[[1.0, math.nan], [2.0, -1.0]], demand=[10, 0], supply=[5, 7], max_cost=3
    )
    assert found.ratio[0] == 0.5
    assert math.isnan(found.ratio[1])
    assert found.supply_reached == 5.0
    assert found.score.tolist() == [0.5, 0.5]


@pytest.mark.parametrize(("is_strict", "expected"), [(False, [1.0, 0.5]), (True, [0.5, 0.0])])
def test_a_cost_at_the_limit_of_a_step(is_strict, expected):
    found = accessibility(
        cost=[[10.0], [20.0]],
        demand=[1.0, 0.0],
        supply=[expected[0]],
        method="e2sfca",
        steps=[(10, 1.0), (20, 0.5)],
        is_strict=is_strict,
    )
    # Only the first origin has demand: its own weight cancels, the other's remains.
    assert found.score.tolist() == expected


def test_opportunities_and_hansen():
    cost, supply = [[1.0, 2.0, 4.0], [-1.0, 2.0, 8.0]], [4.0, 8.0, 16.0]
    reach = accessibility(cost=cost, supply=supply, method="opportunities", max_cost=2)
    assert reach.score.tolist() == [12.0, 8.0]
    assert reach.supply_reached == 12.0
    assert np.isnan(reach.ratio).all()
    power = accessibility(cost=cost, supply=supply, method="gravity", beta=1)
    assert power.score.tolist() == [12.0, 6.0]
    decays = accessibility(
        cost=cost, supply=supply, method="gravity", beta=0.5, decay="exponential"
    )
    assert decays.score[1] == pytest.approx(8 * math.exp(-1) + 16 * math.exp(-4))


def test_no_origin_no_facility_no_pair():
    assert (
        accessibility(cost=np.empty((0, 2)), demand=[], supply=[1, 1], max_cost=1).score.size == 0
    )
    assert accessibility(
        cost=np.empty((2, 0)), demand=[1, 1], supply=[], max_cost=1
    ).score.tolist() == [0, 0]
    alone = accessibility(cost=[[-1.0]], demand=[1], supply=[1], max_cost=1)
    assert (alone.score[0], alone.supply_reached) == (0.0, 0.0)


GOOD = {"cost": [[1.0, 2.0]], "demand": [1.0], "supply": [1.0, 1.0], "max_cost": 5.0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "2sfa"}, "found '2sfa'"),
        ({"cost": [1.0]}, r"shape \(1,\)"),
        ({"cost": [["a"]]}, "is no array of numbers"),
        ({"cost": [[1.0, math.inf]]}, "holds an infinite cost"),
        ({"supply": [1.0]}, r"shape \(1,\)"),
        ({"supply": [1.0, -1.0]}, r"supply\[1\]: found -1.0"),
        ({"supply": ["a", "b"]}, "supply: is no array"),
        ({"demand": [math.nan]}, r"demand\[0\]: found nan"),
        ({"demand": None}, "demand: is missing"),
        ({"max_cost": None}, "max_cost: is missing"),
        ({"max_cost": -1}, "max_cost: found -1"),
        ({"method": "e2sfca"}, "steps: is missing"),
        ({"steps": [(1, 1)]}, "steps: is given"),
        ({"method": "e2sfca", "steps": []}, "there is none"),
        ({"method": "e2sfca", "steps": [(2, 1), (2, 0.5)]}, "limit 2"),
        ({"method": "e2sfca", "steps": [(2, 1), "ab"]}, r"steps\[1\]: found 'ab'"),
        ({"method": "gravity"}, "beta: is missing"),
        ({"beta": 1.0}, "beta: is given"),
        ({"method": "gravity", "beta": 0.0}, "beta: found 0.0"),
        ({"method": "gravity", "beta": 1.0, "decay": "gauss"}, "found 'gauss'"),
        ({"method": "gravity", "beta": 1.0, "cost": [[0.0, 1.0]]}, "a cost of 0"),
    ],
)
def test_what_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        accessibility(**{**GOOD, **changes})


@pytest.mark.parametrize(
    ("origin", "facility", "cost", "message"),
    [
        ([0, 0], [1, 1], [1.0, 2.0], r"the pair \(0, 1\) comes twice"),
        ([0], [2], [1.0], r"facility\[0\]: found 2"),
        ([-1], [0], [1.0], r"origin\[0\]: found -1"),
        ([0.5], [0], [1.0], "is no list of rows"),
        ([0], [0], [1.0, 2.0], "lengths 1, 1 and 2"),
    ],
)
def test_pairs_that_are_refused(origin, facility, cost, message):
    with pytest.raises(InputError, match=message):
        cost_pairs(origin, facility, cost, n_origins=2, n_facilities=2)


def test_pairs_know_their_origins():
    pairs = cost_pairs([1, 0, 1], [0, 1, 1], [3.0, -1.0, 4.0], n_origins=3, n_facilities=2)
    assert isinstance(pairs, CostPairs)
    assert pairs.n_origins == 3
    assert pairs.origin.tolist() == [1, 1]
    assert pairs.start.tolist() == [0, 0, 2, 2]
    assert pairs.kept(pairs.cost > 3).facility.tolist() == [1]
