"""Measures of equity: how unequally a burden falls, on whom, and who goes without.

A resident with a need in the measured window counts with the mean burden of his or her
needs, once for each need: the mean over all is the measure ``burden_mean_s``, and how
often somebody is in need counts as no inequality (`docs/adr/0016-equity.md`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.results.groups import Category, as_category, columns_of, divided, recoded
from twin.results.inequality import between, concentration, spread
from twin.results.measure import STANDARDISED, Measure, measure_rows
from twin.results.standardised import AGE
from twin.units import HOUR_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.results.measure import Row

    Floats = NDArray[np.float64]

NOISE_FLOOR: Final = 30
"""Fewer residents in need than this have no index: it would be luck."""
INCOME: Final = "income_band"
POOREST_FIRST: Final = ("low", "middle", "high")
"""Bands of income by rank."""
BURDEN_COLUMNS: Final = ("n_needs", "n_unmet", "burden_s")
"""Columns of residents that these measures are made of, in all and of each service."""
AVERSION_PER_H: Final = 0.05
"""Aversion of the Kolm-Pollak equivalent where a scenario names none: at the margin a burden
that is a day longer weighs 3.3 times as much. Much more, and the longest burden alone counts."""
BURDEN_MEAN: Final = "burden_mean_s"
_BETWEEN: Final = "burden_theil_between."
_WIDEST: Final = "burden_widest_gap_s."


def _index(name: str, title: str, meaning: str, **more: Any) -> Measure:  # noqa: ANN401
    return Measure(name, "index", "lower", title, meaning, guard=BURDEN_MEAN, is_mean=False, **more)


_DECLARED: Final = {
    measure.name: measure
    for measure in (
        _index(
            "burden_gini",
            "Gini index of burden",
            "Half the mean difference of two needs' burdens over the mean: 0 all equal, 1 one "
            "bears all.",
        ),
        _index(
            "burden_theil",
            "Theil index of burden",
            "Theil's T of the burdens: 0 all equal; the part between groups and the rest within "
            "them add up to it.",
        ),
        _index(
            "burden_palma",
            "Palma ratio of burden",
            "Burden of the tenth that bears most over that of the four tenths that bear least: "
            "0.25 all equal.",
        ),
        _index(
            "burden_concentration",
            "concentration of burden by income",
            "Concentration index of burden by income band, -1 to 1: below 0 the poor bear more.",
            is_neutral=True,
        ),
        Measure(
            "unmet_concentration",
            "index",
            "lower",
            "concentration of unmet needs by income",
            "Erreygers' concentration index of the unmet share by income band, -1 to 1: below 0 "
            "the poor go without more often.",
            is_neutral=True,
            is_mean=False,
        ),
        Measure(
            "burden_kp_ede_s",
            "s",
            "lower",
            "burden if shared equally",
            "Kolm-Pollak equally-distributed equivalent: the burden of a need that, borne alike "
            "by all, would be as bad as the burdens are.",
            is_mean=False,
        ),
        Measure(
            "burden_gap_s",
            "s",
            "lower",
            "gap in burden",
            "Mean burden of a need of the group less that of everybody else.",
            is_neutral=True,
        ),
        Measure(
            "unmet_gap",
            "share",
            "lower",
            "gap in unmet share",
            "Unmet share of the group less that of everybody else.",
            is_neutral=True,
        ),
    )
}
_OF_GAPS: Final = ("burden_gap_s", "unmet_gap")


def equity_measures(columns: Sequence[str]) -> tuple[Measure, ...]:
    """Return the measures of equity, with those between the groups of each of `columns`."""
    return (*_DECLARED.values(), *(one for name in columns for one in _of_column(name)))


def groupless(columns: Sequence[str]) -> frozenset[str]:
    """Return the names of those that compare groups: they have no value by group."""
    return frozenset(one.name for name in columns for one in _of_column(name))


def _of_column(column: str) -> tuple[Measure, Measure]:
    words = column.removeprefix("has_").removeprefix("is_").replace("_", " ")
    return (
        _index(
            f"{_BETWEEN}{column}",
            f"Theil index between groups by {words}",
            f"Theil's T of burden if every need had the mean burden of its group by {words}.",
        ),
        Measure(
            f"{_WIDEST}{column}",
            "s",
            "lower",
            f"widest gap in burden by {words}",
            f"Largest less smallest mean burden of a need among the groups by {words}.",
            is_mean=False,
        ),
    )


@dataclass(frozen=True, eq=False)
class Borne:
    """What residents with a need bore, of one service or of all.

    Parameters
    ----------
    rows
        (n,) rows of the residents.
    burden_s, unmet
        (n,) mean burden of a need, and share of the needs that was not met.
    needs
        (n,) number of needs, the weight.
    """

    rows: NDArray[np.intp]
    burden_s: Floats
    unmet: Floats
    needs: Floats

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """Rows of this record by ascending burden."""
        return np.argsort(self.burden_s, kind="stable")


def borne(columns: Mapping[str, Any], service: str | None) -> Borne | None:
    """Return what residents bore, or None where the table does not say.

    Parameters
    ----------
    columns
        Columns of the table ``residents``.
    service
        Id of a service; None takes all of them together.
    """
    names = [name if service is None else f"{service}.{name}" for name in BURDEN_COLUMNS]
    if any(name not in columns for name in names):
        return None
    needs, unmet, burden = (np.asarray(columns[name], dtype=np.float64) for name in names)
    rows = np.flatnonzero(needs > 0)
    weight = needs[rows]
    return Borne(rows, burden[rows] / weight, unmet[rows] / weight, weight)


def needed_columns(services: Sequence[str]) -> list[str]:
    """Return the columns of residents that `equity_rows` reads."""
    each = [f"{service}.{name}" for service in services for name in BURDEN_COLUMNS]
    return [*BURDEN_COLUMNS, *each, INCOME, AGE]


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
    for service in (*services, "all") if len(services) > 1 else services:
        found = borne(columns, None if len(services) == 1 or service == "all" else service)
        if found is None:
            continue
        rank = recoded(columns[INCOME], POOREST_FIRST)[found.rows] if INCOME in columns else None
        age = as_category(columns[AGE]).codes[found.rows] if AGE in columns else None
        everyone = Category(np.zeros(found.rows.size, dtype=np.int16), ("all",))
        rows += _indices(found, everyone, service, rank=rank, kappa_per_h=kappa_per_h)
        for group in groups:
            own = Category(group.codes[found.rows], group.labels)
            rows += _indices(found, own, service, rank=rank, kappa_per_h=kappa_per_h)
            rows += _gaps(found, own, service, age=None if _is_by_age(group) else age)
            rows += _between_rows(found, own, service)
    return rows


def _is_by_age(group: Category) -> bool:
    return any(AGE in columns_of(label) for label in group.labels[:1])


def _indices(
    found: Borne,
    group: Category,
    service: str,
    *,
    rank: NDArray[np.int8] | None,
    kappa_per_h: float,
) -> Iterator[Row]:
    """Yield the indices of each group that is large enough."""
    n_groups = len(group.labels)
    own = spread(found.burden_s, found.needs, group.codes, n_groups, order=found.order)
    values = {
        "burden_gini": own.gini(),
        "burden_theil": own.theil(),
        "burden_palma": own.palma(),
        "burden_kp_ede_s": own.kolm_pollak(kappa_per_h / HOUR_S),
    }
    if rank is not None:
        mean, absolute = _by_income(found, found.burden_s, group, rank)
        values["burden_concentration"] = divided(absolute, mean)
        values["unmet_concentration"] = 4 * _by_income(found, found.unmet, group, rank)[1]
    for name, value in values.items():
        shown = np.where(own.n >= NOISE_FLOOR, value, np.nan)
        yield from measure_rows(_DECLARED[name], service, group.labels, shown, own.n)


def _by_income(
    found: Borne, values: Floats, group: Category, rank: NDArray[np.int8]
) -> tuple[Floats, Floats]:
    return concentration(
        values,
        found.needs,
        group.codes,
        len(group.labels),
        rank=rank,
        n_ranks=len(POOREST_FIRST),
    )


def _gaps(
    found: Borne, group: Category, service: str, *, age: NDArray[Any] | None
) -> Iterator[Row]:
    """Yield each group's gap to everybody else, as it is and at one age structure."""
    n_groups = len(group.labels)
    n = np.bincount(group.codes[group.codes >= 0], minlength=n_groups)
    is_enough = (n >= NOISE_FLOOR) & (found.rows.size - n >= NOISE_FLOOR)
    for name, column in zip(_OF_GAPS, (found.burden_s, found.unmet), strict=True):
        crude = _gap_by_stratum(group.codes, n_groups, column, found.needs)
        shown = np.where(is_enough, crude[:, 0], np.nan)
        rows = list(measure_rows(_DECLARED[name], service, group.labels, shown, n))
        if age is not None:
            by_age = _gap_by_stratum(group.codes, n_groups, column, found.needs, age)
            people = np.bincount(
                age[age >= 0], weights=found.needs[age >= 0], minlength=by_age.shape[1]
            )
            parts = np.where(people > 0, by_age * people, 0.0).sum(axis=1)
            same_age = np.where(is_enough, parts / max(people.sum(), 1.0), np.nan)
            for row, value in zip(rows, same_age.tolist(), strict=True):
                row[STANDARDISED] = value if np.isfinite(value) else None
        yield from rows


def _gap_by_stratum(
    codes: NDArray[Any],
    n_groups: int,
    values: Floats,
    weights: Floats,
    stratum: NDArray[Any] | None = None,
) -> Floats:
    """Return (n_groups, n_strata) mean of the group less mean of all others of the stratum."""
    strata = np.zeros(codes.size, dtype=np.int64) if stratum is None else stratum.astype(np.int64)
    width = int(strata.max(initial=0)) + 1
    keep = (codes >= 0) & (strata >= 0)
    cell = codes[keep].astype(np.int64) * width + strata[keep]
    size = n_groups * width
    people = np.bincount(cell, weights=weights[keep], minlength=size).reshape(n_groups, width)
    total = np.bincount(cell, weights=(weights * values)[keep], minlength=size)
    sums = total.reshape(n_groups, width)
    others, rest = people.sum(axis=0) - people, sums.sum(axis=0) - sums
    with np.errstate(invalid="ignore", divide="ignore"):
        gap: Floats = sums / people - rest / others
    return np.where((people > 0) & (others > 0), gap, np.nan)


def _between_rows(found: Borne, group: Category, service: str) -> Iterator[Row]:
    """Yield what is between the groups of one column; crossed groups have no such measure."""
    columns = columns_of(group.labels[0]) if group.labels else ()
    if len(columns) != 1:
        return
    theil, widest = _of_column(columns[0])
    keep = group.codes >= 0
    codes, weights = group.codes[keep], found.needs[keep]
    n_groups = len(group.labels)
    n = np.bincount(codes, minlength=n_groups)
    weight = np.bincount(codes, weights=weights, minlength=n_groups)
    total = np.bincount(codes, weights=(weights * found.burden_s[keep]), minlength=n_groups)
    sums, people = total.astype(np.float64), weight.astype(np.float64)
    cases = np.array([n.sum()])
    index = between(sums, people) if cases[0] >= NOISE_FLOOR else np.nan
    means = divided(sums, people)[n >= NOISE_FLOOR]
    width = np.ptp(means) if means.size > 1 else np.nan
    yield from measure_rows(theil, service, ("all",), np.array([index]), cases)
    yield from measure_rows(widest, service, ("all",), np.array([width]), cases)
