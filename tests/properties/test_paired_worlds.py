"""The same resident in both worlds: what an intervention does not touch stays the same."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.worlds import SMALL, changed, model_of, monaco, plain, small_baseline
from twin.engine.preparation import prepare
from twin.model.city_model import CityModel
from twin.units import DAY_S

ADD = """
[[interventions]]
id = "more"
kind = "add_servers"
facility = "practice_larvotto"
service = "primary_care"
servers = {servers}
from_day = {day}
"""
NOBODYS = """
[[interventions]]
id = "nobodys"
kind = "open_facility"
facility = "nobodys_practice"
service = "primary_care"
lon = 7.4246
lat = 43.7384
servers = 3
hours = "24/7"
eligibility = "none"
from_day = 0
"""
TIMES = ("need_s", "depart_s", "arrival_s", "start_s", "end_s")


@pytest.fixture(scope="module")
def base():
    return CityModel(preparation=small_baseline(), seed=1).run()


CHANGE = """
[[interventions]]
id = "change"
kind = "{kind}"
facility = "practice_larvotto"
from_day = 3.4
{more}
"""
SAME_HOURS = CHANGE.format(kind="change_hours", more='hours = "{hours}"')
EVERYBODY = CHANGE.format(kind="set_eligibility", more='eligible = "all"')
NOBODY_READS = """
[population.informed_share]
registered = {"0-14" = 0.0, "15-59" = 0.0, "60+" = 0.0}
migrant = {"0-14" = 0.0, "15-59" = 0.0, "60+" = 0.0}
"""
BOARDS = """
[[interventions]]
id = "boards"
kind = "publish_waiting_times"
service = "primary_care"
from_day = 1.3
"""


@pytest.mark.parametrize("null", [SAME_HOURS, EVERYBODY], ids=["hours", "eligibility"])
def test_a_null_intervention_changes_no_table_but_edits_and_ledger(base, tmp_path, null):
    hours = monaco().facility("practice_larvotto", "primary_care").hours
    other = model_of(changed(tmp_path, null.replace("{hours}", hours or "")))
    assert other.hash_chain == base.hash_chain
    for name, table in other.tables().items():
        if name not in ("edits", "ledger"):
            assert table.equals(base.tables()[name]), name
    assert other.tables()["edits"].num_rows == 1


def test_boards_that_nobody_reads_change_nothing_for_residents(tmp_path):
    plain_run = model_of(changed(tmp_path, NOBODY_READS))
    boards = model_of(changed(tmp_path, NOBODY_READS + BOARDS))
    for name in ("residents", "visits", "trips", "facility_hours"):
        assert boards.tables()[name].equals(plain_run.tables()[name]), name
    read = model_of(changed(tmp_path, BOARDS))
    assert plain(read.tables()["visits"]) != plain(model_of(changed(tmp_path)).tables()["visits"])


def test_a_facility_nobody_may_use_changes_nobodys_choice(base, tmp_path):
    other = model_of(changed(tmp_path, NOBODYS))
    assert len(other.preparation.stations) == len(base.preparation.stations) + 1
    assert plain(other.tables()["visits"]) == plain(base.tables()["visits"])
    assert plain(other.tables()["residents"]) == plain(base.tables()["residents"])
    assert plain(other.tables()["trips"]) == plain(base.tables()["trips"])


DATED = {
    "servers": ADD.format(servers=3, day=3.4),
    "hours": CHANGE.format(kind="change_hours", more='hours = "24/7"'),
    "close": CHANGE.format(kind="close_facility", more=""),
    "eligibility": CHANGE.format(
        kind="set_eligibility", more='eligible = "registration=registered"'
    ),
    "publish": BOARDS.replace("1.3", "3.4"),
    "open": NOBODYS.replace('"none"', '"all"').replace("from_day = 0", "from_day = 3.4"),
    "street": """
[[shocks]]
id = "works"
kind = "close_street"
street = "Boulevard des Moulins"
from_day = 3.4
to_day = 4.4
""",
}


@pytest.mark.parametrize("text", DATED.values(), ids=DATED.keys())
def test_rows_before_an_edit_are_the_baselines(base, tmp_path, text):
    other = model_of(changed(tmp_path, text))
    assert other.edit_log
    date = 3.4 * DAY_S
    ours, theirs = (m.tables()["visits"].to_pandas() for m in (other, base))
    before = [
        v[np.all([v[t].isna() | (v[t] < date) for t in TIMES], axis=0) & (v.need_s < date)]
        for v in (ours, theirs)
    ]
    # A visit that is planned beyond the date has a later time in one world or in both.
    common = set(before[0].need_id) & set(before[1].need_id)
    assert len(common) > 50
    left, right = (
        v[v.need_id.isin(common)].drop(columns="visit_id").reset_index(drop=True).astype(str)
        for v in before
    )
    assert left.equals(right)
    finished = theirs[(theirs.end_s < date)]
    assert set(finished.need_id) <= common
    assert other.hash_chain[:4] == base.hash_chain[:4] or len(other.preparation.stations) != len(
        base.preparation.stations
    )


def test_each_shipped_kind_of_intervention_changes_something(base, tmp_path):
    other = model_of(changed(tmp_path, ADD.format(servers=3, day=2)))
    assert other.hash_chain[:3] == base.hash_chain[:3]
    assert other.hash_chain[3:] != base.hash_chain[3:]


def test_raising_one_groups_need_rate_removes_nobodys_need(base, tmp_path):
    text = (
        '[[services]]\nid = "primary_care"\n'
        "[services.need_multiplier.registration]\nmigrant = 1.6\n"
    )
    other = model_of(changed(tmp_path, text))
    ours, theirs = (plain(m.tables()["visits"]) for m in (other, base))
    assert set(theirs["need_id"]) < set(ours["need_id"])
    new = set(ours["need_id"]) - set(theirs["need_id"])
    people = other.preparation.residents
    migrants = {int(uid) for uid in people.resident[people.registration == 1]}
    assert {int(str(need)) >> 32 for need in new} <= migrants


def test_residents_are_the_same_in_every_run_seed_and_scenario(tmp_path):
    first = prepare(monaco(), changed(tmp_path, overrides=(*SMALL, "run.seeds=7")))
    again = prepare(monaco(), changed(tmp_path, ADD.format(servers=1, day=1)))
    for name in ("home_node", "group", "household"):
        np.testing.assert_array_equal(first.residents.column(name), again.residents.column(name))
