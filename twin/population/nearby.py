"""Places by cells of a grid, so that near ones can be drawn without looking at all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.kernels.placing import Near, fill_nearness
from twin.population.places import Places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.network.street_graph import StreetGraph

CROW_MPS: Final = {"walk": 1.1, "bicycle": 3.2, "car": 10.0, "bus": 4.0}
"""Speed as the crow flies, a little above what streets allow: far places stay in the draw. It
decides how well candidates are aimed, not what is preferred (assumed)."""
SIDE_M: Final = 250
PAIRS_MAX: Final = 2**20
_MM_PER_M: Final = 1000


def near_places(
    graph: StreetGraph, places: Places, *, mode: str, loss_per_ms: float
) -> tuple[Places, Near]:
    """Return the places in the order of their cells, and what draws near ones.

    The grid is that of the streets, whoever lives there: cells of 250 m, or twice,
    four times ... as much in a city that has too many of them.

    Parameters
    ----------
    graph
        Streets.
    places
        What to draw from; at least one.
    mode
        Whose speed nearness has.
    loss_per_ms
        Utility lost per millisecond.
    """
    side_m = SIDE_M
    while True:
        cell = _cells(graph, side_m)
        origins, origin_of_node = np.unique(cell, return_inverse=True)
        cells, of_place = np.unique(cell[places.node], return_inverse=True)
        if origins.size * cells.size <= PAIRS_MAX:
            break
        side_m *= 2
    order = np.argsort(of_place, kind="stable")
    ordered = Places(places.node[order], places.weight[order], places.note)
    near = Near(
        cell_of_node=origin_of_node.astype(np.int32),
        cell_ends=np.empty((origins.size, cells.size)),
        crow_ms=np.empty((origins.size, cells.size)),
        cell_start=np.searchsorted(of_place[order], np.arange(cells.size + 1)).astype(np.int64),
        ends=np.cumsum(ordered.weight),
    )
    weight = np.bincount(of_place, weights=places.weight, minlength=cells.size)
    fill_nearness(
        near.cell_ends,
        near.crow_ms,
        _middles_m(origins, side_m),
        _middles_m(cells, side_m),
        weight.astype(np.float64),
        CROW_MPS[mode],
        loss_per_ms,
    )
    return ordered, near


def _cells(graph: StreetGraph, side_m: int) -> NDArray[np.int64]:
    """Return the cell of each node: row and column in one number."""
    column = (graph.node_x_mm.astype(np.int64) - graph.node_x_mm.min()) // (side_m * _MM_PER_M)
    row = (graph.node_y_mm.astype(np.int64) - graph.node_y_mm.min()) // (side_m * _MM_PER_M)
    cells: NDArray[np.int64] = (row << 32) | column
    return cells


def _middles_m(cells: NDArray[np.int64], side_m: int) -> NDArray[np.float64]:
    row, column = cells >> 32, cells & 0xFFFF_FFFF
    return np.stack([column, row], axis=1) * float(side_m)
