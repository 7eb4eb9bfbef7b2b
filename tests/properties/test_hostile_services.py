"""Services as nobody would run them: needs still end in one way, however the run is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.small_town import town
from tests.fixtures.two_blocks import EAST_CLINIC, WEST_CLINIC
from twin.engine.loop import Engine
from twin.kernels import columns as kc

SEED = 2
SERVICE = """
[[services]]
id = "primary_care"
needs_per_year = 80.0
default_hours = "Mo-Su 08:00-12:00,14:00-18:00"
"""
STEP = 'service_time = {distribution = "exponential", mean_s = 400}\n'
STAGES = """
[[services.stages]]
id = "register"
service_time = {distribution = "deterministic", mean_s = 60}
servers = 1
[[services.stages]]
id = "consult"
service_time = {distribution = "exponential", mean_s = 420}
NEXT
[[services.stages]]
id = "pay"
service_time = {distribution = "deterministic", mean_s = 60}
servers = 1
"""
CLOSED_IN_THE_DAY = f"""
[[interventions]]
id = "west"
kind = "close_facility"
facility = "{WEST_CLINIC}"
from_day = 1.41
to_day = 1.6
[[interventions]]
id = "east"
kind = "close_facility"
facility = "{EAST_CLINIC}"
from_day = 1.5
to_day = 1.7
"""
OTHER_HOURS = """
[[interventions]]
id = "evening"
kind = "change_hours"
service = "primary_care"
hours = "Mo-Su 20:00-23:00"
from_day = 1.4
to_day = 3.4
"""
CASES = {
    "nobody serves and all come again": SERVICE
    + STEP
    + "default_servers = 0\nretry = {share = 1.0, after_s = 600, times = 7}\n"
    'patience = {distribution = "deterministic", mean_s = 600}\n',
    "no patience": SERVICE
    + STEP
    + 'patience = {distribution = "exponential", mean_s = 0.001}\n'
    + "retry = {share = 1.0, after_s = 0, times = 5}\n",
    "no room in any step": SERVICE
    + "waiting_room = 0\n"
    + STAGES.replace("NEXT", "waiting_room = 0"),
    "a step again and again": SERVICE
    + STAGES.replace("NEXT", "next = {consult = 0.9, pay = 0.05}"),
    "nobody keeps an appointment": SERVICE
    + STEP
    + "appointments = {slot_s = 1800, horizon_days = 1, no_show = 1.0}\n",
    "booked, then other hours": SERVICE
    + STEP
    + "appointments = {slot_s = 1800, share = 0.8, horizon_days = 4, late_sd_s = 3000}\n"
    + OTHER_HOURS,
    "shifts with gaps that interrupt": SERVICE
    + 'queue = "preemptive"\ntriage = [0.3, 0.7]\n'
    + STAGES.replace("NEXT", "")
    + '[[services.shifts]]\nhours = "Mo-Su 08:30-09:30"\n'
    + '[[services.shifts]]\nhours = "Mo-Su 11:00-13:00,16:00-17:59"\nshare = 0.4\n',
    "closed while people are inside": SERVICE
    + "retry = {share = 1.0, after_s = 600, times = 4, elsewhere = true}\n"
    + STAGES.replace("NEXT", "next = {consult = 0.3, pay = 0.7}")
    + CLOSED_IN_THE_DAY,
}


def story(text, cuts=()):
    """Return the columns of visits of a run that is stopped at some seconds."""
    engine = Engine(town(text, residents=800), SEED)
    for cut in sorted(cuts):
        engine.advance(int(cut * 1e6))
    engine.advance(engine.end_us)
    state = engine.state
    n = state.n_visits
    assert (state.queues.n_busy >= 0).all()
    assert (state.queues.n_waiting >= 0).all()
    open_ones = (state.visits.outcome[:n] == kc.IN_SYSTEM).sum()
    assert open_ones == state.counters[kc.N_OPEN_VISITS]
    skipped = {"before", "behind"}
    return {k: v[:n].copy() for k, v in state.visits._asdict().items() if k not in skipped}


@pytest.mark.parametrize("name", CASES)
def test_times_are_in_order_and_each_row_has_one_end(name):
    v = story(CASES[name])
    started, ended = v["start_us"] >= 0, v["end_us"] >= 0
    assert v["need_us"].size > 500
    assert (v["start_us"][started] >= v["arrive_us"][started]).all()
    both = started & ended
    assert (v["end_us"][both] >= v["start_us"][both]).all()
    assert not np.any((v["outcome"] == kc.SERVED) & ~both)
    again = v["parent"] >= 0
    assert (v["parent"][again] < np.flatnonzero(again)).all()


@given(
    name=st.sampled_from(sorted(CASES)),
    cuts=st.lists(st.floats(0, 5 * 86_400, exclude_max=True), max_size=12),
)
@settings(max_examples=25, deadline=None)
def test_a_run_may_be_cut_anywhere(name, cuts):
    whole, cut = story(CASES[name]), story(CASES[name], cuts)
    assert all(np.array_equal(column, cut[key]) for key, column in whole.items())
