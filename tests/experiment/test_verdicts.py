"""Rows of a comparison: what guards a verdict and what must not be taken for an effect."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from twin.experiment.asked import Asked, Key
from twin.experiment.verdicts import Arms, effect_rows

WAIT: Key = ("wait_mean_s", "care", "all")
UNMET: Key = ("unmet_share", "care", "all")
CARE = Asked("unmet", "lower", 0.005, is_preregistered=True)
WAITS = Asked("waits", "lower", 60.0, is_preregistered=True)


def pair(
    wait: Sequence[float], unmet: Sequence[float], asked: dict[Key, Asked] | None = None
) -> dict[str, Any]:
    """Return the row of the wait: 600 s and 5 % unmet before, changed as given."""
    baseline = np.array([[600.0, 0.05]] * len(wait))
    scenario = baseline + np.column_stack([wait, unmet])
    return effect_rows(Arms([WAIT, UNMET], baseline, scenario), asked or {})[0]


def test_shorter_waits_of_fewer_people_carry_a_caution() -> None:
    row = pair([-90, -100, -110], [0.10, 0.11, 0.12])
    assert row["verdict"] == "better"
    assert row["guard"]["is_worse"]
    assert row["note"].startswith("waits fall, but people stay away: the unmet share rises by 11 ")


def test_waits_that_are_more_alike_among_fewer_people_carry_one_too() -> None:
    keys: list[Key] = [("wait_gini", "care", "all"), UNMET]
    baseline = np.array([[0.5, 0.05]] * 3)
    moved = baseline + np.column_stack([[-0.10, -0.11, -0.12], [0.10, 0.11, 0.12]])
    row = effect_rows(Arms(keys, baseline, moved), {})[0]
    assert row["verdict"] == "better"
    assert row["guard"]["is_worse"]
    assert row["note"].startswith("it improves, but people stay away: the unmet share rises by 11 ")


def test_equal_waits_of_fewer_people_carry_one_too() -> None:
    row = pair([-1, 0, 1], [0.10, 0.11, 0.12], {WAIT: WAITS})
    assert row["verdict"] == "no_material_difference"
    assert "people stay away" in row["note"]


def test_longer_waits_of_more_people_say_that_more_are_served() -> None:
    row = pair([90, 100, 110], [-0.02, -0.021, -0.022])
    assert row["verdict"] == "worse"
    assert row["note"].startswith("but more people are served: the unmet share falls by 2.1 ")


def test_an_immaterial_rise_of_the_unmet_share_is_no_alarm() -> None:
    few = [0.0010, 0.0011, 0.0012]
    assert pair([-90, -100, -110], few)["guard"]["is_worse"]
    row = pair([-90, -100, -110], few, {UNMET: CARE})
    assert not row["guard"]["is_worse"]
    assert row["note"] is None


def test_a_group_is_guarded_by_everybodys_smallest_effect() -> None:
    keys: list[Key] = [(name, "care", group) for group in ("all", "sex=male") for name in
                       ("wait_mean_s", "unmet_share")]  # fmt: skip
    baseline = np.array([[600.0, 0.05, 600.0, 0.05]] * 3)
    change = np.array([[-9.0, 0.0, -90, 0.0010], [-8, 0, -100, 0.0011], [-7, 0, -110, 0.0012]])
    rows = effect_rows(Arms(keys, baseline, baseline + change), {UNMET: CARE})
    assert rows[2]["verdict"] == "better"
    assert not rows[2]["guard"]["is_worse"]


def test_a_difference_of_rounding_is_none() -> None:
    baseline = np.array([[0.1 + 0.2], [0.7], [0.9]])
    scenario = np.array([[0.3], [0.7 + 1e-16], [0.9 - 1e-16]])
    row = effect_rows(Arms([WAIT], baseline, scenario), {})[0]
    assert row["difference"] == row["ci_low"] == row["ci_high"] == 0.0
    assert row["verdict"] == "undecided"
    assert row["variance_reduction"] is None


def test_a_constant_difference_is_sure_and_has_no_reduction() -> None:
    row = pair([-100.0, -100.0, -100.0], [0, 0, 0], {WAIT: WAITS})
    assert (row["ci_low"], row["ci_high"]) == (-100.0, -100.0)
    assert row["verdict"] == "better"
    assert row["variance_reduction"] is None
    small = pair([-10.0, -10.0, -10.0], [0, 0, 0], {WAIT: WAITS})
    assert small["verdict"] == "no_material_difference"


@pytest.mark.parametrize("asked", [{}, {WAIT: WAITS, UNMET: CARE}])
def test_one_seed_is_undecided_and_has_no_nan(asked: dict[Key, Asked]) -> None:
    row = pair([-100.0], [0.2], asked)
    assert row["difference"] == -100.0
    assert row["ci_low"] is row["ci_high"] is row["seeds_needed"] is None
    assert row["verdict"] == "undecided"
    assert row["guard"]["ci_low"] is None
    assert not row["guard"]["is_worse"]
    assert json.loads(json.dumps(row, allow_nan=False)) == row


def test_a_guard_without_a_case_is_none() -> None:
    assert pair([-100.0, -90.0], [math.nan, math.nan])["guard"] is None


def test_what_is_neither_good_nor_bad_says_so() -> None:
    key: Key = ("utilisation", "care", "all")
    arms = Arms([key], np.array([[0.7], [0.71]]), np.array([[0.6], [0.61]]))
    assert "neither good nor bad" in effect_rows(arms, {})[0]["note"]
    asked = Asked("load", "lower", 0.01, is_preregistered=True)
    assert effect_rows(arms, {key: asked})[0]["note"] is None


@pytest.mark.parametrize(
    ("gini", "burden", "verdict", "words"),
    [
        ([-0.1, -0.11, -0.12], [300, 310, 320], "better", "more alike is not better off"),
        ([0.1, 0.11, 0.12], [-300, -310, -320], "worse", "an index is relative to the mean"),
        ([-0.1, -0.11, -0.12], [-300, -310, -320], "better", None),
    ],
    ids=["levelling down", "all gain", "both better"],
)
def test_an_index_is_guarded_by_the_mean_burden(
    gini: list[float], burden: list[float], verdict: str, words: str | None
) -> None:
    keys: list[Key] = [(name, "care", "all") for name in ("burden_gini", "burden_mean_s")]
    baseline = np.array([[0.5, 3600.0]] * 3)
    row = effect_rows(Arms(keys, baseline, baseline + np.column_stack([gini, burden])), {})[0]
    assert row["verdict"] == verdict
    assert row["guard"]["measure"] == "burden_mean_s"
    assert (row["note"] is None) if words is None else (words in row["note"])


def test_a_time_is_guarded_by_the_share_out_of_reach() -> None:
    keys: list[Key] = [
        ("access_mean_s", "care", "all"),
        ("access_none_share", "care", "all"),
        UNMET,
    ]
    baseline = np.array([[600.0, 0.1, 0.05]] * 3)

    def row(seconds: float, share: float) -> dict[str, Any]:
        change = np.array([[seconds, share, 0.0]] * 3)
        return effect_rows(Arms(keys, baseline, baseline + change), {})[0]

    assert "rises by 20 percentage points: it counts who is left" in row(-60.0, 0.2)["note"]
    assert "falls by 10 percentage points: more people count" in row(60.0, -0.1)["note"]
    assert row(-60.0, 0.0)["note"] is None


def test_one_seed_is_enough_for_what_no_seed_changes() -> None:
    keys: list[Key] = [("access_share_15min", "care", "all"), WAIT]
    arms = Arms(keys, np.array([[0.5, 600.0]]), np.array([[0.6, 500.0]]))
    access, wait = effect_rows(arms, {keys[0]: Asked("q", "higher", 0.05, is_preregistered=True)})
    assert (access["ci_low"], access["ci_high"]) == (access["difference"], access["difference"])
    assert access["verdict"] == "better"
    assert access["variance_reduction"] is None
    assert (wait["verdict"], wait["ci_low"]) == ("undecided", None)
    asked = {keys[0]: Asked("q", "higher", 0.2, is_preregistered=True)}
    assert effect_rows(arms, asked)[0]["verdict"] == "no_material_difference"
