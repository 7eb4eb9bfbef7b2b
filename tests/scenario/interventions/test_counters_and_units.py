"""Beds, merged counters, one-stop service, mobile units: edits, costs, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.scenario.interventions.test_families import edit, table
from twin.city.city import City
from twin.errors import InputErrors
from twin.scenario.compile import compile_scenario
from twin.scenario.document import Scenario

Load = Callable[..., Scenario]
DENTIST = (
    '[[services]]\nid = "dentist"\nneeds_per_year = 1\n'
    'service_time = {distribution = "deterministic", mean_s = 60}\n'
)


def test_beds_are_added_taken_away_and_paid_for(load: Load, city: City) -> None:
    text = table(
        kind="add_beds", facility="north", beds=3, to_day=4, cost_per_bed=100, cost_per_bed_day=10
    )
    compiled = compile_scenario(load(text), city)
    assert compiled.edits == (
        edit(2, "north/clinic", "servers", 3, "add"),
        edit(4, "north/clinic", "servers", -3, "add"),
    )
    assert [(row.item, row.amount) for row in compiled.ledger] == [
        ("beds", 30.0),
        ("capital", 300.0),
        ("beds", 30.0),
    ]


def test_merged_counters_stand_where_the_first_service_is(load: Load, city: City) -> None:
    text = table(
        kind="merge_counters", facility="house", services=["dentist", "clinic"], to_day=5,
        cost_once=7, cost_per_day=2,
    )  # fmt: skip
    compiled = compile_scenario(load(DENTIST + text), city)
    assert compiled.edits == (
        edit(2, "house/clinic", "counter", "house/dentist"),
        edit(5, "house/clinic", "counter", ""),
    )
    assert sum(row.amount for row in compiled.ledger) == 7 + 3 * 2


def test_one_stop_service_is_one_edit_a_facility(load: Load, city: City) -> None:
    text = table(kind="one_stop_service", service="clinic", to_day=3, cost_once=1)
    compiled = compile_scenario(load(text), city)
    starts = [one for one in compiled.edits if one.value is True]
    ends = [one for one in compiled.edits if one.value is False]
    assert {one.uid for one in starts} == {
        row.key for row in city.facilities if row.service == "clinic"
    }
    assert [one.uid for one in ends] == [one.uid for one in starts]
    assert {one.column for one in compiled.edits} == {"one_stop"}
    assert sum(row.amount for row in compiled.ledger) == len(starts)


def unit(second: str = "We 08:00-12:00", **values: Any) -> str:
    stops = [
        f'{{id = "square", lon = 7.4, lat = 43.7, hours = "Mo 08:00-12:00"}}',  # noqa: F541
        f'{{id = "harbour", lon = 7.41, lat = 43.71, hours = "{second}"}}',
    ]
    start = table(kind="mobile_unit", service="clinic", servers=2, **values)
    return f"{start}stops = [{', '.join(stops)}]\n"


def test_a_mobile_unit_is_a_facility_at_each_stop(load: Load, city: City) -> None:
    compiled = compile_scenario(load(unit(to_day=9, cost_once=50, cost_per_day=1)), city)
    rows = [compiled.city.facility(f"a_{stop}") for stop in ("square", "harbour")]
    assert [(row.hours, row.servers, row.is_active) for row in rows] == [
        ("Mo 08:00-12:00", 2, False),
        ("We 08:00-12:00", 2, False),
    ]
    assert compiled.edits == (
        edit(2, "a_harbour/clinic", "is_active", value=True),
        edit(2, "a_square/clinic", "is_active", value=True),
        edit(9, "a_harbour/clinic", "is_active", value=False),
        edit(9, "a_square/clinic", "is_active", value=False),
    )
    assert sum(row.amount for row in compiled.ledger) == 50 + 7


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (unit("Mo-Fr 11:00-14:00"), "stops `square` and `harbour` overlap in time"),
        (unit().replace("harbour", "square"), "two stops `square`"),
        (unit().replace('service = "clinic"', 'service = "clinics"'), "unknown service `clinics`"),
        (table(kind="mobile_unit", service="clinic", servers=1, stops=[]), "no stops"),
        (table(kind="merge_counters", facility="north"), "`north` has one counter"),
        (table(kind="merge_counters", facility="nort"), "did you mean `north`"),
        (
            DENTIST + table(kind="merge_counters", facility="house", services=["dentist", "vet"]),
            "`house` does not offer `vet`",
        ),
        (table(kind="one_stop_service", service="klinic"), "unknown service `klinic`"),
        (table(kind="add_beds", facility="nort", beds=1), "did you mean `north`"),
    ],
)
def test_what_does_not_fit_is_refused(load: Load, city: City, text: str, words: str) -> None:
    with pytest.raises(InputErrors) as error:
        compile_scenario(load(text), city)
    assert words in str(error.value)
