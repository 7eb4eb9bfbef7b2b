"""Measures: each declared once, computed for every service and group at once.

A measure has a name, a unit, the direction that is good and a meaning. Values
come from the columns of one run, without pandas: 12,000 visits of one service
in 28 groups take about 5 ms. A group without a case has no value (None), never
nan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.results.access import ACCESS_MEASURES
from twin.results.day_measures import DAY_MEASURES
from twin.results.groups import (
    Category,
    as_category,
    crossed,
    divided,
    named,
    narrowest,
    positions,
    quantile,
    recoded,
)
from twin.results.herding import HERDING
from twin.results.measure import UNMET_SHARE, Measure, measure_rows
from twin.results.needs import NEED_COLUMNS, per_need
from twin.results.quantities import equity_measures, groupless
from twin.results.school_measures import SCHOOL_MEASURES
from twin.results.standardised import by_age, cells_of, counts, standardise
from twin.units import DAY_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.results.measure import Row

    _Values = tuple[NDArray[np.float64], NDArray[np.int64]]
    """Value and number of cases, one entry a group."""

SERVED: Final = "served"
UNMET_OUTCOMES: Final = (
    "forgone",
    "ineligible",
    "unreachable",
    "closed",
    "blocked",
    "balked",
    "abandoned",
    "in_system",
)
OUTCOMES: Final = (SERVED, *UNMET_OUTCOMES)
GROUP_COLUMNS: Final = (
    "age_band",
    "sex",
    "registration",
    "income_band",
    "has_car",
    "is_informed",
    "zone",
)
VISIT_COLUMNS: Final = (
    "resident",
    "service",
    "need_s",
    "delay_s",
    "travel_s",
    "wait_s",
    "outcome",
    *NEED_COLUMNS,
)
"""Columns of visits that measures are made of."""
WITHIN_S: Final = 900.0
"""Quarter of an hour: the walk that Chinese planning calls a living circle (GB 50180-2018)."""


def _time(name: str, title: str, meaning: str, *, is_conditional: bool = True) -> Measure:
    is_mean = "_mean_" in name
    return Measure(
        name, "s", "lower", title, meaning, is_conditional=is_conditional, is_mean=is_mean
    )


def _unmet(outcome: str, meaning: str) -> Measure:
    return Measure(
        f"{outcome}_share", "share", "lower", f"unmet: {outcome.replace('_', ' ')}", meaning
    )


_DECLARED: Final = (
    Measure(
        "n_needs",
        "count",
        "lower",
        "needs",
        "Needs that arose in the measured window.",
        is_neutral=True,
        is_mean=False,
    ),
    Measure(
        "n_served", "count", "higher", "needs served", "Needs that were served.", is_mean=False
    ),
    Measure(
        UNMET_SHARE,
        "share",
        "lower",
        "unmet share",
        "Share of needs that were not served, for any reason.",
    ),
    _unmet("forgone", "Share of needs whose resident chose not to seek service."),
    _unmet("ineligible", "Share of needs that no facility was allowed to serve."),
    _unmet("unreachable", "Share of needs with no facility to be reached on the streets."),
    _unmet("closed", "Share of needs turned away at closing time or with no opening ahead."),
    _unmet("blocked", "Share of needs turned away at a full waiting room."),
    _unmet("balked", "Share of needs whose resident left at the sight of the queue."),
    _unmet("abandoned", "Share of needs whose resident gave up waiting."),
    _unmet("in_system", "Share of needs not finished when the run ended."),
    _time("wait_mean_s", "mean wait", "Mean wait in the queue, of served needs."),
    _time("wait_median_s", "median wait", "Median wait in the queue, of served needs."),
    _time("wait_p90_s", "wait, 90th percentile", "Wait that nine in ten served needs stay below."),
    _time("wait_p95_s", "wait, 95th percentile", "Wait that 19 in 20 served needs stay below."),
    _time(
        "travel_mean_s", "mean travel time", "Mean travel time to the facility, of served needs."
    ),
    _time(
        "travel_p90_s",
        "travel, 90th percentile",
        "Travel time that nine in ten served needs stay below.",
    ),
    _time(
        "delay_mean_s",
        "mean delay before leaving",
        "Mean time from need to departure, of served needs.",
    ),
    _time(
        "burden_mean_s",
        "mean burden per need",
        "Mean over all needs: delay, travel and wait if served, else the unmet equivalent.",
        is_conditional=False,
    ),
    Measure(
        "share_within_15min",
        "share",
        "higher",
        "share within 15 min travel",
        "Share of served needs with a travel time of at most 15 minutes.",
        is_conditional=True,
    ),
    Measure(
        "utilisation",
        "share",
        "higher",
        "utilisation",
        "Busy share of open server time at the service's facilities.",
        is_neutral=True,
    ),
)
MEASURES: Final[dict[str, Measure]] = {
    measure.name: measure
    for measure in (
        *_DECLARED,
        HERDING,
        *ACCESS_MEASURES,
        *DAY_MEASURES,
        *SCHOOL_MEASURES,
        *equity_measures(GROUP_COLUMNS),
    )
}
GROUPLESS: Final = frozenset({"utilisation", HERDING.name}) | groupless(GROUP_COLUMNS)
"""Measures of facilities, and of how groups differ: they have no value by group."""

_MEANS: Final = ("wait", "travel", "delay")
_QUANTILES: Final = {
    "wait": {"wait_median_s": 0.5, "wait_p90_s": 0.9, "wait_p95_s": 0.95},
    "travel": {"travel_p90_s": 0.9},
}


@dataclass(frozen=True, eq=False)
class _Needs:
    """Columns of the needs of one service in the measured window."""

    rows: NDArray[np.intp]
    outcome: NDArray[np.int8]
    seconds: dict[str, NDArray[np.float64]]
    order: dict[str, NDArray[np.intp]]
    """Served needs by ascending value."""


def compute_measures(
    visits: Mapping[str, Any],
    residents: Mapping[str, Any],
    *,
    services: Sequence[str],
    window_s: tuple[float, float],
    unmet_equivalent_s: float,
    facility_hours: Mapping[str, Any] | None = None,
    crossings: Sequence[Sequence[str]] = (),
) -> list[Row]:
    """Return one row for each measure, service and group of one run.

    Parameters
    ----------
    visits
        `VISIT_COLUMNS`; without `parent` one row is one need. Text columns are `Category`.
    residents
        Column `resident` and those of `GROUP_COLUMNS` that there are.
    services
        Ids of the services; one without a visit has rows too.
    window_s
        Needs that arise in [first, last) count.
    unmet_equivalent_s
        Burden of an unmet need.
    facility_hours
        Columns `service hour_s open_servers utilisation`; without them there
        is no utilisation.
    crossings
        Columns of residents that are grouped by together.

    Returns
    -------
    :
        ``{measure, service, group, value, n, unit, better}``; `n` is the
        number of cases behind the value. Means and shares of groups have
        ``age_standardised`` too.
    """
    visits = per_need(visits)
    row_of_visit = positions(np.asarray(residents["resident"]), np.asarray(visits["resident"]))
    listed = groupings(residents, crossings)
    age = by_age(listed)
    by_age_too = [cells_of(category, age) for category in listed]
    rows: list[Row] = []
    for service in _with_total(services):
        needs = _needs_of(visits, row_of_visit, service=service, window_s=window_s)
        everyone = Category(np.zeros(len(needs.rows), dtype=np.int16), ("all",))
        rows += _grouped(needs, everyone, service=service, unmet_equivalent_s=unmet_equivalent_s)
        rows += _utilisation(facility_hours, service=service, window_s=window_s)
        for category, cells in zip(listed, by_age_too, strict=True):
            grouped = list(_of_residents(needs, category, service, unmet_equivalent_s))
            if age is not None and cells is not None:
                standardise(
                    grouped,
                    _of_residents(needs, cells, service, unmet_equivalent_s, has_quantiles=False),
                    MEASURES,
                    cases=counts(age, needs.rows),
                )
            rows += grouped
    return rows


def measured_window_s(days: int, warmup_days: int, cooldown_days: int) -> tuple[float, float]:
    """Return first and last second of the window in which needs count."""
    return float(warmup_days * DAY_S), float((days - cooldown_days) * DAY_S)


def groupings(
    residents: Mapping[str, Any], crossings: Sequence[Sequence[str]] = ()
) -> list[Category]:
    """Return the named groups of each column of `GROUP_COLUMNS` and of the crossings."""
    known = {
        name: named(name, as_category(residents[name]))
        for name in GROUP_COLUMNS
        if name in residents
    }
    others = {name for columns in crossings for name in columns if name in residents} - set(known)
    every = known | {name: named(name, as_category(residents[name])) for name in others}
    pairs = [columns for columns in crossings if all(name in every for name in columns)]
    return [*known.values(), *(crossed([every[name] for name in columns]) for columns in pairs)]


def _with_total(services: Sequence[str]) -> tuple[str, ...]:
    """Return the services, and ``all`` where there is more than one."""
    return (*services, "all") if len(services) > 1 else tuple(services)


def _needs_of(
    visits: Mapping[str, Any],
    row_of_visit: NDArray[np.intp],
    *,
    service: str,
    window_s: tuple[float, float],
) -> _Needs:
    need_s = np.asarray(visits["need_s"])
    keep = (need_s >= window_s[0]) & (need_s < window_s[1])
    if service != "all":
        keep &= recoded(visits["service"], (service,)) == 0
    outcome = recoded(visits["outcome"], OUTCOMES)[keep]
    seconds = {name: np.asarray(visits[f"{name}_s"], dtype=np.float64)[keep] for name in _MEANS}
    served = np.flatnonzero(outcome == 0)
    order = {name: served[np.argsort(seconds[name][served], kind="stable")] for name in _QUANTILES}
    return _Needs(row_of_visit[keep], outcome, seconds, order)


def _of_residents(
    needs: _Needs,
    group: Category,
    service: str,
    unmet_equivalent_s: float,
    *,
    has_quantiles: bool = True,
) -> Iterator[Row]:
    """Yield the rows of a grouping of residents, for the needs of one service."""
    return _grouped(
        needs,
        Category(group.codes[needs.rows], group.labels),
        service=service,
        unmet_equivalent_s=unmet_equivalent_s,
        has_quantiles=has_quantiles,
    )


def _grouped(
    needs: _Needs,
    group: Category,
    *,
    service: str,
    unmet_equivalent_s: float,
    has_quantiles: bool = True,
) -> Iterator[Row]:
    """Yield the rows of one grouping of one service; labels are names of groups."""
    n_groups = len(group.labels)
    codes = np.where(group.codes < 0, n_groups, group.codes).astype(narrowest(n_groups))
    width = len(OUTCOMES)
    packed = codes.astype(np.int64) * width + needs.outcome
    cells = np.bincount(packed, minlength=(n_groups + 1) * width)
    counts = cells.reshape(n_groups + 1, width)[:n_groups]
    values = _counted(counts) | _timed(needs, codes, counts[:, 0], has_quantiles=has_quantiles)
    seconds = sum(np.nan_to_num(values[f"{name}_mean_s"][0]) * counts[:, 0] for name in _MEANS)
    n_needs = counts.sum(axis=1)
    burden = seconds + unmet_equivalent_s * (n_needs - counts[:, 0])
    values["burden_mean_s"] = (divided(burden, n_needs), n_needs)
    for name, (value, n) in values.items():
        yield from measure_rows(MEASURES[name], service, group.labels, value, n)


def _counted(counts: NDArray[np.int64]) -> dict[str, _Values]:
    """Return the counts and shares; `counts` is (groups, outcomes)."""
    n = counts.sum(axis=1)
    served = counts[:, 0]
    found: dict[str, _Values] = {
        "n_needs": (n.astype(np.float64), n),
        "n_served": (served.astype(np.float64), n),
        "unmet_share": (divided(n - served, n), n),
    }
    for code, outcome in enumerate(UNMET_OUTCOMES, start=1):
        found[f"{outcome}_share"] = (divided(counts[:, code], n), n)
    return found


def _timed(
    needs: _Needs, codes: NDArray[Any], n_served: NDArray[np.int64], *, has_quantiles: bool
) -> dict[str, _Values]:
    """Return means, quantiles and the share within reach, of served needs."""
    n_groups = len(n_served)
    served = np.flatnonzero(needs.outcome == 0)
    group = codes[served]

    def total(values: NDArray[Any]) -> NDArray[np.float64]:
        sums = np.bincount(group, weights=values, minlength=n_groups + 1)
        return sums[:n_groups].astype(np.float64, copy=False)

    found: dict[str, _Values] = {}
    for name in _MEANS:
        found[f"{name}_mean_s"] = (divided(total(needs.seconds[name][served]), n_served), n_served)
    within = total(needs.seconds["travel"][served] <= WITHIN_S)
    found["share_within_15min"] = (divided(within, n_served), n_served)
    for name, shares in _QUANTILES.items() if has_quantiles else ():
        order = needs.order[name]
        by_group = order[np.argsort(codes[order], kind="stable")]
        ascending = needs.seconds[name][by_group]
        for measure, share in shares.items():
            found[measure] = (quantile(ascending, n_served, share), n_served)
    return found


def _utilisation(
    facility_hours: Mapping[str, Any] | None, *, service: str, window_s: tuple[float, float]
) -> Iterator[Row]:
    """Yield the busy share of open server time in the measured window."""
    if facility_hours is None:
        return
    hour_s = np.asarray(facility_hours["hour_s"])
    keep = (hour_s >= window_s[0]) & (hour_s < window_s[1])
    if service != "all":
        keep &= recoded(facility_hours["service"], (service,)) == 0
    servers = np.nan_to_num(np.asarray(facility_hours["open_servers"], dtype=np.float64)[keep])
    busy = (
        np.nan_to_num(np.asarray(facility_hours["utilisation"], dtype=np.float64)[keep]) * servers
    )
    n = np.array([int((servers > 0).sum())])
    value = np.array([busy.sum() / servers.sum() if n[0] else np.nan])
    yield from measure_rows(MEASURES["utilisation"], service, ["all"], value, n)
