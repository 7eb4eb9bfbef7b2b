"""Visits in steps and calls to a hotline, within days that are planned."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.day_towns import DAYS, finished
from tests.fixtures.two_blocks import EAST_CLINIC
from twin.engine.movements import movements_of, purposes_of
from twin.engine.needs import last_stages
from twin.kernels import columns as kc

HALL = f"""
[[services]]
id = "hall"
needs_per_year = 60.0
default_hours = "Mo-Su 08:00-18:00"
[[services.stages]]
id = "ticket"
service_time = {{distribution = "deterministic", mean_s = 60}}
servers = 1
[[services.stages]]
id = "window"
service_time = {{distribution = "exponential", mean_s = 900}}
[[services]]
id = "hotline"
needs_per_year = 60.0
remote = true
service_time = {{distribution = "exponential", mean_s = 120}}
default_hours = "Mo-Su 08:00-18:00"
[[facilities]]
op = "add"
uid = "{EAST_CLINIC}"
service = "hall"
servers = 2
[[facilities]]
op = "add"
uid = "{EAST_CLINIC}"
service = "hotline"
"""


@pytest.fixture(scope="module")
def state():
    return finished(HALL + DAYS).engine.state


def test_the_way_back_begins_after_the_last_step(state):
    moves = movements_of(state)
    visits, n = state.visits, state.n_visits
    first = np.flatnonzero((visits.service[:n] == 1) & (visits.parent[:n] < 0))
    last = last_stages(state)[first]
    over = (visits.outcome[last] == kc.SERVED) & (visits.end_us[last] < state.clock_us)
    assert over.sum() > 50
    assert (last[over] > first[over]).all()
    is_back = moves.visit < 0
    leaves = set(
        zip(moves.resident[is_back].tolist(), moves.depart_us[is_back].tolist(), strict=True)
    )
    went = zip(visits.resident[last[over]], visits.end_us[last[over]], strict=True)
    assert {(int(who), int(when)) for who, when in went} <= leaves


def test_each_visit_has_one_way_out_and_a_call_none(state):
    moves = movements_of(state)
    visits, n = state.visits, state.n_visits
    out = moves.visit[moves.visit >= 0]
    assert (visits.parent[out] < 0).all()
    assert len(set(out.tolist())) == out.size
    hotline = purposes_of(state).index("hotline")
    assert not (moves.purpose == hotline).any()
    calls = (visits.service[:n] == 2) & (visits.outcome[:n] == kc.SERVED)
    assert calls.sum() > 50
    np.testing.assert_array_equal(visits.arrive_us[:n][calls], visits.depart_us[:n][calls])


def test_calls_wait_for_opening_hours(state):
    visits, n = state.visits, state.n_visits
    calls = (visits.service[:n] == 2) & (visits.arrive_us[:n] != kc.NOT_YET)
    hour = visits.arrive_us[:n][calls] // 3_600_000_000 % 24
    assert hour.min() >= 8
    assert hour.max() < 18
