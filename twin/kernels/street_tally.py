"""How many trips enter each street in each hour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.units import HOUR_US

_HOUR = HOUR_US
_US_PER_MS = 1_000


@kernel
def tally_streets(
    flow: NDArray[np.int32],
    route: NDArray[np.int64],
    enter_us: NDArray[np.int64],
    route_start: NDArray[np.int64],
    route_edge: NDArray[np.int32],
    edge_ms: NDArray[np.int32],
    first_hour: int,
) -> None:
    """Count a trip on every street of its route, in the hour in which it enters the street.

    Parameters
    ----------
    flow : (n_edges, n_hours) int32, updated
        Entries; hours outside the columns are left out.
    route : (n_trips,) int64
        Route of each trip.
    enter_us : (n_trips,) int64
        When the trip enters its first street.
    route_start : (n_routes + 1,) int64
        First edge of each route.
    route_edge : (n_route_edges,) int32
    edge_ms : (n_edges,) int32
        Time on each edge while these trips last.
    first_hour : int
        Hour of the first column.
    """
    for trip in range(route.size):
        now = enter_us[trip]
        for i in range(route_start[route[trip]], route_start[route[trip] + 1]):
            edge = route_edge[i]
            hour = now // _HOUR - first_hour
            if 0 <= hour < flow.shape[1]:
                flow[edge, hour] += np.int32(1)
            now += np.int64(edge_ms[edge]) * _US_PER_MS
