"""From tables of nodes and links, whoever wrote them, to a `StreetGraph`.

Every format is read into `NodeTable` and `LinkTable`; here they become the
same draft that an OSM extract becomes, so that connected parts, order, times and
access follow one set of rules. A table's rows may come in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from twin.errors import MapError
from twin.network.assemble import Draft, assemble
from twin.network.build import count_streets
from twin.network.drafts import Nodes, Ways, components, directed, usable
from twin.network.modes import BICYCLE, BICYCLE_MPS, CAR, WALK, WALK_MPS
from twin.network.topology import Pieces, morton

if TYPE_CHECKING:
    from twin.network.import_report import ImportReport
    from twin.network.rules import StreetUse
    from twin.network.street_graph import StreetGraph

MAX_LENGTH_MM: Final = 1_000_000_000
"""Longest link, 1,000 km: more than any map may be wide."""

MODES_BUILT: Final = (WALK, BICYCLE, CAR)

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class NodeTable:
    """Junctions: whole ids that differ, and where they are."""

    node_id: Int64
    lon_e7: Int32
    lat_e7: Int32


@dataclass(frozen=True, eq=False)
class LinkTable:
    """Links between rows of a `NodeTable`.

    Parameters
    ----------
    link_id : (n,)
        Whole ids that differ; they fix the order.
    source, target : (n,)
        Rows of the nodes at both ends.
    way_id : (n,)
        What the map calls a street of one name and kind.
    use
        Class, modes and speeds along and against the link.
    name
        Of the street; may be empty.
    shape_start : (n + 1,)
        First inner point of each link.
    shape_lon_e7, shape_lat_e7
        Points between the ends, in the direction of the link.
    length_mm : (n,)
        As stated; -1 where the shape tells it.
    """

    link_id: Int64
    source: Int64
    target: Int64
    way_id: Int64
    use: tuple[StreetUse, ...]
    name: tuple[str, ...]
    shape_start: Int64
    shape_lon_e7: Int32
    shape_lat_e7: Int32
    length_mm: Int64

    def in_order(self) -> LinkTable:
        """Return the links by increasing id."""
        order = np.argsort(self.link_id, kind="stable")
        size = np.diff(self.shape_start)[order]
        start = np.concatenate((np.zeros(1, np.int64), np.cumsum(size)))
        point = np.arange(start[-1]) + np.repeat(self.shape_start[order] - start[:-1], size)
        return LinkTable(
            link_id=self.link_id[order],
            source=self.source[order],
            target=self.target[order],
            way_id=self.way_id[order],
            use=tuple(self.use[row] for row in order),
            name=tuple(self.name[row] for row in order),
            shape_start=start,
            shape_lon_e7=self.shape_lon_e7[point],
            shape_lat_e7=self.shape_lat_e7[point],
            length_mm=self.length_mm[order],
        )


def streets_of_links(
    nodes: NodeTable, links: LinkTable, report: ImportReport, *, where: str
) -> StreetGraph:
    """Return the streets of checked tables.

    Parameters
    ----------
    nodes, links
        The tables.
    report
        Takes the counts.
    where
        Name of the source, for messages.

    Raises
    ------
    MapError
        No streets, or an extent no city has.
    """
    links = links.in_order()
    drawn, pieces = _drawn(nodes, links)
    ways = Ways(links.way_id, links.use, links.name)
    edges = directed(pieces, ways)
    inside, share = components(edges, drawn.node_id.size, MODES_BUILT)
    ends = np.unique(np.concatenate((edges.source, edges.target)))
    edges = usable(edges, inside)
    if edges.source.size == 0:
        raise MapError(
            where,
            "holds no connected streets",
            expected="links that lead somewhere and back",
            hint="are directions and modes read as they were meant? see docs/maps.md",
        )
    is_lost = ~np.logical_or.reduce(inside)[ends]
    report.drop("street nodes outside the main network", int(is_lost.sum()))
    draft = Draft(ways, drawn, pieces, edges, inside, share, _stated(drawn, pieces, links))
    graph = assemble(draft, walk_mps=WALK_MPS, bicycle_mps=BICYCLE_MPS)
    count_streets(graph, report)
    return graph


def _drawn(nodes: NodeTable, links: LinkTable) -> tuple[Nodes, Pieces]:
    """Return junctions and inner points in Morton order, and every link as one piece."""
    size = np.diff(links.shape_start) + 2
    last = np.cumsum(size) - 1
    first = last - size + 1
    flat = np.empty(int(size.sum()), np.int64)
    is_inner = np.ones(flat.size, np.bool_)
    is_inner[first] = is_inner[last] = False
    flat[first], flat[last] = links.source, links.target
    flat[is_inner] = nodes.node_id.size + np.arange(links.shape_lon_e7.size)
    lon_e7 = np.concatenate((nodes.lon_e7, links.shape_lon_e7))
    lat_e7 = np.concatenate((nodes.lat_e7, links.shape_lat_e7))
    node_id = np.concatenate((nodes.node_id, np.full(links.shape_lon_e7.size, -1, np.int64)))
    order = np.lexsort((node_id, morton(lon_e7, lat_e7)))
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    drawn = Nodes(node_id[order], lon_e7[order], lat_e7[order])
    return drawn, Pieces(place[flat], first, last, np.arange(links.link_id.size))


def _stated(drawn: Nodes, pieces: Pieces, links: LinkTable) -> Int64:
    """Return the length of each link: as stated, or as drawn."""
    measured = Draft.measured(drawn, pieces)
    return np.where(links.length_mm >= 0, links.length_mm, measured)
