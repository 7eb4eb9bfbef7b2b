"""Kinds of service: what a scenario does not say comes from the kind, tag included."""

from __future__ import annotations

import pytest

from twin.scenario.services.presets import kind_names, kind_title

KINDS = (
    "elder_care",
    "government_hall",
    "hospital_outpatient",
    "hotline",
    "inpatient_beds",
    "kindergarten",
    "middle_school",
    "pharmacy",
    "primary_care",
    "primary_school",
)
OF_KIND = '[[services]]\nid = "own"\nkind = "{kind}"\n'


def test_the_kinds_of_a_city_are_known():
    assert kind_names() == KINDS
    assert all(kind_title(name) != name for name in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_of_a_kind_bears_a_tag(load, kind):
    scenario = load(OF_KIND.format(kind=kind))
    assert scenario.service("own").kind == kind
    assert [line for line in scenario.untagged() if "services.own." in line] == []


def test_a_scenario_overrules_its_kind_and_loses_the_tag(load):
    scenario = load(OF_KIND.format(kind="hotline") + "needs_per_year = 0.4\n")
    service = scenario.service("own")
    assert service.needs_per_year == 0.4
    assert service.remote
    assert scenario.tag_of("services.own.needs_per_year") is None
    assert scenario.tag_of("services.own.day_factor.cv").tag == "assumed"
    assert "kind hotline" in scenario.where("services", "own", "day_factor", "cv")


def test_steps_of_a_kind_are_changed_by_name(load):
    text = OF_KIND.format(kind="primary_care")
    more = '[[services.stages]]\nid = "register"\nservers = 4\n'
    stages = load(text + more).service("own").all_stages
    assert [one.id for one in stages] == ["register", "consult", "pharmacy"]
    assert stages[0].servers == 4
    assert stages[0].service_time.mean_s == 45


def test_other_steps_replace_those_of_a_kind(load):
    text = OF_KIND.format(kind="primary_care")
    time = 'service_time = {distribution = "exponential", mean_s = 60}\n'
    scenario = load(text + f'[[services.stages]]\nid = "visit_all"\n{time}')
    assert [one.id for one in scenario.service("own").all_stages] == ["visit_all"]
    assert scenario.tag_of("services.own.stages.consult.next").note == "kind primary_care"
    one_step = load(text + time).service("own")
    assert [one.id for one in one_step.all_stages] == ["visit"]


def test_an_override_may_name_the_kind(load):
    scenario = load("", "services.clinic.kind=hotline")
    service = scenario.service("clinic")
    assert service.remote
    assert service.needs_per_year == 3.0
