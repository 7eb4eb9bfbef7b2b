"""Rows of the streets that an edit can name, and the state that edits leave them in.

A row is a whole way, ``way/123``, or the section of a way between two of its
crossings, ``way/123/45-67`` with the OSM ids of both nodes, the smaller first.
Neither moves when a map is built anew from a larger extract.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.network.street_graph import StreetGraph

_ROW: Final = re.compile(r"way/(-?\d+)(?:/(-?\d+)-(-?\d+))?")


@dataclass(frozen=True, order=True)
class Slowdown:
    """One cause that slows a street.

    Parameters
    ----------
    row
        Row of the streets.
    mode
        Mode that is slowed; empty: every mode.
    cause
        Id of what slows it: each cause counts once.
    factor
        What multiplies the time on it.
    """

    row: str
    mode: str
    cause: str
    factor: float


@dataclass(frozen=True)
class StreetState:
    """Which rows of the streets are closed, and what slows which."""

    closed: frozenset[str] = field(default_factory=frozenset)
    slowed: frozenset[Slowdown] = field(default_factory=frozenset)

    def closed_edges(self, graph: StreetGraph) -> NDArray[np.bool_] | None:
        """Return which edges are closed, (n_edges,) bool; None if none is."""
        if not self.closed:
            return None
        closed = np.zeros(graph.n_edges, np.bool_)
        for row in self.closed:
            closed[edges_of_row(graph, row)] = True
        return closed

    def slows(self, mode: str) -> bool:
        """Return whether `mode` is slowed anywhere."""
        return any(one.mode in ("", mode) for one in self.slowed)

    def slowdown(self, graph: StreetGraph, mode: str) -> NDArray[np.float64] | None:
        """Return what multiplies the time of `mode` on each edge; None if nothing does.

        The factors of all causes are multiplied in one order, whatever came first.
        """
        mine = [one for one in self.slowed if one.mode in ("", mode)]
        if not mine:
            return None
        factor = np.ones(graph.n_edges)
        for one in sorted(mine, key=lambda one: (one.factor, one)):
            factor[edges_of_row(graph, one.row)] *= one.factor
        return factor


EMPTY_STREETS: Final = StreetState()
"""Streets on which nothing has happened."""


def edges_of_row(graph: StreetGraph, row: str) -> NDArray[np.int64]:
    """Return the edges of a row in both directions; none if the map has no such row."""
    found = _ROW.fullmatch(row)
    if found is None:
        return np.empty(0, np.int64)
    edges = graph.edges_of_way(int(found[1]))
    if found[2] is None:
        return edges
    low, high = _ends(graph, edges)
    chosen: NDArray[np.int64] = edges[(low == int(found[2])) & (high == int(found[3]))]
    return chosen


def _ends(
    graph: StreetGraph, edges: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the OSM ids of both ends of edges, the smaller first."""
    ends = np.stack([graph.edge_source[edges], graph.edge_target[edges]])
    ids = graph.node_id[ends]
    return ids.min(axis=0), ids.max(axis=0)


def rows_of_edges(graph: StreetGraph, edges: NDArray[np.integer]) -> list[str]:
    """Return the sections of `edges`, sorted; a way of which all edges are there is one row."""
    wanted = np.zeros(graph.n_edges, np.bool_)
    wanted[edges] = True
    ways, way_of = np.unique(graph.edge_way, return_inverse=True)
    n_wanted = np.bincount(way_of[wanted], minlength=ways.size)
    is_whole = n_wanted == np.bincount(way_of, minlength=ways.size)
    rows = {f"way/{way}" for way in ways[is_whole].tolist()}
    parts = np.flatnonzero(wanted & ~is_whole[way_of])
    columns = (graph.edge_way[parts], *_ends(graph, parts))
    for way, low, high in zip(*(column.tolist() for column in columns), strict=True):
        rows.add(f"way/{way}/{low}-{high}")
    return sorted(rows)
