"""A facility that closes, and opens again: who is inside, who is under way, who had planned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.fixtures.small_town import CARE, CLINIC, ONE_CLINIC, town
from twin.city.edits import Edit, compile_edits
from twin.kernels import columns as kc
from twin.model.city_model import CityModel
from twin.units import DAY_S, DAY_US, HOUR_S, HOUR_US, US_PER_S

CROWDED = CARE.replace("default_servers = 2", "default_servers = 1").replace("= 40.0", "= 22.0")
CLOSES, OPENS = DAY_S + 11 * HOUR_S, 2 * DAY_S + 15 * HOUR_S


def run(at_closing):
    text = CROWDED.replace("[services.choice]", f'at_closing = "{at_closing}"\n[services.choice]')
    edits = [
        Edit(float(CLOSES), "facilities", CLINIC, "is_active", "set", value=False),
        Edit(float(OPENS), "facilities", CLINIC, "is_active", "set", value=True),
    ]
    prep = replace(town(text + ONE_CLINIC), edits=compile_edits(edits))
    return CityModel(preparation=prep, seed=1).run()


@pytest.fixture(scope="module", params=["drain", "turn_away"])
def told(request):
    return request.param, run(request.param).tables()["visits"].to_pandas()


def test_who_is_inside_is_served_if_the_service_drains(told):
    rule, visits = told
    left = visits.start_s.fillna(visits.end_s)
    inside = visits[(visits.arrival_s < CLOSES) & ~(left < CLOSES)]
    assert len(inside) > 3
    if rule == "drain":
        assert (inside.outcome == "served").all()
        assert inside.sort_values("arrival_s").start_s.is_monotonic_increasing
    else:
        assert (inside.reason == "turned_away_at_closing").all()
        assert (inside.end_s == CLOSES).all()


def test_who_is_in_service_is_served(told):
    _, visits = told
    served = visits[(visits.start_s < CLOSES) & (visits.end_s > CLOSES)]
    assert len(served) == 1
    assert (served.outcome == "served").all()


def test_who_is_under_way_stands_before_a_shut_door(told):
    _, visits = told
    coming = visits[(visits.depart_s < CLOSES) & (visits.arrival_s >= CLOSES)]
    assert (coming.reason == "facility_closed").all()
    assert coming.start_s.isna().all()


def test_nobody_sets_out_while_it_is_closed(told):
    _, visits = told
    assert not visits.depart_s.between(CLOSES, OPENS, inclusive="left").any()
    planned = visits[(visits.need_s < CLOSES) & (visits.reason == "facility_closed")]
    stayed = planned[planned.depart_s.isna()]
    assert len(stayed) > 3
    assert stayed[["arrival_s", "start_s", "end_s", "travel_s", "delay_s"]].isna().all(axis=None)


def test_needs_that_arise_meanwhile_find_nothing(told):
    _, visits = told
    meanwhile = visits[visits.need_s.between(CLOSES, OPENS, inclusive="left")]
    assert len(meanwhile) > 50
    assert (meanwhile.reason == "no_facility_in_operation").all()


def test_it_opens_again(told):
    _, visits = told
    after = visits[visits.need_s.between(OPENS, OPENS + DAY_S)]
    assert (after.outcome == "served").mean() > 0.5
    assert after.start_s.min() < OPENS + HOUR_S


def test_servers_on_duty_are_those_of_the_days_in_operation():
    model = run("drain")
    hours = model.tables()["facility_hours"].to_pandas()
    by_day = (hours.open_servers * HOUR_US).groupby(hours.hour_s // DAY_S).sum() / HOUR_US
    assert by_day.round(6).to_dict() == {0: 8.0, 1: 3.0, 2: 3.0, 3: 8.0, 4: 8.0}
    state = model.engine.state
    assert np.sum(state.visits.outcome[: state.n_visits] == kc.SERVED) > 200
    assert model.engine.end_us == 5 * DAY_US == 5 * DAY_S * US_PER_S
