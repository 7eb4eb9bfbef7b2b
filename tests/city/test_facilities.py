from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.city.facilities import Facility, FacilityRow, find_facility, merge_facilities
from twin.errors import InputError, InputErrors
from twin.streams import uid32

MakeFacility = Callable[..., Facility]


@pytest.fixture
def base(make_facility: MakeFacility) -> tuple[Facility, ...]:
    return (
        make_facility("osm/node/1", name="First"),
        make_facility("osm/node/1", "pharmacy", name="First"),
        make_facility("osm/node/2", servers=3),
    )


def row(op: str, uid: str, service: str = "", **values: object) -> FacilityRow:
    return FacilityRow(op, uid, service, "clinics.csv:7", values)  # type: ignore[arg-type]


def test_add_set_remove(base: tuple[Facility, ...]) -> None:
    merged = merge_facilities(
        base,
        [
            row("add", "new", "primary_care", lon=7.4, lat=43.7, servers=2, tag="assumed"),
            row("set", "osm/node/2", servers=5),
            row("remove", "osm/node/1", "pharmacy"),
        ],
    )
    assert [(one.uid, one.service, one.servers) for one in merged] == [
        ("new", "primary_care", 2),
        ("osm/node/1", "primary_care", None),
        ("osm/node/2", "primary_care", 5),
    ]
    assert merged[0].source == merged[2].source == "clinics.csv:7"
    # What a row corrects without a tag is no longer as sourced.
    assert [one.tag for one in merged] == ["assumed", "sourced", "assumed"]
    assert merged[0].name == "new"


def test_a_place_may_change_its_service_and_keeps_its_position(base: tuple[Facility, ...]) -> None:
    merged = merge_facilities(base, [row("remove", "osm/node/1"), row("add", "osm/node/1", "lab")])
    assert [(one.uid, one.service) for one in merged] == [
        ("osm/node/1", "lab"),
        ("osm/node/2", "primary_care"),
    ]
    assert (merged[0].lon, merged[0].lat, merged[0].name) == (7.41, 43.73, "First")
    assert merged[0].tag == "assumed"


def test_no_rows_change_nothing_but_the_order(base: tuple[Facility, ...]) -> None:
    assert merge_facilities(base[::-1], []) == merge_facilities(base, [])
    assert {one.key for one in merge_facilities(base, [])} == {one.key for one in base}


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_added_rows_does_not_matter(uids: list[str]) -> None:
    rows = [FacilityRow("add", uid, "x", uid, {"lon": 1.0, "lat": 2.0}) for uid in uids]
    assert [one.uid for one in merge_facilities([], rows)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("wrong", "found", "hint"),
    [
        (row("set", "osm/node/3", servers=1), "unknown facility `osm/node/3`", "did you mean"),
        (row("remove", "clinic"), "unknown facility `clinic`", "use `add`"),
        (row("set", "osm/node/1", "pharmacie"), "no service `pharmacie`", "`pharmacy`?"),
        (row("remove", "osm/node/2", "xyz"), "no service `xyz`", "`remove` this one"),
        (row("set", "osm/node/1", servers=1), "offers 2 services", "fill the column"),
        (row("add", "osm/node/2", "primary_care"), "already (from OpenStreetMap)", "use `set`"),
        (row("add", "x", lon=7.4, lat=43.7), "empty", ""),
        (row("add", "osm/nod/2", "lab", lon=7.4), "empty", "did you mean `osm/node/2`?"),
    ],
)
def test_wrong_rows_are_explained(
    base: tuple[Facility, ...], wrong: FacilityRow, found: str, hint: str
) -> None:
    with pytest.raises(InputErrors) as caught:
        merge_facilities(base, [wrong])
    (error,) = caught.value.errors
    assert error.where.startswith("clinics.csv:7")
    assert found in error.found
    assert hint in error.hint
    assert error.expected


def test_two_rows_for_one_facility(base: tuple[Facility, ...]) -> None:
    first = FacilityRow("set", "osm/node/2", "", "clinics.csv:2", {"servers": 1})
    with pytest.raises(InputErrors, match=r"first is at clinics\.csv:2"):
        merge_facilities(base, [first, row("set", "osm/node/2", servers=2)])


def test_all_that_is_wrong_is_told_at_once(base: tuple[Facility, ...]) -> None:
    with pytest.raises(InputErrors) as caught:
        merge_facilities(base, [row("set", "x"), row("set", "y"), row("set", "osm/node/2")])
    assert len(caught.value.errors) == 2


def test_numbers_of_names_must_differ(
    monkeypatch: pytest.MonkeyPatch, base: tuple[Facility, ...]
) -> None:
    monkeypatch.setattr("twin.streams.uid32", lambda _: 7)
    with pytest.raises(InputError, match="same 32-bit number"):
        merge_facilities(base, [])


def test_finds_by_uid_and_service(base: tuple[Facility, ...]) -> None:
    assert find_facility(base, "osm/node/2", where="x") is base[2]
    assert find_facility(base, "osm/node/1", service="pharmacy", where="x") is base[1]


@pytest.mark.parametrize(
    ("uid", "service", "found", "hint"),
    [
        ("osm/node/22", None, "unknown facility", "did you mean `osm/node/2`?"),
        ("osm/node/1", None, "no service given", ""),
        ("osm/node/1", "pharmcy", "no service `pharmcy`", "did you mean `pharmacy`?"),
    ],
)
def test_what_cannot_be_found(
    base: tuple[Facility, ...], uid: str, service: str | None, found: str, hint: str
) -> None:
    with pytest.raises(InputError) as caught:
        find_facility(base, uid, service=service, where="interventions[0].facility")
    assert caught.value.where == "interventions[0].facility"
    assert found in caught.value.found
    assert hint in caught.value.hint


def test_key_names_the_pair(base: tuple[Facility, ...]) -> None:
    assert base[1].key == "osm/node/1/pharmacy"
    assert base[1].key_uid == uid32("osm/node/1/pharmacy")
