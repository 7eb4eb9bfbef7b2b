"""What boards show, worked out again from who stood where at the time of the measurement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.small_town import CARE, town
from twin.city.edits import Edit, compile_edits
from twin.engine.loop import Engine
from twin.units import DAY_US, HOUR_US, US_PER_S

# One doctor a house for all: queues at all hours of the day.
CROWDED = CARE.replace("default_servers = 2", "default_servers = 1").replace("= 40.0", "= 60.0")
SERVICE = "primary_care"


def measured(state, station, moment):
    """Return the wait announced at `moment`: after openings, before arrivals and ends."""
    prep = state.prep
    opens, closes = prep.intervals(state.hours_text[station]).T
    if not np.any((opens <= moment) & (moment < closes)):
        return -1.0
    v, n = state.visits, state.n_visits
    here = (v.station[:n] == station) & (v.arrive_us[:n] >= 0)
    arrive, start, end = v.arrive_us[:n][here], v.start_us[:n][here], v.end_us[:n][here]
    is_started = (start >= 0) & (start < moment)
    n_busy = np.sum(is_started & (end >= moment))
    n_waiting = np.sum((arrive < moment) & ~is_started)
    n_servers = prep.stations[station].servers
    mean_s = prep.scenario.services[0].service_time.mean_s
    return (n_waiting + 1) * mean_s / n_servers if n_busy >= n_servers else 0.0


def shown(state, edits, station, clock_us):
    """Return what the board shows just before `clock_us`, -1 for nothing."""
    period, delay, since = 0, 0, 0
    for edit in compile_edits(edits):
        if edit.time_us < clock_us:
            old = (period, delay)
            if edit.column == "publish_period_s":
                period = int(edit.value) * US_PER_S
            else:
                delay = int(edit.value) * US_PER_S
            since = since if old == (period, delay) else edit.time_us
    passed = clock_us - 1 - since - delay
    if period == 0 or passed < 0:
        return -1.0
    return measured(state, station, since + passed // period * period)


@settings(max_examples=40, deadline=None)
@given(
    changes=st.lists(
        st.tuples(
            st.integers(0, 3 * 48),
            st.sampled_from(["publish_period_s", "publish_delay_s"]),
            st.sampled_from([0, 1, 300, 600, 1000, 3600, 7200]),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda change: change[:2],
    ),
    looks=st.lists(st.integers(1, 3 * DAY_US), min_size=4, max_size=12, unique=True),
)
def test_boards_show_what_was_measured_the_delay_before(changes, looks):
    edits = [
        Edit(half_hours * 1800.0, "services", SERVICE, column, "set", value, "boards")
        for half_hours, column, value in changes
    ]
    prep = replace(town(CROWDED), edits=compile_edits(edits))
    engine = Engine(prep, 3)
    for look in sorted(looks):
        engine.advance(look)
        state = engine.state
        for station in range(len(prep.stations)):
            assert state.stations.published_s[station] == shown(state, edits, station, look)


def test_there_is_something_to_show():
    engine = Engine(town(CROWDED), 3)
    engine.advance(10 * HOUR_US)
    waits = [measured(engine.state, station, 10 * HOUR_US) for station in (0, 1)]
    assert max(waits) > 600
