"""Staff of one facility serve at another: conserved, undone, refused where it makes no sense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures.small_town import CARE, town
from tests.fixtures.two_blocks import EAST_CLINIC, WEST_CLINIC
from twin.city.city import City
from twin.city.edits import Edit
from twin.errors import InputErrors
from twin.model.city_model import CityModel
from twin.scenario.compile import compile_scenario
from twin.scenario.document import Scenario
from twin.units import DAY_S

Load = Callable[..., Scenario]


def table(**values: Any) -> str:
    given = {"id": "a", "kind": "shift_staff", "from_day": 2, "facility": "north", "servers": 1}
    lines = [f"{key} = {value!r}".replace("'", '"') for key, value in {**given, **values}.items()]
    return "\n".join(["[[interventions]]", *lines, ""])


def told(load: Load, city: City, **values: Any) -> str:
    with pytest.raises(InputErrors) as error:
        compile_scenario(load(table(**values)), city)
    return str(error.value)


def test_one_loses_what_the_other_gains(load: Load, city: City) -> None:
    found = compile_scenario(load(table(to_facility="south", to_day=4)), city).edits
    moves = ((2, "north", -1), (2, "south", 1), (4, "north", 1), (4, "south", -1))
    assert found == tuple(
        Edit(day * DAY_S, "facilities", f"{uid}/clinic", "servers", "add", value, "a")
        for day, uid, value in moves
    )


def test_it_costs_a_move_and_allowances(load: Load, city: City) -> None:
    costs = {"cost_once": 50.0, "cost_per_server_day": 10.0}
    ledger = compile_scenario(load(table(to_facility="south", to_day=3.5, **costs)), city).ledger
    assert [(row.day, row.item, row.amount) for row in ledger] == [
        (2.0, "allowances", 10.0),
        (2.0, "move", 50.0),
        (3.0, "allowances", 5.0),
    ]


def test_what_makes_no_sense_is_told(load: Load, city: City) -> None:
    assert "interventions.a.to_facility: unknown facility `sout`" in told(
        load, city, to_facility="sout"
    )
    assert "did you mean `south`?" in told(load, city, to_facility="sout")
    assert "interventions.a.facility: unknown facility `nord`" in told(
        load, city, facility="nord", to_facility="south"
    )
    words = told(load, city, to_facility="south", servers=2)
    assert "interventions.a.servers: 2 of the 2 servers of `north`" in words
    assert "fewer than 2: somebody stays" in words
    assert "facility and to_facility are both `north`" in told(load, city, to_facility="north")
    assert "`house` offers clinic, dentist" in told(load, city, to_facility="house")


def test_two_services_are_told(load: Load, city: City) -> None:
    dentist = '[[facilities]]\nuid = "tooth"\nservice = "dentist"\nlon = 7.4\nlat = 43.7\n'
    with pytest.raises(InputErrors, match="`tooth` offers dentist, `north` clinic"):
        compile_scenario(load(dentist + table(to_facility="tooth")), city)


def test_undone_the_city_is_what_it_was() -> None:
    text = table(facility=WEST_CLINIC, to_facility=EAST_CLINIC, from_day=1, to_day=2.3)
    model = CityModel(preparation=town(CARE + text), seed=1)
    model.run(1.5)
    names = [station.name for station in model.preparation.stations]
    posts = dict(zip(names, model.engine.state.stations.n_posts.tolist(), strict=True))
    assert posts == {f"{WEST_CLINIC}/primary_care": 1, f"{EAST_CLINIC}/primary_care": 3}
    model.run()
    assert model.engine.state.stations.n_posts.tolist() == [2, 2]
    assert model.engine.state.queues.n_servers.tolist() == [2, 2]
    undone = [done.undone(0.0).value for done in model.edit_log[:2]]
    assert undone == [done.edit.value for done in model.edit_log[2:]]
