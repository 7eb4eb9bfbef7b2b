"""Measures of enrolment, counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from twin.results.groups import Category
from twin.results.measures import MEASURES
from twin.results.school_measures import SCHOOL_MEASURES, SCHOOLS, school_rows

PEOPLE = {
    "resident": np.array([10, 11, 12, 13, 14], dtype=np.uint32),
    "registration": Category(np.array([0, 0, 1, 1, 0]), ("registered", "migrant")),
}
GROUP = Category(
    np.array([0, 0, 1, 1, 0], dtype=np.int16), ("registration=registered", "registration=migrant")
)
# Child 11 moves up in a later round, child 13 gets no place, resident 14 takes no part.
ENROLMENTS = {
    "resident": np.array([10, 11, 12, 13, 11], dtype=np.uint32),
    "level": Category(np.array([0, 0, 0, 1, 0]), ("primary", "middle")),
    "rank": np.array([1, 3, 2, 0, 1], dtype=np.int32),
    "outcome": Category(np.array([0, 0, 0, 1, 0]), ("placed", "unplaced")),
    "travel_s": np.array([60.0, 900.0, 300.0, np.nan, 120.0]),
}


def values(levels=("primary", "middle"), enrolments=ENROLMENTS):
    rows = school_rows(enrolments, PEOPLE, levels=levels, groups=[GROUP])
    return {(row["service"], row["group"], row["measure"]): row["value"] for row in rows}


def test_each_child_counts_once_by_the_last_round():
    found = values()
    assert found["primary", "all", "n_school_seekers"] == 3
    assert found["primary", "all", "placed_share"] == 1.0
    assert found["primary", "all", "first_choice_share"] == pytest.approx(2 / 3)
    assert found["primary", "all", "choice_rank_mean"] == pytest.approx(4 / 3)
    assert found["primary", "all", "school_travel_mean_s"] == pytest.approx(160.0)
    assert found["primary", "all", "migrant_pupil_share"] == pytest.approx(1 / 3)
    assert found["middle", "all", "unplaced_share"] == 1.0
    assert found["middle", "all", "choice_rank_mean"] is None
    assert found["middle", "registration=registered", "placed_share"] is None


def test_levels_together_and_groups():
    found = values()
    assert found[SCHOOLS, "all", "n_school_seekers"] == 4
    assert found[SCHOOLS, "registration=migrant", "placed_share"] == 0.5
    assert found[SCHOOLS, "all", "migrant_placed_share"] == 0.5
    assert found[SCHOOLS, "all", "unplaced_share"] == 0.25


def test_one_level_has_no_total():
    only: dict[str, Any] = {
        name: np.asarray(ENROLMENTS[name])[:3] for name in ("resident", "rank", "travel_s")
    }
    only["level"] = Category(np.array([0, 0, 0]), ("primary",))
    only["outcome"] = Category(np.array([0, 0, 0]), ("placed", "unplaced"))
    assert {key[0] for key in values(("primary",), only)} == {"primary"}


def test_every_measure_is_declared():
    names = {key[2] for key in values()}
    assert names == {measure.name for measure in SCHOOL_MEASURES}
    assert names <= set(MEASURES)
