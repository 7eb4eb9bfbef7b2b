# ruff: noqa: E501 - golden texts and the files that earn them are kept whole
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import InputErrors, ScenarioError
from twin.scenario.document import Scenario
from twin.scenario.load import load_scenario
from twin.scenario.located import Node, Place, plain
from twin.scenario.merge import merged

Write = Callable[..., Path]

BASE = """\
name  = "base"
title = "The base"
map   = "../maps/town"

[run]
start = 2024-01-10
days  = 14
seeds = [1, 2, 3]

[population]
residents = 1000

[[services]]
id             = "clinic"
needs_per_year = 3.0
service_time   = {distribution = "lognormal", mean_s = 600, cv = 0.6}

[[interventions]]
id       = "first"
kind     = "add_servers"
facility = "north"
servers  = 1
from_day = 2

[[interventions]]
id       = "second"
kind     = "add_servers"
facility = "south"
servers  = 1
from_day = 3
"""


@pytest.fixture
def child(write: Write) -> Callable[..., Scenario]:
    def loaded(more: str) -> Scenario:
        write(BASE, "base/base.toml")
        return load_scenario(
            write('name = "child"\nextends = "../base/base.toml"\n' + more, "own/child.toml")
        )

    return loaded


def test_nothing_but_a_name_gives_the_base_again(child: Callable[..., Scenario]) -> None:
    scenario = child("")
    base = load_scenario("base/base.toml")
    assert (
        scenario.resolved | {"name": "base", "title": "The base", "map": "../maps/town"}
        == base.resolved
    )


def test_titles_are_not_inherited(child: Callable[..., Scenario]) -> None:
    assert child("").title == ""


def test_tables_merge_by_key(child: Callable[..., Scenario]) -> None:
    scenario = child("[run]\ndays = 28\n")
    assert (scenario.run.days, scenario.run.seeds) == (28, (1, 2, 3))


def test_plain_arrays_replace(child: Callable[..., Scenario]) -> None:
    assert child("[run]\nseeds = [9]\n").run.seeds == (9,)


def test_arrays_of_tables_merge_by_id(child: Callable[..., Scenario]) -> None:
    scenario = child('[[services]]\nid = "clinic"\nservice_time = {mean_s = 300}\n')
    (service,) = scenario.services
    assert service.service_time is not None
    assert (service.service_time.mean_s, service.service_time.cv) == (300, 0.6)
    assert service.needs_per_year == 3.0


def test_new_elements_come_last(child: Callable[..., Scenario]) -> None:
    scenario = child(
        '[[interventions]]\nid = "third"\nkind = "close_facility"\nfacility = "x"\nfrom_day = 1\n'
        '[[interventions]]\nid = "first"\nservers = 5\n'
    )
    assert [one.id for one in scenario.interventions] == ["first", "second", "third"]
    assert scenario.resolved["interventions"][0]["servers"] == 5


def test_remove_deletes_by_id(child: Callable[..., Scenario]) -> None:
    assert [one.id for one in child('remove = ["first"]\n').interventions] == ["second"]


def test_remove_then_write_replaces_the_whole_table(child: Callable[..., Scenario]) -> None:
    scenario = child(
        'remove = ["interventions.first"]\n[[interventions]]\nid = "first"\n'
        'kind = "close_facility"\nfacility = "x"\nfrom_day = 1\n'
    )
    assert [(one.id, one.kind) for one in scenario.interventions] == [
        ("second", "add_servers"),
        ("first", "close_facility"),
    ]


def test_what_is_removed_takes_its_tags_along(write: Write) -> None:
    note = '{tag = "assumed", source = "made up"}'
    names = ("interventions.first", "interventions.first.servers", "interventions.second")
    tags = "".join(f'"{name}" = {note}\n' for name in names)
    write(f"{BASE}[tags]\n{tags}", "base/base.toml")
    text = 'name = "child"\nextends = "../base/base.toml"\nremove = ["first"]\n'
    assert list(load_scenario(write(text, "own/child.toml")).tags) == ["interventions.second"]


def test_paths_belong_to_the_file_that_wrote_them(child: Callable[..., Scenario]) -> None:
    here = Path.cwd()
    assert child("").map == here / "maps/town"
    assert child('map = "maps/own"\n').map == here / "own/maps/own"
    assert child("").resolved["map"] == "../maps/town"


def test_facility_rows_merge_by_uid_and_service(write: Write) -> None:
    write(
        BASE
        + '[[facilities]]\nuid = "north"\nservice = "clinic"\nlon = 7.4\nlat = 43.7\nservers = 1\n',
        "a.toml",
    )
    path = write(
        'name = "b"\nextends = "a.toml"\n[[facilities]]\nuid = "north"\nservice = "clinic"\nservers = 4\n'
        '[[facilities]]\nop = "remove"\nuid = "north"\n',
        "b.toml",
    )
    rows = load_scenario(path).facilities
    assert [(row.op, row.service, row.servers, row.lon) for row in rows] == [
        ("add", "clinic", 4, 7.4),
        ("remove", "", None, None),
    ]


def test_three_files_deep(write: Write) -> None:
    write(BASE, "a.toml")
    write('name = "b"\nextends = "a.toml"\n[run]\ndays = 21\nwarmup_days = 7\n', "b.toml")
    scenario = load_scenario(write('name = "c"\nextends = "b.toml"\n[run]\ndays = 28\n', "c.toml"))
    assert (scenario.run.days, scenario.run.warmup_days, scenario.run.seeds) == (28, 7, (1, 2, 3))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            'remove = ["frist"]\n',
            (
                "own/child.toml:3: remove: `frist` is not in the extended file\n"
                "  expected: one of clinic, first, second\n  hint: did you mean `first`?"
            ),
        ),
        (
            'remove = "first"\n',
            'own/child.toml:3: remove: not a list of names\n  expected: for example remove = ["boards"]',
        ),
        (
            '[[questions]]\nid = "a"\n[[questions]]\nid = "a"\n',
            (
                "own/child.toml:5: questions.a: id `a` is given twice\n"
                "  expected: one [[questions]] with that id; the other is at own/child.toml:3\n"
                "  hint: give one of them another name"
            ),
        ),
    ],
)
def test_wrong_names_are_told(child: Callable[..., Scenario], more: str, message: str) -> None:
    with pytest.raises(InputErrors) as error:
        child(more)
    assert str(error.value) == message


def test_an_ambiguous_removal_must_say_which(write: Write) -> None:
    write(BASE + '[[departments]]\nid = "clinic"\n', "base.toml")
    path = write('name = "child"\nextends = "base.toml"\nremove = ["clinic"]\n')
    with pytest.raises(InputErrors, match=r"`services.clinic` or `departments.clinic`"):
        load_scenario(path)


def test_remove_needs_something_to_remove_from(write: Write) -> None:
    with pytest.raises(InputErrors, match=r"town.toml:1: remove: nothing to remove from"):
        load_scenario(write('remove = ["a"]\n' + BASE))


def test_a_ring_of_files_is_refused(write: Write) -> None:
    write('name = "a"\nextends = "b.toml"\n', "a.toml")
    write('name = "b"\nextends = "a.toml"\n', "b.toml")
    with pytest.raises(ScenarioError) as error:
        load_scenario("a.toml")
    assert str(error.value) == (
        "b.toml:2: extends: extends itself: a.toml -> b.toml -> a.toml\n"
        "  expected: a chain of files that ends"
    )


def test_a_missing_base_is_told_where_it_is_named(write: Write) -> None:
    path = write('name = "a"\nextends = "nowhere.toml"\n')
    with pytest.raises(ScenarioError, match=r"town.toml:2: extends: there is no nowhere.toml"):
        load_scenario(path)


def test_extends_takes_one_file(write: Write) -> None:
    with pytest.raises(ScenarioError, match=r"town.toml:2: extends: not a file name"):
        load_scenario(write('name = "a"\nextends = ["b.toml"]\n'))


def _located(value: object) -> Node:
    place = Place("generated")
    if isinstance(value, dict):
        return Node({key: _located(child) for key, child in value.items()}, place)
    if isinstance(value, list):
        return Node([_located(child) for child in value], place)
    return Node(value, place)


_values = st.recursive(
    st.integers(0, 9) | st.sampled_from(["x", "y"]) | st.lists(st.integers(0, 9), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
_tables = st.dictionaries(st.sampled_from("abcde"), _values, max_size=4)


@given(_tables)
def test_laying_a_table_over_itself_changes_nothing(table: dict[str, object]) -> None:
    node = _located(table)
    assert plain(merged(node, node)) == table


@given(_tables, _tables, _tables)
def test_what_is_written_last_holds(
    first: dict[str, object], second: dict[str, object], third: dict[str, object]
) -> None:
    one, two, three = map(_located, (first, second, third))
    result = plain(merged(merged(one, two), three))
    assert isinstance(result, dict)
    for key, value in third.items():
        if not isinstance(value, dict):
            assert result[key] == value
    assert set(result) == {*first, *second, *third}
