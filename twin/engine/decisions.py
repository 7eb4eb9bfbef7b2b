"""Decisions of policies become dated edits: who leaves now, who serves later, what it costs."""

from __future__ import annotations

import math
from bisect import insort
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.city.edits import Edit
from twin.errors import InputError, did_you_mean
from twin.scenario.policies.base import LONGEST_DELAY_S
from twin.scenario.policies.decisions import Charge, Decisions, Move, Open, Recall
from twin.units import DAY_S, DAY_US, US_PER_S, us_from_seconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.engine.state import State
    from twin.scenario.policies.decisions import Change


@dataclass(frozen=True, order=True)
class Arrival:
    """Servers who will serve at a station from a time on.

    Parameters
    ----------
    time_us
        Microseconds since the run's first midnight.
    row
        Row of the station.
    cause
        Id of the policy.
    servers
        How many.
    """

    time_us: int
    row: int
    cause: str
    servers: int


class Staffing:
    """Servers under way between stations, and the edits that decisions make.

    Servers are neither made nor lost but by counters that open and close: whoever leaves a
    station is on his or her way until an arrival is due.

    Parameters
    ----------
    state
        The run; its ledger of charges is updated.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self.arrivals: list[Arrival] = []
        # What edits of this very time will change, by station, since they come together.
        self._change_now: dict[int, int] = {}
        self._edits: list[Edit] = []

    def due(self, now_us: int) -> list[Edit]:
        """Return the edits of those who arrive now."""
        n = sum(arrival.time_us <= now_us for arrival in self.arrivals)
        due, self.arrivals = self.arrivals[:n], self.arrivals[n:]
        return [self._edit(a.time_us, a.row, a.servers, a.cause) for a in due]

    def take_edits(self) -> list[Edit]:
        """Return the edits of this time that decisions have made since the last call."""
        edits, self._edits = self._edits, []
        self._change_now.clear()
        return edits

    def under_way(self, cause: str, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the servers whom a policy has sent and who have not arrived, by target."""
        coming = np.zeros(rows.size, dtype=np.int64)
        for arrival in self.arrivals:
            if arrival.cause == cause:
                coming[np.searchsorted(rows, arrival.row)] += arrival.servers
        return coming

    def carry_out(
        self, cause: str, rows: NDArray[np.intp], n_own: NDArray[np.int64], decisions: Decisions
    ) -> None:
        """Carry out what a policy has decided now.

        Parameters
        ----------
        cause
            Id of the policy.
        rows
            (n,) its stations, ascending.
        n_own
            (n,) servers that it has brought to each, updated.
        decisions
            Checked by `check_decisions`.
        """
        names = [self._state.prep.stations[row].facility.key for row in rows]
        for change in decisions.changes:
            if isinstance(change, Move):
                places = names.index(change.source), names.index(change.target)
                self._move(cause, rows, n_own, places, change)
            elif isinstance(change, Open):
                place = names.index(change.station)
                if change.counters > 0:
                    self._send(cause, int(rows[place]), change.counters, change.delay_s)
                    n_own[place] += change.counters
                else:
                    closed = min(-change.counters, max(int(n_own[place]), 0))
                    n_own[place] -= self._take(cause, int(rows[place]), closed)
            else:
                self._recall(cause, rows, n_own, change)
        for charge in decisions.charges:
            self._charge(cause, charge)

    def _move(
        self,
        cause: str,
        rows: NDArray[np.intp],
        n_own: NDArray[np.int64],
        places: tuple[int, int],
        move: Move,
    ) -> None:
        source, target = places
        n = min(move.servers, self._present(int(rows[source])))
        if n <= 0:
            return
        self._send(cause, int(rows[source]), -n)
        self._send(cause, int(rows[target]), n, move.delay_s)
        n_own[source] -= n
        n_own[target] += n
        self._charge(cause, Charge("moves", n * move.cost_each))

    def _recall(
        self, cause: str, rows: NDArray[np.intp], n_own: NDArray[np.int64], recall: Recall
    ) -> None:
        """Take back what there is, first for the places that miss somebody."""
        n_left = 0
        for place in np.flatnonzero(n_own > 0):
            taken = self._take(cause, int(rows[place]), int(n_own[place]))
            n_own[place] -= taken
            n_left += taken
        for place in np.flatnonzero(n_own < 0):
            n = min(n_left, -int(n_own[place]))
            if n > 0:
                self._send(cause, int(rows[place]), n, recall.delay_s)
                self._charge(cause, Charge("moves", n * recall.cost_each))
            n_own[place] += n
            n_left -= n

    def _take(self, cause: str, row: int, servers: int) -> int:
        """Take servers whom a policy has brought: first those under way, then those there."""
        left = servers
        for arrival in [a for a in self.arrivals if (a.cause, a.row) == (cause, row)]:
            stays = max(arrival.servers - left, 0)
            self.arrivals.remove(arrival)
            if stays:
                insort(self.arrivals, Arrival(arrival.time_us, row, cause, stays))
            left -= arrival.servers - stays
        there = min(left, self._present(row))
        if there > 0:
            self._send(cause, row, -there)
        return servers - left + max(there, 0)

    def _present(self, row: int) -> int:
        """Return the servers that a station has when this time's edits are made."""
        return int(self._state.stations.n_posts[row]) + self._change_now.get(row, 0)

    def _send(self, cause: str, row: int, servers: int, delay_s: float = 0.0) -> None:
        """Let a station have more servers, or fewer, now or later."""
        now_us = self._state.clock_us
        time_us = now_us + us_from_seconds(delay_s)
        if time_us > now_us:
            insort(self.arrivals, Arrival(time_us, row, cause, servers))
            return
        self._change_now[row] = self._change_now.get(row, 0) + servers
        self._edits.append(self._edit(now_us, row, servers, cause))

    def _edit(self, time_us: int, row: int, servers: int, cause: str) -> Edit:
        uid = self._state.prep.stations[row].facility.key
        return Edit(time_us / US_PER_S, "facilities", uid, "servers", "add", servers, cause)

    def _charge(self, cause: str, charge: Charge) -> None:
        if charge.amount:
            key = (self._state.clock_us // DAY_US, cause, charge.item)
            self._state.charges[key] = self._state.charges.get(key, 0.0) + charge.amount


def check_decisions(policy: str, clock_s: float, names: tuple[str, ...], found: object) -> None:
    """Refuse decisions that cannot be carried out.

    Raises
    ------
    InputError
        With the policy and the day, what it decided and what it may decide.
    """
    where = f"policy `{policy}` on day {clock_s / DAY_S:.2f}"
    if not isinstance(found, Decisions):
        raise InputError(where, f"decided {found!r}", expected="a `Decisions`")
    for change in found.changes:
        _check_change(where, names, change)
    for charge in found.charges:
        if not math.isfinite(charge.amount):
            raise InputError(where, f"decided {charge!r}", expected="a finite amount")


def _check_change(where: str, names: tuple[str, ...], change: Change) -> None:
    kinds = {Move: ("source", "target"), Open: ("station",), Recall: ()}
    if type(change) not in kinds:
        raise InputError(where, f"decided {change!r}", expected="a `Move`, `Open` or `Recall`")
    for word in kinds[type(change)]:
        name = getattr(change, word)
        if name not in names:
            raise InputError(
                where,
                f"{word} `{name}` is not in its charge",
                expected=f"one of its {len(names)} stations, by the name on the roster",
                hint=did_you_mean(str(name), names),
            )
    if isinstance(change, Move) and (change.servers < 1 or change.source == change.target):
        raise InputError(where, f"decided {change!r}", expected="one server or more, elsewhere")
    if not 0 <= change.delay_s <= LONGEST_DELAY_S:
        expected = f"0 to {LONGEST_DELAY_S} seconds"
        raise InputError(where, f"delay_s {change.delay_s}", expected=expected)
