"""Cuts ways into the edges of a graph, at junctions and ends, on flat arrays.

The result equals osmnx's simplification with ``osmid`` in
``edge_attrs_differ``: a node in the middle of one way that nothing else
touches is shape, every other node is an end of edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_009.0
"""As osmnx, so that lengths compare."""

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Chains:
    """Ways as runs of node rows: chain ``i`` is ``node[start[i]:start[i + 1]]``."""

    node: IntArray
    start: IntArray
    way: IntArray


@dataclass(frozen=True, eq=False)
class Pieces:
    """Undirected edges: piece ``i`` runs over ``chain_node[first[i]:last[i] + 1]``."""

    node: IntArray
    first: IntArray
    last: IntArray
    way: IntArray


def chains_of_runs(node_rows: IntArray, run: IntArray, way_of_run: IntArray) -> Chains:
    """Return chains of at least two nodes, consecutive repeats removed.

    Parameters
    ----------
    node_rows : (n,)
        Rows of nodes, one run after the other.
    run : (n,)
        Run of each entry, not decreasing.
    way_of_run : (n_runs,)
        Way of each run.
    """
    keep = np.ones(node_rows.size, np.bool_)
    keep[1:] = (node_rows[1:] != node_rows[:-1]) | (run[1:] != run[:-1])
    node_rows, run = node_rows[keep], run[keep]
    size = np.bincount(run, minlength=way_of_run.size)
    is_long = size >= 2  # noqa: PLR2004 - a street has two ends
    node_rows = node_rows[is_long[run]]
    start = np.zeros(int(is_long.sum()) + 1, np.int64)
    np.cumsum(size[is_long], out=start[1:])
    return Chains(node_rows, start, way_of_run[is_long])


def cut(chains: Chains, n_nodes: int) -> Pieces:
    """Cut chains where edges must end."""
    is_end = _ends(chains, n_nodes)
    node = _rotated(chains, is_end)
    position = np.flatnonzero(is_end[node])
    chain = np.searchsorted(chains.start, position, side="right") - 1
    is_same = chain[1:] == chain[:-1]
    return Pieces(
        node=node,
        first=position[:-1][is_same],
        last=position[1:][is_same],
        way=chains.way[chain[:-1][is_same]],
    )


def _ends(chains: Chains, n_nodes: int) -> NDArray[np.bool_]:
    """Return which nodes are junctions, dead ends or turning points."""
    node, start = chains.node, chains.start
    first, last = node[start[:-1]], node[start[1:] - 1]
    is_closed = first == last
    n_uses = np.bincount(node, minlength=n_nodes)
    np.subtract.at(n_uses, first[is_closed], 1)
    is_end = n_uses > 1
    is_end[first[~is_closed]] = True
    is_end[last[~is_closed]] = True
    middle = np.ones(node.size, np.bool_)
    middle[start[:-1]] = False
    middle[start[1:] - 1] = False
    inner = np.flatnonzero(middle)
    is_end[node[inner[node[inner - 1] == node[inner + 1]]]] = True
    seam = np.flatnonzero(is_closed)
    is_turn = node[start[seam] + 1] == node[start[seam + 1] - 2]
    is_end[first[seam[is_turn]]] = True
    return is_end


def _rotated(chains: Chains, is_end: NDArray[np.bool_]) -> IntArray:
    """Return the nodes with every closed chain begun at an end.

    A ring that nothing touches gets two ends, opposite each other; `is_end`
    is updated.
    """
    node = chains.node.copy()
    start = chains.start
    is_ring = (node[start[:-1]] == node[start[1:] - 1]) & ~is_end[node[start[:-1]]]
    for chain in np.flatnonzero(is_ring):
        begin, end = start[chain], start[chain + 1]
        ring = node[begin : end - 1]
        ends = np.flatnonzero(is_end[ring])
        if ends.size:
            ring = np.roll(ring, -ends[0])
            node[begin:end] = np.append(ring, ring[0])
        else:
            is_end[ring[0]] = is_end[ring[ring.size // 2]] = True
    return node


def haversine_nm(lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> IntArray:
    """Return the length of each step of a polyline in whole nanometres.

    Whole numbers add up to the same sum in any order, so that an edge and
    its reverse have one length.
    """
    lon, lat = np.deg2rad(lon_e7 / 1e7), np.deg2rad(lat_e7 / 1e7)
    half_lat = np.sin((lat[1:] - lat[:-1]) / 2) ** 2
    half_lon = np.sin((lon[1:] - lon[:-1]) / 2) ** 2
    half = np.minimum(1.0, half_lat + np.cos(lat[:-1]) * np.cos(lat[1:]) * half_lon)
    arc = 2 * np.arcsin(np.sqrt(half))
    length_nm: IntArray = np.rint(arc * (EARTH_RADIUS_M * 1e9)).astype(np.int64)
    return length_nm


def morton(lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Return the place of each point on a Morton curve: near points get near numbers."""
    shift = np.int64(1 << 31)
    x = _spread((lon_e7.astype(np.int64) + shift).astype(np.uint64))
    y = _spread((lat_e7.astype(np.int64) + shift).astype(np.uint64))
    return x | (y << np.uint64(1))


def _spread(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return 32 bits with a zero between each two."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits
