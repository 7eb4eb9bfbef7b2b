"""The map of gains and losses: streets, wards, facilities and cells of homes.

Homes are never drawn one by one: they are added up in square cells, and a cell
with fewer than `FEWEST` residents is left out and counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.experiment.gains import FEWEST
from twin.report.places import REAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from twin.city.city import City
    from twin.experiment.gains import Gains

CELL_SIZES_M: Final = (50, 75, 100, 150, 200, 300, 500, 1000, 2000)
_ROW: Final = 1 << 24
"""Cells of a row of the packed grid; coordinates start at 0."""
TYPICAL_RESIDENTS: Final = 40
"""A cell size is large enough when half of the residents live in cells of at least this many."""
MOST_POINTS: Final = 120_000
"""Points of streets that are drawn: about 1 MB of the page."""
RANKS: Final = {
    "motorway": 3,
    "motorway_link": 3,
    "trunk": 3,
    "trunk_link": 3,
    "primary": 3,
    "primary_link": 2,
    "secondary": 2,
    "secondary_link": 2,
    "tertiary": 2,
    "tertiary_link": 1,
    "residential": 1,
    "unclassified": 1,
    "living_street": 1,
    "pedestrian": 1,
    "service": 0,
}
"""Width of a street on the map by its OSM class; paths and steps have 0."""


def picture(
    city: City, gains: Mapping[str, Gains], places: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what the page's script draws; lengths are whole metres from the south-west corner.

    Parameters
    ----------
    city
        City of the runs.
    gains
        Each resident's change, by scenario.
    places
        Facilities to draw.
    """
    graph = city.graph
    origin = (int(graph.node_x_mm.min()), int(graph.node_y_mm.min()))
    size = [int((axis.max() - axis.min()) // 1000) for axis in (graph.node_x_mm, graph.node_y_mm)]
    return {
        "size": size,
        "streets": _streets(city, origin),
        "wards": _wards(city, origin),
        "facilities": _facilities(city, places),
        **_cells(city, gains, origin),
    }


def _streets(city: City, origin: tuple[int, int]) -> list[list[Any]]:
    """Return [rank, x0, y0, dx, dy, ...] of each street, both directions once."""
    graph = city.graph
    rank = np.array([RANKS.get(name, 0) for name in _class_names()])[graph.edge_class]
    x = _metres(graph.geometry_x_mm, origin[0])
    y = _metres(graph.geometry_y_mm, origin[1])
    start = graph.geometry_start
    low = np.minimum(graph.edge_source, graph.edge_target)
    high = np.maximum(graph.edge_source, graph.edge_target)
    keys = np.stack([low, high, graph.edge_way, graph.edge_length_mm], axis=1)
    _, once = np.unique(keys, axis=0, return_index=True)
    chosen = _drawable(rank[once], np.diff(start)[once])
    steps = np.stack([np.diff(x, prepend=0), np.diff(y, prepend=0)], axis=1)
    first = start[:-1][start[:-1] < len(x)]
    steps[first] = np.stack([x, y], axis=1)[first]
    flat, ends = steps.ravel().tolist(), (2 * start).tolist()
    drawn = once[chosen][np.argsort(rank[once][chosen], kind="stable")].tolist()
    ranks = rank.tolist()
    return [[ranks[edge], *flat[ends[edge] : ends[edge + 1]]] for edge in drawn]


def _drawable(rank: NDArray[np.int64], points: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which streets are drawn: all, or the wider ones where there are too many."""
    for least in (0, 1, 2):
        chosen: NDArray[np.bool_] = rank >= least
        if points[chosen].sum() <= MOST_POINTS:
            return chosen
    return np.asarray(rank >= max(RANKS.values()))


def _class_names() -> tuple[str, ...]:
    from twin.network.modes import HIGHWAY_CLASSES  # noqa: PLC0415 - only with a map

    return HIGHWAY_CLASSES


def _wards(city: City, origin: tuple[int, int]) -> list[dict[str, Any]]:
    """Return name and outline of each ward."""
    found = []
    for name, rings in zip(city.wards.names, city.wards.rings, strict=True):
        found.append(
            {
                "name": name,
                "rings": [
                    _deltas(_metres(ring[:, 0], origin[0]), _metres(ring[:, 1], origin[1]))
                    for ring in rings
                ],
            }
        )
    return found


def _facilities(city: City, places: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for place in places:
        x, y = place_m(city, place["lon"], place["lat"])
        found.append(
            {
                "name": place["name"] or place["uid"],
                "service": place["service"],
                "x": x,
                "y": y,
                "assumed": place["tag"] not in REAL,
            }
        )
    return found


def place_m(city: City, lon: float, lat: float) -> tuple[int, int]:
    """Return metres from the picture's south-west corner."""
    graph = city.graph
    x_mm, y_mm = graph.project(lon, lat)
    return (int(x_mm) - int(graph.node_x_mm.min())) // 1000, (
        int(y_mm) - int(graph.node_y_mm.min())
    ) // 1000


def _cells(city: City, gains: Mapping[str, Gains], origin: tuple[int, int]) -> dict[str, Any]:
    """Return the cells and, by scenario, mean change in seconds, gained and lost of each."""
    if not gains:
        return {"cell_m": 0, "cells": [], "values": {}, "n_hidden": 0}
    first = next(iter(gains.values()))
    is_placed = first.home_node >= 0
    node = first.home_node[is_placed]
    x, y = (
        _metres(city.graph.node_x_mm, origin[0])[node],
        _metres(city.graph.node_y_mm, origin[1])[node],
    )
    cell_m = _cell_size(x, y)
    packed, cell_of, n = _cells_of(x, y, cell_m)
    corner = np.stack([packed // _ROW, packed % _ROW], axis=1)
    is_shown = n >= FEWEST
    values = {
        name: _cell_values(found, is_placed, cell_of, is_shown=is_shown, n=n)
        for name, found in gains.items()
    }
    return {
        "cell_m": cell_m,
        "cells": np.column_stack([corner * cell_m, n])[is_shown].tolist(),
        "values": values,
        "n_hidden": int(n[~is_shown].sum()),
    }


def _cell_values(
    found: Gains,
    is_placed: NDArray[np.bool_],
    cell_of: NDArray[np.intp],
    *,
    is_shown: NDArray[np.bool_],
    n: NDArray[np.int64],
) -> dict[str, list[float]]:
    change = found.difference_s[is_placed]
    total = np.bincount(cell_of, weights=change, minlength=len(n))
    gained = np.bincount(cell_of, weights=change < -found.threshold_s, minlength=len(n))
    lost = np.bincount(cell_of, weights=change > found.threshold_s, minlength=len(n))
    return {
        "mean_s": np.round(total / n, 1)[is_shown].tolist(),
        "gained": gained.astype(int)[is_shown].tolist(),
        "lost": lost.astype(int)[is_shown].tolist(),
    }


def _cell_size(x: NDArray[np.int64], y: NDArray[np.int64]) -> int:
    """Return the smallest cell size in which most residents have enough neighbours."""
    for size in CELL_SIZES_M:
        _, cell_of, n = _cells_of(x, y, size)
        if np.median(n[cell_of]) >= TYPICAL_RESIDENTS:
            return size
    return CELL_SIZES_M[-1]


def _cells_of(
    x: NDArray[np.int64], y: NDArray[np.int64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.int64]]:
    """Return the cells that hold a home, the cell of each home and the homes of each cell."""
    cells, cell_of, n = np.unique(
        x // size * _ROW + y // size, return_inverse=True, return_counts=True
    )
    return cells, cell_of.ravel(), n


def _metres(values: NDArray[np.int64], origin: int) -> NDArray[np.int64]:
    return np.asarray((values - origin) // 1000, dtype=np.int64)


def _deltas(x: NDArray[np.int64], y: NDArray[np.int64]) -> list[int]:
    """Return x0, y0, then steps: small numbers make a small page."""
    steps = np.stack([x, y], axis=1)
    steps[1:] = np.diff(steps, axis=0)
    flat: list[int] = steps.ravel().tolist()
    return flat
