"""From margins to whole households of each type in each zone, and the report on the fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError, InputErrors
from twin.population.fit_settings import SIZE
from twin.population.fitting.household_types import independent_types
from twin.population.fitting.implied import implied_margins
from twin.population.fitting.margins import read_margin, sizes_of
from twin.population.fitting.report import FitReport, margin_fit
from twin.population.fitting.sample import sampled_types
from twin.population.fitting.targets import conflicts, scaled_targets
from twin.population.fitting.traits import first_groups, fitted_traits
from twin.population.fitting.zone_fit import fitted_weights, whole_households
from twin.population.fitting.zones import one_zone, zones_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.city.city import City
    from twin.population.fitting.household_types import HouseholdTypes
    from twin.population.fitting.margins import Margin
    from twin.population.fitting.targets import Targets
    from twin.population.fitting.traits import Groups, Trait
    from twin.population.fitting.zones import Zones
    from twin.population.homes import Homes
    from twin.population.settings import PopulationSettings

_NOBODY: Final = 0.5


@dataclass(frozen=True, eq=False)
class PopulationPlan:
    """A fitted population before its residents are written out one by one.

    Parameters
    ----------
    zones
        Zones of the city, or the city as one.
    is_by_zone
        Whether zones are the city's wards.
    types
        Types of household.
    weight, count
        (n_zones, n_types) households before and after rounding, float64 and int64.
    group_of
        (n_zones, n_types, n_kinds) int64 group of each member.
    traits
        Traits that margins speak of.
    report
        How well all of it fits.
    """

    zones: Zones
    is_by_zone: bool
    types: HouseholdTypes
    weight: NDArray[np.float64]
    count: NDArray[np.int64]
    group_of: NDArray[np.int64]
    traits: tuple[Trait, ...]
    report: FitReport


def plan_population(
    city: City,
    homes: Homes,
    settings: PopulationSettings,
    *,
    where: str = "population",
    name_of: Callable[[Path], str] = str,
) -> PopulationPlan:
    """Return the households that fit the margins of a scenario.

    Parameters
    ----------
    city
        Its wards are the zones.
    homes
        Places to live; a zone without one gets nobody.
    settings
        ``[population]`` with margins.
    where
        Place of the settings, for messages.
    name_of
        How messages name a file.

    Raises
    ------
    InputErrors
        If the tables are wrong.
    """
    zones = zones_of(city.wards, _lived_in(city, homes), map_name=city.name)
    margins = _read(settings, zones, name_of)
    is_by_zone = any(margin.is_by_zone for margin in margins)
    zones = zones if is_by_zone else one_zone(city.name)
    types, note = _types(settings, margins, where=where, name_of=name_of)
    margins += implied_margins(settings, margins)
    targets = scaled_targets(margins, zones, types, settings.residents)
    weight = fitted_weights(types, targets, method=settings.fit)
    count = whole_households(weight, types, targets, zones, seed=settings.seed)
    groups, group_of = first_groups(count, types)
    traits, last = fitted_traits(groups, targets.margins, settings, zones)
    notes = (*([note] if note else []), *targets.notes, *_missed_total(count, types, targets))
    report = FitReport(
        method=settings.fit,
        n_zones=len(zones),
        n_types=len(types),
        n_households=int(count.sum()),
        n_residents=int((count @ types.size).sum()),
        margins=tuple(
            margin_fit(m, _found(m, count, types, last), zones.names) for m in targets.margins
        ),
        conflicts=(*conflicts(targets.margins, zones), *_impossible(targets, types, zones)),
        notes=notes,
    )
    return PopulationPlan(zones, is_by_zone, types, weight, count, group_of, tuple(traits), report)


def _lived_in(city: City, homes: Homes) -> NDArray[np.bool_]:
    is_lived_in = np.zeros(len(city.wards), dtype=np.bool_)
    is_lived_in[homes.zone[(homes.zone >= 0) & (homes.weight > 0.0)]] = True
    return is_lived_in


def _read(
    settings: PopulationSettings, zones: Zones, name_of: Callable[[Path], str]
) -> list[Margin]:
    margins: list[Margin] = []
    errors: list[InputError] = []
    for each in settings.margins:
        try:
            margins.append(read_margin(each, zones, name=name_of(each.file)))
        except InputErrors as several:
            errors += several.errors
        except InputError as error:
            errors.append(error)
    if errors:
        raise InputErrors(errors)
    return margins


def _types(
    settings: PopulationSettings,
    margins: Sequence[Margin],
    *,
    where: str,
    name_of: Callable[[Path], str],
) -> tuple[HouseholdTypes, str]:
    if settings.sample is not None:
        types, note = sampled_types(settings.sample, name_of=name_of)
    else:
        named = [
            sizes_of(word, 1).start
            for margin in margins
            if SIZE in margin.columns
            for word in margin.words[margin.columns.index(SIZE)]
        ]
        types, note = independent_types(settings, max(named, default=1)), ""
    return types.without(settings.zeros, where=f"{where}.zeros"), note


def _missed_total(count: NDArray[np.int64], types: HouseholdTypes, targets: Targets) -> list[str]:
    """Return in words how many residents no household of an allowed size can hold."""
    gap = int(np.abs(count @ types.size - targets.persons).sum())
    return [f"{gap:,} residents more or fewer than asked: no household fits them"] if gap else []


def _found(
    margin: Margin, count: NDArray[np.int64], types: HouseholdTypes, groups: Groups
) -> NDArray[np.float64]:
    """Return what the population has in each cell of a margin."""
    n_cells = margin.count[0].size
    if margin.of == "household":
        found = count @ types.incidence(margin).T
        return np.asarray(found if margin.is_by_zone else found.sum(axis=0, keepdims=True))
    cell = groups.cells(margin)
    is_inside = cell >= 0
    people = np.bincount(cell[is_inside], groups.n[is_inside], minlength=margin.count.size)
    return np.asarray(people.reshape(-1, n_cells), dtype=np.float64)


def _impossible(targets: Targets, types: HouseholdTypes, zones: Zones) -> list[str]:
    """Return cells that ask for somebody whom no type of household has."""
    found = []
    for margin in targets.margins:
        seen = margin.projected(types.columns)
        can_be = types.incidence(seen) @ types.seed > 0.0
        wanted = seen.count.reshape(seen.count.shape[0], -1)
        is_lost = (wanted > _NOBODY) & ~can_be
        if is_lost.any():
            zone, cell = np.argwhere(is_lost)[0]
            place = f" in {zones.names[int(zone)]}" if margin.is_by_zone else ""
            found.append(
                f"margin `{margin.id}` asks for {wanted[is_lost].sum():,.0f} {margin.of}s that no"
                f" household can have, such as {seen.labels()[int(cell)]}{place}: structural zeros"
            )
    return found
