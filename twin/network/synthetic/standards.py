"""The numbers that make a synthetic city look like a Chinese mid-size one, with their sources.

Each is ``sourced`` (read in the document named), ``derived`` or ``assumed``; the map's
report repeats them, so that nobody takes an assumption for a fact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HOME_FLOOR_M2: Final = 36.52
"""Floor area a resident: urban households, China Population Census Yearbook 2020 (sourced)."""

MIXED_HOME_SHARE: Final = 0.6
"""Homes' share of the floor of a mixed building; the population's own default (assumed)."""

MAX_LEVELS: Final = 40
"""Storeys of the highest residential tower (assumed)."""

TOWER_COVERAGE: Final = 0.25
"""Share of a plot that towers may cover (assumed; daylight spacing leaves about a quarter)."""

VILLAGE_COVERAGE: Final = 0.45
VILLAGE_LEVELS: Final = 6
"""Urban villages: close low houses (assumed)."""

JOBS_A_RESIDENT: Final = 0.48
INDUSTRY_SHARE: Final = 0.3
FLOOR_A_JOB_M2: Final = {"commercial": 28.0, "industrial": 70.0}
"""Places of work and their floor (assumed)."""

CIVIC_FLOOR_M2: Final = 4.0
"""Schools, hospitals and offices of the state: floor a resident (assumed)."""

LAND_SHARE: Final = {
    "residential": (0.25, 0.40),
    "public": (0.05, 0.08),
    "industrial": (0.15, 0.30),
    "streets": (0.10, 0.25),
    "green": (0.10, 0.15),
}
"""Bands of GB 50137-2011, table 4.4.1, as quoted by Xu et al. (2021), Journal of
Geographical Sciences 31(4), 603-620, table 1 (sourced)."""

CLASS_KMH: Final = {
    "trunk": 60,
    "primary": 50,
    "secondary": 40,
    "tertiary": 30,
    "unclassified": 30,
    "residential": 20,
    "living_street": 10,
}
"""Limits within the design speeds of CJJ 37-2012: expressway 60-100, arterial 40-60,
secondary 30-50, branch 20-40 km/h (assumed within it)."""

CLASS_LANES: Final = {
    "trunk": 6,
    "primary": 6,
    "secondary": 4,
    "tertiary": 2,
    "unclassified": 2,
    "residential": 2,
    "living_street": 1,
}
"""Lanes of both directions together (assumed)."""


@dataclass(frozen=True)
class Standard:
    """How many facilities of a kind a city has, and how near they should be.

    Parameters
    ----------
    kind
        What the places are called.
    tags
        OSM tags; they lead to the service as on an imported map.
    residents
        Residents of one; 0: as many as `km2` asks for.
    km2
        Area of one; 0: as many as `residents` ask for.
    radius_m
        Radius to serve.
    share
        Share of the residents that should live within it: more are built until
        they do; 0: the share is told, not sought.
    source
        Where the numbers are from, and their tag.
    """

    kind: str
    tags: tuple[tuple[str, str], ...]
    residents: float
    radius_m: int
    source: str
    km2: float = 0.0
    share: float = 0.0
    block: str = "home"


STANDARDS: Final = (
    Standard(
        "Community Health Centre",
        (("amenity", "clinic"), ("healthcare", "centre"), ("staff_count:doctors", "8")),
        50_000,
        1000,
        "1 for 30,000-100,000 residents (norm, assumed); radius 1,000 m; with the stations 0.4"
        " general practitioners for 1,000 residents (NHC bulletin 2023, sourced: 0.399)",
        block="civic",
    ),
    Standard(
        "Health Station",
        (("amenity", "clinic"), ("healthcare", "clinic"), ("staff_count:doctors", "4")),
        15_000,
        1000,
        "1 a 10-minute circle of 15,000-25,000 (GB 50180-2018, sourced);"
        " more until 90 % live within 1,000 m (assumed)",
        share=0.9,
    ),
    Standard(
        "Hospital",
        (("amenity", "hospital"), ("beds", "350")),
        100_000,
        3000,
        "300-400 beds for 100,000 residents (GB 50180 before 2018, sourced); radius assumed",
        block="civic",
    ),
    Standard(
        "Pharmacy",
        (("amenity", "pharmacy"),),
        2_200,
        500,
        "about the number of retail pharmacies a resident in China (assumed)",
    ),
    Standard(
        "Kindergarten",
        (("amenity", "kindergarten"), ("capacity", "360")),
        9_000,
        300,
        "30-40 places for 1,000 residents in 12 classes of 30 (norm, assumed);"
        " radius 300 m (GB 50180, sourced)",
    ),
    Standard(
        "Primary School",
        (("amenity", "school"), ("isced:level", "1"), ("capacity", "1047")),
        16_200,
        500,
        "1,047 pupils a school, 64.5 pupils for 1,000 residents (Datong yearbook 2020, sourced);"
        " radius 500 m (GB 50180, sourced)",
        block="civic",
    ),
    Standard(
        "Middle School",
        (("amenity", "school"), ("isced:level", "2"), ("capacity", "1200")),
        30_000,
        1000,
        "24 classes of 50 for 40 pupils a 1,000 residents (assumed); radius 1,000 m"
        " (GB 50180, sourced)",
        block="civic",
    ),
    Standard(
        "College",
        (("amenity", "college"),),
        250_000,
        5000,
        "assumed",
        block="civic",
    ),
    Standard(
        "Service Hall",
        (("amenity", "townhall"),),
        550_000,
        5000,
        "4 halls for 2.3 million, 2 for 1.1 million residents; at least one a district (assumed)",
        block="civic",
    ),
    Standard(
        "Police Station",
        (("amenity", "police"),),
        60_000,
        2000,
        "about one a street office (assumed)",
    ),
    Standard(
        "Fire Station",
        (("amenity", "fire_station"),),
        0,
        3000,
        "at most 7 km2 for a first-class station (jianbiao 152-2017, sourced)",
        km2=7.0,
    ),
    Standard(
        "Ambulance Station",
        (("emergency", "ambulance_station"),),
        0,
        5000,
        "about one for 26.5 km2 (assumed); radius 5 km in cities (NHC 2020, sourced)",
        km2=26.5,
    ),
    Standard(
        "Neighbourhood Centre",
        (("amenity", "community_centre"),),
        8_000,
        500,
        "139 communities for 1,105,699 residents (Pingcheng 2020, sourced)",
    ),
    Standard(
        "Care Home",
        (("amenity", "social_facility"), ("social_facility", "nursing_home")),
        50_000,
        1000,
        "1 a 15-minute circle of 50,000-100,000 (GB 50180-2018, sourced)",
    ),
    Standard(
        "Market",
        (("amenity", "marketplace"),),
        20_000,
        1000,
        "1 a 10-minute circle of 15,000-25,000 (GB 50180-2018, sourced)",
    ),
)

BUS_STOP_M: Final = 500
"""Metres between bus stops on main streets: 500-800 m within cities (GB 50220-95, assumed)."""
