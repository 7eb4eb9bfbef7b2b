"""More appointments, other priorities: edits, cost, and what is refused."""

from __future__ import annotations

import pytest

from twin.errors import InputErrors
from twin.scenario.interventions.booking import AddAppointments, SetPriority


def test_slots_are_added_at_each_facility_and_paid_for(city):
    one = AddAppointments(
        id="more", kind="add_appointments", service="clinic", per_slot=2, from_day=1, cost_per_day=5
    )
    edits = list(one.edits(city))
    n = sum(row.service == "clinic" for row in city.facilities)
    assert [(e.column, e.op, e.value) for e in edits] == [("appointments", "add", 2)] * n
    rows = one.cost(city, 4)
    assert sum(row.amount for row in rows) == pytest.approx(3 * 5 * n)


def test_the_order_of_classes_ends_with_the_intervention(city):
    one = SetPriority(
        id="old",
        kind="set_priority",
        service="clinic",
        who=("age_band=60+", "age_band=0-14"),
        from_day=1,
        to_day=3,
        cost_per_day=7,
    )
    start, end = sorted(one.edits(city), key=lambda edit: edit.time_s)
    assert (start.table, start.uid, start.value) == (
        "services",
        "clinic",
        "age_band=60+;age_band=0-14",
    )
    assert end.value == ""
    assert sum(row.amount for row in one.cost(city, 10)) == pytest.approx(14)


@pytest.mark.parametrize(
    ("text", "where", "expected"),
    [
        (
            'kind = "set_priority"\nservice = "clinic"\nwho = ["age_band=old"]\n',
            "interventions.a.who: `old` is no category of `age_band`",
            "expected: 0-14, 15-59, 60+",
        ),
        (
            'kind = "add_appointments"\nservice = "clinic"\nper_slot = 0\n',
            "interventions.a.per_slot: 0",
            "expected: 1 or more",
        ),
    ],
)
def test_what_makes_no_sense_is_told(load, text, where, expected):
    with pytest.raises(InputErrors) as raised:
        load('[[interventions]]\nid = "a"\nfrom_day = 1\n' + text)
    (error,) = raised.value.errors
    assert where in str(error)
    assert expected in str(error)
