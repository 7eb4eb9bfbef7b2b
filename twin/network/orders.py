"""Orders of the street hierarchies, kept with a map: found once, read by every process after.

An order takes nine tenths of the time that a hierarchy takes to build; of a small town
that is nothing, so that only large maps keep theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.network.modes import MODES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twin.network.street_graph import StreetGraph

N_NODES_MIN: Final = 20_000
"""Below this an order is found in less time than the table takes to be noticed: 0.1 s."""


def orders_of(graph: StreetGraph) -> dict[str, Any]:
    """Return the order of each mode as columns by node; none for a small map."""
    if graph.n_nodes < N_NODES_MIN:
        return {}
    return {f"rank_{name}": graph.hierarchy(name).to_columns()["rank"] for name in MODES}


def remember_orders(graph: StreetGraph, columns: Mapping[str, Any] | None) -> None:
    """Let a graph build its hierarchies from orders that `orders_of` gave.

    What is no order of its nodes is left aside: it can be found again.
    """
    for mode, name in enumerate(MODES):
        rank = (columns or {}).get(f"rank_{name}")
        if rank is not None and np.array_equal(np.sort(rank), np.arange(graph.n_nodes)):
            graph.known_orders[mode] = rank
