"""Governance grids: whole superblocks of like population, nested in districts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from twin.errors import MapError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.network.synthetic.cells import Cells
    from twin.network.synthetic.plan import Plan
    from twin.network.synthetic.request import CityRequest

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

UNEVEN: Final = 20
"""A cut that misses its share by more than a 20th of the whole is tried the other way."""

LAND_WEIGHT: Final = 20
"""A superblock without residents weighs like a 20th of the mean: work for its collectors."""


@dataclass(frozen=True, eq=False)
class Grids:
    """Which grid each cell of the lattice belongs to, and which district each grid.

    `of_cell` is (n_x, n_y) with -1 outside the city; `district` and `number` are counted
    from 0 and name the grids.
    """

    of_cell: Int64
    district: Int64
    number: Int64

    @property
    def names(self) -> tuple[str, ...]:
        """Names as ``District 2, grid 17``."""
        pairs = zip(self.district.tolist(), self.number.tolist(), strict=True)
        return tuple(f"District {d + 1}, grid {n + 1}" for d, n in pairs)


def make_grids(plan: Plan, cells: Cells, residents: Int64, request: CityRequest) -> Grids:
    """Return the grids of a city.

    Superblocks are halved again and again along their longer side, in proportion to the
    grids of each half (k-d division, Bentley 1975); what is cut off from its grid joins a
    neighbour. A river is a border wherever both banks have a grid of their own.

    Raises
    ------
    MapError
        There are more grids than superblocks.
    """
    if request.grids > len(cells):
        raise MapError(
            "--grids",
            f"{request.grids} grids in {len(cells)} superblocks",
            expected=f"at most {len(cells)} grids on {request.area_km2:g} km2: a grid is made"
            " of whole superblocks",
            hint="fewer grids, or a larger area",
        )
    weight = residents * LAND_WEIGHT + max(1, int(residents.sum()) // len(cells))
    part, district = np.full(len(cells), -1, np.int64), np.full(request.grids, -1, np.int64)
    at = (cells.i, cells.j)
    first_grid = first_district = 0
    for rows, n_grids, n_districts in _banks(plan, cells, weight, request):
        sizes = [n_grids // n_districts + (k < n_grids % n_districts) for k in range(n_districts)]
        for place, (own, _) in enumerate(_divided(at, weight, rows, sizes)):
            size = sizes[place]
            district[first_grid : first_grid + size] = first_district + place
            for grid, (members, _) in enumerate(_divided(at, weight, own, [1] * size)):
                part[members] = first_grid + grid
            first_grid += size
        first_district += n_districts if request.n_districts > 1 else 0
    part = _joined(at, part, weight, request.grids)
    first = np.searchsorted(district, district)
    number = np.arange(request.grids) - first
    return Grids(_on_lattice(plan, at, part), district, number)


def _banks(
    plan: Plan, cells: Cells, weight: Int64, request: CityRequest
) -> list[tuple[Int64, int, int]]:
    """Return superblocks, grids and districts of either bank, or of the city as a whole."""
    everything = np.arange(len(cells))
    n_districts = request.n_districts
    if plan.river < 0 or request.grids < 2:  # noqa: PLR2004 - two banks
        return [(everything, request.grids, n_districts)]
    west, east = np.flatnonzero(cells.i < plan.river), np.flatnonzero(cells.i > plan.river)
    share = int(weight[west].sum()) / int(weight.sum())
    n_west = min(max(1, round(request.grids * share)), request.grids - 1, west.size)
    n_west = max(n_west, request.grids - east.size)
    if n_districts == 1:
        return [(west, n_west, 1), (east, request.grids - n_west, 1)]
    d_west = min(max(1, round(n_districts * share)), n_districts - 1, n_west)
    d_west = max(d_west, n_districts - (request.grids - n_west))
    return [(west, n_west, d_west), (east, request.grids - n_west, n_districts - d_west)]


def _divided(
    at: tuple[Int64, Int64], weight: Int64, rows: Int64, sizes: Sequence[int]
) -> list[tuple[Int64, Sequence[int]]]:
    """Return the rows of each part; part ``k`` weighs in proportion to ``sizes[k]``."""
    if len(sizes) == 1:
        return [(rows, sizes)]
    half = len(sizes) // 2
    n_left, n_all = sum(sizes[:half]), sum(sizes)
    i, j = at[0][rows], at[1][rows]
    is_wide = i.max() - i.min() >= j.max() - j.min()
    cuts = [
        _cut(weight, rows[np.lexsort(keys)], n_left, n_all)
        for keys in (((j, i), (i, j)) if is_wide else ((i, j), (j, i)))
    ]
    # Across the longer side, unless the parts come out uneven and better the other way.
    is_even = cuts[0][0] * UNEVEN <= int(weight[rows].sum())
    _, ordered, cut = cuts[0] if is_even or cuts[0][0] <= cuts[1][0] else cuts[1]
    return [
        *_divided(at, weight, np.sort(ordered[:cut]), sizes[:half]),
        *_divided(at, weight, np.sort(ordered[cut:]), sizes[half:]),
    ]


def _cut(weight: Int64, ordered: Int64, n_left: int, n_all: int) -> tuple[int, Int64, int]:
    """Return how far the best cut of ordered rows misses its share, the rows and the cut."""
    sums = np.cumsum(weight[ordered])
    share = int(sums[-1]) * n_left // n_all
    cut = int(np.searchsorted(sums, share)) + 1
    if cut > 1 and share - int(sums[cut - 2]) < int(sums[cut - 1]) - share:
        cut -= 1
    cut = min(max(cut, n_left), ordered.size - (n_all - n_left))
    return abs(int(sums[cut - 1]) - share), ordered, cut


def _joined(at: tuple[Int64, Int64], part: Int64, weight: Int64, n_parts: int) -> Int64:
    """Return the parts with every piece but the heaviest given to the neighbour around it."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - takes 0.2 s
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    left, right = _neighbours(at)
    part = part.copy()
    for _ in range(part.size):
        same = part[left] == part[right]
        ones = np.ones(int(same.sum()), np.int8)
        links = coo_array((ones, (left[same], right[same])), (part.size, part.size))
        n_pieces, piece = connected_components(links.tocsr(), directed=False)
        heavy = np.zeros(n_pieces, np.int64)
        np.add.at(heavy, piece, weight)
        part_of_piece = np.zeros(n_pieces, np.int64)
        part_of_piece[piece] = part
        order = np.lexsort((np.arange(n_pieces), -heavy, part_of_piece))
        is_main = np.zeros(n_pieces, np.bool_)
        is_main[order[np.unique(part_of_piece[order], return_index=True)[1]]] = True
        lost = ~is_main[piece]
        beside = np.concatenate((lost[left] & ~lost[right], lost[right] & ~lost[left]))
        if not beside.any():
            break
        own = np.concatenate((left, right))[beside]
        other = part[np.concatenate((right, left))[beside]]
        votes = np.zeros((n_pieces, n_parts), np.int32) if n_pieces * n_parts < 1 << 24 else None
        if votes is None:
            part[own] = other
            continue
        np.add.at(votes, (piece[own], other), 1)
        moved = np.unique(piece[own])
        winner = votes[moved].argmax(axis=1)
        for one, new in zip(moved.tolist(), winner.tolist(), strict=True):
            part[piece == one] = new
    return part


def _neighbours(at: tuple[Int64, Int64]) -> tuple[Int64, Int64]:
    """Return pairs of superblocks with a common side."""
    i, j = at
    table = np.full((int(i.max()) + 2, int(j.max()) + 2), -1, np.int64)
    table[i, j] = np.arange(i.size)
    pairs = [(table[:-1].ravel(), table[1:].ravel()), (table[:, :-1].ravel(), table[:, 1:].ravel())]
    left, right = (np.concatenate(side) for side in zip(*pairs, strict=True))
    both = (left >= 0) & (right >= 0)
    return left[both], right[both]


def _on_lattice(plan: Plan, at: tuple[Int64, Int64], part: Int64) -> Int64:
    """Return the grid of each cell; the river belongs to its west bank."""
    of_cell = np.full(plan.is_city.shape, -1, np.int64)
    of_cell[at] = part
    if plan.river >= 0:
        west, east = of_cell[plan.river - 1], of_cell[plan.river + 1]
        bank = np.where(west >= 0, west, east)
        of_cell[plan.river] = np.where(plan.is_city[plan.river], bank, -1)
    return of_cell
