"""Superblocks: what each cell of the lattice is for, and into how many blocks it is cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from twin.network.synthetic.draws import CellDraw, Noise

if TYPE_CHECKING:
    from twin.network.synthetic.plan import Plan

Float = NDArray[np.float64]
Int64 = NDArray[np.int64]

ESTATE: Final = 0
VILLAGE: Final = 1
CENTRE: Final = 2
INDUSTRY: Final = 3
PARK: Final = 4
CAMPUS: Final = 5
KIND_NAMES: Final = (
    "housing estates",
    "urban villages",
    "centres",
    "industry",
    "parks",
    "campuses",
)

CENTRE_SHARE: Final = 0.06
INDUSTRY_SHARE: Final = 0.2
PARK_SHARE: Final = 0.06
CAMPUS_SHARE: Final = 0.04
VILLAGE_SHARE: Final = 0.06
"""Shares of superblocks (assumed, so that land uses come out within GB 50137-2011's bands)."""

FEWEST_CELLS: Final = 5
"""A smaller town is all housing with shops."""

BLOCK_M: Final = (145.0, 85.0, 110.0, 210.0, 190.0, 180.0)
"""Side of a block within each kind of superblock (assumed)."""

MOST_LINES: Final = 4
"""Streets within a superblock and direction."""

FINE: Final = 2 * MOST_LINES + 1
"""Streets and paths within a superblock and direction: a path between each two streets."""

LINE_JITTER: Final = 0.24
ALIGNED_SHARE: Final = 0.45
"""Superblocks whose streets lie evenly, so that they meet those across the road."""


@dataclass(frozen=True, eq=False)
class Cells:
    """Superblocks by increasing column and row.

    Parameters
    ----------
    i, j : (n,)
        Cell of the lattice.
    kind : (n,)
        ``ESTATE`` ... ``CAMPUS``.
    n_x, n_y : (n,)
        Streets within it that run north and east.
    far : (n,)
        Distance from the centre as a share of the half width.
    address : (n,)
        Address of draws.
    fine_x, fine_y : (n, FINE)
        Where its streets (odd) and paths (even) lie, in metres; nan beyond the last.
    """

    i: Int64
    j: Int64
    kind: Int64
    n_x: Int64
    n_y: Int64
    far: Float
    address: NDArray[np.uint32]
    fine_x: Float
    fine_y: Float

    def __len__(self) -> int:
        """Return the number of superblocks."""
        return int(self.i.size)


def make_cells(plan: Plan) -> Cells:
    """Return the superblocks of a plan."""
    i, j = np.nonzero(plan.is_land)
    x, y = plan.centre(i, j)
    far = np.sqrt(x * x + y * y) / plan.half_m
    address = plan.address(i, j)
    kind = _kinds(plan, far, (x, y), address)
    side = np.array(BLOCK_M)[kind] * (1.0 + 0.3 * np.minimum(far, 1.0))
    side = side * (0.75 + 0.5 * plan.draws.cell(CellDraw.BLOCK_SIZE, address))
    n_x = _n_lines(np.diff(plan.line_x)[i], side)
    n_y = _n_lines(np.diff(plan.line_y)[j], side)
    is_aligned = plan.draws.cell(CellDraw.IS_ALIGNED, address) < ALIGNED_SHARE
    jitter = np.where(is_aligned, 0.0, LINE_JITTER)
    fine_x = _fine(plan, address, (plan.line_x[i], plan.line_x[i + 1]), n_x, jitter, 0)
    fine_y = _fine(plan, address, (plan.line_y[j], plan.line_y[j + 1]), n_y, jitter, MOST_LINES)
    return Cells(i, j, kind, n_x, n_y, far, address, fine_x, fine_y)


def _n_lines(width_m: Float, side_m: Float) -> Int64:
    return np.clip(np.rint(width_m / side_m).astype(np.int64) - 1, 0, MOST_LINES)


def _fine(
    plan: Plan,
    address: NDArray[np.uint32],
    bounds: tuple[Float, Float],
    n_lines: Int64,
    jitter: Float,
    first: int,
) -> Float:
    """Return the places of streets and of the paths half way between them."""
    low, high = bounds
    ends = np.full((address.size, MOST_LINES + 2), np.nan)
    ends[:, 0] = low
    for line in range(1, MOST_LINES + 1):
        draw = 2.0 * plan.draws.cell(CellDraw.LINE, address, first + line) - 1.0
        share = (line + jitter * draw) / (n_lines + 1)
        ends[:, line] = np.where(line <= n_lines, low + share * (high - low), np.nan)
    ends[np.arange(address.size), n_lines + 1] = high
    fine = np.empty((address.size, FINE))
    fine[:, 0::2] = (ends[:, :-1] + ends[:, 1:]) / 2.0
    # The end of the last block is no street of its own.
    is_street = np.arange(1, MOST_LINES + 1)[None, :] <= n_lines[:, None]
    fine[:, 1::2] = np.where(is_street, ends[:, 1:-1], np.nan)
    return fine


def _kinds(plan: Plan, far: Float, at: tuple[Float, Float], address: NDArray[np.uint32]) -> Int64:
    """Return what each superblock is for: centres inside, industry outside, by rank."""
    kind = np.full(far.size, ESTATE, np.int64)
    if far.size < FEWEST_CELLS:
        return kind
    draws, (x, y) = plan.draws, at
    wave = min(2_800.0, max(1_200.0, 0.6 * plan.half_m))
    industry = far + 0.55 * draws.noise(Noise.INDUSTRY, x, y, wave)
    village = draws.noise(Noise.VILLAGE, x, y, 1_300.0) - np.abs(far - 0.6)
    centre = far + 0.3 * draws.noise(Noise.CENTRE, x, y, max(900.0, 0.35 * plan.half_m))
    by_water = np.zeros(far.size)
    if plan.river >= 0:
        i = plan.column(np.nonzero(plan.is_land)[0])
        river = int(plan.column(np.array([plan.river]))[0])
        by_water = np.where(np.abs(i - river) == 1, 0.25, 0.0)
    park = draws.cell(CellDraw.PARK, address) - by_water
    campus = draws.cell(CellDraw.CAMPUS, address) + np.abs(far - 0.55)
    # The later take what the earlier left.
    for code, score, share in (
        (CENTRE, centre, CENTRE_SHARE),
        (INDUSTRY, -industry, INDUSTRY_SHARE),
        (PARK, park, PARK_SHARE),
        (CAMPUS, campus, CAMPUS_SHARE),
        (VILLAGE, -village, VILLAGE_SHARE),
    ):
        free = np.flatnonzero(kind == ESTATE)
        n_wanted = int(share * far.size + 0.5)
        kind[free[np.argsort(score[free], kind="stable")][:n_wanted]] = code
    return kind
