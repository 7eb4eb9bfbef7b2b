"""What `open_counters` decides on what it knows."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.told import information
from twin.scenario.policies import Charge, Open, OpenCounters, Recall
from twin.units import DAY_S, HOUR_S

NOON = 43_200.0


def policy(**values: Any) -> OpenCounters:
    given_values = {
        "id": "a",
        "kind": "open_counters",
        "from_day": 0.0,
        "service": "x",
        "open_above": 5,
        "close_below": 2,
        "hours_per_day": 100.0,
    }
    return OpenCounters.model_validate(given_values | values)


def noon(*args: Any, **values: Any) -> Any:
    return information(*args, next_s=NOON + HOUR_S / 2, **values)


def test_it_opens_above_one_threshold_and_closes_below_the_other() -> None:
    told = noon([6, 5, 2, 1], [1, 1, 1, 1], own=[0, 0, 1, 1])
    decided = policy(opening_delay_s=60.0).decide(told, NOON)
    assert decided.changes == (Open("a/x", 1, 60.0), Open("d/x", -1, 60.0))


def test_no_more_than_the_reserve_and_nobody_is_called_twice() -> None:
    assert policy().decide(noon([9], [1], own=[1]), NOON).changes == ()
    two = policy(counters_max=2)
    assert two.decide(noon([9], [1], own=[1]), NOON).changes == (Open("a/x", 1),)
    assert two.decide(noon([9], [1], own=[1], coming=[1]), NOON).changes == ()


def test_shut_places_open_none_and_close_theirs() -> None:
    told = noon([9, 9], [1, 1], own=[0, 1], is_open=[False, False])
    assert policy().decide(told, NOON).changes == (Open("b/x", -1),)


def test_hours_go_to_the_longest_queues() -> None:
    told = noon([8, 9, 7], [1, 1, 1])
    decided = policy(hours_per_day=0.99).decide(told, NOON)
    assert decided.changes == (Open("b/x", 1),)
    assert decided.memory == {"used_s": 1800.0}
    told = noon([9, 8, 9], [1, 1, 1], own=[0, 1, 0], memory={"used_s": 1800.0})
    assert policy(hours_per_day=0.99).decide(told, NOON).changes == (Open("b/x", -1),)


def test_hours_cost_and_begin_anew_at_midnight() -> None:
    told = information([9, 9], [1, 1], own=[1, 0], next_s=DAY_S + HOUR_S, memory={"used_s": 3.6e5})
    decided = policy(cost_per_counter_hour=7.0).decide(told, DAY_S)
    assert decided.changes == (Recall(), Open("a/x", 1), Open("b/x", 1))
    assert decided.charges == (Charge("counters", 14.0),)
    assert decided.memory == {"used_s": 2.0 * HOUR_S}


@given(
    queues=st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), max_size=24),
    hours=st.floats(0, 30),
    counters_max=st.integers(1, 3),
)
def test_a_day_never_takes_more_than_its_hours(
    queues: list[list[int]], hours: float, counters_max: int
) -> None:
    rule = policy(hours_per_day=hours, counters_max=counters_max)
    own, used_h = [0, 0, 0], 0.0
    memory: dict[str, Any] = {}
    for hour, waiting in enumerate(queues):
        clock_s = float(hour * HOUR_S)
        told = information(waiting, [1, 1, 1], own=own, next_s=clock_s + HOUR_S, memory=memory)
        decided = rule.decide(told, clock_s)
        for change in decided.changes:
            if isinstance(change, Open):
                own["abc".index(change.station[0])] += change.counters
        memory = dict(decided.memory)
        assert all(0 <= n <= counters_max for n in own)
        used_h += sum(own)
    assert used_h <= hours
    assert memory.get("used_s", 0.0) == used_h * HOUR_S
