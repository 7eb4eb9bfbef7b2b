"""Questions and the rows that answer them; groups too small to be shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.experiment.fakes import SERVICE, fake_runs, fake_spec
from twin.experiment.comparison import Comparison, compare
from twin.experiment.gains import FEWEST, Gains
from twin.results.groups import Category


def question(name: str, **more: Any) -> dict[str, Any]:
    base = {"id": name, "measure": "wait_mean_s", "service": SERVICE, "better": "lower"}
    return {**base, "smallest_effect": 30.0, **more}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """A scenario that asks for two columns at once and twice the same; its baseline does not."""
    specs = [fake_spec("baseline"), fake_spec("gain", shift_s=-300.0)]
    for spec in specs:
        spec.resolved["services"] = [{"id": SERVICE}]
    specs[1].resolved["questions"] = [
        question("crossed", by="registration, has_car"),
        question("first"),
        question("again", smallest_effect=1.0),
    ]
    return compare(fake_runs(tmp_path_factory.mktemp("asked"), specs))


def test_a_question_by_two_columns_is_answered(result: Comparison) -> None:
    asked = {row["group"]: row for row in result.verdicts() if row["question_id"] == "crossed"}
    assert set(asked) == {
        f"registration={who},has_car={car}"
        for who in ("migrant", "registered")
        for car in ("true", "false")
    }
    assert asked["registration=migrant,has_car=true"]["verdict"] == "better"
    assert asked["registration=migrant,has_car=true"]["preregistered"]
    assert len(result.effect("wait_mean_s", by="registration,has_car")) == 4
    assert len(result.effect("wait_mean_s", by="registration")) == 2


def test_of_two_questions_the_first_holds_and_the_other_is_told(result: Comparison) -> None:
    (row,) = [row for row in result.verdicts() if row["group"] == "all"]
    assert (row["question_id"], row["smallest_effect"]) == ("first", 30.0)
    assert ["`again`" in note for note in result.notes] == [True]
    assert result.document["scenarios"][0]["questions"] == ["crossed", "first", "again"]


def test_groups_of_few_residents_are_not_told(tmp_path: Path) -> None:
    few = {"n_residents": 12, "n_visits": 300}
    specs = [fake_spec("baseline", **few), fake_spec("gain", shift_s=-300.0, **few)]
    for spec in specs:
        spec.resolved["fake"].update(few)
    found = compare(fake_runs(tmp_path, specs))
    zone = found.gains("gain").groups["zone"]
    sizes = {f"zone={label}": int((zone.codes == n).sum()) for n, label in enumerate(zone.labels)}
    small = {group for group, n in sizes.items() if n < FEWEST}
    assert small
    (record,) = found.document["scenarios"]
    told = {row["group"] for row in record["measures"]}
    assert not told & small
    assert {group for group, n in sizes.items() if n >= FEWEST} <= told
    assert not {one["group"] for one in record["residents"]["by_group"]} & small


def test_small_crossed_groups_are_found() -> None:
    groups = {
        "sex": Category(np.repeat([0, 1], [50, 50]), ("female", "male")),
        "has_car": Category(np.repeat([0, 1], [97, 3]), ("false", "true")),
    }
    residents = np.arange(100, dtype=np.uint32)
    found = Gains(residents, np.zeros(100), 1.0, groups, residents.astype(np.int64))
    assert found.small_groups() == {"has_car=true"}
    assert found.small_groups([("sex", "has_car")]) == {
        "has_car=true",
        "sex=female,has_car=true",
        "sex=male,has_car=true",
    }
