"""Make residents from a city and a few shares.

Households are made first: size, home, registration, income and car. Then each
member: age, sex, e-bike, informed or not. Every answer is one addressed draw
(`twin.streams`: streams `household` and `person`, one number a question), so
that changing one share moves only those whose draw lies between the old and the
new value, and more residents leave the first ones as they are.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from twin.kernels.random import addressed_uniforms
from twin.population.columns import AGE_BANDS, INCOME_BANDS, REGISTRATIONS, SEXES
from twin.population.groups import group_codes
from twin.population.homes import homes_of
from twin.population.residents import Residents
from twin.streams import HOUSEHOLD, PERSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.city.city import City
    from twin.population.settings import PopulationSettings

CHILD: Final = AGE_BANDS.index("0-14")
ADULT: Final = AGE_BANDS.index("15-59")
OLDER: Final = AGE_BANDS.index("60+")
FEMALE: Final = SEXES.index("female")
MALE: Final = SEXES.index("male")


class _HouseholdDraw(IntEnum):
    """Questions asked of a household; append-only, as streams are."""

    SIZE = 0
    HOME = 1
    REGISTRATION = 2
    INCOME = 3
    CAR = 4


class _PersonDraw(IntEnum):
    """Questions asked of a resident; append-only, as streams are."""

    AGE = 0
    SEX = 1
    EBIKE = 2
    INFORMED = 3


def build_residents(city: City, settings: PopulationSettings) -> Residents:
    """Return the residents of a city.

    Parameters
    ----------
    city
        Buildings with floor area, use and ward; or streets.
    settings
        Number of residents and shares.

    Returns
    -------
    Residents
        Sorted by household; exactly `settings.residents`, or fitted to margins.

    Raises
    ------
    InputError
        If nobody can live anywhere.
    """
    if settings.margins:
        from twin.population.fitted import fitted_residents  # noqa: PLC0415 - few cities fit

        return fitted_residents(city, settings)
    sizes = household_sizes(settings)
    household = np.repeat(np.arange(sizes.size, dtype=np.uint32), sizes)
    resident = np.arange(household.size, dtype=np.uint32)
    homes = homes_of(city, settings)
    place = homes.drawn(_household_draws(settings, _HouseholdDraw.HOME, sizes.size))[household]
    home = _household_columns(settings, sizes.size)
    age_band = _ages(settings, resident, _is_first(sizes))
    registration = home.registration[household]
    has_ebike = _draws(settings, _PersonDraw.EBIKE, resident) < settings.ebike_share
    columns: dict[str, Any] = {
        "age_band": age_band,
        "sex": _sexes(settings, resident),
        "registration": registration,
        "income_band": home.income_band[household],
        "has_car": home.has_car[household],
        "has_ebike": has_ebike & (age_band != CHILD),
        "is_informed": _informed(settings, resident, registration, age_band),
    }
    return Residents(
        resident=resident,
        household=household,
        building=homes.building[place],
        home_node=homes.node[place],
        zone=homes.zone[place],
        group=group_codes(columns),
        **columns,
    )


class _HouseholdColumns(NamedTuple):
    registration: NDArray[np.int8]
    income_band: NDArray[np.int8]
    has_car: NDArray[np.bool_]


def _household_columns(settings: PopulationSettings, n_households: int) -> _HouseholdColumns:
    migrant = settings.migrant_share
    income_shares = [settings.income_share[band] for band in INCOME_BANDS]
    car_shares = np.array([settings.car_share[band] for band in INCOME_BANDS])
    income = _shared(settings, _HouseholdDraw.INCOME, n_households, income_shares)
    return _HouseholdColumns(
        registration=_shared(
            settings, _HouseholdDraw.REGISTRATION, n_households, [1.0 - migrant, migrant]
        ),
        income_band=income,
        has_car=_household_draws(settings, _HouseholdDraw.CAR, n_households) < car_shares[income],
    )


def household_sizes(settings: PopulationSettings) -> NDArray[np.int64]:
    """Return the sizes of households 0, 1, ... that together hold all residents.

    The last household takes who is left. Sizes do not depend on how many
    residents follow.
    """
    shares = settings.household_size_share
    n_drawn = int(settings.residents / settings.mean_household_size * 1.02) + 64
    while True:
        codes = _shared(settings, _HouseholdDraw.SIZE, n_drawn, shares)
        ends = np.cumsum(codes.astype(np.int64) + 1)
        if ends[-1] >= settings.residents:
            break
        n_drawn *= 2
    n_households = int(np.searchsorted(ends, settings.residents)) + 1
    ends = ends[:n_households]
    ends[-1] = settings.residents
    return np.diff(ends, prepend=0)


def _is_first(sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which residents are the first of their household."""
    is_first = np.zeros(int(sizes.sum()), dtype=np.bool_)
    is_first[np.cumsum(sizes) - sizes] = True
    return is_first


def _sexes(settings: PopulationSettings, resident: NDArray[np.uint32]) -> NDArray[np.int8]:
    draws = _draws(settings, _PersonDraw.SEX, resident)
    return np.where(draws < settings.female_share, FEMALE, MALE).astype(np.int8)


def _informed(
    settings: PopulationSettings,
    resident: NDArray[np.uint32],
    registration: NDArray[np.int8],
    age: NDArray[np.int8],
) -> NDArray[np.bool_]:
    shares = [[settings.informed_share[one][band] for band in AGE_BANDS] for one in REGISTRATIONS]
    draws = _draws(settings, _PersonDraw.INFORMED, resident)
    informed: NDArray[np.bool_] = draws < np.array(shares)[registration, age]
    return informed


def _ages(
    settings: PopulationSettings, resident: NDArray[np.uint32], is_first: NDArray[np.bool_]
) -> NDArray[np.int8]:
    """Return age bands; the first member of a household is grown up.

    The others are children with a raised probability, so that the share among
    all residents is the one asked for.
    """
    draws = _draws(settings, _PersonDraw.AGE, resident)
    child_share = np.where(is_first, 0.0, settings.child_share_of_others)
    older_share = (1.0 - child_share) * settings.older_share_of_grown
    grown = np.where(draws >= 1.0 - older_share, OLDER, ADULT)
    return np.where(draws < child_share, CHILD, grown).astype(np.int8)


def _shared(
    settings: PopulationSettings, draw: _HouseholdDraw, n_households: int, shares: Sequence[float]
) -> NDArray[np.int8]:
    """Return a category of each household, drawn by shares."""
    bounds = np.cumsum(np.asarray(shares, dtype=np.float64))[:-1]
    draws = _household_draws(settings, draw, n_households)
    return np.searchsorted(bounds, draws, side="right").astype(np.int8)


def _household_draws(
    settings: PopulationSettings, draw: _HouseholdDraw, n_households: int
) -> NDArray[np.float64]:
    households = np.arange(n_households, dtype=np.uint32)
    return addressed_uniforms(settings.seed, HOUSEHOLD, households, draw=int(draw))


def _draws(
    settings: PopulationSettings, draw: _PersonDraw, resident: NDArray[np.uint32]
) -> NDArray[np.float64]:
    return addressed_uniforms(settings.seed, PERSON, resident, draw=int(draw))
