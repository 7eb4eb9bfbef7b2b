"""Queueing cases of classes, networks and days: small ones pass, wrong ones are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.theory import closed_forms
from tests.validation import known
from twin.errors import InputError
from twin.validation import queueing_classes
from twin.validation.run import validate_folder

if TYPE_CHECKING:
    from pathlib import Path

_E = {"dist": "exp", "mean": 1}
_JACKSON = {"ext": [0.5, 0.0], "routing": [[0, 1], [0, 0]], "mu": [1, 1], "c": [1, 2]}


def _case(model: str, inputs: dict[str, Any], expected: dict[str, float]) -> Any:
    return known.mmc_case() | {"id": model, "model": model, "inputs": inputs, "expected": expected}


def _small() -> list[Any]:
    waits = closed_forms.cobham_waits([0.1, 0.3], [1.0, 1.0], [2.0, 2.0])
    sojourns = closed_forms.preemptive_sojourns([0.1, 0.3], [1.0, 1.0], [2.0, 2.0])
    present, p_wait = closed_forms.shortest_of_two(0.8, 25)
    classes = {"lam": [0.1, 0.3], "service": [_E, _E]}
    second = closed_forms.mmc_wait(0.5, 1.0, 2)
    return [
        _case("prio_np_mg1", classes, {"Wq_class1": waits[0], "Wq_class2": waits[1]}),
        _case("prio_pr_mg1", classes, {"T_class1": sojourns[0], "T_class2": sojourns[1]}),
        _case(
            "prio_np_mmc",
            {"lam": [0.1, 0.3], "mu": 1, "c": 1},
            {"Wq_class1": waits[0], "Wq_class2": waits[1]},
        ),
        _case("jsq", {"lam": 0.8, "mu": 1, "k": 2}, {"L": present, "p_wait": p_wait}),
        _case("jackson", _JACKSON, {"lam_1": 0.5, "Wq_0": 1.0, "sojourn": 2.0 + 1.0 + second}),
    ]


@pytest.mark.usefixtures("short_runs")
def test_small_cases_pass(tmp_path: Path) -> None:
    report = validate_folder(known.write_cases(tmp_path, *_small()))
    assert [case.reason for case in report.cases] == [None] * 5


def test_a_day_passes_and_a_day_of_another_length_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing_classes, "N_DAYS", 4_000)
    inputs = {"rates": [2, 4], "dt": 1.0, "mu": 1.0, "c": 50}
    # With servers for all the number is Poisson, of the mean that its equation says.
    after = 0.3678794411714423
    first = 2.0 * (1.0 - after)
    expected = {
        "L_end_0": first,
        "L_end_1": first * after + 4.0 * (1.0 - after),
        "expected_arrivals": 6.0,
        "queue_time_total": 0.0,
    }
    right = _case("mtmc", inputs, expected)
    wrong = _case("mtmc", inputs | {"dt": 1.1}, expected) | {"id": "wrong"}
    report = validate_folder(known.write_cases(tmp_path, right, wrong))
    assert [case.status for case in report.cases] == ["passed", "failed"]


@pytest.mark.parametrize(
    ("model", "inputs", "place"),
    [
        ("prio_np_mg1", {"lam": [], "service": [_E]}, "lam"),
        ("prio_np_mg1", {"lam": [0.0, 1.0], "service": [_E, _E]}, "lam"),
        ("prio_np_mg1", {"lam": [0.5], "service": [_E, _E]}, "service"),
        ("prio_pr_mg1", {"lam": [0.5], "service": _E}, "service"),
        ("prio_pr_mg1", {"lam": [0.5], "service": [{"dist": "exp"}]}, "service[0]"),
        ("prio_pr_mg1", {"lam": [0.5], "service": [{"dist": "hyperexp", "p": 0.5}]}, "service[0]"),
        ("prio_np_mmc", {"lam": [0.5], "mu": 1, "c": 0}, "c"),
        ("erlang_a", {"lam": 1, "mu": 1, "c": 1, "theta": 0}, "theta"),
        ("jsq", {"lam": 1, "mu": 1, "k": 0}, "k"),
        ("jackson", _JACKSON | {"routing": 3}, "routing"),
        ("jackson", _JACKSON | {"routing": [[0, 1]]}, "routing"),
        ("jackson", _JACKSON | {"mu": [1]}, "mu"),
        ("jackson", _JACKSON | {"c": [1]}, "c"),
        ("jackson", _JACKSON | {"c": [1, 1.5]}, "c"),
        ("mtmc", {"rates": [1], "dt": 0, "mu": 1, "c": 1}, "dt"),
    ],
)
def test_wrong_inputs_are_told_before_anything_runs(
    tmp_path: Path, model: str, inputs: dict[str, Any], place: str
) -> None:
    case = _case(model, inputs, {"Wq": 1.0})
    with pytest.raises(InputError) as caught:
        validate_folder(known.write_cases(tmp_path, case))
    assert caught.value.where.endswith(f"inputs.{place}")
