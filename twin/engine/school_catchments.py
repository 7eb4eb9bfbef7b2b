"""Which homes lie in the catchment of which school."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.city.schools import AREA, NEAREST, NO_CATCHMENT, OWN_WARD, corners_of, wards_of
from twin.city.street_areas import area_of_points
from twin.units import MM_PER_M

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.engine.schools import Level, Schools

_FAR = np.iinfo(np.int32).max


def catchment_table(
    schools: Schools, level: Level, texts: Sequence[str], is_active: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return whose home lies in which catchment, (n_seekers, n_schools) bool.

    Parameters
    ----------
    schools, level
        Where.
    texts
        Catchment of each school of the level in words; see `twin.city.schools`.
    is_active
        (n_schools,) schools in operation: the nearest one is one of them.
    """
    seekers = level.seekers
    found = np.zeros((seekers.row.size, len(texts)), dtype=np.bool_)
    by_nearest = np.array([text == NEAREST for text in texts], dtype=np.bool_) & is_active
    nearest = _nearest(level, by_nearest)
    for column, text in enumerate(texts):
        if text == NO_CATCHMENT:
            continue
        if text == NEAREST:
            found[:, column] = nearest[seekers.home] == column
        elif text == OWN_WARD:
            found[:, column] = (seekers.zone == level.zone[column]) & (seekers.zone >= 0)
        elif text.startswith(AREA):
            found[:, column] = _lies_in(schools, level, text)[seekers.home]
        else:
            wards = schools.city.wards.names
            zones = [wards.index(name) for name in wards_of(text)]
            found[:, column] = np.isin(seekers.zone, zones)
    return found


def _nearest(level: Level, among: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the nearest of some schools from each home, -1 without a way; ties by uid."""
    if not among.any():
        return np.full(level.home_node.size, -1, dtype=np.int64)
    rows = np.flatnonzero(among)
    times = np.where(level.time_ms[rows] < 0, _FAR, level.time_ms[rows])
    best = np.argmin(times, axis=0)
    reached = times[best, np.arange(best.size)] < _FAR
    return np.where(reached, rows[best], -1)


def _lies_in(schools: Schools, level: Level, text: str) -> NDArray[np.bool_]:
    import shapely  # noqa: PLC0415 - takes 0.1 s

    graph = schools.graph
    x = graph.node_x_mm[level.home_node] / MM_PER_M
    y = graph.node_y_mm[level.home_node] / MM_PER_M
    inside: NDArray[np.bool_] = shapely.intersects_xy(area_of_points(graph, corners_of(text)), x, y)
    return inside
