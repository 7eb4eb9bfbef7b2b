"""Service requirements of visits, drawn again from their addresses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.columns import Stations, Visits
from twin.kernels.jit import kernel
from twin.kernels.service_columns import Stages
from twin.kernels.stages import requirement_us


@kernel
def requirements_us(
    out: NDArray[np.int64],
    rows: NDArray[np.int64],
    visits: Visits,
    stations: Stations,
    stages: Stages,
    key_low: int,
    key_high: int,
) -> None:
    """Write the service that each of some visits requires.

    Parameters
    ----------
    out : (n,) int64, updated
        Microseconds.
    rows : (n,) int64
        Visits that have a station.
    visits, stations, stages : Visits, Stations, Stages
    key_low, key_high : int
        Run seed.
    """
    k0 = np.uint64(key_low)
    k1 = np.uint64(key_high)
    for i in range(rows.size):
        stage = np.int64(stations.stage[visits.station[rows[i]]])
        out[i] = requirement_us(rows[i], stage, visits, stages, k0, k1)
