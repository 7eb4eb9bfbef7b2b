"""Counters merged in the middle of a day: nobody is lost, nobody overtakes, all can be undone."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.worlds import changed, model_of, monaco
from twin.city.edits import Edit
from twin.engine.counters import _line
from twin.engine.loop import Engine
from twin.engine.preparation import prepare
from twin.kernels import columns as kc

PRACTICE = "practice_larvotto"
TWO_SERVICES = """
[[services]]
id = "vaccination"
needs_per_year = 3.0
service_time = {distribution = "exponential", mean_s = 900}
cutoff_s = 3600
default_hours = "Mo-Su 08:00-20:00"
choice = {rule = "nearest"}
[[services]]
id = "primary_care"
default_hours = "Mo-Su 08:00-20:00"

[[facilities]]
uid = "practice_larvotto"
service = "vaccination"
op = "add"
servers = 1
"""
MERGED = """
[[interventions]]
id = "one_line"
kind = "merge_counters"
facility = "practice_larvotto"
from_day = 1
"""
SIZE = ("population.residents=12000", "run.days=5", "run.warmup_days=1", "run.cooldown_days=1")


def lines(state):
    """Return all that says who stands where."""
    queues = state.queues
    desks = range(state.stations.uid.size)
    return [
        state.stations.desk.tolist(),
        [_line(state, desk).tolist() for desk in desks],
        queues.n_waiting.tolist(),
        queues.n_busy.tolist(),
        queues.n_servers.tolist(),
        queues.first_waiting.tolist(),
        queues.last_waiting.tolist(),
    ]


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """Return an engine in the middle of a day on which people wait for both services."""
    spec = changed(tmp_path_factory.mktemp("city"), TWO_SERVICES, overrides=SIZE)
    engine = Engine(prepare(monaco(), spec), 1)
    for minute in range(24 * 60 + 8 * 60, 5 * 24 * 60, 5):
        engine.advance(minute * 60_000_000)
        state = engine.state
        ours = [state.station_row(f"{PRACTICE}/{s}") for s in ("primary_care", "vaccination")]
        if min(state.queues.n_waiting[ours]) >= 2:
            return engine, ours
    raise AssertionError("nobody ever waits at both")


def test_a_merge_keeps_everybody_in_the_order_of_arrival_and_can_be_undone(busy):
    engine, (host, guest) = busy
    state = engine.state
    before = lines(state)
    state.apply([Edit(0.0, "facilities", f"{PRACTICE}/vaccination", "counter", "set",
                      f"{PRACTICE}/primary_care", "merge")])  # fmt: skip
    assert state.stations.desk[guest] == host
    assert state.queues.n_waiting[host] == before[2][host] + before[2][guest]
    assert state.queues.n_busy[host] == before[3][host] + before[3][guest]
    assert state.queues.n_servers[host] == before[4][host] + before[4][guest]
    assert state.queues.n_waiting[guest] == state.queues.n_busy[guest] == 0
    line = _line(state, host)
    assert set(line) == {*before[1][host], *before[1][guest]}
    arrivals = state.visits.arrive_us[line]
    assert (np.diff(arrivals) >= 0).all()
    assert len(set(state.visits.station[line])) == 2
    state.apply([state.applied[-1].undone(0.0)])
    assert lines(state) == before


def test_a_pooled_line_serves_all_with_less_waiting(tmp_path):
    apart = model_of(changed(tmp_path, TWO_SERVICES, name="apart", overrides=SIZE))
    pooled = model_of(changed(tmp_path, TWO_SERVICES + MERGED, name="pooled", overrides=SIZE))
    waits = []
    for model in (apart, pooled):
        visits = model.tables()["visits"].to_pandas()
        assert len(visits) == (visits.outcome != "").sum()
        ours = visits[(visits.facility == PRACTICE) & (visits.need_s >= 86_400)]
        waits.append(ours.wait_s.mean())
        state = model.engine.state
        assert (state.queues.n_busy >= 0).all()
        here = state.visits.outcome[: state.n_visits] == kc.IN_SYSTEM
        assert here.sum() == state.counters[kc.N_OPEN_VISITS]
    assert waits[1] < 0.8 * waits[0]
    first_day = [m.tables()["visits"].to_pandas().query("end_s < 86400") for m in (apart, pooled)]
    assert first_day[0].equals(first_day[1])


def test_whose_hours_have_ended_serves_nobody_at_a_merged_counter(tmp_path):
    hours = """
[[facilities]]
op = "set"
uid = "practice_larvotto"
service = "primary_care"
servers = 3
hours = "Mo-Su 08:00-12:00"
"""
    spec = changed(tmp_path, TWO_SERVICES + hours + MERGED, overrides=SIZE)
    visits = model_of(spec).tables()["visits"].to_pandas()
    ours = visits[(visits.facility == PRACTICE) & visits.start_s.notna()]

    def served_at(hour, days=(1, 2, 3, 4)):
        times = np.array(days)[:, None] * 86_400 + hour * 3600
        return ((ours.start_s.to_numpy() <= times) & (ours.end_s.to_numpy() > times)).sum(axis=1)

    assert served_at(11.0).max() > 1
    assert served_at(14.0).max() == served_at(16.0).max() == 1


def test_a_facility_with_one_counter_has_nothing_to_merge(tmp_path):
    from twin.errors import InputErrors

    text = TWO_SERVICES + MERGED.replace("practice_larvotto", "practice_fontvieille")
    with pytest.raises(InputErrors, match="has one counter among those named"):
        prepare(monaco(), changed(tmp_path, text, overrides=SIZE))
    unknown = MERGED + 'services = ["primary_care", "vacination"]\n'
    with pytest.raises(InputErrors, match="does not offer `vacination`"):
        prepare(monaco(), changed(tmp_path, TWO_SERVICES + unknown, name="b", overrides=SIZE))
