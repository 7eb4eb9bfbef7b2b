"""Tags say who may go where and how fast."""

from __future__ import annotations

import pytest

from twin.network.modes import BICYCLE_BIT, CAR_BIT, CLASS_KMH, WALK_BIT
from twin.network.rules import car_speeds, parse_maxspeed, street_use, why_no_street

ALL = WALK_BIT | BICYCLE_BIT | CAR_BIT


def use(**tags: str) -> tuple[int, int]:
    found = street_use({"highway": "residential"} | tags, lambda _: None)
    assert found is not None
    return found.forward, found.backward


def notes(**tags: str) -> list[str]:
    said: list[str] = []
    street_use({"highway": "residential"} | tags, said.append)
    return said


@pytest.mark.parametrize(
    ("tags", "modes"),
    [
        ({"highway": "residential"}, ALL),
        ({"highway": "motorway"}, CAR_BIT),
        ({"highway": "footway"}, WALK_BIT),
        ({"highway": "footway", "bicycle": "yes"}, WALK_BIT | BICYCLE_BIT),
        ({"highway": "footway", "access": "yes"}, WALK_BIT),
        ({"highway": "cycleway"}, BICYCLE_BIT),
        ({"highway": "cycleway", "foot": "designated"}, WALK_BIT | BICYCLE_BIT),
        ({"highway": "steps"}, WALK_BIT),
        ({"highway": "service"}, WALK_BIT | BICYCLE_BIT),
        ({"highway": "pedestrian"}, WALK_BIT),
        ({"highway": "residential", "motor_vehicle": "no"}, WALK_BIT | BICYCLE_BIT),
        ({"highway": "residential", "motorcar": "no"}, WALK_BIT | BICYCLE_BIT),
        ({"highway": "residential", "vehicle": "no"}, WALK_BIT),
        ({"highway": "residential", "foot": "no"}, BICYCLE_BIT | CAR_BIT),
        ({"highway": "residential", "sidewalk": "separate"}, BICYCLE_BIT | CAR_BIT),
        ({"highway": "residential", "sidewalk:left": "separate"}, BICYCLE_BIT | CAR_BIT),
        ({"highway": "residential", "access": "private", "foot": "yes"}, WALK_BIT),
        ({"highway": "residential", "access": "no", "motor_vehicle": "destination"}, CAR_BIT),
        ({"highway": "residential", "access": "unheard-of"}, ALL),
        ({"highway": "trunk", "foot": "no", "bicycle": "no"}, CAR_BIT),
    ],
)
def test_access(tags: dict[str, str], modes: int) -> None:
    motorway = tags["highway"] == "motorway"
    assert use(**tags) == (modes, 0 if motorway else modes)


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"highway": "residential", "access": "no"}, "streets closed to the public"),
        ({"highway": "pedestrian", "area": "yes"}, "squares and other areas tagged as streets"),
        ({"highway": "proposed"}, "ways under construction, planned or no street"),
        ({"highway": "teleport"}, "ways of an unknown class"),
    ],
)
def test_no_street_has_a_reason(tags: dict[str, str], why: str) -> None:
    assert street_use(tags, lambda _: None) is None
    assert why_no_street(tags) == why


@pytest.mark.parametrize("value", ["yes", "true", "1"])
def test_oneway_along(value: str) -> None:
    assert use(oneway=value) == (ALL, WALK_BIT)


@pytest.mark.parametrize("value", ["-1", "reverse"])
def test_oneway_against(value: str) -> None:
    assert use(oneway=value) == (WALK_BIT, ALL)


@pytest.mark.parametrize("value", ["no", "false", "0"])
def test_two_way(value: str) -> None:
    assert use(oneway=value) == (ALL, ALL)
    assert not notes(oneway=value)


def test_direction_that_changes_is_two_way_and_counted() -> None:
    assert use(oneway="reversible") == (ALL, ALL)
    assert notes(oneway="alternating") == [
        "one-way streets that change direction: taken as two-way"
    ]


def test_unreadable_oneway_is_counted_once() -> None:
    assert use(oneway="𝟙") == (ALL, ALL)
    assert notes(oneway="𝟙") == ["unreadable oneway: taken as absent"]


def test_roundabouts_and_motorways_are_one_way_unless_they_say_otherwise() -> None:
    assert use(junction="roundabout") == (ALL, WALK_BIT)
    assert use(junction="roundabout", oneway="no") == (ALL, ALL)
    assert use(highway="motorway") == (CAR_BIT, 0)
    assert use(highway="motorway", oneway="no") == (CAR_BIT, CAR_BIT)


def test_directions_of_single_modes() -> None:
    assert use(oneway="yes", **{"oneway:bicycle": "no"}) == (ALL, WALK_BIT | BICYCLE_BIT)
    assert use(oneway="yes", cycleway="opposite_lane") == (ALL, WALK_BIT | BICYCLE_BIT)
    assert use(**{"oneway:bicycle": "yes"}) == (ALL, WALK_BIT | CAR_BIT)
    assert use(**{"oneway:motorcar": "-1"}) == (WALK_BIT | BICYCLE_BIT, ALL)
    assert use(**{"oneway:foot": "yes"}) == (ALL, BICYCLE_BIT | CAR_BIT)


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50.0),
        (" 50 ", 50.0),
        ("30.5", 30.5),
        ("50 km/h", 50.0),
        ("50 mph", 80.4672),
        ("50mph", 80.4672),
        ("10 knots", 18.52),
        ("none", 130.0),
        ("walk", 7.0),
        ("CN:urban", 50.0),
        ("DE:zone:30", 30.0),
        ("FR:zone30", 30.0),
        ("GB:nsl_single", 96.56064),
        ("DE:rural", None),
        ("XX:nonsense", None),
        ("fast", None),
        ("-50", None),
        ("0", None),
        ("1e309", None),
        ("nan", None),
        ("inf", None),
        ("50;30", None),
        ("", None),
        ("9" * 400, None),
        ("٥٠", None),
        ("signals", None),
    ],
)
def test_maxspeed_as_documented(text: str, kmh: float | None) -> None:
    assert parse_maxspeed(text) == pytest.approx(kmh) if kmh else parse_maxspeed(text) is None


def test_speeds_are_clamped_and_counted() -> None:
    said: list[str] = []
    assert car_speeds({"maxspeed": "300"}, "residential", said.append) == (130.0, 130.0)
    assert car_speeds({"maxspeed": "0.5"}, "residential", said.append) == (1.0, 1.0)
    assert said == ["maxspeed outside 1..130 km/h: clamped"] * 2


def test_speeds_by_direction_and_by_class() -> None:
    tags = {"maxspeed": "50", "maxspeed:forward": "30"}
    assert car_speeds(tags, "primary", lambda _: None) == (30.0, 50.0)
    said: list[str] = []
    default = CLASS_KMH["primary"]
    assert car_speeds({"maxspeed": "fast"}, "primary", said.append) == (default, default)
    assert said == ["unreadable maxspeed: class default taken"]
