"""Cases on inequality: the known answers, and what is told of wrong inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from twin.errors import InputError
from twin.validation import stats
from twin.validation.cases import Case
from twin.validation.registry import Computation, NotBuiltYetError, answer_of
from twin.validation.run import validate_folder


def case_of(model: str, **inputs: Any) -> Case:
    return Case(model, "stats", model, inputs, {"gini": 1.0}, {"kind": "exact"}, "c", Path())


def test_a_sample_and_a_law() -> None:
    answer = answer_of(case_of("gini_sample", x=[10, 20, 50], w=[5, 3, 2]))
    assert isinstance(answer, Computation)
    assert answer.compute() == {
        "gini": pytest.approx(0.3476190476),
        "theil_T": pytest.approx(0.2225037128),
        "mean": pytest.approx(21.0),
    }
    found = stats.law(case_of("gini_dist", dist="lognormal", sigma=0.8)).compute()
    assert found["gini"] == pytest.approx(0.428392355, abs=1e-4)


@pytest.mark.parametrize(
    ("model", "inputs", "place"),
    [
        ("gini_sample", {"x": []}, "c.inputs"),
        ("gini_sample", {"x": [1, 2], "w": [1]}, "c.inputs"),
        ("gini_sample", {"x": "1"}, "c.inputs.x"),
        ("gini_dist", {"dist": "lognormal", "sigma": -1}, "c.inputs.sigma"),
        ("gini_dist", {"dist": "lognormal"}, "c.inputs.sigma"),
    ],
)
def test_wrong_inputs_are_told(model: str, inputs: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError) as told:
        answer_of(case_of(model, **inputs))
    assert told.value.where == place


def test_another_law_is_not_built() -> None:
    with pytest.raises(NotBuiltYetError, match="weibull"):
        answer_of(case_of("gini_dist", dist="weibull"))


def test_the_shared_cases_pass(shared: Path) -> None:
    report = validate_folder(shared / "cases", family="stats")
    about = {case.id: case.status for case in report.cases if case.id.startswith("gini")}
    assert about
    assert set(about.values()) == {"passed"}
