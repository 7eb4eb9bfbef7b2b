"""Door-to-door travel times over the streets, with closures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.network.access import access_columns, tree_from, tree_towards
from twin.network.modes import BICYCLE, CAR, WALK, mode_index

if TYPE_CHECKING:
    from twin.network.street_graph import StreetGraph

Int32 = NDArray[np.int32]
Closed = NDArray[np.bool_] | None
MAX_MS = 2**31 - 1
UNREACHABLE = -1


def times_to(graph: StreetGraph, target_node: int, mode: str | int, closed: Closed = None) -> Int32:
    """Return the travel time from every node to a target.

    A trip by car (or bicycle) is a walk to the nearest node of that network,
    the ride, and the walk from the target's nearest node of it. While streets
    are closed the nearest node that can still be left and reached counts; the
    car may then wait elsewhere than usual, now and then at a luckier place.

    Parameters
    ----------
    graph
        The streets.
    target_node
        Where the trips end.
    mode
        Name or index in ``MODES``.
    closed : (n_edges,), optional
        Edges nobody may use, in any mode.

    Returns
    -------
    time_ms : (n_nodes,) int32
        -1 where no route leads to the target.
    """
    return TravelTimes(graph, closed).to_node(target_node, mode)


@dataclass(frozen=True, eq=False)
class TravelTimes:
    """Travel times under one set of closures; what is shared is computed once."""

    graph: StreetGraph
    closed: Closed = None

    def __post_init__(self) -> None:
        """Require one flag an edge."""
        if self.closed is not None and self.closed.shape != (self.graph.n_edges,):
            msg = f"closed has shape {self.closed.shape}, expected ({self.graph.n_edges},)"
            raise ValueError(msg)

    def to_node(self, target_node: int, mode: str | int) -> Int32:
        """Return the time from every node to `target_node` in ms, -1 unreachable."""
        return self._door_to_door(target_node, mode_index(mode), is_towards=True)

    def from_node(self, source_node: int, mode: str | int) -> Int32:
        """Return the time from `source_node` to every node in ms, -1 unreachable."""
        return self._door_to_door(source_node, mode_index(mode), is_towards=False)

    def edge_ms(self, mode: int) -> Int32:
        """Return the time on each edge, -1 where closed or forbidden."""
        time_ms: Int32 = self.graph.edge_time_ms[mode]
        if self.closed is None:
            return time_ms
        return np.where(self.closed, np.int32(UNREACHABLE), time_ms)

    @cached_property
    def _access(self) -> dict[int, tuple[Int32, Int32]]:
        graph = self.graph
        if self.closed is not None and self.closed.any():
            return {mode: access_columns(graph, mode, self.closed) for mode in (BICYCLE, CAR)}
        return {
            BICYCLE: (graph.bicycle_access_node, graph.bicycle_access_ms),
            CAR: (graph.car_access_node, graph.car_access_ms),
        }

    def _door_to_door(self, node: int, mode: int, *, is_towards: bool) -> Int32:
        if not 0 <= node < self.graph.n_nodes:
            msg = f"node {node} is outside 0..{self.graph.n_nodes - 1}"
            raise ValueError(msg)
        grow = tree_towards if is_towards else tree_from
        if mode == WALK:
            return grow(self.graph, np.array([node]), self.edge_ms(WALK))[0]
        access_node, access_ms = self._access[mode]
        if access_node[node] < 0:
            return np.full(self.graph.n_nodes, UNREACHABLE, np.int32)
        ride_ms = grow(self.graph, access_node[node : node + 1], self.edge_ms(mode))[0]
        # A node without access has node -1: its row is masked below.
        ride = ride_ms[access_node].astype(np.int64)
        total = ride + access_ms + access_ms[node]
        is_reached = (access_node >= 0) & (ride >= 0) & (total <= MAX_MS)
        time_ms = np.where(is_reached, total, UNREACHABLE)
        time_ms[node] = 0
        return time_ms.astype(np.int32)
