"""What policies are told: rosters of stations, and how these are at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from twin.scenario.policies.information import Report, Roster
from twin.units import US_PER_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.engine.preparation import Preparation
    from twin.engine.state import State
    from twin.scenario.policies.base import BasePolicy

COLUMNS = {
    "is_open": np.bool_,
    "n_waiting": np.int64,
    "n_busy": np.int64,
    "n_servers": np.int64,
    "n_posts": np.int64,
    "wait_s": np.float64,
    "published_s": np.float64,
}
"""Columns of a report with their types."""


def owner_of(prep: Preparation, row: int) -> str:
    """Return the department in charge of a station; empty if none is."""
    station = prep.stations[row]
    return station.facility.department or prep.scenario.services[station.service].department or ""


def rows_of(prep: Preparation, policy: BasePolicy) -> NDArray[np.intp]:
    """Return the stations that a policy is in charge of, ascending.

    Of a facility whose visits pass several stages, the stage that its own servers serve.
    """
    services = prep.scenario.services
    rows = [
        row
        for row, station in enumerate(prep.stations)
        if station.stage == services[station.service].main_stage
        and policy.covers(station.facility, owner_of(prep, row))
    ]
    return np.array(rows, dtype=np.intp)


def roster_of(state: State, rows: NDArray[np.intp]) -> Roster:
    """Return who these stations are."""
    stations = [state.prep.stations[row] for row in rows]
    mean_s = state.stages.mean_us[state.stations.stage[rows]] / US_PER_S
    return Roster(
        names=tuple(station.facility.key for station in stations),
        facilities=tuple(station.facility.uid for station in stations),
        services=tuple(station.facility.service for station in stations),
        departments=tuple(owner_of(state.prep, row) for row in rows.tolist()),
        mean_service_s=_kept(mean_s),
    )


def report_of(state: State, rows: NDArray[np.intp], mean_service_s: NDArray[np.float64]) -> Report:
    """Return how stations are now.

    People at a counter that several services share are told where the counter is; a station
    that is a guest there has nobody on duty.
    """
    stations, queues = state.stations, state.queues
    desk = stations.desk[rows]
    is_host = _doors(state, desk) == _doors(state, rows)
    desk = np.where(is_host, desk, rows)
    n_servers = np.where(is_host, queues.n_servers[desk], 0).astype(np.int64)
    n_busy, n_waiting = queues.n_busy[desk], queues.n_waiting[desk]
    is_open = stations.is_active[rows] & stations.is_open[rows]
    ahead = np.where(n_busy < n_servers, 0, n_waiting + 1)
    wait_s = ahead * mean_service_s / np.maximum(n_servers, 1)
    published_s = stations.published_s[rows]
    return report_from(
        state.clock_us / US_PER_S,
        {
            "is_open": is_open,
            "n_waiting": n_waiting,
            "n_busy": n_busy,
            "n_servers": n_servers,
            "n_posts": stations.n_posts[rows],
            "wait_s": np.where(is_open & (n_servers > 0), wait_s, np.nan),
            "published_s": np.where(published_s < 0, np.nan, published_s),
        },
    )


def _doors(state: State, rows: NDArray[np.integer]) -> NDArray[np.integer]:
    """Return where people enter the facility and service of which stations are a stage."""
    stations = state.stations
    first_stage = state.services.first_stage[stations.service[rows]]
    doors: NDArray[np.integer] = rows - (stations.stage[rows] - first_stage)
    return doors


def report_from(as_of_s: float, columns: Mapping[str, Any]) -> Report:
    """Return a report of these columns, which cannot be written."""
    kept = {name: _kept(np.array(columns[name], dtype=dtype)) for name, dtype in COLUMNS.items()}
    return Report(as_of_s=as_of_s, **kept)


def _kept(column: NDArray[Any]) -> NDArray[Any]:
    """Return a column that cannot be written."""
    column.setflags(write=False)
    return column
