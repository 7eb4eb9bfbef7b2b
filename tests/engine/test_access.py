"""Access: the times of an own search, what admits, what is closed, and the engine's choices."""

from __future__ import annotations

import heapq

import numpy as np
import pytest

from tests.fixtures.small_town import CARE, CLINIC, COUNTER, ONE_CLINIC, PHARMACY, streets, town
from tests.fixtures.two_blocks import BRIDGE_NAME, EAST_CLINIC
from twin.engine.access import (
    access_at,
    access_measures,
    access_seconds,
    last_measured_us,
    resident_groups,
)
from twin.engine.preparation import prepare
from twin.model.city_model import CityModel
from twin.network.modes import CAR, WALK
from twin.population.groups import group_mask
from twin.units import DAY_US

MIGRANTS_ONLY = f"""
[[facilities]]
op = "set"
uid = "{EAST_CLINIC}"
service = "primary_care"
eligibility = "registration=migrant"
"""
NO_CLINIC = """
[[facilities]]
op = "remove"
uid = "osm/node/70001"
service = "primary_care"
[[facilities]]
op = "remove"
uid = "osm/node/70002"
service = "primary_care"
"""


def closed_bridge(until=""):
    return f"""
[[shocks]]
id = "flood"
kind = "close_street"
street = "{BRIDGE_NAME}"
from_day = 2
{until}
"""


def shortest(graph, target, mode):
    """Return the time from every node to a target: a search of this test's own."""
    into: dict[int, list[tuple[int, int]]] = {}
    for edge in range(graph.n_edges):
        edge_ms = int(graph.edge_time_ms[mode][edge])
        if edge_ms >= 0:
            tail = (int(graph.edge_source[edge]), edge_ms)
            into.setdefault(int(graph.edge_target[edge]), []).append(tail)
    known: dict[int, int] = {}
    queue = [(0, target)]
    while queue:
        time, node = heapq.heappop(queue)
        if node not in known:
            known[node] = time
            for before, step_ms in into.get(node, ()):
                heapq.heappush(queue, (time + step_ms, before))
    return known


def door_to_door(graph, home, target, mode, trees):
    if mode == WALK:
        key = (target, WALK)
        trees.setdefault(key, shortest(graph, target, WALK))
        return trees[key].get(home)
    if home == target:
        return 0
    start, end = int(graph.car_access_node[home]), int(graph.car_access_node[target])
    if start < 0 or end < 0:
        return None
    trees.setdefault((end, CAR), shortest(graph, end, CAR))
    ride = trees[end, CAR].get(start)
    walks = int(graph.car_access_ms[home]) + int(graph.car_access_ms[target])
    return None if ride is None else ride + walks


def by_hand(prep, service, cutoff_s=3600.0):
    """Return the seconds of each resident by walking, by car and by the better one."""
    row = [s.id for s in prep.scenario.services].index(service)
    stations = [s for s in prep.stations if s.service == row and s.facility.is_active]
    trees: dict[tuple[int, int], dict[int, int]] = {}
    people, found = prep.residents, []
    parking = round(prep.scenario.travel.car_fixed_s * 1000)
    for i in range(len(people)):
        times: dict[int, list[int]] = {WALK: [], CAR: []}
        for station in stations:
            if not group_mask(station.facility.eligibility)[people.group[i]]:
                continue
            for mode, extra in ((WALK, 0), (CAR, parking)):
                if mode == CAR and not people.has_car[i]:
                    continue
                home = int(people.home_node[i])
                time = door_to_door(prep.graph, home, station.node, mode, trees)
                if time is not None and time + extra <= 1000 * cutoff_s:
                    times[mode].append(time + extra)
        walk, car = (min(times[mode], default=None) for mode in (WALK, CAR))
        best = min((t for t in (walk, car) if t is not None), default=None)
        found.append([np.nan if t is None else t / 1000 for t in (walk, car, best)])
    return np.array(found).T


@pytest.mark.parametrize(
    ("text", "service", "cutoff_s"),
    [
        (CARE + PHARMACY, "primary_care", 3600.0),
        (CARE + PHARMACY, "pharmacy", 3600.0),
        (CARE + ONE_CLINIC, "primary_care", 3600.0),
        (CARE + MIGRANTS_ONLY, "primary_care", 3600.0),
        (CARE.replace("default_servers", "cutoff_s = 240\ndefault_servers"), "primary_care", 240.0),
        (CARE + NO_CLINIC, "primary_care", 3600.0),
    ],
)
def test_times_are_those_of_an_own_search(text, service, cutoff_s):
    prep = town(text, residents=400)
    columns = access_seconds(prep)
    walk, car, best = by_hand(prep, service, cutoff_s)
    np.testing.assert_array_equal(columns[f"{service}.access_walk_s"], walk)
    np.testing.assert_array_equal(columns[f"{service}.access_car_s"], car)
    np.testing.assert_array_equal(columns[f"{service}.access_s"], best)
    assert f"{service}.access_bicycle_s" not in columns


def test_it_is_the_way_that_the_engine_sends_who_takes_the_nearest():
    prep = town(CARE + PHARMACY)
    columns = access_seconds(prep)
    visits = CityModel(preparation=prep, seed=1).run().tables()["visits"].to_pandas()
    went = visits[visits.travel_s.notna()]
    assert len(went) > 300
    parking = np.where(went["mode"] == "car", prep.scenario.travel.car_fixed_s, 0.0)
    row_of = {uid: row for row, uid in enumerate(prep.residents.resident.tolist())}
    rows = [row_of[uid] for uid in went.resident]
    known = np.array(
        [columns[f"{name}.access_s"][row] for name, row in zip(went.service, rows, strict=True)]
    )
    np.testing.assert_allclose(went.travel_s + parking, known, rtol=0, atol=1e-9)


def test_the_table_shows_the_columns_with_nulls_in_the_order_of_uids():
    prep = town(CARE + ONE_CLINIC + closed_bridge())
    table = CityModel(preparation=prep, seed=1).run().tables()["residents"]
    order = np.argsort(prep.residents.resident, kind="stable")
    columns = access_seconds(prep)
    for name, values in columns.items():
        shown = table.column(name)
        assert shown.null_count == np.isnan(values).sum()
        np.testing.assert_array_equal(shown.to_numpy(), values[order])
    assert table.column("primary_care.access_s").null_count > 100


def test_a_closed_bridge_cuts_off_while_it_is_closed():
    prep = town(CARE + ONE_CLINIC + closed_bridge("to_day = 4"))
    whole = town(CARE + ONE_CLINIC)
    name = "primary_care.access_s"
    before, during, after = (
        access_seconds(prep, day * DAY_US + DAY_US // 2)[name] for day in (1, 3, 4)
    )
    np.testing.assert_array_equal(before, access_seconds(whole)[name])
    np.testing.assert_array_equal(after, before)
    is_east = np.isnan(during)
    assert 0 < is_east.sum() < is_east.size
    assert not np.isnan(before).any()
    np.testing.assert_array_equal(during[~is_east], before[~is_east])
    # What is in force when measuring ends counts.
    np.testing.assert_array_equal(access_seconds(prep)[name], after)
    for_good = town(CARE + ONE_CLINIC + closed_bridge())
    np.testing.assert_array_equal(access_seconds(for_good)[name], during)


def test_an_edit_counts_from_its_very_moment():
    prep = town(CARE + ONE_CLINIC + closed_bridge("to_day = 4"))
    first, last = prep.edits[0].time_us, prep.edits[-1].time_us
    assert access_at(prep, first - 1) is not access_at(prep, first)
    assert access_at(prep, first) is access_at(prep, last - 1)
    assert access_at(prep, last) is access_at(prep, last_measured_us(prep.scenario))


def test_a_facility_counts_from_its_opening_to_its_closing():
    opening = f"""
[[interventions]]
id = "close"
kind = "close_facility"
facility = "{EAST_CLINIC}"
service = "primary_care"
from_day = 2
"""
    prep, one = town(CARE + opening), town(CARE + ONE_CLINIC)
    name = "primary_care.access_walk_s"
    np.testing.assert_array_equal(access_seconds(prep)[name], access_seconds(one)[name])
    both = access_seconds(town(CARE))[name]
    np.testing.assert_array_equal(access_seconds(prep, DAY_US)[name], both)
    assert (access_seconds(prep)[name] >= both).all()
    assert (access_seconds(prep)[name] > both).any()


def test_more_servers_bring_nothing_nearer():
    more = f"""
[[interventions]]
id = "more"
kind = "add_servers"
facility = "{CLINIC.split("/primary_care", maxsplit=1)[0]}"
service = "primary_care"
servers = 3
from_day = 1
"""
    left, right = (access_seconds(town(text)) for text in (CARE, CARE + more))
    for name, values in left.items():
        np.testing.assert_array_equal(values, right[name])
    assert access_measures(town(CARE)) == access_measures(town(CARE + more))


def test_groups_add_up_to_all_and_order_of_residents_does_not_matter():
    prep = town(CARE + PHARMACY + MIGRANTS_ONLY)
    rows = access_measures(prep)
    values = {(r["measure"], r["service"], r["group"]): (r["value"], r["n"]) for r in rows}
    for service in ("primary_care", "pharmacy", "all"):
        share, n = values["access_share_5min", service, "all"]
        assert n == len(prep.residents)
        for column in resident_groups(prep):
            parts = [
                found
                for (measure, of, group), found in values.items()
                if (measure, of) == ("access_share_5min", service)
                and group.startswith(f"{column}=")
                and found[1]
            ]
            if column == "zone":  # this town has no wards
                assert not parts
                continue
            assert sum(count for _, count in parts) == n
            assert sum(part * count for part, count in parts) == pytest.approx(share * n)
    order = np.random.Generator(np.random.Philox(1)).permutation(len(prep.residents))
    mixed = prepare(streets(), prep.scenario, prep.residents.permuted(order))
    assert access_measures(mixed) == rows


def test_without_a_facility_everybody_is_out_of_reach():
    rows = access_measures(town(CARE + NO_CLINIC))
    of_all = {row["measure"]: row["value"] for row in rows if row["group"] == "all"}
    assert of_all["access_none_share"] == 1.0
    assert of_all["access_share_30min"] == 0.0
    assert of_all["access_mean_s"] is None
    assert of_all["access_p90_s"] is None


def test_residents_of_a_run_may_have_come_by_a_car():
    prep = town(CARE)
    people = prep.residents.permuted(np.arange(len(prep.residents)))
    people.has_car[:] = True
    people.refresh_groups()
    changed = access_seconds(prep, people=people)
    assert not np.isnan(changed["primary_care.access_car_s"]).any()
    assert np.isnan(access_seconds(prep)["primary_care.access_car_s"]).any()


def test_it_is_computed_once_and_nobody_writes_on_it():
    prep = town(CARE + PHARMACY)
    first = access_seconds(prep)
    assert access_seconds(prep, people=prep.residents) is first
    assert access_measures(prep) is access_measures(prep)
    with pytest.raises(ValueError, match="read-only"):
        first["pharmacy.access_s"][0] = 1.0
    assert COUNTER in {station.name for station in prep.stations}
