from __future__ import annotations

from collections.abc import Callable

import pytest

from twin.scenario.document import Scenario
from twin.scenario.estimate import estimated, needs_per_resident

Load = Callable[..., Scenario]


def test_needs_of_the_mean_resident(load: Load) -> None:
    scenario = load(
        "[services.need_multiplier]\nsex = {female = 1.2}\n",
        "population.female_share=0.5",
    )
    assert needs_per_resident(scenario.services[0], scenario.population) == pytest.approx(3.0 * 1.1)


def test_needs_grow_with_days_and_residents(load: Load) -> None:
    one = estimated(load(), 100, 200)
    two = estimated(load("", "run.days=28", "population.residents=2000"), 100, 200)
    assert one.n_needs == 116
    assert two.n_needs == pytest.approx(4 * one.n_needs, abs=4)
    assert two.memory_mb > one.memory_mb
    assert two.seconds > one.seconds


def test_day_plans_and_what_is_kept_of_them_count(load: Load) -> None:
    many = ("population.residents=1000000", "run.days=14")
    bare, planned, kept = (
        estimated(load(text, *many), 100, 200)
        for text in ("", "[activities]\n", '[activities]\n[output]\nlevel = "full"\n')
    )
    assert bare.seconds < planned.seconds < kept.seconds
    assert bare.memory_mb < planned.memory_mb < kept.memory_mb
    assert planned.n_needs == bare.n_needs
