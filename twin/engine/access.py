"""How far each resident lives from each service, on the streets of one moment.

The time by a mode is that of the nearest facility in operation that admits the resident,
on free streets, with what a trip by that mode costs besides (parking): the generalised
time that cut-offs limit. It follows from the dated edits alone, not from a seed: what is
computed once serves every replication.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import numpy as np

from twin.engine.state import State, own_copy
from twin.network.modes import RESIDENT_MODES
from twin.population.columns import BY_NAME
from twin.results.access import access_column, access_rows
from twin.results.groups import Category
from twin.results.measures import GROUP_COLUMNS, groupings
from twin.units import DAY_US

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.engine.preparation import Preparation
    from twin.kernels.columns import Candidates
    from twin.population.residents import Residents
    from twin.results.measure import Row
    from twin.scenario.document import Scenario

NOWHERE: Final = -1
_MS_PER_S: Final = 1000.0
_NEVER: Final = np.iinfo(np.int64).max
_Columns = dict[str, "NDArray[np.float64]"]
_kept: WeakKeyDictionary[Preparation, dict[tuple[int, int], Access]] = WeakKeyDictionary()
_kept_columns: WeakKeyDictionary[Access, _Columns] = WeakKeyDictionary()
_kept_rows: WeakKeyDictionary[Access, list[Row]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Access:
    """Least generalised time to each service by (class of groups, home, mode).

    Groups that are admitted at the same facilities form one class: there are few, so that
    a table over classes and homes is small however many residents there are.

    Parameters
    ----------
    least_ms
        For each service (n_classes, n_homes, n_modes) int64, `NOWHERE` where the mode leads
        to no facility in operation that admits the class.
    class_of_group
        For each service (n_groups,) class of each group.
    modes_of_group
        (n_groups,) bit mask of the modes that its residents have.
    """

    least_ms: tuple[NDArray[np.int64], ...]
    class_of_group: tuple[NDArray[np.intp], ...]
    modes_of_group: NDArray[np.uint8]

    def by_mode(
        self, service: int, group: NDArray[np.uint16], home_row: NDArray[np.int32]
    ) -> NDArray[np.int64]:
        """Return (n_residents, n_modes) milliseconds by what each resident has."""
        found = self.least_ms[service][self.class_of_group[service][group], home_row]
        bits = np.arange(found.shape[1], dtype=np.uint8)
        has_mode = (self.modes_of_group[group][:, None] >> bits) & 1 == 1
        return np.where(has_mode, found, NOWHERE)


def last_measured_us(scenario: Scenario) -> int:
    """Return the last moment of the measured window: all that it brings about is in force."""
    return (scenario.run.days - scenario.run.cooldown_days) * DAY_US - 1


def n_edits_until(prep: Preparation, moment_us: int | None = None) -> int:
    """Return how many dated edits are in force at a moment, as for `access_at`."""
    moment = last_measured_us(prep.scenario) if moment_us is None else moment_us
    return sum(edit.time_us <= moment for edit in prep.edits)


def access_at(prep: Preparation, moment_us: int | None = None) -> Access:
    """Return the access of all homes once the edits up to a moment are in force.

    Parameters
    ----------
    prep
        Seed-independent part of a run.
    moment_us
        Microseconds since the run's first midnight; None is the last moment of the
        measured window.
    """
    kept = _kept.setdefault(prep, {})
    moment = last_measured_us(prep.scenario) if moment_us is None else moment_us
    # Moments between two edits and in one period of traffic are one state.
    key = (n_edits_until(prep, moment), prep.traffic.period_at(moment))
    if key not in kept:
        kept[key] = _access_of(state_at(prep, moment))
    return kept[key]


def access_seconds(
    prep: Preparation, moment_us: int | None = None, people: Residents | None = None
) -> _Columns:
    """Return the columns of access of the residents, in storage order.

    Parameters
    ----------
    prep
        Seed-independent part of a run.
    moment_us
        As for `access_at`.
    people
        Residents as a run has them; None takes them as they are made.

    Returns
    -------
    :
        ``<service>.access_s`` and ``<service>.access_<mode>_s`` of each mode in use, nan
        where none is within the service's cut-off.
    """
    access = access_at(prep, moment_us)
    group = prep.residents.group
    if people is not None and not np.array_equal(people.group, group):
        return _columns_of(prep, access, people.group)
    if access not in _kept_columns:
        _kept_columns[access] = _columns_of(prep, access, group)
    return _kept_columns[access]


def _columns_of(prep: Preparation, access: Access, group: NDArray[np.uint16]) -> _Columns:
    columns = {}
    for row, service in enumerate(prep.scenario.services):
        by_mode = access.by_mode(row, group, prep.home_row)
        columns[access_column(service.id)] = _seconds(_least(by_mode, axis=1))
        for mode in prep.reach.request.modes:
            columns[access_column(service.id, mode)] = _seconds(
                by_mode[:, RESIDENT_MODES.index(mode)]
            )
    for column in columns.values():
        column.flags.writeable = False
    return columns


def access_measures(prep: Preparation, moment_us: int | None = None) -> list[Row]:
    """Return the rows of the measures of access by group and mode."""
    access = access_at(prep, moment_us)
    if access not in _kept_rows:
        residents = resident_groups(prep)
        _kept_rows[access] = access_rows(
            access_seconds(prep, moment_us),
            services=[service.id for service in prep.scenario.services],
            modes=prep.reach.request.modes,
            groups=groupings(residents),
            residents=residents,
            kappa_per_h=prep.scenario.measures.inequality_aversion_per_h,
        )
    return _kept_rows[access]


def resident_groups(prep: Preparation) -> dict[str, Category]:
    """Return the columns by which residents are grouped in measures, in storage order."""
    people = prep.residents
    found = {}
    for name in GROUP_COLUMNS:
        labels = prep.city.wards.names if name == "zone" else BY_NAME[name].words
        found[name] = Category(people.column(name).astype(np.int16), tuple(labels))
    return found


def state_at(prep: Preparation, moment_us: int | None = None) -> State:
    """Return the columns of a run to which the edits up to a moment have happened, nothing else.

    Streets are as slow as the traffic of that moment makes them.
    """
    moment = last_measured_us(prep.scenario) if moment_us is None else moment_us
    state = State(prep, 0, own_copy(prep.residents))
    due = prep.edits[: n_edits_until(prep, moment)]
    for time_us, edits in groupby(due, key=lambda edit: edit.time_us):
        state.clock_us = time_us
        state.apply(list(edits))
    state.clock_us = moment
    state.enter_period()
    return state


def _access_of(state: State) -> Access:
    stations, candidates = state.stations, state.candidates
    least, classes = [], []
    for service in range(state.services.uid.size):
        rows = np.flatnonzero((stations.service == service) & stations.is_active)
        if rows.size == 0:
            shape = (1, candidates.n_origins, candidates.time_ms.shape[1])
            least.append(np.full(shape, NOWHERE, dtype=np.int64))
            classes.append(np.zeros(stations.is_eligible.shape[1], dtype=np.intp))
            continue
        admitted, class_of_group = np.unique(
            stations.is_eligible[rows], axis=1, return_inverse=True
        )
        in_class = np.zeros((admitted.shape[1], stations.uid.size), dtype=np.bool_)
        in_class[:, rows] = admitted.T
        least.append(np.stack([_least_of_homes(candidates, service, use) for use in in_class]))
        classes.append(class_of_group.ravel())
    return Access(tuple(least), tuple(classes), state.groups.modes)


def _least_of_homes(
    candidates: Candidates, service: int, is_used: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return (n_homes, n_modes) least generalised times to the stations of a mask."""
    n_homes = candidates.n_origins
    start = candidates.start[service * n_homes : (service + 1) * n_homes + 1]
    rows = slice(int(start[0]), int(start[-1]))
    time_ms = candidates.time_ms[rows].astype(np.int64)
    counts = (time_ms >= 0) & is_used[candidates.station[rows]][:, None]
    general = np.where(counts, time_ms + candidates.fixed_ms, _NEVER)
    general[general > candidates.limit_ms[service]] = _NEVER
    # One more row, so that a home without a candidate at the end has where to point.
    padded = np.vstack([general, np.full((1, general.shape[1]), _NEVER)])
    least = np.minimum.reduceat(padded, start[:-1] - start[0], axis=0)
    is_reached = (np.diff(start) > 0)[:, None] & (least != _NEVER)
    return np.where(is_reached, least, NOWHERE)


def _least(by_mode: NDArray[np.int64], axis: int) -> NDArray[np.int64]:
    """Return the least of the times that are one."""
    least: NDArray[np.int64] = np.where(by_mode >= 0, by_mode, _NEVER).min(axis=axis)
    return np.where(least == _NEVER, NOWHERE, least)


def _seconds(time_ms: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(time_ms >= 0, time_ms / _MS_PER_S, np.nan)
