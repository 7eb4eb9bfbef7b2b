"""Why a result is large: capacity, queues near full load, people who go elsewhere.

A result that claims more than evaluations of whole cities find must explain
itself from its own runs, or say that it cannot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.experiment.by_facility import places
from twin.experiment.why_words import words_of
from twin.results.access import BY_MODE
from twin.results.measures import UNMET_OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.experiment.by_facility import Paired
    from twin.experiment.runset import Run
    from twin.results.by_facility import ByFacility

Row = dict[str, Any]
NOTABLE: Final = 0.05
"""City-wide evaluations of smart-city programmes find 4 to 5 %: education and medical
quality +5.18 % (Zhou, Liu, Wang 2022, IEEE Access 10:120923)."""
MOST_NAMED: Final = 3
MOST_OF_IT: Final = 0.8
"""Facilities are named until they account for this share of the change in waiting."""
LEAST_SHARE: Final = 0.05
_TINY: Final = 1e-6
_DRIVERS: Final = {"wait": "wait", "delay": "delay", "travel": "travel", "burden": "burden"}
_PLAIN: Final = BY_MODE
"""Follows from streets and places alone: there is no queue to explain it by."""
_OTHERS: Final = {"share_within_15min": "travel", "utilisation": "load", "n_needs": "needs"}


def explanations(
    record: Mapping[str, Any],
    found: Paired | None,
    runs: tuple[Sequence[Run], Sequence[Run]],
) -> list[dict[str, Any]]:
    """Return one explanation for each service whose asked effect on everyone is large.

    Parameters
    ----------
    record
        Scenario of comparison.json, with its measures and facilities.
    found
        The two arms by facility; None where the runs kept no hours of facilities.
    runs
        Runs of the baseline and of the scenario.
    """
    rows: dict[str, list[Row]] = {}
    for row in record["measures"]:
        if is_notable(row):
            rows.setdefault(row["service"], []).append(row)
    return [_explanation(record, found, runs, service, own) for service, own in rows.items()]


def is_notable(row: Mapping[str, Any]) -> bool:
    """Return whether a row answers a question about everyone with a large change."""
    if row["question_id"] is None or row["group"] != "all" or row["measure"] in _PLAIN:
        return False
    if row["verdict"] not in {"better", "worse"}:
        return False
    return bool(abs(row["difference"]) > NOTABLE * abs(row["baseline"]))


def driver_of(measure: str) -> str:
    """Return what moves a measure: waits, delays, travel, burden or unmet needs."""
    return _OTHERS.get(measure) or _DRIVERS.get(measure.split("_", maxsplit=1)[0], "unmet")


def _explanation(
    record: Mapping[str, Any],
    found: Paired | None,
    runs: tuple[Sequence[Run], Sequence[Run]],
    service: str,
    rows: Sequence[Row],
) -> dict[str, Any]:
    drivers = list(dict.fromkeys(driver_of(row["measure"]) for row in rows))
    parts = _parts_of_burden(runs, service) if "burden" in drivers else None
    if parts is not None:
        rest = {name: part for name, part in parts.items() if name != "all"}
        main = max(rest, key=lambda name: rest[name] * np.sign(parts["all"]))
        drivers += [] if main in drivers else [main]
    facts: dict[str, Any] = {
        "service": service,
        "questions": [row["question_id"] for row in rows],
        "relative": {row["measure"]: _relative(row) for row in rows},
        "drivers": drivers,
        "capacity": None,
        "waiting": None,
        "moved": None,
        "burden_parts_s": parts,
        "unmet_parts": _parts_of_unmet(record, service) if "unmet" in drivers else None,
    }
    if found is not None:
        listed = [one for one in record["facilities"] if service in {one["service"], "all"}]
        facts["capacity"] = _capacity(found, service)
        facts["waiting"] = _waiting(listed)
        facts["moved"] = _moved(found, service, listed)
    return facts | words_of(facts)


def _relative(row: Row) -> float | None:
    return row["difference"] / row["baseline"] if row["baseline"] else None


def _is_own(found: Paired, service: str) -> NDArray[np.bool_]:
    return np.array([service in {key[0], "all"} for key in found.keys], dtype=np.bool_)


def _capacity(found: Paired, service: str) -> dict[str, Any]:
    """Return staffed server-hours a week, and how many of the new ones are at new times."""
    own = _is_own(found, service)
    before, after = (mean[own] for mean in found.mean("staffed_h"))
    gap = np.where(np.abs(after - before) > _TINY, after - before, 0.0)
    return {
        "baseline": float(before.sum()),
        "scenario": float(after.sum()),
        "added": float(gap[gap > 0].sum()),
        "removed": float(abs(gap[gap < 0].sum())),
        "n_added": int((gap > 0).sum()),
        "n_removed": int((gap < 0).sum()),
        **_new_times(found, own),
    }


def _new_times(found: Paired, own: NDArray[np.bool_]) -> dict[str, float]:
    """Return staffed hours a week at times when this facility, or every one, was closed before."""
    totals = np.zeros(3)
    for before, after in zip(*found.arms, strict=True):
        old, new = (_open(run, found, own) for run in (before, after))
        width = old.shape[1]
        is_new = (old < _TINY) & (new > _TINY)
        is_alone = is_new & (old.sum(axis=0) < _TINY)
        is_gone = (old > _TINY) & (new < _TINY)
        sums = (new[is_new].sum(), new[is_alone].sum(), old[is_gone].sum())
        totals += np.array(sums) * 168 / max(width, 1)
    at_facility, at_all, gone = (totals / len(found.arms[0])).tolist()
    return {"at_new_times": at_facility, "when_all_were_closed": at_all, "times_gone": gone}


def _open(run: ByFacility, found: Paired, own: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return staffed hours of the service's facilities by hour of the window."""
    absent = np.zeros((1, run.open_h.shape[1]))
    rows = places(run, found.keys)[own]
    opened: NDArray[np.float64] = np.concatenate([run.open_h, absent])[rows]
    return opened


def _waiting(facilities: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the change of all waiting and which facilities account for most of it."""
    known = [one for one in facilities if one["wait_h_per_week"]["difference"] is not None]
    if not known:
        return None
    moved = [float(one["wait_h_per_week"]["difference"]) for one in known]
    total = sum(moved)
    sign = 1.0 if total > 0 else -1.0
    named: list[dict[str, Any]] = []
    reached = 0.0
    for one in sorted(known, key=lambda one: -sign * one["wait_h_per_week"]["difference"]):
        share = one["wait_h_per_week"]["difference"] / total if total else 0.0
        is_enough = reached >= MOST_OF_IT or len(named) == MOST_NAMED or share < LEAST_SHARE
        if is_enough:
            break
        reached += share
        named.append(
            {
                **{key: one[key] for key in ("facility", "service", "name", "is_changed")},
                "share": share,
                "hours": one["wait_h_per_week"]["difference"],
                "load": [one["load"][arm] for arm in ("baseline", "scenario")],
                "full": [one["full_hours_share"][arm] for arm in ("baseline", "scenario")],
            }
        )
    return {
        "baseline": sum(float(one["wait_h_per_week"]["baseline"] or 0.0) for one in known),
        "difference": total,
        "against": sum(one for one in moved if one * sign < 0),
        "named_share": reached,
        "facilities": named,
    }


def _moved(
    found: Paired, service: str, facilities: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Return how many needs a week go elsewhere, and where from the place of most waiting."""
    own = _is_own(found, service)
    pairs = [
        (one, two)
        for one, two in zip(*found.arms, strict=True)
        if one.needs is not None and two.needs is not None
    ]
    if len(pairs) < len(found.arms[0]) or not own.any():
        return None  # a run kept no visits
    n = len(found.keys)
    flows = np.zeros((n, n))
    for before, after in pairs:
        flows += _flows(before, after, found)
    flows *= 168 / max(pairs[0][0].open_h.shape[1], 1) / len(pairs)
    flows = np.where(own[:, None] & own[None, :], flows, 0.0)
    n_both = float(flows.sum())
    np.fill_diagonal(flows, 0.0)
    waits = np.where(own, np.nan_to_num(found.mean("wait_h")[0]), -1.0)
    busiest = int(waits.argmax())
    names = {(one["service"], one["facility"]): one["name"] for one in facilities}
    gainers = np.argsort(-flows[busiest], kind="stable")[:2]
    return {
        "n_per_week": float(flows.sum()),
        "share": float(flows.sum() / n_both) if n_both else 0.0,
        "busiest": names[found.keys[busiest]],
        "left": float(flows[busiest].sum()),
        "came": float(flows[:, busiest].sum()),
        "to": [
            {"name": names[found.keys[row]], "n_per_week": float(flows[busiest, row])}
            for row in gainers.tolist()
            if flows[busiest, row] > 0
        ],
    }


def _flows(before: ByFacility, after: ByFacility, found: Paired) -> NDArray[np.float64]:
    """Return how many needs of one seed went from each facility to each."""
    row_of = {key: row for row, key in enumerate(found.keys)}
    n = len(row_of)
    counts = np.zeros(n * n)
    old, new = (
        np.array([*(row_of[key] for key in run.keys), -1], dtype=np.int64)
        for run in (before, after)
    )
    for service, came in (before.needs or {}).items():
        went = (after.needs or {}).get(service)
        if went is None or not len(went.need_id):
            continue
        at = np.minimum(np.searchsorted(went.need_id, came.need_id), len(went.need_id) - 1)
        origin, target = old[came.place], new[went.place[at]]
        is_same = (went.need_id[at] == came.need_id) & (origin >= 0) & (target >= 0)
        counts += np.bincount(origin[is_same] * n + target[is_same], minlength=n * n)
    return counts.reshape(n, n)


def _parts_of_burden(
    runs: tuple[Sequence[Run], Sequence[Run]], service: str
) -> dict[str, float] | None:
    """Return the change of the mean burden a need by what it is made of, in seconds."""
    gaps = []
    for before, after in zip(*runs, strict=True):
        old, new = (_burden(run, service) for run in (before, after))
        if old is None or new is None:
            return None
        gaps.append({name: new[name] - old[name] for name in new})
    return {name: float(np.mean([gap[name] for gap in gaps])) for name in gaps[0]}


def _burden(run: Run, service: str) -> dict[str, float] | None:
    found = {
        name: run.measures.get((name, service, "all"))
        for name in ("n_needs", "n_served", "burden_mean_s")
    }
    n_needs, n_served, burden = found.values()
    if not n_needs or n_served is None or burden is None:
        return None
    share = n_served / n_needs
    parts = {
        name: share * (run.measures.get((f"{name}_mean_s", service, "all")) or 0.0)
        for name in ("delay", "travel", "wait")
    }
    return {**parts, "unmet": burden - sum(parts.values()), "all": burden}


def _parts_of_unmet(record: Mapping[str, Any], service: str) -> list[dict[str, Any]]:
    """Return how needs end unmet before and after, the largest change first."""
    names = {f"{outcome}_share": outcome for outcome in UNMET_OUTCOMES}
    rows: Iterable[Row] = (
        row
        for row in record["measures"]
        if row["measure"] in names and row["service"] == service and row["group"] == "all"
    )
    parts = [
        {
            "outcome": names[row["measure"]],
            **{key: row[key] for key in ("baseline", "scenario", "difference")},
        }
        for row in rows
        if row["difference"]
    ]
    return sorted(parts, key=lambda part: -abs(part["difference"]))
