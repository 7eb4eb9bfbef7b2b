"""Experiments: replications, paired comparison, verdicts and the statistics behind them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.experiment.comparison import Comparison, compare
    from twin.experiment.inequality import (
        concentration_index,
        erreygers_index,
        gini,
        kolm_pollak_ede,
        palma,
        theil,
        theil_between,
    )
    from twin.experiment.runner import run
    from twin.experiment.runset import Run, RunSet, find_runs
    from twin.experiment.statistics import paired_t, seeds_needed, tost, variance_reduction

_HOMES = {
    "Comparison": "comparison",
    "Run": "runset",
    "RunSet": "runset",
    "compare": "comparison",
    "concentration_index": "inequality",
    "erreygers_index": "inequality",
    "find_runs": "runset",
    "gini": "inequality",
    "kolm_pollak_ede": "inequality",
    "paired_t": "statistics",
    "palma": "inequality",
    "run": "runner",
    "seeds_needed": "statistics",
    "theil": "inequality",
    "theil_between": "inequality",
    "tost": "statistics",
    "variance_reduction": "statistics",
}

__all__ = [
    "Comparison",
    "Run",
    "RunSet",
    "compare",
    "concentration_index",
    "erreygers_index",
    "find_runs",
    "gini",
    "kolm_pollak_ede",
    "paired_t",
    "palma",
    "run",
    "seeds_needed",
    "theil",
    "theil_between",
    "tost",
    "variance_reduction",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module `twin.experiment` has no attribute `{name}`"
        raise AttributeError(message)
    return getattr(import_module(f"twin.experiment.{home}"), name)
