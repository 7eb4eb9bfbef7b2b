"""What one run did at each step of a service: time at work and waits in the measured window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from twin.results.groups import as_category

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

HOURS_OF_STEPS: Final = ("service", "stage", "hour_s", "open_servers", "busy_s")
VISITS_OF_STEPS: Final = ("service", "stage", "need_s", "wait_s")
_HOUR_S: Final = 3600.0


class Step(NamedTuple):
    """One step of a service, all facilities together.

    Parameters
    ----------
    load
        All work over all staffed time of the step's own posts; nan without posts.
    wait_mean_s
        Mean wait of those whom the step served; nan if it served nobody.
    """

    load: float
    wait_mean_s: float


def by_step(
    hours: Mapping[str, Any],
    visits: Mapping[str, Any] | None,
    *,
    service: str,
    stages: Sequence[str],
    window_s: tuple[float, float],
) -> list[Step]:
    """Return each step of a service in the order of `stages`.

    Parameters
    ----------
    hours
        `HOURS_OF_STEPS` of ``facility_hours``.
    visits
        `VISITS_OF_STEPS` of ``visits``; None where the run kept none.
    service, stages
        Ids.
    window_s
        Hours that begin and needs that arise in [first, last) count.
    """
    of_hour = _rows_of(hours, "hour_s", service, window_s)
    staffed = np.nan_to_num(np.asarray(hours["open_servers"], dtype=np.float64)) * of_hour
    busy = np.nan_to_num(np.asarray(hours["busy_s"], dtype=np.float64)) * of_hour / _HOUR_S
    loads = [
        _ratio(busy[rows].sum(), staffed[rows].sum())
        for rows in (_labelled(hours["stage"], stage) for stage in stages)
    ]
    if visits is None:
        return [Step(load, np.nan) for load in loads]
    wait = np.asarray(visits["wait_s"], dtype=np.float64)
    counts = _rows_of(visits, "need_s", service, window_s) & ~np.isnan(wait)
    waits = []
    for stage in stages:
        rows = counts & _labelled(visits["stage"], stage)
        waits.append(_ratio(wait[rows].sum(), float(rows.sum())))
    return [Step(*pair) for pair in zip(loads, waits, strict=True)]


def _rows_of(
    table: Mapping[str, Any], time: str, service: str, window_s: tuple[float, float]
) -> NDArray[np.bool_]:
    at = np.asarray(table[time])
    found: NDArray[np.bool_] = _labelled(table["service"], service)
    return found & (at >= window_s[0]) & (at < window_s[1])


def _labelled(column: object, label: str) -> NDArray[np.bool_]:
    category = as_category(column)
    is_label = np.array([*(one == label for one in category.labels), False])
    found: NDArray[np.bool_] = is_label[category.codes]
    return found


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
