"""The plan of a city: its lattice of main streets, its outline, its river and its bends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from twin.network.synthetic.draws import Draws, Noise, StreetDraw, code

if TYPE_CHECKING:
    from twin.network.synthetic.request import CityRequest

Float = NDArray[np.float64]
Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

INNER_SPACING_M: Final = 320.0
OUTER_SPACING_M: Final = 500.0
OUTER_AT_M: Final = 8_000.0
"""Superblocks of 300-500 m, as Chinese cities are built: smaller ones in the old centre."""

SPACING_JITTER: Final = 0.09
OUTLINE_NOISE: Final = 0.2
ROOM: Final = 1.35
"""How far the lattice reaches beyond the middle radius, so that the outline may bulge."""

RIVER_FROM_M: Final = 850.0
"""Half width of the smallest city with a river."""

RIVER_M: Final = (50.0, 190.0)
OCTAVES: Final = (
    (0.09, 700.0, 0.9, 2_600.0),
    (0.04, 105.0, 0.0, 1_500.0),
    (0.01, 15.0, 0.0, 430.0),
)
"""Bends of streets: amplitude as a share of the half width and its cap in metres, wavelength
as a share of the half width and its floor. The slopes add up to less than one, so that no
two places change order: streets that do not meet in the plan do not meet bent."""

MEANDER: Final = (0.06, 260.0, 7.0, 1_300.0)
"""Swings of the river: height as a share of the half width, its cap in metres, the heights to
either side over which they fade, and the shortest wave in metres."""

TURN: Final = 0.05
"""Tangent of half the largest turn of the whole plan: Chinese cities face south."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A lattice of lines; cell ``(i, j)`` lies between lines ``i``, ``i + 1`` and ``j``, ``j + 1``.

    Parameters
    ----------
    draws
        Draws of the city's seed.
    half_m
        Half the side of a square of the city's area.
    line_x : (n_x + 1,)
        Where the lines that run north lie, in metres; the middle one runs through the centre.
    line_y : (n_y + 1,)
        Where the lines that run east lie.
    is_city : (n_x, n_y)
        Cells of the city, water included.
    river : int
        Column of the river, -1 without one.
    scale
        Factor that gives the bent city its area.
    """

    draws: Draws
    half_m: float
    line_x: Float
    line_y: Float
    is_city: Bool
    river: int
    scale: float = 1.0

    @property
    def is_land(self) -> Bool:
        """Cells of the city without the river."""
        land = self.is_city.copy()
        if self.river >= 0:
            land[self.river] = False
        return land

    def column(self, line: Int64) -> Int64:
        """Return the number of a line or cell from the middle, negative west of it."""
        return line - self.line_x.size // 2

    def row(self, line: Int64) -> Int64:
        """Return the number of a line or cell from the middle, negative south of it."""
        return line - self.line_y.size // 2

    def address(self, i: Int64, j: Int64) -> NDArray[np.uint32]:
        """Return the address of draws for a crossing or cell."""
        return code(self.column(i), self.row(j))

    def centre(self, i: Int64, j: Int64) -> tuple[Float, Float]:
        """Return the middle of cells in the plan, in metres."""
        x, y = self.line_x, self.line_y
        return (x[i] + x[i + 1]) / 2.0, (y[j] + y[j + 1]) / 2.0

    def _meander_m(self, x_m: Float, y_m: Float) -> Float:
        """Return how far the river swings east, fading out to both sides."""
        height = min(MEANDER[1], MEANDER[0] * self.half_m)
        middle = (self.line_x[self.river] + self.line_x[self.river + 1]) / 2.0
        away = (x_m - middle) / (MEANDER[2] * height)
        inside = np.maximum(0.0, 1.0 - away * away)
        swing = self.draws.noise(Noise.RIVER, 0.0 * y_m, y_m, max(MEANDER[3], 0.4 * self.half_m))
        return np.asarray(height * inside * inside * swing)

    def place(self, x_m: Float, y_m: Float) -> tuple[Int64, Int64]:
        """Return where points of the plan lie in the bent city, in whole millimetres."""
        east, north = x_m.copy(), y_m.copy()
        for octave, (share, cap_m, long, floor_m) in enumerate(OCTAVES):
            height = min(cap_m, share * self.half_m)
            wave = max(floor_m, long * self.half_m)
            east += height * self.draws.noise(Noise.EAST + octave, x_m, y_m, wave)
            north += height * self.draws.noise(Noise.NORTH + octave, x_m, y_m, wave)
        if self.river >= 0:
            east += self._meander_m(x_m, y_m)
        tangent = TURN * (2.0 * self.draws.one(0) - 1.0)
        square = tangent * tangent
        c, s = (1.0 - square) / (1.0 + square), 2.0 * tangent / (1.0 + square)
        factor = self.scale * 1000.0
        return (
            np.rint((c * east - s * north) * factor).astype(np.int64),
            np.rint((s * east + c * north) * factor).astype(np.int64),
        )


def make_plan(request: CityRequest) -> Plan:
    """Return the plan of a city of the wanted area."""
    draws = Draws(request.seed)
    half_m = float(np.sqrt(request.area_km2 * 1e6)) / 2.0
    line_x = _lines(draws, half_m, StreetDraw.LATTICE_X)
    line_y = _lines(draws, half_m, StreetDraw.LATTICE_Y)
    river = -1
    if half_m >= RIVER_FROM_M:
        line_x, river = _with_river(draws, half_m, line_x)
    nothing = np.zeros((line_x.size - 1, line_y.size - 1), np.bool_)
    plan = Plan(draws, half_m, line_x, line_y, nothing, river)
    plan = replace(plan, is_city=_outline(plan, request.area_km2 * 1e6))
    area_m2 = int(_twice_areas_mm2(plan)[plan.is_city].sum()) / 2e6
    return replace(plan, scale=float(np.sqrt(request.area_km2 * 1e6 / area_m2)))


def _lines(draws: Draws, half_m: float, question: StreetDraw) -> Float:
    """Return where the lines of one direction lie: closer in the middle."""
    n_most = int(half_m * ROOM / INNER_SPACING_M) + 2
    number = np.arange(1, n_most + 1)
    sides = []
    for sign in (1, -1):
        jitter = 2.0 * draws.street(question, code(sign * number, 0 * number)) - 1.0
        position, found = 0.0, []
        for one in jitter:
            wide = min(1.0, position / OUTER_AT_M)
            spacing = INNER_SPACING_M + (OUTER_SPACING_M - INNER_SPACING_M) * wide
            position += spacing * (1.0 + SPACING_JITTER * float(one))
            found.append(position)
        sides.append(np.array(found))
    n_side = max(1, int(max((side < half_m * ROOM).sum() for side in sides)))
    east, west = (side[:n_side] for side in sides)
    return np.concatenate((-west[::-1], [0.0], east))


def _with_river(draws: Draws, half_m: float, line_x: Float) -> tuple[Float, int]:
    """Return the lines with one column narrowed to a river, and that column."""
    middle = line_x.size // 2
    wide = min(1.0, half_m / OUTER_AT_M)
    width = RIVER_M[0] + (RIVER_M[1] - RIVER_M[0]) * wide
    away = max(1, int(np.searchsorted(line_x[middle:], 0.32 * half_m)))
    is_east = draws.one(1) < 0.5  # noqa: PLR2004 - even chances
    river = middle + away if is_east else middle - away - 1
    river = min(max(river, 1), line_x.size - 3)
    narrower = line_x[river + 1] - line_x[river] - width
    moved = line_x.copy()
    if is_east:
        moved[river + 1 :] -= narrower
    else:
        moved[: river + 1] += narrower
    return moved, river


def _outline(plan: Plan, area_m2: float) -> Bool:
    """Return the cells nearest to the centre that together have the area.

    Nearness is between that of a circle and of a square, and noisy. What is cut off
    from the largest part is left out, holes are filled.
    """
    from scipy.ndimage import binary_fill_holes, label  # noqa: PLC0415 - takes 0.1 s

    n_x, n_y = plan.line_x.size - 1, plan.line_y.size - 1
    i, j = (axis.ravel() for axis in np.indices((n_x, n_y)))
    x, y = plan.centre(i, j)
    x2, y2 = x * x, y * y
    round_m, square_m = np.sqrt(x2 + y2), np.sqrt(np.sqrt(x2 * x2 + y2 * y2))
    noise = plan.draws.noise(Noise.OUTLINE, x, y, max(900.0, 0.7 * plan.half_m))
    far = (0.5 * round_m + 0.5 * square_m) * (1.0 + OUTLINE_NOISE * noise)
    order = np.argsort(far, kind="stable")
    width, height = np.diff(plan.line_x), np.diff(plan.line_y)
    area = np.cumsum((width[i] * height[j])[order])
    n_cells = max(1, int(np.searchsorted(area, area_m2)))
    if n_cells < area.size and area[n_cells] - area_m2 < area_m2 - area[n_cells - 1]:
        n_cells += 1
    chosen = np.zeros((n_x, n_y), np.bool_)
    chosen.ravel()[order[:n_cells]] = True
    if plan.river >= 0:
        # The river takes the length of its banks, or it would end in the middle of a street.
        chosen[plan.river] &= chosen[plan.river - 1] & chosen[plan.river + 1]
    parts, _ = label(chosen)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(binary_fill_holes(parts == int(sizes.argmax())), np.bool_)


def _twice_areas_mm2(plan: Plan) -> Int64:
    """Return twice the area of each cell as it lies in the bent city."""
    x, y = np.meshgrid(plan.line_x, plan.line_y, indexing="ij")
    east, north = (part.reshape(x.shape) for part in plan.place(x.ravel(), y.ravel()))
    doubled = (east[1:, 1:] - east[:-1, :-1]) * (north[:-1, 1:] - north[1:, :-1])
    doubled -= (east[:-1, 1:] - east[1:, :-1]) * (north[1:, 1:] - north[:-1, :-1])
    return np.abs(doubled)
