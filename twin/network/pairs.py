"""Door-to-door times of many pairs of nodes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
    time_ms = np.full(origin.size, UNREACHABLE, np.int32)
    order = np.argsort(destination, kind="stable")
    ends, first = np.unique(destination[order], return_index=True)
    bounds = [*first.tolist(), origin.size]
    for i, node in enumerate(ends.tolist()):
        rows = order[bounds[i] : bounds[i + 1]]
        time_ms[rows] = streets.to_node(node, carrier)[origin[rows]]
    return time_ms
