"""What queues promise inside a city run: order, capacity, monotony, conservation."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.worlds import SMALL, changed, model_of, monaco, plain, small_baseline
from twin.kernels.columns import OUTCOMES
from twin.model.city_model import CityModel
from twin.units import HOUR_S

BLIND = """
[[services]]
id = "primary_care"
[services.choice]
wait_per_min = 0.0
"""
MORE_PEOPLE = (*SMALL[1:], "population.residents=12000")
SERVERS = """
[[facilities]]
op = "set"
uid = "{uid}"
service = "primary_care"
servers = {servers}
"""


def with_servers(factor=None, servers=None):
    """Return TOML rows that multiply or set the servers of every practice."""
    practices = monaco().facilities_of("primary_care")
    return "".join(
        SERVERS.format(uid=p.uid, servers=servers or p.servers * factor) for p in practices
    )


@pytest.fixture(scope="module")
def visits():
    table = CityModel(preparation=small_baseline(), seed=3).run().tables()["visits"]
    return table.to_pandas()


def waits(spec, seed=1):
    """Return wait by need of everybody who was served."""
    columns = plain(model_of(spec, seed=seed).tables()["visits"])
    return {
        need: wait
        for need, wait in zip(columns["need_id"], columns["wait_s"], strict=True)
        if wait is not None
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_doubling_servers_lengthens_nobodys_wait(tmp_path, seed):
    base = waits(changed(tmp_path, BLIND, overrides=MORE_PEOPLE), seed)
    double = waits(changed(tmp_path, BLIND + with_servers(factor=2), overrides=MORE_PEOPLE), seed)
    assert base.keys() <= double.keys()
    assert max(base.values()) > 600
    # A need served in both worlds arrives at the same moment; it may only start earlier.
    assert all(double[need] <= wait for need, wait in base.items())
    assert sum(double[need] < wait for need, wait in base.items()) > 50


def test_ten_thousand_servers_leave_no_wait_at_all(tmp_path):
    spec = changed(tmp_path, BLIND + with_servers(servers=10_000), overrides=MORE_PEOPLE)
    found = waits(spec)
    assert len(found) > 200
    assert set(found.values()) == {0.0}


def test_every_need_ends_in_exactly_one_way(visits):
    assert visits.outcome.notna().all()
    assert set(visits.outcome.astype(str)) <= set(OUTCOMES)
    served = visits.outcome == "served"
    assert visits.loc[served, ["depart_s", "arrival_s", "start_s", "end_s"]].notna().all(axis=None)
    assert (visits.loc[served, "reason"] == "").all()
    unmet = ~served & (visits.outcome != "in_system")
    assert (visits.loc[unmet, "reason"] != "").all()
    assert visits.need_id.is_unique


def test_times_follow_each_other(visits):
    ordered = visits[["need_s", "depart_s", "arrival_s", "start_s", "end_s"]]
    for earlier, later in zip(ordered.columns[:-1], ordered.columns[1:], strict=True):
        both = ordered[[earlier, later]].dropna()
        assert (both[earlier] <= both[later]).all()
    assert np.isfinite(ordered.to_numpy(dtype=float)[ordered.notna().to_numpy()]).all()


def test_each_facility_starts_people_in_the_order_of_arrival(visits):
    started = visits.dropna(subset="start_s")
    for _, group in started.groupby("facility", observed=True):
        arrivals = group.sort_values(["arrival_s", "visit_id"])
        assert arrivals.start_s.is_monotonic_increasing


def test_capacity_is_never_exceeded(visits):
    servers = {p.uid: p.servers for p in monaco().facilities_of("primary_care")}
    for uid, group in visits.dropna(subset="start_s").groupby("facility", observed=True):
        ends = group.end_s.fillna(np.inf).to_numpy()
        events = sorted([(t, 1) for t in group.start_s] + [(t, -1) for t in ends])
        busy = np.cumsum([step for _, step in events])
        assert busy.max() <= servers[uid]


def test_nobody_waits_beside_a_free_server(visits):
    servers = {p.uid: p.servers for p in monaco().facilities_of("primary_care")}
    for uid, group in visits.dropna(subset="start_s").groupby("facility", observed=True):
        start, end = group.start_s.to_numpy(), group.end_s.fillna(np.inf).to_numpy()
        for arrival, begun in zip(group.arrival_s, start, strict=True):
            if begun > arrival:
                busy = np.sum((start <= arrival) & (end > arrival))
                assert busy == servers[uid]


def test_facility_hours_agree_with_visits(tmp_path):
    model = CityModel(preparation=small_baseline(), seed=3).run()
    hours = model.tables()["facility_hours"].to_pandas()
    visits = model.tables()["visits"].to_pandas()
    assert hours.served.sum() == (visits.outcome == "served").sum()
    assert hours.arrivals.sum() == visits.arrival_s.notna().sum()
    waiting = (visits.start_s - visits.arrival_s).sum()
    assert hours.queue_mean.sum() * HOUR_S == pytest.approx(waiting, rel=1e-9)
    busy = (visits.end_s.fillna(model.clock_s) - visits.start_s).sum()
    assert hours.busy_s.sum() == pytest.approx(busy, rel=1e-9)


def test_littles_law_holds_at_each_facility():
    """L = lambda W over a run that starts and ends empty (Little 1961), hour by hour summed."""
    model = CityModel(preparation=small_baseline(), seed=4).run()
    hours = model.tables()["facility_hours"].to_pandas()
    visits = model.tables()["visits"].to_pandas().dropna(subset="start_s")
    for uid, group in hours.groupby("facility", observed=True):
        of_facility = visits[visits.facility == uid]
        rate = len(of_facility) / model.clock_s
        mean_queue = group.queue_mean.sum() * HOUR_S / model.clock_s
        assert mean_queue == pytest.approx(rate * of_facility.wait_s.mean(), rel=1e-9)


def test_residents_add_up_to_visits():
    model = CityModel(preparation=small_baseline(), seed=5).run()
    residents = model.tables()["residents"].to_pandas()
    visits = model.tables()["visits"].to_pandas()
    run = model.spec.run
    measured = visits[
        (visits.need_s >= run.warmup_days * 86_400)
        & (visits.need_s < (run.days - run.cooldown_days) * 86_400)
    ]
    served = measured[measured.outcome == "served"]
    assert residents.n_needs.sum() == len(measured)
    assert residents.n_served.sum() == len(served)
    assert (residents.n_needs == residents.n_served + residents.n_unmet).all()
    for column in ("delay_s", "travel_s", "wait_s"):
        assert residents[column].sum() == pytest.approx(served[column].sum())
    unmet = model.spec.measures.unmet_equivalent_s * residents.n_unmet
    expected = residents.delay_s + residents.travel_s + residents.wait_s + unmet
    np.testing.assert_allclose(residents.burden_s, expected)
    np.testing.assert_allclose(residents["primary_care.burden_s"], residents.burden_s)
