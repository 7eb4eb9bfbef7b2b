"""Catchments: the pairs of every resident, staff on offer, need that is handed out."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.test_access import MIGRANTS_ONLY, NO_CLINIC, closed_bridge
from tests.fixtures.small_town import CARE, ONE_CLINIC, PHARMACY, town
from twin.engine.access import access_seconds
from twin.engine.catchments import catchments_at
from twin.network.modes import MODES
from twin.network.street_rows import StreetState
from twin.parts import accessibility
from twin.population.groups import group_mask
from twin.units import DAY_US

NEEDIER = CARE.replace(
    "needs_per_year = 40.0", "needs_per_year = 40.0\nneed_multiplier = {age_band = {'60+' = 3.0}}"
)


@pytest.mark.parametrize("text", [CARE, CARE + MIGRANTS_ONLY, CARE + ONE_CLINIC + closed_bridge()])
def test_pairs_are_those_of_each_resident(text):
    prep = town(text, residents=400)
    found = catchments_at(prep, 0)
    closed = frozenset({"way/900"} if "flood" in text else ())
    candidates, people = prep.candidates(StreetState(closed=closed)), prep.residents
    for i in range(len(people)):
        cell = prep.home_row[i]
        own = {}
        for c in range(candidates.start[cell], candidates.start[cell + 1]):
            station = int(candidates.station[c])
            if not group_mask(prep.stations[station].facility.eligibility)[people.group[i]]:
                continue
            times = [
                int(candidates.time_ms[c, m]) + int(candidates.fixed_ms[m])
                for m, name in enumerate(MODES)
                if candidates.time_ms[c, m] >= 0 and (name == "walk" or people.has_car[i])
            ]
            if times:
                own[station] = min(times) / 1000
        origin = found.origin_of_resident[i]
        rows = slice(found.pairs.start[origin], found.pairs.start[origin + 1])
        pairs = zip(found.pairs.facility[rows], found.pairs.cost[rows], strict=True)
        assert dict(pairs) == own
        best = access_seconds(prep)["primary_care.access_s"][i]
        assert min(own.values(), default=None) == (None if np.isnan(best) else best)


def test_what_is_on_offer_is_handed_out_by_need():
    prep = town(NEEDIER)
    found = catchments_at(prep, 0)
    # Two clinics of two, eight hours each day.
    assert found.server_hours.tolist() == pytest.approx([2 * 56.0] * 2)
    is_old = prep.residents.age_band == 2
    assert found.need.mean() == pytest.approx(1.0)
    assert found.need[is_old] == pytest.approx(3 * found.need[~is_old][0])
    assert found.demand.sum() == pytest.approx(len(prep.residents))
    access = accessibility(
        cost=found.pairs, supply=found.server_hours, demand=found.demand, max_cost=3600
    )
    handed_out = (access.score[found.origin_of_resident] * found.need).sum()
    assert handed_out == pytest.approx(2 * 2 * 56.0)


def test_what_is_closed_offers_nothing():
    prep = town(CARE + NO_CLINIC + PHARMACY.split("[[facilities]]", maxsplit=1)[0])
    for row in (0, 1):
        found = catchments_at(prep, row)
        assert found.pairs.cost.size == 0
        assert found.server_hours.sum() == 0


def test_another_service_is_another_matter():
    prep = town(CARE + PHARMACY)
    care, pharmacy = (catchments_at(prep, row) for row in (0, 1))
    assert set(care.pairs.facility) == {0, 1}
    assert set(pharmacy.pairs.facility) == {2}


def test_the_moment_counts():
    prep = town(CARE + ONE_CLINIC + closed_bridge("to_day = 4"))
    during, after = (catchments_at(prep, 0, day * DAY_US + 1).pairs.cost.size for day in (3, 4))
    assert 0 < during < after


def test_nobody_needs_it():
    found = catchments_at(town(CARE.replace("needs_per_year = 40.0", "needs_per_year = 0.0")), 0)
    assert not found.need.any()
