"""From segments to a `StreetGraph`, through the very rules of an import."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from twin.network.access import time_of, with_access
from twin.network.assemble import KMH_PER_MPS
from twin.network.build import build_streets
from twin.network.modes import MODE_BITS, WALK_BIT
from twin.network.osm_read import RawOsm
from twin.network.projection import nearest_points
from twin.network.synthetic.fabric import HIGHWAYS
from twin.network.synthetic.frame import sphere_mm, utm_mm
from twin.network.synthetic.standards import CLASS_KMH, CLASS_LANES

if TYPE_CHECKING:
    from twin.network.import_report import ImportReport
    from twin.network.street_graph import StreetGraph
    from twin.network.synthetic.fabric import Segments

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]

SOURCE: Final = Path("synthetic city")
MAX_STREET_M: Final = 100.0
"""A building farther from every named street has no street, as on an imported map."""


@dataclass(frozen=True, eq=False)
class Ways:
    """Segments joined to ways: way ``i`` is ``node[start[i]:start[i + 1]]``."""

    node: Int64
    start: Int64
    line: Int64
    highway: Int64
    direction: Int64


def join(segments: Segments) -> Ways:
    """Return the longest ways of one class along each line."""
    there = segments.highway >= 0
    line, highway = segments.line[there], segments.highway[there]
    source, target = segments.source[there], segments.target[there]
    is_new = np.ones(line.size, np.bool_)
    is_new[1:] = (
        (line[1:] != line[:-1]) | (highway[1:] != highway[:-1]) | (source[1:] != target[:-1])
    )
    first = np.flatnonzero(is_new)
    node = np.insert(target, first, source[first])
    start = np.append(first + np.arange(first.size), node.size)
    return Ways(node, start, line[first], highway[first], segments.direction[there][first])


def raw_of(ways: Ways, names: list[str], bridges: set[int], lon_e7: Int32, lat_e7: Int32) -> RawOsm:
    """Return the streets as OpenStreetMap elements, so that an import's rules hold for them.

    Parameters
    ----------
    ways
        The streets.
    names
        Of each line.
    bridges
        Lines that are bridges.
    lon_e7, lat_e7
        Position of each node; a node's id is its row plus 1.
    """
    way_nodes = dict(enumerate(np.split(ways.node + 1, ways.start[1:-1]), start=1))
    way_tags: dict[int, dict[str, str]] = {}
    columns = (ways.line.tolist(), ways.highway.tolist(), ways.direction.tolist())
    for way_id, (line, highway, direction) in enumerate(zip(*columns, strict=True), start=1):
        tags = dict(_TEMPLATES[highway, direction])
        if names[line] and highway not in _UNNAMED:
            tags["name"] = names[line]
        if line in bridges:
            tags["bridge"] = "yes"
        way_tags[way_id] = tags
    return RawOsm(
        path=SOURCE,
        node_id=np.arange(1, lon_e7.size + 1, dtype=np.int64),
        lon_e7=lon_e7,
        lat_e7=lat_e7,
        node_tags={},
        way_nodes=way_nodes,
        way_tags=way_tags,
        relation_tags={},
        relation_members={},
    )


_UNNAMED: Final = frozenset(HIGHWAYS.index(name) for name in ("service", "footway", "pedestrian"))


def _templates() -> dict[tuple[int, int], dict[str, str]]:
    templates = {}
    for row, highway in enumerate(HIGHWAYS):
        for direction in (-1, 0, 1):
            tags = {"highway": highway}
            if highway in CLASS_KMH:
                tags["maxspeed"] = str(CLASS_KMH[highway])
                tags["lanes"] = str(CLASS_LANES[highway])
                if direction:
                    tags["oneway"] = "yes" if direction > 0 else "-1"
                    tags["oneway:bicycle"] = "no"
            templates[row, direction] = tags
    return templates


_TEMPLATES: Final = _templates()


def build_graph(raw: RawOsm, report: ImportReport) -> StreetGraph:
    """Return the street graph, its measures in arithmetic that no machine rounds otherwise."""
    graph = build_streets(raw, report)
    own_x, own_y = utm_mm(graph.crs, raw.lon_e7, raw.lat_e7)
    # The library's coordinates are within a millimetre of ours, and nodes are metres apart.
    row, distance_m = nearest_points(own_x, own_y, graph.geometry_x_mm, graph.geometry_y_mm)
    if distance_m.max() > 1.0:
        message = f"a street lies {distance_m.max()} m beside its nodes"
        raise ValueError(message)
    length_mm = _lengths(graph.geometry_start, raw.lon_e7[row], raw.lat_e7[row])
    node = raw.node_rows(graph.node_id)
    own = replace(
        graph,
        node_x_mm=own_x[node],
        node_y_mm=own_y[node],
        geometry_x_mm=own_x[row],
        geometry_y_mm=own_y[row],
        edge_length_mm=length_mm.astype(np.int32),
        edge_time_ms=_times(graph, raw, length_mm),
    )
    return with_access(own)


def _lengths(start: Int64, lon_e7: Int32, lat_e7: Int32) -> Int64:
    step = np.append(sphere_mm(lon_e7, lat_e7), 0)
    step[start[1:] - 1] = 0
    sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(step)))
    return np.asarray(sums[start[1:]] - sums[start[:-1]], np.int64)


def _times(graph: StreetGraph, raw: RawOsm, length_mm: Int64) -> Int32:
    """Return the free-flow times of the lengths, by the speeds the tags state."""
    # Ways without a limit are not for cars: any number does.
    kmh = {way: float(tags.get("maxspeed", "1")) for way, tags in raw.way_tags.items()}
    car_mps = np.array([kmh[way] for way in graph.edge_way.tolist()]) / KMH_PER_MPS
    speeds = (graph.walk_mps, graph.bicycle_mps, car_mps)
    time_ms = np.stack([time_of(length_mm, speed) for speed in speeds])
    for mode, bit in enumerate(MODE_BITS):
        time_ms[mode][(graph.edge_modes & bit) == 0] = -1
    return time_ms


def streets_of(graph: StreetGraph, walk_node: Int32) -> tuple[str, ...]:
    """Return the name of the street nearest to each node, empty beyond 100 m."""
    named = np.full(graph.n_nodes, np.iinfo(np.int32).max, np.int32)
    has_name = (graph.edge_name >= 0) & ((graph.edge_modes & WALK_BIT) != 0)
    np.minimum.at(named, graph.edge_source[has_name], graph.edge_name[has_name])
    np.minimum.at(named, graph.edge_target[has_name], graph.edge_name[has_name])
    rows = np.flatnonzero(named < np.iinfo(np.int32).max)
    if not rows.size:
        return ("",) * walk_node.size
    used, inverse = np.unique(walk_node, return_inverse=True)
    nearest, distance_m = nearest_points(
        graph.node_x_mm[rows],
        graph.node_y_mm[rows],
        graph.node_x_mm[used],
        graph.node_y_mm[used],
    )
    name = np.where(distance_m <= MAX_STREET_M, named[rows[nearest]], -1)[inverse]
    words = (*graph.names, "")
    return tuple(words[one] for one in name.tolist())
