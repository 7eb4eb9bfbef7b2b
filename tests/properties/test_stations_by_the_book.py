"""Every station, replayed by a second, slower program that knows nothing of the first.

Given who arrives when and how long each takes, a station's story follows from its
hours, servers and rooms. The replay keeps no calendar, no cursors and no heap of the
engine's; edits fall on any moment, those of arrivals and closing times included.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.small_town import CLINIC, COUNTER, town
from twin.city.edits import Edit, EditValue, compile_edits
from twin.engine.hours import facility_hours_data
from twin.engine.loop import Engine
from twin.kernels import columns as kc
from twin.units import DAY_S, HOUR_S, HOUR_US, US_PER_S

SEED = 5
OTHER_HOURS = ("24/7", "Mo-Su 10:00-11:00", "Mo-Su 20:00-03:00", "off", "Mo-Su 08:00-18:00")
CELLS = {
    "servers": st.integers(0, 4),
    "waiting_room": st.integers(-1, 3),
    "is_active": st.booleans(),
    "hours": st.sampled_from(OTHER_HOURS),
}


def run(edits=()):
    """Return a finished run of the town under `edits`."""
    prep = replace(town(), edits=compile_edits(edits))
    engine = Engine(prep, SEED)
    engine.advance(engine.end_us)
    return engine.state


@cache
def durations():
    """Return how long each need takes, from a run in which everybody is served at once."""
    plenty: dict[str, EditValue] = {"servers": 10_000, "hours": "24/7"}
    state = run(
        Edit(0.0, "facilities", uid, column, "set", value)
        for uid in (CLINIC, COUNTER)
        for column, value in plenty.items()
    )
    n = state.n_visits
    v = state.visits
    took = np.where(v.start_us[:n] >= 0, v.end_us[:n] - v.start_us[:n], -1)
    return dict(zip(names_of(state), took.tolist(), strict=True))


@cache
def moments():
    """Return times at which something happens in the town without edits, and round ones."""
    state = run()
    n = state.n_visits
    busy = [state.visits.arrive_us[:n], state.visits.end_us[:n], state.hours.closes]
    times = np.unique(np.concatenate(busy))
    inside = times[(times >= 0) & (times < town().n_days * DAY_S * US_PER_S)] / US_PER_S
    round_ones = [hour * HOUR_S for hour in range(0, town().n_days * 24, 2)]
    return [*inside[:: max(1, inside.size // 200)].tolist(), *map(float, round_ones)]


def names_of(state):
    """Return a name of each need that holds in every run of the seed."""
    n = state.n_visits
    v = state.visits
    columns = (v.service[:n], v.resident[:n], v.need_us[:n])
    return list(zip(*(column.tolist() for column in columns), strict=True))


class Replay:
    """One station, one instant after the other."""

    def __init__(self, state, name, edits):
        self.prep = state.prep
        self.row = state.station_row(name)
        station = state.prep.stations[self.row]
        self.drains = state.services.drains[station.service]
        self.cells = {
            "servers": station.servers,
            "waiting_room": station.waiting_room,
            "is_active": True,
            "hours": station.hours,
        }
        self.edits = [edit for edit in edits if edit.uid == name]
        self.waiting = []
        self.in_service = {}
        self.story = {}

    def is_open(self, now):
        intervals = self.prep.intervals(self.cells["hours"])
        within = (intervals[:, 0] <= now) & (now < intervals[:, 1])
        return self.cells["is_active"] and bool(within.any())

    def call(self, now, took):
        while self.waiting and len(self.in_service) < self.cells["servers"]:
            visit = self.waiting.pop(0)
            self.in_service[visit] = now + took[visit]
            self.story[visit] = (now, kc.NO_REASON)

    def review(self, now, took):
        is_staffed = self.cells["servers"] > 0
        if self.is_open(now) or (self.drains and is_staffed):
            self.call(now, took)
        else:
            for visit in self.waiting:
                self.story[visit] = (-1, kc.TURNED_AWAY)
            self.waiting = []

    def arrive(self, visit, now, took):
        room = self.cells["waiting_room"]
        if not self.cells["is_active"]:
            self.story[visit] = (-1, kc.FACILITY_CLOSED)
        elif not self.is_open(now):
            self.story[visit] = (-1, kc.OUTSIDE_HOURS)
        elif self.waiting or len(self.in_service) >= self.cells["servers"]:
            if 0 <= room <= len(self.waiting):
                self.story[visit] = (-1, kc.ROOM_FULL)
            else:
                self.story[visit] = (-1, kc.NO_REASON)
                self.waiting.append(visit)
        else:
            self.waiting.append(visit)
            self.call(now, took)

    def closings(self):
        texts = {self.cells["hours"], *OTHER_HOURS}
        return {int(t) for text in texts for t in self.prep.intervals(text).ravel()}

    def play(self, arrivals, took, end):
        """Return (start, reason) of every visit that arrives before `end`."""
        by_time: dict[int, list[int]] = {}
        for visit, time in arrivals.items():
            by_time.setdefault(time, []).append(visit)
        times = {edit.time_us for edit in self.edits} | self.closings() | set(by_time)
        while times and (now := min(times)) < end:
            times.remove(now)
            was_open = self.is_open(now - 1) if now else False
            due = [edit for edit in self.edits if edit.time_us == now]
            for edit in due:
                self.cells[edit.column] = edit.value
            if due or was_open != self.is_open(now):
                self.review(now, took)
            for visit in sorted(v for v, until in self.in_service.items() if until == now):
                del self.in_service[visit]
                self.call(now, took)
            for visit in sorted(by_time.get(now, [])):
                self.arrive(visit, now, took)
            times |= {until for until in self.in_service.values() if until > now}
        return self.story


def the_same_story(edits):
    state = run(edits)
    n = state.n_visits
    v = state.visits
    took = [durations().get(name, -1) for name in names_of(state)]
    end = state.clock_us
    n_compared = 0
    for name in (CLINIC, COUNTER):
        replay = Replay(state, name, compile_edits(edits))
        at = np.flatnonzero(
            (v.station[:n] == replay.row) & (v.arrive_us[:n] >= 0) & (v.arrive_us[:n] < end)
        )
        arrivals = {int(visit): int(v.arrive_us[visit]) for visit in at}
        story = replay.play(arrivals, took, end)
        found = {visit: (int(v.start_us[visit]), int(v.reason[visit])) for visit in arrivals}
        assert found == story
        n_compared += len(story)
    the_same_hours(state)
    return n_compared


def the_same_hours(state):
    """Compare the facilities' hours with the visits, microsecond for microsecond."""
    n, clock = state.n_visits, state.clock_us
    v = {name: getattr(state.visits, name)[:n] for name in state.visits._fields[:-1]}
    came = (v["station"] >= 0) & (v["arrive_us"] >= 0) & (v["arrive_us"] < clock)
    is_started = came & (v["start_us"] >= 0)
    is_refused = came & ~is_started & (v["outcome"] != kc.IN_SYSTEM) & (v["end_us"] < 0)
    left = np.where(is_started, v["start_us"], np.where(v["end_us"] >= 0, v["end_us"], clock))
    queued = (left - v["arrive_us"])[came & ~is_refused].sum()
    busy = (np.minimum(v["end_us"], clock) - v["start_us"])[is_started].sum()
    hours = {
        name: column
        for name, column in facility_hours_data(state).items()
        if isinstance(column, np.ndarray)
    }
    assert hours["arrivals"].sum() == came.sum()
    assert hours["served"].sum() == (v["outcome"] == kc.SERVED).sum()
    assert hours["lost"].sum() == (came & (v["reason"] != kc.NO_REASON)).sum()
    assert np.rint(hours["queue_mean"].sum() * HOUR_US) == queued
    assert np.rint(hours["busy_s"].sum() * US_PER_S) == busy
    assert (hours["open_servers"] >= 0).all()


def test_durations_are_known():
    known = np.array(list(durations().values()))
    # Who arrives after the end is not served, and arrives no earlier in any other run.
    assert np.mean(known > 0) > 0.99


def test_the_town_without_edits():
    assert the_same_story(()) > 1_000


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_edits_fall_on_whatever_moment(data):
    cells = data.draw(
        st.lists(
            st.tuples(
                st.sampled_from(moments()),
                st.sampled_from([CLINIC, COUNTER]),
                st.sampled_from(sorted(CELLS)),
            ),
            unique=True,
            max_size=12,
        )
    )
    the_same_story(
        tuple(
            Edit(time_s, "facilities", uid, column, "set", data.draw(CELLS[column]), "x")
            for time_s, uid, column in cells
        )
    )
