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
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.engine.nearest import candidates_of
from twin.kernels.choice import UNREACHABLE_MS
from twin.kernels.columns import Candidates
from twin.network.carriers import WALKING
from twin.network.column_store import ColumnCounts, ColumnStore
from twin.network.journeys import Door, Streets
from twin.network.modes import RESIDENT_MODES
from twin.network.street_rows import EMPTY_STREETS, StreetState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twin.engine.traffic import Traffic
    from twin.network.carriers import Carrier
    from twin.network.skim import SkimDoor
    from twin.network.street_graph import StreetGraph

Int64 = NDArray[np.int64]
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
        (n_stations,) int32; -1 where nobody travels to.
    cutoff_s
        Largest generalised travel time of each service, by each mode.
    carriers
        Modes of travel in use.
    candidates_max
        Stations kept for each origin, service and mode, of those that admit alike.
    admits : (n_stations, n_groups) bool, optional
        Which station takes whom at the start; without it all take everybody.
    changing
        Stations that open, close or change their rules during the run.
    remote
        Services to which nobody travels: all stations are near from everywhere.
    """

    origin_node: NDArray[np.int64]
    station_node: NDArray[np.int64]
    station_service: NDArray[np.int32]
    cutoff_s: Sequence[float]
    carriers: Sequence[Carrier]
    candidates_max: int = 100
    admits: NDArray[np.bool_] | None = None
    changing: frozenset[int] = frozenset()
    remote: frozenset[int] = frozenset()

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
        self._rows: OrderedDict[frozenset[str], _Rows] = OrderedDict()
        self._cache: OrderedDict[tuple[StreetState, int], Candidates] = OrderedDict()

    @property
    def counts(self) -> ColumnCounts:
        """How many columns were computed, and how many outlived a change of the streets."""
        return self._store.counts

    @cached_property
    def n_left_out(self) -> int:
        """Candidates within the cut-off that were too many to keep while all streets are open.

        Closed streets leave fewer of them; asked of one state, the answer does not depend on
        what was asked before.
        """
        return self._rows_of(frozenset()).n_left_out

    def candidates(self, streets: StreetState = EMPTY_STREETS, period: int = 0) -> Candidates:
        """Return the candidates on the streets as they are.

        Parameters
        ----------
        streets
            Closures and slowdowns.
        period
            Period of traffic.
        """
        key = (streets, period)
        if key not in self._cache:
            rows = self._rows_of(streets.closed)
            view = Streets(self.graph, streets, self.traffic.factor[period])
            self._cache[key] = self._at(rows, view)
            self._forget()
        self._cache.move_to_end(key)
        return self._cache[key]

    def _forget(self) -> None:
        """Drop what was asked for longest ago while more is held than there is room for."""
        held = sum(one.time_ms.nbytes for one in self._cache.values())
        while held > MAX_CACHE_BYTES and len(self._cache) > 1:
            _, oldest = self._cache.popitem(last=False)
            held -= oldest.time_ms.nbytes
        while len(self._rows) > len(self._cache) + 1:
            self._rows.popitem(last=False)

    def _rows_of(self, closed: frozenset[str]) -> _Rows:
        if closed not in self._rows:
            self._rows[closed] = self._found(closed)
        self._rows.move_to_end(closed)
        return self._rows[closed]

    def _doors(
        self, view: Streets, carrier: Carrier, stations: Int64
    ) -> Iterator[tuple[int, Door | SkimDoor]]:
        """Yield each of `stations` that a carrier gets to, with the way to it."""
        nodes = self.request.station_node[stations].tolist()
        if carrier.skim is not None:
            for station, node in zip(stations.tolist(), nodes, strict=True):
                yield station, carrier.skim.door(node)
            return
        access_node, _ = view.access(carrier.base)
        by_seed: dict[int, list[tuple[int, int]]] = {}
        for station, node in zip(stations.tolist(), nodes, strict=True):
            by_seed.setdefault(int(access_node[node]), []).append((station, node))
        # Nobody gets to a node without access.
        by_seed.pop(-1, None)
        layer = view.layer(carrier)
        columns = self._store.columns(
            layer,
            view.edge_ms(carrier),
            list(by_seed),
            base=carrier.base,
            like=layer._replace(is_slowed=False),
        )
        for seed, column in columns:
            for station, node in by_seed[seed]:
                yield station, view.door(node, carrier, column)

    def _found(self, closed: frozenset[str]) -> _Rows:
        """Find who is a candidate: within the cut-off by a mode in the quickest hour."""
        request = self.request
        view = Streets(self.graph, StreetState(closed=closed), self.traffic.least)

        def ways(carrier: Carrier, stations: Int64) -> Iterator[tuple[int, Door | SkimDoor]]:
            return self._doors(view, carrier, stations)

        n_origins, n_stations = request.origin_node.size, request.station_node.size
        found = [candidates_of(request, row, ways) for row in range(len(request.cutoff_s))]
        station = np.concatenate([np.empty(0, np.int32), *(one.station for one in found)])
        none = np.empty((0, len(RESIDENT_MODES)), np.int32)
        counts = np.concatenate([np.zeros(1, np.int64), *(one.n_of_origin for one in found)])
        by_station = np.argsort(station, kind="stable")
        return _Rows(
            candidates=Candidates(
                start=np.cumsum(counts),
                station=station,
                time_ms=np.concatenate([none, *(one.time_ms for one in found)]),
                limit_ms=request.limit_ms,
                fixed_ms=request.fixed_ms,
                n_origins=n_origins,
            ),
            origin=np.repeat(np.tile(np.arange(n_origins), len(found)), counts[1:]),
            by_station=by_station,
            first_of_station=np.searchsorted(station[by_station], np.arange(n_stations + 1)),
            n_left_out=sum(one.n_left_out for one in found),
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
        needed = (carrier,) if carrier.skim is not None else (WALKING, carrier)
        return all(view.layer(one) == other.layer(one) for one in needed)

    def _retime(
        self, time_ms: NDArray[np.int32], rows: _Rows, view: Streets, carrier: Carrier
    ) -> None:
        """Write the times of one mode; `time_ms` is updated."""
        origin_node = self.request.origin_node
        is_within = time_ms >= 0
        is_travelled = ~np.isin(self.request.station_service, [-1, *self.request.remote])
        time_ms[is_travelled[rows.candidates.station]] = UNREACHABLE_MS
        for station, door in self._doors(view, carrier, np.flatnonzero(is_travelled)):
            mine = rows.of_station(station)
            mine = mine[is_within[mine]]
            time_ms[mine] = door.times_from(origin_node[rows.origin[mine]])
