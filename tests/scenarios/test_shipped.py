"""Every shipped scenario loads, says where its values are from, and fits its city."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.city.calendar import Calendar, opening_intervals
from twin.network.travel import TravelTimes
from twin.population.homes import homes_of
from twin.scenario.compile import CompiledScenario, compile_scenario
from twin.scenario.document import Scenario
from twin.scenario.estimate import needs_per_resident
from twin.scenario.inspection import city_of
from twin.scenario.load import load_scenario

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
FILES = sorted(FOLDER.glob("*/*.toml"))
FUTURES = ("balanced_staff", "evening_hours", "more_doctors", "published_waits")


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.fixture(scope="module")
def compiled() -> dict[str, CompiledScenario]:
    scenarios = [load_scenario(path) for path in (FOLDER / "monaco").glob("*.toml")]
    city = city_of(scenarios[0])
    return {scenario.name: compile_scenario(scenario, city) for scenario in scenarios}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_it_loads_and_bears_the_name_of_its_file(path: Path) -> None:
    assert load_scenario(path).name == path.stem


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_value_is_tagged_with_its_source(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.untagged() == []
    assert all(note.source for note in scenario.tags.values())


@pytest.mark.parametrize("path", FILES, ids=named)
def test_questions_are_written_before_the_run(path: Path) -> None:
    scenario = load_scenario(path)
    assert {question.measure for question in scenario.questions} >= {"wait_mean_s", "unmet_share"}
    assert all(question.title for question in scenario.questions)


def test_monaco_is_a_baseline_and_four_futures(compiled: dict[str, CompiledScenario]) -> None:
    assert sorted(compiled) == sorted(("baseline", *FUTURES))
    assert compiled["baseline"].edits == ()
    assert all(compiled[name].edits or compiled[name].scenario.policies for name in FUTURES)


def test_nothing_is_warned_of(compiled: dict[str, CompiledScenario]) -> None:
    assert {name: one.warnings for name, one in compiled.items() if one.warnings} == {}


def test_nothing_differs_before_the_measured_week(compiled: dict[str, CompiledScenario]) -> None:
    for one in compiled.values():
        first = one.scenario.run.measured_days[0]
        assert one.scenario.run.date_of(first).weekday() == 0
        assert all(edit.time_s >= first * 86_400 for edit in one.edits)
        assert all(policy.from_day >= first for policy in one.scenario.policies)


def test_the_measured_week_is_whole(compiled: dict[str, CompiledScenario]) -> None:
    assert len(compiled["baseline"].scenario.run.measured_days) == 7


def server_hours(one: CompiledScenario) -> float:
    """Return server hours of primary care in the measured week, with the edits in force."""
    run = one.scenario.run
    first = run.measured_days[0]
    calendar = Calendar(one.scenario.calendar, run.date_of(first), 7)
    cells: dict[str, dict[str, Any]] = {
        row.key: {"hours": row.hours, "servers": row.servers}
        for row in one.city.facilities_of("primary_care")
    }
    for edit in one.edits:
        if edit.uid in cells:
            old = cells[edit.uid][edit.column]
            cells[edit.uid][edit.column] = edit.value if edit.op == "set" else old + edit.value
    total = 0.0
    for cell in cells.values():
        spans = opening_intervals(str(cell["hours"]), calendar, 7)
        total += float(np.diff(spans, axis=1).sum()) / 3.6e9 * float(cell["servers"] or 0)
    return total


def test_more_doctors_and_evening_hours_cost_the_same_time(
    compiled: dict[str, CompiledScenario],
) -> None:
    base = server_hours(compiled["baseline"])
    more = {name: server_hours(compiled[name]) - base for name in FUTURES}
    assert more == pytest.approx(
        {"more_doctors": 43, "evening_hours": 43, "published_waits": 0, "balanced_staff": 0}
    )


def test_the_load_is_worth_studying(compiled: dict[str, CompiledScenario]) -> None:
    one = compiled["baseline"]
    scenario: Scenario = one.scenario
    service = scenario.service("primary_care")
    assert service.service_time is not None
    mean = needs_per_resident(service, scenario.population)
    assert mean == pytest.approx(service.needs_per_year, rel=0.005)
    busy = scenario.population.residents * mean / 365 * 7 * service.service_time.mean_s / 3600
    assert 0.75 < busy / server_hours(one) < 0.9


@pytest.fixture(scope="module")
def coquimbo() -> dict[str, CompiledScenario]:
    scenarios = [load_scenario(path) for path in (FOLDER / "coquimbo").glob("*.toml")]
    city = city_of(scenarios[0])
    return {scenario.name: compile_scenario(scenario, city) for scenario in scenarios}


WITH_DAYS = ("days", "centre_closed")


def test_coquimbo_is_two_baselines_and_three_futures(
    coquimbo: dict[str, CompiledScenario],
) -> None:
    assert sorted(coquimbo) == sorted(("baseline", "bridges_closed", "new_centre", *WITH_DAYS))
    assert coquimbo["baseline"].edits == coquimbo["days"].edits == ()
    for name, one in coquimbo.items():
        first = one.scenario.run.measured_days[0]
        assert all(edit.time_s >= first * 86_400 for edit in one.edits)
        assert (one.scenario.activities is not None) == (name in WITH_DAYS)
        if name not in WITH_DAYS:
            assert one.scenario.run.date_of(first).weekday() == 0
            assert len(one.scenario.run.measured_days) == 7


def test_the_centre_closes_at_eight_and_opens_at_eight_in_the_evening(
    coquimbo: dict[str, CompiledScenario],
) -> None:
    one = coquimbo["centre_closed"]
    times = sorted({edit.time_s for edit in one.edits})
    assert times == [86_400 + 8 * 3_600, 2 * 86_400 + 20 * 3_600]
    assert one.scenario.run.date_of(1).strftime("%A") == "Thursday"
    assert len(one.edits) > 100


def test_everybody_of_coquimbo_with_a_street_is_a_resident(
    coquimbo: dict[str, CompiledScenario],
) -> None:
    """The whole population of the zones that have a street, no sample."""
    one = coquimbo["baseline"]
    city, settings = one.city, one.scenario.population
    population = city.wards.population
    assert population is not None
    zones = np.unique(homes_of(city, settings).zone)
    assert settings.residents == population[zones].sum()
    assert 50 < server_hours(one) / settings.residents * 5_000 < 60


def test_every_centre_of_coquimbo_says_that_it_is_assumed(
    coquimbo: dict[str, CompiledScenario],
) -> None:
    rows = coquimbo["baseline"].city.facilities_of("primary_care")
    assert len(rows) == 24
    assert {row.tag for row in rows} == {"assumed"}
    assert all("assumed" in row.name for row in rows)


def test_closed_bridges_cut_people_on_foot_off_and_turn_cars_round(
    coquimbo: dict[str, CompiledScenario],
) -> None:
    one = coquimbo["bridges_closed"]
    graph = one.city.graph
    ways = [int(edit.uid.removeprefix("way/")) for edit in one.edits if edit.value == 1]
    closed = np.isin(graph.edge_way, ways)
    assert closed.sum() == 6
    north = graph.nearest_node(-71.2488, -29.8932)[0]
    south = graph.nearest_node(-71.2589, -29.9059)[0]
    before, after = TravelTimes(graph), TravelTimes(graph, closed)
    assert before.to_node(south, "walk")[north] > 0
    assert after.to_node(south, "walk")[north] == -1
    car = [int(times.to_node(south, "car")[north]) for times in (before, after)]
    assert 30_000 < car[1] - car[0] < 300_000
