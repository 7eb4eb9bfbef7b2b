"""Every choice, made again from what its resident could know when the need arose.

The second program asks the addressed tastes, the streets and the opening hours and knows
nothing of cursors, candidates or calendars; edits change hours, admission and operation
at any moment.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.small_town import CARE, CLINIC, town
from tests.fixtures.two_blocks import EAST_CLINIC
from twin.city.edits import Edit, compile_edits
from twin.engine.loop import Engine
from twin.kernels import columns as kc
from twin.kernels.choice import facility_taste, forgo_taste
from twin.kernels.random import philox4x32, uniform53
from twin.network.modes import MODES
from twin.network.travel import TravelTimes
from twin.population.groups import group_mask
from twin.streams import VISIT_HOUR, pack_day_slot, pack_stream, split_key, uid32
from twin.units import DAY_US, HOUR_S

SEED = 2**63 + 11
LOGIT = CARE.replace(
    'rule = "nearest"',
    'rule = "logit"\ntravel_per_min = 0.4\ndelay_per_hour = 0.1\n'
    "forgo_utility = -3.0\ntaste_permanence = 0.3",
).replace("default_servers", "cutoff_s = 240.0\ndefault_servers")
EAST = f"{EAST_CLINIC}/primary_care"
HOURS = ("24/7", "Mo-Su 10:00-11:00", "Mo-Su 20:00-03:00", "off", "Tu 00:00-24:00; We 00:00-24:00")
CELLS = {
    "is_active": st.booleans(),
    "hours": st.sampled_from(HOURS),
    "eligibility": st.sampled_from(["all", "none", "registration=migrant", "has_car=true"]),
}


@cache
def times_ms():
    """Return (stations, modes, residents) generalised times and those of travel."""
    prep = town(LOGIT)
    travel = TravelTimes(prep.graph)
    home = prep.residents.home_node
    out = np.full((len(prep.stations), len(MODES), home.size), -1, dtype=np.int64)
    for row, station in enumerate(prep.stations):
        for mode in prep.scenario.travel.modes:
            out[row, MODES.index(mode)] = travel.to_node(station.node, mode)[home]
    return out


def arrival_of(intervals, earliest, share):
    """Return when somebody comes who could be there at `earliest`, or None."""
    last = (earliest // DAY_US + 14) * DAY_US
    later = [(opens, closes) for opens, closes in intervals if closes > earliest and opens < last]
    if not later:
        return None
    first = later[0][0]
    if first <= earliest:
        return earliest
    same_day = [(o, min(c, o + DAY_US)) for o, c in later if o // DAY_US == first // DAY_US]
    left = int(share * float(sum(closes - opens for opens, closes in same_day)))
    for opens, closes in same_day:
        if left < closes - opens:
            return opens + left
        left -= closes - opens
    return same_day[-1][1] - 1


def choice(prep, cells, row, need_us, slot):
    """Return (reason, station, mode, arrival) of a need under `cells` of the stations."""
    people, service = prep.residents, prep.scenario.services[0]
    group, resident = people.group[row], np.uint64(people.resident[row])
    address = np.uint64(pack_day_slot(int(need_us // DAY_US), int(slot)))
    key = [np.uint64(word) for word in split_key(SEED)]
    name = np.uint64(uid32(service.id))
    words = philox4x32(resident, address, np.uint64(pack_stream(VISIT_HOUR)), name, *key)
    share = uniform53(words[0], words[1])
    active = [n for n, cell in enumerate(cells) if cell["is_active"]]
    admitting = [n for n in active if group_mask(cells[n]["eligibility"])[group]]
    if not active or not admitting:
        return (kc.ADMITTED_NOWHERE if active else kc.NONE_IN_OPERATION), -1, -1, -1
    need_share = 1.0 - service.choice.taste_permanence
    fixed = {"walk": 0, "car": round(1000 * prep.scenario.travel.car_fixed_s)}
    found, is_reached = [], False
    for n in admitting:
        ways = []
        for mode in prep.scenario.travel.modes:
            time = int(times_ms()[n, MODES.index(mode), row])
            if time < 0 or (mode == "car" and not people.has_car[row]):
                continue
            if time + fixed[mode] <= 1000 * service.cutoff_s:
                ways.append((time + fixed[mode], MODES.index(mode), time))
        if not ways:
            continue
        is_reached = True
        general, way, time = min(ways)
        arrival = arrival_of(
            prep.intervals(cells[n]["hours"]).tolist(), need_us + 1000 * time, share
        )
        if arrival is None:
            continue
        uid = np.uint64(prep.stations[n].uid)
        taste = facility_taste(resident, address, uid, need_share, *key)
        utility = -service.choice.travel_per_min / 60 * (general * 1e-3)
        utility -= service.choice.delay_per_hour / 3600 * ((arrival - need_us - 1000 * time) * 1e-6)
        found.append((utility + taste, n, way, arrival))
    if not found:
        return (kc.NEVER_OPENS if is_reached else kc.OUT_OF_REACH), -1, -1, -1
    stay = service.choice.forgo_utility + forgo_taste(resident, address, name, need_share, *key)
    best = max(found)
    if stay > best[0]:
        return kc.PREFERRED_NOT, -1, -1, -1
    return kc.NO_REASON, *best[1:]


def compare(edits):
    """Compare every choice of a run; return how often each reason was met."""
    prep = replace(town(LOGIT), edits=compile_edits(edits))
    engine = Engine(prep, SEED)
    engine.advance(engine.end_us)
    v = engine.state.visits
    cells = [
        {"is_active": True, "hours": s.hours, "eligibility": s.facility.eligibility}
        for s in prep.stations
    ]
    row_of = {station.name: n for n, station in enumerate(prep.stations)}
    coming = list(prep.edits)
    met: dict[int, int] = {}
    for visit in range(engine.state.n_visits):
        need_us = int(v.need_us[visit])
        while coming and coming[0].time_us <= need_us:
            edit = coming.pop(0)
            cells[row_of[edit.uid]][edit.column] = edit.value
        reason, station, mode, arrival = choice(prep, cells, v.row[visit], need_us, v.slot[visit])
        met[reason] = met.get(reason, 0) + 1
        assert v.station[visit] == station
        assert v.mode[visit] == mode
        if reason != kc.NO_REASON:
            assert v.reason[visit] == reason
        elif v.reason[visit] != kc.FACILITY_CLOSED:
            assert v.arrive_us[visit] == arrival
    return met


def test_the_town_without_edits():
    met = compare(())
    assert met[kc.NO_REASON] > 300
    assert met[kc.OUT_OF_REACH] > 3
    assert met[kc.PREFERRED_NOT] > 20


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_edits_fall_on_whatever_moment(data):
    cells = data.draw(
        st.lists(
            st.tuples(
                st.integers(0, 60), st.sampled_from([CLINIC, EAST]), st.sampled_from(sorted(CELLS))
            ),
            unique=True,
            max_size=10,
        )
    )
    compare(
        tuple(
            Edit(2.0 * HOUR_S * n, "facilities", uid, column, "set", data.draw(CELLS[column]), "x")
            for n, uid, column in cells
        )
    )
