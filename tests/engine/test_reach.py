"""Candidates: within the cut-off by the mode that is used, not by a neighbour's."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.small_town import CARE, ONE_CLINIC, town
from twin.model.city_model import CityModel
from twin.network.modes import CAR, WALK


def with_cutoff(seconds):
    return CARE.replace("default_servers = 2", f"default_servers = 2\ncutoff_s = {seconds}")


@pytest.fixture(scope="module")
def walking_s():
    """Return walking times of the far block, beyond what the car needs."""
    times = town(CARE + ONE_CLINIC).candidates().time_ms
    return times[:, WALK] / 1000.0


def test_who_must_walk_is_not_sent_beyond_the_cutoff(walking_s):
    limit = float(np.median(walking_s))
    prep = town(with_cutoff(limit) + ONE_CLINIC)
    candidates = prep.candidates()
    fixed = candidates.fixed_ms
    for mode in (WALK, CAR):
        within = candidates.time_ms[candidates.time_ms[:, mode] >= 0, mode] + fixed[mode]
        assert (within <= round(1000 * limit)).all()
    # The car brings most homes within reach, so their walk is what had to be left out.
    assert (candidates.time_ms[:, WALK] < 0).any()
    visits = CityModel(preparation=prep, seed=1).run().tables()["visits"].to_pandas()
    went = visits[visits.facility.notna()]
    assert went.travel_s.max() <= limit
    assert set(went["mode"].dropna()) == {"walk", "car"}
    lost = visits[visits.outcome == "unreachable"]
    assert len(lost) > 50
    assert (lost.reason == "out_of_reach").all()
    assert not prep.residents.has_car[lost.resident.to_numpy()].any()


def test_cutoff_zero_leaves_those_at_the_door(walking_s):
    visits = (
        CityModel(preparation=town(with_cutoff(0.0) + ONE_CLINIC), seed=1)
        .run()
        .tables()["visits"]
        .to_pandas()
    )
    assert (visits.travel_s.dropna() == 0).all()
    assert set(visits.outcome) <= {"served", "unreachable", "in_system"}
    assert (visits.outcome == "unreachable").any()


def test_a_larger_cutoff_takes_no_candidate_away(walking_s):
    small = town(with_cutoff(float(np.median(walking_s))) + ONE_CLINIC).candidates()
    large = town(CARE + ONE_CLINIC).candidates()
    assert small.station.size <= large.station.size
    assert np.all(np.diff(small.start) <= np.diff(large.start))
