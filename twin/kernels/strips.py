"""Strips of rate and how many points of the Poisson cloud lie in each."""

from __future__ import annotations

import itertools
import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.streams import BLOCK_SIZE, LOWEST_EDGE, N_STRIPS

N_GUIDES: Final = 256
"""Entries a strip of the table that says where to begin looking for a count."""


class Strips(NamedTuple):
    """Strips of rate and how many points each holds.

    Attributes
    ----------
    edge : (n_strips + 1,) float64
        Needs per resident and day at which each strip begins, and where the last ends.
    cdf_start : (n_strips + 1,) int64
        First entry of each strip's distribution.
    cdf : (n_entries,) float64
        P(N <= n), n = 0, 1, ..., of the points in a strip, block and day.
    guide : (n_strips, N_GUIDES) int64
        Least n with ``j / N_GUIDES <= P(N <= n)``: no uniform from there on has a
        smaller count (Chen and Asau 1974).
    """

    edge: NDArray[np.float64]
    cdf_start: NDArray[np.int64]
    cdf: NDArray[np.float64]
    guide: NDArray[np.int64]


def poisson_cdf(mean: float) -> NDArray[np.float64]:
    """Return P(N <= n) of a Poisson variate until it is 1.

    The probabilities are built up and down from the mode, by multiplications and
    divisions alone: the same bits everywhere.
    """
    mode = int(mean)
    size = int(mean + 12.0 * math.sqrt(mean) + 16.0)
    weight = np.empty(size)
    weight[mode] = 1.0
    for n in range(mode, 0, -1):
        weight[n - 1] = weight[n] * n / mean
    for n in range(mode + 1, size):
        weight[n] = weight[n - 1] * mean / n
    cdf = np.cumsum(weight)
    cdf /= cdf[-1]
    return cdf


def strips_up_to(rate: float) -> Strips:
    """Return the strips that a rate of needs per resident and day reaches.

    Raises
    ------
    ValueError
        If the rate lies above the highest strip.
    """
    edges = [0.0, LOWEST_EDGE]
    while edges[-1] < rate:
        edges.append(2.0 * edges[-1])
    if len(edges) - 1 > N_STRIPS:
        message = f"{rate} needs per resident and day: the strips end at {edges[N_STRIPS]}"
        raise ValueError(message)
    parts = [poisson_cdf(BLOCK_SIZE * (high - low)) for low, high in itertools.pairwise(edges)]
    start = np.cumsum([0, *(part.size for part in parts)])
    floors = np.arange(N_GUIDES) / N_GUIDES
    guide = np.array([np.searchsorted(part, floors, side="left") for part in parts])
    return Strips(
        np.array(edges), start.astype(np.int64), np.concatenate(parts), guide.astype(np.int64)
    )
