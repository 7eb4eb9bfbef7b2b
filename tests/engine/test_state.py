"""Edits change exactly their cell, are logged with the old value, and can be undone."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from tests.fixtures.worlds import changed, model_of, monaco, small_baseline
from twin.city.edits import Edit
from twin.engine.loop import Engine
from twin.engine.state import State, own_copy
from twin.errors import InputError
from twin.kernels import columns as kc
from twin.model.city_model import CityModel
from twin.units import US_PER_S

STATION = "practice_larvotto/primary_care"
OFF: Final = False
CELLS = [
    Edit(0.0, "facilities", STATION, "servers", "add", 2),
    Edit(0.0, "facilities", STATION, "servers", "set", 7),
    Edit(0.0, "facilities", STATION, "is_active", "set", OFF),
    Edit(0.0, "facilities", STATION, "hours", "set", "24/7"),
    Edit(0.0, "facilities", STATION, "eligibility", "set", "registration=migrant"),
    Edit(0.0, "facilities", STATION, "waiting_room", "set", 4),
    Edit(0.0, "facilities", STATION, "fee", "set", 12.5),
    Edit(0.0, "services", "primary_care", "expected_wait_s", "set", 60),
    Edit(0.0, "services", "primary_care", "known_percent", "add", 15),
    Edit(0.0, "streets", "way/1", "closures", "add", 1),
    Edit(0.0, "slowdowns", "way/1@snow", "any_mode", "set", 2.5, "snow"),
    Edit(0.0, "slowdowns", "way/1@snow", "car", "set", 1.5, "snow"),
]


def fresh():
    prep = small_baseline()
    return State(prep, 1, own_copy(prep.residents))


def snapshot(state):
    """Return the columns that edits may touch."""
    return {
        "n_servers": state.queues.n_servers.copy(),
        "waiting_room": state.queues.waiting_room.copy(),
        "is_active": state.stations.is_active.copy(),
        "is_eligible": state.stations.is_eligible.copy(),
        "is_open": state.stations.is_open.copy(),
        "opens": state.hours.opens.copy(),
        "closes": state.hours.closes.copy(),
        "n_offering": state.services.n_offering.copy(),
        "n_admitting": state.services.n_admitting.copy(),
        "expected_wait_s": state.choices.expected_wait_s.copy(),
        "attraction": state.choices.attraction.copy(),
        "fee": state.choices.fee.copy(),
        "known_added": state.choices.known_added.copy(),
        "calendar_us": state.agenda.calendar_us.copy(),
        "closures": np.array([c for c in state.closures.values() if c]),
        "slowdowns": np.array(sorted(map(str, state.slowdowns.values()))),
    }


def differences(left, right):
    return {k for k in left if not np.array_equal(left[k], right[k])}


@pytest.mark.parametrize("edit", CELLS, ids=lambda e: f"{e.column}-{e.op}")
def test_an_edit_changes_something_and_its_undoing_restores_everything(edit):
    state = fresh()
    before = snapshot(state)
    state.apply([edit])
    assert differences(before, snapshot(state))
    (applied,) = state.applied
    assert applied.old != applied.new
    state.apply([applied.undone(0.0)])
    # A review of the touched queue stands on the calendar; nothing else is left over.
    assert differences(before, snapshot(state)) <= {"calendar_us"}


def test_two_additions_add_up():
    state = fresh()
    state.apply([CELLS[0], CELLS[0]])
    row = state.station_row(STATION)
    assert state.queues.n_servers[row] == small_baseline().stations[row].servers + 4


def test_servers_never_fall_below_zero():
    state = fresh()
    state.apply([Edit(0.0, "facilities", STATION, "servers", "add", -99)])
    assert state.queues.n_servers.min() == 0


def test_an_unknown_facility_is_named_with_a_hint():
    with pytest.raises(InputError, match="did you mean `practice_larvotto/primary_care`"):
        fresh().apply(
            [Edit(0.0, "facilities", "practice_larvoto/primary_care", "servers", "add", 1)]
        )


def test_servers_that_arrive_start_waiting_people_at_that_moment(tmp_path):
    text = """
[[interventions]]
id = "rescue"
kind = "add_servers"
facility = "practice_larvotto"
service = "primary_care"
servers = 500
from_day = 5.45
"""
    crowd = ("population.residents=39050", "run.days=7", "run.warmup_days=1", "run.cooldown_days=1")
    visits = model_of(changed(tmp_path, text, overrides=crowd)).tables()["visits"].to_pandas()
    moment = 5.45 * 86_400
    ours = visits[visits.facility == "practice_larvotto"]
    waiting = ours[(ours.arrival_s < moment) & (ours.start_s >= moment)]
    assert len(waiting) > 3
    assert set(waiting.start_s) == {moment}


CLOSING = """
[[services]]
id = "primary_care"
at_closing = "{rule}"
"""


@pytest.mark.parametrize("rule", ["drain", "turn_away"])
def test_at_closing(tmp_path, rule):
    crowd = ("population.residents=39050", "run.days=3", "run.warmup_days=1", "run.cooldown_days=1")
    model = model_of(changed(tmp_path, CLOSING.format(rule=rule), overrides=crowd))
    visits = model.tables()["visits"].to_pandas()
    sent_home = visits[visits.reason == "turned_away_at_closing"]
    assert (len(sent_home) > 0) == (rule == "turn_away")
    assert (sent_home.outcome == "closed").all()
    assert sent_home.end_s.notna().all()
    assert sent_home.start_s.isna().all()
    uid = "practice_larvotto"
    hours = monaco().facility(uid, "primary_care").hours or ""
    opens, closes = model.preparation.intervals(hours).T
    starts = visits[(visits.facility == uid)].start_s.dropna().to_numpy() * US_PER_S
    inside = [np.any((opens <= s + 1) & (s < closes + 1)) for s in starts]
    assert all(inside) == (rule == "turn_away")


def test_a_full_waiting_room_turns_people_away(tmp_path):
    text = '[[services]]\nid = "primary_care"\nwaiting_room = 1\n'
    crowd = ("population.residents=39050", "run.days=3", "run.warmup_days=1", "run.cooldown_days=1")
    model = model_of(changed(tmp_path, text, overrides=crowd))
    visits = model.tables()["visits"].to_pandas()
    blocked = visits[visits.outcome == "blocked"]
    assert len(blocked) > 20
    assert (blocked.reason == "waiting_room_full").all()
    hours = model.tables()["facility_hours"].to_pandas()
    assert hours.queue_mean.max() <= 1.0
    assert hours.lost.sum() == len(blocked)


def test_barred_everywhere_is_ineligible_and_never_served(tmp_path):
    rows = "".join(
        f'[[interventions]]\nid = "bar{i}"\nkind = "set_eligibility"\nfacility = "{p.uid}"\n'
        f'service = "primary_care"\neligible = "registration=registered"\nfrom_day = 2\n'
        for i, p in enumerate(monaco().facilities_of("primary_care"))
    )
    model = model_of(changed(tmp_path, rows))
    visits = model.tables()["visits"].to_pandas()
    people = model.preparation.residents
    is_migrant = (people.registration == 1)[visits.resident.to_numpy()]
    after = visits.need_s >= 2 * 86_400
    assert (visits[after & is_migrant].outcome == "ineligible").all()
    assert (visits[after & is_migrant].reason == "admitted_nowhere").all()
    assert (visits[after & ~is_migrant].outcome != "ineligible").all()
    # Who had planned a visit before the date is refused at the door.
    refused = visits[visits.reason == "refused_on_arrival"]
    assert (refused.need_s < 2 * 86_400).all()
    assert not visits[is_migrant & (visits.arrival_s >= 2 * 86_400)].start_s.notna().any()


def test_no_facility_at_all_is_a_state(tmp_path):
    rows = "".join(
        f'[[facilities]]\nop = "remove"\nuid = "{p.uid}"\nservice = "primary_care"\n'
        for p in monaco().facilities_of("primary_care")
    )
    model = model_of(changed(tmp_path, rows))
    visits = model.tables()["visits"].to_pandas()
    assert len(visits) > 100
    assert (visits.outcome == "closed").all()
    assert (visits.reason == "no_facility_in_operation").all()


def test_growing_columns_keep_what_they_hold():
    engine = Engine(small_baseline(), 1)
    engine.advance(engine.end_us)
    state = engine.state
    assert state.visits.row.size >= state.n_visits > 1_000 / 8
    assert state.counters[kc.N_OPEN_VISITS] == np.sum(
        state.visits.outcome[: state.n_visits] == kc.IN_SYSTEM
    )


def test_published_waits_are_those_of_the_delay_before(tmp_path):
    """With a delay of two hours the board at 11:00 shows what was measured at 09:00."""
    text = """
[[interventions]]
id = "boards"
kind = "publish_waiting_times"
service = "primary_care"
period_s = 600
delay_s = 7200
from_day = 0
"""
    crowd = ("population.residents=39050", "run.days=3", "run.warmup_days=1", "run.cooldown_days=1")
    late = CityModel(monaco(), changed(tmp_path, text, overrides=crowd), 1)
    now = CityModel(
        monaco(), changed(tmp_path, text.replace("7200", "0"), overrides=crowd, name="now"), 1
    )
    late.run(1 / 24)
    assert (late.engine.state.stations.published_s == -1).all()
    late.run(10.001 / 24)
    now.run(9.001 / 24)
    # Nobody can have known anything before, so both worlds are still one.
    shown = late.engine.state.stations.published_s
    np.testing.assert_array_equal(shown, now.engine.state.stations.published_s)
    assert (shown >= 0).any()
