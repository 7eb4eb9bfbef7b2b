"""A map as GMNS tables: nodes, directed links, uses, zones and units."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.network.access import time_of
from twin.network.exchange.gmns import ATTRIBUTION_FILE
from twin.network.exchange.outline import edge_lines, ward_areas
from twin.network.modes import CAR, CLASS_KMH, HIGHWAY_CLASSES, MODE_BITS, MODES
from twin.units import MM_PER_M

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.network.map_parts import MapParts
    from twin.network.street_graph import StreetGraph

USE_OF_MODE: Final = {"walk": "walk", "bicycle": "bike", "car": "auto"}
KMH_PER_MPS: Final = 3.6
MAX_DECIMALS: Final = 12
NODE_COLUMNS: Final = ("node_id", "x_coord", "y_coord")
LINK_COLUMNS: Final = (
    "link_id", "name", "from_node_id", "to_node_id", "directed", "geometry", "dir_flag", "length",
    "facility_type", "free_speed", "allowed_uses", "osm_way_id",
)  # fmt: skip


def write_gmns(folder: Path, parts: MapParts) -> list[str]:
    """Write a map as GMNS tables into a folder.

    Every directed edge is a link of its own. Speeds are what gives the map's car
    times again, to the millisecond.

    Returns
    -------
    names
        Files that were written.
    """
    graph = parts.graph
    lon, lat = graph.node_lon_e7 / 1e7, graph.node_lat_e7 / 1e7
    nodes = zip(graph.node_id.tolist(), map(_degrees, lon), map(_degrees, lat), strict=True)
    _write(folder / "node.csv", NODE_COLUMNS, nodes)
    _write(folder / "link.csv", LINK_COLUMNS, _links(graph))
    config = {
        "dataset_name": parts.name, "short_length": "m", "long_length": "m", "speed": "km/h",
        "crs": "4326", "geometry_field_format": "WKT", "version_number": "0.97",
        "id_type": "integer",
    }  # fmt: skip
    _write(folder / "config.csv", tuple(config), [tuple(config.values())])
    uses = [(use, 1.0, 1.0, f"{mode}, in the words of twin") for mode, use in USE_OF_MODE.items()]
    header = ("use", "persons_per_vehicle", "pce", "description")
    _write(folder / "use_definition.csv", header, uses)
    names = ["node.csv", "link.csv", "config.csv", "use_definition.csv"]
    if len(parts.wards) > 0:
        _write_zones(folder / "zone.csv", parts)
        names.append("zone.csv")
    (folder / ATTRIBUTION_FILE).write_text(f"{parts.attribution}\n", "utf-8")
    return [*names, ATTRIBUTION_FILE]


def _links(graph: StreetGraph) -> Iterable[Sequence[object]]:
    shapes = _wkt(edge_lines(graph))
    speed = car_kmh(graph.edge_length_mm, graph.edge_time_ms[CAR])
    uses = {
        bits: ",".join(USE_OF_MODE[MODES[m]] for m in range(len(MODES)) if bits & MODE_BITS[m])
        for bits in np.unique(graph.edge_modes).tolist()
    }
    for row in range(graph.n_edges):
        name = int(graph.edge_name[row])
        yield (
            row,
            safe_text(graph.names[name]) if name >= 0 else "",
            int(graph.node_id[graph.edge_source[row]]),
            int(graph.node_id[graph.edge_target[row]]),
            "true",
            shapes[row],
            1,
            f"{int(graph.edge_length_mm[row]) / MM_PER_M:.3f}",
            HIGHWAY_CLASSES[graph.edge_class[row]],
            "" if np.isnan(speed[row]) else repr(float(speed[row])),
            uses[int(graph.edge_modes[row])],
            int(graph.edge_way[row]),
        )


def car_kmh(length_mm: NDArray[np.int32], time_ms: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the roundest speed that gives each car time again; nan without a car.

    Times are whole milliseconds, so a short street knows its speed only
    roughly: the usual speeds of classes are tried first, then more and more decimals.
    """
    has_car = time_ms > 0
    exact = np.where(has_car, length_mm / np.maximum(time_ms, 1) * KMH_PER_MPS, np.nan)
    speed = exact.copy()
    is_open = has_car.copy()
    usual = sorted({*CLASS_KMH.values(), *(10.0 * i for i in range(1, 14))})
    tries: list[Any] = [*usual, *(np.round(exact, i) for i in range(MAX_DECIMALS))]
    for guess in tries:
        kmh = np.broadcast_to(guess, exact.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            fits = is_open & (kmh > 0) & (time_of(length_mm, kmh / KMH_PER_MPS) == time_ms)
        speed[fits] = kmh[fits]
        is_open &= ~fits
    return speed


def safe_text(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula."""
    return f" {text}" if text.startswith(("=", "+", "-", "@")) else text


def _write_zones(path: Path, parts: MapParts) -> None:
    wards = parts.wards
    people = wards.population
    header = ("zone_id", "name", "boundary", *(("population",) if people is not None else ()))
    rows = []
    for row, (name, shape) in enumerate(zip(wards.names, _wkt(ward_areas(parts)), strict=True)):
        told = (int(people[row]),) if people is not None else ()
        rows.append((row + 1, safe_text(name), shape, *told))
    _write(path, header, rows)


def _wkt(shapes: NDArray[Any]) -> list[str]:
    import shapely  # noqa: PLC0415 - takes 0.1 s

    return [str(text) for text in shapely.to_wkt(shapes, rounding_precision=7, trim=True)]


def _degrees(value: float) -> str:
    return f"{value:.7f}"


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
