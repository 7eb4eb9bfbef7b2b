"""What the lines of the event loop promise, whoever comes when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernels import stands
from tests.kernels.stands import UNIT_US, play, with_customers
from twin.kernels.columns import ABANDONED, SERVED, TURNED_FULL
from twin.parts.pieces import Pieces
from twin.parts.service_time import ServiceTime

if TYPE_CHECKING:
    from numpy.typing import NDArray

_arrivals = st.lists(
    st.tuples(st.integers(0, 12 * UNIT_US), st.integers(0, 2)), min_size=1, max_size=30
).map(sorted)
_few = settings(max_examples=50, deadline=None)
_DAY = {"fifo": ([0, 0, 0], False), "priority": ([0, 1, 2], False), "preempt": ([0, 1, 2], True)}


def _run(customers: Any, discipline: str, *, cuts: Any = (), **asked: Any) -> Any:
    ranks, pre_empts = _DAY[discipline]
    made = stands.settings(n_classes=3, ranks=ranks, pre_empts=pre_empts, **asked)
    return play(with_customers(made, customers), cuts=cuts)


def _number(begin: NDArray[Any], end: NDArray[Any], at: NDArray[Any]) -> NDArray[Any]:
    """How many of [begin, end) hold each time."""
    counts: NDArray[Any] = ((begin <= at[:, None]) & (at[:, None] < end)).sum(axis=1)
    return counts


def _instants(visits: Any) -> NDArray[Any]:
    times = np.concatenate([visits["arrive_us"], visits["start_us"], visits["end_us"]])
    return np.unique(times[times >= 0])


@_few
@given(_arrivals, st.integers(1, 3), st.sampled_from(["fifo", "priority"]))
def test_no_more_are_served_than_servers_and_nobody_waits_beside_a_free_one(
    customers: Any, servers: int, discipline: str
) -> None:
    visits = _run(customers, discipline, servers=servers)
    assert np.all(visits["outcome"] == SERVED)
    at = _instants(visits)
    busy = _number(visits["start_us"], visits["end_us"], at)
    waiting = _number(visits["arrive_us"], visits["start_us"], at)
    assert busy.max() <= servers
    assert np.all((waiting == 0) | (busy == servers))


@_few
@given(_arrivals, st.integers(1, 3))
def test_an_earlier_class_goes_first_and_within_a_class_who_came_first(
    customers: Any, servers: int
) -> None:
    visits = _run(customers, "priority", servers=servers)
    arrive, start, rank = visits["arrive_us"], visits["start_us"], visits["rank"]
    for i in range(len(customers)):
        for j in range(len(customers)):
            both_waited = arrive[j] < start[i] and start[j] > arrive[j]
            if rank[j] < rank[i] and both_waited and arrive[i] < start[i]:
                assert start[j] <= start[i]
            if rank[j] == rank[i] and j < i:
                assert start[j] <= start[i]


@_few
@given(_arrivals)
def test_the_order_of_service_neither_adds_nor_takes_away_work(customers: Any) -> None:
    spells = []
    for discipline in _DAY:
        visits = _run(customers, discipline, servers=1)
        at = _instants(visits)
        present = _number(visits["arrive_us"], visits["end_us"], at)
        # Somebody comes to, or everybody has left, an empty desk.
        is_busy = present > 0
        spells.append(at[np.diff(is_busy, prepend=False)].tolist())
    assert spells[0] == spells[1] == spells[2]


@_few
@given(_arrivals)
def test_the_first_class_never_notices_whom_it_interrupts(customers: Any) -> None:
    everybody = _run(customers, "preempt", servers=1)
    # Addresses go by row: the others come long after instead of not at all.
    alone = [(t, c) if c == 0 else (t + 10**12, c) for t, c in customers]
    without = _run(alone, "preempt", servers=1)
    first = everybody["rank"] == 0
    for name in ("start_us", "end_us"):
        np.testing.assert_array_equal(everybody[name][first], without[name][first])


@_few
@given(_arrivals, st.integers(1, 2), st.sampled_from(list(_DAY)))
def test_nobody_waits_longer_than_he_or_she_is_patient(
    customers: Any, servers: int, discipline: str
) -> None:
    limit = ServiceTime(distribution="deterministic", mean=0.8)
    visits = _run(customers, discipline, servers=servers, patience=limit)
    is_served = visits["outcome"] == SERVED
    waits = visits["start_us"] - visits["arrive_us"]
    assert np.all(waits[is_served] <= 0.8 * UNIT_US)
    gone = visits["outcome"] == ABANDONED
    assert np.all(is_served | gone)
    assert np.all((visits["end_us"] - visits["arrive_us"])[gone] == 0.8 * UNIT_US)
    assert np.all(visits["start_us"][gone] == -1)


@_few
@given(_arrivals, st.integers(1, 3))
def test_a_server_more_harms_nobody(customers: Any, servers: int) -> None:
    few = _run(customers, "fifo", servers=servers)
    more = _run(customers, "fifo", servers=servers + 1)
    assert np.all(more["start_us"] <= few["start_us"])
    assert np.all(more["end_us"] <= few["end_us"])


@_few
@given(_arrivals, st.integers(0, 3))
def test_no_more_wait_than_there_is_room(customers: Any, room: int) -> None:
    visits = _run(customers, "fifo", servers=1, room=room)
    is_in = visits["outcome"] == SERVED
    assert np.all(visits["outcome"][~is_in] == TURNED_FULL)
    at = _instants(visits)
    waiting = _number(visits["arrive_us"][is_in], visits["start_us"][is_in], at)
    assert waiting.max() <= room
    for now in visits["arrive_us"][~is_in]:
        # Whoever leaves at this instant has left; whoever comes later has not come.
        assert ((visits["arrive_us"][is_in] <= now) & (visits["end_us"][is_in] > now)).sum() >= (
            1 + room
        )


@_few
@given(_arrivals, st.sampled_from(list(_DAY)), st.lists(st.integers(0, 20 * UNIT_US), max_size=30))
def test_how_often_the_loop_is_asked_changes_nothing(
    customers: Any, discipline: str, cuts: Any
) -> None:
    asked: dict[str, Any] = {
        "servers": Pieces((0.0, 3.0, 6.0), (1.0, 3.0, 2.0)),
        "patience": ServiceTime(distribution="exponential", mean=2.0),
        "room": 8,
    }
    whole = _run(customers, discipline, **asked)
    cut = _run(customers, discipline, cuts=cuts, **asked)
    for name, column in whole.items():
        np.testing.assert_array_equal(column, cut[name], err_msg=name)


@_few
@given(_arrivals)
def test_want_of_room_for_rows_changes_nothing(customers: Any) -> None:
    there = [(time, 0) for time, _ in customers]
    asked = stands.settings(servers=1, routing=[[0.0, 1.0], [0.5, 0.0]])
    whole = play(with_customers(asked, there))
    n = len(there)
    narrow = stands.shorter(with_customers(asked, there), n + 1, n + 1)
    grown = play(narrow)
    assert whole["row"].size >= 2 * n
    for name, column in whole.items():
        np.testing.assert_array_equal(column, grown[name], err_msg=name)


@_few
@given(_arrivals, st.integers(1, 3))
def test_whoever_passes_on_is_at_the_next_station_at_once(customers: Any, servers: int) -> None:
    there = [(time, 0) for time, _ in customers]
    asked = stands.settings(
        servers=servers, routing=[[0.0, 0.7, 0.2], [0.0, 0.0, 1.0], [0.1, 0, 0]]
    )
    visits = play(with_customers(asked, there))
    later = visits["parent"] >= 0
    before = visits["parent"][later]
    np.testing.assert_array_equal(visits["arrive_us"][later], visits["end_us"][before])
    np.testing.assert_array_equal(visits["resident"][later], visits["resident"][before])
    assert np.unique(before).size == before.size
    for station in range(3):
        here = visits["station"] == station
        at = _instants(visits)
        busy = _number(visits["start_us"][here], visits["end_us"][here], at)
        assert busy.max(initial=0) <= servers
