"""From cleaned OSM elements to a `StreetGraph`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.errors import MapError
from twin.network.assemble import Draft, assemble
from twin.network.drafts import Edges, Nodes, Ways, components, directed, usable
from twin.network.modes import BICYCLE, BICYCLE_MPS, CAR, MODE_BITS, MODES, WALK, WALK_MPS
from twin.network.rules import StreetUse, street_use, why_no_street
from twin.network.topology import Chains, chains_of_runs, cut, morton

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.network.import_report import ImportReport
    from twin.network.osm_read import RawOsm
    from twin.network.street_graph import StreetGraph

Int64 = NDArray[np.int64]


def build_streets(
    raw: RawOsm,
    report: ImportReport,
    *,
    modes: Sequence[int] = (WALK, BICYCLE, CAR),
    walk_mps: float = WALK_MPS,
    bicycle_mps: float = BICYCLE_MPS,
) -> StreetGraph:
    """Build the street graph of an extract.

    Parameters
    ----------
    raw
        The elements.
    report
        Takes the counts.
    modes
        Modes to build for; the nodes are the junctions of their streets.
    walk_mps, bicycle_mps
        Speeds of the two modes that no tag tells.

    Raises
    ------
    MapError
        No streets, or an extent no city has.
    """
    ways = _streets(raw, report, sum(MODE_BITS[mode] for mode in modes))
    chains, nodes = _chains(raw, ways, report)
    pieces = cut(chains, nodes.node_id.size)
    edges = directed(pieces, ways)
    inside, share = components(edges, nodes.node_id.size, modes)
    edges = usable(edges, inside)
    _require_streets(raw, edges)
    ends = np.unique(pieces.node[np.concatenate((pieces.first, pieces.last))])
    is_lost = ~np.logical_or.reduce(inside)[ends]
    report.drop("street nodes outside the main network", int(is_lost.sum()))
    draft = Draft(ways, nodes, pieces, edges, inside, share)
    graph = assemble(draft, walk_mps=walk_mps, bicycle_mps=bicycle_mps)
    count_streets(graph, report)
    return graph


def _streets(raw: RawOsm, report: ImportReport, wanted: int) -> Ways:
    way_ids: list[int] = []
    uses: list[StreetUse] = []
    names: list[str] = []
    for way_id, tags in raw.way_tags.items():
        if "highway" not in tags:
            continue
        element = f"way/{way_id}"
        use = street_use(tags, lambda what, e=element: report.repair(what, example=e))  # type: ignore[misc]
        if use is None:
            report.drop(why_no_street(tags), example=element)
        elif (use.forward | use.backward) & wanted:
            way_ids.append(way_id)
            uses.append(replace(use, forward=use.forward & wanted, backward=use.backward & wanted))
            names.append(tags.get("name", "").strip())
    return Ways(np.array(way_ids, np.int64), tuple(uses), tuple(names))


def _chains(raw: RawOsm, ways: Ways, report: ImportReport) -> tuple[Chains, Nodes]:
    """Return the ways as chains over their own nodes, cut where the extract lacks nodes."""
    references = [raw.way_nodes[int(way_id)] for way_id in ways.way_id]
    size = np.array([reference.size for reference in references], np.int64)
    way = np.repeat(np.arange(size.size), size)
    flat = np.concatenate(references) if references else np.zeros(0, np.int64)
    row = raw.node_rows(flat)
    is_known = row >= 0
    is_new = np.ones(flat.size, np.bool_)
    is_new[1:] = (way[1:] != way[:-1]) | ~is_known[:-1]
    run = np.cumsum(is_new) - 1
    way_of_run = way[is_new]
    _count_missing(ways, way, is_known, report)
    row, run = row[is_known], run[is_known]
    used, local = np.unique(row, return_inverse=True)
    lon_e7, lat_e7 = raw.lon_e7[used], raw.lat_e7[used]
    order = np.lexsort((raw.node_id[used], morton(lon_e7, lat_e7)))
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    chains = chains_of_runs(place[local], run, way_of_run)
    _count_repeats(ways, row, run, way_of_run, chains, report)
    return chains, Nodes(raw.node_id[used], lon_e7, lat_e7).take(order)


def _count_missing(
    ways: Ways, way: Int64, is_known: NDArray[np.bool_], report: ImportReport
) -> None:
    report.drop("references to nodes the extract lacks", int((~is_known).sum()))
    for row in np.unique(way[~is_known]):
        report.repair("ways with missing nodes: cut there", example=f"way/{ways.way_id[row]}")


def _count_repeats(
    ways: Ways,
    row: Int64,
    run: Int64,
    way_of_run: Int64,
    chains: Chains,
    report: ImportReport,
) -> None:
    is_repeat = (row[1:] == row[:-1]) & (run[1:] == run[:-1])
    for way in np.unique(way_of_run[run[1:][is_repeat]]):
        report.repair("ways that repeat a node", example=f"way/{ways.way_id[way]}")
    lost = np.setdiff1d(np.arange(ways.way_id.size), chains.way)
    for way in lost:
        report.drop("ways of fewer than 2 nodes", example=f"way/{ways.way_id[way]}")


def _require_streets(raw: RawOsm, edges: Edges) -> None:
    if edges.source.size:
        return
    if raw.node_id.size == 0:
        raise MapError(str(raw.path), "holds no nodes", hint="export the extract with its nodes")
    raise MapError(
        str(raw.path),
        "holds no connected streets",
        expected="ways with a `highway` tag that lead somewhere and back",
        hint="is this the right extract? cut a larger one",
    )


def count_streets(graph: StreetGraph, report: ImportReport) -> None:
    """Count what a finished graph holds."""
    report.keep("street nodes", graph.n_nodes)
    report.keep("directed street edges", graph.n_edges)
    report.keep("ways that are streets", int(np.unique(graph.edge_way).size))
    for mode, name in enumerate(MODES):
        report.keep(f"nodes of the {name} network", int(graph.is_in_component[mode].sum()))
    report.repair("streets of zero length: 1 ms each", int((graph.edge_length_mm == 0).sum()))
