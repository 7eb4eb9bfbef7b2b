"""Reads an OpenStreetMap extract into plain arrays, in an order of its own.

The order of elements in the file leaves no trace: everything is sorted by
id, and of two elements with one id the one with the smaller contents stays
(and the repair is counted).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import MapError
from twin.network.guard import DEFAULT_LIMITS, Limits, check_source, check_tags
from twin.network.text import clean_text

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from osmium.osm import Node, Relation, TagList, Way

    from twin.network.import_report import ImportReport

Tags = dict[str, str]
Member = tuple[str, int, str]
"""Type (``n``, ``w``, ``r``), id and role."""


@dataclass(frozen=True, eq=False)
class RawOsm:
    """The elements of one extract, each kind sorted by id."""

    path: Path
    node_id: NDArray[np.int64]
    lon_e7: NDArray[np.int32]
    lat_e7: NDArray[np.int32]
    node_tags: dict[int, Tags]
    way_nodes: dict[int, NDArray[np.int64]]
    way_tags: dict[int, Tags]
    relation_tags: dict[int, Tags]
    relation_members: dict[int, tuple[Member, ...]]

    def node_rows(self, node_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the row of each node, -1 where the extract lacks it."""
        if self.node_id.size == 0:
            return np.full(node_ids.shape, -1, np.int64)
        rows = np.minimum(np.searchsorted(self.node_id, node_ids), self.node_id.size - 1)
        return np.where(self.node_id[rows] == node_ids, rows, -1)


class _Collector:
    """Gathers elements as they come."""

    def __init__(self, path: Path, limits: Limits, report: ImportReport) -> None:
        self.path = path
        self.limits = limits
        self.report = report
        self.node_id = array("q")
        self.lon_e7 = array("i")
        self.lat_e7 = array("i")
        self.node_tags: dict[int, Tags] = {}
        self.ways: dict[int, tuple[tuple[int, ...], Tags]] = {}
        self.relations: dict[int, tuple[tuple[Member, ...], Tags]] = {}
        self.n_elements = 0

    def tags(self, element: str, found: TagList) -> Tags:
        """Return checked tags, their texts free of control characters."""
        raw: Tags = dict(found)
        check_tags(self.path, element, raw, self.limits)
        tags = {key: clean_text(value) for key, value in raw.items()}
        if tags != raw:
            self.report.repair("control characters removed from a text", example=element)
        return tags

    def node(self, found: Node) -> None:
        """Take a node."""
        identifier = found.id
        location = found.location
        if not location.valid():
            raise MapError(
                f"{self.path}: node/{identifier}",
                "its coordinates are missing or out of range",
                expected="degrees within 90 and 180",
                hint="correct or delete the node",
            )
        self.node_id.append(identifier)
        self.lon_e7.append(location.x)
        self.lat_e7.append(location.y)
        if len(found.tags):
            taken = self.tags(f"node/{identifier}", found.tags)
            known = self.node_tags.get(identifier)
            if known is None or sorted(taken.items()) < sorted(known.items()):
                self.node_tags[identifier] = taken

    def way(self, found: Way) -> None:
        """Take a way."""
        identifier = found.id
        nodes = tuple(node.ref for node in found.nodes)
        way = (nodes, self.tags(f"way/{identifier}", found.tags))
        if identifier in self.ways:
            self.report.repair("duplicate way id: one kept", example=f"way/{identifier}")
            way = min(way, self.ways[identifier], key=lambda x: (x[0], sorted(x[1].items())))
        self.ways[identifier] = way

    def relation(self, found: Relation) -> None:
        """Take a relation."""
        identifier = found.id
        members = tuple((member.type, member.ref, member.role) for member in found.members)
        relation = (members, self.tags(f"relation/{identifier}", found.tags))
        if identifier in self.relations:
            self.report.repair("duplicate relation id: one kept", example=f"relation/{identifier}")
            relation = min(
                relation, self.relations[identifier], key=lambda x: (x[0], sorted(x[1].items()))
            )
        self.relations[identifier] = relation

    def count(self) -> None:
        """Count one element against the cap."""
        self.n_elements += 1
        if self.n_elements > self.limits.max_elements:
            raise MapError(
                str(self.path),
                f"more than {self.limits.max_elements:,} elements",
                hint="cut the extract to the city",
            )


def read_osm(path: Path, report: ImportReport, *, limits: Limits = DEFAULT_LIMITS) -> RawOsm:
    """Read a guarded extract.

    Parameters
    ----------
    path
        ``.osm``, ``.osm.gz``, ``.osm.bz2`` or ``.osm.pbf``.
    report
        Takes the counts of repaired and dropped elements.
    limits
        Caps on what the file may hold.

    Raises
    ------
    MapError
        The file is not a sound extract.
    """
    check_source(path, limits)
    collector = _Collector(path, limits, report)
    try:
        _collect(path, collector)
    except MapError:
        raise
    except Exception as error:  # the reader throws many kinds, some of its own
        raise MapError(
            str(path), f"cannot be read ({error})", hint="download the extract again"
        ) from error
    return _sorted(path, collector, report)


def _collect(path: Path, collector: _Collector) -> None:
    import osmium  # noqa: PLC0415 - 0.1 s that `twin --help` need not pay

    kinds = osmium.osm
    for found in osmium.FileProcessor(str(path)):
        collector.count()
        if isinstance(found, kinds.Area | kinds.Changeset):
            continue
        if not found.visible:
            collector.report.drop("deleted elements")
        elif isinstance(found, kinds.Node):
            collector.node(found)
        elif isinstance(found, kinds.Way):
            collector.way(found)
        else:
            collector.relation(found)


def _sorted(path: Path, collector: _Collector, report: ImportReport) -> RawOsm:
    node_id = np.frombuffer(collector.node_id, np.int64)
    lon_e7 = np.frombuffer(collector.lon_e7, np.int32)
    lat_e7 = np.frombuffer(collector.lat_e7, np.int32)
    order = np.lexsort((lat_e7, lon_e7, node_id))
    node_id, lon_e7, lat_e7 = node_id[order], lon_e7[order], lat_e7[order]
    is_first = np.ones(node_id.size, np.bool_)
    is_first[1:] = node_id[1:] != node_id[:-1]
    for identifier in node_id[~is_first]:
        report.repair("duplicate node id: one kept", example=f"node/{identifier}")
    ways = sorted(collector.ways.items())
    relations = sorted(collector.relations.items())
    return RawOsm(
        path=path,
        node_id=node_id[is_first],
        lon_e7=lon_e7[is_first],
        lat_e7=lat_e7[is_first],
        node_tags=dict(sorted(collector.node_tags.items())),
        way_nodes={key: np.array(way[0], np.int64) for key, way in ways},
        way_tags={key: way[1] for key, way in ways},
        relation_tags={key: relation[1] for key, relation in relations},
        relation_members={key: relation[0] for key, relation in relations},
    )
