"""Rounds of enrolment in a run: what they promise to children, and that nothing else moves."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.day_towns import town
from tests.fixtures.school_towns import (
    DAYS,
    OPEN,
    both,
    enrolments,
    finished,
    levels_of,
    prepared,
)
from twin.engine.preparation import prepare
from twin.kernels.plans import MAIN_SLOT
from twin.model.city_model import CityModel
from twin.population.occupations import NEITHER, PUPIL
from twin.units import DAY_S

ROOM = ("schools.levels.primary.default_places=12",)


@pytest.mark.parametrize("text", ["", OPEN], ids=["closed", "open"])
@pytest.mark.parametrize(
    "mechanism", ["deferred_acceptance", "immediate_acceptance", "top_trading_cycles"]
)
def test_places_rules_and_reasons(text, mechanism):
    found = enrolments(text, (f"schools.levels.primary.mechanism='{mechanism}'",))
    placed = found[found.outcome == "placed"]
    taken = placed.groupby(["round", "grade", "school"], observed=True).size()
    for (_, _, school), n in taken.items():
        assert n <= (4 if school == "east" else 8)
    assert (placed["rank"] >= 1).all()
    assert (placed["rank"] <= placed.n_listed).all()
    assert (placed.reason == "").all()
    assert placed.travel_s.notna().all()
    left = found[found.outcome == "unplaced"]
    assert left.school.isna().all()
    assert left.priority.isna().all()
    assert set(left.reason) <= {"full", "ineligible"}
    assert (left.n_listed[left.reason == "ineligible"] == 0).all()
    if not text:
        assert set(placed.registration) == {"registered"}
    assert found.age_band.eq("0-14").all()
    assert set(found[found["round"] == "summer"].grade) == {1}
    assert not found.duplicated(["resident", "round"]).any()


def test_who_is_entitled_goes_before_who_is_not():
    """No blocking pair, as the table tells it: nobody of a lower class holds what a child who
    listed every school did not get."""
    found = enrolments(OPEN, ("schools.levels.primary.default_places=5",))
    for _, grade in found.groupby(["round", "grade"], observed=True):
        refused = grade[(grade.reason == "full") & (grade.registration == "registered")]
        assert (refused.n_listed == 3).all()
        if len(refused):
            assert not (grade.priority == "migrant").any()


def test_more_points_go_first():
    found = enrolments(OPEN, ROOM)
    migrants = found[(found["round"] == "summer") & (found.registration == "migrant")]
    placed, refused = (migrants[migrants.outcome == word] for word in ("placed", "unplaced"))
    assert len(placed)
    if len(refused):
        assert placed.points.min() >= refused.points.max()


def test_opening_behind_everybody_changes_no_registered_child():
    rows = both(OPEN, ROOM)
    registered = rows[rows.registration == "registered"]
    assert registered.school.astype(object).equals(registered.school_new.astype(object))
    assert (registered["rank"] == registered.rank_new).all()
    migrants = rows[(rows.registration == "migrant") & (rows["round"] == "summer")]
    assert (migrants.outcome == "unplaced").all()
    assert (migrants.outcome_new == "placed").any()


MORE = """
[[interventions]]
id = "more"
kind = "add_classes"
level = "primary"
school = "middle"
classes = 1
from_day = 1
cost_once = 1000
"""


@pytest.mark.parametrize("base", ["", OPEN])
def test_one_more_class_harms_nobody(base):
    overrides = ("schools.levels.primary.default_places=4",)
    rows = both(MORE, overrides, base=base)
    rows = rows[rows["round"] == "summer"]
    worst = 99
    before = rows["rank"].where(rows["rank"] > 0, worst)
    after = rows.rank_new.where(rows.rank_new > 0, worst)
    assert (after <= before).all()
    assert (after < before).any()


def test_nothing_differs_before_the_round_that_reads_a_rule():
    rows = both(OPEN + MORE, ROOM)
    start = rows[rows["round"] == "start"]
    assert start.school.astype(object).equals(start.school_new.astype(object))
    left, right = (finished(text, ROOM).hash_chain for text in ("", OPEN + MORE))
    assert left[:2] == right[:2]
    assert left[2] != right[2]


UNDONE = """
[[interventions]]
id = "undone"
kind = "open_enrolment"
level = "primary"
from_day = 0.5
to_day = 1.5
[[interventions]]
id = "undone_classes"
kind = "add_classes"
level = "primary"
classes = 3
from_day = 0.5
to_day = 1.5
[[interventions]]
id = "undone_catchments"
kind = "redraw_catchments"
level = "primary"
catchment = "nearest"
from_day = 0.5
to_day = 1.5
[[interventions]]
id = "undone_reserve"
kind = "reserve_places"
level = "primary"
reserved_for = "registration=migrant"
places = 3
from_day = 0.5
to_day = 1.5
"""
NULL = """
[[interventions]]
id = "null"
kind = "open_enrolment"
level = "primary"
eligible = "registration=registered"
from_day = 1
"""


@pytest.mark.parametrize("text", [UNDONE, NULL], ids=["undone", "null"])
def test_what_is_undone_or_says_what_holds_changes_no_table_but_its_own(text):
    left, right = (finished(one).tables() for one in (DAYS, DAYS + text))
    assert right["edits"].num_rows > 0
    for name in left.keys() - {"edits", "ledger"}:
        assert left[name].equals(right[name]), name
    assert finished(DAYS).hash_chain[-1] == finished(DAYS + text).hash_chain[-1] or text == UNDONE


def test_lots_differ_by_seed_and_children_do_not():
    one, other = enrolments(seed=1), enrolments(seed=2)
    same = ["resident", "grade", "points", "n_listed"]
    assert one[same].equals(other[same])
    assert not one.school.astype(object).equals(other.school.astype(object))


def test_storage_order_and_cuts_change_nothing():
    text, overrides = DAYS + OPEN + MORE, ROOM
    prep = prepared(text, overrides)
    order = np.random.default_rng(5).permutation(len(prep.residents))
    moved = prepare(town(), prep.scenario, prep.residents.permuted(order))
    shuffled = CityModel(preparation=moved, seed=1).run()
    assert shuffled.hash_chain == finished(text, overrides).hash_chain
    cut = CityModel(preparation=prep, seed=1)
    for days in (0.013, 1.3, 0.7, 0.0004, 9.0):
        cut.run(days)
    assert cut.hash_chain == shuffled.hash_chain
    left, right = (one.tables() for one in (shuffled, finished(text, overrides)))
    for name in left:
        assert left[name].to_pydict() == right[name].to_pydict(), name


# --- days that follow ------------------------------------------------------------------


def test_pupils_go_where_they_got_a_place_and_others_stay_at_home():
    model = finished(DAYS + OPEN)
    level = levels_of(model.preparation)[0]
    node_of = {s.facility.uid: int(n) for s, n in zip(level.schools, level.node, strict=True)}
    people = model.tables()["residents"].to_pandas().set_index("resident")
    last = enrolments(DAYS + OPEN).drop_duplicates("resident", keep="last")
    for row in last.itertuples():
        person = people.loc[row.resident]
        if row.outcome == "placed":
            assert (person.occupation, person.main_node) == ("pupil", node_of[row.school])
        else:
            assert (person.occupation, person.main_node) == ("neither", -1)
    others = people[(people.age_band == "0-14") & ~people.index.isin(last.resident)]
    assert set(others.occupation) == {"neither"}


def test_trips_follow_the_place_from_the_first_day_of_the_term():
    model = finished(DAYS + OPEN)
    level = levels_of(model.preparation)[0]
    node_of = {s.facility.uid: int(n) for s, n in zip(level.schools, level.node, strict=True)}
    found = enrolments(DAYS + OPEN)
    of_round = {
        name: dict(zip(part.resident, part.school.astype(object), strict=True))
        for name, part in found.groupby("round", observed=True)
    }
    trips = model.tables()["trips"].to_pandas()
    trips = trips[(trips.purpose == "school") & trips.resident.isin(found.resident)]
    moved = 0
    for trip in trips.itertuples():
        start, summer = (of_round[name].get(trip.resident) for name in ("start", "summer"))
        is_new = trip.depart_s >= 4 * DAY_S and trip.resident in of_round["summer"]
        assert trip.destination_node == node_of[str(summer if is_new else start)]
        moved += is_new and summer != start
    assert moved
    assert len(trips) > 100


def test_a_run_does_not_touch_the_preparation_that_others_share():
    prep = prepared(DAYS)
    assert prep.activities is not None
    before = prep.activities.occupations
    role, node = before.role.copy(), before.node.copy()
    children = prep.residents.age_band == 0
    assert set(role[children]) == {NEITHER}
    model = CityModel(preparation=prep, seed=3).run()
    assert (before.role == role).all()
    assert (before.node == node).all()
    days = model.engine.state.days
    assert days is not None
    assert (days.activities.occupations.role[children] == PUPIL).any()
    assert model.engine.state.residents.node is days.activities.occupations.node
    grown = ~children
    now = days.activities.occupations.node
    assert (now[grown, MAIN_SLOT] == node[grown, MAIN_SLOT]).all()
