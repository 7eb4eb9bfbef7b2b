"""Which stations each origin can reach, and how long it takes.

Travel-time columns are candidates, not matrices: for each service and origin
node the stations within the service's cut-off by any mode, and the time by each
mode that keeps within it. Eligibility takes no place here: a station that
admits nobody changes no other candidate.

Who is a candidate is decided by the quickest hour of the run, so that a trip
planned in a quiet hour is not refused for starting in a busy one; in each
period of traffic the same rows hold the times of that period.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.engine.nearest import NearestOfAll
from twin.kernels.choice import UNREACHABLE_MS
from twin.kernels.columns import Candidates
from twin.network.column_store import ColumnCounts, ColumnStore
from twin.network.journeys import Door, Streets
from twin.network.modes import RESIDENT_MODES
from twin.network.street_rows import EMPTY_STREETS, StreetState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twin.engine.traffic import Traffic
    from twin.network.carriers import Carrier
    from twin.network.street_graph import StreetGraph

Int64 = NDArray[np.int64]
Admission = NDArray[np.bool_]
MS_PER_S = 1_000
MAX_CACHE_BYTES = 2**30


@dataclass(frozen=True)
class ReachRequest:
    """What decides about candidates besides the streets.

    Parameters
    ----------
    origin_node
        (n_origins,) int64, ascending: every node from which somebody may start.
    station_node
        (n_stations,) int64, walk nodes.
    station_service
        (n_stations,) int32, ascending.
    cutoff_s
        Largest generalised travel time of each service, by each mode.
    carriers
        Modes of travel in use.
    candidates_max
        Stations kept for each origin, service and mode, of those that admit alike.
    """

    origin_node: NDArray[np.int64]
    station_node: NDArray[np.int64]
    station_service: NDArray[np.int32]
    cutoff_s: Sequence[float]
    carriers: Sequence[Carrier]
    candidates_max: int = 100

    @cached_property
    def modes(self) -> tuple[str, ...]:
        """Names of the modes of travel in use."""
        return tuple(carrier.name for carrier in self.carriers)

    @cached_property
    def fixed_ms(self) -> Int64:
        """Time charged once a trip of each mode, (n_modes,) int64."""
        fixed = np.zeros(len(RESIDENT_MODES), dtype=np.int64)
        for carrier in self.carriers:
            fixed[carrier.code] = carrier.charged_ms
        return fixed

    @cached_property
    def limit_ms(self) -> Int64:
        """Cut-off of each service, (n_services,) int64."""
        return np.array([round(c * MS_PER_S) for c in self.cutoff_s], dtype=np.int64)

    @cached_property
    def may_overflow(self) -> bool:
        """Whether a service has more stations than are kept."""
        return bool((np.bincount(self.station_service, minlength=1) > self.candidates_max).any())


@dataclass(frozen=True, eq=False)
class _Rows:
    """Candidates in the quickest hour: who they are, and their times then."""

    candidates: Candidates
    origin: NDArray[np.int64]
    by_station: Int64
    first_of_station: Int64
    n_left_out: int

    def of_station(self, station: int) -> Int64:
        """Return the rows of a station."""
        return self.by_station[self.first_of_station[station] : self.first_of_station[station + 1]]


class Reach:
    """Candidates under any state of the streets and period of traffic, each computed once.

    Parameters
    ----------
    graph
        Streets.
    request
        Origins, stations, cut-offs and modes.
    traffic
        Periods of the run.
    """

    def __init__(self, graph: StreetGraph, request: ReachRequest, traffic: Traffic) -> None:
        self.graph = graph
        self.request = request
        self.traffic = traffic
        self._store = ColumnStore(graph)
        self._n_left_out_most = 0
        self._rows: OrderedDict[tuple[frozenset[str], bytes], _Rows] = OrderedDict()
        self._cache: OrderedDict[tuple[StreetState, int, bytes], Candidates] = OrderedDict()

    @property
    def counts(self) -> ColumnCounts:
        """How many columns were computed, and how many outlived a change of the streets."""
        return self._store.counts

    @property
    def n_left_out_most(self) -> int:
        """Candidates within the cut-off that were too many to keep, at the worst moment."""
        return self._n_left_out_most

    def candidates(
        self,
        streets: StreetState = EMPTY_STREETS,
        period: int = 0,
        admits: Admission | None = None,
    ) -> Candidates:
        """Return the candidates on the streets as they are.

        Parameters
        ----------
        streets
            Closures and slowdowns.
        period
            Period of traffic.
        admits : (n_stations, n_groups), optional
            Which station takes whom now: asked where a service has more stations than
            are kept. Without it all admit everybody.
        """
        key = (streets, period, self._admission_key(admits))
        if key not in self._cache:
            rows = self._rows_of(streets.closed, admits)
            view = Streets(self.graph, streets, self.traffic.factor[period])
            self._cache[key] = self._at(rows, view)
            self._forget()
        self._cache.move_to_end(key)
        return self._cache[key]

    def _admission_key(self, admits: Admission | None) -> bytes:
        if admits is None or not self.request.may_overflow:
            return b""
        return np.packbits(admits).tobytes()

    def _forget(self) -> None:
        """Drop what was asked for longest ago while more is held than there is room for."""
        held = sum(one.time_ms.nbytes for one in self._cache.values())
        while held > MAX_CACHE_BYTES and len(self._cache) > 1:
            _, oldest = self._cache.popitem(last=False)
            held -= oldest.time_ms.nbytes
        while len(self._rows) > len(self._cache) + 1:
            self._rows.popitem(last=False)

    def _rows_of(self, closed: frozenset[str], admits: Admission | None) -> _Rows:
        key = (closed, self._admission_key(admits))
        if key not in self._rows:
            found = self._rows[key] = self._found(closed, admits)
            self._n_left_out_most = max(self._n_left_out_most, found.n_left_out)
        self._rows.move_to_end(key)
        return self._rows[key]

    def _doors(self, view: Streets, carrier: Carrier) -> Iterator[tuple[int, Door]]:
        """Yield each station with the way to it."""
        access_node, _ = view.access(carrier.base)
        stations: dict[int, list[int]] = {}
        for station, node in enumerate(self.request.station_node.tolist()):
            stations.setdefault(int(access_node[node]), []).append(station)
        # Nobody gets to a node without access.
        stations.pop(-1, None)
        layer = view.layer(carrier)
        columns = self._store.columns(
            layer, view.edge_ms(carrier), list(stations), like=layer._replace(is_slowed=False)
        )
        for seed, column in columns:
            for station in stations[seed]:
                node = int(self.request.station_node[station])
                yield station, view.door(node, carrier, column)

    def _found(self, closed: frozenset[str], admits: Admission | None) -> _Rows:
        """Find who is a candidate: within the cut-off by a mode in the quickest hour."""
        request = self.request
        view = Streets(self.graph, StreetState(closed=closed), self.traffic.least)
        nearest = NearestOfAll(request, admits)
        for carrier in request.carriers:
            for station, door in self._doors(view, carrier):
                nearest.add(carrier, station, door.times_from(request.origin_node))
        keys, time_ms = nearest.rows()
        n_stations, n_origins = request.station_node.size, request.origin_node.size
        cell = keys // max(n_stations, 1)
        station_of_row = keys % max(n_stations, 1)
        n_cells = len(request.cutoff_s) * n_origins
        by_station = np.argsort(station_of_row, kind="stable")
        return _Rows(
            candidates=Candidates(
                start=np.searchsorted(cell, np.arange(n_cells + 1)).astype(np.int64),
                station=station_of_row.astype(np.int32),
                time_ms=time_ms,
                limit_ms=request.limit_ms,
                fixed_ms=request.fixed_ms,
                n_origins=n_origins,
            ),
            origin=cell % max(n_origins, 1),
            by_station=by_station,
            first_of_station=np.searchsorted(station_of_row[by_station], np.arange(n_stations + 1)),
            n_left_out=nearest.n_left_out,
        )

    def _at(self, rows: _Rows, view: Streets) -> Candidates:
        """Return the same rows with the times of a period on slowed streets."""
        quickest = Streets(self.graph, StreetState(closed=view.state.closed), self.traffic.least)
        if all(self._is_alike(view, quickest, one) for one in self.request.carriers):
            return rows.candidates
        time_ms = rows.candidates.time_ms.copy()
        for carrier in self.request.carriers:
            if not self._is_alike(view, quickest, carrier):
                self._retime(time_ms[:, carrier.code], rows, view, carrier)
        return rows.candidates._replace(time_ms=time_ms)

    def _is_alike(self, view: Streets, other: Streets, carrier: Carrier) -> bool:
        """Return whether a carrier and the walk to it take the same time in both."""
        walking = next(one for one in self.request.carriers if one.name == "walk")
        return all(view.layer(one) == other.layer(one) for one in (walking, carrier))

    def _retime(
        self, time_ms: NDArray[np.int32], rows: _Rows, view: Streets, carrier: Carrier
    ) -> None:
        """Write the times of one mode; `time_ms` is updated."""
        origin_node = self.request.origin_node
        is_within = time_ms >= 0
        time_ms[:] = UNREACHABLE_MS
        for station, door in self._doors(view, carrier):
            mine = rows.of_station(station)
            mine = mine[is_within[mine]]
            time_ms[mine] = door.times_from(origin_node[rows.origin[mine]])


def with_origins(request: ReachRequest, nodes: NDArray[np.integer]) -> ReachRequest:
    """Return the request for more origins: where people work, learn, live."""
    origins = np.union1d(request.origin_node, nodes).astype(np.int64)
    return replace(request, origin_node=origins)
