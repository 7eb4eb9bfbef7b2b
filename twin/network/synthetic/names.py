"""Street names: made of common syllables, so that they belong to no place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from twin.network.synthetic.cells import FINE
from twin.network.synthetic.draws import StreetDraw
from twin.network.synthetic.fabric import n_edges
from twin.network.synthetic.hierarchy import RINGS, TRUNK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.network.synthetic.cells import Cells
    from twin.network.synthetic.hierarchy import MainStreets
    from twin.network.synthetic.plan import Plan

    Int64 = NDArray[np.int64]

FIRST: Final = (
    *("Ren", "Jian", "Xin", "He", "Guang", "Chang", "Yong", "Tong", "Jin", "Wen", "Fu"),
    *("Hong", "Qing", "Bai", "Long", "Feng", "Hai", "Tai", "An", "Ning", "Zhen", "Ming", "Yu"),
)
SECOND: Final = (
    *("min", "she", "hua", "ping", "ming", "le", "xing", "da", "hu", "yuan", "an"),
    *("qiao", "he", "shan", "yang", "tai", "ling", "xi", "chang", "de", "fu", "jing", "zhou"),
)
LANES_A_BLOCK: Final = FINE
"""Numbers kept for the lanes of one superblock along a road."""


def line_names(plan: Plan, cells: Cells, main: MainStreets) -> list[str]:
    """Return the name of each line of `Segments.line`; paths have none.

    A road keeps its name through the city, with the side of the centre it lies on;
    streets within superblocks are numbered lanes of the road they leave.
    """
    rows, columns = _roads(plan)
    names = [""] * (n_edges(plan) + 2 * len(cells) * FINE)
    n_x, n_y = plan.is_city.shape
    middle_x, middle_y = plan.line_x.size // 2, plan.line_y.size // 2
    for i, j in zip(*np.nonzero(main.east), strict=True):
        side = "East" if i >= middle_x else "West"
        name = f"{rows[j]} Road {side}"
        if i == plan.river:
            name = f"{rows[j]} Bridge"
        elif main.east[i, j] == TRUNK:
            name = f"{_ring(plan, plan.line_y[j])} {'North' if j > middle_y else 'South'}"
        names[i * (n_y + 1) + j] = name
    for i, j in zip(*np.nonzero(main.north), strict=True):
        name = f"{columns[i]} Road {'North' if j >= middle_y else 'South'}"
        if main.north[i, j] == TRUNK:
            name = f"{_ring(plan, plan.line_x[i])} {'East' if i > middle_x else 'West'}"
        elif plan.river >= 0 and i in (plan.river, plan.river + 1):
            name = f"Riverside Road {'West' if i == plan.river else 'East'}"
        names[n_x * (n_y + 1) + i * n_y + j] = name
    _name_lanes(names, plan, cells, rows, columns)
    return names


def _ring(plan: Plan, away_m: float) -> str:
    """Return the name of the ring road at a distance from the middle."""
    (_, outer), (from_m, inner) = RINGS
    is_inner = plan.half_m >= from_m and abs(away_m) < (outer + inner) / 2.0 * plan.half_m
    return "Inner Ring Road" if is_inner else "Ring Road"


def _name_lanes(
    names: list[str], plan: Plan, cells: Cells, rows: list[str], columns: list[str]
) -> None:
    """Name the streets within superblocks; `names` is updated."""
    first = n_edges(plan)
    second = first + len(cells) * FINE
    for cell, (i, j, n_x, n_y) in enumerate(
        zip(
            cells.i.tolist(),
            cells.j.tolist(),
            cells.n_x.tolist(),
            cells.n_y.tolist(),
            strict=True,
        )
    ):
        for a in range(n_x):
            number = i * LANES_A_BLOCK + a + 1
            names[first + cell * FINE + 2 * a + 1] = f"{rows[j]} Road Lane {number}"
        for b in range(n_y):
            number = j * LANES_A_BLOCK + b + 1
            names[second + cell * FINE + 2 * b + 1] = f"{columns[i]} Road Lane {number}"


def _roads(plan: Plan) -> tuple[list[str], list[str]]:
    """Return a name for each line: no two alike, the longest city's included."""
    words = [f"{first}{second}" for first in FIRST for second in SECOND]
    addresses = np.arange(len(words), dtype=np.uint32)
    order = np.argsort(plan.draws.street(StreetDraw.NAME, addresses), kind="stable")
    shuffled = [words[k] for k in order]
    return _names_of(plan.row, plan.line_y.size, shuffled[0::2]), _names_of(
        plan.column, plan.line_x.size, shuffled[1::2]
    )


def _names_of(rank: object, n_lines: int, words: list[str]) -> list[str]:
    ranks = rank(np.arange(n_lines)).tolist()  # type: ignore[operator]
    # Lines near the centre come first, so that a larger city has the same names there.
    numbers = [2 * abs(one) - (one > 0) for one in ranks]
    return [
        words[k % len(words)] + (f" {k // len(words) + 1}" if k >= len(words) else "")
        for k in numbers
    ]
