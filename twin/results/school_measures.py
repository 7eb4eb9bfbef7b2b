"""Measures of enrolment: who got a school place, which one, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.results.groups import Category, divided, positions, recoded
from twin.results.measure import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twin.results.measure import Row

SCHOOLS: Final = "schools"
"""All levels of schools together, where there are several."""
UNPLACED_SHARE: Final = "unplaced_share"
ENROLMENT_COLUMNS: Final = ("resident", "level", "rank", "outcome", "travel_s")
"""Columns of enrolments that these measures are made of."""
OUTCOMES: Final = ("placed", "unplaced")
_US_PER_S: Final = 1e6

SCHOOL_MEASURES: Final = (
    Measure(
        "n_school_seekers",
        "count",
        "higher",
        "children who seek a place",
        "Children who took part in a round of enrolment.",
        is_neutral=True,
        guard=UNPLACED_SHARE,
    ),
    Measure(
        "placed_share",
        "share",
        "higher",
        "share with a school place",
        "Share of the children who sought a place of those who got one.",
        guard=UNPLACED_SHARE,
    ),
    Measure(
        UNPLACED_SHARE,
        "share",
        "lower",
        "share without a school place",
        "Share of the children who sought a place of those who got none.",
        guard=UNPLACED_SHARE,
    ),
    Measure(
        "first_choice_share",
        "share",
        "higher",
        "share at the school listed first",
        "Share of the children who sought a place of those who got the first school listed.",
        guard=UNPLACED_SHARE,
    ),
    Measure(
        "choice_rank_mean",
        "count",
        "lower",
        "mean rank of the school got",
        "Mean place on the list, 1 for the first, of children with a place.",
        is_conditional=True,
        guard=UNPLACED_SHARE,
    ),
    Measure(
        "school_travel_mean_s",
        "s",
        "lower",
        "mean way to school",
        "Mean free-flow time from home to the school got, of children with a place.",
        is_conditional=True,
        guard=UNPLACED_SHARE,
    ),
    Measure(
        "migrant_placed_share",
        "share",
        "higher",
        "share of migrant children in public schools",
        "Share of the migrant children who sought a place of those who got one.",
        guard=UNPLACED_SHARE,
    ),
    Measure(
        "migrant_pupil_share",
        "share",
        "higher",
        "migrant share of pupils",
        "Share of the children with a place who are migrants.",
        is_neutral=True,
        guard=UNPLACED_SHARE,
    ),
)
_DECLARED: Final = {measure.name: measure for measure in SCHOOL_MEASURES}


def school_rows(
    enrolments: Mapping[str, Any],
    residents: Mapping[str, Any],
    *,
    levels: Sequence[str],
    groups: Sequence[Category],
) -> list[Row]:
    """Return the rows for everyone and by each grouping; each child counts once a level.

    What counts is the last round in which a child took part: earlier ones are over.

    Parameters
    ----------
    enrolments
        `ENROLMENT_COLUMNS`, in the order of the rounds.
    residents
        Columns `resident` and `registration`.
    levels
        Ids of the levels; rows of several bear `SCHOOLS`.
    groups
        Named groups, each over all residents.
    """
    level = recoded(enrolments["level"], tuple(levels))
    resident = np.asarray(enrolments["resident"])
    last = _last_rows(level, resident)
    level = level[last]
    row = positions(np.asarray(residents["resident"]), resident[last])
    placed = recoded(enrolments["outcome"], OUTCOMES)[last] == 0
    rank = np.asarray(enrolments["rank"], dtype=np.float64)[last]
    # Sums of whole microseconds do not depend on the order of rows.
    travel = np.nan_to_num(np.asarray(enrolments["travel_s"], dtype=np.float64)[last])
    travel_us = np.rint(travel * _US_PER_S)
    migrant = recoded(residents["registration"], ("migrant",))[row] == 0
    everyone = Category(np.zeros(np.asarray(residents["resident"]).size, np.int16), ("all",))
    rows: list[Row] = []
    for code, name in enumerate([*levels, SCHOOLS] if len(levels) > 1 else levels):
        of = np.flatnonzero((level == code) | (name == SCHOOLS and len(levels) > 1))
        for group in (everyone, *groups):
            in_group = group.codes[row[of]]
            known, width = of[in_group >= 0], len(group.labels)
            codes = in_group[in_group >= 0]
            sums = _sums(codes, width, placed[known], rank[known], travel_us[known], migrant[known])
            for measure, (value, n) in sums.items():
                rows += _rows(_DECLARED[measure], group.labels, name, value, n)
    return rows


def _last_rows(level: NDArray[np.integer], resident: NDArray[Any]) -> NDArray[np.intp]:
    """Return the last row of each child at each level, ascending."""
    key = level.astype(np.int64) << 32 | resident.astype(np.int64)
    _, first = np.unique(key[::-1], return_index=True)
    return np.sort(key.size - 1 - first)


def _sums(
    codes: NDArray[np.integer],
    width: int,
    placed: NDArray[np.bool_],
    rank: NDArray[np.float64],
    travel_us: NDArray[np.float64],
    migrant: NDArray[np.bool_],
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.int64]]]:
    def count(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(codes[mask], minlength=width).astype(np.int64)

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        summed = np.bincount(codes[placed], weights=values[placed], minlength=width)
        return summed.astype(np.float64, copy=False)

    n, n_placed = count(np.ones(placed.size, np.bool_)), count(placed)
    n_migrants, n_placed_migrants = count(migrant), count(migrant & placed)
    first = count(placed & (rank == 1))
    return {
        "n_school_seekers": (n.astype(np.float64), n),
        "placed_share": (divided(n_placed, n), n),
        UNPLACED_SHARE: (divided(n - n_placed, n), n),
        "first_choice_share": (divided(first, n), n),
        "choice_rank_mean": (divided(total(rank), n_placed), n_placed),
        "school_travel_mean_s": (divided(total(travel_us), n_placed) / _US_PER_S, n_placed),
        "migrant_placed_share": (divided(n_placed_migrants, n_migrants), n_migrants),
        "migrant_pupil_share": (divided(n_placed_migrants, n_placed), n_placed),
    }


def _rows(
    measure: Measure,
    labels: Sequence[str],
    service: str,
    value: NDArray[np.float64],
    n: NDArray[np.int64],
) -> list[Row]:
    return [
        {
            "measure": measure.name,
            "service": service,
            "group": label,
            "value": None if np.isnan(number) else number,
            "n": int(cases),
            "unit": measure.unit,
            "better": measure.better,
        }
        for label, number, cases in zip(labels, value.tolist(), n.tolist(), strict=True)
    ]
