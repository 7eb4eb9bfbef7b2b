"""From a scenario and a city to what the engine runs: facilities, dated edits, a ledger."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from twin.city.edits import Edit, compile_edits
from twin.city.facility_csv import read_facility_csv
from twin.errors import InputError, InputErrors, ScenarioError, did_you_mean
from twin.population.homes import homes_of
from twin.scenario.day_table import DayTable, day_tables_of, unused_tables
from twin.scenario.interventions.base import (
    BaseIntervention,
    DatedModel,
    DatedTable,
    LedgerRow,
    Problem,
)
from twin.scenario.interventions.sites import OpenFacility, taken_problems
from twin.scenario.located import shown
from twin.scenario.people import fit_warnings, fitted_people
from twin.scenario.schools.idle import idle_school_warnings
from twin.scenario.schools.rows import school_rows
from twin.scenario.slots import slot_warnings
from twin.scenario.spans import joined_edits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twin.city.city import City
    from twin.city.facilities import Facility, FacilityRow
    from twin.network.skim import Skim
    from twin.population.fitting.plan import PopulationPlan
    from twin.scenario.document import Scenario


@dataclass(frozen=True, eq=False)
class CompiledScenario:
    """A scenario laid over a city.

    Parameters
    ----------
    scenario
        What was compiled.
    city
        With the scenario's rows, the facilities that open later as closed rows,
        and every default of servers, hours and waiting room filled in.
    edits
        In the order in which they are applied.
    ledger
        What the interventions cost within the run, by day.
    warnings
        What runs but may not be meant.
    skim
        Times of the bus between zones, if the scenario has a table of them.
    day_tables
        Factors of need by date.
    people
        Households fitted to the margins of ``[population]``, if it has some.
    """

    scenario: Scenario
    city: City
    edits: tuple[Edit, ...]
    ledger: tuple[LedgerRow, ...]
    warnings: tuple[str, ...]
    skim: Skim | None = None
    day_tables: tuple[DayTable, ...] = ()
    people: PopulationPlan | None = None


def compile_scenario(scenario: Scenario, city: City) -> CompiledScenario:
    """Return `scenario` laid over `city`.

    Raises
    ------
    InputErrors
        With everything in the scenario that does not fit the city.
    """
    equipped = check_against(city, scenario)
    edits = _edits(scenario, equipped)
    tables = day_tables_of(scenario)
    people = fitted_people(scenario, equipped)
    warnings = (
        *_warnings(scenario, equipped, edits),
        *unused_tables(scenario, tables),
        *fit_warnings(scenario, people),
    )
    days = scenario.run.days
    ledger = [
        row for intervention in scenario.interventions for row in intervention.cost(equipped, days)
    ]
    return CompiledScenario(
        scenario=scenario,
        city=equipped,
        edits=edits,
        ledger=tuple(sorted(ledger, key=lambda row: (row.day, row.cause, row.item))),
        warnings=warnings,
        skim=_skim(scenario, city),
        day_tables=tables,
        people=people,
    )


def _skim(scenario: Scenario, city: City) -> Skim | None:
    """Return the bus's times between zones; that they fit the city is checked on reading."""
    table = scenario.travel.bus.skim
    if table is None or "bus" not in scenario.travel.modes:
        return None
    from twin.city.storage import read_skim  # noqa: PLC0415 - brings pyarrow

    where = scenario.where("travel", "bus", "skim")
    try:
        return read_skim(Path(shown(table)), city, where=where)
    except InputError as error:
        raise ScenarioError(where, error.found, expected=error.expected, hint=error.hint) from error


def check_against(city: City, scenario: Scenario) -> City:
    """Check every name in `scenario` against `city`; return the city as the scenario has it.

    Raises
    ------
    InputErrors
        With everything that does not fit, each with file, line and key path.
    """
    equipped = _with_rows(city, scenario)
    equipped, errors = _with_new_facilities(equipped, scenario)
    schools, wrong = school_rows(scenario, equipped)
    equipped, errors = replace(equipped, schools=schools), errors + wrong
    for array, members in _dated(scenario):
        for member in members:
            errors += _problem_errors(scenario, array, member, member.problems(equipped))
    errors += _shared_ids(scenario)
    if errors:
        raise InputErrors(errors)
    return _with_defaults(equipped, scenario)


def _dated(scenario: Scenario) -> Iterator[tuple[str, Sequence[DatedTable]]]:
    """Yield what holds between dates, by the array of the file in which it stands."""
    yield "interventions", scenario.interventions
    yield "policies", scenario.policies
    yield "shocks", scenario.shocks


def _shared_ids(scenario: Scenario) -> Iterator[InputError]:
    """Yield policies that logs and ledgers could not tell from interventions and shocks."""
    others = {"an intervention": scenario.interventions, "a shock": scenario.shocks}
    for policy in scenario.policies:
        for what, members in others.items():
            if policy.id in {member.id for member in members}:
                yield ScenarioError(
                    scenario.where("policies", policy.id),
                    f"`{policy.id}` is the id of {what} too",
                    expected="an id of its own: logs and ledgers bear it",
                )


def _with_rows(city: City, scenario: Scenario) -> City:
    """Return the city with the rows of the scenario's CSV and of ``[[facilities]]``."""
    if scenario.facilities_file is not None:
        city = city.with_facilities(_table_rows(scenario, scenario.facilities_file))
    entries = [
        entry.to_row(scenario.where("facilities", number))
        for number, entry in enumerate(scenario.facilities)
    ]
    return city.with_facilities(entries) if entries else city


def _table_rows(scenario: Scenario, table: Path) -> tuple[FacilityRow, ...]:
    """Return the rows of the scenario's CSV; that there is none is told where it is named."""
    if table.is_file():
        return read_facility_csv(Path(shown(table)))
    raise ScenarioError(
        scenario.where("facilities_file"),
        f"{shown(table)}: {'is a folder' if table.is_dir() else 'no such file'}",
        expected="a CSV file of facilities, named relative to this file",
        hint=did_you_mean(table.name, [one.name for one in table.parent.glob("*.csv")]),
    )


def _with_new_facilities(city: City, scenario: Scenario) -> tuple[City, list[InputError]]:
    errors: list[InputError] = []
    for intervention in scenario.interventions:
        if isinstance(intervention, OpenFacility):
            found = list(taken_problems(intervention, city))
            errors += _problem_errors(scenario, "interventions", intervention, found)
            if found:
                continue
        opened = intervention.new_facilities()
        if not opened:
            continue
        try:
            city = city.with_facilities(opened)
        except InputErrors as raised:
            errors += [_moved(error, scenario, intervention) for error in raised.errors]
    return city, errors


def _moved(error: InputError, scenario: Scenario, intervention: BaseIntervention) -> ScenarioError:
    """Return an error about a new facility at the place of the intervention that opens it."""
    key = "lon" if "`lon`" in error.where else "facility"
    where = scenario.where("interventions", intervention.id, key)
    return ScenarioError(where, error.found, expected=error.expected, hint=error.hint)


def _problem_errors(
    scenario: Scenario,
    array: str,
    member: DatedTable,
    problems: Sequence[Problem] | Iterator[Problem],
) -> list[InputError]:
    return [
        ScenarioError(
            scenario.where(array, member.id, problem.key),
            problem.found,
            expected=problem.expected,
            hint=problem.hint,
        )
        for problem in problems
    ]


def _with_defaults(city: City, scenario: Scenario) -> City:
    """Return the city with servers, hours and waiting rooms that its rows leave to the service."""
    services = {service.id: service for service in scenario.services}

    def filled(row: Facility) -> Facility:
        service = services.get(row.service)
        if service is None:
            return row
        return replace(
            row,
            servers=service.default_servers if row.servers is None else row.servers,
            hours=service.default_hours if row.hours is None else row.hours,
            waiting_room=service.waiting_room if row.waiting_room is None else row.waiting_room,
            eligibility=service.eligible if row.eligibility == "all" else row.eligibility,
            fee=service.fee if row.fee is None else row.fee,
        )

    return replace(city, facilities=tuple(filled(row) for row in city.facilities))


def _edits(scenario: Scenario, city: City) -> tuple[Edit, ...]:
    """Return all edits: ours joined, so that an end restores what then holds; others' as given."""
    members: tuple[DatedModel, ...] = (*scenario.interventions, *scenario.shocks)
    ours = [member for member in members if type(member).edits is DatedModel.edits]
    others = [member for member in members if type(member).edits is not DatedModel.edits]
    edits = joined_edits(span for member in ours for span in member.spans(city))
    for member in others:
        edits += [
            edit if edit.cause else replace(edit, cause=member.id) for edit in member.edits(city)
        ]
    edits += _of_schools(edits, city)
    rows = _other_rows(scenario, city)
    try:
        return compile_edits(edit for edit in edits if edit.uid not in rows)
    except InputError as error:
        raise ScenarioError(
            f"{scenario.where('interventions')}: {error.where}",
            error.found,
            expected=error.expected,
            hint=error.hint,
        ) from error


def _of_schools(edits: Sequence[Edit], city: City) -> list[Edit]:
    """Return what opening and closing of facilities means for the schools there."""
    levels: dict[str, list[str]] = {}
    for school in city.schools:
        levels.setdefault(school.facility.key, []).append(school.key)
    return [
        replace(edit, table="schools", uid=uid)
        for edit in edits
        if (edit.table, edit.column) == ("facilities", "is_active")
        for uid in levels.get(edit.uid, ())
    ]


def _other_rows(scenario: Scenario, city: City) -> set[str]:
    """Return the facility rows of services that the scenario does not simulate."""
    services = {service.id for service in scenario.services}
    return {row.key for row in city.facilities if row.service not in services}


def _warnings(scenario: Scenario, city: City, edits: Sequence[Edit]) -> Iterator[str]:
    yield from _late_warnings(scenario)
    yield from _home_warnings(scenario, city)
    causes = {edit.cause for edit in edits}
    for array, members in (("interventions", scenario.interventions), ("shocks", scenario.shocks)):
        for member in members:
            if member.id not in causes:
                where = scenario.where(array, member.id)
                yield f"{where}: changes nothing of a service that the scenario simulates"
    if not scenario.services and scenario.schools is None:
        yield f"{scenario.where()}: no service: nobody needs anything"
    yield from _offer_warnings(scenario, city)
    yield from slot_warnings(scenario, city)
    yield from _idle_warnings(scenario)
    yield from _policy_warnings(scenario, city)
    yield from idle_school_warnings(scenario)
    yield from _traffic_warnings(scenario)


def _offer_warnings(scenario: Scenario, city: City) -> Iterator[str]:
    """Yield services that nobody offers, with the names that the city knows."""
    offered = Counter(row.service for row in city.facilities)
    for service in scenario.services:
        if service.id not in offered:
            where = scenario.where("services", service.id)
            others = ", ".join(name for name, _ in offered.most_common())
            named = f"; those of the city offer {others}" if others else ""
            yield f"{where}: no facility offers it: every need stays unmet{named}"


def _traffic_warnings(scenario: Scenario) -> Iterator[str]:
    """Yield what is assumed about traffic, and tables that nothing reads."""
    traffic = scenario.traffic
    where = scenario.where("traffic", "mode")
    if traffic.is_assumed:
        curve = "a built-in curve, with peaks in the morning, at noon and in the evening,"
        yield f"{where}: no [[traffic.profiles]]: {curve} is assumed"
    bus = scenario.travel.bus
    if bus.skim is not None and "bus" not in scenario.travel.modes:
        yield f"{scenario.where('travel', 'bus', 'skim')}: not read: `bus` is not among the modes"
    if traffic.mode == "free_flow" and (traffic.profiles or traffic.weather):
        yield f"{where}: `free_flow` reads no [[traffic.profiles]] and no [[traffic.weather]]"


def _idle_warnings(scenario: Scenario) -> Iterator[str]:
    """Yield weights of a utility that nobody asks: `nearest` has none, so nobody forgoes."""
    for service in scenario.services:
        choice = service.choice
        told = choice.model_dump(exclude_defaults=True, exclude={"rule"})
        if choice.rule == "nearest" and told:
            where = scenario.where("services", service.id, "choice")
            yield f"{where}: rule `nearest` asks for no {', '.join(sorted(told))}"


def _home_warnings(scenario: Scenario, city: City) -> Iterator[str]:
    """Yield what is assumed about homes; refuse a city in which nobody can live."""
    where = scenario.where("population")
    try:
        note = homes_of(city, scenario.population).note
    except InputError as error:
        found = f"{error.where}: {error.found}"
        raise ScenarioError(where, found, expected=error.expected, hint=error.hint) from error
    if note:
        yield f"{where}: {note}"


def _policy_warnings(scenario: Scenario, city: City) -> Iterator[str]:
    """Yield policies that can change nothing: too few facilities are in their charge."""
    charge = {service.id: service.department or "" for service in scenario.services}
    owners = [
        (row, row.department or charge[row.service])
        for row in city.facilities
        if row.service in charge
    ]
    for policy in scenario.policies:
        problem = policy.roster_problem(sum(policy.covers(*owner) for owner in owners))
        if problem:
            yield f"{scenario.where('policies', policy.id)}: {problem}: changes nothing"


def _late_warnings(scenario: Scenario) -> Iterator[str]:
    """Yield interventions, policies and shocks that start too late to be seen."""
    days, measured = scenario.run.days, scenario.run.measured_days
    for array, members in _dated(scenario):
        for member in members:
            start = f"starts on day {member.from_day:g}"
            where = scenario.where(array, member.id, "from_day")
            if member.from_day >= days:
                yield f"{where}: {start}, after the last of {days} days: it changes nothing"
            elif member.from_day >= measured.stop:
                yield f"{where}: {start}, after the measured days: no measure can show it"
