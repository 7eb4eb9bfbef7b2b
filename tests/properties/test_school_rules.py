"""Catchments, reserved places, schools that open, several levels: what rounds make of them."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.fixtures.day_towns import town
from tests.fixtures.school_towns import OPEN, both, enrolments, levels_of, prepared, scenario_of

NEAR_FIRST = (
    'schools.levels.primary.catchment="nearest"',
    'schools.levels.primary.classes=[{id="near", in_catchment=true}, {id="far"}]',
    "schools.levels.primary.eligibility='all'",
    "schools.levels.primary.default_places=4",
)


def test_who_lives_in_the_catchment_goes_first():
    found = enrolments("", NEAR_FIRST)
    placed = found[found.outcome == "placed"]
    assert set(placed.priority) == {"near", "far"}
    level = levels_of(prepared("", NEAR_FIRST))[0]
    seekers = level.seekers
    home = dict(zip(seekers.resident.tolist(), seekers.home.tolist(), strict=True))
    names = [s.facility.uid for s in level.schools]
    for row in placed.itertuples():
        times = level.time_ms[:, home[row.resident]]
        is_nearest = names[int(times.argmin())] == row.school
        assert is_nearest == (row.priority == "near")


def test_redrawn_catchments_hold_from_the_next_round():
    text = """
[[interventions]]
id = "redrawn"
kind = "redraw_catchments"
level = "primary"
catchments = {west = "wards=West|East", east = "none", middle = "ward"}
from_day = 1
"""
    wards = town().wards.names
    text = text.replace("West|East", "|".join(wards))
    rows = both(text, NEAR_FIRST)
    summer = rows[rows["round"] == "summer"]
    assert not (summer.priority_new[summer.school_new == "east"] == "near").any()
    at_west = summer[summer.school_new == "west"]
    assert (at_west.priority_new[at_west.zone.notna()] == "near").all()
    start = rows[rows["round"] == "start"]
    assert start.school.astype(object).equals(start.school_new.astype(object))


def test_a_catchment_may_be_an_area():
    graph = town().graph
    lon, lat = graph.node_lon_e7 / 1e7, graph.node_lat_e7 / 1e7
    corners = [
        (lon.min() - 1, lat.min() - 1), (lon.max() + 1, lat.min() - 1),
        (lon.max() + 1, lat.max() + 1), (lon.min() - 1, lat.max() + 1),
    ]  # fmt: skip
    area = "area=" + ", ".join(f"{x} {y}" for x, y in corners)
    found = enrolments("", (*NEAR_FIRST, f'schools.levels.primary.catchment="{area}"'))
    assert set(found.priority.dropna()) == {"near"}


RESERVE = """
[[interventions]]
id = "reserve"
kind = "reserve_places"
level = "primary"
reserved_for = "registration=migrant"
share = 0.25
from_day = 1
"""


def test_reserved_places_go_to_the_group_first_and_none_is_wasted():
    rows = both(RESERVE, base=OPEN)
    summer = rows[rows["round"] == "summer"]
    assert not (summer.registration[summer.outcome == "placed"] == "migrant").any()
    reserved = summer[summer.is_reserved_new]
    assert (reserved.registration == "migrant").sum() == 5  # 2 of 8, 2 of 8, 1 of 4
    assert (summer.outcome_new == "placed").sum() == (summer.outcome == "placed").sum()


def test_a_reserve_that_the_group_leaves_is_open_to_all():
    text = RESERVE.replace("registration=migrant", "age_band=60+")
    rows = both(text)
    summer = rows[rows["round"] == "summer"]
    # Whoever goes first at a school goes first in both kinds of its places.
    assert (summer.outcome_new == summer.outcome).all()
    assert summer.is_reserved_new.any()


def test_a_school_that_opens_takes_part_from_then_on():
    west = levels_of(prepared())[0].schools[2].facility
    text = f"""
[[interventions]]
id = "new"
kind = "open_facility"
facility = "new"
service = "primary_school"
lon = {west.lon}
lat = {west.lat}
servers = 1
hours = "24/7"
from_day = 1
[[interventions]]
id = "gone"
kind = "close_facility"
facility = "east"
from_day = 1
"""
    found = enrolments(text)
    of_round = {name: set(part.school.dropna()) for name, part in found.groupby("round")}
    assert of_round == {"start": {"west", "middle", "east"}, "summer": {"west", "middle", "new"}}


def test_all_levels_and_a_list_of_one():
    text = """
[[schools.levels]]
id = "kindergarten"
service = "primary_school"
ages = [3, 5]
seek_share = 0.5
default_places = 50
list_length = 1
travel_per_min = 5.0
taste = 0.0
"""
    found = enrolments(text)
    young = found[found.level == "kindergarten"]
    assert 0.3 < len(young) / (1500 * 0.3 * 0.2) < 0.7
    assert (young.n_listed == 1).all()
    assert (young["rank"] == 1).all()
    level = levels_of(prepared(text))[1]
    times = level.time_ms[:, level.seekers.home].min(axis=0) / 1000
    assert young.travel_s.to_numpy() == pytest.approx(times)
    assert set(young.grade) == {1, 2, 3}
    older = found[found.level == "primary"].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        older.astype({"level": str, "round": str, "school": str, "priority": str}),
        enrolments().astype({"level": str, "round": str, "school": str, "priority": str}),
    )


def test_far_schools_are_unreachable():
    found = enrolments("", ("schools.levels.primary.cutoff_s=1",))
    registered = found[found.registration == "registered"]
    assert "unreachable" in set(registered.reason)
    assert set(found[found.registration == "migrant"].reason) == {"ineligible"}


def test_no_place_at_all_and_no_child():
    none = enrolments(
        "", ("schools.levels.primary.default_places=0", "schools.levels.primary.places.east=0")
    )
    assert (none.outcome == "unplaced").all()
    nobody = enrolments("", ("schools.levels.primary.seek_share=0",))
    assert len(nobody) == 0
    assert scenario_of().schools is not None
