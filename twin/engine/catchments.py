"""Who can go where at what cost, as the floating catchments need it.

Residents of one home node who have the same modes and are admitted at the same
facilities are one origin, so that a large city has few.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.engine.access import access_at, state_at
from twin.engine.preparation import MARGIN_DAYS
from twin.results.spatial_access import CostPairs
from twin.units import HOUR_S, US_PER_S, WEEK_DAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.engine.preparation import Preparation
    from twin.kernels.columns import Candidates

_MS_PER_S: Final = 1000.0
_NEVER: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False)
class Catchments:
    """Origins, facilities and the cost between them, of one service at one moment.

    Parameters
    ----------
    origin_of_resident
        (n_residents,) origin of each resident.
    pairs
        Generalised time in seconds by the best mode at hand from origins to stations in
        operation that admit them, within the cut-off.
    server_hours
        (n_stations,) server-hours on offer a week, 0 of what is not in operation.
    need
        (n_residents,) needs of each resident against the mean resident's.
    """

    origin_of_resident: NDArray[np.int64]
    pairs: CostPairs
    server_hours: NDArray[np.float64]
    need: NDArray[np.float64]

    @property
    def demand(self) -> NDArray[np.float64]:
        """Residents of each origin, weighted by their needs."""
        n = self.pairs.n_origins
        found = np.bincount(self.origin_of_resident, weights=self.need, minlength=n)
        return found.astype(np.float64, copy=False)


def catchments_at(prep: Preparation, service: int, moment_us: int | None = None) -> Catchments:
    """Return the catchments of one service once the edits up to a moment are in force.

    Parameters
    ----------
    prep
        Seed-independent part of a run.
    service
        Row of the service.
    moment_us
        As for `twin.engine.access.access_at`.
    """
    state = state_at(prep, moment_us)
    access = access_at(prep, moment_us)
    group = prep.residents.group
    class_of_group = access.class_of_group[service]
    modes = access.modes_of_group[group].astype(np.int64)
    n_classes = int(class_of_group.max(initial=0)) + 1
    key = (prep.home_row.astype(np.int64) * n_classes + class_of_group[group]) * 256 + modes
    origins, origin_of_resident = np.unique(key, return_inverse=True)
    classes = origins // 256 % n_classes
    _, first_group = np.unique(class_of_group, return_index=True)
    admits = state.stations.is_eligible[:, first_group] & state.stations.is_active[:, None]
    pairs = _pairs(
        state.candidates,
        service=service,
        home=origins // 256 // n_classes,
        modes=origins % 256,
        admits=admits[:, classes],
    )
    rate = prep.demand.rate_of_group[service][group]
    mean = rate.mean() if rate.size else 0.0
    main = [state.main_row(row) for row in range(len(prep.stations))]
    open_h = np.array([_open_hours(prep, text) for text in state.hours_text])
    return Catchments(
        origin_of_resident=origin_of_resident.ravel().astype(np.int64),
        pairs=pairs,
        server_hours=state.stations.n_posts[main] * open_h * state.stations.is_active,
        need=rate / mean if mean > 0 else np.zeros(rate.size),
    )


def _pairs(
    candidates: Candidates,
    *,
    service: int,
    home: NDArray[np.int64],
    modes: NDArray[np.int64],
    admits: NDArray[np.bool_],
) -> CostPairs:
    """Return the cost from each origin to each station that admits it, by its best mode."""
    cell = service * candidates.n_origins + home
    start = candidates.start[cell]
    length = candidates.start[cell + 1] - start
    origin = np.repeat(np.arange(home.size, dtype=np.int64), length)
    within = np.arange(origin.size) - np.repeat(np.cumsum(length) - length, length)
    row = start[origin] + within
    station = candidates.station[row].astype(np.int64)
    time_ms = candidates.time_ms[row].astype(np.int64)
    bits = np.arange(time_ms.shape[1], dtype=np.int64)
    can_use = (time_ms >= 0) & ((modes[origin][:, None] >> bits) & 1 == 1)
    general = np.where(can_use, time_ms + candidates.fixed_ms, _NEVER).min(axis=1, initial=_NEVER)
    keep = (general <= candidates.limit_ms[service]) & admits[station, origin]
    counts = np.bincount(origin[keep], minlength=home.size)
    return CostPairs(
        start=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        facility=station[keep],
        cost=general[keep] / _MS_PER_S,
        n_facilities=admits.shape[0],
    )


def _open_hours(prep: Preparation, hours: str) -> float:
    """Return the hours a week that an hours text is open, holidays of the run counted."""
    intervals = prep.intervals(hours)
    open_s = float((intervals[:, 1] - intervals[:, 0]).sum()) / US_PER_S
    return open_s / HOUR_S / (prep.n_days + MARGIN_DAYS) * WEEK_DAYS
