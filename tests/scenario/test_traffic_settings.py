"""`[traffic]` and `[travel]`: what they take, and what they say of what they do not."""

# ruff: noqa: E501 - golden texts and the files that earn them are kept whole
from __future__ import annotations

from collections.abc import Callable

import pytest

from twin.errors import InputErrors
from twin.scenario.compile import compile_scenario
from twin.scenario.document import Scenario
from twin.scenario.load import load_scenario
from twin.scenario.traffic import DEFAULT_PROFILES, weekdays_of

Load = Callable[..., Scenario]

HOURS = "hours = [" + ", ".join(["1.0"] * 24) + "]\n"
PROFILE = f'[[traffic.profiles]]\nid = "p"\n{HOURS}'
RAIN = '[[traffic.weather]]\nid = "rain"\nfrom_day = 1\nto_day = 2\nfactor = 1.2\n'

WRONG = {
    "a mode there is not": (
        '[traffic]\nmode = "simulation"\n',
        'traffic.mode: "simulation"\n  expected: one of free_flow, profile',
    ),
    "hours of a short day": (
        '[[traffic.profiles]]\nid = "p"\nhours = [1.0, 2.0]\n',
        "traffic.profiles.p.hours: 2 factors\n  expected: 24: one an hour",
    ),
    "a factor below the least": (
        PROFILE.replace("[1.0", "[0.1"),
        "traffic.profiles.p.hours[0]: 0.1\n  expected: 0.2 or more",
    ),
    "no id": (
        f"[[traffic.profiles]]\n{HOURS}",
        "id: missing\n  expected: id: name in tags and messages",
    ),
    "an unknown class": (
        PROFILE + 'classes = ["primry"]\n',
        "traffic.profiles.p.classes[0]: unknown class of street `primry`\n  expected: one of motorway",
    ),
    "a class twice": (
        PROFILE + 'classes = ["primary", "primary"]\n',
        "traffic.profiles.p.classes: a word twice\n  expected: each word once",
    ),
    "no mode at all": (PROFILE + "modes = []\n", "traffic.profiles.p.modes: an empty list"),
    "a mode that streets do not slow": (
        PROFILE + 'modes = ["train"]\n',
        'traffic.profiles.p.modes[0]: "train"\n  expected: one of walk, bicycle, car, bus',
    ),
    "days of no week": (
        PROFILE + 'days = "Mo-Fri"\n',
        "traffic.profiles.p.days: `Mo-Fri`\n  expected: `all`, `workday`, `day_off`, or weekdays such as `Mo-Fr` and `Sa,Su`",
    ),
    "two profiles on one street": (
        f'{PROFILE}days = "workday"\n[[traffic.profiles]]\nid = "q"\ndays = "Fr-Mo"\nmodes = ["car"]\n{HOURS}',
        (
            "traffic: profiles `p` and `q` both hold for car on motorway on a Mo\n"
            "  expected: one profile for each mode, class and kind of day\n"
            "  hint: give them other days, classes or modes"
        ),
    ),
    "an id twice": (
        PROFILE + PROFILE,
        "traffic.profiles: id `p` twice\n  expected: each id once",
    ),
    "weather twice": (RAIN + RAIN, "traffic.weather: id `rain` twice"),
    "weather in no whole hours": (
        RAIN.replace("from_day = 1", "from_day = 1.01"),
        "traffic.weather.rain.from_day: 1.01 is not on the hour",
    ),
    "weather that ends first": (
        RAIN.replace("to_day = 2", "to_day = 1"),
        "traffic.weather.rain.to_day: 1 is not after from_day 1\n  expected: a to_day above 1",
    ),
    "a part of a day and a time": (
        RAIN.replace("from_day = 1", 'from_day = 1.5\nfrom_time = "08:00"'),
        (
            "traffic.weather.rain: from_day 1.5 and from_time `08:00`\n"
            "  expected: a whole from_day with from_time\n"
            "  hint: either a part of a day or a time of day"
        ),
    ),
    "no time of day": (
        RAIN + 'to_time = "25:00"\n',
        'traffic.weather.rain.to_time: `25:00`\n  expected: a time of day such as "08:00"\n  hint: hours 00-24 and minutes 00-59',
    ),
    "an unknown key of the bus": (
        "[travel.bus]\nwait = 3\n",
        "travel.bus.wait: unknown key\n  expected: [bus] takes: access_s, mps, skim, wait_s\n  hint: did you mean",
    ),
    "a bus that stands": ("[travel.bus]\nmps = 0\n", "travel.bus.mps: 0\n  expected: more than 0"),
    "no candidates": ("[travel]\ncandidates_max = 0\n", "candidates_max: 0\n  expected: 1 or more"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told(load: Load, case: str) -> None:
    text, message = WRONG[case]
    with pytest.raises(InputErrors) as error:
        load(text)
    assert message in str(error.value)
    assert str(error.value).startswith("town.toml:")
    assert error.value.exit_code == 2


def test_profiles_that_share_no_day_or_street_stand_side_by_side(load: Load) -> None:
    tables = (
        f'[[traffic.profiles]]\nid = "a"\ndays = "workday"\n{HOURS}'
        f'[[traffic.profiles]]\nid = "b"\ndays = "Sa,Su"\n{HOURS}'
        f'[[traffic.profiles]]\nid = "c"\nmodes = ["walk"]\n{HOURS}'
    )
    assert [one.id for one in load(tables).traffic.profiles] == ["a", "b", "c"]


def test_weekdays() -> None:
    assert weekdays_of("Mo-Fr") == frozenset({0, 1, 2, 3, 4})
    assert weekdays_of("Sa, Su") == frozenset({5, 6})
    assert weekdays_of("Fr-Mo") == frozenset({4, 5, 6, 0})
    assert weekdays_of("We") == frozenset({2})
    for words in ("", "Monday", "Mo-We-Fr", "Mo-", "PH"):
        assert weekdays_of(words) is None


def test_the_built_in_curve_is_a_warning(load: Load, city) -> None:
    scenario = load('[traffic]\nmode = "profile"\n')
    assert scenario.traffic.effective_profiles == DEFAULT_PROFILES
    told = [w for w in compile_scenario(scenario, city).warnings if "traffic" in w]
    (line,) = told
    assert line.startswith("town.toml:16: traffic.mode: no [[traffic.profiles]]: a built-in curve")
    assert line.endswith("is assumed")
    own = load(f'[traffic]\nmode = "profile"\n{PROFILE}')
    assert not [w for w in compile_scenario(own, city).warnings if "traffic" in w]


def test_tables_that_free_flow_does_not_read_are_a_warning(load: Load, city) -> None:
    scenario = load(RAIN)
    assert scenario.traffic.effective_profiles == ()
    told = [w for w in compile_scenario(scenario, city).warnings if "traffic" in w]
    assert len(told) == 1
    assert "`free_flow` reads no [[traffic.profiles]] and no [[traffic.weather]]" in told[0]


def test_every_value_can_bear_a_tag(load: Load) -> None:
    tags = '[tags]\n"traffic.profiles.p.hours" = "sourced"\n"traffic.weather.rain" = "assumed"\n"travel.bus" = "assumed"\n'
    text = f'[travel]\nmodes = ["walk", "bus"]\n[traffic]\nmode = "profile"\n{PROFILE}{RAIN}'
    untagged = load(text + tags).untagged()
    assert not [line for line in untagged if ": traffic." in line or "travel.bus" in line]
    bare = load(text).untagged()
    assert any(": traffic.profiles.p.hours = " in line for line in bare)
    assert any(": traffic.weather.rain.factor = 1.2" in line for line in bare)
    assert any(": travel.bus.wait_s = 300.0 (a default)" in line for line in bare)


def test_extends_merges_profiles_by_id(write, load: Load) -> None:
    base = load(f'[traffic]\nmode = "profile"\n{PROFILE}')
    path = base.source
    write(
        f'name = "child"\nextends = "{path.name}"\n[[traffic.profiles]]\nid = "p"\ndays = "workday"\n',
        "child.toml",
    )
    (profile,) = load_scenario("child.toml").traffic.profiles
    assert profile.days == "workday"
    assert len(profile.hours) == 24
