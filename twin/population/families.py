"""Ages of children and what their families have: drawn once, from the population seed.

The population knows age bands only. The age within the youngest band is drawn for each
child, a trait for each household, so that brothers and sisters share it; neither depends on
the run or the scenario, but on their own table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.kernels.random import addressed_uniforms
from twin.population.columns import AGE_BANDS, BY_NAME
from twin.population.groups import N_CELLS, cell_column
from twin.streams import FAMILY_TRAIT, SCHOOL_AGE, uid32

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.population.family_settings import FamilySettings, FamilyTrait
    from twin.population.residents import Residents

CHILDREN: Final = AGE_BANDS.index("0-14")
_AGE: Final = 0
_SEEKS: Final = 1
_YEARS: Final = uid32("years of residence")


@dataclass(frozen=True, eq=False)
class Children:
    """The residents of the youngest age band.

    Parameters
    ----------
    row
        (n,) rows in the table of residents, in the order of the residents' names.
    resident
        (n,) uint32 names.
    age
        (n,) int8 years.
    traits
        (n,) bool by name of the trait.
    points
        (n,) float64.
    """

    row: NDArray[np.intp]
    resident: NDArray[np.uint32]
    age: NDArray[np.int8]
    traits: Mapping[str, NDArray[np.bool_]]
    points: NDArray[np.float64]


def children_of(residents: Residents, settings: FamilySettings, seed: int) -> Children:
    """Return the children with their ages, traits and points.

    Parameters
    ----------
    residents
        Who lives where.
    settings
        Families of the scenario.
    seed
        Population seed.
    """
    row = np.flatnonzero(residents.age_band == CHILDREN)
    row = row[np.argsort(residents.resident[row], kind="stable")]
    resident = np.ascontiguousarray(residents.resident[row])
    household = np.ascontiguousarray(residents.household[row])
    group = residents.group[row]
    ends = np.cumsum(np.array(settings.age_weight) / sum(settings.age_weight))
    u = addressed_uniforms(seed, SCHOOL_AGE, resident, draw=_AGE)
    age = np.minimum(np.searchsorted(ends, u, side="right"), ends.size - 1)
    traits = {
        name: _has(seed, name, household, _share(trait)[group])
        for name, trait in sorted(settings.traits.items())
    }
    points = _points(settings, traits, household, group, seed)
    return Children(row, resident, age.astype(np.int8), traits, points)


def who_seeks(children: Children, share: float, level: str, seed: int) -> NDArray[np.bool_]:
    """Return whose families want a place of a level, (n,) bool."""
    u = addressed_uniforms(seed, SCHOOL_AGE, children.resident, draw=_SEEKS, word3=uid32(level))
    seeks: NDArray[np.bool_] = u < share
    return seeks


def _share(trait: FamilyTrait) -> NDArray[np.float64]:
    """Return the share of families with a trait, by cell of residents."""
    return np.minimum(trait.share * _table(trait.multiplier, neutral=1.0, is_sum=False), 1.0)


def _table(
    by: Mapping[str, Mapping[str, float]], *, neutral: float, is_sum: bool
) -> NDArray[np.float64]:
    """Return the product or the sum of factors by column and category, one a cell."""
    made = np.full(N_CELLS, neutral, dtype=np.float64)
    for column, words in sorted(by.items()):
        code = cell_column(column)
        for word, value in words.items():
            here = code == BY_NAME[column].words.index(word)
            made[here] = made[here] + value if is_sum else made[here] * value
    return made


def _has(
    seed: int, name: str, household: NDArray[np.uint32], share: NDArray[np.float64]
) -> NDArray[np.bool_]:
    has: NDArray[np.bool_] = (
        addressed_uniforms(seed, FAMILY_TRAIT, household, word3=uid32(name)) < share
    )
    return has


def _points(
    settings: FamilySettings,
    traits: Mapping[str, NDArray[np.bool_]],
    household: NDArray[np.uint32],
    group: NDArray[np.uint16],
    seed: int,
) -> NDArray[np.float64]:
    rules = settings.points
    points = _table(rules.by, neutral=0.0, is_sum=True)[group]
    for name, value in sorted(rules.traits.items()):
        points += value * traits[name]
    if rules.per_year:
        u = addressed_uniforms(seed, FAMILY_TRAIT, household, word3=_YEARS)
        years = np.minimum(-rules.years_mean * np.log(u), rules.years_max)
        points += rules.per_year * np.floor(years)
    return points
