"""Staff go where people are known to wait longest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from twin.city.facility_csv import SERVERS_MAX
from twin.scenario.fields import Money  # noqa: TC001 - pydantic
from twin.scenario.policies.base import BasePolicy, DelaySeconds, is_midnight
from twin.scenario.policies.decisions import Decisions, Move, Recall
from twin.units import DAY_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from twin.scenario.policies.information import Information

_TWO = 2


class BalanceStaff(BasePolicy):
    """Servers move to where people are known to wait longest; nobody is added.

    One after the other, from where the wait stays shortest without them, while the longest
    wait shrinks by `smallest_gain_s` or more.
    """

    kind: Literal["balance_staff"] = Field(description="move servers to where people wait longest")
    move_delay_s: DelaySeconds = Field(
        default=900.0, description="from leaving one facility to serving at the other"
    )
    cost_per_move: Money | None = Field(
        default=None, description="cost of moving one server, each way"
    )
    min_servers: int = Field(
        default=1, ge=1, le=SERVERS_MAX, description="servers on duty whom each facility keeps"
    )
    smallest_gain_s: float = Field(
        default=600.0,
        ge=0,
        le=DAY_S,
        description="wait that a move must save, so that nobody goes to and fro",
    )
    moves_max: int = Field(default=1, ge=1, le=SERVERS_MAX, description="moves at one decision")
    returns: bool = Field(default=True, description="at midnight all go back")

    def decide(self, information: Information, clock_s: float) -> Decisions:
        """Return the moves that save most, or at midnight the way back."""
        if self.returns and is_midnight(clock_s):
            return self.end(information, clock_s)
        midnight = (clock_s // DAY_S + 1) * DAY_S
        if self.returns and clock_s + self.move_delay_s >= midnight:
            return Decisions()
        pairs = best_moves(
            information,
            min_servers=self.min_servers,
            smallest_gain_s=self.smallest_gain_s,
            moves_max=self.moves_max,
        )
        names = information.roster.names
        return Decisions(
            tuple(
                Move(
                    names[source],
                    names[target],
                    delay_s=self.move_delay_s,
                    cost_each=self.cost_per_move or 0.0,
                )
                for source, target in pairs
            )
        )

    def end(self, information: Information, clock_s: float) -> Decisions:
        """Return everybody to where he or she came from."""
        del information, clock_s
        return Decisions((Recall(self.move_delay_s, self.cost_per_move or 0.0),))

    def roster_problem(self, n_stations: int) -> str:
        """Return why nobody can move: there are no two facilities."""
        return "" if n_stations >= _TWO else "it is in charge of fewer than two facilities"


def best_moves(
    information: Information, *, min_servers: int, smallest_gain_s: float, moves_max: int
) -> Iterator[tuple[int, int]]:
    """Yield (source, target) rows of single servers, best first.

    Facilities that were shut, or had nobody on duty, neither give nor take.
    """
    report, mean_s = information.report, information.roster.mean_service_s
    people = report.n_waiting + report.n_busy
    servers = information.servers_expected
    is_staffed = report.is_open & (report.n_servers > 0)
    for _ in range(moves_max):
        wait = np.where(is_staffed, expected_wait_s(people, servers, mean_s), -np.inf)
        target = int(np.argmax(wait))
        is_free = is_staffed & (servers > min_servers)
        is_free[target] = False
        without = np.where(is_free, expected_wait_s(people, servers - 1, mean_s), np.inf)
        source = int(np.argmin(without))
        with_one = expected_wait_s(people, servers + 1, mean_s)[target]
        after = max(without[source], with_one)
        # Written so that it is false for infinite and missing waits.
        is_worth_it = wait[target] - after >= smallest_gain_s and wait[target] > after
        if not (is_free.any() and is_worth_it):
            return
        servers[source] -= 1
        servers[target] += 1
        yield source, target


def expected_wait_s(
    people: NDArray[np.int64], servers: NDArray[np.int64], mean_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the wait of whoever comes next, (n,) seconds.

    Parameters
    ----------
    people
        (n,) in line and in service.
    servers
        (n,) servers; with none, or fewer, the wait is infinite.
    mean_s
        (n,) mean time of one service, seconds.
    """
    ahead = np.maximum(people + 1 - servers, 0)
    return np.where(servers > 0, ahead * mean_s / np.maximum(servers, 1), np.inf)
