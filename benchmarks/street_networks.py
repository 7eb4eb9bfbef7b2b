"""Car networks to measure on, read from the shared material beside the checkout.

Every one is the largest strongly connected part, so that each pair has a way.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from benchmarks.record import ROOT, Skipped
from twin.network.access import time_of
from twin.network.build import build_streets
from twin.network.import_report import ImportReport
from twin.network.modes import CAR, CAR_BIT, CLASS_KMH
from twin.network.osm_read import read_osm
from twin.network.projection import project_mm, utm_crs
from twin.network.rules import street_use
from twin.network.topology import morton

if TYPE_CHECKING:
    from twin.network.osm_read import RawOsm

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """Directed edges with times in ms, and where the nodes lie."""

    name: str
    source: Int32
    target: Int32
    edge_ms: Int32
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(self.lon.size)

    @property
    def places(self) -> tuple[Int64, Int64]:
        """Coordinates in whole numbers, as wide as high."""
        squeeze = np.cos(np.deg2rad(self.lat.mean()))
        return np.rint(self.lon * squeeze * 1e7).astype(np.int64), np.rint(self.lat * 1e7).astype(
            np.int64
        )

    def matrix(self) -> csr_array:
        """Return the network as scipy takes it: of parallel edges the cheapest."""
        order = np.lexsort((self.edge_ms, self.target, self.source))
        source, target = self.source[order], self.target[order]
        is_first = np.ones(order.size, np.bool_)
        is_first[1:] = (source[1:] != source[:-1]) | (target[1:] != target[:-1])
        keep = order[is_first]
        ends = self.source[keep], self.target[keep]
        shape = (self.n_nodes, self.n_nodes)
        return csr_array((self.edge_ms[keep].astype(np.float64), ends), shape)

    def part(self, is_inside: NDArray[np.bool_], name: str) -> StreetNetwork:
        """Return the largest strongly connected part of some nodes."""
        rows = is_inside[self.source] & is_inside[self.target]
        ones = np.ones(int(rows.sum()), np.int8)
        ends = self.source[rows], self.target[rows]
        matrix = csr_array((ones, ends), (self.n_nodes, self.n_nodes))
        _, label = connected_components(matrix, directed=True, connection="strong")
        largest = label == np.bincount(label).argmax()
        # Nodes along a Morton curve and edges by node, as in every `StreetGraph`.
        members = np.flatnonzero(largest)
        lon_e7, lat_e7 = (
            np.rint(at[members] * 1e7).astype(np.int32) for at in (self.lon, self.lat)
        )
        members = members[np.argsort(morton(lon_e7, lat_e7), kind="stable")]
        row = np.empty(self.n_nodes, np.int32)
        row[members] = np.arange(members.size)
        rows = largest[self.source] & largest[self.target] & rows
        source, target = row[self.source[rows]], row[self.target[rows]]
        edge_ms = self.edge_ms[rows]
        order = np.lexsort((target, source))
        return StreetNetwork(
            name,
            source[order],
            target[order],
            edge_ms[order],
            self.lon[members],
            self.lat[members],
        )

    def around_the_middle(self, n_nodes: int) -> StreetNetwork:
        """Return what lies around the median place, about `n_nodes` nodes."""
        x, y = self.places
        far = np.maximum(np.abs(x - np.median(x)), np.abs(y - np.median(y)))
        limit = np.partition(far, n_nodes - 1)[n_nodes - 1]
        return self.part(far <= limit, f"{self.name}, cut-out")


def shared_maps() -> Path:
    """Return the folder of maps, named as for the tests."""
    named = os.environ.get("TWIN_SHARED")
    folder = (Path(named) if named else ROOT.parent / "shared") / "maps"
    if not folder.is_dir():
        raise Skipped(f"no maps at {folder}: set TWIN_SHARED")
    return folder


def coquimbo() -> StreetNetwork:
    """La Serena-Coquimbo as AequilibraE ships it: its links, cars only."""
    folder = shared_maps() / "package" / "coquimbo"
    nodes = pq.read_table(folder / "nodes.parquet", columns=["node_id", "geometry"])
    links = pq.read_table(folder / "links.parquet")
    point = shapely.from_wkb(nodes["geometry"].to_numpy(zero_copy_only=False))
    node_id = nodes["node_id"].to_numpy()
    order = np.argsort(node_id)
    ends = np.stack([links[name].to_numpy() for name in ("a_node", "b_node")])
    a, b = order[np.searchsorted(node_id[order], ends)].astype(np.int32)
    kmh = np.array([CLASS_KMH.get(kind, 30.0) for kind in links["link_type"].to_pylist()])
    ms = time_of(np.rint(links["distance"].to_numpy() * 1000), kmh / 3.6)
    is_car = np.array(["c" in modes for modes in links["modes"].to_pylist()])
    direction = links["direction"].to_numpy()
    there, back = is_car & (direction >= 0), is_car & (direction <= 0)
    whole = StreetNetwork(
        "Coquimbo",
        np.concatenate((a[there], b[back])),
        np.concatenate((b[there], a[back])),
        np.concatenate((ms[there], ms[back])),
        shapely.get_x(point),
        shapely.get_y(point),
    )
    return whole.part(np.ones(whole.n_nodes, np.bool_), whole.name)


def porto() -> tuple[StreetNetwork, StreetNetwork]:
    """Porto with junctions only, and with every node of the extract."""
    path = shared_maps() / "reference" / "porto_portugal.osm.pbf"
    if not path.is_file():
        raise Skipped(f"no {path.name}")
    report = ImportReport()
    raw = read_osm(path, report)
    graph = build_streets(raw, report, modes=(CAR,))
    junctions = StreetNetwork(
        "Porto, junctions",
        graph.edge_source,
        graph.edge_target,
        graph.edge_time_ms[CAR],
        graph.node_lon_e7 / 1e7,
        graph.node_lat_e7 / 1e7,
    )
    everyone = np.ones(graph.n_nodes, np.bool_)
    return junctions.part(everyone, junctions.name), _every_node(raw)


def _every_node(raw: RawOsm) -> StreetNetwork:
    tails, heads, speeds = [], [], []
    for way_id, tags in raw.way_tags.items():
        use = street_use(tags, lambda _: None) if "highway" in tags else None
        if use is None:
            continue
        row = raw.node_rows(raw.way_nodes[way_id])
        a, b = row[:-1], row[1:]
        is_known = (a >= 0) & (b >= 0) & (a != b)
        for bits, kmh, tail, head in (
            (use.forward, use.forward_kmh, a, b),
            (use.backward, use.backward_kmh, b, a),
        ):
            if bits & CAR_BIT:
                tails.append(tail[is_known])
                heads.append(head[is_known])
                speeds.append(np.full(int(is_known.sum()), kmh / 3.6))
    tail, head = np.concatenate(tails), np.concatenate(heads)
    lon, lat = raw.lon_e7 / 1e7, raw.lat_e7 / 1e7
    x_mm, y_mm = project_mm(utm_crs(float(lon.mean()), float(lat.mean())), lon, lat)
    length_mm = np.hypot(x_mm[tail] - x_mm[head], y_mm[tail] - y_mm[head])
    network = StreetNetwork(
        "Porto, every node",
        tail.astype(np.int32),
        head.astype(np.int32),
        time_of(np.rint(length_mm), np.concatenate(speeds)),
        lon,
        lat,
    )
    return network.part(np.ones(network.n_nodes, np.bool_), network.name)
