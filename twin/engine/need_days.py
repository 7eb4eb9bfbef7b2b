"""The table of needs by day: how many arose, and the factors that they arose under."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from twin.engine.needs import continued
from twin.results.tables import Coded
from twin.units import DAY_S, DAY_US

if TYPE_CHECKING:
    from twin.engine.state import State
    from twin.results.tables import ColumnData


def need_days_data(state: State) -> dict[str, ColumnData]:
    """Return the columns of the table ``need_days`` for the days that have begun."""
    services = [one.id for one in state.prep.scenario.services]
    start = state.prep.scenario.run.start
    n_days = min(-(-state.clock_us // DAY_US), state.prep.n_days)
    # A referral is a need, on the day for which it was made; one beyond the run has no row.
    heads = np.flatnonzero(continued(state) < 0)
    day = state.visits.ready_us[heads] // DAY_US
    heads, day = heads[day < n_days], day[day < n_days]
    cell = state.visits.service[heads].astype(np.int64) * n_days + day
    counts = np.bincount(cell, minlength=len(services) * n_days)
    days = np.tile(np.arange(n_days), len(services))
    return {
        "service": Coded(np.repeat(np.arange(len(services)), n_days), services),
        "day_s": days * float(DAY_S),
        "date": [start + timedelta(days=day) for day in days.tolist()],
        "calendar_factor": state.prep.demand.day_factor[:, :n_days].ravel(),
        "chance_factor": state.day_chance[:, :n_days].ravel(),
        "n_needs": counts.astype(np.int32),
    }
