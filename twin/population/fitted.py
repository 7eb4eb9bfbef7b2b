"""Residents of a fitted population: a row each, with a home in the zone of their household.

What is drawn is addressed by zone and by the number within it, so that a zone's
residents are the same whatever happens to other zones; only their ids move up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from twin.kernels.random import addressed_uniforms
from twin.population.fit_settings import SIZE, TRAITS
from twin.population.fitting.household_types import OLDER
from twin.population.fitting.plan import plan_population
from twin.population.fitting.traits import prior_share
from twin.population.groups import group_codes
from twin.population.homes import homes_of
from twin.population.residents import Residents
from twin.streams import ZONE_HOME, ZONE_PERSON

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.city.city import City
    from twin.population.fitting.household_types import HouseholdTypes
    from twin.population.fitting.plan import PopulationPlan
    from twin.population.homes import Homes
    from twin.population.settings import PopulationSettings


def fitted_residents(
    city: City, settings: PopulationSettings, plan: PopulationPlan | None = None
) -> Residents:
    """Return the residents of a fitted population.

    Parameters
    ----------
    city
        Buildings or streets to live in, wards.
    settings
        ``[population]`` with margins.
    plan
        The fit, if it is there already.

    Returns
    -------
    Residents
        Sorted by zone, then by household; grown members first, children last.
    """
    homes = homes_of(city, settings)
    if plan is None:
        plan = plan_population(city, homes, settings)
    n_types = len(plan.types)
    n_each = plan.count.ravel()
    cell = np.repeat(np.arange(n_each.size), n_each)
    zone_of_home, type_of_home = cell // n_types, cell % n_types
    del cell
    size = plan.types.size[type_of_home]
    household = np.repeat(np.arange(size.size, dtype=np.uint32), size)
    place = _places(plan, homes, zone_of_home, settings)[household]
    kind = _kinds(plan.types, type_of_home)
    columns = _columns(plan.types, type_of_home, household, kind)
    zone = zone_of_home[household]
    group = plan.group_of[zone, type_of_home[household], kind]
    word = _number_in_zone(zone, len(plan.zones))
    columns |= _traits(plan, settings, columns, group=group, number=word, zone=zone)
    columns["sex"] = columns["sex"].astype(np.int8)
    return Residents(
        resident=np.arange(household.size, dtype=np.uint32),
        household=household,
        building=homes.building[place],
        home_node=homes.node[place],
        zone=homes.zone[place],
        group=group_codes(columns),
        **columns,
    )


def _columns(
    types: HouseholdTypes,
    type_of_home: NDArray[np.int64],
    household: NDArray[np.uint32],
    kind: NDArray[np.int64],
) -> dict[str, Any]:
    """Return the columns of residents that a type of household decides."""
    columns: dict[str, Any] = {
        name: codes[type_of_home].astype(np.int8)[household]
        for name, codes in types.codes.items()
        if name != SIZE
    }
    columns["has_car"] = columns["has_car"].astype(np.bool_)
    for name, codes in types.member_codes.items():
        columns[name] = codes.astype(np.int8)[kind]
    return columns


def _kinds(types: HouseholdTypes, type_of_home: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the kind of each member, household by household, grown ones first."""
    age = types.member_codes["age_band"]
    order = np.lexsort((np.arange(age.size), np.where(age == 0, OLDER + 1, age)))
    n_ordered = types.n_members[:, order]
    listed = np.repeat(np.tile(order, len(types)), n_ordered.ravel())
    size = types.size
    start = np.cumsum(size) - size
    sizes = size[type_of_home]
    first = np.cumsum(sizes) - sizes
    within = np.arange(int(sizes.sum())) - np.repeat(first, sizes)
    return np.asarray(listed[np.repeat(start[type_of_home], sizes) + within])


def _number_in_zone(zone: NDArray[np.int64], n_zones: int) -> NDArray[np.uint32]:
    """Return 0, 1, ... within each zone; zones are sorted."""
    n_each = np.bincount(zone, minlength=n_zones)
    first = np.cumsum(n_each) - n_each
    return (np.arange(zone.size) - first[zone]).astype(np.uint32)


def _draws(
    plan: PopulationPlan, stream: int, number: NDArray[np.uint32], *, zone: NDArray[np.int64],
    seed: int, draw: int = 0,
) -> NDArray[np.float64]:  # fmt: skip
    """Return a uniform for each number within its zone."""
    made = np.empty(number.size)
    ends = np.cumsum(np.bincount(zone, minlength=len(plan.zones)))
    for row, (start, end) in enumerate(zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)):
        place = int(plan.zones.uid[row])
        made[start:end] = addressed_uniforms(
            seed, stream, number[start:end], draw=draw, word3=place
        )
    return made


def _places(
    plan: PopulationPlan, homes: Homes, zone: NDArray[np.int64], settings: PopulationSettings
) -> NDArray[np.int64]:
    """Return the home of each household, by floor area within its zone."""
    number = _number_in_zone(zone, len(plan.zones))
    draws = _draws(plan, ZONE_HOME, number, zone=zone, seed=settings.seed)
    if not plan.is_by_zone:
        return homes.drawn(draws)
    place = np.zeros(zone.size, dtype=np.int64)
    ends = np.cumsum(np.bincount(zone, minlength=len(plan.zones)))
    for row, (start, end) in enumerate(zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)):
        if end > start:
            rows = np.flatnonzero(homes.zone == row)
            place[start:end] = rows[homes.within(rows, draws[start:end])]
    return place


def _traits(
    plan: PopulationPlan,
    settings: PopulationSettings,
    columns: dict[str, Any],
    *,
    group: NDArray[np.int64],
    number: NDArray[np.uint32],
    zone: NDArray[np.int64],
) -> dict[str, NDArray[Any]]:
    """Return sex, e-bike and being informed: as fitted, or drawn by the scenario's shares."""
    fitted = {trait.name: trait for trait in plan.traits}
    made: dict[str, NDArray[Any]] = {}
    for draw, name in enumerate(TRAITS):
        if name in columns:
            made[name] = columns[name]
            continue
        uniforms = _draws(plan, ZONE_PERSON, number, zone=zone, seed=settings.seed, draw=draw)
        if name in fitted:
            trait = fitted[name]
            made[name] = _lowest(uniforms, group, trait.n_second)
            group = group + made[name] * trait.groups.n.size
        else:
            made[name] = uniforms < prior_share(columns, name, settings)
    return made


def _lowest(
    draws: NDArray[np.float64], group: NDArray[np.int64], n_chosen: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return who of each group has one of its so many lowest draws; ties by row."""
    order = np.lexsort((draws, group))
    n_each = np.bincount(group, minlength=n_chosen.size)
    first = np.cumsum(n_each) - n_each
    ranked = group[order]
    is_chosen = np.zeros(group.size, dtype=np.bool_)
    is_chosen[order] = np.arange(group.size) - first[ranked] < n_chosen[ranked]
    return is_chosen
