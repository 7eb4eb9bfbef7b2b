"""The section of who bears the burden: curves, indices and gaps, from a comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.experiment.fakes import MEASURES, FakeSpec, fake_runs, fake_spec
from twin.experiment.comparison import Comparison, compare
from twin.experiment.words import number
from twin.report.page import page
from twin.report.who_bears import OF_EQUITY, who_bears
from twin.results.measure import STANDARDISED


def crossed_spec(name: str, **more: Any) -> FakeSpec:
    spec = fake_spec(name, **more)
    by = [["registration", "has_car"]]
    spec.resolved["measures"] = {**spec.resolved["measures"], "by": by, "smallest_group": 60}
    for key, value in {**MEASURES, "by": by}.items():
        setattr(spec.measures, key, value)
    return spec


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    specs = [crossed_spec("baseline"), crossed_spec("gain", shift_s=-600.0)]
    return compare(fake_runs(tmp_path_factory.mktemp("runs"), specs))


def row_of(found: Comparison, measure: str, group: str = "all") -> dict[str, Any]:
    by = ",".join(part.partition("=")[0] for part in group.split(",")) if group != "all" else None
    (row,) = [row for row in found.effect(measure, by=by) if row["group"] == group]
    return row


def test_a_gain_for_migrants_narrows_their_gap(found: Comparison) -> None:
    row = row_of(found, "burden_gap_s", "registration=migrant")
    assert row["ci_high"] < -400
    assert row["verdict"] == "better"
    assert row[STANDARDISED]["difference"] == pytest.approx(row["difference"], rel=0.2)
    assert row[STANDARDISED]["ci_low"] < row[STANDARDISED]["difference"]
    assert "neither good nor bad" in row["note"]


def test_groups_are_standardised_and_everybody_is_not(found: Comparison) -> None:
    assert row_of(found, "wait_mean_s")[STANDARDISED] is None
    assert row_of(found, "wait_mean_s", "age_band=60+")[STANDARDISED] is None
    assert row_of(found, "wait_p90_s", "registration=migrant")[STANDARDISED] is None
    row = row_of(found, "wait_mean_s", "registration=migrant")
    assert row[STANDARDISED]["scenario"] - row[STANDARDISED]["baseline"] == pytest.approx(
        row[STANDARDISED]["difference"]
    )
    assert row[STANDARDISED]["verdict"] == "better"


def test_columns_that_the_scenario_crosses_are_measured_without_a_question(
    found: Comparison,
) -> None:
    groups = {row["group"] for row in found.effect("burden_gini", by="registration,has_car")}
    assert "registration=registered,has_car=false" in groups
    # 400 residents of whom three tenths are migrants and four tenths have a car
    assert "registration=migrant,has_car=true" not in groups
    assert len(groups) in {2, 3}


def test_an_index_stands_beside_the_mean(found: Comparison) -> None:
    row = row_of(found, "burden_gini")
    assert row["guard"]["measure"] == "burden_mean_s"
    assert row["guard"]["is_better"]
    if row["verdict"] == "worse":
        assert "relative to the mean" in row["note"]


def test_the_section_shows_curves_indices_and_gaps(found: Comparison) -> None:
    text = who_bears(found)
    assert text is not None
    assert text.count('class="lorenz"') == 1
    assert "Gini index of burden" in text
    assert "Migrants" in text
    assert "fewer than 60 residents are not shown" in text
    assert number(row_of(found, "burden_gini")["baseline"], "index") in text
    whole = page(found)
    assert 'href="#equity"' in whole
    measures = whole[whole.index('id="measures"') : whole.index('id="groups"')]
    assert "Gini" not in measures
    assert "burden_gini" in OF_EQUITY


def test_burden_comes_first_and_other_quantities_are_closed(found: Comparison) -> None:
    text = who_bears(found)
    assert text is not None
    assert text.index("Gini index of burden") < text.index('class="quantity"')
    assert text.count('<details class="quantity">') == 3
    for noun in ("travel time", "wait", "delay before leaving"):
        assert f"The same of {noun} (of a served need)" in text
        assert text.count(f"Gini index of {noun}<") == 1
        assert f"Gap in {noun} of a served need" in text
    assert "time to a facility" not in text  # these runs know no access


def test_an_index_of_a_time_is_guarded_by_those_who_stay_away(tmp_path: Path) -> None:
    specs = [fake_spec("baseline"), fake_spec("fewer", shift_s=-600.0, forgo=0.5)]
    row = row_of(compare(fake_runs(tmp_path, specs)), "wait_gini")
    assert row["guard"]["measure"] == "unmet_share"
    assert row["guard"]["is_worse"]


def test_runs_without_needs_have_no_section(tmp_path: Path) -> None:
    specs = [fake_spec("baseline", n_residents=10), fake_spec("gain", n_residents=10)]
    few = compare(fake_runs(tmp_path, specs))
    assert who_bears(few) is None
    assert 'href="#equity"' not in page(few)


def test_a_curve_rises_to_all_of_the_burden(found: Comparison) -> None:
    (curve,) = found.document["scenarios"][0]["lorenz"]
    for arm in ("baseline", "scenario"):
        heights = curve[arm]
        assert heights == sorted(heights)
        assert (heights[0], heights[-1]) == (0.0, pytest.approx(1.0))
        assert all(
            height <= share + 1e-9 for height, share in zip(heights, curve["share"], strict=True)
        )
