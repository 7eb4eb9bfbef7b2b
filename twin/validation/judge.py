"""Whether a number of the engine agrees with the known one.

A part that draws nothing is judged by the distance to the reference. The rule
for simulated numbers: the reference lies inside the 99.9 % t interval over at
least thirty independent replications, and the half-width is at most a given
share of the reference. So a correct engine misses one metric in a thousand,
and a bias as large as that share cannot pass for want of data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.experiment.statistics import t_quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL: Final = 0.999
N_LEAST: Final = 30
# Replications that all agree have an interval of no width: allow for rounding.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True)
class Metric:
    """A known number, the engine's and the verdict.

    Parameters
    ----------
    name, expected
        The known number.
    got, ci_low, ci_high, n_replications
        Mean over replications and its interval; nan if the engine gave none. A part
        that draws nothing has one replication and no interval.
    ok
        Whether they agree.
    why
        Why not; empty if they do.
    first
        The miss that led to this rerun, if it is one.
    """

    name: str
    expected: float
    got: float
    ci_low: float
    ci_high: float
    n_replications: int
    ok: bool
    why: str = ""
    first: Metric | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object; null stands for nan."""
        made: dict[str, object] = {
            "name": self.name,
            "expected": self.expected,
            "got": _or_null(self.got),
            "ci_low": _or_null(self.ci_low),
            "ci_high": _or_null(self.ci_high),
            "ok": self.ok,
            "n_replications": self.n_replications,
        }
        if self.first is not None:
            made["first"] = self.first.to_dict()
        return made

    def __str__(self) -> str:
        verdict = "ok" if self.ok else self.why
        if math.isnan(self.ci_low):
            numbers = f"expected {self.expected:.12g}, got {self.got:.12g}"
        else:
            interval = f"[{self.ci_low:.6g}, {self.ci_high:.6g}]"
            numbers = f"expected {self.expected:.6g}, got {self.got:.6g} {interval}"
        text = f"{self.name}: {numbers}: {verdict}"
        return text if self.first is None else f"{text}; first run: {self.first}"


def judge_simulation(
    name: str, expected: float, sample: NDArray[np.float64], *, max_rel_halfwidth: float
) -> Metric:
    """Compare a sample, one number a replication, with the known number.

    An expected zero is an exact statement: every replication must give zero.
    """
    n = sample.size
    mean = float(np.mean(sample)) if n else math.nan
    half = math.nan
    if n > 1:
        quantile = float(t_quantile(0.5 + LEVEL / 2.0, n - 1))
        half = quantile * float(np.std(sample, ddof=1)) / math.sqrt(n)
    why = _why_not(expected, sample, mean, half, max_rel_halfwidth)
    return Metric(name, expected, mean, mean - half, mean + half, n, not why, why)


def judge_number(name: str, expected: float, got: float, *, rel: float, abs_: float) -> Metric:
    """Compare a number that is computed, not drawn, with the known number.

    They agree if they differ by at most ``abs_ + rel * |expected|``.
    """
    why = ""
    if not math.isfinite(got):
        why = "not finite"
    elif abs(got - expected) > abs_ + rel * abs(expected):
        why = f"differs by {abs(got - expected):.3g}, more than rel {rel:g} and abs {abs_:g} allow"
    return Metric(name, expected, got, math.nan, math.nan, 1, not why, why)


def missing(name: str, expected: float) -> Metric:
    """Return the verdict on a number that the engine does not give."""
    return Metric(name, expected, math.nan, math.nan, math.nan, 0, ok=False, why="not measured")


def _why_not(
    expected: float, sample: NDArray[np.float64], mean: float, half: float, max_rel: float
) -> str:
    if sample.size < N_LEAST:
        return f"only {sample.size} replications, {N_LEAST} are needed"
    if not np.all(np.isfinite(sample)):
        return "not finite in every replication"
    if expected == 0.0:
        return "" if np.all(sample == 0.0) else "not exactly zero in every replication"
    if abs(mean - expected) > half + _ROUNDING * abs(expected):
        return "outside the interval"
    if half > max_rel * abs(expected):
        return f"half-width {half / abs(expected):.1%} of the reference: not decided"
    return ""


def _or_null(value: float) -> float | None:
    return value if math.isfinite(value) else None
