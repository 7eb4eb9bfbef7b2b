"""Who is delayed and who is cut off when streets close or slow down.

Each time that edits change the streets, every resident's way to the nearest
facility that takes him or her is compared with the way on undisturbed streets
in the same period of traffic. No draw enters: all seeds tell the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.network.street_rows import EMPTY_STREETS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.city.edits import Edit
    from twin.engine.state import State
    from twin.kernels.columns import Candidates

EFFECTS: Final = (
    "as before",
    "up to 2 min longer",
    "2 to 5 min longer",
    "5 to 10 min longer",
    "over 10 min longer",
    "cut off",
    "out of reach before",
)
"""What a change of the streets means for a resident, from nothing to the worst."""

_BOUNDS_MS: Final = np.array([0, 120_000, 300_000, 600_000], dtype=np.int64)
_CUT_OFF: Final = EFFECTS.index("cut off")
_BEFORE: Final = EFFECTS.index("out of reach before")
_FAR: Final = np.int64(2**62)


@dataclass(frozen=True)
class StreetEffects:
    """What one change of the streets means for the residents, by ward.

    Parameters
    ----------
    time_us
        When the streets changed.
    cause
        Shocks and interventions that changed them then.
    service
        Row of the service.
    n_residents : (n_zones + 1, n_effects) int64
        Residents by ward (the last row: in none) and effect.
    longer_ms : (n_zones + 1, n_effects) int64
        Sum of what their ways take longer; 0 where one of the two ways is missing.
    """

    time_us: int
    cause: str
    service: int
    n_residents: NDArray[np.int64]
    longer_ms: NDArray[np.int64]


def street_effects(state: State, edits: list[Edit]) -> list[StreetEffects]:
    """Return what the streets as they are now mean, one record a service.

    Parameters
    ----------
    state
        After the edits.
    edits
        What was due now.
    """
    if state.streets == EMPTY_STREETS:
        return []
    causes = sorted({edit.cause for edit in edits if edit.table in ("streets", "slowdowns")})
    undisturbed = state.prep.candidates(EMPTY_STREETS, state.period)
    found = []
    for service in range(len(state.prep.scenario.services)):
        before = _nearest_ms(state, undisturbed, service)
        after = _nearest_ms(state, state.candidates, service)
        n_residents, longer_ms = _by_zone(state, before, after)
        found.append(
            StreetEffects(state.clock_us, ", ".join(causes), service, n_residents, longer_ms)
        )
    return found


def _nearest_ms(state: State, candidates: Candidates, service: int) -> NDArray[np.int64]:
    """Return each resident's time to the nearest facility in operation, -1 out of reach."""
    n_origins = candidates.n_origins
    start = candidates.start[service * n_origins : (service + 1) * n_origins + 1]
    rows = slice(int(start[0]), int(start[-1]))
    station = candidates.station[rows]
    general = candidates.time_ms[rows] + candidates.fixed_ms
    is_within = (candidates.time_ms[rows] >= 0) & (general <= candidates.limit_ms[service])
    general[~is_within] = _FAR
    is_active = state.stations.is_active[station]
    out = np.full(state.residents.group.size, -1, dtype=np.int64)
    used = np.unique(state.residents.group)
    admitted = (state.stations.is_eligible[:, used] & state.stations.is_active[:, None]).T
    traits = np.column_stack([state.groups.modes[used], np.packbits(admitted, axis=1)])
    _, kind_of_used = np.unique(traits, axis=0, return_inverse=True)
    kind_of_group = np.zeros(state.groups.modes.size, dtype=np.int64)
    kind_of_group[used] = kind_of_used.ravel()
    kind = kind_of_group[state.residents.group]
    for one in range(int(kind_of_used.max(initial=-1)) + 1):
        group = int(used[kind_of_used.ravel() == one][0])
        has = (state.groups.modes[group] >> np.arange(general.shape[1])) & 1 == 1
        takes = is_active & state.stations.is_eligible[station, group]
        best = np.where(takes, general[:, has].min(axis=1, initial=_FAR), _FAR)
        nearest = _least_of_cells(best, start - start[0])
        mine = kind == one
        out[mine] = nearest[state.prep.home_row[mine]]
    return out


def _least_of_cells(values: NDArray[np.int64], start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the least value of each cell of a CSR column, -1 where there is none."""
    least = np.full(start.size - 1, _FAR, dtype=np.int64)
    filled = np.flatnonzero(np.diff(start) > 0)
    if filled.size:
        least[filled] = np.minimum.reduceat(values, start[filled])
    return np.where(least < _FAR, least, -1)


def _by_zone(
    state: State, before: NDArray[np.int64], after: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    longer = np.where((before >= 0) & (after >= 0), after - before, 0)
    effect = np.searchsorted(_BOUNDS_MS, longer, side="left")
    effect[after < 0] = _CUT_OFF
    effect[before < 0] = _BEFORE
    n_zones = len(state.prep.city.wards.names)
    zone = np.where(state.people.zone < 0, n_zones, state.people.zone).astype(np.int64)
    shape = (n_zones + 1, len(EFFECTS))
    counts, sums = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    np.add.at(counts, (zone, effect), 1)
    np.add.at(sums, (zone, effect), longer)
    return counts, sums
