"""From paired differences to a verdict: better, worse, no material difference, undecided.

With a question written before the run, equivalence is tested first (two
one-sided tests at the same level), then whether the interval excludes zero.
Without one, no smallest effect is known and nothing can be called immaterial.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from twin.experiment.statistics import LEVEL, Intervals, intervals, seeds_needed, tost_p
from twin.results.access import NONE_SHARE
from twin.results.measures import MEASURES
from twin.results.quantities import BURDEN_MEAN
from twin.results.school_measures import UNPLACED_SHARE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twin.experiment.asked import Asked, Key
    from twin.results.measure import Measure

Verdict = Literal["better", "worse", "no_material_difference", "undecided"]

_FALLS: Final = {"wait": "waits fall", "travel": "travel times fall", "delay": "delays fall"}
_PARTS: Final = ("delay_mean_s", "travel_mean_s", "wait_mean_s")
_ZERO: Final = 1e-12
"""Below this share of the level, a spread is rounding: the arms are the same."""


@dataclass(frozen=True, eq=False)
class Arms:
    """Values of both arms: (n_seeds, n_keys), nan where a seed has no case."""

    keys: Sequence[Key]
    baseline: NDArray[np.float64]
    scenario: NDArray[np.float64]


def effect_rows(
    arms: Arms, asked: Mapping[Key, Asked], *, level: float = LEVEL
) -> list[dict[str, Any]]:
    """Return one record of comparison.json a key.

    Parameters
    ----------
    arms
        Paired values.
    asked
        Questions by the row that they ask about.
    level
        Confidence level of intervals and tests.
    """
    differences = _without_rounding(arms)
    found = _sure(arms.keys, intervals(differences, level=level))
    reduction = _variance_reduction(arms, found)
    means = (_mean_of_pairs(arms.baseline, differences), _mean_of_pairs(arms.scenario, differences))
    place_of = {key: place for place, key in enumerate(arms.keys)}
    rows = []
    for place, key in enumerate(arms.keys):
        row = _record(key, found, place=place, asked=asked.get(key), level=level)
        row["baseline"], row["scenario"] = _number(means[0][place]), _number(means[1][place])
        row["variance_reduction"] = _number(reduction[place])
        rows.append(row)
    for row, key in zip(rows, arms.keys, strict=True):
        guard = MEASURES[key[0]].guard
        place_of_guard = None if key[0] == guard else place_of.get((guard, *key[1:]))
        if place_of_guard is not None:
            of_all = asked.get((guard, key[1], "all"))
            row["guard"] = _guard(rows[place_of_guard], of_all, _error(found, place_of_guard))
        row["note"] = _note(row)
        _distrust_cheap_absence(row, arms, place_of, key)
    return rows


def decide(
    mean: float,
    low: float,
    high: float,
    *,
    better: str,
    question: Asked | None,
    p_within: float,
    level: float,
) -> Verdict:
    """Return the verdict on one difference (scenario - baseline).

    Parameters
    ----------
    mean, low, high
        Mean difference and its interval.
    better
        ``lower`` or ``higher``.
    question
        Question asked beforehand, if any.
    p_within
        p value of the test that the difference is within the smallest effect.
    level
        Confidence level.
    """
    if math.isnan(low):
        return "undecided"
    if question is not None and p_within < 1 - level:
        return "no_material_difference"
    if low <= 0 <= high:
        return "undecided"
    is_good = mean < 0 if better == "lower" else mean > 0
    return "better" if is_good else "worse"


def _record(
    key: Key, found: Intervals, *, place: int, asked: Asked | None, level: float
) -> dict[str, Any]:
    measure = MEASURES[key[0]]
    better = asked.better if asked else measure.better
    mean, sd, n = float(found.mean[place]), float(found.sd[place]), int(found.n[place])
    low, high = float(found.low[place]), float(found.high[place])
    p_within = math.nan
    if asked and not math.isnan(sd):
        p_within = tost_p(mean, sd / math.sqrt(n), n=n, margin=asked.smallest_effect)
    verdict = decide(mean, low, high, better=better, question=asked, p_within=p_within, level=level)
    needed = None
    if asked and verdict == "undecided" and n > 1:
        needed = seeds_needed(sd, asked.smallest_effect / 2, level=level)
    return {
        "measure": key[0],
        "service": key[1],
        "group": key[2],
        "baseline": None,
        "scenario": None,
        "difference": _number(mean),
        "ci_low": _number(low),
        "ci_high": _number(high),
        "level": level,
        "n_seeds": n,
        "variance_reduction": None,
        "question_id": asked.id if asked else None,
        "preregistered": bool(asked and asked.is_preregistered),
        "smallest_effect": asked.smallest_effect if asked else None,
        "verdict": verdict,
        "seeds_needed": needed,
        "unit": measure.unit,
        "better": better,
        "guard": None,
        "note": None,
    }


def _variance_reduction(arms: Arms, found: Intervals) -> NDArray[np.float64]:
    """Return (var b + var s) / var(difference); nan where the differences do not vary."""
    unpaired = intervals(arms.baseline).sd ** 2 + intervals(arms.scenario).sd ** 2
    size = np.fmax(
        np.abs(arms.baseline).max(axis=0, initial=0), np.abs(arms.scenario).max(axis=0, initial=0)
    )
    is_spread = found.sd > _ZERO * size
    ratio: NDArray[np.float64] = np.divide(
        unpaired, found.sd**2, out=np.full(len(unpaired), np.nan), where=is_spread
    )
    return ratio


def _sure(keys: Sequence[Key], found: Intervals) -> Intervals:
    """Return the intervals, of no width where one seed is enough to know a measure."""
    is_sure = np.array([not MEASURES[key[0]].has_seed_noise for key in keys], dtype=np.bool_)
    is_sure &= found.n == 1
    ends = (np.where(is_sure, found.mean, end) for end in (found.low, found.high))
    return Intervals(found.n, found.mean, np.where(is_sure, 0.0, found.sd), *ends)


def _mean_of_pairs(
    values: NDArray[np.float64], differences: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean of an arm over the seeds in which both arms have a case."""
    return intervals(np.where(np.isnan(differences), np.nan, values)).mean


def _without_rounding(arms: Arms) -> NDArray[np.float64]:
    """Return scenario - baseline; what is within rounding of zero is zero.

    A sum in another order differs in its last digit, in every seed alike: without
    this the interval of 1e-16 would exclude zero.
    """
    differences = arms.scenario - arms.baseline
    size = np.fmax(np.abs(arms.baseline), np.abs(arms.scenario))
    return np.where(np.abs(differences) <= _ZERO * size, 0.0, differences)


def _error(found: Intervals, place: int) -> float:
    return float(found.sd[place]) / math.sqrt(max(int(found.n[place]), 1))


def _guard(row: Mapping[str, Any], of_all: Asked | None, error: float) -> dict[str, Any] | None:
    """Return the change of the guarding share of the same people, and whether it matters.

    A group for which no smallest effect is named takes that of everybody.
    """
    if row["difference"] is None:
        return None
    verdict = row["verdict"]
    if row["question_id"] is None and of_all is not None and row["ci_low"] is not None:
        margin = of_all.smallest_effect
        p_within = tost_p(row["difference"], error, n=row["n_seeds"], margin=margin)
        verdict = "no_material_difference" if p_within < 1 - row["level"] else verdict
    return {
        "measure": row["measure"],
        **{key: row[key] for key in ("difference", "ci_low", "ci_high")},
        "is_better": verdict == "better",
        "is_worse": verdict == "worse",
    }


def _note(row: Mapping[str, Any]) -> str | None:
    """Return the caution that a verdict must not be shown without."""
    measure, guard, verdict = MEASURES[row["measure"]], row["guard"], row["verdict"]
    if measure.is_neutral:
        is_moved = verdict in {"better", "worse"} and row["question_id"] is None
        return "more or less of it is neither good nor bad in itself" if is_moved else None
    is_index = guard is not None and guard["measure"] == BURDEN_MEAN
    if guard is None or not (measure.is_conditional or is_index):
        return None
    words = _NOTES.get(guard["measure"])
    return words(guard, verdict) if words else _note_of_unmet(measure, guard, verdict)


def _note_of_unmet(measure: Measure, guard: Mapping[str, Any], verdict: str) -> str | None:
    """Return the caution with a time of served needs, when others go without."""
    if guard["is_worse"] and verdict in {"better", "no_material_difference"}:
        what = measure.name.split("_")[0] if measure.unit == "s" else measure.unit
        falls = _FALLS.get(what, "it improves")
        return (
            f"{falls if verdict == 'better' else 'nothing changes for those who come'}, "
            f"but people stay away: the unmet share rises by {100 * guard['difference']:.2g} "
            "percentage points, and part of the result may be because of those who no longer come"
        )
    if guard["is_better"] and verdict == "worse":
        return (
            "but more people are served: the unmet share falls by "
            f"{-100 * guard['difference']:.2g} percentage points, and part of the change may be "
            "because of those who now come"
        )
    return None


def _note_of_levelling_down(guard: Mapping[str, Any], verdict: str) -> str | None:
    """Return the caution with an index that moves because burdens rise or fall for all."""
    moved = abs(guard["difference"])
    if guard["is_worse"] and verdict in {"better", "no_material_difference"}:
        return (
            f"but the mean burden of a need rises by {moved:,.0f} s: more alike is not better off"
        )
    if guard["is_better"] and verdict == "worse":
        return (
            f"but the mean burden of a need falls by {moved:,.0f} s: some gain more than others, "
            "and an index is relative to the mean"
        )
    return None


def _distrust_cheap_absence(
    row: dict[str, Any], arms: Arms, place_of: Mapping[Key, int], key: Key
) -> None:
    """Give no good verdict on a burden that falls because going without counts too little.

    With the mean burden S of a need that is met and the share u of those that are not, a
    need costs (1 - u) S + u E on average: from that follows the equivalent E that the runs
    were given. Where E is below S, turning people away lowers the burden.
    """
    guard = row["guard"]
    if key[0] != "burden_mean_s" or not guard or not guard["is_worse"]:
        return
    if row["verdict"] not in {"better", "no_material_difference"}:
        return
    places = [place_of.get((name, *key[1:])) for name in (*_PARTS, guard["measure"])]
    known = [place for place in places if place is not None]
    if len(known) < len(places):
        return
    before, after = (
        [float(np.nanmean(arm[:, place])) if np.isfinite(arm[:, place]).any() else 0.0
         for place in known]
        for arm in (arms.baseline, arms.scenario)
    )  # fmt: skip
    share, of_met = after[-1], (math.fsum(before[:-1]), math.fsum(after[:-1]))
    equivalent = (row["scenario"] - (1.0 - share) * of_met[1]) / share
    if equivalent >= of_met[0]:
        return
    row["verdict"] = "undecided"
    row["note"] = (
        f"the share of unmet needs rises by {100 * guard['difference']:.2g} percentage points, and "
        f"an unmet need counts less ({equivalent / 3600:.1f} h) than one that is met "
        f"({of_met[0] / 3600:.1f} h): raise `measures.unmet_equivalent_s` before judging"
    )


def _note_of_reach(guard: Mapping[str, Any], verdict: str) -> str | None:
    """Return the caution with a time of those who reach a facility, when others do not."""
    points = f"{100 * abs(guard['difference']):.2g} percentage points"
    if guard["is_worse"] and verdict in {"better", "no_material_difference"}:
        return f"but the share of residents out of reach rises by {points}: it counts who is left"
    if guard["is_better"] and verdict == "worse":
        return f"but the share of residents out of reach falls by {points}: more people count"
    return None


def _note_of_places(guard: Mapping[str, Any], verdict: str) -> str | None:
    """Return the caution with what is said of children with a place, when others have none."""
    points = f"{100 * abs(guard['difference']):.2g} percentage points"
    if guard["is_worse"] and verdict in {"better", "no_material_difference"}:
        return f"but the share without a school place rises by {points}: it counts who has one"
    if guard["is_better"] and verdict == "worse":
        return f"but the share without a school place falls by {points}: more children count"
    return None


_NOTES: Final = {
    BURDEN_MEAN: _note_of_levelling_down,
    NONE_SHARE: _note_of_reach,
    UNPLACED_SHARE: _note_of_places,
}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
