"""Travel times between zones that somebody else computed: a skim.

A skim says how long a trip by public transport takes from door to door between two
zones, whatever the streets are like. A pair that is missing has no connection.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Int32 = NDArray[np.int32]
UNREACHABLE = -1


@dataclass(frozen=True, eq=False)
class Skim:
    """Times between zones, and the zone of each node.

    Parameters
    ----------
    zone_of_node : (n_nodes,) int32
        Row of the zone; -1 for a node in none.
    time_ms : (n_zones, n_zones) int32
        From the zone of the row to that of the column, -1 without a connection.
    """

    zone_of_node: Int32
    time_ms: Int32

    def pairs_ms(self, origin: NDArray[np.integer], destination: NDArray[np.integer]) -> Int32:
        """Return the time of each pair of nodes in ms, -1 without a connection, 0 on the spot."""
        start, end = self.zone_of_node[origin], self.zone_of_node[destination]
        times: Int32 = self.time_ms[start, end].astype(np.int32)
        times[(start < 0) | (end < 0)] = UNREACHABLE
        times[origin == destination] = 0
        return times

    def door(self, node: int) -> SkimDoor:
        """Return the way to `node`."""
        return SkimDoor(self, node)


@dataclass(frozen=True, eq=False)
class SkimDoor:
    """The way to one node by a skim."""

    skim: Skim
    node: int

    def times_from(self, origins: NDArray[np.integer]) -> Int32:
        """Return the time from each of `origins` to the door in ms, -1 unreachable."""
        return self.skim.pairs_ms(origins, np.full(origins.size, self.node))
