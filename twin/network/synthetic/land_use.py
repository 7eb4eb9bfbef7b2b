"""Land use by block, and how much floor each block carries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from twin.errors import MapError
from twin.network.synthetic.cells import (
    CAMPUS,
    CENTRE,
    ESTATE,
    FINE,
    INDUSTRY,
    MOST_LINES,
    PARK,
    VILLAGE,
)
from twin.network.synthetic.draws import CellDraw
from twin.network.synthetic.hierarchy import SECONDARY
from twin.network.synthetic.standards import (
    CIVIC_FLOOR_M2,
    FLOOR_A_JOB_M2,
    HOME_FLOOR_M2,
    INDUSTRY_SHARE,
    JOBS_A_RESIDENT,
    MAX_LEVELS,
    MIXED_HOME_SHARE,
    TOWER_COVERAGE,
    VILLAGE_COVERAGE,
    VILLAGE_LEVELS,
)

if TYPE_CHECKING:
    from twin.network.synthetic.cells import Cells
    from twin.network.synthetic.hierarchy import MainStreets
    from twin.network.synthetic.plan import Plan
    from twin.network.synthetic.request import CityRequest

Float = NDArray[np.float64]
Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

HOME: Final = 0
SHOPS: Final = 1  # homes above shops: `mixed`
BUSINESS: Final = 2
INDUSTRIAL: Final = 3
CIVIC: Final = 4
GREEN: Final = 5
USE_NAMES: Final = ("residential", "mixed", "commercial", "industrial", "public", "green")

# Of each kind of superblock: how the draw of a block divides it into uses (assumed).
DIVISIONS: Final = {
    ESTATE: ((0.78, HOME), (0.86, SHOPS), (0.93, CIVIC), (1.0, GREEN)),
    VILLAGE: ((0.84, HOME), (0.94, SHOPS), (0.97, CIVIC), (1.0, GREEN)),
    CENTRE: ((0.12, HOME), (0.5, SHOPS), (0.85, BUSINESS), (0.93, CIVIC), (1.0, GREEN)),
    INDUSTRY: ((0.08, HOME), (0.88, INDUSTRIAL), (0.93, BUSINESS), (0.95, CIVIC), (1.0, GREEN)),
    PARK: ((1.0, GREEN),),
    CAMPUS: ((0.2, HOME), (0.7, CIVIC), (1.0, GREEN)),
}
SHOPS_BY_ROAD: Final = 0.25
"""Share of the homes along main streets that stand above shops."""

KERB_M: Final = 7.0
"""From the middle of a street within a superblock to the plots beside it (assumed)."""

FALL: Final = 0.5
"""Distance, as a share of the half width, at which density has halved."""

LEAST_BLOCK_M2: Final = 120.0
"""Floor below which no block is built up."""

BUSINESS_COVERAGE: Final = 0.4
INDUSTRY_COVERAGE: Final = 0.5
INDUSTRY_LEVELS: Final = 3
CIVIC_COVERAGE: Final = 0.25
CIVIC_LEVELS: Final = 6
_N_HALVINGS: Final = 60


@dataclass(frozen=True, eq=False)
class Blocks:
    """Blocks between the streets of superblocks.

    Parameters
    ----------
    cell : (n,)
        Superblock.
    west_m, east_m, south_m, north_m : (n,)
        Bounds in the plan.
    area_m2 : (n,)
        Area of the plots, without the streets.
    use : (n,)
        ``HOME`` ... ``GREEN``.
    weight : (n,)
        Relative density.
    floor_m2 : (n,)
        Floor of all storeys.
    """

    cell: Int64
    west_m: Float
    east_m: Float
    south_m: Float
    north_m: Float
    area_m2: Float
    use: Int64
    weight: Float
    floor_m2: Float

    @property
    def home_m2(self) -> Float:
        """Floor of homes."""
        share = np.where(self.use == HOME, 1.0, np.where(self.use == SHOPS, MIXED_HOME_SHARE, 0.0))
        return share * self.floor_m2


def make_blocks(plan: Plan, cells: Cells, main: MainStreets, request: CityRequest) -> Blocks:
    """Return the blocks with uses and floor for the wanted residents.

    Raises
    ------
    MapError
        The homes would have to be higher than the highest towers.
    """
    blocks = _outlines(plan, cells)
    blocks = replace(blocks, use=_uses(plan, cells, main, blocks))
    number = _number(blocks)
    draw = _by_number(plan, cells, blocks, CellDraw.BLOCK_DENSITY, number)
    far = cells.far[blocks.cell] / FALL
    blocks = replace(blocks, weight=(0.6 + 0.8 * draw) / (1.0 + far * far))
    return _with_floor(blocks, cells, request)


def _outlines(plan: Plan, cells: Cells) -> Blocks:
    """Return the blocks that the streets (not the paths) cut out."""
    bounds_x = _bounds(cells.fine_x, plan.line_x[cells.i], plan.line_x[cells.i + 1], cells.n_x)
    bounds_y = _bounds(cells.fine_y, plan.line_y[cells.j], plan.line_y[cells.j + 1], cells.n_y)
    steps = np.arange(MOST_LINES + 1)
    is_x = steps[None, :] <= cells.n_x[:, None]
    is_y = steps[None, :] <= cells.n_y[:, None]
    cell, a, b = np.nonzero(is_x[:, :, None] & is_y[:, None, :])
    west, east = bounds_x[cell, a], bounds_x[cell, a + 1]
    south, north = bounds_y[cell, b], bounds_y[cell, b + 1]
    scale2 = plan.scale * plan.scale
    area = (east - west - 2.0 * KERB_M) * (north - south - 2.0 * KERB_M) * scale2
    nothing = np.zeros(cell.size)
    use = np.zeros(cell.size, np.int64)
    return Blocks(cell, west, east, south, north, np.floor(area), use, nothing, nothing)


def _bounds(fine: Float, low: Float, high: Float, n_lines: Int64) -> Float:
    bounds = np.full((low.size, MOST_LINES + 2), np.nan)
    bounds[:, 0] = low
    bounds[:, 1:-1] = fine[:, 1:FINE:2]
    bounds[np.arange(low.size), n_lines + 1] = high
    return bounds


def _number(blocks: Blocks) -> Int64:
    """Return the number of each block within its superblock."""
    first = np.searchsorted(blocks.cell, blocks.cell)
    return np.arange(blocks.cell.size) - first


def _by_number(
    plan: Plan, cells: Cells, blocks: Blocks, question: CellDraw, number: Int64
) -> Float:
    """Return a draw for each block, by its superblock and its number there."""
    draw = np.empty(number.size)
    for one in range(int(number.max()) + 1):
        rows = np.flatnonzero(number == one)
        draw[rows] = plan.draws.cell(question, cells.address[blocks.cell[rows]], one)
    return draw


def _uses(plan: Plan, cells: Cells, main: MainStreets, blocks: Blocks) -> Int64:
    number = _number(blocks)
    draw = _by_number(plan, cells, blocks, CellDraw.BLOCK_USE, number)
    kind = cells.kind[blocks.cell]
    use = np.full(draw.size, GREEN, np.int64)
    for one, divisions in DIVISIONS.items():
        bounds = np.array([bound for bound, _ in divisions])
        chosen = np.array([what for _, what in divisions])
        rows = np.searchsorted(bounds, draw, side="right")
        use = np.where(kind == one, chosen[rows], use)
    by_road = _is_by_road(plan, cells, main, blocks)
    # The draw of a home lies below its bound: its lowest part takes the road side.
    use = np.where((kind == ESTATE) & (draw < SHOPS_BY_ROAD * 0.78) & by_road, SHOPS, use)
    if not np.isin(use, (HOME, SHOPS)).any():
        use[int(np.argmin(cells.far[blocks.cell]))] = SHOPS
    return use


def _is_by_road(plan: Plan, cells: Cells, main: MainStreets, blocks: Blocks) -> Bool:
    """Return which blocks lie along a secondary street or larger."""
    i, j = cells.i[blocks.cell], cells.j[blocks.cell]
    by_road: Bool = (
        ((blocks.south_m == plan.line_y[j]) & (main.east[i, j] >= SECONDARY))
        | ((blocks.north_m == plan.line_y[j + 1]) & (main.east[i, j + 1] >= SECONDARY))
        | ((blocks.west_m == plan.line_x[i]) & (main.north[i, j] >= SECONDARY))
        | ((blocks.east_m == plan.line_x[i + 1]) & (main.north[i + 1, j] >= SECONDARY))
    )
    return by_road


def _with_floor(blocks: Blocks, cells: Cells, request: CityRequest) -> Blocks:
    """Return the blocks with the floor of homes, jobs and public services."""
    residents = float(request.residents)
    use = blocks.use.copy()
    is_home = np.isin(use, (HOME, SHOPS))
    homes = np.flatnonzero(is_home)
    in_village = cells.kind[blocks.cell] == VILLAGE
    density = np.where(in_village, VILLAGE_COVERAGE * VILLAGE_LEVELS, TOWER_COVERAGE * MAX_LEVELS)
    most = blocks.area_m2 * density
    share = np.where(use == SHOPS, MIXED_HOME_SHARE, 1.0)
    wanted = residents * HOME_FLOOR_M2
    room = float(np.cumsum(np.floor((most * share)[homes]))[-1])
    if wanted > room:
        raise MapError(
            "--residents",
            f"{request.residents:,} residents on {request.area_km2:g} km2",
            expected=f"at most {int(room / HOME_FLOOR_M2):,}: {HOME_FLOOR_M2} m2 of floor each,"
            f" {MAX_LEVELS} storeys, a quarter of the plots covered",
            hint="a larger area, or fewer residents",
        )
    n_built = min(homes.size, max(1, int(wanted / LEAST_BLOCK_M2)))
    order = np.argsort(-blocks.weight[homes], kind="stable")
    homes = np.sort(homes[order[:n_built]])
    use[is_home] = np.where(np.isin(np.flatnonzero(is_home), homes), use[is_home], GREEN)
    floor = np.zeros(use.size)
    amount = blocks.area_m2 * blocks.weight
    floor[homes] = _spread(amount[homes], (most * share)[homes], wanted) / share[homes]
    jobs = residents * JOBS_A_RESIDENT
    for one, coverage, levels, total in (
        (
            BUSINESS,
            BUSINESS_COVERAGE,
            MAX_LEVELS,
            jobs * (1.0 - INDUSTRY_SHARE) * FLOOR_A_JOB_M2["commercial"],
        ),
        (
            INDUSTRIAL,
            INDUSTRY_COVERAGE,
            INDUSTRY_LEVELS,
            jobs * INDUSTRY_SHARE * FLOOR_A_JOB_M2["industrial"],
        ),
        (CIVIC, CIVIC_COVERAGE, CIVIC_LEVELS, residents * CIVIC_FLOOR_M2),
    ):
        rows = np.flatnonzero(use == one)
        if rows.size:
            top = blocks.area_m2[rows] * coverage * levels
            floor[rows] = _spread(amount[rows], top, total)
    return replace(blocks, use=use, floor_m2=floor)


def _spread(amount: Float, most: Float, total: float) -> Float:
    """Return whole square metres in proportion to `amount`, none above `most`.

    They add up to at least `total`, where there is room for it; sums run over whole
    numbers, so that every machine finds the same.
    """
    most = np.floor(most)

    def at(factor: float) -> Float:
        return np.minimum(most, np.ceil(amount * factor))

    if float(np.cumsum(most)[-1]) <= total:
        return most
    low, high = 0.0, 1.0
    while float(np.cumsum(at(high))[-1]) < total:
        low, high = high, 2.0 * high
    for _ in range(_N_HALVINGS):
        middle = (low + high) / 2.0
        if float(np.cumsum(at(middle))[-1]) < total:
            low = middle
        else:
            high = middle
    return at(high)
