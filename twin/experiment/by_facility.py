"""Facilities before and after: load, visitors and waits of each, paired by seed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.experiment.statistics import intervals
from twin.results.by_facility import HOURS_COLUMNS, VISITS_COLUMNS, ByFacility, by_facility

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.experiment.runset import Run
    from twin.results.by_facility import Key

VALUES: Final = {
    "load": "load",
    "staffed_h_per_week": "staffed_h",
    "arrivals_per_day": "arrivals",
    "served_per_day": "served",
    "wait_mean_s": "wait_mean_s",
    "wait_p90_s": "wait_p90_s",
    "wait_h_per_week": "wait_h",
    "full_hours_share": "full",
}
"""Names in comparison.json and in `ByFacility`."""
ABSENT_IS_ZERO: Final = frozenset({"staffed_h", "arrivals", "served", "wait_h"})
"""Of a facility that one arm does not have these are 0; the others are not known."""
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, eq=False)
class Paired:
    """Two arms by facility, seed by seed.

    Parameters
    ----------
    keys
        Service and facility, of both arms.
    arms
        Runs of the baseline and of the scenario, in the same order of seeds.
    level
        Confidence level.
    """

    keys: list[Key]
    arms: tuple[list[ByFacility], list[ByFacility]]
    level: float

    def values(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return a value of both arms, (n_seeds, n_keys)."""
        before, after = self._matrices[name]
        return before, after

    def mean(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the means over the seeds, of the pairs in which both arms have a case."""
        before, after = self.values(name)
        gap = after - before
        is_paired = ~np.isnan(gap)
        is_paired |= ~is_paired.any(axis=0)
        return _mean(before, is_paired), _mean(after, is_paired)

    def effects(self, name: str) -> list[dict[str, float | int | None]]:
        """Return baseline, scenario and paired difference with its interval, one a key."""
        before, after = self.values(name)
        found = intervals(after - before, level=self.level)
        columns = (*self.mean(name), found.mean, found.low, found.high)
        names = ("baseline", "scenario", "difference", "ci_low", "ci_high")
        return [
            {
                **{key: _number(column[row]) for key, column in zip(names, columns, strict=True)},
                "n_seeds": int(found.n[row]),
            }
            for row in range(len(self.keys))
        ]

    @cached_property
    def _matrices(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        rows = [[places(run, self.keys) for run in arm] for arm in self.arms]
        return {
            name: (
                _aligned(self.arms[0], rows[0], name),
                _aligned(self.arms[1], rows[1], name),
            )
            for name in VALUES.values()
        }


def paired(baseline: Sequence[Run], scenario: Sequence[Run], *, level: float) -> Paired | None:
    """Return two arms by facility, or None where a run kept no hours of facilities."""
    arms = [[_of_run(run) for run in arm] for arm in (baseline, scenario)]
    before, after = ([one for one in arm if one is not None] for arm in arms)
    if len(before) < len(baseline) or len(after) < len(scenario):
        return None
    keys = list(dict.fromkeys(key for run in (*before, *after) for key in run.keys))
    return Paired(sorted(keys), (before, after), level)


def facility_records(
    found: Paired | None, baseline: Sequence[Run], scenario: Sequence[Run]
) -> list[dict[str, Any]]:
    """Return the facilities of comparison.json, by size of the change in waiting.

    Parameters
    ----------
    found
        The two arms by facility.
    baseline, scenario
        The runs, for names, tags and edits.
    """
    if found is None:
        return []
    known = _known(baseline[0]) | _known(scenario[0])
    edited = _edited(baseline[0], scenario[0])
    effects = {name: found.effects(column) for name, column in VALUES.items()}
    records = []
    for row, (service, facility) in enumerate(found.keys):
        name, tag = known.get((service, facility), ("", ""))
        staffed = effects["staffed_h_per_week"][row]["difference"] or 0.0
        records.append(
            {
                "service": service,
                "facility": facility,
                "name": name or facility,
                "tag": tag,
                "is_changed": (service, facility) in edited or abs(staffed) > _ROUNDING,
                **{name: effect[row] for name, effect in effects.items()},
            }
        )
    return sorted(records, key=_size)


def _size(record: Mapping[str, Any]) -> tuple[float, float, str, str]:
    waits, visitors = record["wait_h_per_week"], record["arrivals_per_day"]
    return (
        -abs(waits["difference"] or 0.0),
        -abs(visitors["difference"] or 0.0),
        record["service"],
        record["facility"],
    )


def _of_run(run: Run) -> ByFacility | None:
    """Return a run by facility, read once."""
    if "by_facility" not in run.scratch:
        run.scratch["by_facility"] = _read(run)
    found: ByFacility | None = run.scratch["by_facility"]
    return found


def _read(run: Run) -> ByFacility | None:
    if not (run.folder / "facility_hours.parquet").exists():
        return None
    has_visits = (run.folder / "visits.parquet").exists()
    first, last = run.manifest["window_s"]
    return by_facility(
        run.columns("facility_hours", HOURS_COLUMNS),
        run.columns("visits", VISITS_COLUMNS) if has_visits else None,
        services=[str(one["id"]) for one in run.scenario.get("services") or []],
        window_s=(float(first), float(last)),
    )


def _known(run: Run) -> dict[tuple[str, str], tuple[str, str]]:
    """Return name and tag of the facilities that a run began with or that it opens."""
    opened = {
        (str(one.get("service", "")), str(one["facility"])): (str(one["name"]), "")
        for one in run.scenario.get("interventions") or []
        if isinstance(one.get("facility"), str) and one.get("name")
    }
    began = {
        (one["service"], one["uid"]): (str(one["name"] or ""), str(one["tag"] or ""))
        for one in run.manifest.get("facilities") or []
    }
    return opened | began


def _edited(baseline: Run, scenario: Run) -> set[Key]:
    """Return service and facility of the cells that only the scenario changes."""
    own = baseline.rows("edits")
    found = set()
    for row in scenario.rows("edits"):
        if row["table"] == "facilities" and row not in own:
            facility, _, service = str(row["uid"]).rpartition("/")
            found.add((service, facility))
    return found


def places(run: ByFacility, keys: Sequence[Key]) -> NDArray[np.int64]:
    """Return the row of each key in a run; -1 where the run does not have it."""
    row_of = {key: row for row, key in enumerate(run.keys)}
    return np.array([row_of.get(key, -1) for key in keys], dtype=np.int64)


def _aligned(
    runs: Sequence[ByFacility], rows: Sequence[NDArray[np.int64]], name: str
) -> NDArray[np.float64]:
    nothing = 0.0 if name in ABSENT_IS_ZERO else np.nan

    def of_runs() -> Iterator[NDArray[np.float64]]:
        for run, row in zip(runs, rows, strict=True):
            # row -1 is the entry behind the last: what is not there
            has_waits = name != "wait_h" or run.needs is not None
            yield np.append(run.values[name], nothing if has_waits else np.nan)[row]

    return np.array(list(of_runs()), dtype=np.float64).reshape(len(runs), -1)


def _mean(values: NDArray[np.float64], is_counted: NDArray[np.bool_]) -> NDArray[np.float64]:
    is_known = is_counted & ~np.isnan(values)
    n = is_known.sum(axis=0)
    total = np.where(is_known, values, 0.0).sum(axis=0)
    mean: NDArray[np.float64] = np.divide(
        total, n, out=np.full(values.shape[1], np.nan), where=n > 0
    )
    return mean


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
