"""Steps of a service: which of them people wait for, and how busy each is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.experiment.words import number, service_words
from twin.report.html import Html, join, name_of, table, tag
from twin.results.by_step import HOURS_OF_STEPS, VISITS_OF_STEPS, by_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.experiment.comparison import Comparison
    from twin.experiment.runset import Run

LEAD: Final = (
    "Steps of a visit, all facilities together, means over the seeds: load is all work of a step "
    "over the staffed time of its own posts; the wait is that of those who were served. Where "
    "one person does several steps they wait once, before the first."
)


def steps(comparison: Comparison) -> Html | None:
    """Return a table of steps for each service that has several; None if none has."""
    arms = [comparison.baseline, *comparison.scenarios]
    told = comparison.runs_of(comparison.baseline)[0].scenario.get("services") or []
    staged = [one for one in told if len(one.get("stages") or []) > 1]
    tables = [_table(comparison, arms, one) for one in staged]
    found = [one for one in tables if one is not None]
    return tag("div", tag("p", LEAD, class_="lead"), *found) if found else None


def _table(comparison: Comparison, arms: Sequence[str], service: dict[str, Any]) -> Html | None:
    stages = service["stages"]
    means = []
    for arm in arms:
        runs = [_of_run(run, service) for run in comparison.runs_of(arm)]
        if any(run is None for run in runs):
            return None
        means.append(_mean(np.array(runs, dtype=np.float64)))
    rows = [
        [name_of(stage.get("title") or stage["id"]), *(_cell(mean[row]) for mean in means)]
        for row, stage in enumerate(stages)
    ]
    words = service_words(service["id"]).capitalize()
    return table(
        ["step", *(name_of(arm) for arm in arms)],
        rows,
        caption=join(f"{words}, steps: load, mean wait; measured days"),
        class_="facilities",
    )


def _of_run(run: Run, service: dict[str, Any]) -> list[tuple[float, float]] | None:
    """Return load and wait of each step; None where the run kept no hours."""
    if not (run.folder / "facility_hours.parquet").exists():
        return None
    has_visits = (run.folder / "visits.parquet").exists()
    first, last = run.manifest["window_s"]
    return [
        (step.load, step.wait_mean_s)
        for step in by_step(
            run.columns("facility_hours", HOURS_OF_STEPS),
            run.columns("visits", VISITS_OF_STEPS) if has_visits else None,
            service=str(service["id"]),
            stages=[str(stage["id"]) for stage in service["stages"]],
            window_s=(float(first), float(last)),
        )
    ]


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return means over the runs that have a value, nan where none has."""
    known = ~np.isnan(values)
    counts = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)


def _cell(step: NDArray[np.float64]) -> str:
    load, wait = (None if np.isnan(value) else float(value) for value in step)
    return f"{number(load, 'share')}, {number(wait, 's')}"
