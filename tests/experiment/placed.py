"""Two places, A crowded and B not, and scenarios whose every number is known beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tests.experiment.fakes import SERVICE, FakeSpec, fake_runs, fake_spec
from twin.experiment.comparison import Comparison, compare

Place = list[Any]
# uid, servers, first and last hour, needs in 14 days, wait, load
A: Final[Place] = ["A", 1, 8, 16, 1400, 3000.0, 0.95]
B: Final[Place] = ["B", 2, 8, 16, 1400, 300.0, 0.5]
SEED_MEAN: Final = 1.0025
"""Waits grow by a thousandth a seed, so that differences vary over the seeds 1 to 4."""
MINUS: Final = "\N{MINUS SIGN}"


def changed(place: Place, **more: Any) -> Place:
    names = ("uid", "servers", "first", "last", "needs", "wait_s", "load")
    return [more.get(name, value) for name, value in zip(names, place, strict=True)]


def placed(name: str, places: list[Place], *, measure: str = "wait_mean_s") -> FakeSpec:
    spec = fake_spec(name, places=places)
    spec.resolved["services"] = [{"id": SERVICE}]
    spec.resolved["questions"] = [
        {"id": "all", "title": "", "measure": measure, "service": SERVICE, "better": "lower",
         "smallest_effect": 1.0},
    ]  # fmt: skip
    return spec


def against(
    out: Path, places: list[Place], *, base: list[Place] | None = None, **more: Any
) -> Comparison:
    """Return the comparison of the two places with other ones."""
    measure = more.pop("measure", "wait_mean_s")
    specs = [
        placed("baseline", base or [A, B], measure=measure),
        placed("other", places, measure=measure),
    ]
    return compare(fake_runs(out, specs, **more))


def record_of(result: Comparison) -> dict[str, Any]:
    found: dict[str, Any] = result.document["scenarios"][0]
    return found


def why_of(result: Comparison) -> dict[str, Any]:
    (found,) = record_of(result)["explanations"]
    return dict(found)
