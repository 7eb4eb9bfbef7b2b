"""What each way to give out school places promises, on small markets."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.markets import (
    ALL,
    DA,
    IA,
    TTC,
    Market,
    deferred,
    immediate,
    markets,
    matched,
    rank,
)
from twin.parts import match

few = settings(max_examples=120, deadline=None)


@few
@given(markets())
def test_capacity_lists_and_eligibility_hold(market):
    for mechanism in ALL:
        got = matched(market, mechanism)
        for school, places in enumerate(market.places):
            assert got.count(school) <= places
        for pupil, school in enumerate(got):
            assert school == -1 or school in market.wanted[pupil]
            assert school == -1 or not math.isnan(market.order[pupil][school])


@few
@given(markets())
def test_the_mechanisms_do_what_their_definitions_say(market):
    assert matched(market, DA) == deferred(market)
    assert matched(market, IA) == immediate(market)


def blocking_pairs(market, got):
    for pupil, wanted in enumerate(market.wanted):
        for school in wanted[: rank(market, pupil, got[pupil])]:
            mine = market.order[pupil][school]
            held = [market.order[i][school] for i, s in enumerate(got) if s == school]
            if not math.isnan(mine) and (
                len(held) < market.places[school] or any(mine < other for other in held)
            ):
                yield pupil, school


@few
@given(markets())
def test_deferred_acceptance_leaves_no_blocking_pair(market):
    assert not list(blocking_pairs(market, matched(market, DA)))


@settings(max_examples=40, deadline=None)
@given(markets(n_pupils=4, n_schools=3))
def test_deferred_acceptance_is_the_stable_matching_that_all_pupils_like_best(market):
    got = matched(market, DA)
    for other in product(range(-1, len(market.places)), repeat=len(got)):
        fits = all(other.count(s) <= p for s, p in enumerate(market.places)) and all(
            s == -1 or (s in market.wanted[i] and not math.isnan(market.order[i][s]))
            for i, s in enumerate(other)
        )
        if fits and not list(blocking_pairs(market, list(other))):
            for i, s in enumerate(other):
                assert rank(market, i, got[i]) <= rank(market, i, s)


@settings(max_examples=40, deadline=None)
@given(markets(n_pupils=5, n_schools=3), st.sampled_from([DA, TTC]), st.data())
def test_no_pupil_gains_by_another_list(market, mechanism, data):
    """Every list that a pupil could hand in, by enumeration (Dubins and Freedman 1981)."""
    got = matched(market, mechanism)
    pupil = data.draw(st.integers(0, len(got) - 1))
    mine = rank(market, pupil, got[pupil])
    m = len(market.places)
    for length in range(m + 1):
        for lie in permutations(range(m), length):
            wanted = [list(lie) if i == pupil else w for i, w in enumerate(market.wanted)]
            lied = matched(market._replace(wanted=wanted), mechanism)[pupil]
            assert rank(market, pupil, lied) >= mine


@settings(max_examples=40, deadline=None)
@given(markets(n_pupils=5, n_schools=3))
def test_top_trading_cycles_are_pareto_efficient(market):
    got = matched(market, TTC)
    mine = [rank(market, i, s) for i, s in enumerate(got)]
    options = [[-1, *w] for w in market.wanted]
    for other in product(*options):
        if any(other.count(s) > p for s, p in enumerate(market.places)) or any(
            s >= 0 and math.isnan(market.order[i][s]) for i, s in enumerate(other)
        ):
            continue
        theirs = [rank(market, i, s) for i, s in enumerate(other)]
        assert theirs == mine or any(b > a for a, b in zip(mine, theirs, strict=True))


@few
@given(markets(), st.data())
def test_one_more_seat_harms_nobody_unless_places_are_traded(market, data):
    """Also under immediate acceptance: for lists as they are, it is deferred acceptance in
    which whoever ranks a school higher goes first there (Ergin and Sonmez 2006)."""
    school = data.draw(st.integers(0, len(market.places) - 1))
    assert not harmed_by_a_seat(market, school, DA)
    assert not harmed_by_a_seat(market, school, IA)


def harmed_by_a_seat(market, school, mechanism):
    places = [p + (s == school) for s, p in enumerate(market.places)]
    before = matched(market, mechanism)
    after = matched(market._replace(places=places), mechanism)
    return [i for i in range(len(before)) if rank(market, i, after[i]) > rank(market, i, before[i])]


def test_one_more_seat_may_harm_where_places_are_traded():
    """Found by search: whoever gets the new seat has nothing to trade for any more."""
    wanted = [[1, 2, 0], [0, 1, 2], [1, 0, 2], [1, 2, 0]]
    columns = ([0, 2, 1, 3], [3, 1, 2, 0], [0, 2, 3, 1])
    order = [[float(column[i]) for column in columns] for i in range(4)]
    market = Market(wanted, [1, 1, 1], order)
    assert harmed_by_a_seat(market, 1, TTC) == [2]
    assert not harmed_by_a_seat(market, 1, DA)


def admitted_behind(market, is_new):
    """Return the market with some behind everybody else, and the one without them."""
    rows = [[v + 100.0 * is_new[i] for v in row] for i, row in enumerate(market.order)]
    barred = [[float("nan")] * len(row) if is_new[i] else row for i, row in enumerate(rows)]
    return market._replace(order=rows), market._replace(order=barred)


@few
@given(markets(), st.lists(st.booleans(), min_size=6, max_size=6))
def test_admitting_others_behind_everybody_changes_nobody_before(market, is_new):
    """Registered children strictly first: those admitted behind them take no place of theirs."""
    first = [i for i in range(len(market.wanted)) if not is_new[i]]
    both, alone = (matched(one) for one in admitted_behind(market, is_new))
    assert [both[i] for i in first] == [alone[i] for i in first]
    assert all(alone[i] == -1 for i in range(len(alone)) if is_new[i])


def test_admitting_others_behind_everybody_may_harm_under_immediate_acceptance():
    """Found by search: a newcomer's first choice is some child's second, who comes too late."""
    found = [
        wanted
        for wanted in product(permutations(range(2)), repeat=3)
        if lost(Market([list(w) for w in wanted], [1, 1], [[0.0] * 2, [1.0] * 2, [2.0] * 2]))
    ]
    assert found


def lost(market):
    is_new = [False, False, True]
    both, alone = (matched(one, IA) for one in admitted_behind(market, is_new))
    return any(rank(market, i, both[i]) > rank(market, i, alone[i]) for i in (0, 1))


def test_a_pupil_may_gain_by_another_list_under_immediate_acceptance():
    """The textbook case: not to waste the first choice on a school that is beyond reach."""
    honest = Market([[0, 1, 2], [0, 1, 2], [1, 0, 2]], [1, 1, 1], [[0.0] * 3, [1.0] * 3, [2.0] * 3])
    assert matched(honest, IA)[1] == 2
    cunning = honest._replace(wanted=[[0, 1, 2], [1, 0, 2], [1, 0, 2]])
    assert matched(cunning, IA)[1] == 1


@few
@given(markets(), st.randoms(use_true_random=False), st.sampled_from(ALL))
def test_the_order_of_rows_does_not_matter(market, random, mechanism):
    n, m = len(market.wanted), len(market.places)
    names = [f"p{i}" for i in range(n)]
    # Everybody stands alike: only the lots decide.
    alike = [[0.0] * m for _ in range(n)]
    moved = list(range(n))
    random.shuffle(moved)
    one = match(market.wanted, market.places, priority=alike, mechanism=mechanism, pupils=names)
    other = match(
        [market.wanted[i] for i in moved],
        market.places,
        priority=alike,
        mechanism=mechanism,
        pupils=[names[i] for i in moved],
    )
    assert one.school[0][moved].tolist() == other.school[0].tolist()


def test_lots_are_fair_and_addressed():
    n = 400
    alike = match([[0]] * n, [100], n_replications=400, seed=5)
    share = (alike.school == 0).mean(axis=0)
    assert alike.placed_share == pytest.approx(0.25)
    assert abs(share - 0.25).max() < 0.12
    again = match([[0]] * n, [100], seed=404)
    assert (again.school[0] == alike.school[399]).all()


def test_one_lot_or_one_a_school():
    """By one lot the best of all are at the first school; by two lots luck is drawn anew."""
    n = 2_000
    half = np.repeat([[0, 1], [1, 0]], n // 2, axis=0)
    single = match(half, [500, 500], priority=np.zeros((n, 2)))
    by_school = match(half, [500, 500], priority=np.zeros((n, 2)), lottery="by_school")
    assert single.placed_share.tolist() == by_school.placed_share.tolist() == [0.5]
    # Whoever would be let in by one lot is so everywhere, and gets the first choice.
    assert single.first_choice_share[0] > by_school.first_choice_share[0] + 0.03


def test_ties_of_lots_go_to_the_smaller_uid():
    """Two numbers of pupils may draw the same lot; then uids decide, whatever the rows."""
    from twin.engine.matching import lists_of, match_lists

    for mechanism in ALL:
        for uid in ([7, 3], [3, 7]):
            start = np.array([0, 1, 2], dtype=np.int64)
            school, standing = np.zeros(2, np.int32), np.zeros(2, np.uint64)
            lists = lists_of(start, school, standing, np.array(uid, dtype=np.uint32))
            placed = match_lists(lists, np.array([1], dtype=np.int64), mechanism)
            assert placed[uid.index(3)] >= 0 > placed[uid.index(7)]


def test_threads_that_match_at_once_do_not_touch_each_other():
    draws = np.random.default_rng(3)
    wanted = np.argsort(draws.random((4_000, 30)), axis=1)[:, :8]

    def matched_by(seed):
        return match(wanted, [100] * 30, seed=seed, mechanism=ALL[seed % 3]).school

    one_by_one = [matched_by(seed) for seed in range(6)]
    with ThreadPoolExecutor(3) as pool:
        at_once = list(pool.map(matched_by, range(6)))
    assert all((a == b).all() for a, b in zip(one_by_one, at_once, strict=True))
