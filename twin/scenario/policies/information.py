"""What a policy has been told: facilities as they were some time ago, never as they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from twin.streams import agent_generator, uid32
from twin.units import us_from_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Roster:
    """The stations that a policy is in charge of; it does not change during a run.

    Parameters
    ----------
    names
        Facility-service pairs as edits name them, in the order of stations.
    facilities, services, departments
        Of each station; an empty department is none.
    mean_service_s
        (n,) mean time of one service.
    """

    names: tuple[str, ...]
    facilities: tuple[str, ...]
    services: tuple[str, ...]
    departments: tuple[str, ...]
    mean_service_s: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, eq=False)
class Report:
    """The stations of a roster at one time; all columns (n,), none can be written.

    Parameters
    ----------
    as_of_s
        Seconds since the run's first midnight.
    is_open
        In operation and within opening hours.
    n_waiting, n_busy, n_servers
        People in line, services under way, servers on duty.
    n_posts
        Servers that the station has, on duty or not.
    wait_s
        Wait that whoever came then would have; nan where nobody would be served.
    published_s
        Wait shown to residents; nan where none is.
    """

    as_of_s: float
    is_open: NDArray[np.bool_]
    n_waiting: NDArray[np.int64]
    n_busy: NDArray[np.int64]
    n_servers: NDArray[np.int64]
    n_posts: NDArray[np.int64]
    wait_s: NDArray[np.float64]
    published_s: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Information:
    """What a policy knows when it decides.

    Parameters
    ----------
    roster
        The stations that it is in charge of.
    report
        How they were when the report was made.
    n_own
        (n,) servers that this policy has brought there (negative: taken away), those on
        their way counted where they go.
    n_coming
        (n,) the part of `n_own` that the report does not show yet.
    next_s
        When it is asked next, or stops.
    memory
        What it left for itself when it last decided.
    """

    roster: Roster
    report: Report
    n_own: NDArray[np.int64]
    n_coming: NDArray[np.int64]
    next_s: float
    memory: Mapping[str, float] = field(default_factory=dict)
    _draws: tuple[int, str, float] = field(default=(0, "", 0.0), repr=False)

    @property
    def servers_expected(self) -> NDArray[np.int64]:
        """Servers on duty as told, and those on their way there; (n,)."""
        return self.report.n_servers + self.n_coming

    @cached_property
    def rng(self) -> np.random.Generator:
        """Generator keyed by run seed, policy and time: whatever is drawn, no other draw moves."""
        seed, policy, clock_s = self._draws
        return agent_generator(seed, uid32(f"policy/{policy}"), us_from_seconds(clock_s))
