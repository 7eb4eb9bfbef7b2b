"""What is run: cells of scenario and seed, and the digest that names a run folder."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twin.errors import InputError
from twin.population.fit_settings import population_files
from twin.results.provenance import RESULTS_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from twin.scenario.document import Scenario

DIGEST_LENGTH: Final = 16
NOT_IN_DIGEST: Final = ("title", "description", "questions", "tags", "map", "extends", "seeds")
"""Words about a run and what is asked of it afterwards; the map enters by its digest."""


@dataclass(frozen=True, eq=False)
class Arm:
    """One scenario of an experiment with its digests and its folder.

    Parameters
    ----------
    spec
        The scenario.
    digests
        SHA-256 of ``scenario``, ``map``, ``population`` and ``questions``.
    folder
        ``<out>/<name>/<digest16>``.
    """

    spec: Scenario
    digests: dict[str, str]
    folder: Path

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self.spec.name


@dataclass(frozen=True, eq=False)
class Cell:
    """One run: a scenario and a seed."""

    arm: Arm
    seed: int

    @property
    def folder(self) -> Path:
        """Run folder of this cell."""
        return self.arm.folder / f"seed-{self.seed:05d}"

    def __str__(self) -> str:
        return f"`{self.arm.name}`, seed {self.seed}"


def plan(
    specs: Sequence[Scenario], out: Path, *, map_digest: Mapping[Path, str]
) -> tuple[Arm, ...]:
    """Return one arm a scenario.

    Parameters
    ----------
    specs
        Scenarios; their names differ.
    out
        Folder of the run folders.
    map_digest
        Digest of each scenario's map, by the map's path.

    Raises
    ------
    InputError
        If two scenarios have one name.
    """
    names = [spec.name for spec in specs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"scenario `{twice[0]}`", "is listed twice", expected="scenarios with different names"
        )
    arms = []
    for spec in specs:
        digests = scenario_digests(spec, map_digest[spec.map])
        arms.append(Arm(spec, digests, out / spec.name / digests["scenario"][:DIGEST_LENGTH]))
    return tuple(arms)


def cells(arms: Iterable[Arm], seeds: Sequence[int] | None) -> list[Cell]:
    """Return the cells, scenario by scenario, so that a worker keeps one for long.

    Parameters
    ----------
    arms
        Scenarios.
    seeds
        Run seeds; None takes each scenario's own.

    Raises
    ------
    InputError
        If there is no seed, or one is negative or listed twice.
    """
    found = []
    for arm in arms:
        chosen = list(arm.spec.run.seeds if seeds is None else seeds)
        is_wrong = not chosen or min(chosen) < 0 or len(set(chosen)) < len(chosen)
        if is_wrong:
            raise InputError(
                f"seeds of `{arm.name}`",
                f"{chosen}",
                expected="whole numbers from 0 on, each once, at least one",
            )
        found += [Cell(arm, seed) for seed in chosen]
    return found


def scenario_digests(spec: Scenario, map_digest: str) -> dict[str, str]:
    """Return the digests of a scenario's parts.

    The scenario's digest covers all that can change a number: the resolved
    document without words about it, the map, the population and the version of
    the results (bumped with each Regression). It holds no path.
    """
    resolved = resolved_document(spec)
    covered = {key: value for key, value in resolved.items() if key not in NOT_IN_DIGEST}
    covered["run"] = {
        key: value for key, value in dict(covered.get("run", {})).items() if key != "seeds"
    }
    population = digest({"settings": resolved.get("population", {}), "map": map_digest})
    return {
        "scenario": digest([covered, map_digest, population, RESULTS_VERSION]),
        "map": map_digest,
        "population": population,
        "questions": questions_digest(resolved.get("questions", [])),
    }


def questions_digest(questions: Iterable[Mapping[str, Any]]) -> str:
    """Return the digest of the questions: a run made under it was made after they were written."""
    return digest(sorted(questions, key=lambda question: str(question.get("id", ""))))


def resolved_document(spec: Scenario) -> dict[str, Any]:
    """Return the resolved scenario with file names in place of this machine's paths."""
    document: dict[str, Any] = json.loads(json.dumps(spec.resolved, default=str))
    if "map" in document:
        document["map"] = str(document["map"]).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    listed = document.get("facilities_file")
    if listed:
        document["facilities_file"] = _named_content(spec, str(listed))
    bus = document.get("travel", {}).get("bus", {})
    if bus.get("skim"):
        bus["skim"] = _named_content(spec, str(bus["skim"]))
    for table in document.get("calendar", {}).get("factor_tables", []):
        table["file"] = _named_content(spec, str(table["file"]))
    for table, key in population_files(document.get("population") or {}):
        table[key] = _named_content(spec, str(table[key]))
    return document


def _named_content(spec: Scenario, listed: str) -> str:
    """Return a file's name and digest: a table edited in place is another scenario."""
    path = spec.source.parent / listed
    if not path.is_file():
        return listed.rsplit("/", 1)[-1]
    return f"{path.name} sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def digest(document: object) -> str:
    """Return the SHA-256 of a document as canonical JSON."""
    text = json.dumps(
        document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(text.encode()).hexdigest()
