"""Paired comparison: verdicts, guards, gained and lost, and the file they end in."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.experiment.fakes import DAYS, fake_runs, fake_spec
from twin.errors import InputError
from twin.experiment.asked import Asked
from twin.experiment.comparison import Comparison, check_comparable, compare
from twin.experiment.runset import RunSet
from twin.experiment.statistics import paired_t
from twin.experiment.verdicts import Arms, decide, effect_rows
from twin.report.page import page
from twin.results.measures import GROUP_COLUMNS

ROW_KEYS = [
    "measure",
    "service",
    "group",
    "baseline",
    "scenario",
    "difference",
    "ci_low",
    "ci_high",
    "level",
    "n_seeds",
    "variance_reduction",
    "question_id",
    "preregistered",
    "smallest_effect",
    "verdict",
    "seeds_needed",
    "unit",
    "better",
    "guard",
]
KEY = ("wait_mean_s", "primary_care", "all")
QUESTION = Asked("q", "lower", 1.0, is_preregistered=True)


@pytest.fixture(scope="module")
def result(compared: RunSet) -> Comparison:
    return compare(compared, "baseline")


def rows(baseline: list[float], scenario: list[float], **asked: Asked) -> dict[str, Any]:
    arms = Arms([KEY], np.array(baseline)[:, None], np.array(scenario)[:, None])
    return effect_rows(arms, {KEY: asked["question"]} if asked else {})[0]


def test_comparison_json_has_the_contract_keys(result: Comparison, tmp_path: Path) -> None:
    document = json.loads(result.write(tmp_path).read_text())
    assert document["schema"] == 1
    assert document["baseline"] == "baseline"
    assert document["seeds"] == [1, 2, 3, 4]
    assert [record["name"] for record in document["scenarios"]] == [
        "gain",
        "drives_away",
        "nothing",
    ]
    for record in document["scenarios"]:
        assert {"measures", "residents", "cost", "break_even"} <= set(record)
        assert {"npv", "per_effect"} <= set(record["cost"])
        for row in record["measures"]:
            assert set(ROW_KEYS) <= set(row)
            assert row["verdict"] in {"better", "worse", "no_material_difference", "undecided"}
            assert row["better"] in {"lower", "higher"}
            assert row["question_id"] or row["verdict"] != "no_material_difference"
            assert (
                row["guard"]
                or row["measure"] == "unmet_share"
                or row["difference"] is None
                or (row["measure"] == "utilisation")
            )


def test_a_row_is_the_paired_t_of_its_seeds(result: Comparison, compared: RunSet) -> None:
    row = result.effect("wait_mean_s")[0]
    arms = [
        [run.measures[KEY] for run in compared.of(name).values()] for name in ("gain", "baseline")
    ]
    assert all(value is not None for arm in arms for value in arm)
    expected = paired_t(*[[value or 0.0 for value in arm] for arm in arms])
    assert row["difference"] == pytest.approx(expected.mean_diff)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((expected.ci_low, expected.ci_high))


def test_migrants_gain_and_registered_residents_do_not_differ(result: Comparison) -> None:
    found = {row["group"]: row for row in result.verdicts() if row["scenario_name"] == "gain"}
    migrants = found["registration=migrant"]
    assert migrants["verdict"] == "better"
    assert migrants["difference"] == pytest.approx(-300.0, rel=0.05)
    assert migrants["preregistered"]
    assert migrants["variance_reduction"] > 10
    registered = found["registration=registered"]
    assert registered["verdict"] == "no_material_difference"
    assert registered["variance_reduction"] is None


def test_shorter_waits_of_fewer_people_are_not_told_alone(result: Comparison) -> None:
    rows_of = {row["scenario_name"]: row for row in result.effect("wait_mean_s")}
    row = rows_of["drives_away"]
    assert row["verdict"] == "better"
    assert row["guard"]["difference"] == pytest.approx(0.35, abs=0.03)
    assert "people stay away" in row["note"]
    assert rows_of["gain"]["note"] is None


def test_an_equal_scenario_differs_in_nothing(result: Comparison) -> None:
    record = result.document["scenarios"][2]
    assert {row["difference"] for row in record["measures"]} <= {0.0, None}
    assert all(row["variance_reduction"] is None for row in record["measures"])
    assert record["residents"]["unchanged"] == 400


def test_gained_lost_and_unchanged_sum_to_the_population(result: Comparison) -> None:
    for record in result.residents():
        assert record["gained"] + record["lost"] + record["unchanged"] == 400
        for column in set(GROUP_COLUMNS):
            parts = [one for one in record["by_group"] if one["group"].startswith(f"{column}=")]
            assert sum(one["n"] for one in parts) == 400
            assert sum(one["gained"] for one in parts) == record["gained"]
            assert all(one["gained"] + one["lost"] + one["unchanged"] == one["n"] for one in parts)
    gain = result.residents("gain")[0]
    by_group = {one["group"]: one for one in gain["by_group"]}
    assert by_group["registration=registered"]["gained"] == 0
    assert gain["lost"] == 0
    assert gain["gained"] > 50


def test_gains_do_not_depend_on_the_storage_order(tmp_path: Path) -> None:
    specs = [fake_spec("baseline"), fake_spec("gain", shift_s=-300.0)]
    plain = compare(fake_runs(tmp_path, specs, seeds=[1, 2]))
    shuffled = compare(fake_runs(tmp_path, specs, seeds=[1, 2]))
    run = shuffled.runs_of("gain")[0]
    columns = run.columns("residents", ["resident", "burden_s"])
    order = np.argsort(columns["burden_s"])
    read = type(run).columns

    def reordered(self: Any, table: str, names: list[str]) -> Any:
        found = read(self, table, names)
        return {name: values[order] for name, values in found.items()} if self is run else found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(run), "columns", reordered)
        assert (
            shuffled.gains("gain").difference_s.tolist()
            == plain.gains("gain").difference_s.tolist()
        )


def test_a_question_written_after_the_run_is_not_preregistered(tmp_path: Path) -> None:
    specs = [fake_spec("baseline"), fake_spec("gain", shift_s=-300.0)]
    fake_runs(tmp_path, specs, seeds=[1, 2])
    later = fake_spec("gain", shift_s=-300.0)
    later.resolved["questions"][0]["smallest_effect"] = 1.0
    runs = fake_runs(tmp_path, [specs[0], later], seeds=[1, 2])
    assert runs.n_made == 0
    verdicts = compare(runs).verdicts()
    assert [row["smallest_effect"] for row in verdicts] == [1.0, 1.0]
    assert not any(row["preregistered"] for row in verdicts)


def test_verdicts_of_one_number() -> None:
    assert rows([5, 6, 7], [4, 5.1, 6])["verdict"] == "better"
    assert rows([5, 6, 7], [6, 7.1, 8])["verdict"] == "worse"
    assert rows([5, 6, 7], [5.1, 5.9, 7])["verdict"] == "undecided"
    assert rows([5, 6, 7], [5.1, 5.9, 7], question=QUESTION)["verdict"] == "no_material_difference"
    assert rows([5, 6, 7], [5, 6, 7])["verdict"] == "undecided"
    assert rows([5, 6, 7], [5, 6, 7], question=QUESTION)["verdict"] == "no_material_difference"
    assert rows([5.0], [1.0])["verdict"] == "undecided"


def test_undecided_says_how_many_seeds_would_do() -> None:
    row = rows([5, 6, 7, 8], [9, 4, 8, 6], question=QUESTION)
    assert row["verdict"] == "undecided"
    assert row["seeds_needed"] > row["n_seeds"]
    assert rows([5, 6, 7, 8], [9, 4, 8, 6])["seeds_needed"] is None


def test_a_small_sure_effect_is_not_material() -> None:
    row = rows([5, 6, 7], [5.1, 6.1, 7.11], question=QUESTION)
    assert row["ci_low"] > 0
    assert row["verdict"] == "no_material_difference"


@pytest.mark.parametrize(("better", "expected"), [("lower", "better"), ("higher", "worse")])
def test_the_direction_is_the_questions(better: str, expected: str) -> None:
    found = decide(-2.0, -3.0, -1.0, better=better, question=None, p_within=math.nan, level=0.95)
    assert found == expected


def test_missing_values_are_null_and_never_nan() -> None:
    row = rows([math.nan, math.nan], [1.0, math.nan])
    assert row["difference"] is None
    assert row["n_seeds"] == 0
    assert "NaN" not in json.dumps(row)


@pytest.mark.parametrize("part", ["map", "population"])
def test_other_maps_or_residents_are_refused(compared: RunSet, part: str) -> None:
    first = compared.of("baseline")[1].manifest
    other = {**first, "name": "other", "digests": {**first["digests"], part: "0"}}
    with pytest.raises(InputError, match=f"have another {part}"):
        check_comparable(first, other)


def test_other_days_are_refused(compared: RunSet) -> None:
    first = compared.of("baseline")[1].manifest
    run = {**first["scenario"]["run"], "days": DAYS + 7}
    other = {**first, "name": "other", "scenario": {**first["scenario"], "run": run}}
    with pytest.raises(InputError, match=r"\[run\] days: 14 and 21"):
        check_comparable(first, other)


def test_only_common_seeds_are_paired(tmp_path: Path) -> None:
    a = fake_runs(tmp_path, [fake_spec("a")], seeds=[1, 2, 3])
    b = fake_runs(tmp_path, [fake_spec("b", shift_s=-60.0)], seeds=[2, 3, 4])
    both = RunSet([*a, *b])
    assert compare(both, "a").seeds == [2, 3]
    with pytest.raises(InputError, match=r"\[1\] were not run"):
        compare(both, "a", seeds=[1, 2])


def test_unknown_names_are_refused_with_a_hint(compared: RunSet, result: Comparison) -> None:
    with pytest.raises(InputError, match="did you mean `baseline`"):
        compare(compared, "baselin")
    with pytest.raises(InputError, match="did you mean `wait_mean_s`"):
        result.effect("wait_mean")


def test_effects_by_group_and_as_a_frame(result: Comparison) -> None:
    by = result.effect("unmet_share", by="age_band")
    assert {row["group"] for row in by} == {"age_band=0-14", "age_band=15-59", "age_band=60+"}
    frame = result.to_frame()
    assert len(frame) == sum(len(record["measures"]) for record in result.document["scenarios"])


def test_runs_of_two_versions_of_a_scenario_are_not_averaged(tmp_path: Path) -> None:
    base = fake_runs(tmp_path, [fake_spec("baseline")], seeds=[1, 2])
    old = fake_runs(tmp_path, [fake_spec("gain", shift_s=-300.0)], seeds=[1])
    new = fake_runs(tmp_path, [fake_spec("gain", shift_s=-200.0)], seeds=[2])
    with pytest.raises(InputError, match="runs of `gain`: are of 2 versions"):
        compare(RunSet([*base, *old, *new]), "baseline")


def test_a_seed_named_twice_counts_once(compared: RunSet) -> None:
    assert compare(compared, "baseline", seeds=[2, 1, 2]).seeds == [1, 2]


@pytest.mark.parametrize("level", [95.0, 1.0, 0.0, math.nan])
def test_a_level_is_a_share(compared: RunSet, level: float) -> None:
    with pytest.raises(InputError, match="not per cent"):
        compare(compared, "baseline", level=level)


def test_without_a_scenario_there_is_nothing_to_say_and_no_error(compared: RunSet) -> None:
    alone = compare(compared, "baseline", scenarios=[])
    assert alone.document["scenarios"] == []
    assert "0 interventions" in page(alone)
