"""Statistics of paired replications: what a verdict rests on.

Two scenarios run with the same seeds share every draw, so their difference is
taken seed by seed (common random numbers) and the interval comes from the
differences alone. Formulas by Student (1908) and Schuirmann (1987).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LEVEL: Final = 0.95
FEWEST_PAIRS: Final = 2
MOST_SEEDS: Final = 1_000_000
"""`seeds_needed` answers None above this: no experiment of ours is that long."""


@dataclass(frozen=True)
class PairedT:
    """A paired t test and interval; `mean_diff` is x minus y.

    Parameters
    ----------
    mean_diff, sd_diff, n
        Mean, sample standard deviation and number of the differences.
    t, p
        Statistic and two-sided p value; nan where all differences are zero.
    ci_low, ci_high, level
        Interval of the mean difference and its confidence level.
    """

    mean_diff: float
    sd_diff: float
    n: int
    t: float
    p: float
    ci_low: float
    ci_high: float
    level: float


@dataclass(frozen=True)
class Tost:
    """Two one-sided tests of whether the difference is within the margin."""

    p: float
    is_equivalent: bool
    margin: float
    level: float


@dataclass(frozen=True, eq=False)
class Intervals:
    """Intervals of many mean differences at once, one entry a column."""

    n: NDArray[np.int64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def t_quantile(probability: float, df: ArrayLike) -> NDArray[np.float64]:
    """Return Student's t quantile for each number of degrees of freedom; nan below one."""
    from scipy.special import stdtrit  # noqa: PLC0415 - 0.2 s

    freedom = np.asarray(df, dtype=np.float64)
    found = stdtrit(np.where(freedom >= 1, freedom, np.nan), probability)
    return np.asarray(found, dtype=np.float64)


def t_tail(t: float, df: float) -> float:
    """Return the probability that Student's t is above `t`."""
    from scipy.special import stdtr  # noqa: PLC0415 - 0.2 s

    return float(stdtr(df, -t))


def intervals(differences: NDArray[np.float64], *, level: float = LEVEL) -> Intervals:
    """Return the t interval of the mean of each column.

    Parameters
    ----------
    differences
        (n_seeds, n_columns); a nan is a seed that says nothing of that column.
    level
        Confidence level.
    """
    is_known = ~np.isnan(differences)
    n = is_known.sum(axis=0)
    filled = np.where(is_known, differences, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(n > 0, filled.sum(axis=0) / n, np.nan)
        residual = np.where(is_known, differences - mean, 0.0)
        sd = np.where(n > 1, np.sqrt((residual**2).sum(axis=0) / (n - 1)), np.nan)
        half = t_quantile(0.5 + level / 2, n - 1) * sd / np.sqrt(n)
    return Intervals(n=n, mean=mean, sd=sd, low=mean - half, high=mean + half)


def paired_t(x: ArrayLike, y: ArrayLike, *, level: float = LEVEL) -> PairedT:
    """Return Student's paired t test and interval of x minus y.

    Parameters
    ----------
    x, y
        Values of the two arms, in the same order of seeds.
    level
        Confidence level.

    Raises
    ------
    ValueError
        If the arms have different lengths or fewer than two pairs.
    """
    differences = _differences(x, y)
    found = intervals(differences[:, None], level=level)
    n, mean, sd = len(differences), float(found.mean[0]), float(found.sd[0])
    t = _ratio(mean, sd / math.sqrt(n))
    p = math.nan if math.isnan(t) else 2 * t_tail(abs(t), n - 1)
    return PairedT(mean, sd, n, t, p, float(found.low[0]), float(found.high[0]), level)


def tost(x: ArrayLike, y: ArrayLike, *, margin: float, level: float = LEVEL) -> Tost:
    """Return the two one-sided tests of |x - y| < margin (Schuirmann 1987).

    Each side is tested at ``1 - level``, so 0.95 asks that the 90 % interval
    lies within the margin.
    """
    differences = _differences(x, y)
    n = len(differences)
    mean, error = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(n)
    p = tost_p(mean, error, n=n, margin=margin)
    return Tost(p=p, is_equivalent=p < 1 - level, margin=margin, level=level)


def tost_p(mean: float, error: float, *, n: int, margin: float) -> float:
    """Return the larger p value of the two one-sided tests.

    Parameters
    ----------
    mean, error
        Mean difference and its standard error.
    n
        Number of pairs.
    margin
        Smallest effect that matters, above zero.
    """
    if error == 0:
        return 0.0 if abs(mean) < margin else 1.0
    return t_tail((margin - abs(mean)) / error, n - 1)


def seeds_needed(sd: float, half_width: float, *, level: float = LEVEL) -> int | None:
    """Return the fewest pairs whose interval is not wider than +- `half_width`.

    Half of the smallest effect is enough for every verdict: then the interval
    either excludes zero or lies within the smallest effect.

    Parameters
    ----------
    sd
        Standard deviation of the paired differences.
    half_width
        Half of the interval's width that is asked for.
    level
        Confidence level.

    Returns
    -------
    :
        At least 2; None where more than `MOST_SEEDS` would be needed.
    """
    if not (half_width > 0 and math.isfinite(sd)):
        return None

    def is_enough(n: int) -> bool:
        return float(t_quantile(0.5 + level / 2, n - 1)) * sd / math.sqrt(n) <= half_width

    if not is_enough(MOST_SEEDS):
        return None
    low, high = 1, MOST_SEEDS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def variance_reduction(x: ArrayLike, y: ArrayLike) -> float | None:
    """Return by how much pairing lowers the variance of the difference.

    It is (var x + var y) / var(x - y): how many times more seeds independent
    arms would need. None where the differences do not vary.
    """
    differences = _differences(x, y)
    spread = float(differences.var(ddof=1))
    if spread == 0:
        return None
    arms = (np.asarray(arm, dtype=np.float64) for arm in (x, y))
    return sum(float(arm.var(ddof=1)) for arm in arms) / spread


def _differences(x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1 or len(first) < FEWEST_PAIRS:
        message = f"two arms of equal length >= 2 are needed, got {first.shape} and {second.shape}"
        raise ValueError(message)
    return first - second


def _ratio(mean: float, error: float) -> float:
    """Return mean / error; nan for 0/0, infinite for a constant difference."""
    if error == 0:
        return math.nan if mean == 0 else math.copysign(math.inf, mean)
    return mean / error
