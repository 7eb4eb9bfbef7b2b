"""Degrees and UTM millimetres by arithmetic that gives the same bits on every machine.

``sin`` and ``cos`` of a mathematical library differ in the last place between versions and
processors, which now and then rounds a coordinate to another millimetre and a map to
another digest. Here everything is sums, products, quotients and square roots, which IEEE
754 rounds in one way only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.network.topology import EARTH_RADIUS_M

Float = NDArray[np.float64]
Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]

PI: Final = 3.141592653589793
RADIANS_PER_E7: Final = PI / 180.0 / 1e7
MM_PER_M: Final = 1000.0

# WGS 84 and UTM.
_A_M: Final = 6_378_137.0
_F: Final = 1.0 / 298.257223563
_E2: Final = _F * (2.0 - _F)
_EP2: Final = _E2 / (1.0 - _E2)
_K0: Final = 0.9996
_FALSE_EASTING_M: Final = 500_000.0
_FALSE_NORTHING_M: Final = 10_000_000.0
_N_TERMS: Final = 14
"""Terms of the series of sine and cosine: below 1e-17 of the sum up to 90 degrees."""


def sine(angle: Float) -> Float:
    """Return the sine of radians within 90 degrees, by Taylor's series."""
    square = angle * angle
    total = np.ones_like(angle)
    for i in range(_N_TERMS, 0, -1):
        total = 1.0 - square / (2.0 * i * (2.0 * i + 1.0)) * total
    return angle * total


def cosine(angle: Float) -> Float:
    """Return the cosine of radians within 90 degrees, by Taylor's series."""
    square = angle * angle
    total = np.ones_like(angle)
    for i in range(_N_TERMS, 0, -1):
        total = 1.0 - square / ((2.0 * i - 1.0) * 2.0 * i) * total
    return total


@dataclass(frozen=True)
class Frame:
    """A plane around a place: whole millimetres east and north of it.

    North is measured along the meridian, east along the parallel of the point itself
    (a sinusoidal projection: areas are true).
    """

    lon_e7: int
    lat_e7: int

    def degrees(self, east_mm: Int64, north_mm: Int64) -> tuple[Int32, Int32]:
        """Return longitude and latitude times 10 million."""
        phi0 = np.array([self.lat_e7 * RADIANS_PER_E7])
        s = sine(phi0)[0]
        root = np.sqrt(1.0 - _E2 * s * s)
        meridian_m = _A_M * (1.0 - _E2) / (root * root * root)
        lat = self.lat_e7 + np.rint(north_mm / MM_PER_M / meridian_m / RADIANS_PER_E7)
        phi = lat * RADIANS_PER_E7
        parallel_m = _A_M / np.sqrt(1.0 - _E2 * sine(phi) * sine(phi)) * cosine(phi)
        lon = self.lon_e7 + np.rint(east_mm / MM_PER_M / parallel_m / RADIANS_PER_E7)
        return lon.astype(np.int32), lat.astype(np.int32)


def central_meridian(crs: str) -> int:
    """Return the central meridian of a UTM zone given as EPSG code, in degrees."""
    return int(crs[-2:]) * 6 - 183


def utm_mm(crs: str, lon_e7: Int32, lat_e7: Int32) -> tuple[Int64, Int64]:
    """Return UTM coordinates in whole millimetres.

    Transverse Mercator by the series of Snyder (1987), "Map projections: a working
    manual", USGS professional paper 1395, equations 8-9 to 8-13 and 3-21; within 1 mm
    of the library's in a zone.
    """
    phi = lat_e7.astype(np.float64) * RADIANS_PER_E7
    s, c = sine(phi), cosine(phi)
    tangent2 = (s / c) * (s / c)
    curvature = _EP2 * c * c
    normal_m = _A_M / np.sqrt(1.0 - _E2 * s * s)
    a = (lon_e7 - central_meridian(crs) * 1e7) * RADIANS_PER_E7 * c
    a2 = a * a
    fifth = 5.0 - 18.0 * tangent2 + tangent2 * tangent2 + 72.0 * curvature - 58.0 * _EP2
    x = a * (1.0 + a2 / 6.0 * ((1.0 - tangent2 + curvature) + a2 / 20.0 * fifth))
    fourth = 5.0 - tangent2 + 9.0 * curvature + 4.0 * curvature * curvature
    sixth = 61.0 - 58.0 * tangent2 + tangent2 * tangent2 + 600.0 * curvature - 330.0 * _EP2
    y = a2 / 2.0 * (1.0 + a2 / 12.0 * (fourth + a2 / 30.0 * sixth))
    north_m = _meridian_arc_m(phi, s, c) + normal_m * (s / c) * y
    is_south = crs.startswith("EPSG:327")
    return (
        np.rint((_FALSE_EASTING_M + _K0 * normal_m * x) * MM_PER_M).astype(np.int64),
        np.rint((_FALSE_NORTHING_M * is_south + _K0 * north_m) * MM_PER_M).astype(np.int64),
    )


def _meridian_arc_m(phi: Float, s: Float, c: Float) -> Float:
    """Return metres from the equator along the meridian (Snyder 1987, equation 3-21)."""
    e4, e6 = _E2 * _E2, _E2 * _E2 * _E2
    sin2, cos2 = 2.0 * s * c, 1.0 - 2.0 * s * s
    sin4, cos4 = 2.0 * sin2 * cos2, 1.0 - 2.0 * sin2 * sin2
    sin6 = sin4 * cos2 + cos4 * sin2
    return _A_M * (
        (1.0 - _E2 / 4.0 - 3.0 * e4 / 64.0 - 5.0 * e6 / 256.0) * phi
        - (3.0 * _E2 / 8.0 + 3.0 * e4 / 32.0 + 45.0 * e6 / 1024.0) * sin2
        + (15.0 * e4 / 256.0 + 45.0 * e6 / 1024.0) * sin4
        - (35.0 * e6 / 3072.0) * sin6
    )


def sphere_mm(lon_e7: Int32, lat_e7: Int32) -> Int64:
    """Return the length of each step of a polyline on the sphere in whole millimetres.

    The chord through the sphere: shorter than the arc by a micrometre on a kilometre,
    a millimetre on ten.
    """
    lon, lat = lon_e7.astype(np.float64), lat_e7.astype(np.float64)
    d_lat = (lat[1:] - lat[:-1]) * RADIANS_PER_E7
    middle = (lat[1:] + lat[:-1]) * (0.5 * RADIANS_PER_E7)
    d_lon = (lon[1:] - lon[:-1]) * RADIANS_PER_E7 * cosine(middle)
    length_m = EARTH_RADIUS_M * np.sqrt(d_lat * d_lat + d_lon * d_lon)
    return np.rint(length_m * MM_PER_M).astype(np.int64)
