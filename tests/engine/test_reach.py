"""Candidates: within the cut-off by the mode that is used, not by a neighbour's."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.small_town import CARE, ONE_CLINIC, streets, town
from twin.engine import nearest
from twin.engine.preparation import prepare
from twin.engine.reach import Reach, ReachRequest
from twin.engine.traffic import free_flow
from twin.model.city_model import CityModel
from twin.network.carriers import resident_carriers
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


def reach_of(admits=None, changing=(), k=2, services=None):
    """Return the candidates of four origins and six stations along the western block."""
    graph = streets().graph
    node = np.flatnonzero(graph.node_id < 1000)
    stations = node[[0, 1, 2, 3, 7, 11]]
    request = ReachRequest(
        origin_node=node[:4].astype(np.int64),
        station_node=stations.astype(np.int64),
        station_service=np.zeros(6, np.int32) if services is None else services,
        cutoff_s=[3600.0] * (1 if services is None else 2),
        carriers=resident_carriers(("walk", "car"), car_ms=0),
        candidates_max=k,
        admits=admits,
        changing=frozenset(changing),
    )
    return Reach(graph, request, free_flow(1))


def kept(reach, origin, service=0):
    candidates = reach.candidates()
    cell = service * candidates.n_origins + origin
    rows = slice(candidates.start[cell], candidates.start[cell + 1])
    return set(candidates.station[rows].tolist())


def nearest_of(reach, origin, among, k):
    """Return the k nearest stations of `among` by any mode, without a cap."""
    free = reach_of(k=1000).candidates()
    rows = slice(free.start[origin], free.start[origin + 1])
    found = set()
    for mode in (WALK, CAR):
        ranked = sorted(zip(free.time_ms[rows, mode], free.station[rows], strict=True))
        found |= {int(station) for _, station in [one for one in ranked if one[1] in among][:k]}
    return found


def test_the_nearest_are_kept_and_the_rest_is_counted():
    reach = reach_of()
    for origin in range(4):
        assert kept(reach, origin) == nearest_of(reach, origin, set(range(6)), 2)
    assert reach.n_left_out == 4 * (6 - 2) * 2
    assert reach_of(k=6).n_left_out == 0
    assert kept(reach_of(k=6), 0) == set(range(6))


def test_a_station_that_admits_nobody_takes_no_place():
    nobody = np.ones((6, 3), np.bool_)
    nobody[[0, 2]] = False
    reach = reach_of(nobody)
    for origin in range(4):
        assert kept(reach, origin) == nearest_of(reach, origin, {1, 3, 4, 5}, 2)


def test_each_group_of_residents_has_its_own_nearest():
    admits = np.zeros((6, 2), np.bool_)
    admits[:3, 0] = True
    admits[3:, 1] = True
    reach = reach_of(admits)
    for origin in range(4):
        ours = nearest_of(reach, origin, {0, 1, 2}, 2) | nearest_of(reach, origin, {3, 4, 5}, 2)
        assert kept(reach, origin) == ours


@pytest.mark.parametrize("newcomer", range(6))
def test_a_station_that_opens_later_displaces_nobody(newcomer):
    closed = np.ones((6, 1), np.bool_)
    closed[newcomer] = False
    before, after = reach_of(closed), reach_of(closed, [newcomer])
    for origin in range(4):
        assert kept(after, origin) - {newcomer} == kept(before, origin)
        is_near = newcomer in nearest_of(after, origin, set(range(6)), 2)
        assert (newcomer in kept(after, origin)) >= is_near


def test_services_are_capped_one_by_one():
    services = np.array([0, 0, 0, 1, 1, 1], np.int32)
    reach = reach_of(k=1, services=services)
    for origin in range(4):
        assert kept(reach, origin, 0) <= {0, 1, 2}
        assert 1 <= len(kept(reach, origin, 1)) <= 2
    assert reach_of(k=3, services=services).n_left_out == 0


def test_how_many_are_weighed_at_once_changes_nothing(monkeypatch):
    at_end = reach_of()
    once = at_end.candidates()
    monkeypatch.setattr(nearest, "BATCH", 1)
    often = reach_of()
    for left, right in zip(once, often.candidates(), strict=True):
        assert np.array_equal(left, right)
    assert often.n_left_out == at_end.n_left_out == 32


def test_what_is_left_out_is_a_warning():
    assert not [line for line in town(CARE).warnings if "left out" in line]
    prep = town(CARE)
    scenario = prep.scenario.model_copy(
        update={"travel": prep.scenario.travel.model_copy(update={"candidates_max": 1})}
    )
    capped = prepare(streets(), scenario)
    capped.candidates()
    (line,) = [line for line in capped.warnings if "left out" in line]
    assert "travel.candidates_max" in line
    assert "are not among the 1 nearest" in line
