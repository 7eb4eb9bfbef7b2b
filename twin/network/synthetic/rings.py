"""Outlines of grids, along the very points of the streets that bound them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.network.features import Wards

if TYPE_CHECKING:
    from twin.network.synthetic.fabric import Nodes
    from twin.network.synthetic.grids import Grids

Int64 = NDArray[np.int64]

# Sides of a cell with the cell on the left: from corner, to corner, neighbour across.
_SIDES = (
    ((0, 0), (1, 0), (0, -1)),
    ((1, 0), (1, 1), (1, 0)),
    ((1, 1), (0, 1), (0, 1)),
    ((0, 1), (0, 0), (-1, 0)),
)
MM2_PER_M2 = 1e6


def wards_of(grids: Grids, nodes: Nodes, at: tuple[Int64, Int64]) -> Wards:
    """Return the grids as wards of a map.

    Parameters
    ----------
    grids
        Grid of each cell.
    nodes
        Nodes of the streets.
    at
        Projected millimetres of each node.
    """
    along = _along(nodes)
    x_mm, y_mm = at
    rings, areas = [], []
    for sides in _sides_of_grids(grids):
        own, twice = [], 0
        for corners in _loops(sides):
            points = _points(corners, nodes, along)
            ring = np.column_stack((x_mm[points], y_mm[points]))
            own.append(np.vstack((ring, ring[:1])))
            twice += _twice_area_mm2(ring)
        # The outer ring is the longest way round, and comes first.
        own.sort(key=lambda ring: (-_twice_area_mm2(ring[:-1]), ring[0, 0], ring[0, 1]))
        rings.append(tuple(own))
        areas.append(round(twice / 2.0 / MM2_PER_M2, 1))
    return Wards(
        names=grids.names,
        osm_id=np.arange(1, len(rings) + 1, dtype=np.int64),
        area_m2=np.array(areas, np.float64),
        rings=tuple(rings),
    )


def _sides_of_grids(grids: Grids) -> list[dict[tuple[int, int], list[tuple[int, int]]]]:
    """Return the border sides of each grid: the corners that follow each corner."""
    of_cell = np.pad(grids.of_cell, 1, constant_values=-1)
    found: list[dict[tuple[int, int], list[tuple[int, int]]]] = [{} for _ in grids.names]
    inside = of_cell[1:-1, 1:-1]
    n_x, n_y = inside.shape
    for start, end, (d_i, d_j) in _SIDES:
        beyond = of_cell[1 + d_i : 1 + d_i + n_x, 1 + d_j : 1 + d_j + n_y]
        rows, columns = np.nonzero((inside >= 0) & (inside != beyond))
        parts = inside[rows, columns].tolist()
        for i, j, part in zip(rows.tolist(), columns.tolist(), parts, strict=True):
            follows = found[part].setdefault((i + start[0], j + start[1]), [])
            follows.append((i + end[0], j + end[1]))
    return found


def _loops(sides: dict[tuple[int, int], list[tuple[int, int]]]) -> list[list[tuple[int, int]]]:
    """Return closed runs of corners; where two meet in a corner each turns left."""
    loops = []
    while sides:
        first = min(sides)
        loop, here, came = [first], first, (0, 0)
        while True:
            options = sides[here]
            following = max(options, key=lambda to, h=here, c=came: _turn(c, h, to))  # type: ignore[misc]
            options.remove(following)
            if not options:
                del sides[here]
            came, here = (following[0] - here[0], following[1] - here[1]), following
            if here == first:
                break
            loop.append(here)
        loops.append(loop)
    return loops


def _turn(came: tuple[int, int], here: tuple[int, int], to: tuple[int, int]) -> int:
    """Return 1 for a turn to the left, -1 to the right, 0 straight on."""
    return came[0] * (to[1] - here[1]) - came[1] * (to[0] - here[0])


def _along(nodes: Nodes) -> tuple[Int64, Int64]:
    """Return the nodes on lattice edges and where those of each edge begin."""
    edge, _, node = nodes.along
    n_x, n_y = nodes.corner.shape[0] - 1, nodes.corner.shape[1] - 1
    n_edges = n_x * (n_y + 1) + (n_x + 1) * n_y
    return node, np.searchsorted(edge, np.arange(n_edges + 1))


def _points(corners: list[tuple[int, int]], nodes: Nodes, along: tuple[Int64, Int64]) -> Int64:
    """Return the nodes of a closed run of corners, those between corners included."""
    node, start = along
    n_x, n_y = nodes.corner.shape[0] - 1, nodes.corner.shape[1] - 1
    found: list[Int64] = []
    for here, there in zip(corners, [*corners[1:], corners[0]], strict=True):
        i, j = min(here, there)
        is_east = here[1] == there[1]
        edge = i * (n_y + 1) + j if is_east else n_x * (n_y + 1) + i * n_y + j
        between = node[start[edge] : start[edge + 1]]
        found += [nodes.corner[here][None], between if here < there else between[::-1]]
    return np.concatenate(found)


def _twice_area_mm2(ring: Int64) -> int:
    """Return twice the signed area of an open ring, positive anticlockwise."""
    near = ring - ring[0]
    x, y = near[:, 0], near[:, 1]
    return int((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
