"""Herding: whether residents run to one facility and then all to the next.

Information about waits that is late and read by many makes them do so: the board shows a
short line, everybody goes, and the next board shows a long one. Between neighbouring
periods the shares of the facilities then differ by more than independent choices give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.results.groups import as_category, recoded
from twin.results.measure import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.results.measure import Row

HERDING: Final = Measure(
    "herding_index",
    "count",
    "lower",
    "herding index",
    "Variance of the shares of the facilities between neighbouring periods over what independent "
    "choices give: about 1 without herding.",
    is_neutral=True,
)
HERDING_COLUMNS: Final = ("service", "facility", "need_s", "delay_s")
"""Columns of visits that it is made of."""
PERIOD_S: Final = 900.0
"""Period where no waits are published."""
FLAG_ABOVE: Final = 2.0
"""Twice the variance of independent choices is told as a warning."""


def herding_row(
    visits: Mapping[str, Any], *, service: str, period_s: float, window_s: tuple[float, float]
) -> Row:
    """Return the index of one service in one run.

    Choices count at the time of the need, and only those that were acted on at once:
    others wait for an opening, and boards tell them nothing.

    Parameters
    ----------
    visits
        `HERDING_COLUMNS`; text columns are `Category`.
    service
        Its id.
    period_s
        Length of a period: that of publications.
    window_s
        Needs that arise in [first, last) count.
    """
    need_s = np.asarray(visits["need_s"], dtype=np.float64)
    keep = (need_s >= window_s[0]) & (need_s < window_s[1])
    keep &= recoded(visits["service"], (service,)) == 0
    keep &= np.asarray(visits["delay_s"], dtype=np.float64) == 0.0
    facility = as_category(visits["facility"]).codes
    keep &= facility >= 0
    period = ((need_s[keep] - window_s[0]) // period_s).astype(np.int64)
    index, n = herding_index(period, facility[keep].astype(np.int64))
    return {
        "measure": HERDING.name,
        "service": service,
        "group": "all",
        "value": index,
        "n": n,
        "unit": HERDING.unit,
        "better": HERDING.better,
    }


def herding_index(
    period: NDArray[np.int64], facility: NDArray[np.int64]
) -> tuple[float | None, int]:
    """Return the index and the number of pairs of neighbouring periods behind it.

    With n and m choices in two neighbouring periods and shares p independent of time, the
    squared difference of the shares times ``n m / (n + m)`` has the mean ``1 - sum p**2``,
    and so has ``(1 - sum q**2) N / (N - 1)`` with the shares q of both periods together and
    N = n + m. The index is the sum of the one over that of the other.

    Parameters
    ----------
    period : (n,) int64
        Period of each choice, 0 or more.
    facility : (n,) int64
        What was chosen, 0 or more.
    """
    if period.size == 0:
        return None, 0
    width = int(facility.max()) + 1
    cells, counts = np.unique(period * width + facility, return_counts=True)
    found, row = np.unique(cells // width, return_inverse=True)
    table = np.zeros((found.size, width))
    table[row, cells % width] = counts
    first = np.flatnonzero(np.diff(found) == 1)
    a, b = table[first], table[first + 1]
    n, m = a.sum(axis=1), b.sum(axis=1)
    difference = ((a / n[:, None] - b / m[:, None]) ** 2).sum(axis=1)
    observed = difference * n * m / (n + m)
    both = n + m
    spread = 1.0 - (((a + b) / both[:, None]) ** 2).sum(axis=1)
    expected = spread * both / (both - 1.0)
    if not expected.sum() > 0.0:
        return None, int(first.size)
    return float(observed.sum() / expected.sum()), int(first.size)


def herding_warning(row: Row, where: str) -> str | None:
    """Return what to tell about an index that is too high, or None."""
    value = row["value"]
    if value is None or value <= FLAG_ABOVE:
        return None
    return (
        f"{where}: herding: the shares of the facilities differ between neighbouring periods "
        f"{value:.1f} times as much as independent choices would (told above {FLAG_ABOVE:g}); "
        "publish waits more often or with less delay, or let fewer read them"
    )
