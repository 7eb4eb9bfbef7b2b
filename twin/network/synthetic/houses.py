"""Buildings: as many, as large and as high as the floor of their block asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from twin.network.buildings import MIN_HOME_M2
from twin.network.features import Buildings
from twin.network.synthetic.cells import VILLAGE
from twin.network.synthetic.draws import BuildingDraw
from twin.network.synthetic.land_use import BUSINESS, CIVIC, HOME, INDUSTRIAL, SHOPS
from twin.network.synthetic.standards import MAX_LEVELS
from twin.network.synthetic.streets import streets_of

if TYPE_CHECKING:
    from twin.network.street_graph import StreetGraph
    from twin.network.synthetic.cells import Cells
    from twin.network.synthetic.land_use import Blocks
    from twin.network.synthetic.plan import Plan

Float = NDArray[np.float64]
Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]

# Up to which floor space index homes are built how: share of the plot covered, floor area
# of a storey in m2, storeys at most. From cottages over walk-ups to towers (assumed).
HOME_STYLES: Final = (
    (0.12, 0.12, 120.0, 2),
    (0.5, 0.13, 420.0, 6),
    (1.0, 0.17, 620.0, 6),
    (1.8, 0.2, 680.0, 11),
    (2.6, 0.2, 720.0, 18),
    (np.inf, 0.22, 780.0, MAX_LEVELS),
)
VILLAGE_STYLE: Final = (0.42, 130.0, 6)
OTHER_STYLES: Final = {
    BUSINESS: (0.35, 1_600.0, MAX_LEVELS),
    INDUSTRIAL: (0.4, 2_600.0, 3),
    CIVIC: (0.22, 1_100.0, 6),
}
USES: Final = ("residential", "mixed", "commercial", "commercial", "public")
INSET: Final = 0.16
"""Share of a block's width left free on each side: no house stands on a bent street."""

MOST_A_BLOCK: Final = 400
FIRST_ID: Final = 1_000_000_000
"""Ways below are streets."""


@dataclass(frozen=True, eq=False)
class Houses:
    """Buildings before they get their street node; sizes in tenths of square metres."""

    block: Int64
    x_m: Float
    y_m: Float
    footprint_dm: Int64
    levels: Int64


def make_houses(plan: Plan, cells: Cells, blocks: Blocks) -> Houses:
    """Return the buildings of all blocks."""
    is_built = (blocks.floor_m2 > 0.0) & (blocks.area_m2 > 0.0)
    built = np.flatnonzero(is_built)
    coverage, storey_m2, most = _styles(cells, blocks, built)
    floor, area = blocks.floor_m2[built], blocks.area_m2[built]
    index = floor / area
    levels = np.clip(np.ceil(index / coverage), 1, most).astype(np.int64)
    count = np.clip(np.rint(floor / levels / storey_m2), 1, MOST_A_BLOCK).astype(np.int64)
    block = np.repeat(built, count)
    number = np.arange(block.size) - np.repeat(np.cumsum(count) - count, count)
    own = np.arange(block.size)
    draw = plan.draws.building(BuildingDraw.LEVELS, own)
    span = np.maximum(1, levels // 5)
    step = np.floor(draw * (2 * np.repeat(span, count) + 1)).astype(np.int64)
    base = np.repeat(levels, count)
    varied = np.clip(base + step - np.repeat(span, count), 1, np.repeat(most, count))
    varied = np.where(np.repeat(count, count) == 1, base, varied)
    first = np.cumsum(count) - count
    all_levels = np.add.reduceat(varied, first) if count.size else count
    # Rounded up, and no smaller than people can live in: the homes of a block never hold
    # less than its floor.
    footprint = np.ceil(floor * 10.0 / all_levels).astype(np.int64)
    footprint = np.maximum(footprint, np.int64(10 * MIN_HOME_M2))
    x_m, y_m = _places(plan, blocks, block, number, np.repeat(count, count))
    return Houses(block, x_m, y_m, np.repeat(footprint, count), varied)


def _styles(cells: Cells, blocks: Blocks, built: Int64) -> tuple[Float, Float, Int64]:
    """Return coverage, floor area of a storey and most storeys for each block."""
    use = blocks.use[built]
    index = blocks.floor_m2[built] / blocks.area_m2[built]
    style = np.searchsorted(np.array([one[0] for one in HOME_STYLES]), index)
    table = np.array([one[1:] for one in HOME_STYLES])[style]
    coverage, storey, most = table[:, 0], table[:, 1], table[:, 2]
    is_village = cells.kind[blocks.cell[built]] == VILLAGE
    rules = [(is_village & np.isin(use, (HOME, SHOPS)), VILLAGE_STYLE)]
    rules += [(use == one, style_of) for one, style_of in OTHER_STYLES.items()]
    for rows, (cover, floor, highest) in rules:
        coverage = np.where(rows, cover, coverage)
        storey = np.where(rows, floor, storey)
        most = np.where(rows, highest, most)
    # Denser than its style allows: closer, not higher.
    coverage = np.maximum(coverage, index / most)
    return coverage, storey, most.astype(np.int64)


def _places(
    plan: Plan, blocks: Blocks, block: Int64, number: Int64, count: Int64
) -> tuple[Float, Float]:
    """Return where buildings stand: in rows, as slabs are, a little out of line."""
    width = blocks.east_m[block] - blocks.west_m[block]
    height = blocks.north_m[block] - blocks.south_m[block]
    columns = np.maximum(1, np.ceil(np.sqrt(count * 0.7 * width / height))).astype(np.int64)
    rows = (count + columns - 1) // columns
    own = np.arange(block.size)
    jitter_x = 0.3 * (plan.draws.building(BuildingDraw.EAST, own) - 0.5)
    jitter_y = 0.3 * (plan.draws.building(BuildingDraw.NORTH, own) - 0.5)
    share_x = INSET + (1.0 - 2.0 * INSET) * ((number % columns) + 0.5 + jitter_x) / columns
    share_y = INSET + (1.0 - 2.0 * INSET) * ((number // columns) + 0.5 + jitter_y) / rows
    return blocks.west_m[block] + share_x * width, blocks.south_m[block] + share_y * height


def buildings_of(
    houses: Houses,
    blocks: Blocks,
    graph: StreetGraph,
    ward_of_cell: Int64,
    at: tuple[Int64, Int64],
) -> Buildings:
    """Return the buildings of the map.

    Parameters
    ----------
    houses, blocks
        The city's.
    graph
        Its streets.
    ward_of_cell
        Ward of each superblock.
    at
        Projected millimetres of each house.
    """
    x_mm, y_mm = at
    use = blocks.use[houses.block]
    walk_node = graph.nearest_nodes(x_mm, y_mm, "walk")[0]
    footprint = houses.footprint_dm / 10.0
    floor = houses.footprint_dm * houses.levels / 10.0
    is_home = np.isin(use, (HOME, SHOPS)) & (floor >= MIN_HOME_M2) & (walk_node >= 0)
    n = use.size
    return Buildings(
        building_id=tuple(f"way/{FIRST_ID + one}" for one in range(n)),
        x_mm=x_mm,
        y_mm=y_mm,
        footprint_m2=footprint,
        levels=houses.levels.astype(np.int16),
        is_levels_imputed=np.zeros(n, np.bool_),
        use=tuple(USES[one] for one in use.tolist()),
        is_use_assumed=np.zeros(n, np.bool_),
        floor_area_m2=floor,
        ward=ward_of_cell[blocks.cell[houses.block]].astype(np.int16),
        walk_node=walk_node.astype(np.int32),
        country=("",) * n,
        street=streets_of(graph, walk_node),
        is_home_eligible=is_home,
    )
