"""The door to osmnx and networkx: export, and the import that ours is measured against.

Nothing else in the package imports either library; both are loaded only when
one of these functions is called.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

from twin.network.import_report import ImportReport
from twin.network.modes import HIGHWAY_CLASSES, MODE_BITS, MODES, mode_index
from twin.network.osm_read import RawOsm, read_osm
from twin.network.rules import street_use
from twin.units import MM_PER_M

if TYPE_CHECKING:
    import networkx as nx

    from twin.network.street_graph import StreetGraph

DIRECTION_TAGS: Final = ("oneway", "junction")


def to_networkx(graph: StreetGraph) -> nx.MultiDiGraph:
    """Return the graph as osmnx knows it.

    Nodes are OSM ids with ``x``, ``y`` in degrees and ``row``; edges carry
    ``osmid length highway name modes row`` and ``time_s_<mode>`` for the modes
    that may use them.
    """
    import networkx as nx  # noqa: PLC0415 - takes 0.3 s

    network = nx.MultiDiGraph(crs="EPSG:4326", name="twin")
    for row in range(graph.n_nodes):
        network.add_node(
            int(graph.node_id[row]),
            x=graph.node_lon_e7[row] / 1e7,
            y=graph.node_lat_e7[row] / 1e7,
            row=row,
        )
    for row in range(graph.n_edges):
        name = graph.edge_name[row]
        usable = [m for m in range(len(MODES)) if graph.edge_modes[row] & MODE_BITS[m]]
        network.add_edge(
            int(graph.node_id[graph.edge_source[row]]),
            int(graph.node_id[graph.edge_target[row]]),
            osmid=int(graph.edge_way[row]),
            length=graph.edge_length_mm[row] / MM_PER_M,
            highway=HIGHWAY_CLASSES[graph.edge_class[row]],
            name=graph.names[name] if name >= 0 else "",
            modes=tuple(MODES[m] for m in usable),
            row=row,
            **{f"time_s_{MODES[m]}": graph.edge_time_ms[m, row] / 1000.0 for m in usable},
        )
    return network


def reference_graph(
    path: Path, mode: str | int, *, has_raw_directions: bool = False
) -> nx.MultiDiGraph:
    """Import one mode of an extract through osmnx: the yardstick of `build_streets`.

    osmnx overwrites ``oneway`` in bidirectional networks and joins ways drawn
    in opposite directions, so directions are tagged before the import and
    ``osmid`` must not differ along an edge.

    Parameters
    ----------
    path
        An extract without missing nodes.
    mode
        Name or index.
    has_raw_directions
        Leave ``oneway`` and ``junction`` as the map has them, so that osmnx
        itself decides the directions.

    Returns
    -------
    graph
        Simplified, its largest strongly connected part.
    """
    import osmnx  # noqa: PLC0415 - takes 3 s

    raw = read_osm(path, ImportReport())
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "streets.osm"
        plain.write_text(_streets_xml(raw, mode_index(mode), has_raw_directions), "utf-8")
        network = osmnx.graph_from_xml(plain, bidirectional=False, simplify=False, retain_all=True)
    simple = osmnx.simplify_graph(network, edge_attrs_differ=["osmid"])
    return osmnx.truncate.largest_component(simple, strongly=True)


def _streets_xml(raw: RawOsm, mode: int, has_raw_directions: bool) -> str:  # noqa: FBT001
    """Return the streets of one mode as OSM XML, directions tagged."""
    bit = MODE_BITS[mode]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="twin">']
    for identifier, x, y in zip(raw.node_id, raw.lon_e7, raw.lat_e7, strict=True):
        lines.append(f'<node id="{identifier}" lon="{x / 1e7:.7f}" lat="{y / 1e7:.7f}"/>')
    for way_id, tags in raw.way_tags.items():
        use = street_use(tags, lambda _: None) if "highway" in tags else None
        if use is None or not (use.forward | use.backward) & bit:
            continue
        kept = {"highway": use.highway}
        if has_raw_directions:
            kept |= {key: tags[key] for key in DIRECTION_TAGS if key in tags}
        else:
            is_both = use.forward & use.backward & bit
            kept["oneway"] = "no" if is_both else "yes" if use.forward & bit else "-1"
        lines.append(f'<way id="{way_id}">')
        lines += [f'<nd ref="{ref}"/>' for ref in raw.way_nodes[way_id]]
        lines += [f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in kept.items()]
        lines.append("</way>")
    return "\n".join([*lines, "</osm>"])
