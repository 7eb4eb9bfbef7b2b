"""Stations without a city and a few customers of known arrival, run by the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from twin.engine.state import empty_visits
from twin.kernels import columns as kc
from twin.kernels.following import ARRIVE
from twin.kernels.loop import DONE, NEEDS_ROOM, run_until
from twin.kernels.queueing import push_event
from twin.parts.extent import Extent
from twin.parts.pieces import Pieces
from twin.parts.service_time import ServiceTime
from twin.parts.stand import with_room
from twin.parts.stand_columns import StageSettings, StandSettings, stand_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.kernels.stand import Stand

UNIT_US = 1_000_000
_FOREVER = 1 << 62
SERVICE = ServiceTime(distribution="exponential", mean=1.0)


def settings(
    *,
    servers: int | Pieces = 1,
    n_classes: int = 1,
    ranks: Sequence[int] | None = None,
    pre_empts: bool = False,
    room: int = -1,
    patience: ServiceTime | None = None,
    routing: Any = None,
) -> StandSettings:
    """One desk; or, with `routing`, one a station, through the first of which all come."""
    duty = servers if isinstance(servers, Pieces) else Pieces((0.0,), (float(servers),))
    n_desks = 1 if routing is None else len(routing)
    n_stages = n_classes if routing is None else n_desks
    n = n_classes if routing is None else n_desks
    return StandSettings(
        extent=Extent(1, True, 0, _FOREVER, UNIT_US, 1, 0, 7),  # noqa: FBT003 - a record
        rates=[Pieces((0.0,), (1.0,))] * n,
        ranks=[0] * n if ranks is None else list(ranks),
        stages=[StageSettings(SERVICE, patience)] * n_stages,
        servers=[duty] * n_desks,
        rooms=[room] * n_desks,
        pre_empts=pre_empts,
        sees_lines=False,
        routing=None if routing is None else np.array(routing, dtype=float),
        thresholds_us=np.empty(0, dtype=np.int64),
        at_us=np.empty(0, dtype=np.int64),
        has_bins=False,
        has_rows=False,
    )


def with_customers(asked: StandSettings, customers: Sequence[tuple[int, int]]) -> Stand:
    """Return a stand to which (arrival, class) customers are about to come, in this order."""
    n = len(customers)
    stand = with_room(stand_of(asked), 40 * n + 64)
    posts = stand.stations.n_posts
    for station, desk in enumerate(stand.stations.desk):
        if stand.shifts.start[station + 1] == stand.shifts.start[station]:
            stand.queues.n_servers[desk] += posts[station]
    stand = stand._replace(
        residents=stand.residents._replace(
            uid=np.arange(n, dtype=np.uint32),
            group=np.array([c for _, c in customers], dtype=np.uint16),
        )
    )
    visits = stand.visits
    for i, (arrival, of_class) in enumerate(customers):
        service = of_class if asked.routing is None else 0
        for name in ("depart_us", "start_us", "end_us", "left_us", "parent", "origin", "mode"):
            getattr(visits, name)[i] = kc.NOT_YET
        visits.resident[i] = visits.row[i] = i
        visits.service[i] = service
        visits.station[i] = of_class
        visits.slot[i] = visits.attempt[i] = visits.reason[i] = 0
        visits.need_us[i] = visits.ready_us[i] = 0
        visits.outcome[i] = kc.IN_SYSTEM
        visits.rank[i] = asked.ranks[of_class]
        visits.arrive_us[i] = arrival
        agenda = stand.agenda
        n_pending = int(stand.counters[kc.N_PENDING])
        stand.counters[kc.N_PENDING] = push_event(
            agenda.pending_us, agenda.pending_key, n_pending, arrival, ARRIVE | i
        )
    stand.counters[kc.N_VISITS] = stand.counters[kc.N_OPEN_VISITS] = n
    return stand


def play(stand: Stand, *, cuts: Sequence[int] = ()) -> dict[str, NDArray[Any]]:
    """Let everything happen, in as many calls as there are cuts; return the visits."""
    for until in [*sorted(cuts), _FOREVER]:
        while (state := run_until(until, 7, 0, *stand)) != DONE:
            assert state == NEEDS_ROOM
            stand = longer(stand)
    n = int(stand.counters[kc.N_VISITS])
    assert stand.counters[kc.N_OPEN_VISITS] == 0
    skipped = {"before", "behind"}
    return {
        name: column[:n].copy()
        for name, column in stand.visits._asdict().items()
        if name not in skipped
    }


def shorter(stand: Stand, n_rows: int, n_pending: int) -> Stand:
    """Return the same stand with no more room than this."""
    return _sized(stand, n_rows, n_pending)


def longer(stand: Stand) -> Stand:
    """Return the same stand with room for a few more of everything."""
    return _sized(stand, stand.visits.row.size + 5, stand.agenda.pending_us.size + 5)


def _sized(stand: Stand, n_rows: int, n_pending: int) -> Stand:
    visits = empty_visits(n_rows)
    before: Any = stand.visits
    after: Any = visits
    for old, new in zip(before, after, strict=True):
        kept = min(old.size, n_rows)
        new[:kept] = old[:kept]
    pending: dict[str, Any] = {}
    for name in ("pending_us", "pending_key"):
        column = np.empty(n_pending, dtype=np.int64)
        kept = min(n_pending, getattr(stand.agenda, name).size)
        column[:kept] = getattr(stand.agenda, name)[:kept]
        pending[name] = column
    return stand._replace(visits=visits, agenda=stand.agenda._replace(**pending))
