"""Who gains and who loses: the same resident in both worlds, over all seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.results.groups import PRIVACY_FLOOR, Category, as_category
from twin.results.measures import GROUP_COLUMNS, groupings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.experiment.runset import Run

FEWEST: Final = PRIVACY_FLOOR


@dataclass(frozen=True, eq=False)
class Gains:
    """Mean paired difference of each resident's burden, scenario - baseline.

    A resident's burden is the sum over his or her needs of the measured window; its
    change is averaged over all paired seeds, those without a need of his or hers too.

    Parameters
    ----------
    resident
        Uids, ascending.
    difference_s
        Mean over seeds of the change of the burden in the measured window.
    threshold_s
        ``[measures] smallest_effect_s``: beyond it a resident gains or loses.
    groups
        Columns of `GROUP_COLUMNS`, in the order of `resident`.
    home_node
        Node of the home.
    n_idle
        Residents without a need in any seed: they can only be unchanged. None
        where it is not known.
    fewest
        Groups of fewer residents are not shown.
    """

    resident: NDArray[np.uint32]
    difference_s: NDArray[np.float64]
    threshold_s: float
    groups: Mapping[str, Any]
    home_node: NDArray[np.int64]
    n_idle: int | None = None
    fewest: int = FEWEST

    def counts(self) -> dict[str, int]:
        """Return gained, lost and unchanged; they sum to the population."""
        gained = int((self.difference_s < -self.threshold_s).sum())
        lost = int((self.difference_s > self.threshold_s).sum())
        return {"gained": gained, "lost": lost, "unchanged": len(self.difference_s) - gained - lost}

    def small_groups(self, crossings: Sequence[Sequence[str]] = ()) -> frozenset[str]:
        """Return the names of groups that are too small to be shown."""
        found: set[str] = set()
        for group in groupings(self.groups, crossings):
            n = np.bincount(group.codes[group.codes >= 0], minlength=len(group.labels))
            found.update(group.labels[code] for code in np.flatnonzero(n < self.fewest))
        return frozenset(found)

    def by_group(self) -> list[dict[str, Any]]:
        """Return counts and mean difference of each group of at least `fewest` residents."""
        return [record for column in self.groups for record in self._of_column(column)]

    def _of_column(self, column: str) -> Iterator[dict[str, Any]]:
        category = as_category(self.groups[column])
        codes, width = category.codes, len(category.labels)
        is_known = codes >= 0
        sign = np.zeros(len(codes), dtype=np.int64)
        sign[self.difference_s < -self.threshold_s] = 1
        sign[self.difference_s > self.threshold_s] = 2
        cells = np.bincount(
            codes[is_known] * np.int64(3) + sign[is_known], minlength=3 * width
        ).reshape(width, 3)
        total = np.bincount(codes[is_known], weights=self.difference_s[is_known], minlength=width)
        for label, (same, gained, lost), sum_s in zip(
            category.labels, cells.tolist(), total.tolist(), strict=True
        ):
            n = same + gained + lost
            if n < self.fewest:
                continue
            yield {
                "group": f"{column}={label}",
                "gained": gained,
                "lost": lost,
                "unchanged": same,
                "n": n,
                "mean_difference_s": sum_s / n,
            }


def gains(
    baseline: Sequence[Run], scenario: Sequence[Run], *, threshold_s: float, fewest: int = FEWEST
) -> Gains:
    """Return each resident's mean paired difference.

    Parameters
    ----------
    baseline, scenario
        Runs of the two arms, seed by seed in the same order.
    threshold_s
        Smallest effect.
    fewest
        Groups of fewer residents are not shown.
    """
    first = baseline[0].columns("residents", ["resident", "home_node", *GROUP_COLUMNS])
    order = np.argsort(first["resident"], kind="stable")
    uids = np.asarray(first["resident"])[order]
    total = np.zeros(len(uids))
    n_needs = np.zeros(len(uids), dtype=np.int64)
    is_counted = True
    for left, right in zip(baseline, scenario, strict=True):
        columns = _by_uid(left, uids), _by_uid(right, uids)
        total += columns[1]["burden_s"] - columns[0]["burden_s"]
        is_counted &= all("n_needs" in found for found in columns)
        for found in columns if is_counted else ():
            n_needs += found["n_needs"]
    groups: dict[str, Any] = {
        name: _ordered(first[name], order) for name in GROUP_COLUMNS if name in first
    }
    home = np.asarray(first.get("home_node", np.full(len(uids), -1)), dtype=np.int64)[order]
    n_idle = int((n_needs == 0).sum()) if is_counted else None
    mean = total / len(baseline)
    return Gains(uids.astype(np.uint32), mean, threshold_s, groups, home, n_idle, fewest)


def _by_uid(run: Run, uids: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return burden and number of needs of each resident in the order of `uids`."""
    cached = run.scratch.get("burden")
    if cached is None:
        columns = run.columns("residents", ["resident", "burden_s", "n_needs"])
        stored = np.asarray(columns.pop("resident"))
        cached = {name: np.asarray(values) for name, values in columns.items()}
        if not np.array_equal(stored, uids):
            order = np.argsort(stored, kind="stable")
            stored = stored[order]
            cached = {name: values[order] for name, values in cached.items()}
        if not np.array_equal(stored, uids):
            message = f"{run.folder}: other residents than in the baseline"
            raise ValueError(message)
        cached["burden_s"] = np.nan_to_num(cached["burden_s"].astype(np.float64, copy=False))
        run.scratch["burden"] = cached
    found: dict[str, NDArray[Any]] = cached
    return found


def _ordered(column: object, order: NDArray[np.intp]) -> Category:
    category = as_category(column)
    return Category(category.codes[order], category.labels)
