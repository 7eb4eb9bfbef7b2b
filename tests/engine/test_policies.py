"""Policies at work: told on time, asked on time, in one order, stored and continued."""

from __future__ import annotations

import json
from typing import Any, Literal

import numpy as np
import pytest

from tests.fixtures.small_town import CARE, PHARMACY, town
from tests.fixtures.two_blocks import WEST_CLINIC
from twin.engine.loop import Engine
from twin.engine.policies import Office, Policies
from twin.engine.reports import report_of
from twin.model.city_model import CityModel
from twin.scenario.policies import BasePolicy, Decisions, Information, Open, registry
from twin.units import DAY_US, US_PER_S

BUSY = 2800
"""Residents who keep the two clinics of the town at nine tenths of their capacity."""
HEALTH = '[[departments]]\nid = "health"\n[[departments]]\nid = "aid"\n'
CARE_OF_HEALTH = CARE.replace('id = "primary_care"', 'id = "primary_care"\ndepartment = "health"')


def balance(*lines: str, name: str = "a") -> str:
    """Return a `[[policies]]` table over primary care."""
    given = {"id": f'"{name}"', "kind": '"balance_staff"', "from_day": "0"}
    given |= dict(line.split(" = ", 1) for line in lines)
    if "department" not in given:
        given["service"] = '"primary_care"'
    return "\n[[policies]]\n" + "\n".join(f"{key} = {value}" for key, value in given.items()) + "\n"


def engine(*policies: str, text: str = CARE) -> Engine:
    return Engine(town(text + "".join(policies), residents=BUSY), 1)


def office(*lines: str) -> Office:
    return engine(balance(*lines)).policies.offices[0]


def times(one: Office) -> list[float]:
    """Return all times of decision in hours."""
    found, now = [], -1
    while (now := one.next_decision_us(now)) < 5 * DAY_US:
        found.append(now / US_PER_S / 3600)
    return found


def test_decisions_are_counted_from_midnight() -> None:
    assert times(office("period_s = 36000")) == [
        24.0 * day + hour for day in range(5) for hour in (0, 10, 20)
    ]
    assert times(office("period_s = 21600", "from_day = 1.3", "to_day = 2.5")) == [36, 42, 48, 54]
    assert times(office("from_day = 7")) == []


class Note(BasePolicy):
    """Write down what it was told."""

    kind: Literal["note"]

    def decide(self, information: Information, clock_s: float) -> Decisions:
        NOTED.append((self.id, clock_s, information))
        n = information.memory.get("n", 0)
        return Decisions(memory={"n": n + 1})


class Gamble(BasePolicy):
    """Open a counter by chance."""

    kind: Literal["gamble"]

    def decide(self, information: Information, clock_s: float) -> Decisions:
        del clock_s
        wins = information.rng.random() < 0.5
        return Decisions((Open(information.roster.names[0], 1 if wins else -1),))


NOTED: list[tuple[str, float, Information]] = []


@pytest.fixture(autouse=True)
def other_kinds(monkeypatch: pytest.MonkeyPatch) -> Any:
    NOTED.clear()
    monkeypatch.setattr(registry, "OWN", (*registry.OWN, Note, Gamble))
    registry.policy_kinds.cache_clear()
    yield
    monkeypatch.undo()
    registry.policy_kinds.cache_clear()


@pytest.mark.parametrize("delay_s", [0, 700, 9000])
def test_it_is_told_how_things_were_and_not_how_they_are(delay_s: int) -> None:
    run = engine(balance('kind = "note"', f"delay_s = {delay_s}", "period_s = 3600"))
    rows = np.arange(2)
    truth: dict[float, Any] = {}
    for hour in range(36):
        for before in (delay_s, 0):
            time_us = hour * 3600 * US_PER_S - before * US_PER_S
            if time_us > run.state.clock_us:
                run.advance(time_us)
                roster = run.policies.offices[0].roster
                truth[time_us / US_PER_S] = report_of(run.state, rows, roster.mean_service_s)
    assert [clock for _, clock, _ in NOTED] == [
        3600.0 * k
        for k in range(36)
        if 3600 * k >= delay_s and 3600 * k <= run.state.clock_us / 1e6
    ]
    assert max(info.report.n_waiting.max() for _, _, info in NOTED) > 0
    for _, clock, info in NOTED:
        assert info.report.as_of_s == clock - delay_s
        assert info.next_s == clock + 3600
        known = truth.get(info.report.as_of_s)
        for name in ("is_open", "n_waiting", "n_busy", "n_servers", "n_posts", "wait_s"):
            column = getattr(info.report, name)
            assert not column.flags.writeable
            if known is not None:
                np.testing.assert_array_equal(column, getattr(known, name))
    assert NOTED[-1][2].memory == {"n": len(NOTED) - 1}


def test_departments_decide_in_their_order() -> None:
    tables = [
        balance('kind = "note"', "period_s = 86400", 'department = "health"', name="a"),
        balance('kind = "note"', "period_s = 86400", 'department = "aid"', name="z"),
        balance('kind = "note"', "period_s = 86400", name="b"),
    ]
    texts = ["".join(tables), "".join(reversed(tables))]
    for text in texts:
        NOTED.clear()
        engine(HEALTH, text, text=CARE_OF_HEALTH).advance(1)
        assert [name for name, _, _ in NOTED] == ["z", "a", "b"]
    assert len(NOTED[0][2].roster) == 0
    assert NOTED[1][2].roster.departments == ("health", "health")


def test_own_draws_depend_on_seed_policy_and_time_alone() -> None:
    alone = CityModel(preparation=town(CARE + balance('kind = "gamble"')), seed=1).run()
    both = balance('kind = "gamble"') + balance(
        'kind = "note"',
        name="b",
    )
    other = CityModel(preparation=town(CARE + both), seed=1).run()
    assert other.hash_chain == alone.hash_chain
    assert len(alone.edit_log) > 50
    seed = CityModel(preparation=town(CARE + both), seed=2).run()
    assert [a.edit.time_s for a in seed.edit_log] != [a.edit.time_s for a in alone.edit_log]


def test_a_stored_run_goes_on_as_if_it_had_not_stopped() -> None:
    policies = balance("delay_s = 5000", "move_delay_s = 4000", "smallest_gain_s = 60") + (
        '\n[[policies]]\nid = "c"\nkind = "open_counters"\nservice = "primary_care"\nfrom_day = 0\n'
        "open_above = 3\nclose_below = 1\nhours_per_day = 9\ncost_per_counter_hour = 10\n"
    )
    through, stopped = engine(policies), engine(policies)
    through.advance(5 * DAY_US)
    for hour in range(9, 120, 13):
        stopped.advance(hour * 3600 * US_PER_S + 1000 * US_PER_S)
        kept = json.loads(json.dumps(stopped.policies.state()))
        stopped.policies = Policies(stopped.state)
        stopped.policies.restore(kept)
    stopped.advance(5 * DAY_US)
    assert stopped.chain == through.chain
    assert stopped.state.applied == through.state.applied
    assert stopped.state.charges == through.state.charges
    assert {a.edit.cause for a in through.state.applied} == {"a", "c"}


def test_on_its_last_day_all_is_taken_back() -> None:
    run = engine(balance("to_day = 1.45", "returns = false", "smallest_gain_s = 60"))
    end_us = round(1.45 * DAY_US)
    run.advance(end_us - 1)
    posts, (one,) = run.state.stations.n_posts, run.policies.offices
    assert one.n_own.any()
    run.advance(end_us)
    assert not one.n_own.any()
    assert posts.sum() == 4 - len(run.policies.staffing.arrivals) < 4
    run.advance(5 * DAY_US)
    assert posts.tolist() == [2, 2]
    assert run.state.applied[-1].edit.time_us == end_us + 900 * US_PER_S


def test_a_department_lends_staff_between_its_services() -> None:
    drugs = PHARMACY.replace('id = "pharmacy"', 'id = "pharmacy"\ndepartment = "health"')
    lends = balance('department = "health"', "smallest_gain_s = 60", "move_delay_s = 0")
    run = engine(HEALTH, lends, text=CARE_OF_HEALTH + drugs)
    run.advance(5 * DAY_US)
    (one,) = run.policies.offices
    assert set(one.roster.services) == {"pharmacy", "primary_care"}
    counter = next(name for name in one.roster.names if "pharmacy" in name)
    assert counter in {done.edit.uid for done in run.state.applied}
    assert sum(int(done.edit.value) for done in run.state.applied) == 0


def test_a_counter_that_several_share_is_told_where_it_is() -> None:
    merged = (
        '[[interventions]]\nid = "m"\nkind = "merge_counters"\nfrom_day = 0.4\n'
        f'facility = "{WEST_CLINIC}"\n'
    )
    run = engine(merged, text=CARE + PHARMACY)
    rows = np.arange(len(run.prep.stations))
    before = report_of(run.state, rows, np.full(rows.size, 60.0))
    run.advance(int(0.45 * DAY_US))
    after = report_of(run.state, rows, np.full(rows.size, 60.0))
    is_guest = run.state.stations.desk != rows
    assert is_guest.sum() == 1
    assert before.n_servers.sum() == after.n_servers.sum()
    assert (after.n_servers[is_guest] == 0).all()
    assert np.isnan(after.wait_s[is_guest]).all()


STAGES = """
[[services.stages]]
id = "desk"
servers = 1
service_time = {distribution = "exponential", mean_s = 30}
[[services.stages]]
id = "doctor"
service_time = {distribution = "exponential", mean_s = 300}
"""


ONE_STOP = """
[[interventions]]
id = "o"
kind = "one_stop_service"
service = "primary_care"
from_day = 0.1
"""


@pytest.mark.parametrize("more", ["", ONE_STOP])
def test_of_several_stages_it_knows_the_one_of_the_facilitys_own_servers(more: str) -> None:
    head, time, rest = CARE.partition(
        'service_time = {distribution = "exponential", mean_s = 300}\n'
    )
    assert time
    run = engine(
        balance("smallest_gain_s = 60", "move_delay_s = 60"),
        more,
        text=head + rest + STAGES,
    )
    run.advance(4 * DAY_US + 61 * US_PER_S)
    (one,) = run.policies.offices
    assert [run.prep.stations[row].stage for row in one.rows] == [1, 1]
    assert all(name.count("/") == 3 for name in one.roster.names)
    assert one.roster.mean_service_s.tolist() == [300.0, 300.0]
    moves = [done for done in run.state.applied if done.edit.cause == "a"]
    assert moves
    assert run.state.stations.n_posts[one.rows].tolist() == [2, 2]
    assert run.state.stations.n_posts.sum() == 6
