"""What a synthetic city is asked to be, and what no city can be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from twin.errors import InputError, InputErrors

MIN_AREA_KM2: Final = 0.1
MAX_AREA_KM2: Final = 5_000.0
MAX_RESIDENTS: Final = 50_000_000
MAX_GRIDS: Final = 30_000
"""Rows of wards are 16-bit numbers."""

MAX_LATITUDE: Final = 75.0
MAX_LONGITUDE: Final = 177.0
"""UTM ends at 84 degrees, longitudes at 180, and a city reaches some way."""

DEFAULT_LON: Final = -123.0
DEFAULT_LAT: Final = -48.9
"""Open sea near Point Nemo, the place farthest from any land: nobody takes it for a town."""

GRIDS_A_DISTRICT: Final = 18
"""Governance grids of a district when nobody says (Linyi: 86 grids in 5 centre districts)."""


@dataclass(frozen=True)
class CityRequest:
    """The numbers a synthetic city is made from.

    Parameters
    ----------
    area_km2
        Area within the outer streets, river included.
    residents
        People the homes have room for.
    grids
        Governance grids: the wards of the map.
    seed
        64-bit number; another seed is another city.
    districts
        Districts the grids are nested in; none: one for every 18 grids.
    name
        Name of the city.
    lon, lat
        Centre in degrees.
    """

    area_km2: float
    residents: int
    grids: int
    seed: int = 1
    districts: int | None = None
    name: str = "synthetic"
    lon: float = DEFAULT_LON
    lat: float = DEFAULT_LAT

    @property
    def n_districts(self) -> int:
        """Number of districts, the default applied."""
        if self.districts is not None:
            return self.districts
        return max(1, math.floor(self.grids / GRIDS_A_DISTRICT + 0.5))

    @property
    def words(self) -> str:
        """The command that makes this city again."""
        return (
            f"twin map synth --area-km2 {self.area_km2:g} --residents {self.residents}"
            f" --grids {self.grids} --districts {self.n_districts} --seed {self.seed}"
            f" --lon {self.lon:g} --lat {self.lat:g}"
        )

    def check(self) -> None:
        """Refuse what is no city, everything wrong at once.

        Raises
        ------
        InputErrors
            With each number that is out of range.
        """
        errors = [error for error in (self._range_errors()) if error is not None]
        if self.districts is not None and not 1 <= self.districts <= max(self.grids, 1):
            errors.append(
                InputError(
                    "--districts",
                    f"{self.districts} districts of {self.grids} grids",
                    expected="at least 1, and no more than there are grids",
                    hint="districts are made of whole grids",
                )
            )
        if errors:
            raise InputErrors(errors)

    def _range_errors(self) -> list[InputError | None]:
        """Return an error for each number out of its range."""
        return [
            _outside(
                "--area-km2",
                self.area_km2,
                (MIN_AREA_KM2, MAX_AREA_KM2),
                "a village has about half a square kilometre, a large city 1,000",
            ),
            _outside("--residents", self.residents, (1, MAX_RESIDENTS), "how many people live"),
            _outside("--grids", self.grids, (1, MAX_GRIDS), "a grid has about 25,000 residents"),
            _outside("--seed", self.seed, (0, 2**64 - 1), "any whole number of 64 bits"),
            _outside("--lon", self.lon, (-MAX_LONGITUDE, MAX_LONGITUDE), "degrees east"),
            _outside("--lat", self.lat, (-MAX_LATITUDE, MAX_LATITUDE), "degrees north"),
        ]


def _outside(where: str, value: float, limits: tuple[float, float], hint: str) -> InputError | None:
    low, high = limits
    if math.isfinite(value) and low <= value <= high:
        return None
    return InputError(where, f"{value:,}", expected=f"{low:,} to {high:,}", hint=hint)
