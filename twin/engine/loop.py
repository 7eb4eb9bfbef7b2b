"""Advance a state: midnights, edits, traffic and new needs between runs of the compiled loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from twin.engine.choice_columns import learn
from twin.engine.hashing import ChainLink, first_link, next_link
from twin.engine.policies import Policies
from twin.engine.state import State, own_copy
from twin.engine.visit_rows import columns_of, longer_rows
from twin.kernels import columns as kc
from twin.kernels.demand import draw_needs, new_scratch
from twin.kernels.loop import NEEDS_ROOM, run_until
from twin.units import DAY_US

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.engine.preparation import Preparation

_SPARE = 256


class Engine:
    """One run: a state and the dated edits that are still to come.

    Parameters
    ----------
    prep
        The seed-independent part.
    seed
        Run seed, 64 bits.
    """

    def __init__(self, prep: Preparation, seed: int) -> None:
        self.prep = prep
        self.state = State(prep, seed, own_copy(prep.residents))
        self._scratch = new_scratch()
        self._strips = prep.demand.strips(self.state.day_chance)
        self.policies = Policies(self.state)
        self._n_edits_done = 0
        self._under_way = np.empty(0, dtype=np.intp)
        self._n_linked = 0
        self._need_capacity = [_SPARE] * len(prep.scenario.services)
        self.chain: list[ChainLink] = [first_link(prep, seed)]
        self._at_boundary()

    @property
    def end_us(self) -> int:
        """When the run ends."""
        return self.prep.n_days * DAY_US

    def advance(self, until_us: int) -> None:
        """Let everything happen that is due before `until_us`.

        The result does not depend on how a run is cut into calls.
        """
        target = min(until_us, self.end_us)
        while self.state.clock_us < target:
            stop = min(target, self._next_boundary())
            self._run_kernel(stop)
            self.state.clock_us = stop
            self._at_boundary()

    def _next_boundary(self) -> int:
        """Return the next midnight, dated edit, period of traffic or turn of a policy."""
        midnight = (self.state.clock_us // DAY_US + 1) * DAY_US
        changes_us = self.prep.traffic.next_change_us(self.state.clock_us)
        stop = min(midnight, changes_us, self.policies.next_us())
        if self._n_edits_done < len(self.prep.edits):
            return min(stop, self.prep.edits[self._n_edits_done].time_us)
        return stop

    def _run_kernel(self, stop: int) -> None:
        s = self.state
        low, high = s.key
        if s.days is not None:
            # First, so that whoever needs something is found where he or she is by then.
            s.days.advance(s.clock_us, stop, self.prep.streets_view(s.streets, s.period))
        while (
            run_until(
                stop,
                low,
                high,
                s.counters,
                s.agenda,
                s.visits,
                s.queues,
                s.hours,
                s.shifts,
                s.books,
                s.services,
                s.choices,
                s.stages,
                s.follows,
                s.stations,
                s.groups,
                s.residents,
                s.candidates,
                s.plans,
            )
            == NEEDS_ROOM
        ):
            self._make_room(int(s.queues.n_waiting.max(initial=0)) + _SPARE)

    def _at_boundary(self) -> None:
        """Close the day that ends now, apply what is due now, draw the new day."""
        now = self.state.clock_us
        is_midnight = now % DAY_US == 0
        if is_midnight and now > 0:
            if self.state.days is not None:
                self.state.days.close(now // DAY_US - 1)
            self._link(now // DAY_US)
            learn(self.state.choices)
        if now >= self.end_us:
            return
        due = []
        edits = self.prep.edits
        while self._n_edits_done < len(edits) and edits[self._n_edits_done].time_us == now:
            due.append(edits[self._n_edits_done])
            self._n_edits_done += 1
        due += self.policies.due()
        touched = self.state.apply(due) if due else ()
        if is_midnight and not due:
            self.state.open_day()
        decided = self.policies.decide()
        if decided:
            self.state.apply(decided, touched)
        self.state.enter_period()
        if is_midnight:
            if self.state.schools is not None:
                self.state.schools.at_midnight(now // DAY_US, self.state)
            self._new_day(now // DAY_US)

    def _link(self, day: int) -> None:
        state = self.state
        fresh = np.arange(self._n_linked, state.n_visits)
        changed = np.concatenate([self._under_way, fresh])
        self.chain.append(next_link(self.chain[-1], day, state, changed))
        # Few, and one that never ends does not drag all later ones into every link.
        self._under_way = changed[state.visits.outcome[changed] == kc.IN_SYSTEM]
        self._n_linked = state.n_visits

    def _new_day(self, day: int) -> None:
        """Put the needs of a day on the agenda, in the order in which they arise."""
        if self.state.days is not None:
            self.state.days.begin(day)
        n_services = len(self.prep.scenario.services)
        parts = [self._draw(row, day) for row in range(n_services)] or [_no_needs()]
        time = np.concatenate([p[0] for p in parts])
        row = np.concatenate([p[1] for p in parts])
        slot = np.concatenate([p[2] for p in parts])
        service = np.repeat(np.arange(len(parts), dtype=np.int32), [p[0].size for p in parts])
        order = np.argsort(time, kind="stable")
        if np.any(np.diff(time[order]) == 0):
            # One day in ten with 100,000 needs; to sort by all keys costs three times as much.
            order = np.lexsort((slot, service, self.state.residents.uid[row], time))
        self.state.agenda = self.state.agenda._replace(
            need_us=time[order],
            need_row=row[order],
            need_slot=slot[order],
            need_service=service[order],
        )
        self.state.counters[kc.N_NEEDS_DONE] = 0
        self._make_room(time.size)

    def _draw(
        self, service: int, day: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """Return times, rows and slots of one service's needs on a day."""
        demand, state = self.prep.demand, self.state
        low, high = state.key
        factor = demand.day_factor[service, day] * state.day_chance[service, day]
        while True:
            capacity = self._need_capacity[service]
            time, row, slot = _no_needs(capacity)
            n = draw_needs(
                time,
                row,
                slot,
                self._scratch,
                demand.blocks,
                state.residents.group,
                demand.rate_of_group[service] * factor,
                demand.hours(service, day),
                self._strips,
                day,
                int(demand.service_uid[service]),
                low,
                high,
            )
            if n <= capacity:
                return time[:n], row[:n], slot[:n]
            self._need_capacity[service] = n + n // 4

    def _make_room(self, n_new: int) -> None:
        """See to it that visits and agenda hold `n_new` more needs."""
        state = self.state
        n = state.n_visits
        if n + n_new > state.visit_rows.size:
            capacity = max(n + n_new, self._rows_expected())
            state.visit_rows = longer_rows(state.visit_rows, n, capacity)
            state.visits = columns_of(state.visit_rows)
        pending = int(state.counters[kc.N_PENDING]) + n_new
        agenda = state.agenda
        if pending > agenda.pending_us.size:
            state.agenda = agenda._replace(
                pending_us=_longer(agenda.pending_us, 2 * pending),
                pending_key=_longer(agenda.pending_key, 2 * pending),
            )

    def _rows_expected(self) -> int:
        """Return how many rows the run will have if it goes on so, at least twice those now.

        Room that is not used costs no memory, room that is too small a copy of all rows.
        """
        state = self.state
        days = state.clock_us // DAY_US
        expected = state.n_visits * self.prep.n_days // days if days else 0
        return max(2 * state.visit_rows.size, expected + expected // 16)


def _no_needs(
    capacity: int = 0,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return room for times, rows and slots of needs."""
    row, slot = np.empty((2, capacity), dtype=np.int32)
    return np.empty(capacity, dtype=np.int64), row, slot


def _longer(column: NDArray[Any], size: int) -> NDArray[Any]:
    """Return a column of `size` rows that begins like `column`."""
    out = np.zeros(size, dtype=column.dtype)
    out[: column.size] = column
    return out
