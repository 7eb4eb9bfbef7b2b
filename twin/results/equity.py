"""Measures of equity: how unequally a quantity falls, on whom, and who goes without.

A resident with a need in the measured window counts with the mean of his or her needs,
once for each need: the mean over all is the measure of that name, ``burden_mean_s``, and
how often somebody is in need counts as no inequality (`docs/adr/0016-equity.md`). With the
time to a facility each resident counts once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.results.groups import Category, as_category, columns_of, divided, recoded
from twin.results.inequality import Cells, Spread, between, cells
from twin.results.measure import STANDARDISED, measure_rows
from twin.results.quantities import BY_GROUP, OF_NEEDS, Quantity, between_measures
from twin.results.standardised import AGE
from twin.units import HOUR_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.results.measure import Measure, Row

    Floats = NDArray[np.float64]

NOISE_FLOOR: Final = 30
"""Fewer residents in need than this have no index: it would be luck."""
INCOME: Final = "income_band"
POOREST_FIRST: Final = ("low", "middle", "high")
"""Bands of income by rank."""
BURDEN_COLUMNS: Final = ("n_needs", "n_unmet", "burden_s")
"""Columns of residents that the measures of burden are made of, in all and of each service."""
SERVED_COLUMNS: Final = ("n_served", *(one.column for one in OF_NEEDS[1:]))
"""Those that the measures of served needs are made of."""
AVERSION_PER_H: Final = 0.05
"""Aversion of the Kolm-Pollak equivalent where a scenario names none: at the margin a burden
that is a day longer weighs 3.3 times as much. Much more, and the longest burden alone counts."""


@dataclass(frozen=True, eq=False)
class Held:
    """What the residents with a case have of a quantity, by ascending value.

    Parameters
    ----------
    rows
        (n,) rows of the residents.
    values
        (n,) mean of the cases of each.
    weights
        (n,) number of cases.
    """

    rows: NDArray[np.intp]
    values: Floats
    weights: Floats


def ascending(rows: NDArray[np.intp], values: Floats, weights: Floats) -> Held:
    """Return what residents have in ascending order; ties by row."""
    order = np.argsort(values, kind="stable")
    return Held(rows[order], values[order], weights[order])


def held(
    columns: Mapping[str, Any], service: str | None, *, column: str, weight: str
) -> Held | None:
    """Return what residents bore, or None where the table does not say.

    Parameters
    ----------
    columns
        Columns of the table ``residents``.
    service
        Id of a service; None takes all of them together.
    column, weight
        Names of the columns of the sum and of the number of cases, without the service.
    """
    names = [name if service is None else f"{service}.{name}" for name in (column, weight)]
    if any(name not in columns for name in names):
        return None
    total, n = (np.asarray(columns[name], dtype=np.float64) for name in names)
    rows = np.flatnonzero(n > 0)
    return ascending(rows, total[rows] / n[rows], n[rows])


def needed_columns(services: Sequence[str]) -> list[str]:
    """Return the columns of residents that `equity_rows` reads."""
    names = (*BURDEN_COLUMNS, *SERVED_COLUMNS)
    return [*names, *(f"{one}.{name}" for one in services for name in names), INCOME, AGE]


@dataclass(frozen=True, eq=False)
class Strata:
    """What residents, or values of residents, are told apart by within a group.

    Parameters
    ----------
    rank
        (n,) rank of income, -1 for none; None if incomes are not known.
    age
        (n,) band of age, -1 for none; None if ages are not known.
    n_ages
        Number of bands.
    """

    rank: NDArray[np.int32] | None
    age: NDArray[np.int32] | None
    n_ages: int

    def of(self, found: Held) -> Strata:
        """Return those of each value."""
        rank, age = (None if one is None else one[found.rows] for one in (self.rank, self.age))
        return Strata(rank, age, self.n_ages)

    def standard(self, weights: Floats) -> Floats:
        """Return (n_ages,) weight of each band of age."""
        if self.age is None:
            return np.zeros(0)
        known = np.flatnonzero(self.age >= 0)
        summed = np.bincount(self.age[known], weights=weights[known], minlength=self.n_ages)
        return summed.astype(np.float64, copy=False)


def strata_of(columns: Mapping[str, Any]) -> Strata:
    """Return rank and age of residents, as far as the columns tell them."""
    age = as_category(columns[AGE]) if AGE in columns else None
    return Strata(
        recoded(columns[INCOME], POOREST_FIRST).astype(np.int32) if INCOME in columns else None,
        None if age is None else age.codes.astype(np.int32),
        0 if age is None else len(age.labels),
    )


def equity_rows(
    columns: Mapping[str, Any],
    *,
    services: Sequence[str],
    kappa_per_h: float,
    groups: Sequence[Category],
) -> list[Row]:
    """Return the rows for everyone and by each grouping; none where columns are missing.

    Parameters
    ----------
    columns
        `needed_columns` of the table ``residents``.
    services
        Ids of the services; of several there are rows under ``all`` too.
    kappa_per_h
        Aversion to inequality of the Kolm-Pollak equivalent, per hour of burden.
    groups
        Named groups, each over all residents.
    """
    rows: list[Row] = []
    strata = strata_of(columns)
    for service in (*services, "all") if len(services) > 1 else services:
        own = None if len(services) == 1 or service == "all" else service
        for quantity in OF_NEEDS:
            found = held(columns, own, column=quantity.column, weight=quantity.weight)
            if found is not None:
                of = (found, quantity, service)
                rows += quantity_rows(*of, groups=groups, strata=strata, kappa_per_h=kappa_per_h)
        unmet = held(columns, own, column="n_unmet", weight="n_needs")
        if unmet is not None:
            rows += _unmet_rows(unmet, service, groups=groups, strata=strata)
    return rows


def quantity_rows(
    found: Held,
    quantity: Quantity,
    service: str,
    *,
    groups: Sequence[Category],
    strata: Strata,
    kappa_per_h: float,
    everyone: str = "all",
) -> Iterator[Row]:
    """Yield the rows of one quantity of one service, for everyone and by each grouping.

    Parameters
    ----------
    found
        What residents have.
    quantity, service
        Of what, and of which service.
    groups
        Named groups, each over all residents.
    strata
        Rank and age of all residents.
    kappa_per_h
        Aversion to inequality of the Kolm-Pollak equivalent, per hour.
    everyone
        Name of all together; none if it is empty.
    """
    of_all = [_everyone(found, everyone)] if everyone else []
    strata = strata.of(found)
    standard = strata.standard(found.weights)
    for group in (*of_all, *(_codes(found, one) for one in groups)):
        own = Spread(found.values, found.weights, group.codes, len(group.labels))
        by_rank = _by(found, group, strata.rank, len(POOREST_FIRST))
        mean, absolute = by_rank.concentration()
        values = {
            "gini": own.gini(),
            "theil": own.theil(),
            "palma": own.palma(),
            "concentration": divided(absolute, mean),
            "kp_ede_s": own.kolm_pollak(kappa_per_h / HOUR_S),
        }
        if strata.rank is None:
            del values["concentration"]
        for suffix, value in values.items():
            shown = np.where(by_rank.n >= NOISE_FLOOR, value, np.nan)
            measure = BY_GROUP[f"{quantity.name}_{suffix}"]
            yield from measure_rows(measure, service, group.labels, shown, by_rank.n)
        if group not in of_all:
            by_age = _by(found, group, strata.age, strata.n_ages)
            name = f"{quantity.name}_gap_s"
            yield from _gaps(by_age, group, BY_GROUP[name], service, standard=standard)
            yield from _between_rows(own, by_rank.n, quantity, service, group.labels)


def _unmet_rows(
    found: Held, service: str, *, groups: Sequence[Category], strata: Strata
) -> Iterator[Row]:
    """Yield the rows of the unmet share: a share has an index of its own, and no other."""
    everyone = _everyone(found, "all")
    strata = strata.of(found)
    standard = strata.standard(found.weights)
    for group in (everyone, *(_codes(found, one) for one in groups)):
        if strata.rank is not None:
            by_rank = _by(found, group, strata.rank, len(POOREST_FIRST))
            value = np.where(by_rank.n >= NOISE_FLOOR, 4 * by_rank.concentration()[1], np.nan)
            measure = BY_GROUP["unmet_concentration"]
            yield from measure_rows(measure, service, group.labels, value, by_rank.n)
        if group is not everyone:
            by_age = _by(found, group, strata.age, strata.n_ages)
            yield from _gaps(by_age, group, BY_GROUP["unmet_gap"], service, standard=standard)


def _everyone(found: Held, label: str) -> Category:
    return Category(np.zeros(found.rows.size, dtype=np.int32), (label,))


def _codes(found: Held, group: Category) -> Category:
    """Return the group of each value."""
    return Category(group.codes[found.rows].astype(np.int32, copy=False), group.labels)


def _by(found: Held, group: Category, strata: NDArray[np.int32] | None, n_strata: int) -> Cells:
    own = np.full(found.rows.size, -1, np.int32) if strata is None else strata
    size = len(group.labels)
    return cells(found.values, found.weights, group.codes, size, strata=own, n_strata=n_strata)


def _gaps(
    by_age: Cells, group: Category, measure: Measure, service: str, *, standard: Floats
) -> Iterator[Row]:
    """Yield each group's gap to everybody else, as it is and at one age structure."""
    n = by_age.n
    is_enough = (n >= NOISE_FLOOR) & (group.codes.size - n >= NOISE_FLOOR)
    shown = np.where(is_enough, by_age.gap(), np.nan)
    rows = list(measure_rows(measure, service, group.labels, shown, n))
    is_by_age = any(AGE in columns_of(label) for label in group.labels[:1])
    if standard.size and not is_by_age:
        same_age = np.where(is_enough, by_age.gap_at_one_structure(standard), np.nan)
        for row, value in zip(rows, same_age.tolist(), strict=True):
            row[STANDARDISED] = value if np.isfinite(value) else None
    yield from rows


def _between_rows(
    own: Spread, n: NDArray[np.int64], quantity: Quantity, service: str, labels: Sequence[str]
) -> Iterator[Row]:
    """Yield what is between the groups of one column; crossed groups have no such measure."""
    columns = columns_of(labels[0]) if labels else ()
    if len(columns) != 1:
        return
    theil, widest = between_measures(quantity, columns[0])
    cases = np.array([n.sum()])
    index = between(own.total, own.weight) if cases[0] >= NOISE_FLOOR else np.nan
    means = own.mean[n >= NOISE_FLOOR]
    width = np.ptp(means) if means.size > 1 else np.nan
    yield from measure_rows(theil, service, ("all",), np.array([index]), cases)
    yield from measure_rows(widest, service, ("all",), np.array([width]), cases)
