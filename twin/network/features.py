"""Columns of what stands beside the streets: buildings, wards, OSM's own facilities."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
USES: Final = ("residential", "mixed", "commercial", "public", "other")
"""Values of ``Buildings.use``."""


@dataclass(frozen=True, eq=False)
class Buildings:
    """Buildings by increasing OSM id, ways before relations; arrays are read-only.

    Parameters
    ----------
    building_id
        ``way/123`` or ``relation/123``.
    x_mm, y_mm : (n,)
        A point inside the building, projected.
    footprint_m2, floor_area_m2 : (n,)
        Ground area, and ground area times levels; rounded to 0.1 m2.
    levels : (n,)
        Storeys above ground.
    is_levels_imputed, is_use_assumed : (n,)
        The map says nothing: taken from like buildings.
    use
        One of ``USES``.
    ward : (n,)
        Row in the wards, -1 outside.
    walk_node : (n,)
        Nearest node of the walk network, -1 without one.
    country, street
        ``addr:country``; ``addr:street`` or the nearest named street.
    is_home_eligible : (n,)
        People may live here: residential or mixed, large enough, and in a
        complete ward or tagged with the home country.
    """

    building_id: tuple[str, ...]
    x_mm: Int64
    y_mm: Int64
    footprint_m2: NDArray[np.float64]
    levels: NDArray[np.int16]
    is_levels_imputed: NDArray[np.bool_]
    use: tuple[str, ...]
    is_use_assumed: NDArray[np.bool_]
    floor_area_m2: NDArray[np.float64]
    ward: NDArray[np.int16]
    walk_node: NDArray[np.int32]
    country: tuple[str, ...]
    street: tuple[str, ...]
    is_home_eligible: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Make the arrays read-only and require one length."""
        for field in fields(self):
            value = getattr(self, field.name)
            if len(value) != len(self.building_id):
                msg = f"{field.name} has {len(value)} rows, expected {len(self.building_id)}"
                raise ValueError(msg)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __len__(self) -> int:
        """Return the number of buildings."""
        return len(self.building_id)


@dataclass(frozen=True, eq=False)
class Wards:
    """Complete administrative areas by increasing relation id.

    Parameters
    ----------
    names
        As the map writes them.
    osm_id : (n,)
        Relation ids.
    area_m2 : (n,)
        Projected area, rounded to 0.1 m2.
    rings
        For each ward its closed rings, ``(n_points, 2)`` in projected
        millimetres; outer rings run anticlockwise, holes clockwise.
    population : (n,), optional
        Residents; None where the source tells nothing.
    """

    names: tuple[str, ...]
    osm_id: Int64
    area_m2: NDArray[np.float64]
    rings: tuple[tuple[Int64, ...], ...]
    population: Int64 | None = None

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (self.osm_id, self.area_m2, *(r for ward in self.rings for r in ward)):
            array.flags.writeable = False
        if self.population is not None:
            self.population.flags.writeable = False

    def __len__(self) -> int:
        """Return the number of wards."""
        return len(self.names)


@dataclass(frozen=True)
class OsmFacility:
    """One place and one service it offers according to its OSM tags.

    `uid` is ``osm/node/123``; the remaining tags are kept for the reader.
    """

    uid: str
    service: str
    name: str
    lon: float
    lat: float
    hours: str
    tags: dict[str, str]
