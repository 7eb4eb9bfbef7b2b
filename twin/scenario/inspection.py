"""What `twin check` says of a scenario that is right: what will run, and what to know."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twin.city.city import load_city
from twin.errors import MapError, ScenarioError
from twin.scenario.compile import CompiledScenario, compile_scenario
from twin.scenario.estimate import Estimate, estimated
from twin.scenario.located import shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twin.city.city import City
    from twin.scenario.document import Scenario


@dataclass(frozen=True, eq=False)
class Inspection:
    """A scenario that can run, and what it comes to.

    Parameters
    ----------
    compiled
        The scenario laid over its city.
    estimate
        Needs, memory and time of one seed.
    untagged
        Domain values that nobody has said the origin of.
    """

    compiled: CompiledScenario
    estimate: Estimate
    untagged: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the facts for ``--json``."""
        scenario, city = self.compiled.scenario, self.compiled.city
        people = self.compiled.people
        return {
            "map": city.name,
            "start": scenario.run.start.isoformat(),
            "days": scenario.run.days,
            "measured_days": len(scenario.run.measured_days),
            "n_seeds": len(scenario.run.seeds),
            "residents": scenario.population.residents,
            "services": self.services(),
            "schools": self.schools(),
            "n_edits": len(self.compiled.edits),
            "edits_by_cause": self.edits_by_cause(),
            "policies": {policy.id: policy.kind for policy in scenario.policies},
            "questions": [question.id for question in scenario.questions],
            "per_seed": {
                "n_needs": self.estimate.n_needs,
                "memory_mb": round(self.estimate.memory_mb),
                "seconds": round(self.estimate.seconds, 1),
            },
            "untagged": list(self.untagged),
            "assumed": scenario.assumed(),
            "population_fit": None if people is None else people.report.to_dict(),
        }

    def edits_by_cause(self) -> dict[str, int]:
        """Return the number of edits of each intervention and shock."""
        return dict(sorted(Counter(edit.cause for edit in self.compiled.edits).items()))

    def services(self) -> dict[str, dict[str, int]]:
        """Return facilities and servers of each service at the start, and what opens later."""
        counted = {}
        for service in self.compiled.scenario.services:
            rows = self.compiled.city.facilities_of(service.id)
            active = [row for row in rows if row.is_active]
            counted[service.id] = {
                "facilities": len(active),
                "servers": sum(row.servers or 0 for row in active),
                "open_later": len(rows) - len(active),
                "assumed": sum(row.tag == "assumed" for row in rows),
            }
        return counted

    def schools(self) -> dict[str, dict[str, int]]:
        """Return schools and places of each level at the start, over all its grades."""
        settings = self.compiled.scenario.schools
        counted = {}
        for level in settings.levels if settings is not None else ():
            rows = [row for row in self.compiled.city.schools if row.level == level.id]
            active = [row for row in rows if row.facility.is_active]
            counted[level.id] = {
                "schools": len(active),
                "places": level.n_grades * sum(row.places for row in active),
                "open_later": len(rows) - len(active),
                "rounds": len(level.rounds),
            }
        return counted


def city_of(scenario: Scenario, load: Callable[[Path], City] = load_city) -> City:
    """Return the city of a scenario's map.

    Parameters
    ----------
    scenario
        Names the map.
    load
        Reads a map folder.

    Raises
    ------
    ScenarioError
        If there is no such map, at the line that names it.
    """
    try:
        return load(scenario.map)
    except MapError as error:
        long, short = str(scenario.map), shown(scenario.map)
        found = f"{error.where}: {error.found}".replace(long, short)
        expected = error.expected.replace(long, short)
        where = scenario.where("map")
        raise ScenarioError(where, found, expected=expected, hint=error.hint) from error


def inspected(scenario: Scenario, city: City) -> Inspection:
    """Return what a scenario comes to on its city.

    Raises
    ------
    InputErrors
        With everything that does not fit.
    """
    compiled = compile_scenario(scenario, city)
    estimate = estimated(scenario, city.graph.n_nodes, city.graph.n_edges)
    return Inspection(compiled, estimate, tuple(scenario.untagged()))
