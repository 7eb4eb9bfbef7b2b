"""Which places of a service are nearest, door to door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twin.network.access import access_columns
from twin.network.modes import BICYCLE, CAR, WALK, mode_index

if TYPE_CHECKING:
    from twin.network.street_graph import StreetGraph

Int32 = NDArray[np.int32]
Closed = NDArray[np.bool_] | None
_MAX_MS: Final = (1 << 31) - 1


@dataclass(frozen=True, eq=False)
class Nearby:
    """The nearest places of every node.

    Parameters
    ----------
    place : (n_nodes, k) int32
        Rows of the places, the nearest first, of equally near ones the lower row; -1
        behind the last one within reach.
    time_ms : (n_nodes, k) int32
        Door-to-door time to them, -1 behind the last one.
    """

    place: Int32
    time_ms: Int32


def nearest_places(
    graph: StreetGraph,
    mode: str | int,
    place_node: ArrayLike,
    k: int,
    *,
    cutoff_ms: int | None = None,
    closed: Closed = None,
) -> Nearby:
    """Return the k places that take the least time to reach, for every node.

    Times are those of `twin.network.travel.TravelTimes`: a trip by car or bicycle is a
    walk to the nearest node of that network, the ride, and the walk from the place's
    nearest node of it; who is at a place is there at once.

    Parameters
    ----------
    graph
        The streets.
    mode
        Name or index in ``MODES``.
    place_node : (n_places,)
        Nodes of the places, of one service say; several may be at one.
    k
        How many to find.
    cutoff_ms
        Leave out those further away.
    closed : (n_edges,), optional
        Edges nobody may use, in any mode.
    """
    index = mode_index(mode)
    node = np.atleast_1d(np.asarray(place_node, np.int64)).reshape(-1)
    edge_ms: Int32 = graph.edge_time_ms[index]
    if closed is not None:
        edge_ms = np.where(closed, np.int32(-1), edge_ms)
    metric = graph.hierarchy(index).customise(edge_ms)
    limit = _MAX_MS if cutoff_ms is None else min(cutoff_ms, _MAX_MS)
    if index == WALK:
        return Nearby(*metric.nearest(node, k, cutoff_ms=limit))
    access_node, access_ms = _access(graph, index, closed)
    # A place without access is left out by its time of -1; its node then does not count.
    ride, ride_ms = metric.nearest(
        np.maximum(access_node[node], 0), k, cutoff_ms=limit, extra_ms=access_ms[node]
    )
    row = np.maximum(access_node, 0)
    place = ride[row]
    total = ride_ms[row].astype(np.int64) + access_ms[:, None]
    is_there = (place >= 0) & (access_node >= 0)[:, None] & (total <= limit)
    place[~is_there] = -1
    time_ms = np.where(is_there, total, -1).astype(np.int32)
    if limit >= 0:
        _put_own_first(place, time_ms, node, np.unique(node[access_node[node] >= 0]))
    return Nearby(place, time_ms)


def _access(graph: StreetGraph, mode: int, closed: Closed) -> tuple[Int32, Int32]:
    if closed is not None and closed.any():
        return access_columns(graph, mode, closed)
    return {
        BICYCLE: (graph.bicycle_access_node, graph.bicycle_access_ms),
        CAR: (graph.car_access_node, graph.car_access_ms),
    }[mode]


def _put_own_first(
    place: Int32, time_ms: Int32, place_node: NDArray[np.int64], nodes: NDArray[np.int64]
) -> None:
    """Let the places at some nodes be there at once; `place` and `time_ms` are updated."""
    k = place.shape[1]
    for node in nodes:
        own = np.flatnonzero(place_node == node)
        is_other = (place[node] >= 0) & ~np.isin(place[node], own)
        # Others may be at no distance as well (a node's own car), so all are sorted anew.
        places = np.concatenate((own, place[node][is_other]))
        times = np.concatenate((np.zeros(own.size, np.int64), time_ms[node][is_other]))
        order = np.lexsort((places, times))[:k]
        place[node] = -1
        time_ms[node] = -1
        place[node, : order.size] = places[order]
        time_ms[node, : order.size] = times[order]
