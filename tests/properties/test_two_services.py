"""Two services in one town: each as if it were alone, also at one and the same place."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.small_town import CARE, PHARMACY, streets, town
from tests.fixtures.two_blocks import EAST_CLINIC, WEST_CLINIC
from twin.model.city_model import CityModel
from twin.network.modes import MODES
from twin.network.travel import TravelTimes
from twin.streams import need_id
from twin.units import DAY_S

EAST_PHARMACY = """
[[facilities]]
op = "add"
uid = "east_pharmacy"
service = "pharmacy"
lon = {lon}
lat = {lat}
"""


def east():
    """Return TOML of a second pharmacy, at the clinic of the eastern block."""
    clinic = streets().facility(EAST_CLINIC, "primary_care")
    return EAST_PHARMACY.format(lon=clinic.lon, lat=clinic.lat)


@pytest.fixture(scope="module")
def both():
    return CityModel(preparation=town(CARE + PHARMACY + east()), seed=2).run()


@pytest.fixture(scope="module")
def visits(both):
    return both.tables()["visits"].to_pandas()


@pytest.mark.parametrize(
    ("service", "alone"), [("primary_care", lambda: CARE), ("pharmacy", lambda: PHARMACY + east())]
)
def test_neither_service_notices_the_other(visits, service, alone):
    by_itself = CityModel(preparation=town(alone()), seed=2).run().tables()["visits"].to_pandas()
    columns = [name for name in visits if name != "visit_id"]
    ours = visits.loc[visits.service == service, columns].reset_index(drop=True)
    assert len(ours) > 300
    assert ours.astype(str).equals(by_itself[columns].astype(str))


def test_one_place_with_two_services_is_two_stations(both, visits):
    here = visits[visits.facility == WEST_CLINIC]
    assert set(here.service) == {"primary_care", "pharmacy"}
    names = [station.name for station in both.preparation.stations]
    assert len(set(names)) == len(names)
    assert {f"{WEST_CLINIC}/primary_care", f"{WEST_CLINIC}/pharmacy"} < set(names)
    hours = both.tables()["facility_hours"].to_pandas()
    assert hours.served.sum() == (visits.outcome == "served").sum()
    for service, group in hours.groupby("service", observed=True):
        served = visits[(visits.service == service) & (visits.outcome == "served")]
        assert group.served.sum() == len(served)


def test_a_need_is_named_within_its_service(visits):
    assert not visits.duplicated(["service", "need_id"]).any()
    first = visits.iloc[0]
    day, slot = int(first.need_s // DAY_S), int(first.need_id) & (2**20 - 1)
    assert need_id(int(first.resident), day, slot) == int(first.need_id)


def test_totals_of_a_resident_are_the_sums_of_the_services(both):
    people = both.tables()["residents"].to_pandas()
    for column in ("n_needs", "n_served", "n_unmet", "delay_s", "travel_s", "wait_s", "burden_s"):
        parts = people[f"primary_care.{column}"] + people[f"pharmacy.{column}"]
        np.testing.assert_allclose(people[column], parts)


def test_everybody_goes_to_the_nearest(both, visits):
    """Nearest by the mode of least generalised time; of two equally near the smaller uid."""
    prep = both.preparation
    travel = TravelTimes(prep.graph)
    people = prep.residents
    chosen = visits[visits.facility.notna()]
    home = people.home_node[chosen.resident.to_numpy()]
    has_car = people.has_car[chosen.resident.to_numpy()]
    fixed_ms = 1000 * prep.scenario.travel.car_fixed_s
    best: dict[tuple[str, str], np.ndarray] = {}
    for station in prep.stations:
        walk = travel.to_node(station.node, "walk")[home].astype(float)
        car = travel.to_node(station.node, "car")[home].astype(float)
        car = np.where((car < 0) | ~has_car, np.inf, car + fixed_ms)
        service = prep.scenario.services[station.service].id
        best[service, station.facility.uid] = np.minimum(np.where(walk < 0, np.inf, walk), car)
    for service in ("primary_care", "pharmacy"):
        of_service = (chosen.service == service).to_numpy()
        uids = [uid for name, uid in best if name == service]
        times = np.stack([best[service, uid][of_service] for uid in uids])
        went = np.array([uids.index(uid) for uid in chosen.facility[of_service]])
        assert np.array_equal(times[went, np.arange(went.size)], times.min(axis=0))
        assert set(went.tolist()) == {0, 1}
    assert set(chosen["mode"].dropna()) <= set(MODES)


def test_ties_go_to_the_smaller_uid():
    """Two pharmacies at one door: everybody takes the same, whatever the order of rows."""
    clinic = streets().facility(WEST_CLINIC, "primary_care")
    twin = EAST_PHARMACY.format(lon=clinic.lon, lat=clinic.lat).replace("east", "same_door")
    prep = town(PHARMACY + twin)
    assert prep.stations[0].node == prep.stations[1].node
    chosen = CityModel(preparation=prep, seed=2).run().tables()["visits"].to_pandas().facility
    smaller = min(prep.stations, key=lambda station: station.uid)
    assert set(chosen.dropna()) == {smaller.facility.uid}
