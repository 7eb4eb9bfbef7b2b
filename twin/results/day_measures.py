"""Measures of the residents' days: how much they travel, how long, and who is cut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.results.groups import Category, divided
from twin.results.measure import Measure, measure_rows
from twin.results.standardised import standardised_rows
from twin.units import DAY_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twin.results.measure import Row

CUT_OFF_SHARE: Final = "cut_off_share"
DAY_COLUMNS: Final = ("n_trips", "trip_s", "n_cut_off")
"""Columns of residents that these measures are made of."""
_US_PER_S: Final = 1e6

DAY_MEASURES: Final = (
    Measure(
        "trips_per_day",
        "count",
        "higher",
        "trips a day",
        "Trips of the day plans per resident and day: to work, school, errands, and home.",
        is_neutral=True,
    ),
    Measure(
        "trip_time_mean_s",
        "s",
        "lower",
        "mean time of a trip",
        "Mean door-to-door time of the trips of the day plans that were made.",
        is_conditional=True,
        guard=CUT_OFF_SHARE,
    ),
    Measure(
        CUT_OFF_SHARE,
        "share",
        "lower",
        "share of trips cut off",
        "Share of the trips of the day plans for which no way was open.",
        guard=CUT_OFF_SHARE,
    ),
)
_DECLARED: Final = {measure.name: measure for measure in DAY_MEASURES}


def day_rows(
    columns: Mapping[str, Any],
    *,
    services: Sequence[str],
    window_s: Sequence[float],
    groups: Sequence[Category],
) -> list[Row]:
    """Return the rows for everyone and by each grouping.

    Parameters
    ----------
    columns
        `DAY_COLUMNS` of the residents.
    services
        Services of the scenario. Days are of no service: the rows stand where a question
        without a service looks, under the only one or under ``all``.
    window_s
        First and last second of the measured window.
    groups
        Named groups, each over all residents.
    """
    service = services[0] if len(services) == 1 else "all"
    n_days = (window_s[1] - window_s[0]) / DAY_S
    n_trips = np.asarray(columns["n_trips"], dtype=np.int64)
    n_cut_off = np.asarray(columns["n_cut_off"], dtype=np.int64)
    # Sums of whole microseconds do not depend on the order of residents.
    trip_us = np.rint(np.asarray(columns["trip_s"], dtype=np.float64) * _US_PER_S)
    everyone = Category(np.zeros(n_trips.size, dtype=np.int16), ("all",))

    def of_groups(group: Category) -> list[Row]:
        known = np.flatnonzero(group.codes >= 0)
        of = _Sums(group.codes[known], len(group.labels))
        people = np.bincount(group.codes[known], minlength=len(group.labels))
        made, cut_off = of.count(n_trips[known]), of.count(n_cut_off[known])
        values = {
            "trips_per_day": (divided(made, people) / n_days, people),
            "trip_time_mean_s": (divided(of.total(trip_us[known]), made) / _US_PER_S, made),
            CUT_OFF_SHARE: (divided(cut_off, made + cut_off), made + cut_off),
        }
        return [
            row
            for name, (value, n) in values.items()
            for row in measure_rows(_DECLARED[name], service, group.labels, value, n)
        ]

    return [*of_groups(everyone), *standardised_rows(of_groups, groups, _DECLARED)]


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums over the residents of each group."""

    codes: NDArray[np.integer]
    n_groups: int

    def count(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.rint(self.total(values)).astype(np.int64)

    def total(self, values: NDArray[Any]) -> NDArray[np.float64]:
        sums = np.bincount(self.codes, weights=values, minlength=self.n_groups)
        return sums.astype(np.float64, copy=False)
