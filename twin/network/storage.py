"""Map folders: Parquet with page checksums, one manifest, written whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from twin.errors import MapError, RunError
from twin.network.features import Buildings, OsmFacility, Wards
from twin.network.import_report import ImportReport
from twin.network.map_parts import MapParts
from twin.network.modes import MODES
from twin.network.orders import orders_of, remember_orders
from twin.network.street_graph import StreetGraph
from twin.network.tables.storage import (
    OPTIONAL_TABLES,
    add_columns,
    read_columns,
    read_optional,
    write_columns,
    write_optional,
)

SCHEMA: Final = 1
MANIFEST: Final = "map.json"
NODE_COLUMNS: Final = (
    "node_id",
    "node_x_mm",
    "node_y_mm",
    "node_lon_e7",
    "node_lat_e7",
    "car_access_node",
    "car_access_ms",
    "bicycle_access_node",
    "bicycle_access_ms",
)
EDGE_COLUMNS: Final = (
    "edge_source",
    "edge_target",
    "edge_length_mm",
    "edge_way",
    "edge_class",
    "edge_name",
    "edge_modes",
)
GEOMETRY_COLUMNS: Final = ("geometry_x_mm", "geometry_y_mm")
TABLES: Final = ("nodes", "edges", "geometry", "names", "buildings", "wards", "facilities")
EXTRACTS: Final = (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf")
PLANNER_FILES: Final = frozenset({"facilities.csv", "source"})
"""What may wait in a folder for its map."""

HINT: Final = "build the map again with `twin map build`"


def write_map(folder: Path, parts: MapParts, *, source: Path | None = None) -> None:
    """Write a map folder beside its place and rename it: whole or not at all.

    Parameters
    ----------
    folder
        Where the map goes. An older map there is replaced; files that are
        not the map's own, such as ``facilities.csv``, are kept.
    parts
        What to write.
    source
        Extract to copy into the folder.

    Raises
    ------
    MapError
        `folder` exists and is not a map.
    RunError
        The disk is full or may not be written; an older map stays as it was.
    """
    folder = folder.absolute()
    check_target(folder)
    fresh = folder.with_name(f".{folder.name}.new-{os.getpid()}")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        _write_parts(fresh, parts, source)
        _write_orders(fresh, parts)
        _keep_foreign_files(folder, fresh)
        _sync(fresh)
        _exchange(folder, fresh)
    except OSError as error:
        raise RunError(f"{folder}: the map cannot be written ({error})") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def check_target(folder: Path) -> None:
    """Refuse a folder that holds anything but a map (or a planner's own table for one)."""
    if not folder.exists():
        return
    if folder.is_dir():
        found = {path.name for path in folder.iterdir()}
        if MANIFEST in found or found <= PLANNER_FILES:
            return
    raise MapError(str(folder), "exists and is not a map", hint="give another folder to --out")


def read_map(folder: Path) -> MapParts:
    """Read a map folder, every page and column verified.

    Raises
    ------
    MapError
        No map, a map of another schema version, or a damaged one.
    """
    folder = Path(folder)
    manifest = _read_manifest(folder)
    try:
        tables = {name: read_columns(folder / f"{name}.parquet") for name in TABLES}
        parts = _parts(manifest, tables)
        is_sound = parts_digest(parts) == manifest["digest"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException) as error:
        raise MapError(str(folder), f"the map is damaged ({error})", hint=HINT) from error
    if not is_sound:
        raise MapError(str(folder), "the map's columns do not match its digest", hint=HINT)
    orders = read_optional(folder, "hierarchy", map_digest=manifest["digest"])
    remember_orders(parts.graph, orders)
    return parts


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return ``map.json`` of a map folder without reading its tables."""
    return _read_manifest(Path(folder))


def parts_digest(parts: MapParts) -> str:
    """Return the column digest of a map: streets, buildings, wards and facilities."""
    digest = hashlib.sha256(parts.graph.digest.encode())
    for columns in (
        _building_columns(parts.buildings),
        _ward_columns(parts.wards),
        _facility_columns(parts.facilities),
    ):
        add_columns(digest, columns)
    return digest.hexdigest()


def _write_orders(fresh: Path, parts: MapParts) -> None:
    orders = orders_of(parts.graph)
    if orders:
        digest = _read_manifest(fresh)["digest"]
        write_optional(fresh, "hierarchy", orders, map_digest=digest)


def _exchange(folder: Path, fresh: Path) -> None:
    old = folder.with_name(f".{folder.name}.old-{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    _sync_directory(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _keep_foreign_files(folder: Path, fresh: Path) -> None:
    if not folder.is_dir():
        return
    own = {MANIFEST, *(f"{name}.parquet" for name in (*TABLES, *OPTIONAL_TABLES))}
    # Without a sound manifest an older source is not known as such, and stays.
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        named = str(json.loads((folder / MANIFEST).read_text("utf-8"))["source"]["file"])
        # Only extracts are copied here; a recipe beside the map is its author's.
        own |= {named} if named.lower().endswith(EXTRACTS) else set()
    for path in sorted(folder.iterdir()):
        if path.name not in own and not (fresh / path.name).exists():
            copy = shutil.copytree if path.is_dir() else shutil.copy2
            copy(path, fresh / path.name)


def _sync(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    _sync_directory(folder)


def _sync_directory(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_parts(folder: Path, parts: MapParts, source: Path | None) -> None:
    graph = parts.graph
    tables = {
        "nodes": _node_columns(graph),
        "edges": _edge_columns(graph),
        "geometry": {name: getattr(graph, name) for name in GEOMETRY_COLUMNS},
        "names": {"name": list(graph.names)},
        "buildings": _building_columns(parts.buildings),
        "wards": _ward_columns(parts.wards),
        "facilities": _facility_columns(parts.facilities),
    }
    for name, columns in tables.items():
        write_columns(folder / f"{name}.parquet", columns)
    if source is not None:
        shutil.copyfile(source, folder / source.name)
    text = json.dumps(_manifest(parts), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", "utf-8")


def _manifest(parts: MapParts) -> dict[str, Any]:
    graph = parts.graph
    return {
        "schema": SCHEMA,
        "name": parts.name,
        "source": {"file": parts.source, "sha256": parts.source_sha256},
        "attribution": parts.attribution,
        "crs": graph.crs,
        "digest": parts_digest(parts),
        "home_country": parts.home_country,
        "walk_mps": graph.walk_mps,
        "bicycle_mps": graph.bicycle_mps,
        "component_share": dict(zip(MODES, graph.component_share, strict=True)),
        "report": parts.report.to_dict(),
    } | ({"notes": list(parts.notes)} if parts.notes else {})


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        raise MapError(
            str(folder), f"is not a map: it has no {MANIFEST}", hint="see `twin map build --help`"
        )
    try:
        manifest: dict[str, Any] = json.loads(path.read_text("utf-8"))
        schema = manifest["schema"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MapError(str(path), f"is damaged ({error})", hint=HINT) from error
    if schema != SCHEMA:
        raise MapError(str(path), f"has schema {schema!r}", expected=str(SCHEMA), hint=HINT)
    return manifest


def _node_columns(graph: StreetGraph) -> dict[str, Any]:
    columns = {name: getattr(graph, name) for name in NODE_COLUMNS}
    for mode, name in enumerate(MODES):
        columns[f"is_in_{name}"] = graph.is_in_component[mode]
    return columns


def _edge_columns(graph: StreetGraph) -> dict[str, Any]:
    columns = {name: getattr(graph, name) for name in EDGE_COLUMNS}
    for mode, name in enumerate(MODES):
        columns[f"{name}_time_ms"] = graph.edge_time_ms[mode]
    columns["n_points"] = np.diff(graph.geometry_start)
    return columns


def _building_columns(buildings: Buildings) -> dict[str, Any]:
    columns = {field.name: getattr(buildings, field.name) for field in fields(buildings)}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in columns.items()}


def _ward_columns(wards: Wards) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "name": list(wards.names),
        "osm_id": wards.osm_id,
        "area_m2": wards.area_m2,
        "rings_x_mm": [[ring[:, 0].tolist() for ring in ward] for ward in wards.rings],
        "rings_y_mm": [[ring[:, 1].tolist() for ring in ward] for ward in wards.rings],
    }
    if wards.population is not None:
        columns["population"] = wards.population
    return columns


def _facility_columns(facilities: tuple[OsmFacility, ...]) -> dict[str, Any]:
    return {
        "uid": [row.uid for row in facilities],
        "service": [row.service for row in facilities],
        "name": [row.name for row in facilities],
        "lon": np.array([row.lon for row in facilities], np.float64),
        "lat": np.array([row.lat for row in facilities], np.float64),
        "hours": [row.hours for row in facilities],
        "tags": [json.dumps(row.tags, ensure_ascii=False, sort_keys=True) for row in facilities],
    }


def _parts(manifest: dict[str, Any], tables: dict[str, dict[str, Any]]) -> MapParts:
    return MapParts(
        name=str(manifest["name"]),
        graph=_graph(manifest, tables),
        buildings=_buildings(tables["buildings"]),
        wards=_wards(tables["wards"]),
        facilities=_facilities(tables["facilities"]),
        report=ImportReport.from_dict(manifest["report"]),
        source=str(manifest["source"]["file"]),
        source_sha256=str(manifest["source"]["sha256"]),
        home_country=str(manifest["home_country"]),
        attribution=str(manifest["attribution"]),
        notes=tuple(str(note) for note in manifest.get("notes", ())),
    )


def _graph(manifest: dict[str, Any], tables: dict[str, dict[str, Any]]) -> StreetGraph:
    nodes, edges = tables["nodes"], tables["edges"]
    share = manifest["component_share"]
    n_nodes = nodes["node_id"].size
    return StreetGraph(
        **{name: nodes[name] for name in NODE_COLUMNS},
        **{name: edges[name] for name in EDGE_COLUMNS},
        **{name: tables["geometry"][name] for name in GEOMETRY_COLUMNS},
        edge_start=_offsets(np.bincount(edges["edge_source"], minlength=n_nodes)),
        edge_time_ms=np.stack([edges[f"{name}_time_ms"] for name in MODES]),
        geometry_start=_offsets(edges["n_points"]),
        is_in_component=np.stack([nodes[f"is_in_{name}"] for name in MODES]),
        component_share=(float(share["walk"]), float(share["bicycle"]), float(share["car"])),
        names=tuple(tables["names"]["name"]),
        crs=str(manifest["crs"]),
        walk_mps=float(manifest["walk_mps"]),
        bicycle_mps=float(manifest["bicycle_mps"]),
    )


def _offsets(sizes: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))


def _buildings(columns: dict[str, Any]) -> Buildings:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in columns.items()}
    return Buildings(**values)


def _wards(columns: dict[str, Any]) -> Wards:
    return Wards(
        names=tuple(columns["name"]),
        osm_id=columns["osm_id"],
        area_m2=columns["area_m2"],
        rings=tuple(
            tuple(np.column_stack((x, y)).astype(np.int64) for x, y in zip(xs, ys, strict=True))
            for xs, ys in zip(columns["rings_x_mm"], columns["rings_y_mm"], strict=True)
        ),
        population=columns.get("population"),
    )


def _facilities(columns: dict[str, Any]) -> tuple[OsmFacility, ...]:
    names = ("uid", "service", "name", "lon", "lat", "hours", "tags")
    rows = zip(*(columns[name] for name in names), strict=True)
    return tuple(
        OsmFacility(uid, service, name, float(lon), float(lat), hours, json.loads(tags))
        for uid, service, name, lon, lat, hours, tags in rows
    )
