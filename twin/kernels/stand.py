"""Stations without a city: the city's event loop, fed by streams of customers.

The driver of all of `twin.parts` that is more than one first-come-first-served station.
Everything from the arrival at a desk on is `twin.kernels.loop.run_until`, which knows
nothing of this module: customers are visits that begin at their door. What stands in
their addresses:

    word 0   number of the customer within the class
    word 1   class in the place of the day, replication in that of the slot

All replications run in one call. Whenever nobody is in the system the visits are counted
and their rows used again, so that a long run lives in the processor's cache.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.kernels.arrivals import FOREVER_US, Streams, draw_streams
from twin.kernels.choice import Hours
from twin.kernels.columns import (
    N_COUNTERS,
    N_EVENTS,
    N_OPEN_VISITS,
    N_PENDING,
    N_VISITS,
    Agenda,
    Candidates,
    Groups,
    Residents,
    Services,
    Stations,
    Visits,
)
from twin.kernels.following import ARRIVE, open_row, schedule
from twin.kernels.jit import kernel
from twin.kernels.loop import DONE, run_until
from twin.kernels.plans import Plans
from twin.kernels.queueing import NOBODY, Queues
from twin.kernels.random import philox4x32, uniform53
from twin.kernels.service_columns import Books, Choices, Follows, Shifts, Stages
from twin.kernels.stand_tally import Accounts, Results, tally_customers, tally_visits
from twin.streams import QUEUE_JOIN, pack_stream
from twin.units import DAY_US

_JOIN_WORD = np.uint64(pack_stream(QUEUE_JOIN))
_DAY = DAY_US
# Customers put on the agenda at once: a call of the loop hands over 150 arrays, which
# costs as much as an event.
_AT_ONCE = 32


class Stand(NamedTuple):
    """All that the event loop works on; see `twin.kernels.loop.run_until`.

    `residents` has a row for each customer of a replication, in order of arrival: `uid` is
    his or her number within the class and `group` the class.
    """

    counters: NDArray[np.int64]
    agenda: Agenda
    visits: Visits
    queues: Queues
    hours: Hours
    shifts: Shifts
    books: Books
    services: Services
    choices: Choices
    stages: Stages
    follows: Follows
    stations: Stations
    groups: Groups
    residents: Residents
    candidates: Candidates
    plans: Plans


class Feed(NamedTuple):
    """Who comes, and through which door.

    Attributes
    ----------
    streams : Streams
    service : (n_classes,) int32
        Service that a class asks for.
    door : (n_classes,) int32
        First of its doors; the others follow.
    n_doors : int
        Doors of a class.
    next_us, piece, n_drawn : (n_classes,) int64, updated
        Scratch of `twin.kernels.arrivals.draw_streams`.
    """

    streams: Streams
    service: NDArray[np.int32]
    door: NDArray[np.int32]
    n_doors: int
    next_us: NDArray[np.int64]
    piece: NDArray[np.int64]
    n_drawn: NDArray[np.int64]


@kernel(is_internal=True)
def _clear(stand: Stand) -> None:
    """Bring everything back to the start of a run: nobody there, servers not yet on duty."""
    for i in range(N_COUNTERS):
        stand.counters[i] = 0
    queues = stand.queues
    queues.n_busy[:] = 0
    queues.n_waiting[:] = 0
    queues.n_servers[:] = 0
    queues.first_waiting[:] = NOBODY
    queues.last_waiting[:] = NOBODY
    queues.first_served[:] = NOBODY
    shifts = stand.shifts
    for station in range(stand.stations.uid.size):
        shifts.current[station] = shifts.start[station] - 1
        if shifts.start[station + 1] == shifts.start[station]:
            queues.n_servers[stand.stations.desk[station]] += stand.stations.n_posts[station]


@kernel(is_internal=True)
def _door_of(customer: int, replication: int, stand: Stand, feed: Feed, k0: int, k1: int) -> int:
    """Return the station that a customer comes to, one at random of those for the class.

    Where the lines are seen, the loop lets the customer join the shortest.
    """
    of_class = np.int64(stand.residents.group[customer])
    door = np.int64(feed.door[of_class])
    if feed.n_doors == 1:
        return door
    r0, r1, _, _ = philox4x32(
        np.uint64(stand.residents.uid[customer]),
        np.uint64(of_class),
        _JOIN_WORD,
        np.uint64(replication),
        np.uint64(k0),
        np.uint64(k1),
    )
    u = uniform53(r0, r1)
    return door + min(np.int64(u * feed.n_doors), np.int64(feed.n_doors - 1))


@kernel(is_internal=True)
def _admit(customer: int, door: int, replication: int, now: int, stand: Stand, feed: Feed) -> None:
    """Put the arrival of a customer at a door on the agenda."""
    of_class = np.int64(stand.residents.group[customer])
    service = np.int64(feed.service[of_class])
    visits = stand.visits
    slot = np.int64(replication)
    need = of_class * _DAY
    visit = open_row(customer, service, slot, need, visits, stand.residents, stand.counters)
    visits.station[visit] = door
    visits.arrive_us[visit] = now
    visits.rank[visit] = stand.services.rank_of_group[service, of_class]
    schedule(stand.agenda, stand.counters, np.int64(ARRIVE), visit, now)


@kernel(is_internal=True)
def _run(until_us: int, stand: Stand, k0: int, k1: int) -> int:
    return run_until(
        until_us,
        k0,
        k1,
        stand.counters,
        stand.agenda,
        stand.visits,
        stand.queues,
        stand.hours,
        stand.shifts,
        stand.books,
        stand.services,
        stand.choices,
        stand.stages,
        stand.follows,
        stand.stations,
        stand.groups,
        stand.residents,
        stand.candidates,
        stand.plans,
    )


@kernel
def run_stand(
    results: Results,
    accounts: Accounts,
    stand: Stand,
    feed: Feed,
    from_us: int,
    until_us: int,
    first: int,
    first_replication: int,
    k0: int,
    k1: int,
) -> int:
    """Run replications and count what happened in each.

    Parameters
    ----------
    results : Results, updated
        One row a replication.
    accounts : Accounts, updated
        Customers: one row a replication, or one row in all.
    stand, feed : Stand, Feed, updated
    from_us, until_us : int
        The window; where the customers are fewer, it ends with the last arrival. Nobody
        arrives after it, but everybody stays to the end.
    first : int
        Row of `results` to begin with.
    first_replication : int
        Number of row 0's replication; a row's draws depend on no other row.
    k0, k1 : int
        Words of the key.

    Returns
    -------
    int
        The row that is not done for want of room for visits or agenda: run it again with
        longer columns; the number of rows if all are done.
    """
    for r in range(first, results.whole.shape[0]):
        row = min(r, accounts.arrival_us.shape[0] - 1)
        name = first_replication + r
        arrival_us = accounts.arrival_us[row]
        n = draw_streams(
            arrival_us,
            stand.residents.uid,
            stand.residents.group,
            feed.streams,
            feed.next_us,
            feed.piece,
            feed.n_drawn,
            until_us,
            name,
            k0,
            k1,
        )
        last_us = until_us
        if n == arrival_us.size:
            last_us = min(until_us, arrival_us[n - 1])
        _clear(stand)
        results.tallies[r] = 0.0
        results.n_in_bin[r] = 0
        results.n_longer[r] = 0
        customer = 0
        while customer < n:
            if _run(arrival_us[customer] + 1, stand, k0, k1) != DONE:
                return r
            if stand.counters[N_OPEN_VISITS] == 0:
                tally_visits(
                    results, accounts, r, row, stand.counters[N_VISITS], stand.visits,
                    stand.stations, stand.stages, from_us, last_us, k0, k1,
                )  # fmt: skip
                # What is left on the agenda is void.
                stand.counters[N_VISITS] = 0
                stand.counters[N_PENDING] = 0
            end = min(n, customer + _AT_ONCE)
            n_rows = stand.counters[N_VISITS] + _AT_ONCE
            if (
                n_rows > stand.visits.row.size
                or stand.counters[N_PENDING] + _AT_ONCE > stand.agenda.pending_us.size
            ):
                return r
            while customer < end:
                door = _door_of(customer, name, stand, feed, k0, k1)
                _admit(customer, door, name, arrival_us[customer], stand, feed)
                customer += 1
        if _run(FOREVER_US, stand, k0, k1) != DONE:
            return r
        tally_visits(
            results, accounts, r, row, stand.counters[N_VISITS], stand.visits,
            stand.stations, stand.stages, from_us, last_us, k0, k1,
        )  # fmt: skip
        tally_customers(results, accounts, r, row, n, stand.counters[N_EVENTS], from_us, last_us)
    return results.whole.shape[0]
