"""Paths, and the nearest of many places, on a network given as arrays.

Seconds become whole numbers of a unit, the least power of ten (a nanosecond at least)
for which the longest possible way stays within 31 bits: microseconds for a few dozen
nodes, milliseconds for a city, as in a city run. Rounding moves an edge by half a
unit at most, so that a way found takes at most one unit an edge longer than the best.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError
from twin.network.hierarchy import Hierarchy
from twin.parts.door import real, whole

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from twin.network.metric import Metric

_LONGEST: Final = (1 << 31) - 1
_FINEST_POWER: Final = -9
_N_MAX: Final = (1 << 30) - 1


@dataclass(frozen=True, eq=False)
class Routes:
    """The answer of `paths`.

    Parameters
    ----------
    time_s : (n,) float64
        Time from each origin to its destination, nan where no way leads.
    start : (n + 1,) int64
        The edges of way i are ``edge[start[i] : start[i + 1]]``.
    edge : (n_edges_of_all,) int64
        Rows of edges in order of travel.
    unit_s
        What times were rounded to when ways were compared.
    """

    time_s: NDArray[np.float64]
    start: NDArray[np.int64]
    edge: NDArray[np.int64]
    unit_s: float

    def __len__(self) -> int:
        """Return the number of ways."""
        return int(self.time_s.size)

    def edges_of(self, i: int) -> NDArray[np.int64]:
        """Return the edges of way i; none where no way leads."""
        return self.edge[self.start[i] : self.start[i + 1]]


@dataclass(frozen=True, eq=False)
class Nearest:
    """The answer of `nearest`.

    Parameters
    ----------
    facility : (n_nodes, k) int64
        Rows of the facilities, the nearest first, of equally near ones the lower row;
        -1 behind the last one.
    time_s : (n_nodes, k) float64
        Time to them, nan behind the last one.
    unit_s
        What times were rounded to.
    """

    facility: NDArray[np.int64]
    time_s: NDArray[np.float64]
    unit_s: float


def paths(
    edge_source: ArrayLike,
    edge_target: ArrayLike,
    edge_s: ArrayLike,
    origins: ArrayLike,
    destinations: ArrayLike,
    *,
    n_nodes: int | None = None,
) -> Routes:
    """Find a way that takes the least time from each origin to its destination.

    Parameters
    ----------
    edge_source, edge_target : (n_edges,)
        Nodes at both ends of directed edges; parallel edges are welcome.
    edge_s : (n_edges,)
        Seconds (or any other cost that adds up), 0 or more; inf: may not be used.
    origins, destinations : (n,)
        Nodes.
    n_nodes
        Number of nodes; by default as many as the edges and pairs need.

    Returns
    -------
    Routes
        Times and edges. A time is the sum of the times given, over the edges of the way.

    Raises
    ------
    InputError
        If an argument is wrong; names the argument and what is expected.

    Examples
    --------
    >>> routes = paths([0, 1, 0], [1, 2, 2], [30.0, 20.0, 65.0], [0], [2])
    >>> float(routes.time_s[0]), routes.edges_of(0).tolist()
    (50.0, [0, 1])
    """
    where = "paths"
    origin = _nodes(f"{where}: origins", origins)
    destination = _nodes(f"{where}: destinations", destinations)
    if origin.size != destination.size:
        raise InputError(
            f"{where}: destinations", f"found {destination.size}", expected=f"{origin.size}"
        )
    source, target, seconds = _edges(where, edge_source, edge_target, edge_s)
    n = _n_nodes(where, n_nodes, source, target, origin, destination)
    metric, unit_s = _metric(source, target, seconds, n)
    is_reached = metric.distances(origin, destination) >= 0
    start, edge = metric.paths(origin, destination)
    # Exact sums, rounded once: they depend on no order.
    time_s = np.array([math.fsum(seconds[edge[a:b]]) for a, b in pairwise(start)], np.float64)
    time_s[~is_reached] = np.nan
    return Routes(time_s, start, edge.astype(np.int64), unit_s)


def nearest(
    edge_source: ArrayLike,
    edge_target: ArrayLike,
    edge_s: ArrayLike,
    facilities: ArrayLike,
    k: int,
    *,
    cutoff_s: float | None = None,
    n_nodes: int | None = None,
) -> Nearest:
    """Find the k facilities that take the least time to reach, for every node.

    Parameters
    ----------
    edge_source, edge_target, edge_s
        As in `paths`.
    facilities : (n_facilities,)
        Their nodes; several may be at one.
    k
        How many to find.
    cutoff_s
        Leave out those further away.
    n_nodes
        Number of nodes; by default as many as the edges and facilities need.

    Raises
    ------
    InputError
        If an argument is wrong; names the argument and what is expected.

    Examples
    --------
    >>> found = nearest([0, 1, 1, 2], [1, 0, 2, 1], [30, 30, 20, 20], [0, 2], 2)
    >>> found.facility.tolist()
    [[0, 1], [1, 0], [1, 0]]
    """
    where = "nearest"
    facility = _nodes(f"{where}: facilities", facilities)
    k = whole(f"{where}: k", k, at_least=1, at_most=_N_MAX)
    source, target, seconds = _edges(where, edge_source, edge_target, edge_s)
    n = _n_nodes(where, n_nodes, source, target, facility)
    metric, unit_s = _metric(source, target, seconds, n)
    cutoff = None
    if cutoff_s is not None:
        limit = real(f"{where}: cutoff_s", cutoff_s, at_least=0.0)
        cutoff = math.floor(min(limit / unit_s, _LONGEST - 1) + 0.5)
    index, units = metric.nearest(facility, k, cutoff_ms=cutoff)
    time_s = np.where(index >= 0, units * unit_s, np.nan)
    return Nearest(index.astype(np.int64), time_s, unit_s)


def _metric(
    source: NDArray[np.int32], target: NDArray[np.int32], seconds: NDArray[np.float64], n: int
) -> tuple[Metric, float]:
    usable = np.isfinite(seconds)
    unit_s = _unit_s(seconds[usable], n)
    units = np.full(seconds.size, -1, np.int32)
    units[usable] = np.rint(seconds[usable] / unit_s).astype(np.int32)
    return Hierarchy.build(source, target, n).customise(units), unit_s


def _unit_s(seconds: NDArray[np.float64], n_nodes: int) -> float:
    """Return the least power of ten for which no way is longer than 31 bits of it.

    A way passes a node at most once, so that the longest edges, one less than there
    are nodes, bound it.
    """
    n_longest = min(max(n_nodes - 1, 0), seconds.size)
    # In parts of the longest edge: no sum of finite numbers overflows.
    longest = float(seconds.max(initial=0.0))
    if longest == 0.0 or n_longest == 0:
        return 1.0
    n_edges = float((np.sort(seconds)[seconds.size - n_longest :] / longest).sum())
    # Rounding adds half a unit an edge.
    room = _LONGEST - n_longest
    power = math.ceil(math.log10(longest) + math.log10(n_edges / room))
    return float(f"1e{max(power, _FINEST_POWER)}")


def _nodes(where: str, values: ArrayLike) -> NDArray[np.int64]:
    found = np.asarray(values)
    if found.size == 0:
        return np.empty(0, np.int64)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise InputError(
            where, f"found {found.dtype} of shape {found.shape}", expected="whole numbers in a row"
        )
    if found.min() < 0 or found.max() > _N_MAX:
        raise InputError(
            where, f"found {found.min()} to {found.max()}", expected=f"nodes, 0 to {_N_MAX}"
        )
    return found.astype(np.int64)


def _edges(
    where: str, edge_source: ArrayLike, edge_target: ArrayLike, edge_s: ArrayLike
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    source = _nodes(f"{where}: edge_source", edge_source)
    target = _nodes(f"{where}: edge_target", edge_target)
    try:
        seconds = np.asarray(edge_s, np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{where}: edge_s", f"found {edge_s!r}", expected="numbers") from None
    for name, column in (("edge_target", target), ("edge_s", seconds)):
        if column.shape != source.shape:
            raise InputError(
                f"{where}: {name}", f"found shape {column.shape}", expected=f"{source.shape}"
            )
    if not np.all(seconds >= 0.0):
        row = int(np.argmin(seconds >= 0.0))
        raise InputError(
            f"{where}: edge_s[{row}]",
            f"found {seconds[row]:g}",
            expected="0 or more; inf for an edge that may not be used",
        )
    return source.astype(np.int32), target.astype(np.int32), seconds


def _n_nodes(where: str, n_nodes: int | None, *columns: NDArray[np.integer]) -> int:
    least = max((int(column.max()) + 1 for column in columns if column.size), default=0)
    if n_nodes is None:
        return least
    return whole(f"{where}: n_nodes", n_nodes, at_least=least, at_most=_N_MAX)
