"""Every trip of a run: those of the day plans, those to services, and the ways back.

Whoever goes to a facility leaves the day plan for that time: the trips meant for it
do not take place, and from the facility the resident goes where the plan then has him
or her. All of it follows from the visits and the trips that were made, so that the event loop
need not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from twin.engine.activities import Trips
from twin.engine.needs import last_stages
from twin.kernels import columns as kc
from twin.kernels.plans import PURPOSES
from twin.kernels.whereabouts import last_departures
from twin.network.modes import RESIDENT_MODES
from twin.network.pairs import pairs_ms
from twin.units import DAY_US

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twin.engine.activities import Days
    from twin.engine.state import State
    from twin.network.carriers import Carrier
    from twin.network.journeys import Streets
    from twin.network.street_rows import StreetState

TO_HOME: Final = PURPOSES.index("home")
ARRIVED: Final = 0
UNDER_WAY: Final = 1
UNREACHABLE: Final = 2
TRIP_OUTCOMES: Final = ("arrived", "under_way", "unreachable")


class Movements(NamedTuple):
    """Trips between nodes, one row each.

    Attributes
    ----------
    resident : (n,) uint32
    purpose : (n,) int32
        Index in `purposes_of`.
    mode : (n,) int8
        Index in ``RESIDENT_MODES``, -1 where no mode leads there.
    origin, destination : (n,) int32
        Nodes.
    depart_us, arrive_us : (n,) int64
    visit : (n,) int64
        The visit whose way out it is, -1 for other trips.
    """

    resident: NDArray[np.uint32]
    purpose: NDArray[np.int32]
    mode: NDArray[np.int8]
    origin: NDArray[np.int32]
    destination: NDArray[np.int32]
    depart_us: NDArray[np.int64]
    arrive_us: NDArray[np.int64]
    visit: NDArray[np.int64]


def movements_of(state: State) -> Movements:
    """Return every trip of the run so far, ways out to services in the order of visits first.

    Day plans are there as far as they were kept (``[output] level = "full"``).
    """
    out = _ways_out(state)
    if state.days is None or not state.days.is_logged:
        return out
    planned = _Planned(state, state.days)
    tours = _Tours(state, planned)
    back = tours.ways_back()
    kept = planned.all_trips(~tours.replaced())
    # Millions of rows: nothing is held twice that is not needed any more.
    del planned, tours
    order = np.lexsort((kept.destination, kept.resident, kept.depart_us))
    kept = Movements._make(column[order] for column in kept)
    del order
    parts: list[Movements] = [out, back, kept]
    return Movements._make(np.concatenate([p[i] for p in parts]) for i in range(len(out)))


def purposes_of(state: State) -> tuple[str, ...]:
    """Return what trips are made for: the day's activities, then the services."""
    return (*PURPOSES, *(service.id for service in state.prep.scenario.services))


def _ways_out(state: State) -> Movements:
    """Return the trips to facilities that have begun, in the order of visits."""
    n = state.n_visits
    v = state.visits
    rows = np.flatnonzero(_travels(state) & (v.depart_us[:n] < state.clock_us))
    station = v.station[rows]
    nodes = np.array([one.node for one in state.prep.stations], dtype=np.int32)
    return Movements(
        resident=v.resident[rows],
        purpose=(v.service[rows] + len(PURPOSES)).astype(np.int32),
        mode=v.mode[rows],
        origin=state.prep.origin_node[v.origin[rows]].astype(np.int32),
        destination=nodes[station] if nodes.size else station,
        depart_us=v.depart_us[rows],
        arrive_us=v.arrive_us[rows],
        visit=rows.astype(np.int64),
    )


def _travels(state: State) -> NDArray[np.bool_]:
    """Return the visits with a way: not the later stages of one, nor calls to a hotline."""
    n, v = state.n_visits, state.visits
    travels: NDArray[np.bool_] = v.depart_us[:n] != kc.NOT_YET
    return travels & ~state.services.is_remote[v.service[:n]]


class _Planned:
    """The trips of the day plans of a run, by resident and departure."""

    def __init__(self, state: State, days: Days) -> None:
        self._state = state
        self._days = days
        n_residents = days.activities.occupations.node.shape[0]
        # The day under way is not among the logged ones yet.
        under_way = [] if state.clock_us % DAY_US == 0 else [days.trips_of_day()]
        parts = [_no_trips(), *days.logged, *under_way]
        trips = Trips._make(np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.lexsort((trips.depart_us, trips.row))
        self.trips = Trips._make(column[order] for column in trips)
        self._bounds = np.searchsorted(self.trips.row, np.arange(n_residents + 1))

    def last(self, row: NDArray[np.int32], when_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the last trip of each resident that left not after a time."""
        found = np.empty(row.size, dtype=np.int64)
        first = self._bounds[row].astype(np.int64)
        end = self._bounds[row + 1].astype(np.int64)
        last_departures(found, first, end, self.trips.depart_us, when_us)
        return found

    def node_at(
        self, row: NDArray[np.int32], slot: NDArray[np.int64], when_us: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        """Return the nodes of places as they were then."""
        return self._days.node_at(row, slot, when_us)

    def ends(self, row: NDArray[np.int32]) -> NDArray[np.intp]:
        """Return the row behind the last trip of each resident."""
        behind: NDArray[np.intp] = self._bounds[row + 1]
        return behind

    def slot_after(self, row: NDArray[np.int32], trip: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where a trip led; home before the first."""
        has_left = trip >= self._bounds[row]
        slots = np.zeros(row.size, dtype=np.int64)
        slots[has_left] = self.trips.to_slot[trip[has_left]]
        return slots

    def all_trips(self, kept: NDArray[np.bool_]) -> Movements:
        """Return those of the trips that took place."""
        t = Trips._make(column[kept] for column in self.trips)
        return Movements(
            resident=self._state.residents.uid[t.row],
            purpose=t.purpose.astype(np.int32),
            mode=t.mode,
            origin=self._days.node_at(t.row, t.from_slot, t.depart_us),
            destination=self._days.node_at(t.row, t.to_slot, t.depart_us),
            depart_us=t.depart_us,
            arrive_us=t.arrive_us,
            visit=np.full(t.row.size, -1, dtype=np.int64),
        )


def _no_trips() -> Trips:
    none8, none64 = np.empty(0, dtype=np.int8), np.empty(0, dtype=np.int64)
    return Trips(np.empty(0, dtype=np.int32), none8, none8, none8, none8, none64, none64)


class _Tours:
    """Visits to facilities as tours that leave the day plan and come back to it."""

    def __init__(self, state: State, planned: _Planned) -> None:
        self._state, self._planned = state, planned
        n, v = state.n_visits, state.visits
        travels = _travels(state)
        has_arrived = travels & (v.arrive_us[:n] != kc.NOT_YET) & (v.arrive_us[:n] < state.clock_us)
        # Whoever came leaves after the last stage.
        last = last_stages(state)
        leave = np.where(v.end_us[:n] != kc.NOT_YET, v.end_us[:n], v.arrive_us[:n])[last]
        has_left = has_arrived & (v.outcome[last] != kc.IN_SYSTEM) & (leave < state.clock_us)
        self.visit = np.flatnonzero(has_left)
        has_begun = travels & (v.depart_us[:n] < state.clock_us)
        self.not_back = np.flatnonzero(has_begun & ~has_left)
        self.row = v.row[self.visit]
        self.out_us = v.depart_us[self.visit]
        self.leave_us = leave[self.visit]
        self._find_ways()

    def _find_ways(self) -> None:
        """Find where each tour ends: where the plan has the resident when he or she gets there."""
        row, planned = self.row, self._planned
        self.joined = planned.last(row, self.leave_us)
        while True:
            slot = planned.slot_after(row, self.joined)
            self.node = planned.node_at(row, slot, self.leave_us)
            self.mode, time_ms = self._times()
            self.is_reached = time_ms >= 0
            self.back_us = self.leave_us + np.maximum(time_ms, 0).astype(np.int64) * 1_000
            later = np.maximum(self.joined, planned.last(row, self.back_us))
            if np.array_equal(later, self.joined):
                self.slot = slot
                return
            self.joined = later

    def _times(self) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
        """Return mode and time of each way back: as one came, or on foot."""
        state, v = self._state, self._state.visits
        nodes = np.array([one.node for one in state.prep.stations], dtype=np.int32)
        origin = nodes[v.station[self.visit]] if nodes.size else v.station[self.visit]
        mode = v.mode[self.visit].copy()
        time_ms = timed(state, mode, origin, self.node, self.leave_us)
        lost = time_ms < 0
        on_foot = np.zeros(int(lost.sum()), dtype=np.int8)
        time_ms[lost] = timed(state, on_foot, origin[lost], self.node[lost], self.leave_us[lost])
        mode[lost] = np.where(time_ms[lost] >= 0, 0, -1)
        return mode, time_ms

    def replaced(self) -> NDArray[np.bool_]:
        """Return which trips of the plans did not take place because of a tour."""
        v = self._state.visits
        before = self._planned.last(self.row, self.out_us)
        steps = np.zeros(self._planned.trips.row.size + 1, dtype=np.int64)
        np.add.at(steps, before + 1, 1)
        np.add.at(steps, self.joined + 1, -1)
        # Whoever is still there, or on the way there, has not come back to the plan.
        row = v.row[self.not_back]
        begun = self._planned.last(row, v.depart_us[self.not_back])
        np.add.at(steps, begun + 1, 1)
        np.add.at(steps, self._planned.ends(row), -1)
        is_within: NDArray[np.bool_] = np.cumsum(steps[:-1]) > 0
        return is_within

    def ways_back(self) -> Movements:
        """Return the trips from facilities to where the plan goes on."""
        state, v = self._state, self._state.visits
        nodes = np.array([one.node for one in state.prep.stations], dtype=np.int32)
        kind = self._planned_kind()
        return Movements(
            resident=v.resident[self.visit],
            purpose=kind,
            mode=self.mode,
            origin=nodes[v.station[self.visit]] if nodes.size else v.station[self.visit],
            destination=self.node,
            depart_us=self.leave_us,
            arrive_us=np.where(self.is_reached, self.back_us, kc.NOT_YET),
            visit=np.full(self.visit.size, -1, dtype=np.int64),
        )

    def _planned_kind(self) -> NDArray[np.int32]:
        days = self._state.days
        if days is None:
            return np.full(self.row.size, TO_HOME, dtype=np.int32)
        which = days.activities
        role = which.occupations.role[self.row]
        return which.kind_of_slot[role, self.slot].astype(np.int32)


def timed(
    state: State,
    mode: NDArray[np.int8],
    origin: NDArray[np.int32],
    destination: NDArray[np.int32],
    when_us: NDArray[np.int64],
) -> NDArray[np.int32]:
    """Return the time of each trip on the streets as they were when it began; -1 without a way."""
    time_ms = np.full(mode.size, -1, dtype=np.int32)
    spells = Spells(state)
    spell = spells.at(when_us)
    for view, carrier, rows in spells.split(spell, mode):
        time_ms[rows] = pairs_ms(view, carrier, origin[rows], destination[rows])
    return time_ms


class Spells:
    """The different states of streets and traffic in a run, and when each held."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._since = np.array([entry[0] for entry in state.street_log], dtype=np.int64)
        numbers: dict[tuple[StreetState, int], int] = {}
        kinds = [numbers.setdefault(entry[1:], len(numbers)) for entry in state.street_log]
        self._kind = np.array(kinds, dtype=np.int64)
        self._views = [state.prep.streets_view(*key) for key in numbers]

    def at(self, when_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of the state that held at each time."""
        return self._kind[np.searchsorted(self._since, when_us, side="right") - 1]

    def split(
        self, spell: NDArray[np.int64], mode: NDArray[np.integer]
    ) -> Iterator[tuple[Streets, Carrier, NDArray[np.intp]]]:
        """Yield the streets and the mode of each kind of trip, and the rows of its trips."""
        key = spell * len(RESIDENT_MODES) + mode
        order = np.argsort(key, kind="stable")
        kinds, first = np.unique(key[order], return_index=True)
        bounds = [*first.tolist(), key.size]
        carriers = {one.code: one for one in self._state.prep.carriers}
        for i, kind in enumerate(kinds.tolist()):
            number, code = divmod(kind, len(RESIDENT_MODES))
            if code in carriers:
                yield self._views[number], carriers[code], order[bounds[i] : bounds[i + 1]]
