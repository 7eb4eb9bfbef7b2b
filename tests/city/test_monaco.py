"""The city that ships: what its facility table says, and that it fits the map."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import numpy as np
import pytest

from twin.city.calendar import Calendar, CalendarSettings, opening_intervals
from twin.city.city import City, load_city, street_distances_m
from twin.city.facilities import TAGS
from twin.city.facility_csv import read_facility_csv
from twin.population.settings import PopulationSettings
from twin.population.synthesis import build_residents
from twin.units import HOUR_US, WEEK_DAYS

N_RESIDENTS = 39_050
# 6.8 visits a resident-year (NHC 2023), 45 % of them at primary level.
NEEDS_PER_YEAR = 6.8 * 0.45
CONSULTATION_MIN = 10.0


@pytest.fixture(scope="module")
def monaco(root: Path) -> City:
    return load_city(root / "maps" / "monaco")


def weekly_server_hours(city: City) -> dict[str, float]:
    calendar = Calendar(CalendarSettings(), dt.date(2026, 3, 2), WEEK_DAYS)
    hours = {}
    for one in city.facilities_of("primary_care"):
        assert one.hours is not None
        assert one.servers is not None
        spans = np.diff(opening_intervals(one.hours, calendar, WEEK_DAYS), axis=1)
        hours[one.uid] = float(spans.sum()) / HOUR_US * one.servers
    return hours


def test_primary_care_is_the_assumed_practices_alone(monaco: City) -> None:
    practices = monaco.facilities_of("primary_care")
    assert len(practices) == 11
    assert {one.tag for one in practices} == {"assumed"}
    assert all("(assumed)" in one.name and one.note for one in practices)
    assert all("PH off" in (one.hours or "") for one in practices)


def test_mistaken_tags_are_corrected(monaco: City) -> None:
    assert [one.uid for one in monaco.facilities_of("hospital")] == ["osm/way/49209406"]
    assert monaco.facility("osm/node/2287695176").service == "pharmacy"
    assert monaco.facility("osm/node/1661205490").service == "radiology"
    assert monaco.facility("osm/node/9918830820").service == "social_facility"
    assert monaco.facility("osm/node/9958803696").service == "sports_medicine"
    assert monaco.facility("osm/way/94252399").service == "cardiology"
    assert len(monaco.facilities_of("government_hall")) == 1
    assert any("11 of them assumed" in note for note in monaco.notes)


def test_every_row_of_the_table_has_a_reason(monaco: City) -> None:
    rows = read_facility_csv(monaco.path / "facilities.csv")
    assert all(row.values.get("note") for row in rows)
    assert {one.tag for one in monaco.facilities} <= set(TAGS)


def test_practices_stand_at_streets(monaco: City) -> None:
    practices = monaco.facilities_of("primary_care")
    lon = np.array([one.lon for one in practices])
    lat = np.array([one.lat for one in practices])
    assert street_distances_m(monaco.graph, lon, lat).max() < 100.0


def test_capacity_is_what_the_table_says(monaco: City) -> None:
    hours = weekly_server_hours(monaco)
    assert sum(hours.values()) == pytest.approx(482.5)
    assert hours["practice_larvotto"] == pytest.approx(43.0)
    demand = N_RESIDENTS * NEEDS_PER_YEAR / 365.0 * WEEK_DAYS * CONSULTATION_MIN / 60.0
    assert 0.75 < demand / sum(hours.values()) < 0.85


def test_residents_live_in_monaco(monaco: City) -> None:
    settings = PopulationSettings(residents=N_RESIDENTS)
    build_residents(monaco, PopulationSettings(residents=2))  # compiles
    start = time.perf_counter()
    residents = build_residents(monaco, settings)
    assert time.perf_counter() - start < 1.0
    assert len(residents) == N_RESIDENTS
    assert monaco.buildings.is_home_eligible[residents.building].all()
    assert residents.home_node.min() >= 0
    countries = {monaco.buildings.country[row] for row in np.unique(residents.building)}
    assert "FR" not in countries
    assert (residents.zone >= 0).mean() > 0.75
