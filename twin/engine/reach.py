"""Which stations each home can reach, and how long it takes.

Travel-time columns are candidates, not matrices: for each service and home node
all stations within the service's cut-off by any mode, and the time by each mode
that keeps within it. Eligibility takes no
place here: a station that admits nobody changes no other candidate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.kernels.choice import UNREACHABLE_MS
from twin.kernels.columns import Candidates
from twin.network.modes import MODES
from twin.network.travel import TravelTimes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twin.network.street_graph import StreetGraph

MS_PER_S = 1_000


@dataclass(frozen=True)
class ReachRequest:
    """What decides about candidates besides the streets.

    Parameters
    ----------
    home_node
        (n_homes,) int64, ascending.
    station_node
        (n_stations,) int64, walk nodes.
    station_service
        (n_stations,) int32, ascending.
    cutoff_s
        Largest generalised travel time of each service, by each mode.
    modes
        Modes of travel in use.
    fixed_ms
        (n_modes,) int64 time charged once a trip.
    """

    home_node: NDArray[np.int64]
    station_node: NDArray[np.int64]
    station_service: NDArray[np.int32]
    cutoff_s: Sequence[float]
    modes: Sequence[str]
    fixed_ms: NDArray[np.int64]


def _times(
    graph: StreetGraph, request: ReachRequest, closed: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Return (n_stations, n_homes, n_modes) int32 milliseconds, -1 out of reach."""
    shape = (request.station_node.size, request.home_node.size, len(MODES))
    out = np.full(shape, UNREACHABLE_MS, dtype=np.int32)
    travel = TravelTimes(graph, closed if closed.any() else None)
    by_node: dict[int, list[int]] = {}
    for station, node in enumerate(request.station_node.tolist()):
        by_node.setdefault(node, []).append(station)
    for node, stations in by_node.items():
        for name in request.modes:
            mode = MODES.index(name)
            times = travel.to_node(node, name)[request.home_node]
            for station in stations:
                out[station, :, mode] = times
    return out


def build_candidates(
    graph: StreetGraph, request: ReachRequest, closed: NDArray[np.bool_]
) -> Candidates:
    """Return the candidates on the streets of which `closed` ones carry nobody.

    Parameters
    ----------
    graph
        Streets.
    request
        Homes, stations, cut-offs and modes.
    closed
        (n_edges,) bool.
    """
    times = _times(graph, request, closed)
    n_homes = request.home_node.size
    limit = np.array([round(c * MS_PER_S) for c in request.cutoff_s], dtype=np.int64)
    general = times.astype(np.int64) + request.fixed_ms
    # By each mode alone: a neighbour's car brings nothing nearer to who must walk.
    times[general > limit[request.station_service][:, None, None]] = UNREACHABLE_MS
    within = np.any(times >= 0, axis=2)
    starts = [np.zeros(1, dtype=np.int64)]
    stations = [np.empty(0, dtype=np.int32)]
    columns = [np.empty((0, len(MODES)), dtype=np.int32)]
    offset = 0
    for service in range(len(request.cutoff_s)):
        rows = np.flatnonzero(request.station_service == service)
        # Transposed, so that candidates stand by home and ascend within one.
        home, local = np.nonzero(within[rows].T)
        counts = np.bincount(home, minlength=n_homes)
        starts.append(offset + np.cumsum(counts))
        offset += home.size
        stations.append(rows[local].astype(np.int32))
        columns.append(times[rows[local], home])
    return Candidates(
        start=np.concatenate(starts).astype(np.int64),
        station=np.concatenate(stations),
        time_ms=np.ascontiguousarray(np.concatenate(columns)),
        fixed_ms=request.fixed_ms,
        n_homes=n_homes,
    )


def closed_edges(graph: StreetGraph, closures: Mapping[int, int]) -> NDArray[np.bool_]:
    """Return which edges are closed, given the number of closures of each way."""
    ways = [way for way, count in closures.items() if count > 0]
    return np.isin(graph.edge_way, np.array(ways, dtype=np.int64))
