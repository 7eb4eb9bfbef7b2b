"""SUMO's plain XML: node and edge files, with the edge types where they are given.

References
----------
Lopez et al. (2018), Microscopic Traffic Simulation using SUMO; the files are
those of ``netconvert --plain-output-prefix``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.errors import MapError
from twin.network.exchange.places import PLANE, Placing
from twin.network.exchange.recipe import LinkRecipe, ModeRecipe, NodeRecipe, Recipe
from twin.network.exchange.table import Table, whole_ids
from twin.network.exchange.table_import import Source
from twin.network.exchange.xml import Element, read_elements
from twin.network.modes import BICYCLE_CLASSES, CAR_CLASSES, CLASS_KMH, WALK_CLASSES

if TYPE_CHECKING:
    from pathlib import Path

    from twin.network.import_report import ImportReport

NODES: Final = ".nod.xml"
EDGES: Final = ".edg.xml"
TYPES: Final = ".typ.xml"
DEFAULT_MPS: Final = "13.89"
"""Speed of an edge that neither it nor its type tells, as netconvert takes it."""

VCLASSES: Final = {"pedestrian": "walk", "bicycle": "bicycle", "passenger": "car"}
_CLASSES: Final = {"walk": WALK_CLASSES, "bicycle": BICYCLE_CLASSES, "car": CAR_CLASSES}
MAX_LANES: Final = 100
_PROJ: Final = re.compile(
    r"\+proj=[a-z]+(?: \+(?:zone|lat_0|lat_1|lat_2|lat_ts|lon_0|k|k_0|x_0|y_0|a|b|ellps|datum|units"
    r"|towgs84|type)=[A-Za-z0-9.,+-]{1,80}| \+(?:south|no_defs|wktext)){0,20}",
    re.ASCII,
)
"""Projections without files: an untrusted text names no grid and no init file."""


def sumo_files(source: Path) -> tuple[Path, Path] | None:
    """Return the node and edge files that a folder or one of its files stands for."""
    if source.is_dir():
        nodes = sorted(source.glob(f"*{NODES}"))
        if len(nodes) > 1:
            raise MapError(
                str(source),
                f"holds {len(nodes)} node files: {', '.join(path.name for path in nodes)}",
                expected="one network, or the node file of one",
            )
        stem = nodes[0].name.removesuffix(NODES) if nodes else None
        folder = source
    else:
        ending = next((one for one in (NODES, EDGES) if source.name.endswith(one)), None)
        stem = source.name.removesuffix(ending) if ending else None
        folder = source.parent
    return None if stem is None else (folder / f"{stem}{NODES}", folder / f"{stem}{EDGES}")


def source_of_sumo(
    nodes: Path, edges: Path, report: ImportReport, *, crs: str | None, attribution: str | None
) -> Source:
    """Return the tables of SUMO's node and edge files and what they mean.

    Parameters
    ----------
    nodes, edges
        ``NAME.nod.xml`` and ``NAME.edg.xml``; ``NAME.typ.xml`` beside them is read too.
    report
        Takes what had to be assumed.
    crs
        EPSG code of the coordinates as written, instead of the file's own projection.
    attribution
        Whom to name.

    Raises
    ------
    MapError
        Not the XML of such files.
    """
    stem = nodes.name.removesuffix(NODES)
    types = nodes.with_name(f"{stem}{TYPES}")
    found = read_elements(nodes, "nodes", ("node", "location"))
    kinds = {
        one.attributes.get("id", ""): one.attributes
        for one in (read_elements(types, "types", ("type",)) if types.is_file() else ())
    }
    links = _link_table(edges, kinds, report)
    recipe = Recipe(
        title=stem,
        attribution=attribution or "not stated by the source",
        crs=crs or "OGC:CRS84",
        nodes=NodeRecipe(file="nodes.csv", id="id", x="x", y="y"),
        links=LinkRecipe.model_validate(_LINKS),
        modes=ModeRecipe.model_validate({"words": {mode: [mode] for mode in VCLASSES.values()}}),
    )
    return Source(
        recipe,
        nodes=_node_table(nodes, found),
        links=links,
        zones=None,
        files=(nodes, edges, *((types,) if types.is_file() else ())),
        where=nodes,
        placing=None if crs else _placing(nodes, found, report),
    )


_LINKS: Final[dict[str, Any]] = {
    "file": "edges.csv",
    "id": "id",
    "from": "from",
    "to": "to",
    "directed": "is_directed",
    # A pavement is walked both ways; cyclists keep to the traffic.
    "one_way_for": ["bicycle", "car"],
    "length": "length",
    "speed": "speed",
    "speed_unit": "m/s",
    "name": "name",
    "way": "way",
    "class": "class",
    "geometry": "shape",
    "modes": "modes",
    "mode_separator": " ",
}


def _node_table(path: Path, found: list[Element]) -> Table:
    nodes = [one for one in found if one.name == "node"]
    columns: dict[str, list[Any]] = {
        key: [node.attributes.get(key) for node in nodes] for key in ("id", "x", "y")
    }
    return Table(path, columns, _lines(nodes), first_line=1)


def _lines(elements: list[Element]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array([one.line - 1 for one in elements], np.int64)


def _link_table(path: Path, kinds: dict[str, dict[str, str]], report: ImportReport) -> Table:
    edges = read_elements(path, "edges", ("edge",))
    edges = [one for one in edges if one.attributes.get("function", "normal") == "normal"]
    full = [kinds.get(edge.attributes.get("type", ""), {}) | edge.attributes for edge in edges]
    classes = [_class(one.get("type", ""), report) for one in full]
    columns: dict[str, list[Any]] = {
        key: [edge.attributes.get(key) for edge in edges]
        for key in ("id", "from", "to", "length", "name")
    }
    columns["speed"] = [one.get("speed") or DEFAULT_MPS for one in full]
    columns["class"] = list(classes)
    columns["shape"] = [_wkt(path, edge) for edge in edges]
    columns["is_directed"] = ["1"] * len(edges)
    columns["modes"] = [
        _modes(edge, one, highway) for edge, one, highway in zip(edges, full, classes, strict=True)
    ]
    columns["way"] = list(_ways(columns["id"]))
    return Table(path, columns, _lines(edges), first_line=1)


def _class(kind: str, report: ImportReport) -> str:
    word = kind.partition("|")[0].removeprefix("highway.")
    if word in CLASS_KMH:
        return word
    report.repair("edges of another type: taken as unclassified", example=kind[:40] or "no type")
    return "unclassified"


def _ways(ids: list[str | None]) -> list[str]:
    """Return what the parts and the directions of a street share: ``-12#3`` is a part of 12."""
    stems = [re.sub(r"#\d+(?:-\w+)?$", "", (one or "").removeprefix("-")) for one in ids]
    return [str(number) for number in whole_ids(stems)[0]]


def _modes(edge: Element, attributes: dict[str, str], highway: str) -> str:
    """Return the modes that some lane of an edge lets in.

    Where neither edge nor lane says anything everybody may use it, and what
    OpenStreetMap's class of street forbids stays forbidden.
    """
    lanes = [child.attributes for child in edge.children if child.name == "lane"]
    n_lanes = _n_lanes(attributes.get("numLanes", "1"))
    every = [lane | {} for lane in lanes]
    if len({lane.get("index") for lane in lanes}) < n_lanes:
        every.append({})
    allowed: set[str] = set()
    for lane in every:
        rules = lane if "allow" in lane or "disallow" in lane else attributes
        allowed |= _allowed(rules, highway)
    return " ".join(sorted(allowed))


def _n_lanes(text: str) -> int:
    return min(int(text), MAX_LANES) if text.isascii() and text.isdigit() else 1


def _allowed(rules: dict[str, str], highway: str) -> set[str]:
    if "allow" in rules:
        words = rules["allow"].split()
        return {mode for word, mode in VCLASSES.items() if word in words or "all" in words}
    denied = rules.get("disallow", "").split()
    return {
        mode
        for word, mode in VCLASSES.items()
        if word not in denied and "all" not in denied and highway in _CLASSES[mode]
    }


def _wkt(path: Path, edge: Element) -> str | None:
    """Return the shape of an edge, ``x,y x,y`` or ``x,y,z x,y,z``, as text that is known."""
    text = edge.attributes.get("shape", "").strip()
    if not text:
        return None
    points = [point.split(",")[:2] for point in text.split()]
    try:
        pairs = [f"{float(x)!r} {float(y)!r}" for x, y in points]
    except ValueError as error:
        raise MapError(
            f"{path}:{edge.line}: shape of edge {edge.attributes.get('id', '')[:40]!r}",
            f"is {text[:40]!r}",
            expected="points `x,y` with spaces between them",
        ) from error
    return f"LINESTRING ({', '.join(pairs)})" if len(pairs) > 1 else None


def _placing(path: Path, found: list[Element], report: ImportReport) -> Placing:
    """Return the projection of a node file, or a plane where it tells none."""
    location = next((one for one in found if one.name == "location"), None)
    text = location.attributes.get("projParameter", "!") if location is not None else "!"
    if location is None or text in {"!", "-", "."}:
        report.repair("coordinates without a projection: metres on a plane at 0° N, 3° E")
        return Placing(PLANE)
    where = f"{path}:{location.line}: location"
    if not _PROJ.fullmatch(text.strip()):
        raise MapError(
            where,
            f"projParameter is {text[:60]!r}",
            expected="a PROJ string such as `+proj=utm +zone=50 +datum=WGS84`",
            hint="give the projection of the coordinates by --crs EPSG:...",
        )
    try:
        shift_x, shift_y = map(float, location.attributes.get("netOffset", "0,0").split(","))
    except ValueError as error:
        raise MapError(where, "netOffset is no pair of numbers", expected="`x,y`") from error
    return Placing(text.strip(), shift_x, shift_y)
