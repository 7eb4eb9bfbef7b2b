"""Hexagonal cells of H3 (Brodsky 2018): places grouped alike in every city.

The library is an extra: it is loaded when cells are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.errors import InputError
from twin.network.projection import unproject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.network.street_graph import StreetGraph

RESOLUTION: Final = 9
"""Cells of some 0.1 km2, 350 m across: a few minutes on foot."""
COARSEST: Final = 5
FINEST: Final = 12


def node_cells(
    graph: StreetGraph, nodes: NDArray[np.integer], *, resolution: int = RESOLUTION
) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return the cell of each node: codes, and the names they index in ascending order.

    Parameters
    ----------
    graph
        Streets.
    nodes
        (n,) rows of nodes.
    resolution
        Of H3: from 5, 250 km2, to 12, 300 m2.

    Raises
    ------
    InputError
        If the library `h3` is not installed or the resolution out of range.
    """
    h3 = _library()
    if not COARSEST <= resolution <= FINEST:
        expected = f"{COARSEST} to {FINEST}"
        raise InputError("resolution of H3 cells", f"found {resolution}", expected=expected)
    places, place_of = np.unique(np.asarray(nodes), return_inverse=True)
    lon, lat = unproject(graph.crs, graph.node_x_mm[places], graph.node_y_mm[places])
    named = [
        h3.latlng_to_cell(y, x, resolution) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)
    ]
    names = sorted(set(named))
    code = {name: i for i, name in enumerate(names)}
    of_place = np.array([code[name] for name in named], dtype=np.int32)
    return of_place[place_of.ravel()], tuple(names)


def cell_outline(cell: str) -> list[tuple[float, float]]:
    """Return the corners of a cell as (longitude, latitude), the first one again at the end."""
    corners = [(lon, lat) for lat, lon in _library().cell_to_boundary(cell)]
    return [*corners, corners[0]]


def cells_geojson(cells: Sequence[str], properties: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a GeoJSON collection (RFC 7946) of cells with their properties."""
    features = [
        {
            "type": "Feature",
            "id": cell,
            "geometry": {"type": "Polygon", "coordinates": [[list(p) for p in cell_outline(cell)]]},
            "properties": {"h3": cell, **values},
        }
        for cell, values in zip(cells, properties, strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def _library() -> Any:  # noqa: ANN401 - it has no types
    try:
        return import_module("h3")
    except ImportError:
        raise InputError(
            "cells of H3",
            "the library `h3` is not installed",
            expected="it, to group residents by cell",
            hint='pip install "twin[h3]"',
        ) from None
