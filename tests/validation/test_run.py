from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.validation import known
from twin.errors import InputError
from twin.parts import QueueResult, simulate_queue
from twin.validation import queueing, run
from twin.validation.cases import read_cases
from twin.validation.registry import Computation
from twin.validation.run import run_case, validate_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_OTHER = known.mmc_case() | {"id": "later", "family": "hypercube", "expected": {"any": {"of": []}}}


@pytest.mark.usefixtures("short_runs")
def test_own_known_answers_pass(tmp_path: Path) -> None:
    cases = (known.mmc_case(), known.mmck_case(), known.mdc_case())
    report = validate_folder(known.write_cases(tmp_path, *cases, _OTHER))
    assert [case.status for case in report.cases] == ["passed"] * 3 + ["skipped"]
    assert report.summary == "3 passed, 0 failed, 1 skipped"
    for case, given in zip(report.cases, cases, strict=False):
        assert [metric.name for metric in case.metrics] == list(given["expected"])
        assert all(metric.n_replications >= 30 for metric in case.metrics)


@pytest.mark.usefixtures("short_runs")
@pytest.mark.parametrize(
    ("service", "cv"),
    [
        ({"dist": "exp", "mean": 1}, 1.0),
        ({"dist": "det", "mean": 1}, 0.0),
        ({"dist": "erlang", "mean": 1, "k": 4}, 0.5),
        ({"dist": "lognormal", "mean": 1, "cv": 0.7}, 0.7),
    ],
)
def test_general_services_pass(tmp_path: Path, service: dict[str, Any], cv: float) -> None:
    report = validate_folder(known.write_cases(tmp_path, known.mg1_case(service, cv)))
    assert report.summary == "1 passed, 0 failed, 0 skipped"


@pytest.mark.usefixtures("short_runs")
@pytest.mark.parametrize("share", [0.97, 1.03])
def test_a_biased_engine_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    def biased(**asked: Any) -> QueueResult:
        return simulate_queue(**asked | {"arrival_rate": share * asked["arrival_rate"]})

    monkeypatch.setattr(queueing, "simulate_queue", biased)
    report = validate_folder(known.write_cases(tmp_path, known.mmc_case()))
    [case] = report.cases
    assert case.status == "failed"
    missed = [metric for metric in case.metrics if not metric.ok]
    assert {"rho", "Wq", "L"} <= {metric.name for metric in missed}
    for metric in missed:
        assert metric.first is not None
        assert metric.n_replications == 4 * metric.first.n_replications
    assert case.reason is not None
    assert "outside the interval" in case.reason


@pytest.mark.usefixtures("short_runs")
def test_one_server_too_many_fails(tmp_path: Path) -> None:
    wrong = known.mmck_case()
    wrong["inputs"] |= {"c": 4, "K": 4}
    report = validate_folder(known.write_cases(tmp_path, wrong))
    names = {metric.name for metric in report.cases[0].metrics if not metric.ok}
    assert names == {"p_block", "util", "p_empty"}


class _Scripted:
    """Answers a first run and a rerun as told, and remembers what was asked."""

    def __init__(self, first: float, again: float) -> None:
        self.asked: list[tuple[int, int]] = []
        self.means = [first, again]

    def __call__(self, seed: int, n: int) -> Mapping[str, NDArray[Any]]:
        self.asked.append((seed, n))
        return {
            "Wq": self.means[len(self.asked) - 1] + 0.001 * (np.arange(n) % 2),
            "rho": np.full(n, 0.5),
        }


def _scripted_case(tmp_path: Path) -> Any:
    case = known.mmc_case() | {"expected": {"Wq": 1.0, "rho": 0.5}}
    return read_cases(known.write_cases(tmp_path, case))[0]


def test_a_miss_is_run_again_once_with_other_draws_and_four_times_the_sample(
    tmp_path: Path,
) -> None:
    engine = _Scripted(1.2, 0.9995)
    result = run_case(_scripted_case(tmp_path), engine)
    (seed, n), (other_seed, four_n) = engine.asked
    assert seed != other_seed
    assert four_n == 4 * n
    assert result.status == "passed"
    wait, load = result.metrics
    assert wait.first is not None
    assert wait.first.got == pytest.approx(1.2005)
    assert load.first is None


def test_a_second_miss_is_final(tmp_path: Path) -> None:
    engine = _Scripted(1.2, 1.2)
    result = run_case(_scripted_case(tmp_path), engine)
    assert len(engine.asked) == 2
    assert result.status == "failed"


def test_seeds_are_fixed_and_differ_by_case(tmp_path: Path) -> None:
    assert (run.VALIDATION_SEED, run.RERUN_SEED) == (20_251_122, 20_251_123)
    seeds = set()
    for given in (known.mmc_case(), known.mmck_case()):
        [case] = read_cases(known.write_cases(tmp_path, given | {"expected": {"rho": 0.5}}))
        for _ in range(2):
            engine = _Scripted(1.0, 1.0)
            run_case(case, engine)
            seeds.add(engine.asked[0])
    assert len(seeds) == 2


def test_a_number_the_engine_does_not_give_is_a_failure(tmp_path: Path) -> None:
    case = known.mmc_case() | {"expected": {"rho": 0.5, "skewness": 1.0}}
    result = run_case(read_cases(known.write_cases(tmp_path, case))[0], _Scripted(1.0, 1.0))
    assert result.status == "failed"
    assert result.metrics[1].why == "not measured"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"family": "hypercube"}, "not built yet: family `hypercube`"),
        ({"model": "pool"}, "not built yet: model `pool`"),
        (
            {"model": "mg1", "inputs": {"lam": 0.5, "service": {"dist": "weibull"}}},
            "not built yet: service times `weibull`",
        ),
    ],
)
def test_what_is_not_built_is_skipped_and_says_so(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    report = validate_folder(known.write_cases(tmp_path, known.mmc_case() | changes))
    assert [(case.status, case.reason) for case in report.cases] == [("skipped", reason)]


@pytest.mark.parametrize(
    ("model", "inputs", "place"),
    [
        ("mmc", {"mu": 1, "c": 1}, "inputs.lam"),
        ("mmc", {"lam": 1, "mu": 0, "c": 1}, "inputs.mu"),
        ("mmc", {"lam": 1, "mu": 1, "c": 0}, "inputs.c"),
        ("mmc", {"lam": 1, "mu": 1, "c": 1.5}, "inputs.c"),
        ("mmc", {"lam": 1, "mu": 1, "c": 1, "t": 3}, "inputs.t"),
        ("mmck", {"lam": 1, "mu": 1, "c": 3, "K": 2}, "inputs.K"),
        ("mdc", {"lam": 1, "c": 3}, "inputs.D"),
        ("mg1", {"lam": 1}, "inputs.service"),
        ("mg1", {"lam": 1, "service": {"dist": "erlang", "mean": 1}}, "inputs.service"),
    ],
)
def test_wrong_inputs_are_an_input_error_before_anything_runs(
    tmp_path: Path, model: str, inputs: dict[str, Any], place: str
) -> None:
    wrong = known.mmc_case() | {"id": "wrong", "model": model, "inputs": inputs}
    told: list[object] = []
    with pytest.raises(InputError) as caught:
        validate_folder(known.write_cases(tmp_path, known.mmc_case(), wrong), tell=told.append)
    assert place in caught.value.where
    assert "(wrong)" in caught.value.where
    assert told == []


def test_another_rule_of_judging_is_refused(tmp_path: Path) -> None:
    wrong = known.mmc_case() | {"tolerance": {"kind": "exact", "rel": 1e-9}}
    with pytest.raises(InputError, match=r"tolerance\.kind"):
        validate_folder(known.write_cases(tmp_path, wrong))


def _computed_case(tmp_path: Path, tolerance: dict[str, Any]) -> Any:
    given = known.mmc_case() | {"expected": {"a": 2.0, "b": 0.0}, "tolerance": tolerance}
    return read_cases(known.write_cases(tmp_path, given))[0]


@pytest.mark.parametrize(
    ("tolerance", "a", "b", "ok"),
    [
        ({"kind": "numeric", "rel": 1e-6}, 2.0 + 1.9e-6, 0.0, [True, True]),
        ({"kind": "numeric", "rel": 1e-6}, 2.0 - 2.1e-6, 1e-300, [False, False]),
        ({"kind": "exact", "rel": 1e-9, "abs": 1e-9}, 2.0 + 2.9e-9, -0.9e-9, [True, True]),
        ({"kind": "exact", "abs": 1e-9}, 2.0 + 1.1e-9, float("nan"), [False, False]),
    ],
)
def test_what_is_computed_is_judged_by_its_distance(
    tmp_path: Path, tolerance: dict[str, Any], a: float, b: float, ok: list[bool]
) -> None:
    answer = Computation(lambda: {"a": a, "b": b})
    result = run_case(_computed_case(tmp_path, tolerance), answer)
    assert [metric.ok for metric in result.metrics] == ok
    assert result.status == ("passed" if all(ok) else "failed")
    made = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert made["metrics"][0]["ci_low"] is None
    if not ok[0]:
        assert "a: expected 2, got " in (result.reason or "")


def test_a_computation_is_asked_once(tmp_path: Path) -> None:
    asked: list[int] = []

    def compute() -> dict[str, float]:
        asked.append(1)
        return {"a": 3.0}

    case = _computed_case(tmp_path, {"kind": "numeric", "rel": 1e-6})
    result = run_case(case, Computation(compute))
    assert asked == [1]
    assert [metric.why for metric in result.metrics][1] == "not measured"


@pytest.mark.parametrize(
    ("tolerance", "says"),
    [
        ({"kind": "simulation", "max_rel_halfwidth": 0.02}, "exact or numeric"),
        ({"kind": "numeric"}, "`rel` or `abs`"),
        ({"kind": "numeric", "rel": "1e-6"}, "a finite number"),
        ({"kind": "exact", "abs": -1.0}, "at least 0"),
    ],
)
def test_a_computation_needs_a_rule_of_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tolerance: dict[str, Any], says: str
) -> None:
    monkeypatch.setattr(run, "answer_of", lambda _: Computation(dict))
    folder = known.write_cases(tmp_path, known.mmc_case() | {"tolerance": tolerance})
    with pytest.raises(InputError) as caught:
        validate_folder(folder)
    assert says in str(caught.value)


@pytest.mark.usefixtures("short_runs")
def test_the_document_has_the_form_that_others_read(tmp_path: Path) -> None:
    folder = known.write_cases(tmp_path, known.mdc_case(), _OTHER)
    document = validate_folder(folder).to_dict()
    document = json.loads(json.dumps(document, allow_nan=False))
    assert set(document) == {"schema", "cases", "passed", "failed", "skipped"}
    assert (document["passed"], document["failed"], document["skipped"]) == (1, 0, 1)
    done, skipped = document["cases"]
    assert set(done) == {"id", "family", "model", "status", "seconds", "metrics", "reason"}
    assert {"name", "expected", "got", "ci_low", "ci_high", "ok"} <= set(done["metrics"][0])
    assert done["reason"] is None
    assert skipped["metrics"] == []


@pytest.mark.slow
def test_the_shared_cases_pass(shared: Path) -> None:
    if not (shared / "cases" / "cases.json").is_file():
        pytest.skip("the shared material holds no cases")
    report = validate_folder(shared / "cases", family="queueing")
    failed = [case.reason for case in report.cases if case.status == "failed"]
    assert not failed
    skipped = {case.model for case in report.cases if case.status == "skipped"}
    assert skipped <= {"finite_source", "inspect", "pool"}
