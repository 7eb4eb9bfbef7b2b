"""Each rule of choice in a running city, against its closed form or its definition."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.small_town import TOWN, town
from tests.fixtures.two_blocks import EAST_CLINIC, WEST_CLINIC, build_two_blocks
from twin.city.city import load_city
from twin.engine.loop import Engine
from twin.engine.preparation import prepare
from twin.kernels import columns as kc
from twin.network.travel import TravelTimes
from twin.population.groups import group_mask
from twin.scenario.load import load_scenario

CARE = """
[[services]]
id = "primary_care"
needs_per_year = {needs}
service_time = {{distribution = "deterministic", mean_s = 60}}
default_servers = 1000
default_hours = "24/7"
{service}
[services.choice]
{choice}
"""
LOGIT = 'rule = "logit"\ntravel_per_min = 0.15\n'
SERVERS = f"""
[[facilities]]
op = "set"
uid = "{EAST_CLINIC}"
service = "primary_care"
servers = 3000
{{more}}
"""


def engine_of(choice, *, service="", facilities="", needs=60.0, seed=1, residents=3000):
    text = CARE.format(choice=choice, service=service, needs=needs) + facilities
    engine = Engine(town(text, residents=residents), seed)
    engine.advance(engine.end_us)
    return engine


def minutes(prep):
    """Return (stations, residents) generalised minutes from home."""
    travel = TravelTimes(prep.graph)
    people = prep.residents
    fixed_ms = 1000 * prep.scenario.travel.car_fixed_s
    rows = []
    for station in prep.stations:
        walk = travel.to_node(station.node, "walk")[people.home_node].astype(float)
        car = travel.to_node(station.node, "car")[people.home_node].astype(float)
        with_car = np.where(people.has_car & (car >= 0), car + fixed_ms, np.inf)
        rows.append(np.minimum(walk, with_car) / 60_000)
    return np.array(rows)


def answers(engine):
    """Return resident, station (-1 for none) and reason of the first need of each resident."""
    state = engine.state
    n = state.n_visits
    row, first = np.unique(state.visits.row[:n], return_index=True)
    return row, state.visits.station[:n][first].astype(int), state.visits.reason[:n][first]


def assert_shares(engine, utility):
    """Compare first choices with a logit over (options, residents) utilities, -1 being last."""
    row, station, _ = answers(engine)
    weight = np.exp(utility[:, row])
    chance = weight / weight.sum(axis=0)
    n_options = utility.shape[0]
    found = np.bincount(np.where(station < 0, n_options - 1, station), minlength=n_options)
    error = np.sqrt((chance * (1 - chance)).sum(axis=1))
    assert found.min() > 50
    assert (np.abs(found - chance.sum(axis=1)) < 4 * error).all()


def test_huff_weighs_size_against_a_power_of_the_distance():
    engine = engine_of(
        'rule = "huff"\ndistance_exponent = 1.5\nsize_weight = 0.8',
        facilities=SERVERS.format(more=""),
    )
    prep = engine.prep
    size = np.log([s.servers for s in prep.stations])
    assert size[0] != size[1]
    distance = np.log(np.maximum(minutes(prep), 1.0))
    assert_shares(engine, 0.8 * size[:, None] - 1.5 * distance)


def test_a_fee_keeps_away_as_much_as_the_group_pays_of_it():
    engine = engine_of(
        LOGIT + "fee_per_unit = 0.2\nforgo_utility = -2.0\n"
        "forgo_addition = {registration = {migrant = 0.7}}",
        service="fee = 4.0\nfee_share = {registration = {migrant = 2.0}, has_car = {true = 0.5}}",
        facilities=SERVERS.format(more="fee = 1.5"),
    )
    prep = engine.prep
    people = prep.residents
    is_migrant = group_mask("registration=migrant")[people.group]
    share = np.where(is_migrant, 2.0, 1.0) * np.where(people.has_car, 0.5, 1.0)
    fee = np.array([1.5 if s.facility.uid == EAST_CLINIC else 4.0 for s in prep.stations])
    go = -0.15 * minutes(prep) - 0.2 * fee[:, None] * share
    stay = -2.0 + 0.7 * is_migrant
    assert_shares(engine, np.vstack([go, stay]))


def test_nests_part_the_city_as_the_nested_logit_does():
    tau = 0.3
    third = """
[[facilities]]
op = "add"
uid = "third"
service = "primary_care"
lon = {lon}
lat = {lat}
nest = "big"
"""
    prep = town(CARE.format(choice=LOGIT, service="", needs=60.0), residents=3000)
    west = next(s.facility for s in prep.stations if s.facility.uid == WEST_CLINIC)
    engine = engine_of(
        f'rule = "nested_logit"\ntravel_per_min = 0.15\nnest_scale = {tau}\ntaste_permanence = 0.4',
        facilities=SERVERS.format(more='nest = "big"') + third.format(lon=west.lon, lat=west.lat),
    )
    alone = [s.facility.nest == "" for s in engine.prep.stations]
    assert sum(alone) == 1
    utility = -0.15 * minutes(engine.prep)
    big = np.array([not one for one in alone])
    inclusive = tau * np.log(np.exp(utility[big] / tau).sum(axis=0))
    # P(j) = P(nest) P(j | nest), written as a utility.
    nested = utility.copy()
    nested[big] = inclusive + utility[big] / tau - inclusive / tau
    assert_shares(engine, nested)


def test_who_does_not_know_never_seeks_and_a_campaign_tells_the_same_people_more():
    choice = LOGIT + "known_by = {registration = {migrant = 0.4}, sex = {male = 0.9}}"
    engine = engine_of(choice)
    people = engine.prep.residents
    row, _, reason = answers(engine)
    knows = np.where(group_mask("registration=migrant")[people.group], 0.4, 1.0)
    knows *= np.where(group_mask("sex=male")[people.group], 0.9, 1.0)
    expected = (1 - knows[row]).sum()
    error = np.sqrt((knows[row] * (1 - knows[row])).sum())
    ignorant = reason == kc.DOES_NOT_KNOW
    assert ignorant.sum() > 100
    assert abs(ignorant.sum() - expected) < 4 * error
    # Knowing lasts: all needs of a resident are alike.
    state = engine.state
    every = state.visits.reason[: state.n_visits] == kc.DOES_NOT_KNOW
    assert np.array_equal(
        np.unique(state.visits.row[: state.n_visits][every]), np.sort(row[ignorant])
    )
    told = Engine(engine.prep, 1)
    told.state.choices.known_added[:] = 0.2
    told.advance(told.end_us)
    _, _, later = answers(told)
    still = later == kc.DOES_NOT_KNOW
    assert still.sum() < ignorant.sum()
    assert not (still & ~ignorant).any()


def test_catchments_send_everybody_to_the_facility_of_the_ward_or_the_nearest(tmp_path):
    city = load_city(build_two_blocks(tmp_path, has_wards=True))
    text = CARE.format(
        choice=f'rule = "catchment"\ncatchments = {{West = "{EAST_CLINIC}"}}',
        service="",
        needs=60.0,
    )
    path = tmp_path / "town.toml"
    path.write_text(TOWN.format(map=city.path, residents=500) + text, encoding="utf-8")
    engine = Engine(prepare(city, load_scenario(path)), 1)
    engine.advance(engine.end_us)
    row, station, _ = answers(engine)
    prep = engine.prep
    west = city.wards.names.index("West")
    east_clinic = next(n for n, s in enumerate(prep.stations) if s.facility.uid == EAST_CLINIC)
    nearest = minutes(prep).argmin(axis=0)[row]
    is_west = prep.residents.zone[row] == west
    assert is_west.sum() > 50
    assert (station[is_west] == east_clinic).all()
    assert (nearest[is_west] != east_clinic).any()
    assert np.array_equal(station[~is_west], nearest[~is_west])
    # Where the facility of the ward does not admit, the nearest that does is the next best.
    shut = Engine(prep, 1)
    shut.state.stations.is_active[east_clinic] = False
    shut.state._count_offers()
    shut.advance(shut.end_us)
    _, elsewhere, _ = answers(shut)
    assert (elsewhere[is_west] == 1 - east_clinic).all()


def test_habit_brings_residents_back():
    def returns(habit):
        engine = engine_of(LOGIT + f"habit = {habit}", needs=180.0)
        state = engine.state
        n = state.n_visits
        order = np.lexsort((state.visits.need_us[:n], state.visits.row[:n]))
        row, station = state.visits.row[:n][order], state.visits.station[:n][order]
        again = row[1:] == row[:-1]
        return (station[1:] == station[:-1])[again].mean()

    assert returns(3.0) > returns(0.0) + 0.2


def test_the_shortest_line_at_a_place_is_joined():
    """Four counters of one server each at one place are as one line, nearly."""
    twins = "".join(
        f'[[facilities]]\nop = "add"\nuid = "counter_{n}"\nservice = "primary_care"\n'
        "lon = {lon}\nlat = {lat}\nservers = 1\n"
        for n in range(3)
    )
    prep = town(CARE.format(choice=LOGIT, service="", needs=60.0), residents=3000)
    west = next(s.facility for s in prep.stations if s.facility.uid == WEST_CLINIC)
    here = twins.format(lon=west.lon, lat=west.lat)
    one = "[[facilities]]\nop = 'set'\nservice = 'primary_care'\nservers = 1\n"
    one += f"uid = '{WEST_CLINIC}'\n"
    engine = engine_of(
        'rule = "shortest_queue"', facilities=one + here, needs=900.0, residents=2000
    )
    state, n = engine.state, engine.state.n_visits
    v = state.visits
    at_west = [
        row
        for row, s in enumerate(engine.prep.stations)
        if s.node
        == engine.prep.stations[
            next(r for r, t in enumerate(engine.prep.stations) if t.facility.uid == WEST_CLINIC)
        ].node
    ]
    assert len(at_west) == 4
    arrive, end, station = v.arrive_us[:n], v.end_us[:n], v.station[:n]
    done = np.isin(station, at_west) & (arrive >= 0) & (arrive < state.clock_us)
    counts = np.bincount(station[done], minlength=len(engine.prep.stations))[at_west]
    assert counts.min() > 0.02 * counts.sum()
    checked = 0
    for visit in np.flatnonzero(done)[:400]:
        now = arrive[visit]
        present = done & (arrive < now) & ((end < 0) | (end > now))
        lines = {s: int((station[present] == s).sum()) for s in at_west}
        assert lines[int(station[visit])] == min(lines.values())
        checked += max(lines.values()) > 0
    assert checked > 50


@pytest.mark.parametrize("known", ["none", "live", "smoothed", "forecast"])
def test_only_the_informed_go_by_what_is_known_of_waits(known):
    slow = f"""
[[facilities]]
op = "set"
uid = "{EAST_CLINIC}"
service = "primary_care"
servers = 1
"""
    engine = engine_of(
        LOGIT + f'wait_per_min = 1.0\nwaits_known = "{known}"', facilities=slow, needs=900.0
    )
    state, prep = engine.state, engine.prep
    east = next(row for row, s in enumerate(prep.stations) if s.facility.uid == EAST_CLINIC)
    informed = prep.residents.is_informed.astype(bool)
    n = state.n_visits
    late = state.visits.need_us[:n] > state.clock_us // 2
    goes_east = state.visits.station[:n] == east
    is_informed = informed[state.visits.row[:n]]
    shares = [goes_east[late & (is_informed == flag)].mean() for flag in (False, True)]
    if known in ("none", "live"):  # nothing is published
        assert abs(shares[0] - shares[1]) < 0.06
    else:
        assert shares[1] < shares[0] - 0.1


def test_another_try_leaves_out_the_facility_that_failed():
    full = f"""
[[facilities]]
op = "set"
uid = "{EAST_CLINIC}"
service = "primary_care"
servers = 1
waiting_room = 0
"""
    text = CARE.format(choice=LOGIT, service="", needs=900.0) + full
    engine = Engine(town(text, residents=2000), 1)
    follows = engine.state.follows
    follows.retry_share[:] = 1.0
    follows.retry_times[:] = 1
    follows.retry_after_us[:] = 1_000_000
    follows.retries_elsewhere[:] = True
    engine.advance(engine.end_us)
    v, n = engine.state.visits, engine.state.n_visits
    children = np.flatnonzero(v.parent[:n] >= 0)
    assert children.size > 50
    assert (v.station[children] != v.station[v.parent[children]]).all()


@pytest.mark.parametrize("known", ["smoothed", "forecast"])
def test_what_is_learned_does_not_depend_on_how_a_run_is_cut(known):
    choice = LOGIT + f'wait_per_min = 1.0\nwaits_known = "{known}"\nhabit = 0.5'
    whole = engine_of(choice, needs=300.0, service="waiting_room = 5")
    pieces = Engine(whole.prep, 1)
    while pieces.state.clock_us < pieces.end_us:
        pieces.advance(pieces.state.clock_us + 7_777_777_777)
    assert pieces.chain == whole.chain
    assert np.array_equal(pieces.state.choices.last_station, whole.state.choices.last_station)
