"""The street network while it is built: directed edges, and which of them connect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.network.modes import MODE_BITS, MODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.network.rules import StreetUse
    from twin.network.topology import Pieces

Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Ways:
    """The ways that are streets, by increasing id."""

    way_id: Int64
    use: tuple[StreetUse, ...]
    name: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Edges:
    """Directed edges before they are sorted; `piece` and `is_forward` lead to the shape."""

    source: Int64
    target: Int64
    piece: Int64
    is_forward: NDArray[np.bool_]
    modes: NDArray[np.uint8]

    def take(self, rows: Int64 | NDArray[np.bool_]) -> Edges:
        """Return the chosen rows."""
        return Edges(
            self.source[rows],
            self.target[rows],
            self.piece[rows],
            self.is_forward[rows],
            self.modes[rows],
        )


@dataclass(frozen=True, eq=False)
class Nodes:
    """Every node that a street touches, in Morton order."""

    node_id: Int64
    lon_e7: NDArray[np.int32]
    lat_e7: NDArray[np.int32]

    def take(self, rows: Int64) -> Nodes:
        """Return the chosen rows."""
        return Nodes(self.node_id[rows], self.lon_e7[rows], self.lat_e7[rows])


def directed(pieces: Pieces, ways: Ways) -> Edges:
    """Return one edge a direction that any mode may use."""
    bits = np.array([(use.forward, use.backward) for use in ways.use], np.uint8).reshape(-1, 2)
    piece = np.arange(pieces.first.size)
    first, last = pieces.node[pieces.first], pieces.node[pieces.last]
    edges = Edges(
        source=np.concatenate((first, last)),
        target=np.concatenate((last, first)),
        piece=np.concatenate((piece, piece)),
        is_forward=np.repeat(np.array([True, False]), piece.size),
        modes=np.concatenate((bits[pieces.way, 0], bits[pieces.way, 1])),
    )
    return edges.take(edges.modes != 0)


def components(
    edges: Edges, n_nodes: int, modes: Sequence[int]
) -> tuple[NDArray[np.bool_], tuple[float, float, float]]:
    """Return who is in the largest strongly connected part of each mode, and its share."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - takes 0.2 s
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    inside = np.zeros((len(MODES), n_nodes), np.bool_)
    share = [0.0] * len(MODES)
    for mode in modes:
        rows = (edges.modes & MODE_BITS[mode]) != 0
        source, target = edges.source[rows], edges.target[rows]
        if source.size == 0:
            continue
        matrix = coo_array((np.ones(source.size, np.int8), (source, target)), (n_nodes, n_nodes))
        _, label = connected_components(matrix.tocsr(), directed=True, connection="strong")
        touched = np.zeros(n_nodes, np.bool_)
        touched[source] = touched[target] = True
        size = np.bincount(label[touched], minlength=int(label.max()) + 1)
        # Labels depend on the search; of equal parts take the one with the first node.
        largest = np.flatnonzero(touched & (size[label] == size.max()))[0]
        if size.max() > 1:
            inside[mode] = touched & (label == label[largest])
            share[mode] = round(float(size.max() / touched.sum()), 6)
    return inside, (share[0], share[1], share[2])


def usable(edges: Edges, inside: NDArray[np.bool_]) -> Edges:
    """Return the edges that lie within the part of one of their modes."""
    modes = edges.modes.copy()
    for mode, bit in enumerate(MODE_BITS):
        is_within = inside[mode][edges.source] & inside[mode][edges.target]
        modes[~is_within] &= np.uint8(~bit & 0xFF)
    return replace(edges, modes=modes).take(modes != 0)
