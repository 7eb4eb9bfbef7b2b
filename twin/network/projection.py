"""Projected millimetres, and the nearest of many points."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.units import MM_PER_M

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

N_TIES: Final = 4
"""Neighbours asked for, so that points at one distance are told apart by row."""

POLAR_LAT: Final = 84.0


def utm_crs(lon: float, lat: float) -> str:
    """Return the UTM zone of a place as an EPSG code (UPS near the poles)."""
    if abs(lat) > POLAR_LAT:
        return "EPSG:32661" if lat > 0 else "EPSG:32761"
    zone = min(60, max(1, math.floor((lon + 180) / 6) + 1))
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


def project_mm(
    crs: str, lon: ArrayLike, lat: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return whole projected millimetres.

    Library versions differ by a nanometre; whole millimetres do not.
    """
    import pyproj  # noqa: PLC0415 - takes 0.1 s

    transformer = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x_m, y_m = transformer.transform(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    return _whole_mm(x_m), _whole_mm(y_m)


def unproject(
    crs: str, x_mm: NDArray[np.int64], y_mm: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return degrees of projected millimetres, rounded to 7 decimals as OSM writes them."""
    import pyproj  # noqa: PLC0415 - takes 0.1 s

    transformer = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = transformer.transform(x_mm / MM_PER_M, y_mm / MM_PER_M)
    return np.round(lon, 7), np.round(lat, 7)


def _whole_mm(metres: ArrayLike) -> NDArray[np.int64]:
    return np.asarray(np.rint(np.asarray(metres) * MM_PER_M), np.int64)


def nearest_points(
    x_mm: NDArray[np.int64],
    y_mm: NDArray[np.int64],
    query_x_mm: NDArray[np.int64],
    query_y_mm: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the row of the nearest point to each query and the distance in metres.

    Of points equally near, the first row wins; row -1 and distance inf when
    there are no points.
    """
    n_queries = np.asarray(query_x_mm).size
    if x_mm.size == 0:
        return np.full(n_queries, -1, np.int64), np.full(n_queries, np.inf)
    from scipy.spatial import cKDTree  # noqa: PLC0415 - takes 0.2 s

    tree = cKDTree(np.column_stack((x_mm, y_mm)).astype(np.float64))
    queries = np.column_stack((query_x_mm, query_y_mm)).astype(np.float64)
    k = min(N_TIES, x_mm.size)
    distance, row = tree.query(queries, k=k)
    distance, row = distance.reshape(n_queries, k), row.reshape(n_queries, k)
    is_nearest = distance == distance[:, :1]
    nearest = np.where(is_nearest, row, x_mm.size).min(axis=1)
    return nearest.astype(np.int64), distance[:, 0] / MM_PER_M
