# ruff: noqa: E501 - the files that are written here are kept whole
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from twin.city.city import City
from twin.errors import InputErrors
from twin.scenario.compile import check_against, compile_scenario
from twin.scenario.document import Scenario

Load = Callable[..., Scenario]
Write = Callable[..., Path]

MORE = '[[interventions]]\nid = "a"\nkind = "add_servers"\nfacility = "north"\nservers = 1\nfrom_day = {}\n'


def test_an_empty_list_is_the_baseline(load: Load, city: City) -> None:
    compiled = compile_scenario(load(), city)
    assert compiled.edits == ()
    assert compiled.ledger == ()
    assert compiled.warnings == ()


def test_defaults_of_the_service_fill_the_rows(load: Load, city: City) -> None:
    scenario = load("", "services.clinic.default_servers=5", "services.clinic.waiting_room=9")
    compiled = compile_scenario(scenario, city)
    rows = {row.key: row for row in compiled.city.facilities}
    south, north, other = rows["south/clinic"], rows["north/clinic"], rows["house/dentist"]
    assert (south.servers, south.hours, south.waiting_room) == (5, "Mo-Fr 08:00-18:00; PH off", 9)
    assert (north.servers, north.hours) == (2, "Mo-Fr 08:00-12:00")
    assert other.waiting_room is None
    assert city.facility("south").servers is None


def test_rows_of_the_scenario_correct_the_map(load: Load, city: City) -> None:
    rows = (
        '[[facilities]]\nop = "set"\nuid = "north"\nservers = 7\n'
        '[[facilities]]\nop = "remove"\nuid = "house"\n'
        '[[facilities]]\nuid = "east"\nservice = "clinic"\nlon = 7.4\nlat = 43.7\ntag = "derived"\n'
    )
    equipped = check_against(city, load(rows))
    assert {row.key: row.servers for row in equipped.facilities} == {
        "east/clinic": 1,
        "north/clinic": 7,
        "south/clinic": 1,
    }
    assert equipped.facility("east").tag == "derived"


def test_a_wrong_row_is_told_with_its_line(load: Load, city: City) -> None:
    with pytest.raises(InputErrors) as error:
        check_against(city, load('[[facilities]]\nop = "set"\nuid = "nroth"\nservers = 7\n'))
    assert str(error.value).startswith(
        "town.toml:15: facilities.nroth: `set` of an unknown facility"
    )
    assert "did you mean `north`?" in str(error.value)


def test_a_table_beside_the_scenario_is_read(load: Load, write: Write, city: City) -> None:
    write("op,uid,service,servers\nset,north,clinic,9\n", "rows.csv")
    scenario = load("", "facilities_file=rows.csv")
    assert check_against(city, scenario).facility("north").servers == 9
    assert scenario.resolved["facilities_file"] == "rows.csv"


def test_the_city_is_left_alone(load: Load, city: City) -> None:
    before = city.facilities
    compile_scenario(load(MORE.format(2)), city)
    assert city.facilities is before


def test_what_comes_too_late_is_warned_of(load: Load, city: City) -> None:
    (warning,) = compile_scenario(load(MORE.format(14)), city).warnings
    assert warning == (
        "town.toml:20: interventions.a.from_day: starts on day 14, after the last of 14 days:"
        " it changes nothing"
    )
    (warning,) = compile_scenario(load(MORE.format(13), "run.cooldown_days=2"), city).warnings
    assert warning.endswith("starts on day 13, after the measured days: no measure can show it")


def test_a_service_that_nobody_offers_is_warned_of(load: Load, city: City) -> None:
    service = (
        '[[services]]\nid = "school"\nneeds_per_year = 1\n'
        'service_time = {distribution = "deterministic", mean_s = 60}\n'
    )
    (warning,) = compile_scenario(load(service), city).warnings
    assert warning == (
        "town.toml:15: services.school: no facility offers it: every need stays unmet;"
        " those of the city offer clinic, dentist"
    )


def test_slots_that_never_begin_in_opening_hours_are_warned_of(load: Load, city: City) -> None:
    slots = "appointments = {{slot_s = {}}}\n"
    assert compile_scenario(load(slots.format(1800)), city).warnings == ()
    (warning,) = compile_scenario(load(slots.format(86_400)), city).warnings
    assert warning == (
        "town.toml:15: services.clinic.appointments: no slot of 86400 s, counted from midnight,"
        " begins in the opening hours of house, north, south: nobody gets an appointment there"
    )


def test_the_order_of_the_file_does_not_matter(load: Load, city: City) -> None:
    other = MORE.replace('"a"', '"b"').replace("north", "south")
    one = compile_scenario(load(MORE.format(2) + other.format(2)), city).edits
    two = compile_scenario(load(other.format(2) + MORE.format(2)), city).edits
    assert one == two


def test_weights_that_nearest_does_not_ask_for_are_told(load: Load, city: City) -> None:
    rule = "services.clinic.choice.rule=nearest"
    assert compile_scenario(load("", rule), city).warnings == ()
    given = load("", rule, "services.clinic.choice.forgo_utility=5.0")
    (warning,) = compile_scenario(given, city).warnings
    assert warning.endswith("rule `nearest` asks for no forgo_utility")
