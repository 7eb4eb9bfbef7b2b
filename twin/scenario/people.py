"""The population of a scenario, where it is fitted to margins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twin.population.homes import homes_of
from twin.scenario.located import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.city.city import City
    from twin.population.fitting.plan import PopulationPlan
    from twin.scenario.document import Scenario


def fitted_people(scenario: Scenario, city: City) -> PopulationPlan | None:
    """Return the fitted households of a scenario; None if it has no margins.

    Raises
    ------
    InputErrors
        With everything that is wrong with the tables.
    """
    settings = scenario.population
    if not settings.margins:
        return None
    from twin.population.fitting.plan import plan_population  # noqa: PLC0415 - brings pyarrow

    where = scenario.where("population")
    return plan_population(city, homes_of(city, settings), settings, where=where, name_of=shown)


def fit_warnings(scenario: Scenario, people: PopulationPlan | None) -> Iterator[str]:
    """Yield which margins disagree, and what the fit assumed."""
    if people is not None:
        where = scenario.where("population", "margins")
        for words in (*people.report.conflicts, *people.report.notes):
            yield f"{where}: {words}"
