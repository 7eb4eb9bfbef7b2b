"""Experiments: replications, paired comparison, verdicts and the statistics behind them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.experiment.comparison import Comparison, compare
    from twin.experiment.runner import run
    from twin.experiment.runset import Run, RunSet, find_runs
    from twin.experiment.statistics import paired_t, seeds_needed, tost, variance_reduction

_HOMES = {
    "Comparison": "comparison",
    "Run": "runset",
    "RunSet": "runset",
    "compare": "comparison",
    "find_runs": "runset",
    "paired_t": "statistics",
    "run": "runner",
    "seeds_needed": "statistics",
    "tost": "statistics",
    "variance_reduction": "statistics",
}

__all__ = [
    "Comparison",
    "Run",
    "RunSet",
    "compare",
    "find_runs",
    "paired_t",
    "run",
    "seeds_needed",
    "tost",
    "variance_reduction",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module `twin.experiment` has no attribute `{name}`"
        raise AttributeError(message)
    return getattr(import_module(f"twin.experiment.{home}"), name)
