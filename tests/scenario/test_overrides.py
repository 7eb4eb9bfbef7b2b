# ruff: noqa: E501 - golden texts and the files that earn them are kept whole
from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from twin.errors import InputErrors
from twin.scenario.document import Scenario

Load = Callable[..., Scenario]

ADD = '[[interventions]]\nid = "more"\nkind = "add_servers"\nfacility = "north"\nservers = 1\nfrom_day = 2\n'


def test_elements_are_addressed_by_id(load: Load) -> None:
    scenario = load(ADD, "services.clinic.needs_per_year=7", "interventions.more.servers = 4")
    assert scenario.services[0].needs_per_year == 7
    assert scenario.resolved["interventions"][0]["servers"] == 4


def test_values_are_toml_and_bare_words_are_text(load: Load) -> None:
    scenario = load(
        "",
        "run.start=2024-02-01",
        "run.seeds=1:3",
        'title="Two words"',
        "name=other",
        'travel.modes=["walk"]',
        "services.clinic.need_multiplier={sex = {female = 1.2}}",
    )
    assert scenario.run.start == date(2024, 2, 1)
    assert scenario.run.seeds == (1, 2, 3)
    assert (scenario.title, scenario.name) == ("Two words", "other")
    assert scenario.travel.modes == ("walk",)
    assert scenario.services[0].need_multiplier == {"sex": {"female": 1.2}}


def test_tables_not_in_the_file_can_be_set(load: Load) -> None:
    assert load("", "travel.car_fixed_s=60").travel.car_fixed_s == 60


def test_the_last_of_two_holds(load: Load) -> None:
    assert load("", "run.days=20", "run.days=21").run.days == 21


def test_facility_rows_are_named_by_uid_and_service(load: Load) -> None:
    row = '[[facilities]]\nuid = "osm/node/1.5"\nservice = "clinic"\nop = "set"\nservers = 1\n'
    scenario = load(row, 'facilities."osm/node/1.5/clinic".servers=3')
    assert scenario.facilities[0].servers == 3


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "services.clinics.needs_per_year=7",
            (
                "--set services.clinics.needs_per_year=7: no `clinics` in services\n"
                "  expected: one of clinic\n  hint: did you mean `clinic`?"
            ),
        ),
        (
            "services.clinic.needs_per_year",
            (
                "--set services.clinic.needs_per_year: not a setting\n"
                "  expected: key.path=value, for example services.primary_care.needs_per_year=7"
            ),
        ),
        (
            "run..days=3",
            (
                "--set run..days=3: not a setting\n"
                "  expected: key.path=value, for example services.primary_care.needs_per_year=7"
            ),
        ),
        (
            "run.days=[1,",
            (
                "--set run.days=[1,: `[1,` is not a value\n"
                "  expected: key.path=value, for example services.primary_care.needs_per_year=7"
            ),
        ),
        (
            "run.days.hours=3",
            (
                "--set run.days.hours=3: `run.days` is a value, not a table\n"
                "  expected: key.path=value, for example services.primary_care.needs_per_year=7"
            ),
        ),
        (
            "shocks.flood.from_day=3",
            "--set shocks.flood.from_day=3: the scenario has no shocks\n  expected: one that a file names",
        ),
        ("run.days=-3", "--set run.days=-3: run.days: -3\n  expected: 1 or more (days)"),
        ("run.dayz=3", None),
    ],
)
def test_wrong_settings_are_told(load: Load, override: str, message: str | None) -> None:
    with pytest.raises(InputErrors) as error:
        load("", override)
    assert str(error.value).startswith(f"--set {override}: ")
    if message is not None:
        assert str(error.value) == message


def test_all_wrong_settings_are_told_at_once(load: Load) -> None:
    with pytest.raises(InputErrors) as error:
        load("", "a", "services.x.y=1", "run.days=7")
    assert len(error.value.errors) == 2
