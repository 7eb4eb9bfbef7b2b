"""Choice and nearest-facility cases, answered by the engine's choices and searches.

Straight lines are searched as the engine snaps facilities to streets, distances along
streets by the engine's trees of least times. The streets of a town run through every
point of it, both ways, so that the shortest way along them is the Manhattan distance
exactly, with no error of a lattice; a millimetre takes a millisecond.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError
from twin.kernels.points import throw_points, throw_poisson_points
from twin.network.access import tree_on
from twin.network.projection import nearest_points
from twin.parts.choosing import choose
from twin.streams import split_key
from twin.units import MM_PER_M
from twin.validation.cases import number, numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.validation.cases import Case
    from twin.validation.registry import Adapter, Simulation

    Points = tuple[NDArray[np.int64], NDArray[np.int64]]

# A share of a tenth is then known within 1.1 % of itself at 99.9 %.
N_CHOICES: Final = 25_000
# One length unit of a town: rounding to millimetres stays below 1e-6 of it, and ways of
# a hundred units fit 32 bits of milliseconds.
UNIT_MM: Final = 10_000_000
# A town of the Poisson field, in mean gaps between facilities (density ** -0.5): nobody
# lives within 2.5 gaps of its edge, beyond which a nearer facility would lie with
# probability exp(-12.5) along streets, exp(-19) in a straight line.
MARGIN: Final = 2.5
INNER: Final = 4.0
N_TOWNS: Final = 48
N_HOMES: Final = 24
N_SQUARES: Final = 120
N_HOMES_OF_SQUARE: Final = 10
_FACILITIES: Final = 0
_HOMES: Final = 1
_SETS: Final = 2


def logit(case: Case) -> Simulation:
    """Shares and expected greatest utility at given utilities."""
    return _choices(np.array(_listed(case, "utility")))


def huff(case: Case) -> Simulation:
    """Huff (1963): attraction is size over a power of time, a logit in its logarithm."""
    size, time = (np.array(_listed(case, name)) for name in ("size", "time"))
    where = f"{case.where}.inputs"
    if size.size != time.size or not ((size > 0).all() and (time > 0).all()):
        found = f"{size.size} sizes and {time.size} times"
        raise InputError(where, found, expected="as many of both, all above 0")
    return _choices(np.log(size) - number(case, "inputs", "lam") * np.log(time))


def nearest_poisson(case: Case) -> Simulation:
    """Mean distance to the nearest facility of a Poisson field."""
    density = number(case, "inputs", "density")
    if density <= 0:
        raise InputError(f"{case.where}.inputs.density", f"found {density:g}", expected="above 0")
    gap = density**-0.5

    def simulate(seed: int, n_replications: int) -> dict[str, NDArray[np.float64]]:
        found = np.empty((2, n_replications))
        for r in range(n_replications):
            towns = [_town(seed, r, i) for i in range(N_TOWNS)]
            found[0, r] = np.mean([_straight(*town) for town in towns]) * gap
            found[1, r] = np.mean([_along_streets(*town) for town in towns]) * gap
        return {"euclid": found[0], "manhattan": found[1]}

    return simulate


def square_mean(case: Case) -> Simulation:
    """Mean distance of a random home and a random, or the central, facility of a square."""
    side = number(case, "inputs", "a")
    if side <= 0:
        raise InputError(f"{case.where}.inputs.a", f"found {side:g}", expected="above 0")
    centre = np.array([UNIT_MM // 2], dtype=np.int64)

    def simulate(seed: int, n_replications: int) -> dict[str, NDArray[np.float64]]:
        found = np.empty((3, n_replications))
        for r in range(n_replications):
            squares = [_square(seed, r, i) for i in range(N_SQUARES)]
            found[0, r] = np.mean([_straight(*square) for square in squares])
            found[1, r] = np.mean([_along_streets(*square) for square in squares])
            found[2, r] = np.mean([_straight((centre, centre), homes) for _, homes in squares])
        names = ("euclid", "manhattan", "center_euclid")
        return {name: side * values for name, values in zip(names, found, strict=True)}

    return simulate


ADAPTERS: Final[dict[tuple[str, str], Adapter]] = {
    ("process", "logit"): logit,
    ("process", "huff"): huff,
    ("process", "nearest_poisson"): nearest_poisson,
    ("process", "square_mean"): square_mean,
}


def _choices(utility: NDArray[np.float64]) -> Simulation:
    def simulate(seed: int, n_replications: int) -> dict[str, NDArray[np.float64]]:
        result = choose(utility, n_residents=N_CHOICES, seed=seed, n_replications=n_replications)
        shares = {f"share_{j}": share for j, share in enumerate(result.share.T)}
        return shares | {"logsum": result.best_mean}

    return simulate


def _listed(case: Case, name: str) -> tuple[float, ...]:
    found = numbers(case, "inputs", name)
    if not found:
        raise InputError(f"{case.where}.inputs.{name}", "is missing", expected="numbers")
    return found


def _town(seed: int, replication: int, number_: int) -> tuple[Points, Points]:
    """Return facilities and homes of one town; a unit is a mean gap."""
    side = (INNER + 2 * MARGIN) * UNIT_MM
    expected = (INNER + 2 * MARGIN) ** 2
    x, y = np.empty((2, math.ceil(expected + 12 * math.sqrt(expected) + 64)), dtype=np.int64)
    key = split_key(seed)
    which = _SETS * number_ + _FACILITIES
    n = throw_poisson_points(x, y, UNIT_MM**2 / side, side, side, which, replication, *key)
    homes = _thrown(N_HOMES, INNER * UNIT_MM, _SETS * number_ + _HOMES, replication, key)
    inset = round(MARGIN * UNIT_MM)
    return (x[:n], y[:n]), (homes[0] + inset, homes[1] + inset)


def _square(seed: int, replication: int, number_: int) -> tuple[Points, Points]:
    """Return one facility and some homes on a square of side one."""
    key, first = split_key(seed), _SETS * number_
    facility = _thrown(1, UNIT_MM, first + _FACILITIES, replication, key)
    return facility, _thrown(N_HOMES_OF_SQUARE, UNIT_MM, first + _HOMES, replication, key)


def _thrown(n: int, side: float, which: int, replication: int, key: tuple[int, int]) -> Points:
    x, y = np.empty((2, n), dtype=np.int64)
    throw_points(x, y, float(side), float(side), which, replication, *key)
    return x, y


def _straight(facilities: Points, homes: Points) -> float:
    """Return the mean distance to the nearest facility in a straight line, in units."""
    _, distance_m = nearest_points(*facilities, *homes)
    return float(distance_m.mean()) * MM_PER_M / UNIT_MM


def _along_streets(facilities: Points, homes: Points) -> float:
    """Return the mean distance to the nearest facility along the streets, in units."""
    places = [np.concatenate(axis) for axis in zip(facilities, homes, strict=True)]
    (x_mm, column), (y_mm, row) = (np.unique(axis, return_inverse=True) for axis in places)
    node = row * x_mm.size + column
    n_facilities = facilities[0].size
    time_ms = _least_times(x_mm, y_mm, np.unique(node[:n_facilities]))
    found = time_ms[node[n_facilities:]].astype(np.float64)
    return float(np.where(found >= 0, found, np.nan).mean()) / UNIT_MM


def _least_times(
    x_mm: NDArray[np.int64], y_mm: NDArray[np.int64], seeds: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return milliseconds from the nearest seed to each crossing of streets at x and y."""
    node = np.arange(x_mm.size * y_mm.size, dtype=np.int32).reshape(y_mm.size, x_mm.size)
    east = np.broadcast_to(np.diff(x_mm), (y_mm.size, x_mm.size - 1))
    north = np.broadcast_to(np.diff(y_mm)[:, None], (y_mm.size - 1, x_mm.size))
    tail = np.concatenate([a.ravel() for a in (node[:, :-1], node[:, 1:], node[:-1], node[1:])])
    head = np.concatenate([a.ravel() for a in (node[:, 1:], node[:, :-1], node[1:], node[:-1])])
    span = np.concatenate([a.ravel() for a in (east, east, north, north)])
    order = np.argsort(tail, kind="stable")
    start = np.concatenate(([0], np.cumsum(np.bincount(tail, minlength=node.size))))
    time_ms, _ = tree_on(
        node.size, seeds, start.astype(np.int64), head[order], span[order].astype(np.int32)
    )
    return time_ms
