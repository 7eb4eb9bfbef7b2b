"""Nodes and street segments: main streets, streets and paths within superblocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from twin.network.synthetic.cells import (
    CAMPUS,
    CENTRE,
    ESTATE,
    FINE,
    INDUSTRY,
    PARK,
    VILLAGE,
)
from twin.network.synthetic.draws import StreetDraw
from twin.network.synthetic.hierarchy import CLASS_NAMES, NONE

if TYPE_CHECKING:
    from twin.network.synthetic.cells import Cells
    from twin.network.synthetic.hierarchy import MainStreets
    from twin.network.synthetic.plan import Plan

Float = NDArray[np.float64]
Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

HIGHWAYS: Final = (
    *CLASS_NAMES[1:],
    "unclassified",
    "living_street",
    "service",
    "footway",
    "pedestrian",
)
"""Classes of segments; a segment's class is an index here, -1 where there is none."""

MERGE_MM: Final = 14_000
"""Two streets that end on a main street this near to each other meet there."""

NODE_JITTER_M: Final = 6.0
END_LOSS: Final = 0.1
"""Further share of segments lost where they meet the main street: estates have few gates."""

LINE_LOSS: Final = 0.2
"""Streets within superblocks that are for walkers from end to end (assumed)."""

ONE_WAY_SHARE: Final = 0.12

# Of each kind of superblock: class of its streets, share of segments that are left out and
# half of these kept for walkers; class of its paths and the share that is there (assumed).
STREET_RULES: Final = {
    ESTATE: ("residential", 0.06, "footway", 0.62),
    VILLAGE: ("living_street", 0.1, "footway", 0.5),
    CENTRE: ("unclassified", 0.07, "pedestrian", 0.45),
    INDUSTRY: ("unclassified", 0.08, "service", 0.1),
    PARK: ("footway", 0.15, "footway", 0.6),
    CAMPUS: ("living_street", 0.08, "footway", 0.6),
}
GATED: Final = (ESTATE, CAMPUS)


@dataclass(frozen=True, eq=False)
class Nodes:
    """Points of the plan that streets run through.

    `corner`, `inner` and the four sides give the node of a crossing of main streets, of
    lines within a superblock, and of a line where it meets the superblock's side (-1: none).
    `along` lists (edge of the lattice, place on it in mm, node) in order.
    """

    x_m: Float
    y_m: Float
    corner: Int64
    inner: Int64
    south: Int64
    north: Int64
    west: Int64
    east: Int64
    along: tuple[Int64, Int64, Int64]


@dataclass(frozen=True, eq=False)
class Segments:
    """Street segments, in order along each line.

    `line` numbers the lines of the plan; lines below `n_edges` are edges of the lattice,
    the others the fine lines of superblocks, those that run north first.
    """

    line: Int64
    source: Int64
    target: Int64
    highway: Int64
    direction: Int64


def make_nodes(plan: Plan, cells: Cells) -> Nodes:
    """Return all nodes of the city's streets."""
    n_x, n_y = plan.is_city.shape
    corner = np.arange((n_x + 1) * (n_y + 1)).reshape(n_x + 1, n_y + 1)
    corner_x, corner_y = np.meshgrid(plan.line_x, plan.line_y, indexing="ij")
    has_x, has_y = ~np.isnan(cells.fine_x), ~np.isnan(cells.fine_y)
    # Each line of a superblock meets two of its sides: the lattice edges they lie on.
    sides = (
        (has_x, cells.fine_x, _east_edge(plan, cells.i, cells.j)),
        (has_x, cells.fine_x, _east_edge(plan, cells.i, cells.j + 1)),
        (has_y, cells.fine_y, _north_edge(plan, cells.i, cells.j)),
        (has_y, cells.fine_y, _north_edge(plan, cells.i + 1, cells.j)),
    )
    edge = np.concatenate([np.broadcast_to(e[:, None], has.shape)[has] for has, _, e in sides])
    place_m = np.concatenate([fine[has] for has, fine, _ in sides])
    place_mm = np.rint(place_m * 1000.0).astype(np.int64)
    order = np.lexsort((place_mm, edge))
    edge, place_mm = edge[order], place_mm[order]
    is_new = np.ones(edge.size, np.bool_)
    is_new[1:] = (edge[1:] != edge[:-1]) | (place_mm[1:] - place_mm[:-1] > MERGE_MM)
    group = np.cumsum(is_new) - 1
    node_of = np.empty(edge.size, np.int64)
    node_of[order] = corner.size + group
    edge, place_mm = edge[is_new], place_mm[is_new]
    side_x, side_y = _on_edges(plan, edge, place_mm)
    ends, found = np.cumsum([0, *(has.sum() for has, _, _ in sides)]), []
    for k, (has, _, _) in enumerate(sides):
        side = np.full(has.shape, -1, np.int64)
        side[has] = node_of[ends[k] : ends[k + 1]]
        found.append(side)
    first = corner.size + edge.size
    is_inner = has_x[:, :, None] & has_y[:, None, :]
    inner = np.where(is_inner, first + np.cumsum(is_inner.ravel()).reshape(is_inner.shape) - 1, -1)
    shift_x, shift_y = _shifts(plan, cells)
    inner_x = (cells.fine_x[:, :, None] + shift_x)[is_inner]
    inner_y = (cells.fine_y[:, None, :] + shift_y)[is_inner]
    return Nodes(
        x_m=np.concatenate((corner_x.ravel(), side_x, inner_x)),
        y_m=np.concatenate((corner_y.ravel(), side_y, inner_y)),
        corner=corner,
        inner=inner,
        south=found[0],
        north=found[1],
        west=found[2],
        east=found[3],
        along=(edge, place_mm, corner.size + np.arange(edge.size)),
    )


def _east_edge(plan: Plan, i: Int64, j: Int64) -> Int64:
    return i * plan.line_y.size + j


def _north_edge(plan: Plan, i: Int64, j: Int64) -> Int64:
    n_x, n_y = plan.is_city.shape
    return np.asarray(n_x * (n_y + 1) + i * n_y + j)


def n_edges(plan: Plan) -> int:
    """Return the number of edges of the lattice."""
    n_x, n_y = plan.is_city.shape
    return int(n_x * (n_y + 1) + (n_x + 1) * n_y)


def _on_edges(plan: Plan, edge: Int64, place_mm: Int64) -> tuple[Float, Float]:
    """Return the points of the plan at places on lattice edges."""
    n_x, n_y = plan.is_city.shape
    is_east = edge < n_x * (n_y + 1)
    row = np.where(is_east, edge % (n_y + 1), 0)
    column = np.where(is_east, 0, (edge - n_x * (n_y + 1)) // n_y)
    place = place_mm / 1000.0
    return np.where(is_east, place, plan.line_x[column]), np.where(is_east, plan.line_y[row], place)


def _shifts(plan: Plan, cells: Cells) -> tuple[Float, Float]:
    """Return how far nodes within superblocks stray from their lines."""
    shift = np.empty((2, len(cells), FINE, FINE))
    for a in range(FINE):
        for b in range(FINE):
            number = a * FINE + b
            for k, question in enumerate((StreetDraw.NODE_EAST, StreetDraw.NODE_NORTH)):
                draw = plan.draws.street(question, cells.address, number)
                shift[k, :, a, b] = NODE_JITTER_M * (2.0 * draw - 1.0)
    return shift[0], shift[1]


def make_segments(plan: Plan, cells: Cells, main: MainStreets, nodes: Nodes) -> Segments:
    """Return the segments of all streets and paths."""
    first = n_edges(plan)
    parts = [
        _main_segments(main, nodes),
        _inner_segments(plan, cells, (nodes.south, nodes.inner, nodes.north), first, 0),
        _inner_segments(
            plan,
            cells,
            (nodes.west, nodes.inner.swapaxes(1, 2), nodes.east),
            first + len(cells) * FINE,
            1,
        ),
    ]
    columns = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Segments(*columns)


def _main_segments(main: MainStreets, nodes: Nodes) -> tuple[Int64, ...]:
    level = np.concatenate((main.east.ravel(), main.north.ravel()))
    way = np.concatenate((main.east_way.ravel(), main.north_way.ravel()))
    starts = np.concatenate((nodes.corner[:-1].ravel(), nodes.corner[:, :-1].ravel()))
    ends = np.concatenate((nodes.corner[1:].ravel(), nodes.corner[:, 1:].ravel()))
    edges = np.arange(level.size)
    edge, place_mm, node = nodes.along
    far = np.iinfo(np.int64).max
    all_edges = np.concatenate((edges, edge, edges))
    places = np.concatenate((np.full(level.size, -far), place_mm, np.full(level.size, far)))
    chain = np.concatenate((starts, node, ends))
    is_there = level[all_edges] > NONE
    all_edges, places, chain = all_edges[is_there], places[is_there], chain[is_there]
    order = np.lexsort((places, all_edges))
    all_edges, chain = all_edges[order], chain[order]
    is_within = all_edges[1:] == all_edges[:-1]
    line = all_edges[:-1][is_within]
    return line, chain[:-1][is_within], chain[1:][is_within], level[line] - 1, way[line]


def _inner_segments(
    plan: Plan, cells: Cells, along: tuple[Int64, Int64, Int64], first: int, turn: int
) -> tuple[Int64, ...]:
    """Return the segments of the fine lines of one direction.

    Parameters
    ----------
    plan, cells
        The city.
    along
        Nodes where the lines begin, (n, FINE); within, (n, FINE, FINE); where they end.
    first
        Number of the first line.
    turn
        0 for lines that run north, 1 for lines that run east.
    """
    begin, inner, end = along
    n = len(cells)
    chain = np.full((n, FINE, FINE + 2), -1, np.int64)
    chain[:, :, 0] = begin
    chain[:, :, 1:-1] = inner
    n_inner = (inner >= 0).sum(axis=2)
    rows, lines = np.nonzero(begin >= 0)
    chain[rows, lines, n_inner[rows, lines] + 1] = end[rows, lines]
    highway = np.full((n, FINE, FINE + 1), -1, np.int64)
    direction = np.zeros((n, FINE, FINE + 1), np.int64)
    for a in range(FINE):
        one_way = _line_directions(plan, cells, a, turn) if a % 2 else np.zeros(n, np.int64)
        direction[:, a, :] = one_way[:, None]
        draw = plan.draws.street(StreetDraw.LINE_LOST, cells.address, 2 * a + turn)
        is_lost = (draw < LINE_LOSS) & (a % 2 == 1)
        for k in range(FINE + 1):
            at_gate = (n_inner[:, a] == k) | np.bool_(k == 0)
            found = _segment_class(plan, cells, (a, k, turn), at_gate)
            highway[:, a, k] = np.where(is_lost & (found >= 0), HIGHWAYS.index("footway"), found)
    is_there = (chain[:, :, :-1] >= 0) & (chain[:, :, 1:] >= 0)
    rows, lines, steps = np.nonzero(is_there)
    return (
        first + rows * FINE + lines,
        chain[rows, lines, steps],
        chain[rows, lines, steps + 1],
        highway[rows, lines, steps],
        direction[rows, lines, steps],
    )


def _line_directions(plan: Plan, cells: Cells, a: int, turn: int) -> Int64:
    draw = plan.draws.street(StreetDraw.LINE_ONE_WAY, cells.address, 2 * a + turn)
    is_open = cells.kind != PARK
    return np.where(is_open & (draw < ONE_WAY_SHARE), np.where(draw < ONE_WAY_SHARE / 2, 1, -1), 0)


def _segment_class(plan: Plan, cells: Cells, number: tuple[int, int, int], at_gate: Bool) -> Int64:
    """Return the class of one segment of each superblock, -1 where it is left out."""
    a, k, turn = number
    draw = plan.draws.street(StreetDraw.SEGMENT, cells.address, (turn * FINE + a) * (FINE + 1) + k)
    found = np.full(len(cells), -1, np.int64)
    for kind, (street, lost, path, there) in STREET_RULES.items():
        is_kind = cells.kind == kind
        if a % 2:
            loss = lost + END_LOSS * at_gate if kind in GATED else np.full(draw.size, lost)
            chosen = np.where(draw >= loss, HIGHWAYS.index(street), HIGHWAYS.index("footway"))
            chosen = np.where(draw < loss / 2.0, -1, chosen)
        else:
            chosen = np.where(draw < there, HIGHWAYS.index(path), -1)
            # One path in five is a drive for bicycles and deliveries.
            chosen = np.where(draw < there / 5.0, HIGHWAYS.index("service"), chosen)
        found = np.where(is_kind, chosen, found)
    return found
