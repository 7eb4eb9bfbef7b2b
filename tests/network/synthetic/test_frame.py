"""Arithmetic that gives the same bits everywhere agrees with the libraries'."""

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.network.projection import project_mm, utm_crs
from twin.network.synthetic.frame import Frame, cosine, sine, sphere_mm, utm_mm
from twin.network.topology import haversine_nm

PLACES = [(-123.0, -48.9), (0.3, 0.0), (2.9, 0.001), (118.3, 35.1), (113.3, 40.1), (-70.9, 74.9)]


@given(st.floats(-1.55, 1.55))
def test_sine_and_cosine(angle: float) -> None:
    one = np.array([angle])
    assert sine(one)[0] == pytest.approx(math.sin(angle), abs=3e-16)
    assert cosine(one)[0] == pytest.approx(math.cos(angle), abs=3e-16)


@pytest.mark.parametrize(("lon", "lat"), PLACES)
def test_utm_is_the_library_s_to_a_millimetre(lon: float, lat: float) -> None:
    crs = utm_crs(lon, lat)
    east, north = np.meshgrid(np.linspace(-0.3, 0.3, 41), np.linspace(-0.3, 0.3, 41))
    lon_e7 = np.rint((lon + east.ravel()) * 1e7).astype(np.int32)
    lat_e7 = np.rint((lat + north.ravel()) * 1e7).astype(np.int32)
    x_mm, y_mm = utm_mm(crs, lon_e7, lat_e7)
    their_x, their_y = project_mm(crs, lon_e7 / 1e7, lat_e7 / 1e7)
    assert np.abs(x_mm - their_x).max() <= 1
    assert np.abs(y_mm - their_y).max() <= 1


@pytest.mark.parametrize(("lon", "lat"), PLACES)
def test_metres_of_the_plane_are_metres_on_earth(lon: float, lat: float) -> None:
    frame = Frame(round(lon * 1e7), round(lat * 1e7))
    metres = np.array([10, 1_000, 8_000])
    nothing = np.zeros(3, np.int64)
    geod = pyproj.Geod(ellps="WGS84")
    for east, north in ((metres * 1000, nothing), (nothing, metres * 1000)):
        lon_e7, lat_e7 = frame.degrees(east, north)
        found = geod.inv([lon] * 3, [lat] * 3, lon_e7 / 1e7, lat_e7 / 1e7)[2]
        assert found == pytest.approx(metres, rel=2e-3, abs=0.02)


def test_lengths_are_those_of_an_import() -> None:
    lon = np.array([-123_0000000, -122_9950000, -122_9950000, -122_9700001], np.int32)
    lat = np.array([-48_9000000, -48_9000000, -48_8950007, -48_8790000], np.int32)
    assert np.abs(sphere_mm(lon, lat) - haversine_nm(lon, lat) / 1e6).max() <= 1.0
