"""What one run did at each facility: staff, work, visitors and waits in the measured window.

Plain numpy over the tables `facility_hours` and `visits`: about 1 ms for 5,000 visits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.results.groups import as_category, divided, quantile
from twin.results.measures import SERVED
from twin.results.needs import NEED_COLUMNS, per_need
from twin.units import DAY_S

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

HOUR_S: Final = 3600.0
WEEK_S: Final = 7.0 * DAY_S
FULL: Final = 0.95
"""An hour in which this share of the staffed time was busy counts as full."""
HOURS_COLUMNS: Final = (
    "facility", "service", "hour_s", "arrivals", "served", "open_servers", "utilisation", "busy_s",
    "is_entrance",
)  # fmt: skip
VISITS_COLUMNS: Final = (
    "need_id", "service", "facility", "need_s", "wait_s", "outcome", *NEED_COLUMNS,
)  # fmt: skip

Key = tuple[str, str]
"""Service, facility."""


@dataclass(frozen=True, eq=False)
class Needs:
    """Needs of one service in the measured window, by ascending `need_id`."""

    need_id: NDArray[np.uint64]
    place: NDArray[np.int64]
    """Row of the facility in `ByFacility.keys`; -1 where none was chosen."""


@dataclass(frozen=True, eq=False)
class ByFacility:
    """One run by facility; each array has one entry a key.

    Parameters
    ----------
    keys
        Service and facility.
    values
        `staffed_h` and `busy_h` a week, `load`, `arrivals` and `served` a day,
        `wait_mean_s`, `wait_p90_s`, `wait_h` a week and the share of staffed time in
        hours that were `full`.
    open_h
        (n_keys, n_hours) staffed server-hours in each hour of the window.
    needs
        Who went where, by service; None where the run kept no visits.
    """

    keys: list[Key]
    values: dict[str, NDArray[np.float64]]
    open_h: NDArray[np.float64]
    needs: dict[str, Needs] | None


def by_facility(
    hours: Mapping[str, Any],
    visits: Mapping[str, Any] | None,
    *,
    services: Sequence[str],
    window_s: tuple[float, float],
) -> ByFacility:
    """Return what one run did at each facility.

    Load is all work over all staffed time, so it counts the work that is done after
    closing time and can exceed 1; `utilisation` leaves that work out.

    Parameters
    ----------
    hours
        `HOURS_COLUMNS` of ``facility_hours``.
    visits
        `VISITS_COLUMNS` of ``visits``; None where there are none.
    services
        Ids of the services.
    window_s
        Hours that begin and needs that arise in [first, last) count.
    """
    found = tuple(services)
    facility, of_hour = _keys(hours["service"], hours["facility"], found)
    labels = as_category(hours["facility"]).labels
    hour_s = np.asarray(hours["hour_s"])
    keep = (of_hour >= 0) & (hour_s >= window_s[0]) & (hour_s < window_s[1])
    keys = [(found[code // len(labels)], labels[code % len(labels)]) for code in facility.tolist()]
    slot = ((hour_s[keep] - window_s[0]) // HOUR_S).astype(np.int64)
    n_slots = max(int((window_s[1] - window_s[0]) // HOUR_S), 1)
    values, open_h = _worked(hours, keep, of_hour[keep], slot, shape=(len(keys), n_slots))
    span_s = window_s[1] - window_s[0]
    values = {name: array * _per(name, span_s) for name, array in values.items()}
    values["load"] = _ratio(values["busy_h"], values["staffed_h"])
    needs = None
    if visits is not None:
        needs, waits = _visited(per_need(visits), keys, found, window_s=window_s)
        values |= waits
        values["wait_h"] = waits["wait_h"] * WEEK_S / span_s
    else:
        nothing = np.full(len(keys), np.nan)
        values |= dict.fromkeys(("wait_mean_s", "wait_p90_s", "wait_h"), nothing)
    return ByFacility(keys, values, open_h, needs)


def _per(name: str, span_s: float) -> float:
    """Return the factor that makes a sum over the window one of a week or a day."""
    if name == "full":
        return 1.0
    return (WEEK_S if name.endswith("_h") else float(DAY_S)) / span_s


def _keys(
    service: object, facility: object, services: tuple[str, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the packed codes of service and facility that there are, and each row's place."""
    of_service, of_facility = _coded(service, services), as_category(facility)
    packed = np.where(
        (of_service < 0) | (of_facility.codes < 0),
        -1,
        of_service * len(of_facility.labels) + of_facility.codes,
    ).astype(np.int64)
    known, place = np.unique(packed, return_inverse=True)
    n_unknown = int((known < 0).sum())
    return known[n_unknown:], place.ravel().astype(np.int64) - n_unknown


def _coded(column: object, labels: Sequence[str]) -> NDArray[np.int64]:
    """Return codes in the order of `labels`, of which there may be thousands."""
    category = as_category(column)
    known = {label: code for code, label in enumerate(labels)}
    lookup = np.array([*(known.get(label, -1) for label in category.labels), -1], dtype=np.int64)
    found: NDArray[np.int64] = lookup[category.codes]
    return found


def _worked(
    hours: Mapping[str, Any],
    keep: NDArray[np.bool_],
    place: NDArray[np.int64],
    slot: NDArray[np.int64],
    *,
    shape: tuple[int, int],
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Return sums over the window, and staffed hours by hour."""

    def total(values: NDArray[Any]) -> NDArray[np.float64]:
        known = np.nan_to_num(values.astype(np.float64))
        return np.bincount(place, weights=known, minlength=shape[0]).astype(np.float64)

    column = {name: np.asarray(hours[name])[keep] for name in ("open_servers", "utilisation")}
    staffed = np.nan_to_num(column["open_servers"].astype(np.float64))
    used = np.nan_to_num(column["utilisation"].astype(np.float64))
    # a run from before `busy_s` was kept: its work after closing time is not known
    busy = np.asarray(hours["busy_s"])[keep] / HOUR_S if "busy_s" in hours else used * staffed
    cells = np.bincount(place * shape[1] + slot, weights=staffed, minlength=shape[0] * shape[1])
    arrivals = np.asarray(hours["arrivals"])[keep]
    comes_in = np.ones(arrivals.size, dtype=np.bool_)
    if "is_entrance" in hours:
        comes_in = np.asarray(hours["is_entrance"])[keep].astype(np.bool_)
    # Whoever goes on to a later stage has ended one and arrived at the next.
    goes_on = np.where(comes_in, 0, arrivals)
    values = {
        "staffed_h": total(staffed),
        "busy_h": total(busy),
        "arrivals": total(np.where(comes_in, arrivals, 0)),
        "served": total(np.asarray(hours["served"])[keep] - goes_on),
    }
    values["full"] = _ratio(total(np.where(used >= FULL, staffed, 0.0)), values["staffed_h"])
    return values, cells.reshape(shape).astype(np.float64)


def _visited(
    visits: Mapping[str, Any],
    keys: Sequence[Key],
    services: tuple[str, ...],
    *,
    window_s: tuple[float, float],
) -> tuple[dict[str, Needs], dict[str, NDArray[np.float64]]]:
    """Return who went where, and the waits of served needs by facility."""
    need_s = np.asarray(visits["need_s"])
    service = _coded(visits["service"], services)
    keep = (need_s >= window_s[0]) & (need_s < window_s[1]) & (service >= 0)
    facility = as_category(visits["facility"])
    width = len(facility.labels)
    row_of = {key: row for row, key in enumerate(keys)}
    lookup = np.full(len(services) * width + 1, -1, dtype=np.int64)
    for row, name in enumerate(services):
        for code, label in enumerate(facility.labels):
            lookup[row * width + code] = row_of.get((name, label), -1)
    codes = facility.codes[keep].astype(np.int64)
    place = lookup[np.where(codes < 0, len(lookup) - 1, service[keep] * width + codes)]
    is_served = (_coded(visits["outcome"], (SERVED,))[keep] == 0) & (place >= 0)
    waits = _waits(np.asarray(visits["wait_s"])[keep][is_served], place[is_served], len(keys))
    need_id = np.asarray(visits["need_id"])[keep].astype(np.uint64)
    needs = {}
    for row, name in enumerate(services):
        own = np.flatnonzero(service[keep] == row)
        own = own[np.argsort(need_id[own], kind="stable")]
        needs[name] = Needs(need_id[own], place[own])
    return needs, waits


def _waits(
    wait_s: NDArray[np.float64], place: NDArray[np.int64], n_keys: int
) -> dict[str, NDArray[np.float64]]:
    n = np.bincount(place, minlength=n_keys)
    total = np.bincount(place, weights=wait_s, minlength=n_keys)
    ascending = wait_s[np.lexsort((wait_s, place))]
    return {
        "wait_mean_s": divided(total, n),
        "wait_p90_s": quantile(ascending, n, 0.9),
        "wait_h": total / HOUR_S,
    }


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio: NDArray[np.float64] = np.divide(
        part, whole, out=np.full(len(whole), np.nan), where=whole > 0
    )
    return ratio
