"""Sex, e-bike and being informed: traits told apart within residents who are alike otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from twin.population.columns import AGE_BANDS, BY_NAME, REGISTRATIONS
from twin.population.fit_settings import SIZE, TRAITS
from twin.population.fitting.household_types import CHILD
from twin.population.fitting.integerise import by_item, settled, truncate_replicate_sample
from twin.population.fitting.margins import SIZE_MAX, sizes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.population.fitting.household_types import HouseholdTypes
    from twin.population.fitting.margins import Margin
    from twin.population.fitting.zones import Zones
    from twin.population.settings import PopulationSettings

_N_SWEEPS: Final = 500
_TOLERANCE: Final = 1e-4


@dataclass(frozen=True, eq=False)
class Groups:
    """Residents who are alike in all that is known of them so far.

    Parameters
    ----------
    zone
        (n_groups,) int64.
    codes
        Codes of the known columns, (n_groups,) int64 each; sizes are numbers.
    n
        (n_groups,) int64 residents.
    """

    zone: NDArray[np.int64]
    codes: dict[str, NDArray[np.int64]]
    n: NDArray[np.int64]

    def cells(self, margin: Margin) -> NDArray[np.int64]:
        """Return the cell of each group in the flattened margin, -1 outside all cells."""
        cell = self.zone.copy() if margin.is_by_zone else np.zeros(self.n.size, np.int64)
        is_inside = np.ones(self.n.size, dtype=np.bool_)
        for name, words in zip(margin.columns, margin.words, strict=True):
            code = np.full(max(SIZE_MAX + 1, len(BY_NAME)), -1, dtype=np.int64)
            for place, word in enumerate(words):
                known = (
                    list(sizes_of(word, SIZE_MAX))
                    if name == SIZE
                    else [BY_NAME[name].words.index(word)]
                )
                code[known] = place
            mine = code[self.codes[name]]
            is_inside &= mine >= 0
            cell = cell * len(words) + mine.clip(0)
        return np.where(is_inside, cell, -1)


class Trait(NamedTuple):
    """One trait of groups: how many of each have its second category.

    `n_second` is (n_groups,) int64 over `groups`.
    """

    name: str
    groups: Groups
    n_second: NDArray[np.int64]


def first_groups(
    count: NDArray[np.int64], types: HouseholdTypes
) -> tuple[Groups, NDArray[np.int64]]:
    """Return the groups of residents of whole households, and each member's group.

    Returns
    -------
    groups
        Told apart by zone and by every column that a type decides.
    group_of
        (n_zones, n_types, n_kinds) int64; -1 where nobody is.
    """
    n = count[:, :, None] * types.n_members[None]
    zone, kind_of_home, kind = np.nonzero(n)
    codes = {name: each[kind] for name, each in types.member_codes.items()}
    codes |= {name: each[kind_of_home] for name, each in types.codes.items()}
    columns = [zone, *codes.values()]
    key = np.zeros(zone.size, dtype=np.int64)
    for column in columns:
        key = key * (int(column.max(initial=0)) + 1) + column
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    people = n[zone, kind_of_home, kind]
    total = np.bincount(inverse, weights=people, minlength=first.size).astype(np.int64)
    groups = Groups(zone[first], {name: each[first] for name, each in codes.items()}, total)
    group_of = np.full(n.shape, -1, dtype=np.int64)
    group_of[zone, kind_of_home, kind] = inverse
    return groups, group_of


def fitted_traits(
    groups: Groups,
    margins: Sequence[Margin],
    settings: PopulationSettings,
    zones: Zones,
) -> tuple[list[Trait], Groups]:
    """Return the traits that margins speak of, and the groups told apart by them all.

    One after the other: each splits the groups in two by iterative proportional
    fitting under its margins, rounded zone by zone as households are. The sizes of
    the groups stay what they are, so margins that conflict with them are missed.

    Parameters
    ----------
    groups
        Residents before any trait.
    margins
        Of persons; those of households are passed over.
    settings
        Shares of a trait before any margin, and the seed.
    zones
        Zones of the city.
    """
    traits = []
    named = {name for m in margins if m.of == "person" for name in m.columns}
    for number, name in enumerate(TRAITS):
        if name in named and name not in groups.codes:
            known = (*groups.codes, name)
            about = [m for m in margins if m.of == "person" and name in m.columns]
            split = _split(groups, name, [m.projected(known) for m in about], settings)
            second = _whole(
                split, groups, about_cells(groups, name, about), settings, zones, number
            )
            traits.append(Trait(name, groups, second))
            groups = _refined(groups, name, second)
    return traits, groups


def about_cells(groups: Groups, name: str, margins: Sequence[Margin]) -> list[NDArray[np.int64]]:
    """Return for each margin the cell of each group's members that have the second category."""
    known = (*groups.codes, name)
    return [_cells_with(groups, name, margin.projected(known))[:, 1] for margin in margins]


def _cells_with(groups: Groups, name: str, margin: Margin) -> NDArray[np.int64]:
    """Return the cells of a group's members by the category of the trait, (n_groups, 2)."""
    both = []
    for code in range(2):
        codes = groups.codes | {name: np.full(groups.n.size, code)}
        both.append(Groups(groups.zone, codes, groups.n).cells(margin))
    return np.column_stack(both)


def _split(
    groups: Groups, name: str, margins: Sequence[Margin], settings: PopulationSettings
) -> NDArray[np.float64]:
    """Return how many of each group have the second category, before rounding."""
    share = prior_share(groups.codes, name, settings)
    first = groups.n[:, None] * np.column_stack([1.0 - share, share])
    table = first.copy()
    cells = [_cells_with(groups, name, margin) for margin in margins]
    for _ in range(_N_SWEEPS):
        before = table[:, 1].copy()
        for margin, cell in zip(margins, cells, strict=True):
            target = margin.count.ravel()
            is_inside = cell >= 0
            there = np.bincount(cell[is_inside], table[is_inside], minlength=target.size)
            factor = np.divide(target, there, out=np.zeros(target.size), where=there > 0.0)
            table *= np.where(is_inside, factor[cell], 0.0)
        table = np.where(table.sum(axis=1, keepdims=True) > 0.0, table, first)
        total = table.sum(axis=1)
        scale = np.divide(groups.n, total, out=np.zeros(total.size), where=total > 0.0)
        table *= scale[:, None]
        if float(np.abs(table[:, 1] - before).max(initial=0.0)) <= _TOLERANCE:
            break
    return np.asarray(table[:, 1])


def prior_share(
    codes: dict[str, NDArray[np.int64]], name: str, settings: PopulationSettings
) -> NDArray[np.float64]:
    """Return the share with the second category of a trait, by the shares of the scenario.

    Children have no e-bike: a structural zero.
    """
    age = codes["age_band"]
    if name == "sex":
        return np.full(age.size, 1.0 - settings.female_share)
    if name == "has_ebike":
        return np.where(age == CHILD, 0.0, settings.ebike_share)
    shares = [[settings.informed_share[one][band] for band in AGE_BANDS] for one in REGISTRATIONS]
    return np.asarray(np.array(shares)[codes["registration"], age])


def _whole(
    split: NDArray[np.float64],
    groups: Groups,
    cells: Sequence[NDArray[np.int64]],
    settings: PopulationSettings,
    zones: Zones,
    number: int,
) -> NDArray[np.int64]:
    """Return whole numbers, zone by zone, whose margins stay near those of the split."""
    second = np.zeros(split.size, dtype=np.int64)
    for zone in range(len(zones)):
        rows = np.flatnonzero(groups.zone == zone)
        if not rows.size:
            continue
        mine = split[rows]
        place = int(zones.uid[zone])
        drawn = truncate_replicate_sample(mine, seed=settings.seed, place=place, draw=1 + number)
        matrix = np.vstack([_indicator(cell[rows]) for cell in cells] + [np.ones((1, rows.size))])
        matrix = np.unique(matrix, axis=0)
        found = settled(drawn, mine, by_item(matrix), matrix @ mine, may_alone=True)
        second[rows] = np.minimum(found, groups.n[rows])
    return second


def _indicator(cell: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return which items lie in which of the cells that occur, (n_cells, n_items)."""
    return np.asarray(np.unique(cell[cell >= 0])[:, None] == cell[None], dtype=np.float64)


def _refined(groups: Groups, name: str, second: NDArray[np.int64]) -> Groups:
    """Return twice the groups: those with the first category, then those with the second."""
    codes = {key: np.concatenate([each, each]) for key, each in groups.codes.items()}
    codes[name] = np.repeat(np.arange(2), groups.n.size)
    zone = np.concatenate([groups.zone, groups.zone])
    return Groups(zone, codes, np.concatenate([groups.n - second, second]))
