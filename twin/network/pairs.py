"""Door-to-door times of many pairs of nodes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.network.carriers import MAX_INT32

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.network.carriers import Carrier
    from twin.network.journeys import Streets

UNREACHABLE = -1


def pairs_ms(
    streets: Streets,
    carrier: Carrier,
    origin: NDArray[np.int32],
    destination: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the time from each origin to its destination in ms.

    Parameters
    ----------
    streets
        The streets in one state and one period of traffic.
    carrier
        Mode of travel.
    origin, destination : (n,)
        Nodes.

    Returns
    -------
    time_ms : (n,) int32
        -1 unreachable; 0 where both are one node.
    """
    if carrier.skim is not None:
        return carrier.skim.pairs_ms(origin, destination)
    access_node, access_ms = streets.access(carrier.base)
    first, last = access_node[origin], access_node[destination]
    has_access = (first >= 0) & (last >= 0)
    ride_ms = np.full(origin.size, UNREACHABLE, np.int64)
    ride_ms[has_access] = streets.metric(carrier).distances(first[has_access], last[has_access])
    walks_ms = access_ms[origin].astype(np.int64) + access_ms[destination]
    total = ride_ms + walks_ms + carrier.added_ms
    is_reached = (ride_ms >= 0) & (total <= MAX_INT32)
    time_ms = np.where(is_reached, total, UNREACHABLE)
    time_ms[origin == destination] = 0
    return time_ms.astype(np.int32)
