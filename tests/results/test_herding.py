"""Herding is measured: about 1 by chance, far above it where boards drive everybody about."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.small_town import town
from twin.engine.loop import Engine
from twin.engine.recorder import all_tables
from twin.experiment.herding import herding_rows, herding_warnings
from twin.results.herding import FLAG_ABOVE, herding_index, herding_warning
from twin.results.measures import MEASURES

CARE = """
[[services]]
id = "primary_care"
needs_per_year = 1400.0
service_time = {{distribution = "exponential", mean_s = 60}}
default_servers = 2
default_hours = "24/7"
[services.choice]
rule = "logit"
travel_per_min = 0.02
wait_per_min = {weight}
waits_known = "{known}"
[[interventions]]
id = "boards"
kind = "publish_waiting_times"
service = "primary_care"
period_s = 1800
delay_s = {delay}
from_day = 0.0
"""


def run(known, weight=1.0, delay=1800):
    text = CARE.format(known=known, weight=weight, delay=delay)
    engine = Engine(town(text, residents=1000), 1)
    engine.state.groups.is_informed[:] = 1
    engine.advance(engine.end_us)
    spec = engine.prep.scenario
    rows = herding_rows(spec, all_tables(engine.state))
    return spec, rows


def test_late_boards_that_all_read_make_residents_herd_and_none_do_not():
    spec, rows = run("live")
    assert [row["measure"] for row in rows] == ["herding_index"]
    assert rows[0]["value"] > FLAG_ABOVE
    words = herding_warnings(spec, rows)
    assert len(words) == 1
    assert "primary_care" in words[0]
    assert "herding" in words[0]
    spec, rows = run("none")
    assert rows[0]["value"] == pytest.approx(1.0, abs=0.2)
    assert herding_warnings(spec, rows) == []


@pytest.mark.parametrize("share", [[0.5, 0.5], [0.7, 0.2, 0.1]])
@pytest.mark.parametrize("mean", [1.5, 8.0, 60.0])
def test_independent_choices_have_an_index_of_one(share, mean):
    rng = np.random.default_rng(5)
    counts = rng.poisson(mean, size=4_000)
    period = np.repeat(np.arange(counts.size), counts)
    facility = rng.choice(len(share), size=period.size, p=share)
    index, n_pairs = herding_index(period, facility)
    assert index == pytest.approx(1.0, abs=0.1)
    assert n_pairs > 1_000


def test_the_index_of_a_swing_is_known():
    """All to one, then all to the other: |difference|**2 = 2, n m / (n + m) = n / 2."""
    n, n_periods = 10, 50
    period = np.repeat(np.arange(n_periods), n)
    index, n_pairs = herding_index(period, period % 2)
    expected = (2 * n / 2) / (0.5 * 2 * n / (2 * n - 1))
    assert n_pairs == n_periods - 1
    assert index == pytest.approx(expected)


@pytest.mark.parametrize(
    ("period", "facility"), [([], []), ([3], [0]), ([0, 5], [0, 1]), ([0, 1, 2], [1, 1, 1])]
)
def test_without_neighbours_or_a_choice_there_is_no_index(period, facility):
    index, _ = herding_index(np.array(period, dtype=np.int64), np.array(facility, dtype=np.int64))
    assert index is None


def test_it_is_a_measure_and_what_is_no_more_than_chance_is_not_told():
    assert MEASURES["herding_index"].is_neutral
    row = {"value": FLAG_ABOVE, "n": 40}
    assert herding_warning(row, "x") is None
    assert herding_warning(row | {"value": None}, "x") is None
    words = herding_warning(row | {"value": 3.25}, "x")
    assert words is not None
    assert words.startswith("x: herding: the shares")
