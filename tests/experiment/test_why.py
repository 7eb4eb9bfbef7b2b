"""Large results explain themselves from their runs, or say that they cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.experiment.fakes import fake_runs, fake_spec
from tests.experiment.placed import MINUS, SEED_MEAN, A, B, against, changed, record_of, why_of
from twin.experiment.comparison import compare
from twin.experiment.why import NOTABLE, driver_of, is_notable
from twin.experiment.why_words import words_of


def words(found: dict[str, Any]) -> str:
    return " ".join(found["sentences"])


def test_a_second_server_near_full_load(tmp_path: Path) -> None:
    found = why_of(against(tmp_path, [changed(A, servers=2, load=0.475, wait_s=600.0), B]))
    assert found["questions"] == ["all"]
    assert found["relative"]["wait_mean_s"] == pytest.approx(-1200 / 1650)
    assert found["capacity"] == {
        "baseline": pytest.approx(168), "scenario": pytest.approx(224), "added": pytest.approx(56),
        "removed": 0, "n_added": 1, "n_removed": 0,
        "at_new_times": 0, "when_all_were_closed": 0, "times_gone": 0,
    }  # fmt: skip
    assert found["waiting"]["difference"] == pytest.approx(-700 * 2400 / 3600 * SEED_MEAN)
    assert [one["share"] for one in found["waiting"]["facilities"]] == [pytest.approx(1.0)]
    assert found["is_explained"]
    text = words(found)
    assert f"Mean wait {MINUS}73 %: more than the 4 to 5 % that" in text
    assert "grows from 168 to 224 staffed hours a week (+56, +33 %), at one facility" in text
    assert "People wait 468 hours a week less in all: 100 % at A (load 95 % → 48 %)." in text
    assert "So near full load waits react steeply" in text
    assert "spread" not in text


def test_without_capacity_people_spread(tmp_path: Path) -> None:
    places = [changed(A, needs=1200, wait_s=1200.0, load=0.81), changed(B, needs=1600, load=0.57)]
    found = why_of(against(tmp_path, places))
    assert found["moved"] == {
        "n_per_week": pytest.approx(100), "share": pytest.approx(100 / 1400), "busiest": "A",
        "left": pytest.approx(100), "came": 0, "to": [{"name": "B", "n_per_week": 100.0}],
    }  # fmt: skip
    text = words(found)
    assert "No capacity is added or moved: 168 staffed hours a week as before." in text
    assert "100 needs a week (7.1 %) go to another facility than before" in text
    assert (
        "A, where people waited most, sends 100 of its needs a week elsewhere, most to B (100)"
        in text
    )
    assert found["is_explained"]


def test_a_fall_that_nothing_explains_is_called_so(tmp_path: Path) -> None:
    found = why_of(
        against(tmp_path, [changed(A, load=0.3, wait_s=900.0), B], base=[changed(A, load=0.3), B])
    )
    assert not found["is_explained"]
    assert "Nobody goes to another facility than before." in words(found)
    assert words(found).endswith("do not explain the size of this change: doubt it first.")
    assert "steeply" not in words(found)


def test_hours_that_are_full_at_peaks_explain_too(tmp_path: Path) -> None:
    found = why_of(against(tmp_path, [changed(A, servers=2, load=0.4, wait_s=600.0), B]))
    (one,) = found["waiting"]["facilities"]
    assert one["full"] == [pytest.approx(1.0), pytest.approx(0.0)]
    for full, is_explained in ((0.31, True), (0.1, False)):
        less = one | {"load": [0.7, 0.4], "full": [full, 0.0]}
        told = words_of(found | {"waiting": found["waiting"] | {"facilities": [less]}})
        assert told["is_explained"] == is_explained
        assert ("up to 31.0 % of their time falls in hours" in words(told)) == is_explained


def test_a_loss_is_explained_by_the_load_after(tmp_path: Path) -> None:
    less = [changed(A, first=12, load=1.9, wait_s=9000.0), B]
    found = why_of(against(tmp_path, less))
    text = words(found)
    assert f"Capacity falls from 168 to 140 staffed hours a week ({MINUS}28, {MINUS}17 %)" in text
    assert "hours a week more in all: 100 % at A (load 95 % → 190 %)" in text
    assert "beyond 100 % it is done after closing time" in text


def test_capacity_that_moves_is_told_on_both_sides(tmp_path: Path) -> None:
    moved = [changed(A, servers=2, load=0.475, wait_s=600.0), changed(B, servers=1, load=1.0)]
    text = words(why_of(against(tmp_path, moved)))
    assert "Capacity is moved: 56 more at one facility and 56 fewer at one facility" in text
    assert "in all from 168 to 168 staffed hours a week (0, +0 %)" in text


def test_new_opening_times_explain_delays(tmp_path: Path) -> None:
    found = why_of(against(tmp_path, [changed(A, last=20, wait_s=600.0, load=0.63), B]))
    assert found["capacity"]["at_new_times"] == pytest.approx(28)
    assert found["capacity"]["when_all_were_closed"] == pytest.approx(28)


def test_a_delay_is_explained_by_new_times_or_not_at_all(tmp_path: Path) -> None:
    found = why_of(against(tmp_path, [changed(A, last=20, wait_s=600.0, load=0.63), B]))
    told = words_of(found | {"drivers": ["delay"]})
    assert "28 staffed hours a week are at times when the place was closed before, 28 of" in words(
        told
    )
    same = found["capacity"] | {"at_new_times": 0.0}
    assert not words_of(found | {"drivers": ["delay"], "capacity": same})["is_explained"]


def test_burden_is_told_by_its_parts(tmp_path: Path) -> None:
    other = [changed(A, servers=2, load=0.475, wait_s=600.0), B]
    found = why_of(against(tmp_path, other, measure="burden_mean_s"))
    parts = found["burden_parts_s"]
    assert parts["wait"] == pytest.approx(-1200 * SEED_MEAN)
    assert parts["all"] == pytest.approx(sum(parts[name] for name in parts if name != "all"))
    assert found["drivers"] == ["burden", "wait"]
    assert f"burden of a need changes by {MINUS}20.1 min: waiting {MINUS}20.1 min." in words(found)


def test_a_few_per_cent_need_no_explanation(tmp_path: Path) -> None:
    result = against(tmp_path, [changed(A, wait_s=2900.0), B])
    row = result.verdicts()[0]
    assert row["verdict"] == "better"
    assert abs(row["difference"] / row["baseline"]) < NOTABLE
    assert record_of(result)["explanations"] == []
    assert is_notable(row | {"difference": 0.06 * row["baseline"]})
    assert not is_notable(row | {"difference": -1e9, "group": "sex=male"})
    assert not is_notable(row | {"difference": -1e9, "question_id": None})
    assert not is_notable(row | {"difference": -1e9, "verdict": "undecided"})


def test_runs_without_hours_say_that_nothing_explains_them(tmp_path: Path) -> None:
    specs = [fake_spec("baseline"), fake_spec("other", forgo=0.4)]
    question = specs[0].resolved["questions"][0] | {"measure": "unmet_share", "by": None}
    for spec in specs:
        spec.resolved["questions"] = [question | {"smallest_effect": 0.01}]
    found = why_of(compare(fake_runs(tmp_path, specs)))
    assert "kept no hours by facility" in words(found)
    assert not found["is_explained"]
    assert found["unmet_parts"][0]["outcome"] == "forgone"


@pytest.mark.parametrize(
    ("measure", "driver"),
    [("wait_p95_s", "wait"), ("delay_mean_s", "delay"), ("share_within_15min", "travel"),
     ("burden_mean_s", "burden"), ("closed_share", "unmet"), ("n_served", "unmet")],
)  # fmt: skip
def test_every_measure_has_a_driver(measure: str, driver: str) -> None:
    assert driver_of(measure) == driver
