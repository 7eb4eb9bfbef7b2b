"""What each facility did in each hour."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from twin.engine.needs import resumed_us
from twin.engine.shifts import timeline_of
from twin.kernels import columns as kc
from twin.kernels.doors import on_duty
from twin.results.tables import Coded, ColumnData
from twin.units import HOUR_S, HOUR_US, US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from twin.engine.shifts import Timeline
    from twin.engine.state import State

T = TypeVar("T")


class Openings:
    """Staffed openings of all stations as they really were.

    Parameters
    ----------
    spans
        (station, start, end, servers), ascending, disjoint within a station.
    end_us
        No time lies beyond it.
    """

    def __init__(self, spans: Iterable[tuple[int, int, int, int]], end_us: int) -> None:
        table = np.array(list(spans), dtype=np.int64).reshape(-1, 4)
        self.station, self.start, self.end, self.servers = table.T
        self._stride = end_us + 1
        self._keys = self.station * self._stride + self.start
        self._before = np.concatenate([[0], np.cumsum(self.end - self.start)]).astype(np.int64)

    def passed(self, station: NDArray[np.integer], time: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how much opening time of a station has passed, up to a constant of its own."""
        key = station.astype(np.int64) * self._stride + time
        last = np.searchsorted(self._keys, key, side="right") - 1
        known = np.maximum(last, 0)
        if not self._keys.size:
            return np.zeros(time.size, dtype=np.int64)
        is_own = (last >= 0) & (self.station[known] == station)
        inside = np.minimum(time - self.start[known], self.end[known] - self.start[known])
        return np.where(is_own, self._before[known] + inside, self._before[last + 1])


def hour_overlap(
    row: NDArray[np.integer],
    start_us: NDArray[np.int64],
    end_us: NDArray[np.int64],
    shape: tuple[int, int],
    *,
    weight: NDArray[np.integer] | None = None,
    openings: Openings | None = None,
) -> NDArray[np.int64]:
    """Return how much of each hour is covered by intervals, summed by row.

    Parameters
    ----------
    row
        (n,) row of each interval.
    start_us, end_us
        (n,) bounds, microseconds; empty and reversed intervals count nothing.
    shape
        Number of rows and of hours; what lies outside is cut off.
    weight
        (n,) how often an interval counts, once if not given.
    openings
        Count only what lies within these.

    Returns
    -------
    (rows, hours) int64
        Microseconds.
    """
    out = np.zeros(shape, dtype=np.int64)
    low = np.maximum(start_us, 0)
    high = np.minimum(end_us, shape[1] * HOUR_US)
    times = np.ones(row.size, dtype=np.int64) if weight is None else weight
    left = np.flatnonzero(low < high)
    while left.size:
        hour = low[left] // HOUR_US
        stop = np.minimum(high[left], (hour + 1) * HOUR_US)
        length = stop - low[left]
        if openings is not None:
            length = openings.passed(row[left], stop) - openings.passed(row[left], low[left])
        np.add.at(out, (row[left], hour), length * times[left])
        low[left] = stop
        left = left[stop < high[left]]
    return out


def _staffed(state: State) -> Iterator[tuple[int, int, int, int]]:
    """Yield (station, start, end, servers) of all openings as they really were."""
    clock = state.clock_us
    timelines = [timeline_of(state.prep, i) for i in range(len(state.prep.scenario.services))]
    for row, station in enumerate(state.prep.stations):
        timeline = timelines[station.service]
        times = {time for time, _ in state.servers_log[row]}
        times |= {time for time, _ in state.hours_log[row]}
        times |= {time for time, _ in state.active_log[row]}
        cuts = sorted({time for time in times if time < clock} | {clock})
        for start, stop in itertools.pairwise(cuts):
            if not _value_at(state.active_log[row], start):
                continue
            servers = _value_at(state.servers_log[row], start)
            hours = _value_at(state.hours_log[row], start)
            for opens, closes in state.prep.intervals(hours).tolist():
                if opens < stop and closes > start and servers:
                    span = (max(opens, start), min(closes, stop))
                    for low, high, n in _on_duty(timeline, *span, servers):
                        yield row, low, high, n


def _on_duty(
    timeline: Timeline | None, start: int, stop: int, servers: int
) -> Iterator[tuple[int, int, int]]:
    """Yield (start, stop, servers) of the parts of an opening that shifts make of it."""
    if timeline is None:
        yield start, stop, servers
        return
    since, share = timeline
    first = int(np.searchsorted(since, start, side="right")) - 1
    end = int(np.searchsorted(since, stop, side="left"))
    for i in range(first, end):
        n = int(on_duty(servers, float(share[i])))
        until = int(since[i + 1]) if i + 1 < end else stop
        if n:
            yield max(int(since[i]), start), until, n


def _value_at(log: list[tuple[int, T]], time: int) -> T:
    """Return the value that holds at `time`: the last one logged not after it."""
    return [value for since, value in log if since <= time][-1]


def facility_of(state: State, station: NDArray[np.integer]) -> Coded:
    """Return the facility of each station row, null for -1; a facility may be several stations."""
    uids = [s.facility.uid for s in state.prep.stations]
    labels = sorted(set(uids))
    code = np.array([*(labels.index(uid) for uid in uids), -1], dtype=np.int32)
    return Coded(code[station], labels)


def stage_names(state: State, stage: NDArray[np.integer]) -> Coded:
    """Return the name of each row of stages; services may use one name each."""
    names = [one.id for s in state.prep.scenario.services for one in s.all_stages]
    labels = list(dict.fromkeys(names))
    code = np.array([labels.index(name) for name in names], dtype=np.int32)
    return Coded(code[stage] if names else stage.astype(np.int32), labels)


def facility_hours_data(state: State) -> dict[str, ColumnData]:
    """Return the columns of the table ``facility_hours``; hours without anything are left out."""
    n = state.n_visits
    v = state.visits
    shape = (len(state.prep.stations), -(-state.clock_us // HOUR_US))
    station = v.station[:n]
    arrived = (station >= 0) & (v.arrive_us[:n] != kc.NOT_YET) & (v.arrive_us[:n] < state.clock_us)
    rows = np.flatnonzero(arrived)
    station, outcome = station[rows], v.outcome[rows]
    arrive, start, end = v.arrive_us[rows], resumed_us(state)[rows], v.end_us[rows]
    is_started = start != kc.NOT_YET
    stop_waiting = np.where(is_started, start, np.where(end == kc.NOT_YET, state.clock_us, end))
    in_queue = is_started | (end != kc.NOT_YET) | (outcome == kc.IN_SYSTEM)

    def count(mask: NDArray[np.bool_], time: NDArray[np.int64]) -> NDArray[np.int64]:
        out = np.zeros(shape, dtype=np.int64)
        np.add.at(out, (station[mask], time[mask] // HOUR_US), 1)
        return out

    arrivals = count(np.ones(rows.size, dtype=np.bool_), arrive)
    served = count(outcome == kc.SERVED, end)
    is_lost = (outcome != kc.SERVED) & (outcome != kc.IN_SYSTEM)
    lost = count(is_lost, np.where(end == kc.NOT_YET, arrive, end))
    queued = hour_overlap(station, arrive, np.where(in_queue, stop_waiting, arrive), shape)
    began = np.where(is_started, start, 0)
    busy_end = np.minimum(np.where(is_started, end, 0), state.clock_us)
    busy = hour_overlap(station, began, busy_end, shape)
    openings = Openings(_staffed(state), state.clock_us)
    on_time = hour_overlap(station, began, busy_end, shape, openings=openings)
    staffed = hour_overlap(
        openings.station, openings.start, openings.end, shape, weight=openings.servers
    )
    where, hour = np.nonzero((arrivals + served + lost + queued + busy + staffed) > 0)
    on_duty = staffed[where, hour].astype(np.float64)
    return {
        "facility": facility_of(state, where),
        "service": Coded(
            state.stations.service[where], [s.id for s in state.prep.scenario.services]
        ),
        "stage": stage_names(state, state.stations.stage[where]),
        "is_entrance": np.array([s.stage == 0 for s in state.prep.stations], np.bool_)[where],
        "hour_s": (hour * HOUR_S).astype(np.float64),
        "arrivals": arrivals[where, hour].astype(np.int32),
        "served": served[where, hour].astype(np.int32),
        "lost": lost[where, hour].astype(np.int32),
        "queue_mean": queued[where, hour] / HOUR_US,
        "open_servers": on_duty / HOUR_US,
        "utilisation": np.divide(
            on_time[where, hour], on_duty, out=np.full(where.size, np.nan), where=on_duty > 0
        ),
        "busy_s": busy[where, hour] / US_PER_S,
        "overtime_s": (busy - on_time)[where, hour] / US_PER_S,
    }
