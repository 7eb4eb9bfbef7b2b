"""Each family: the edits that it compiles to, what it costs and what it refuses."""

# ruff: noqa: E501 - golden texts and the files that earn them are kept whole
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from twin.city.city import City
from twin.city.edits import Edit
from twin.errors import InputErrors
from twin.scenario.compile import compile_scenario
from twin.scenario.document import Scenario
from twin.units import DAY_S

Load = Callable[..., Scenario]
Compiled = Callable[..., tuple[Edit, ...]]


def table(**values: Any) -> str:
    lines = ["[[interventions]]"]
    for key, value in {"id": "a", "from_day": 2, **values}.items():
        lines.append(f"{key} = {value!r}".replace("'", '"'))
    return "\n".join(lines) + "\n"


@pytest.fixture
def edits(load: Load, city: City) -> Compiled:
    def compiled(*tables: str) -> tuple[Edit, ...]:
        return compile_scenario(load("".join(tables)), city).edits

    return compiled


@pytest.fixture
def told(load: Load, city: City) -> Callable[[str], str]:
    def words(text: str) -> str:
        with pytest.raises(InputErrors) as error:
            compile_scenario(load(text), city)
        return str(error.value)

    return words


def edit(
    day: float, uid: str, column: str, value: Any, op: Any = "set", where: str = "facilities"
) -> Edit:
    return Edit(day * DAY_S, where, uid, column, op, value, "a")


def test_add_servers_adds_and_takes_away_again(edits: Compiled) -> None:
    found = edits(table(kind="add_servers", facility="north", servers=2, to_day=4.5))
    assert found == (
        edit(2, "north/clinic", "servers", 2, "add"),
        edit(4.5, "north/clinic", "servers", -2, "add"),
    )


def test_add_servers_at_several(edits: Compiled) -> None:
    found = edits(table(kind="add_servers", facility=["south", "north"], servers=1))
    assert [one.uid for one in found] == ["north/clinic", "south/clinic"]


def test_add_servers_costs_by_the_day(load: Load, city: City) -> None:
    scenario = load(
        table(
            kind="add_servers",
            facility=["south", "north"],
            servers=2,
            cost_per_server_day=100,
            to_day=3.5,
        )
    )
    ledger = compile_scenario(scenario, city).ledger
    assert [(row.day, row.cause, row.item, row.amount) for row in ledger] == [
        (2.0, "a", "servers", 400.0),
        (3.0, "a", "servers", 200.0),
    ]


def test_costs_end_with_the_run(load: Load, city: City) -> None:
    scenario = load(
        table(kind="add_servers", facility="north", servers=1, cost_per_server_day=1, from_day=12)
    )
    assert [row.day for row in compile_scenario(scenario, city).ledger] == [12.0, 13.0]


def test_open_facility_exists_closed_from_the_start(load: Load, city: City) -> None:
    scenario = load(
        table(
            kind="open_facility", facility="new", service="clinic", lon=7.4, lat=43.7, servers=3, hours="24/7",
            to_day=9, cost_once=1000, cost_per_day=10,
        )
    )  # fmt: skip
    compiled = compile_scenario(scenario, city)
    row = compiled.city.facility("new")
    assert (row.is_active, row.servers, row.hours, row.tag) == (False, 3, "24/7", "assumed")
    assert compiled.edits == (
        edit(2, "new/clinic", "is_active", value=True),
        edit(9, "new/clinic", "is_active", value=False),
    )
    assert sum(row.amount for row in compiled.ledger) == 1000 + 7 * 10


def test_a_new_facility_can_be_named_by_others(edits: Compiled) -> None:
    opened = table(
        kind="open_facility",
        facility="new",
        service="clinic",
        lon=7.4,
        lat=43.7,
        servers=1,
        hours="24/7",
    )
    found = edits(opened, table(id="b", kind="add_servers", facility="new", servers=1, from_day=5))
    assert [(one.cause, one.column) for one in found] == [("a", "is_active"), ("b", "servers")]


def test_close_facility_opens_again(edits: Compiled) -> None:
    assert edits(table(kind="close_facility", facility="house", to_day=3)) == (
        edit(2, "house/clinic", "is_active", value=False),
        edit(3, "house/clinic", "is_active", value=True),
    )


def test_close_facility_closes_every_service_that_is_simulated(load: Load, city: City) -> None:
    dentist = (
        '[[services]]\nid = "dentist"\nneeds_per_year = 1\n'
        'service_time = {distribution = "deterministic", mean_s = 60}\n'
    )
    scenario = load(dentist + table(kind="close_facility", facility="house"))
    found = compile_scenario(scenario, city).edits
    assert [one.uid for one in found] == ["house/clinic", "house/dentist"]


def test_an_intervention_at_what_is_not_simulated_is_warned_of(load: Load, city: City) -> None:
    rows = '[[facilities]]\nuid = "x"\nservice = "school"\nlon = 7.4\nlat = 43.7\n'
    compiled = compile_scenario(load(rows + table(kind="close_facility", facility="x")), city)
    assert compiled.edits == ()
    assert compiled.warnings == (
        "town.toml:20: interventions.a: changes nothing of a service that the scenario simulates",
    )


def test_close_one_service_of_a_facility(edits: Compiled) -> None:
    found = edits(table(kind="close_facility", facility="house", service="clinic"))
    assert [one.uid for one in found] == ["house/clinic"]


def test_change_hours_restores_the_old_ones(edits: Compiled) -> None:
    assert edits(table(kind="change_hours", facility="north", hours="24/7", to_day=3)) == (
        edit(2, "north/clinic", "hours", "24/7"),
        edit(3, "north/clinic", "hours", "Mo-Fr 08:00-12:00"),
    )


def test_change_hours_restores_the_default_of_the_service(edits: Compiled) -> None:
    found = edits(table(kind="change_hours", facility="south", hours="24/7", to_day=3))
    assert found[1].value == "Mo-Fr 08:00-18:00; PH off"


def test_change_hours_of_a_whole_service(edits: Compiled) -> None:
    found = edits(table(kind="change_hours", service="clinic", hours="24/7"))
    assert [one.uid for one in found] == ["house/clinic", "north/clinic", "south/clinic"]


def test_set_eligibility_restores_who_could_come(edits: Compiled) -> None:
    eligible = "registration=registered,age_band=0-14|60+"
    assert edits(table(kind="set_eligibility", facility="north", eligible=eligible, to_day=3)) == (
        edit(2, "north/clinic", "eligibility", eligible),
        edit(3, "north/clinic", "eligibility", "all"),
    )


def test_publish_waiting_times_is_switched_off_again(edits: Compiled) -> None:
    found = edits(
        table(kind="publish_waiting_times", service="clinic", period_s=900, delay_s=60, to_day=3)
    )
    assert found == (
        edit(2, "clinic", "publish_delay_s", 60, where="services"),
        edit(2, "clinic", "publish_period_s", 900, where="services"),
        edit(3, "clinic", "publish_delay_s", 0, where="services"),
        edit(3, "clinic", "publish_period_s", 0, where="services"),
    )


def test_close_street_by_name_and_by_way(edits: Compiled) -> None:
    shocks = (
        '[[shocks]]\nid = "a"\nkind = "close_street"\nstreet = "High Street"\nfrom_day = 1\nto_day = 2\n'
        '[[shocks]]\nid = "b"\nkind = "close_street"\nways = [11]\nfrom_day = 1.5\n'
    )
    assert [(one.time_s / DAY_S, one.uid, one.value, one.cause) for one in edits(shocks)] == [
        (1.0, "way/11", 1, "a"),
        (1.0, "way/12", 1, "a"),
        (1.5, "way/11", 1, "b"),
        (2.0, "way/11", -1, "a"),
        (2.0, "way/12", -1, "a"),
    ]


OPENED: dict[str, Any] = {
    "kind": "open_facility", "facility": "new", "service": "clinic",
    "lon": 7.4, "lat": 43.7, "servers": 1, "hours": "24/7",
}  # fmt: skip

REFUSED = {
    "unknown facility": (
        table(kind="add_servers", facility="nroth", servers=1),
        (
            "town.toml:19: interventions.a.facility: unknown facility `nroth`\n"
            "  expected: house, north, south\n  hint: did you mean `north`?"
        ),
    ),
    "one unknown of several": (
        table(kind="close_facility", facility=["north", "soth"]),
        (
            "town.toml:19: interventions.a.facility: unknown facility `soth`\n"
            "  expected: house, north, south\n  hint: did you mean `south`?"
        ),
    ),
    "which service": (
        table(kind="add_servers", facility="house", servers=1),
        (
            "town.toml:19: interventions.a.facility: `house` offers clinic, dentist\n"
            "  expected: `service` says which one is meant"
        ),
    ),
    "taken": (
        table(**OPENED | {"facility": "north"}),
        (
            "town.toml:19: interventions.a.facility: `north` offers `clinic` already (from a test)\n"
            "  expected: the uid of a facility that is not there yet\n"
            "  hint: to add doctors there use kind add_servers"
        ),
    ),
    "unknown street": (
        '[[shocks]]\nid = "a"\nkind = "close_street"\nstreet = "Hihg Street"\nfrom_day = 1\n',
        (
            "town.toml:18: shocks.a.street: unknown street `Hihg Street`\n"
            "  expected: High Street, Mill Lane\n  hint: did you mean `High Street`?"
        ),
    ),
    "unknown way": (
        '[[shocks]]\nid = "a"\nkind = "close_street"\nways = [11, 99]\nfrom_day = 1\n',
        (
            "town.toml:18: shocks.a.ways: no street of the map is way 99\n"
            "  expected: OSM ids of ways in the map"
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_the_city_is_told(told: Callable[[str], str], case: str) -> None:
    text, message = REFUSED[case]
    assert told(text) == message


def test_a_place_outside_the_map_is_told(told: Callable[[str], str]) -> None:
    message = told(table(**OPENED | {"lon": 8.4}))
    assert message.startswith("town.toml:21: interventions.a.lon: `new` at 8.4, 43.7")


def test_everything_that_does_not_fit_is_told_at_once(told: Callable[[str], str]) -> None:
    message = told(
        table(kind="close_facility", facility="x")
        + table(id="b", kind="add_servers", facility="y", servers=1)
        + '[[shocks]]\nid = "c"\nkind = "close_street"\nstreet = "z"\nfrom_day = 1\n'
    )
    assert [line.split(": ")[1] for line in message.splitlines() if line.startswith("town")] == [
        "interventions.a.facility",
        "interventions.b.facility",
        "shocks.c.street",
    ]


def test_two_setters_of_one_cell_at_one_time_are_refused(load: Load, city: City) -> None:
    scenario = load(
        table(kind="change_hours", facility="north", hours="24/7")
        + table(id="b", kind="change_hours", service="clinic", hours="Mo-Fr 08:00-20:00")
    )
    with pytest.raises(
        Exception, match=r"`a` and `b`: both set facilities\[north/clinic\].hours at day 2"
    ):
        compile_scenario(scenario, city)
