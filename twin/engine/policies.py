"""Policies at work: when they are told, when they decide, and what comes of it.

A policy that is told with a delay is given the report of that time, taken then and kept
until it is due; reports and decisions are dated, so that no result depends on how a run is
cut. Several that decide at one time do so in the order of their departments and ids, on
reports that do not show what the others decide now.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.engine.decisions import Arrival, Staffing, check_decisions
from twin.engine.reports import COLUMNS, report_from, report_of, roster_of, rows_of
from twin.scenario.policies.information import Information, Report
from twin.units import DAY_US, US_PER_S, us_from_days

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.city.edits import Edit
    from twin.engine.state import State
    from twin.scenario.policies.base import BasePolicy

NEVER: Final = 2**62


class Office:
    """One policy in a run: its stations, what it has been told and what it has done.

    Parameters
    ----------
    policy
        The rule.
    state
        The run.
    """

    def __init__(self, policy: BasePolicy, state: State) -> None:
        self.policy = policy
        self.rows = rows_of(state.prep, policy)
        self.roster = roster_of(state, self.rows)
        self.n_own = np.zeros(self.rows.size, dtype=np.int64)
        self.memory: dict[str, float] = {}
        # Reports that are not due yet, each with the servers that the policy had there then.
        self.on_the_way: deque[tuple[Report, NDArray[np.int64]]] = deque()
        self.told: tuple[Report, NDArray[np.int64]] | None = None
        end_us = state.prep.n_days * DAY_US
        last = end_us if policy.to_day is None else us_from_days(policy.to_day)
        self.from_us, self.to_us = us_from_days(policy.from_day), min(last, end_us)
        self.period_us, self.delay_us = policy.period_s * US_PER_S, policy.delay_s * US_PER_S

    @property
    def order(self) -> tuple[str, str]:
        """Whose turn it is first: by department, then by id."""
        departments = self.roster.departments
        return self.policy.department or (departments[0] if departments else ""), self.policy.id

    def next_decision_us(self, after_us: int) -> int:
        """Return when it decides next after a time; NEVER once it has ended."""
        day, within = divmod(max(after_us + 1, self.from_us), DAY_US)
        within = min(-(-within // self.period_us) * self.period_us, DAY_US)
        time_us = day * DAY_US + within
        return time_us if time_us < self.to_us else NEVER

    def next_us(self, now_us: int) -> int:
        """Return when something is due next: a report, a decision, the end."""
        report_us = self.next_decision_us(now_us + self.delay_us) - self.delay_us
        end_us = self.to_us if now_us < self.to_us else NEVER
        return min(report_us, self.next_decision_us(now_us), end_us)

    def listen(self, state: State, staffing: Staffing) -> None:
        """Take the report of now if it will be wanted, and receive the one that is due."""
        now_us = state.clock_us
        if self._decides_at(now_us + self.delay_us):
            there = self.n_own - staffing.under_way(self.policy.id, self.rows)
            report = report_of(state, self.rows, self.roster.mean_service_s)
            self.on_the_way.append((report, there))
        if self._decides_at(now_us) and now_us >= self.delay_us:
            self.told = self.on_the_way.popleft()

    def act(self, state: State, staffing: Staffing) -> None:
        """Decide, or end, if it is time and something is known."""
        now_us = state.clock_us
        is_end = now_us == self.to_us > self.from_us
        if self.told is None or not (is_end or self._decides_at(now_us)):
            return
        clock_s = now_us / US_PER_S
        information = self._information(self.told, clock_s, state.seed)
        rule = self.policy.end if is_end else self.policy.decide
        decisions = rule(information, clock_s)
        check_decisions(self.policy.id, clock_s, self.roster.names, decisions)
        staffing.carry_out(self.policy.id, self.rows, self.n_own, decisions)
        self.memory = {name: float(value) for name, value in decisions.memory.items()}

    def _decides_at(self, time_us: int) -> bool:
        return self.next_decision_us(time_us - 1) == time_us

    def _information(
        self, told: tuple[Report, NDArray[np.int64]], clock_s: float, seed: int
    ) -> Information:
        report, there = told
        n_own, n_coming = self.n_own.copy(), self.n_own - there
        for column in (n_own, n_coming):
            column.setflags(write=False)
        next_us = min(self.next_decision_us(round(clock_s * US_PER_S)), self.to_us)
        return Information(
            roster=self.roster,
            report=report,
            n_own=n_own,
            n_coming=n_coming,
            next_s=next_us / US_PER_S,
            memory=dict(self.memory),
            _draws=(seed, self.policy.id, clock_s),
        )

    def state(self) -> dict[str, Any]:
        """Return what it remembers as plain data."""
        return {
            "n_own": self.n_own.tolist(),
            "memory": dict(self.memory),
            "told": None if self.told is None else _plain(self.told),
            "on_the_way": [_plain(one) for one in self.on_the_way],
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Remember what `state` returned."""
        self.n_own[:] = kept["n_own"]
        self.memory = dict(kept["memory"])
        self.told = None if kept["told"] is None else _unplain(kept["told"])
        self.on_the_way = deque(_unplain(one) for one in kept["on_the_way"])


class Policies:
    """All policies of a run.

    Parameters
    ----------
    state
        The run.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        offices = [Office(policy, state) for policy in state.prep.scenario.policies]
        self.offices = sorted(offices, key=lambda office: office.order)
        self.staffing = Staffing(state)

    def next_us(self) -> int:
        """Return when something is due next after now; NEVER if nothing is."""
        now_us = self._state.clock_us
        arrivals = self.staffing.arrivals[:1]
        times = [office.next_us(now_us) for office in self.offices]
        return min([*times, *(arrival.time_us for arrival in arrivals)], default=NEVER)

    def due(self) -> list[Edit]:
        """Return the edits of those who arrive now."""
        return self.staffing.due(self._state.clock_us)

    def decide(self) -> list[Edit]:
        """Let everybody who is due be told and decide; return the edits of now."""
        for office in self.offices:
            office.listen(self._state, self.staffing)
        for office in self.offices:
            office.act(self._state, self.staffing)
        return self.staffing.take_edits()

    def state(self) -> dict[str, Any]:
        """Return all that is remembered as plain data, for a checkpoint."""
        arrivals = [[a.time_us, a.row, a.cause, a.servers] for a in self.staffing.arrivals]
        offices = {office.policy.id: office.state() for office in self.offices}
        return {"arrivals": arrivals, "offices": offices}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Remember what `state` returned."""
        self.staffing.arrivals = [Arrival(*one) for one in kept["arrivals"]]
        for office in self.offices:
            office.restore(kept["offices"][office.policy.id])


def _plain(told: tuple[Report, NDArray[np.int64]]) -> dict[str, Any]:
    report, there = told
    columns = {name: getattr(report, name).tolist() for name in COLUMNS}
    return {"as_of_s": report.as_of_s, "there": there.tolist(), "columns": columns}


def _unplain(kept: Mapping[str, Any]) -> tuple[Report, NDArray[np.int64]]:
    report = report_from(kept["as_of_s"], kept["columns"])
    return report, np.array(kept["there"], dtype=np.int64)
