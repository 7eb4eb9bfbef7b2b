"""The event loop's columns for stations without a city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.engine.choice_columns import plain_choices
from twin.engine.state import NO_PLANS, empty_agenda, empty_visits
from twin.kernels import columns as kc
from twin.kernels import service_columns as ks
from twin.kernels import stand as kernel
from twin.kernels.choice import NEAREST, SHORTEST, Hours
from twin.kernels.queueing import NOBODY, Queues
from twin.kernels.stages import FOREVER
from twin.parts.pieces import streams_of
from twin.parts.service_time import DISTRIBUTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.parts.customer_class import Balking
    from twin.parts.extent import Extent
    from twin.parts.pieces import Pieces
    from twin.parts.service_time import ServiceTime


@dataclass(frozen=True)
class StageSettings:
    """What a stage takes, and what those who wait for it put up with."""

    service: ServiceTime
    patience: ServiceTime | None = None
    balking: Balking | None = None


@dataclass(frozen=True)
class StandSettings:
    """Stations and their customers, checked; times in the caller's unit.

    Attributes
    ----------
    extent
        Length, replications, unit of time.
    rates
        Rates of arrival, one entry a class.
    ranks
        Class of priority, one entry a class.
    stages
        One a class; or, with `routing`, one a station.
    servers, rooms
        One entry a desk; -1 for a waiting room without limit.
    pre_empts
        Whether a customer of an earlier class takes the server of one of a later.
    sees_lines
        Whether customers join the shortest line, or one at random.
    routing
        P(station k after station i); then class i enters at station i. None: one stage.
    thresholds_us, at_us
        Waits and times to count.
    has_bins, has_rows
        Whether quantiles of waits and single customers are asked for.
    """

    extent: Extent
    rates: Sequence[Pieces]
    ranks: Sequence[int]
    stages: Sequence[StageSettings]
    servers: Sequence[Pieces]
    rooms: Sequence[int]
    pre_empts: bool
    sees_lines: bool
    routing: NDArray[np.float64] | None
    thresholds_us: NDArray[np.int64]
    at_us: NDArray[np.int64]
    has_bins: bool
    has_rows: bool

    @property
    def n_classes(self) -> int:
        """Classes of customers."""
        return len(self.rates)


def feed_of(settings: StandSettings) -> kernel.Feed:
    """Return who comes, and through which door."""
    n = settings.n_classes
    is_network = settings.routing is not None
    n_doors = 1 if is_network else len(settings.servers)
    return kernel.Feed(
        streams=streams_of(settings.rates, settings.extent.us_per_unit),
        service=np.zeros(n, dtype=np.int32) if is_network else np.arange(n, dtype=np.int32),
        door=np.arange(n, dtype=np.int32) * np.int32(n_doors),
        n_doors=n_doors,
        next_us=np.zeros(n, dtype=np.int64),
        piece=np.zeros(n, dtype=np.int64),
        n_drawn=np.zeros(n, dtype=np.int64),
    )


def station_stage(settings: StandSettings) -> NDArray[np.int32]:
    """Return the stage of each station: one a station, or all desks for each class in turn."""
    n = len(settings.stages)
    n_each = 1 if settings.routing is not None else len(settings.servers)
    return np.repeat(np.arange(n, dtype=np.int32), n_each)


def stand_of(settings: StandSettings) -> kernel.Stand:
    """Return empty stations, as nothing has happened yet."""
    n = settings.n_classes
    times, shifts = _shifts(settings)
    no_time = np.zeros(0, dtype=np.int64)
    agenda = empty_agenda()._replace(
        calendar_us=times[0].astype(np.int64),
        calendar_kind=np.full(times.shape[1], kc.SHIFT, dtype=np.int32),
        calendar_row=times[1].astype(np.int32),
    )
    n_stations = station_stage(settings).size
    return kernel.Stand(
        counters=np.zeros(kc.N_COUNTERS, dtype=np.int64),
        agenda=agenda,
        visits=empty_visits(0),
        queues=_queues(settings),
        hours=Hours(np.zeros(n_stations + 1, dtype=np.int64), no_time, no_time, no_time),
        shifts=shifts,
        books=_no_books(n, n_stations),
        services=_services(settings),
        choices=_choices(settings, n, n_stations),
        stages=_stages(settings),
        follows=_no_follows(n),
        stations=_stations(settings),
        groups=kc.Groups(np.zeros(n, dtype=np.uint8), np.zeros(n, dtype=np.int8), 0),
        residents=kc.Residents(
            uid=np.zeros(settings.extent.capacity, dtype=np.uint32),
            group=np.zeros(settings.extent.capacity, dtype=np.uint16),
            node=np.zeros((0, 1), dtype=np.int32),
            origin_of_node=np.zeros(0, dtype=np.int32),
        ),
        candidates=kc.Candidates(
            start=no_time,
            station=np.zeros(0, dtype=np.int32),
            time_ms=np.zeros((0, 1), dtype=np.int32),
            limit_ms=no_time,
            fixed_ms=no_time,
            n_origins=0,
        ),
        plans=NO_PLANS,
    )


def _shifts(settings: StandSettings) -> tuple[NDArray[np.float64], ks.Shifts]:
    """Return (time, station) of each change of servers, and the shifts of all stations.

    Only the stations of the first class have servers; the others share their desks.
    """
    scale = settings.extent.us_per_unit
    n_changes = np.zeros(station_stage(settings).size, dtype=np.int64)
    times, rows, shares = [], [], []
    for desk, one in enumerate(settings.servers):
        if len(one.starts) > 1:
            n_changes[desk] = len(one.starts)
            times += [round(start * scale) for start in one.starts]
            rows += [desk] * len(one.starts)
            shares += [value / max(one.values) for value in one.values]
    order = np.lexsort((rows, times)) if rows else np.zeros(0, dtype=np.int64)
    start = np.concatenate([[0], np.cumsum(n_changes)]).astype(np.int64)
    calendar = np.array([times, rows], dtype=np.float64).reshape(2, len(rows))[:, order]
    return calendar, ks.Shifts(
        start=start,
        from_us=np.array(times, dtype=np.int64),
        share=np.array(shares, dtype=np.float64),
        current=start[:-1] - 1,
    )


def _queues(settings: StandSettings) -> Queues:
    n = len(settings.servers)
    n_ranks = max(settings.ranks) + 1
    return Queues(
        n_servers=np.zeros(n, dtype=np.int32),
        n_busy=np.zeros(n, dtype=np.int32),
        n_waiting=np.zeros(n, dtype=np.int32),
        first_waiting=np.full((n, n_ranks), NOBODY, dtype=np.int64),
        last_waiting=np.full((n, n_ranks), NOBODY, dtype=np.int64),
        waiting_room=np.array(settings.rooms, dtype=np.int64),
        pre_empts=np.full(n, settings.pre_empts, dtype=np.bool_),
        first_served=np.full(n, NOBODY, dtype=np.int64),
    )


def _services(settings: StandSettings) -> kc.Services:
    """Return one service a class; or one of all the stations of a network."""
    n_classes = settings.n_classes
    n_stations = station_stage(settings).size
    n = n_classes if settings.routing is None else 1
    ranks = np.array(settings.ranks, dtype=np.int8)
    return kc.Services(
        uid=np.arange(n, dtype=np.uint32),
        first_stage=np.arange(n + 1, dtype=np.int32) * np.int32(len(settings.stages) // n),
        first_station=np.arange(n + 1, dtype=np.int32) * np.int32(n_stations // n),
        is_remote=np.zeros(n, dtype=np.bool_),
        drains=np.ones(n, dtype=np.bool_),
        rank_of_group=np.tile(ranks, (n, 1)),
        triage_cdf=np.ones((n, max(settings.ranks) + 1)),
        n_measured=np.zeros(n, dtype=np.int64),
        n_published=np.zeros(n, dtype=np.int64),
        n_offering=np.zeros(n, dtype=np.int32),
        n_admitting=np.zeros((n, n_classes), dtype=np.int32),
    )


def _stages(settings: StandSettings) -> ks.Stages:
    stages = settings.stages
    scale = settings.extent.us_per_unit
    n = len(stages)
    patience = [one.patience for one in stages]
    balking = [one.balking for one in stages]
    routing = settings.routing
    return ks.Stages(
        uid=np.arange(n, dtype=np.uint32),
        distribution=np.array([DISTRIBUTIONS[s.service.distribution] for s in stages], np.int8),
        mean_us=np.array([s.service.mean * scale for s in stages]),
        cv=np.array([s.service.cv or 0.0 for s in stages]),
        share_short=np.array([s.service.share for s in stages]),
        visits=np.ones(n),
        patience_distribution=np.array(
            [FOREVER if p is None else DISTRIBUTIONS[p.distribution] for p in patience], np.int8
        ),
        patience_us=np.array([0.0 if p is None else p.mean * scale for p in patience]),
        patience_cv=np.array([0.0 if p is None else p.cv or 0.0 for p in patience]),
        balk_at=np.array([-1 if b is None or b.at is None else b.at for b in balking], np.int64),
        balk_half=np.array([0.0 if b is None else b.half for b in balking]),
        balk_slope=np.array([0.0 if b is None else b.slope for b in balking]),
        route_cdf=np.zeros((n, 1)) if routing is None else np.cumsum(routing, axis=1),
    )


def _stations(settings: StandSettings) -> kc.Stations:
    stage = station_stage(settings)
    n = stage.size
    n_desks = len(settings.servers)
    n_posts = np.zeros(n, dtype=np.int32)
    n_posts[:n_desks] = [int(max(one.values)) for one in settings.servers]
    is_network = settings.routing is not None
    return kc.Stations(
        uid=np.arange(n, dtype=np.uint32),
        service=np.zeros(n, dtype=np.int32) if is_network else stage.copy(),
        stage=stage,
        desk=np.arange(n, dtype=np.int32) % np.int32(n_desks),
        keeps_server=np.zeros(n, dtype=np.bool_),
        n_posts=n_posts,
        is_active=np.ones(n, dtype=np.bool_),
        is_open=np.ones(n, dtype=np.bool_),
        is_eligible=np.ones((n, settings.n_classes), dtype=np.bool_),
        measured_s=np.full((1, n), -1.0),
        published_s=np.full(n, -1.0),
    )


def _no_books(n: int, n_stations: int) -> ks.Books:
    return ks.Books(
        slot_us=np.zeros(n, dtype=np.int64),
        share=np.zeros(n),
        no_show=np.zeros(n),
        late_us=np.zeros(n),
        late_sd_us=np.zeros(n),
        lead_us=np.zeros(n, dtype=np.int64),
        n_per_slot=np.zeros(n_stations, dtype=np.int32),
        n_booked=np.zeros((n_stations, 1), dtype=np.int16),
        first_free=np.zeros(n_stations, dtype=np.int64),
        horizon_us=np.zeros(n, dtype=np.int64),
    )


def _choices(settings: StandSettings, n: int, n_stations: int) -> ks.Choices:
    """Return how customers choose among the stations, all of which stand at one place."""
    rule = SHORTEST if settings.sees_lines else NEAREST
    return plain_choices(n, n_stations, settings.n_classes)._replace(
        rule=np.full(n, rule, dtype=np.int8), place=np.zeros(n_stations, dtype=np.int32)
    )


def _no_follows(n: int) -> ks.Follows:
    return ks.Follows(
        refer_cdf=np.zeros((n, n)),
        refer_after_us=np.zeros(n, dtype=np.int64),
        retry_share=np.zeros(n),
        retry_after_us=np.zeros(n, dtype=np.int64),
        retry_times=np.zeros(n, dtype=np.int8),
        retries_elsewhere=np.zeros(n, dtype=np.bool_),
    )
