"""Classes and directions of main streets: which line of the lattice is which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from twin.network.synthetic.draws import StreetDraw, code

if TYPE_CHECKING:
    from twin.network.synthetic.plan import Plan

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

NONE: Final = 0
RESIDENTIAL: Final = 1
TERTIARY: Final = 2
SECONDARY: Final = 3
PRIMARY: Final = 4
TRUNK: Final = 5
CLASS_NAMES: Final = ("", "residential", "tertiary", "secondary", "primary", "trunk")

RINGS: Final = ((3_000.0, 0.62), (9_000.0, 0.3))
"""Half width from which a city has a ring road, and where, as a share of it."""

CORE: Final = 0.6
"""Share of the half width within which tertiary streets come as one-way pairs."""

PAIR_SHARE: Final = 0.8
LOST_SHARE: Final = 0.05
NARROW_SHARE: Final = 0.17
LOST_EDGE_SHARE: Final = 0.2
SECONDARY_BRIDGES: Final = 0.3
FEWEST_BRIDGES: Final = 2


@dataclass(frozen=True, eq=False)
class MainStreets:
    """Edges of the lattice.

    Parameters
    ----------
    east : (n_x, n_y + 1)
        Class of the edge from line crossing ``(i, j)`` to ``(i + 1, j)``; 0: none.
    north : (n_x + 1, n_y)
        Class of the edge from ``(i, j)`` to ``(i, j + 1)``.
    east_way, north_way
        1 one-way east or north, -1 one-way back, 0 both.
    is_bridge : (n_y + 1,)
        Rows that cross the river.
    """

    east: Int64
    north: Int64
    east_way: Int64
    north_way: Int64
    is_bridge: Bool


def main_streets(plan: Plan) -> MainStreets:
    """Return the classes of all edges of the lattice."""
    column = plan.column(np.arange(plan.line_x.size))
    row = plan.row(np.arange(plan.line_y.size))
    level_of_column, level_of_row = _level(column), _level(row)
    if plan.river >= 0:
        banks = slice(plan.river, plan.river + 2)
        level_of_column[banks] = np.maximum(level_of_column[banks], SECONDARY)
    n_x, n_y = plan.is_city.shape
    east = np.repeat(level_of_row[None, :], n_x, axis=0)
    north = np.repeat(level_of_column[:, None], n_y, axis=1)
    _rings(plan, east, north, column, row)
    crossing = np.maximum(east[plan.river], SECONDARY)
    bridge = _bridges(plan, crossing)
    land = np.pad(plan.is_land, 1)
    sides_east = land[1:-1, 1:].astype(np.int64) + land[1:-1, :-1]
    sides_north = land[1:, 1:-1].astype(np.int64) + land[:-1, 1:-1]
    east = _thinned(plan, east, sides_east, StreetDraw.CLASS_EAST)
    north = _thinned(plan, north, sides_north, StreetDraw.CLASS_NORTH)
    if plan.river >= 0:
        is_bank = land[plan.river, 1:] | land[plan.river, :-1]
        east[plan.river] = np.where(bridge & is_bank, crossing, NONE)
        for line in (plan.river, plan.river + 1):
            bank = np.maximum(north[line], SECONDARY)
            north[line] = np.where(sides_north[line] > 0, bank, NONE)
    east_way, north_way = _one_ways(plan, east, north, column, row)
    return MainStreets(east, north, east_way, north_way, bridge)


def _level(rank: Int64) -> Int64:
    """Return the class of lines: every fourth is primary, every other one secondary.

    At 400 m a line this gives arterials every 1,600 m and, with the secondary ones, a
    main street every 800 m.
    """
    return np.where(rank % 4 == 0, PRIMARY, np.where(rank % 2 == 0, SECONDARY, TERTIARY))


def _rings(plan: Plan, east: Int64, north: Int64, column: Int64, row: Int64) -> None:
    """Make the lines around the middle a trunk road; `east` and `north` are updated."""
    for from_m, share in RINGS:
        if plan.half_m < from_m:
            continue
        place = share * plan.half_m
        at_column = 2 * max(1, int((np.abs(plan.line_x) < place).sum()) // 4)
        at_row = 2 * max(1, int((np.abs(plan.line_y) < place).sum()) // 4)
        in_columns = (column[:-1] >= -at_column) & (column[:-1] < at_column)
        in_rows = (row[:-1] >= -at_row) & (row[:-1] < at_row)
        east[np.ix_(in_columns, np.abs(row) == at_row)] = TRUNK
        north[np.ix_(np.abs(column) == at_column, in_rows)] = TRUNK


def _bridges(plan: Plan, crossing: Int64) -> Bool:
    """Return the rows that cross the river: primary ones, few others, two at least.

    `crossing` holds the class a bridge of each row would have.
    """
    n_lines = plan.line_y.size
    bridge = np.zeros(n_lines, np.bool_)
    if plan.river < 0:
        return bridge
    rows = np.arange(n_lines)
    draw = plan.draws.street(StreetDraw.BRIDGE, plan.address(0 * rows, rows))
    is_even = plan.row(rows) % 2 == 0
    bridge = (crossing >= PRIMARY) | (is_even & (draw < SECONDARY_BRIDGES))
    land = np.pad(plan.is_land, ((0, 0), (1, 1)))
    has_banks = (land[plan.river - 1, 1:] | land[plan.river - 1, :-1]) & (
        land[plan.river + 1, 1:] | land[plan.river + 1, :-1]
    )
    bridge &= has_banks
    middle = np.abs(np.arange(n_lines) - n_lines // 2)
    wanted = np.flatnonzero(has_banks & ~bridge)
    wanted = wanted[np.lexsort((wanted, middle[wanted], -crossing[wanted]))]
    bridge[wanted[: max(0, FEWEST_BRIDGES - int(bridge.sum()))]] = True
    return np.asarray(bridge)


def _thinned(plan: Plan, level: Int64, n_sides: Int64, question: StreetDraw) -> Int64:
    """Return the edges with land on a side, a few of the smaller ones narrowed or left out."""
    i, j = (axis.ravel() for axis in np.indices(level.shape))
    draw = plan.draws.street(question, plan.address(i, j)).reshape(level.shape)
    inside = n_sides == 2  # noqa: PLR2004 - land on both sides
    small = level <= TERTIARY
    level = np.where(inside & small & (draw < NARROW_SHARE), RESIDENTIAL, level)
    level = np.where(inside & small & (draw < LOST_SHARE), NONE, level)
    outer = np.minimum(level, TERTIARY)
    outer = np.where(draw < LOST_EDGE_SHARE, NONE, outer)
    return np.where(inside, level, np.where(n_sides == 1, outer, NONE))


def _one_ways(
    plan: Plan, east: Int64, north: Int64, column: Int64, row: Int64
) -> tuple[Int64, Int64]:
    """Return the directions of tertiary streets of the core: neighbours run opposite ways."""
    core = CORE * plan.half_m
    near_x, near_y = np.abs(plan.line_x) < core, np.abs(plan.line_y) < core
    way_of_row, way_of_column = _pairs(plan, row, 0), _pairs(plan, column, 1)
    in_core = near_x[:-1] & near_x[1:]
    east_way = np.where(
        in_core[:, None] & near_y[None, :] & (east == TERTIARY), way_of_row[None, :], 0
    )
    in_core = near_y[:-1] & near_y[1:]
    north_way = np.where(
        in_core[None, :] & near_x[:, None] & (north == TERTIARY), way_of_column[:, None], 0
    )
    return east_way, north_way


def _pairs(plan: Plan, rank: Int64, number: int) -> Int64:
    draw = plan.draws.street(StreetDraw.ONE_WAY, code(rank // 4, 0 * rank), number)
    way = np.where(rank % 4 == 1, 1, np.where(rank % 4 == 3, -1, 0))  # noqa: PLR2004
    return np.where(draw < PAIR_SHARE, way, 0)
