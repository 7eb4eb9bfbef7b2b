"""A town in which every side of a service is in use: what holds whatever happens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.fixtures.busy_town import BUSY
from tests.fixtures.small_town import streets, town
from twin.engine.loop import Engine
from twin.engine.preparation import prepare
from twin.engine.recorder import all_tables
from twin.kernels import columns as kc
from twin.results.by_facility import HOURS_COLUMNS, VISITS_COLUMNS, by_facility
from twin.results.measures import OUTCOMES, compute_measures
from twin.units import DAY_US, HOUR_US

N_DAYS = 5


def finished(prep, seed=1, step_us=DAY_US * N_DAYS):
    engine = Engine(prep, seed)
    while engine.state.clock_us < engine.end_us:
        engine.advance(engine.state.clock_us + step_us)
    return engine


@pytest.fixture(scope="module")
def engine():
    return finished(town(BUSY))


@pytest.fixture(scope="module")
def tables(engine):
    return {name: table.to_pandas() for name, table in all_tables(engine.state).items()}


@pytest.fixture(scope="module")
def visits(tables):
    return tables["visits"]


def test_every_side_of_a_service_is_seen(visits):
    assert set(visits.outcome) >= {"served", "abandoned", "balked", "blocked", "ineligible"}
    assert (visits.attempt > 0).any()
    assert (visits.referred_by >= 0).any()
    assert set(visits.stage) == {"register", "consult", "test", "pay", "visit"}
    assert (visits.reason == "did_not_appear").any()


@pytest.mark.parametrize("step_us", [HOUR_US // 6, 7 * HOUR_US + 1])
def test_cuts_change_nothing(engine, step_us):
    assert finished(town(BUSY), step_us=step_us).chain == engine.chain


def test_storage_order_changes_nothing(engine):
    prep = town(BUSY)
    people = prep.residents
    order = np.random.default_rng(5).permutation(len(people))
    mixed = replace(
        people,
        **{
            name: column[order]
            for name, column in vars(people).items()
            if isinstance(column, np.ndarray) and column.shape[:1] == order.shape
        },
    )
    again = prepare(streets(), prep.scenario, mixed)
    assert finished(again).chain == engine.chain


def test_another_seed_is_another_world(engine):
    assert finished(town(BUSY), seed=2).chain != engine.chain


def test_needs_are_served_or_unmet_for_a_reason_or_in_system(tables, visits):
    heads = visits[visits.parent < 0]
    sums = tables["residents"]
    assert sums.n_needs.sum() == len(heads)
    rows = compute_measures(
        {name: visits[name].to_numpy() for name in visits.columns},
        {"resident": sums.resident.to_numpy()},
        services=["primary_care", "hospital", "hotline"],
        window_s=(0.0, 1e9),
        unmet_equivalent_s=0.0,
    )
    value = {(r["measure"], r["service"]): r["value"] for r in rows if r["group"] == "all"}
    for service in ("primary_care", "hospital", "hotline", "all"):
        unmet = sum(value[f"{outcome}_share", service] for outcome in OUTCOMES[1:])
        assert unmet == pytest.approx(value["unmet_share", service])
        n_needs = value["n_needs", service]
        assert value["n_served", service] == pytest.approx(n_needs * (1.0 - unmet))
    assert value["n_needs", "all"] == len(heads)
    assert value["n_served", "primary_care"] == sums["primary_care.n_served"].sum()


def test_a_need_sums_the_waits_of_its_rows(tables, visits):
    care = visits[visits.service == "primary_care"]
    root = care.visit_id.to_numpy().copy()
    parent = dict(zip(care.visit_id, care.parent, strict=True))
    for i in range(len(root)):
        while parent[root[i]] >= 0:
            root[i] = parent[root[i]]
    wait = care.wait_s.fillna((care.end_s - care.arrival_s).fillna(0.0))
    by_need = wait.groupby(root).sum()
    last = care.groupby(root).outcome.last()
    served = by_need[last == "served"].sum()
    assert tables["residents"]["primary_care.wait_s"].sum() == pytest.approx(served)


def test_capacity_is_never_exceeded(engine, visits):
    state = engine.state
    rules = {s.id: s.queue_rule for s in state.prep.scenario.services}
    served = visits[visits.start_s.notna()]
    for (facility, service, stage), rows in served.groupby(
        ["facility", "service", "stage"], observed=True
    ):
        if rules[service] == "preemptive":
            continue
        posts = max(
            s.servers
            for s in state.prep.stations
            if s.facility.uid == facility
            and s.facility.service == service
            and state.prep.scenario.service(service).all_stages[s.stage].id == stage
        )
        end = rows.end_s.fillna(1e9)
        times = np.concatenate([rows.start_s, end])
        steps = np.concatenate([np.ones(len(rows)), -np.ones(len(rows))])
        busy = np.cumsum(steps[np.lexsort((steps, times))])
        assert busy.max() <= posts


def test_littles_law_holds_at_each_stage_of_each_facility(tables, visits, engine):
    hours = tables["facility_hours"]
    total_s = engine.state.clock_us / 1e6
    key = ["facility", "service", "stage"]
    length = hours.groupby(key, observed=True).queue_mean.sum() * 3600.0
    # Whoever is still in the line has waited until now.
    arrived = visits[visits.arrival_s.notna() & (visits.outcome != "ineligible")]
    left = np.where(arrived.outcome == "in_system", total_s, arrived.arrival_s)
    stayed = arrived.wait_s.fillna(arrived.end_s.fillna(0.0) - arrived.arrival_s)
    stayed = np.where(
        arrived.wait_s.isna() & arrived.end_s.isna(), left - arrived.arrival_s, stayed
    )
    waited = arrived.assign(stayed=stayed).groupby(key, observed=True).stayed.sum()
    both = length.to_frame("length").join(waited)
    assert len(both) > 5
    np.testing.assert_allclose(both.length, both.stayed, rtol=1e-9, atol=1e-3)


def test_nobody_is_served_who_is_not_eligible(tables, visits):
    age = tables["residents"].set_index("resident").age_band
    hospital = visits[(visits.service == "hospital") & (visits.outcome == "served")]
    assert len(hospital) > 100
    assert "0-14" not in set(age.loc[hospital.resident])


def test_calls_to_a_hotline_are_no_trips(tables, visits):
    calls = visits[visits.service == "hotline"]
    assert (calls.travel_s.dropna() == 0.0).all()
    assert calls["mode"].isna().all()
    assert set(tables["trips"].purpose) == {"primary_care", "hospital"}


def test_a_facility_counts_visits_not_steps(tables, visits):
    hours, window_s = tables["facility_hours"], (0.0, N_DAYS * 86_400.0)
    found = by_facility(
        {name: hours[name].to_numpy() for name in HOURS_COLUMNS},
        {name: visits[name].to_numpy() for name in VISITS_COLUMNS},
        services=["primary_care"],
        window_s=window_s,
    )
    care = visits[(visits.service == "primary_care") & visits.arrival_s.notna()]
    came = care[care.stage == "register"].groupby("facility", observed=True).size()
    inner = care[care.parent.isin(care.visit_id) & (care.stage != "register")]
    done = care[(care.outcome == "served") & ~care.visit_id.isin(inner.parent)]
    left = done.groupby("facility", observed=True).size()
    for (_, facility), arrivals, served in zip(
        found.keys, found.values["arrivals"], found.values["served"], strict=True
    ):
        assert arrivals * N_DAYS == pytest.approx(came[facility])
        assert served * N_DAYS == pytest.approx(left[facility])


def test_stages_follow_each_other_without_a_gap(visits):
    end = visits.set_index("visit_id").end_s
    later = visits[(visits.parent >= 0) & (visits.stage != "register") & (visits.attempt == 0)]
    np.testing.assert_array_equal(end.loc[later.parent], later.arrival_s)


def test_only_tries_have_a_way_and_a_delay(tables, visits):
    travels = visits.depart_s.notna() & visits.arrival_s.notna()
    np.testing.assert_array_equal(visits.travel_s.notna(), travels)
    assert visits.travel_s.max() < 3600
    assert visits[visits.stage.isin(["consult", "test", "pay"])].delay_s.isna().all()
    sums = tables["residents"]
    served = sums["primary_care.n_served"].sum()
    assert 0 < sums["primary_care.travel_s"].sum() < 3600 * 3 * served


def test_referrals_are_needs_of_the_other_service(visits):
    referred = visits[visits.referred_by >= 0]
    came_from = visits.set_index("visit_id").loc[referred.referred_by]
    assert set(referred.service) == {"hospital"}
    assert set(came_from.service) == {"primary_care"}
    assert (came_from.outcome == "served").all()
    np.testing.assert_allclose(referred.need_s, came_from.end_s.to_numpy() + 7200)


def test_appointments_begin_at_slots_with_room(engine):
    books = engine.state.books
    assert books.n_booked.max() <= books.n_per_slot.max() == 2
    assert books.n_booked.sum() > 0


def test_open_servers_follow_the_shifts(tables):
    hours = tables["facility_hours"]
    main = hours[(hours.service == "primary_care") & (hours.stage == "consult")]
    by_hour = main.groupby(main.hour_s // 3600 % 24).open_servers.max()
    assert by_hour.loc[8] == 1.0
    assert by_hour.loc[9] == by_hour.loc[10] == 2.0
    assert by_hour.loc[11] == 1.0
    # Whoever goes off duty ends the service under way; without shifts nothing exceeds one.
    calls = hours[hours.service == "hotline"]
    assert (calls.utilisation.dropna() <= 1.0 + 1e-12).all()


def test_the_queue_counts_no_class_twice(engine):
    queues = engine.state.queues
    visits = engine.state.visits
    n = engine.state.n_visits
    waiting = (visits.outcome[:n] == kc.IN_SYSTEM) & (visits.arrive_us[:n] != kc.NOT_YET)
    waiting &= (visits.arrive_us[:n] < engine.state.clock_us) & (visits.end_us[:n] == kc.NOT_YET)
    counts = np.bincount(visits.station[:n][waiting], minlength=queues.n_waiting.size)
    np.testing.assert_array_equal(counts, queues.n_waiting)


def test_the_first_class_is_served_as_if_it_were_alone(engine):
    """Pre-emptive resume at one server: Lindley (1952) over the first class alone."""
    visits, n = engine.state.visits, engine.state.n_visits
    began = (visits.service[:n] == 1) & (visits.start_us[:n] != kc.NOT_YET)
    first = np.flatnonzero(began & (visits.rank[:n] == 0))
    assert first.size > 20
    order = first[np.lexsort((first, visits.arrive_us[first]))]
    free = 0
    for visit in order:
        assert visits.start_us[visit] == max(visits.arrive_us[visit], free)
        assert visits.left_us[visit] == kc.NOT_YET
        free = visits.end_us[visit]
    others = np.flatnonzero(began & (visits.rank[:n] > 0))
    assert (visits.left_us[others] != kc.NOT_YET).any()


def test_an_interrupted_service_is_served_in_full(engine, visits):
    state = engine.state
    n = state.n_visits
    done = (state.visits.left_us[:n] != kc.NOT_YET) & (state.visits.outcome[:n] == kc.SERVED)
    rows = visits[done]
    stay = rows.end_s - rows.arrival_s
    assert (rows.wait_s > rows.start_s - rows.arrival_s).all()
    assert (rows.wait_s < stay).all()
