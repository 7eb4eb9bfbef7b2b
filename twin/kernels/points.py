"""Points thrown on a rectangle: a given number, or a Poisson field of given density."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.kernels.jit import kernel
from twin.kernels.random import exponential, philox4x32, uniform53
from twin.streams import POINT, pack_stream

_POINT = np.uint64(pack_stream(POINT))


@kernel
def throw_points(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    width: float,
    height: float,
    set_number: int,
    replication: int,
    k0: int,
    k1: int,
) -> None:
    """Write independent points, uniform on a rectangle with a corner at the origin.

    Parameters
    ----------
    x, y : (n,) int64, updated
        Coordinates, rounded down to whole units.
    width, height : float
        Sides, in the same unit.
    set_number, replication : int
        Which set of points it is.
    k0, k1 : int
        Key words.
    """
    c1 = np.uint64(set_number)
    c3 = np.uint64(replication)
    for i in range(x.size):
        r0, r1, r2, r3 = philox4x32(np.uint64(i), c1, _POINT, c3, np.uint64(k0), np.uint64(k1))
        x[i] = np.int64(uniform53(r0, r1) * width)
        y[i] = np.int64(uniform53(r2, r3) * height)


@kernel
def throw_poisson_points(
    x: NDArray[np.int64],
    y: NDArray[np.int64],
    mean_gap: float,
    width: float,
    height: float,
    set_number: int,
    replication: int,
    k0: int,
    k1: int,
) -> int:
    """Write a homogeneous Poisson field on a rectangle, from left to right.

    Going along the rectangle, gaps between points are exponential and their heights
    uniform: that is the field, with a Poisson number of points.

    Parameters
    ----------
    x, y : (capacity,) int64, updated
        Coordinates, rounded down to whole units.
    mean_gap : float
        Mean distance of neighbours along the width: 1 / (density * height).
    width, height, set_number, replication, k0, k1
        As for `throw_points`.

    Returns
    -------
    int
        Number of points; capacity if there was room for no more.
    """
    c1 = np.uint64(set_number)
    c3 = np.uint64(replication)
    at = 0.0
    for i in range(x.size):
        r0, r1, r2, r3 = philox4x32(np.uint64(i), c1, _POINT, c3, np.uint64(k0), np.uint64(k1))
        at += mean_gap * exponential(uniform53(r0, r1))
        if at >= width:
            return i
        x[i] = np.int64(at)
        y[i] = np.int64(uniform53(r2, r3) * height)
    return x.size
