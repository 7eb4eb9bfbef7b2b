"""Addressed draws of a synthetic city, and smooth noise made of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from twin.kernels.random import addressed_uniforms
from twin.streams import SYNTH_BUILDING, SYNTH_CELL, SYNTH_NOISE, SYNTH_STREET

Float = NDArray[np.float64]
Int64 = NDArray[np.int64]

_SHIFT = 1 << 15
"""Lattice indices count from the centre; addresses do not go below 0."""


class Noise(IntEnum):
    """Fields of smooth noise; append-only, as streams are."""

    OUTLINE = 0
    CENTRE = 1
    INDUSTRY = 2
    VILLAGE = 3
    RIVER = 4
    EAST = 8  # three octaves of displacement
    NORTH = 16


class CellDraw(IntEnum):
    """Questions asked of a lattice cell; append-only, as streams are."""

    PARK = 0
    CAMPUS = 1
    VILLAGE = 2
    BLOCK_SIZE = 3
    IS_ALIGNED = 4
    BLOCK_USE = 5
    BLOCK_DENSITY = 6
    LINE = 7


class StreetDraw(IntEnum):
    """Questions asked of a street; append-only, as streams are."""

    LATTICE_X = 0
    LATTICE_Y = 1
    CLASS_EAST = 2
    CLASS_NORTH = 3
    ONE_WAY = 4
    BRIDGE = 5
    PLAN = 6
    SEGMENT = 7
    LINE_ONE_WAY = 8
    NODE_EAST = 9
    NODE_NORTH = 10
    NAME = 11
    LINE_LOST = 12


class BuildingDraw(IntEnum):
    """Questions asked of a building; append-only, as streams are."""

    LEVELS = 0
    EAST = 1
    NORTH = 2


def code(i: Int64, j: Int64) -> NDArray[np.uint32]:
    """Return the address of a lattice place, counted from the centre of the city.

    A larger city of the same seed asks the same address for the same place.
    """
    return (((i + _SHIFT) << 16) | (j + _SHIFT)).astype(np.uint32)


@dataclass(frozen=True)
class Draws:
    """The draws of one seed."""

    seed: int

    def cell(self, question: CellDraw, place: NDArray[np.uint32], number: int = 0) -> Float:
        """Return a uniform for each cell and number."""
        return addressed_uniforms(self.seed, SYNTH_CELL, place, draw=int(question), word3=number)

    def street(self, question: StreetDraw, place: NDArray[np.uint32], number: int = 0) -> Float:
        """Return a uniform for each street place and number."""
        return addressed_uniforms(self.seed, SYNTH_STREET, place, draw=int(question), word3=number)

    def building(self, question: BuildingDraw, number: Int64) -> Float:
        """Return a uniform for each building."""
        words = number.astype(np.uint32)
        return addressed_uniforms(self.seed, SYNTH_BUILDING, words, draw=int(question))

    def one(self, number: int) -> float:
        """Return a uniform for the plan as a whole."""
        return float(self.street(StreetDraw.PLAN, np.zeros(1, np.uint32), number)[0])

    def noise(self, field: int, x_m: Float, y_m: Float, wavelength_m: float) -> Float:
        """Return smooth values between -1 and 1: draws on a lattice, joined by smoothsteps.

        Value noise (Perlin 1985 describes the family); no library function, so that every
        machine gets the same bits.
        """
        column, row = np.floor(x_m / wavelength_m), np.floor(y_m / wavelength_m)
        fx, fy = x_m / wavelength_m - column, y_m / wavelength_m - row
        i, j = column.astype(np.int64), row.astype(np.int64)
        if not i.size:
            return np.zeros(0)
        wide, high = i.max() - i.min() + 2, j.max() - j.min() + 2
        columns, rows = np.meshgrid(
            np.arange(wide) + i.min(), np.arange(high) + j.min(), indexing="ij"
        )
        table = addressed_uniforms(
            self.seed, SYNTH_NOISE, code(columns.ravel(), rows.ravel()), draw=field
        ).reshape(wide, high)
        i, j = i - i.min(), j - j.min()
        fx, fy = fx * fx * (3.0 - 2.0 * fx), fy * fy * (3.0 - 2.0 * fy)
        south = table[i, j] + (table[i + 1, j] - table[i, j]) * fx
        north = table[i, j + 1] + (table[i + 1, j + 1] - table[i, j + 1]) * fx
        return np.asarray(2.0 * (south + (north - south) * fy) - 1.0)
