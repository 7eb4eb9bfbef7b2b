"""Measures of access: how near services are to all residents, used or not.

Each resident counts once, whether or not a need arose, with the least generalised time
to a facility in operation that admits him or her. Who reaches none within the service's
cut-off is within no number of minutes. The values follow from streets, facilities and
homes alone: they are the same for every seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.results.equity import Held, Strata, quantity_rows, strata_of
from twin.results.groups import Category, as_category, crossed, divided, named, parts_of, quantile
from twin.results.measure import NO_ACCESS_SHARE, Measure, measure_rows
from twin.results.quantities import ACCESS, BY_GROUP, OF_ACCESS
from twin.results.standardised import AGE, standardised_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.results.measure import Row

MODE: Final = "mode"
"""By it a question groups measures of access as by a column of residents."""
ALL_SERVICES: Final = "all"
WITHIN_MIN: Final = (5, 10, 15, 30)
NONE_SHARE: Final = NO_ACCESS_SHARE
_MS_PER_S: Final = 1000.0
_NINE_IN_TEN: Final = 0.9


def _within(minutes: int) -> Measure:
    return Measure(
        f"access_share_{minutes}min",
        "share",
        "higher",
        f"share within {minutes} min of a facility",
        f"Share of all residents with a facility that admits them within {minutes} minutes.",
        guard=NONE_SHARE,
        has_seed_noise=False,
    )


ACCESS_MEASURES: Final = (
    *(_within(minutes) for minutes in WITHIN_MIN),
    Measure(
        NONE_SHARE,
        "share",
        "lower",
        "share out of reach of a facility",
        "Share of all residents with no facility in operation within the cut-off that admits them.",
        guard=NONE_SHARE,
        has_seed_noise=False,
    ),
    Measure(
        "access_mean_s",
        "s",
        "lower",
        "mean time to a facility",
        "Mean time to the nearest facility that admits, of residents who reach one.",
        is_conditional=True,
        guard=NONE_SHARE,
        has_seed_noise=False,
    ),
    Measure(
        "access_p90_s",
        "s",
        "lower",
        "time to a facility, 90th percentile",
        "Time within which nine in ten of all residents reach a facility; null if fewer do.",
        guard=NONE_SHARE,
        is_mean=False,
        has_seed_noise=False,
    ),
)
_DECLARED: Final = {measure.name: measure for measure in ACCESS_MEASURES}
BY_MODE: Final = frozenset(_DECLARED) | {name for name in BY_GROUP if name.startswith(f"{ACCESS}_")}
"""Names of all that is measured of access, inequality too: a mode is a column to group by."""


def access_column(service: str, mode: str = "") -> str:
    """Return the column of residents with the time by a mode, or by the best they have."""
    return f"{service}.access_{mode}_s" if mode else f"{service}.access_s"


def access_rows(
    columns: Mapping[str, NDArray[np.float64]],
    *,
    services: Sequence[str],
    modes: Sequence[str],
    groups: Sequence[Category],
    residents: Mapping[str, Any] | None = None,
    kappa_per_h: float = 0.0,
) -> list[Row]:
    """Return the rows for everyone, by each grouping, and for everyone by each mode.

    Parameters
    ----------
    columns
        Columns of residents named by `access_column`, seconds, nan where none is reached.
    services, modes
        Services and modes that there are columns of. With several services, ``all`` is the
        time by which a resident reaches the farthest of them.
    groups
        Named groups, each over all residents.
    residents
        Columns of residents that measures of equity are made of; None leaves those out.
    kappa_per_h
        Aversion to inequality of the Kolm-Pollak equivalent, per hour.
    """
    rows: list[Row] = []
    unequal = None if residents is None else Unequal(strata_of(residents), kappa_per_h)
    for service in _with_total(services):
        best = _time_ms(columns, services, service, "")
        everyone, order = _everyone(best.size), np.argsort(best, kind="stable")
        of_groups = partial(_rows_of, best, order, service)
        rows += of_groups(everyone)
        rows += standardised_rows(of_groups, groups, _DECLARED)
        if unequal is not None:
            rows += unequal.rows(best, order, service, groups, everyone="all")
        for mode in modes:
            time_ms = _time_ms(columns, services, service, mode)
            order, label = np.argsort(time_ms, kind="stable"), f"{MODE}={mode}"
            rows += _grouped(time_ms, order, Category(everyone.codes, (label,)), service)
            if unequal is not None:
                rows += unequal.rows(time_ms, order, service, (), everyone=label)
    return rows


@dataclass(frozen=True, eq=False)
class Unequal:
    """What measures of equity need to know of the residents."""

    strata: Strata
    kappa_per_h: float

    def rows(
        self,
        time_ms: NDArray[np.float64],
        order: NDArray[np.intp],
        service: str,
        groups: Sequence[Category],
        *,
        everyone: str = "",
    ) -> Iterator[Row]:
        """Return the rows of the residents who reach a facility."""
        reached = order[: int(np.isfinite(time_ms).sum())]
        return quantity_rows(
            Held(reached, time_ms[reached] / _MS_PER_S, np.ones(reached.size)),
            OF_ACCESS,
            service,
            groups=groups,
            strata=self.strata,
            kappa_per_h=self.kappa_per_h,
            everyone=everyone,
        )


def crossed_access_rows(
    columns: Mapping[str, NDArray[np.float64]],
    *,
    services: Sequence[str],
    modes: Sequence[str],
    known: Mapping[str, Category],
    crossings: Sequence[tuple[str, ...]],
    residents: Mapping[str, Any] | None = None,
    kappa_per_h: float = 0.0,
) -> list[Row]:
    """Return the rows by several columns at once, of which one may be `MODE`.

    Parameters
    ----------
    columns, services, modes
        As for `access_rows`.
    known
        Named groups of each column that is crossed.
    crossings
        Names of columns, as a question lists them.
    residents, kappa_per_h
        As for `access_rows`; with ages, rows have a value at one age structure too.
    """
    rows: list[Row] = []
    unequal = None if residents is None else Unequal(strata_of(residents), kappa_per_h)
    age = named(AGE, as_category(residents[AGE])) if residents and AGE in residents else None
    for names in crossings:
        others = [known[name] for name in names if name != MODE]
        place = names.index(MODE) if MODE in names else None
        for service in _with_total(services):
            for mode in ("",) if place is None else modes:
                time_ms = _time_ms(columns, services, service, mode)
                group = crossed(others) if others else _everyone(time_ms.size)
                if place is not None:
                    group = _with_mode(group, place, mode)
                order = np.argsort(time_ms, kind="stable")
                of_groups = partial(_rows_of, time_ms, order, service)
                # Everybody is at the ages of all, and has no gap to others.
                own_age = age if others else None
                rows += standardised_rows(of_groups, [group], _DECLARED, age=own_age)
                if unequal is not None:
                    label = "" if others else group.labels[0]
                    listed = [group] if others else []
                    rows += unequal.rows(time_ms, order, service, listed, everyone=label)
    return rows


def _with_mode(group: Category, place: int, mode: str) -> Category:
    """Return the groups with the mode named at its place among the columns."""
    labels = []
    for label in group.labels:
        parts = [] if label == "all" else parts_of(label)
        parts.insert(place, f"{MODE}={mode}")
        labels.append(",".join(parts))
    return Category(group.codes, tuple(labels))


def _with_total(services: Sequence[str]) -> tuple[str, ...]:
    return (*services, ALL_SERVICES) if len(services) > 1 else tuple(services)


def _everyone(n: int) -> Category:
    return Category(np.zeros(n, dtype=np.int16), ("all",))


def _time_ms(
    columns: Mapping[str, NDArray[np.float64]], services: Sequence[str], service: str, mode: str
) -> NDArray[np.float64]:
    """Return whole milliseconds, infinite where none is reached."""
    listed = services if service == ALL_SERVICES else (service,)
    times = [np.asarray(columns[access_column(one, mode)], dtype=np.float64) for one in listed]
    time_s = np.max(times, axis=0)
    # Sums of whole numbers do not depend on the order of residents.
    return np.where(np.isnan(time_s), np.inf, np.rint(time_s * _MS_PER_S))


def _rows_of(
    time_ms: NDArray[np.float64], order: NDArray[np.intp], service: str, group: Category
) -> list[Row]:
    return list(_grouped(time_ms, order, group, service))


def _grouped(
    time_ms: NDArray[np.float64], order: NDArray[np.intp], group: Category, service: str
) -> Iterator[Row]:
    """Yield the rows of one service by one grouping; `order` sorts the times."""
    n_groups = len(group.labels)
    # Times ascend, then groups stand together in their order, times within them ascending.
    order = order[group.codes[order] >= 0]
    order = order[np.argsort(group.codes[order], kind="stable")]
    codes, times = group.codes[order], time_ms[order]
    is_reached = np.isfinite(times)

    def counted(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(codes[mask], minlength=n_groups)

    n, n_reached = counted(np.ones(codes.size, dtype=np.bool_)), counted(is_reached)
    total = np.bincount(codes[is_reached], weights=times[is_reached], minlength=n_groups)
    p90 = quantile(times, n, _NINE_IN_TEN)
    values = {
        f"access_share_{minutes}min": (divided(counted(times <= minutes * 60 * _MS_PER_S), n), n)
        for minutes in WITHIN_MIN
    }
    values[NONE_SHARE] = (divided(n - n_reached, n), n)
    values["access_mean_s"] = (divided(total, n_reached) / _MS_PER_S, n_reached)
    values["access_p90_s"] = (p90 / _MS_PER_S, n)
    for name, (value, cases) in values.items():
        yield from measure_rows(_DECLARED[name], service, group.labels, value, cases)
