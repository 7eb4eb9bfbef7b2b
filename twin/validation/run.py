"""Run known-answer cases and report, as ``twin validate`` shows it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twin.errors import InputError
from twin.streams import uid32
from twin.validation.cases import number, read_cases, select
from twin.validation.judge import judge_number, judge_simulation, missing
from twin.validation.registry import Computation, NotBuiltYetError, answer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from twin.validation.cases import Case
    from twin.validation.judge import Metric
    from twin.validation.registry import Answer, Simulation

PASSED: Final = "passed"
FAILED: Final = "failed"
SKIPPED: Final = "skipped"
# Fixed before the first case was ever run, and for good. A case's seed also holds
# its id, so that cases do not share their luck.
VALIDATION_SEED: Final = 20_251_122
RERUN_SEED: Final = 20_251_123
N_REPLICATIONS: Final = 40
RERUN_FACTOR: Final = 4


@dataclass(frozen=True)
class CaseResult:
    """The verdict on one case; `reason` says why it failed or was skipped."""

    id: str
    family: str
    model: str
    status: str
    seconds: float
    metrics: tuple[Metric, ...]
    reason: str | None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON object."""
        return {
            "id": self.id,
            "family": self.family,
            "model": self.model,
            "status": self.status,
            "seconds": round(self.seconds, 3),
            "metrics": [metric.to_dict() for metric in self.metrics],
            "reason": self.reason,
        }


@dataclass(frozen=True)
class ValidationReport:
    """The verdicts on all cases, in the order of the file."""

    cases: tuple[CaseResult, ...]

    def count(self, status: str) -> int:
        """Return how many cases ended so."""
        return sum(case.status == status for case in self.cases)

    @property
    def summary(self) -> str:
        """The last line of the text output."""
        return ", ".join(f"{self.count(word)} {word}" for word in (PASSED, FAILED, SKIPPED))

    def to_dict(self) -> dict[str, object]:
        """Return the document of ``twin validate --json``."""
        return {
            "schema": 1,
            "cases": [case.to_dict() for case in self.cases],
            PASSED: self.count(PASSED),
            FAILED: self.count(FAILED),
            SKIPPED: self.count(SKIPPED),
        }


def validate_folder(
    folder: Path,
    *,
    family: str | None = None,
    case_id: str | None = None,
    tell: Callable[[CaseResult], None] = lambda _: None,
) -> ValidationReport:
    """Run the cases of ``folder/cases.json``.

    Parameters
    ----------
    folder
        Folder that holds the file.
    family, case_id
        Run only these.
    tell
        Called with each verdict as it is reached.

    Raises
    ------
    InputError, InputErrors
        If the file or a case's inputs are wrong; nothing has been run then.
    """
    prepared = [
        (case, _prepared(case))
        for case in select(read_cases(folder), family=family, case_id=case_id)
    ]
    results = []
    for case, answer in prepared:
        result = _skipped(case, answer) if isinstance(answer, str) else run_case(case, answer)
        tell(result)
        results.append(result)
    return ValidationReport(tuple(results))


def _prepared(case: Case) -> Answer | str:
    """Return what answers the case, or why nothing does."""
    try:
        answer = answer_of(case)
    except NotBuiltYetError as error:
        return f"not built yet: {error}"
    if isinstance(answer, Computation):
        _check_kind(case, ("exact", "numeric", "estimate"), "draws nothing")
        if not answer.rel:
            _allowed(case)
    else:
        _widest(case)
    restated = answer.restated if isinstance(answer, Computation) else frozenset()
    for name in set(case.expected) - restated:
        number(case, "expected", name)
    return answer


def _check_kind(case: Case, kinds: tuple[str, ...], because: str) -> None:
    found = case.tolerance.get("kind")
    if found not in kinds:
        raise InputError(
            f"{case.where}.tolerance.kind",
            f"found {found!r}",
            expected=f"{' or '.join(kinds)}: this part of the engine {because}",
        )


def _widest(case: Case) -> float:
    """Return the greatest half-width, as a share of the reference."""
    _check_kind(case, ("simulation",), "draws")
    return number(case, "tolerance", "max_rel_halfwidth")


def _allowed(case: Case) -> tuple[float, float]:
    """Return the relative and the absolute error that a computed number may have."""
    names = [name for name in ("rel", "abs") if name in case.tolerance]
    if not names:
        raise InputError(f"{case.where}.tolerance", "has neither", expected="`rel` or `abs`")
    error = {name: number(case, "tolerance", name) for name in names}
    for name, value in error.items():
        if value < 0.0:
            raise InputError(
                f"{case.where}.tolerance.{name}", f"found {value:g}", expected="at least 0"
            )
    return error.get("rel", 0.0), error.get("abs", 0.0)


def _skipped(case: Case, reason: str) -> CaseResult:
    return CaseResult(case.id, case.family, case.model, SKIPPED, 0.0, (), reason)


def run_case(case: Case, answer: Answer) -> CaseResult:
    """Let the engine answer, and judge.

    Missed metrics of a simulation are judged again on four times the sample. The
    rerun is independent of the first run, and both results are kept.
    """
    begin = time.perf_counter()
    metrics = _computed(case, answer) if isinstance(answer, Computation) else _drawn(case, answer)
    seconds = time.perf_counter() - begin
    missed = [metric for metric in metrics if not metric.ok]
    reason = "; ".join(str(metric) for metric in missed) or None
    status = FAILED if missed else PASSED
    return CaseResult(case.id, case.family, case.model, status, seconds, metrics, reason)


def _computed(case: Case, computation: Computation) -> tuple[Metric, ...]:
    rel, abs_ = (0.0, 0.0) if computation.rel else _allowed(case)
    got = computation.compute()
    named = [name for name in case.expected if name not in computation.restated]
    known = {name: number(case, "expected", name) for name in named}
    known |= computation.also_known
    return tuple(
        judge_number(
            name, expected, float(got[name]), rel=computation.rel.get(name, rel), abs_=abs_
        )
        if name in got
        else missing(name, expected)
        for name, expected in known.items()
    )


def _drawn(case: Case, simulation: Simulation) -> tuple[Metric, ...]:
    metrics = _judged(case, simulation(_seed(case, VALIDATION_SEED), N_REPLICATIONS))
    if all(metric.ok for metric in metrics):
        return metrics
    again = _judged(case, simulation(_seed(case, RERUN_SEED), RERUN_FACTOR * N_REPLICATIONS))
    return tuple(
        first if first.ok else replace(second, first=first)
        for first, second in zip(metrics, again, strict=True)
    )


def _seed(case: Case, base: int) -> int:
    return base << 32 | uid32(case.id)


def _judged(case: Case, samples: Mapping[str, NDArray[Any]]) -> tuple[Metric, ...]:
    widest = _widest(case)
    metrics = []
    for name in case.expected:
        expected = number(case, "expected", name)
        if name in samples:
            metrics.append(
                judge_simulation(name, expected, samples[name], max_rel_halfwidth=widest)
            )
        else:
            metrics.append(missing(name, expected))
    return tuple(metrics)
