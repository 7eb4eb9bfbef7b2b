"""Keep the nearest stations of each origin, service and mode, of those that admit alike.

Memory is bounded by a number k of candidates, and who is left out must not
depend on stations that a resident cannot use: k counts, for every group of
residents that the stations treat alike, only the stations that admit it. They
count as they are at the start of the run: a station that opens or changes its
rules later is kept if it is near enough and takes nobody's place, so that the
same stations are candidates before and after, and with and without the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.kernels.choice import UNREACHABLE_MS
from twin.network.modes import RESIDENT_MODES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twin.engine.reach import ReachRequest
    from twin.network.carriers import Carrier

Int64 = NDArray[np.int64]
Int32 = NDArray[np.int32]
BATCH = 64
"""Stations that are weighed against the nearest so far at once."""

_STATION_BITS = 31
_STATION_MASK = (1 << _STATION_BITS) - 1
_FAR = np.int64(2**62)


class Way(Protocol):
    """The way to a station."""

    def times_from(self, origins: NDArray[np.integer]) -> Int32:
        """Return the time from each of `origins` in ms, -1 unreachable."""
        ...


@dataclass(frozen=True, eq=False)
class Found:
    """Candidates of one service.

    Parameters
    ----------
    n_of_origin : (n_origins,) int64
        How many each origin has.
    station : (n,) int32
        By origin, ascending within one.
    time_ms : (n, n_modes) int32
        -1 where the mode does not get there, or others are nearer by it.
    n_left_out
        Pairs of origin and station within the limit that were too many, over all modes.
    """

    n_of_origin: Int64
    station: Int32
    time_ms: Int32
    n_left_out: int = 0


def candidates_of(
    request: ReachRequest,
    service: int,
    ways: Callable[[Carrier, Int64], Iterable[tuple[int, Way]]],
) -> Found:
    """Return the candidates of a service.

    Parameters
    ----------
    request
        Origins, stations and limits.
    service
        Row of the service.
    ways
        Gives the way to each of some stations by a mode.
    """
    stations = np.flatnonzero(request.station_service == service)
    if service in request.remote:
        return _everywhere(request, stations)
    if stations.size <= request.candidates_max:
        return _all_within(request, service, stations, ways)
    return _nearest_within(request, service, stations, ways)


def _everywhere(request: ReachRequest, stations: Int64) -> Found:
    """Return every station from every origin, no way off by any mode."""
    n_origins = request.origin_node.size
    return Found(
        n_of_origin=np.full(n_origins, stations.size, dtype=np.int64),
        station=np.tile(stations.astype(np.int32), n_origins),
        time_ms=np.zeros((n_origins * stations.size, len(RESIDENT_MODES)), dtype=np.int32),
    )


def _within(request: ReachRequest, service: int, carrier: Carrier, way: Way) -> Int32:
    """Return the times of a mode to a station, -1 beyond the limit.

    By each mode alone: a neighbour's car brings nothing nearer to who must walk.
    """
    time_ms = way.times_from(request.origin_node)
    time_ms[time_ms > request.limit_ms[service] - carrier.charged_ms] = UNREACHABLE_MS
    return time_ms


def _all_within(
    request: ReachRequest,
    service: int,
    stations: Int64,
    ways: Callable[[Carrier, Int64], Iterable[tuple[int, Way]]],
) -> Found:
    n_origins = request.origin_node.size
    times = np.full((len(RESIDENT_MODES), stations.size, n_origins), UNREACHABLE_MS, np.int32)
    place = {station: row for row, station in enumerate(stations.tolist())}
    for carrier in request.carriers:
        for station, way in ways(carrier, stations):
            times[carrier.code, place[station]] = _within(request, service, carrier, way)
    # Transposed, so that candidates stand by origin and ascend within one.
    origin, row = np.nonzero((times >= 0).any(axis=0).T)
    return Found(
        n_of_origin=np.bincount(origin, minlength=n_origins),
        station=stations[row].astype(np.int32),
        time_ms=np.ascontiguousarray(times[:, row, origin].T),
    )


def _nearest_within(
    request: ReachRequest,
    service: int,
    stations: Int64,
    ways: Callable[[Carrier, Int64], Iterable[tuple[int, Way]]],
) -> Found:
    n_stations, n_origins = request.station_node.size, request.origin_node.size
    by_mode: list[tuple[int, Int64, Int32]] = []
    n_left_out = 0
    for carrier in request.carriers:
        nearest = _Nearest(request, stations)
        for station, way in ways(carrier, stations):
            nearest.add(station, _within(request, service, carrier, way))
        keys, times = nearest.entries()
        n_left_out += nearest.n_offered - keys.size
        by_mode.append((carrier.code, keys, times))
    keys = _sorted_once(np.concatenate([own for _, own, _ in by_mode]))
    time_ms = np.full((keys.size, len(RESIDENT_MODES)), UNREACHABLE_MS, dtype=np.int32)
    for mode, own, times in by_mode:
        time_ms[np.searchsorted(keys, own), mode] = times
    return Found(
        n_of_origin=np.bincount(keys // n_stations, minlength=n_origins),
        station=(keys % n_stations).astype(np.int32),
        time_ms=time_ms,
        n_left_out=n_left_out,
    )


def _sorted_once(keys: Int64) -> Int64:
    """Return each key once, ascending; `np.unique` hashes, which takes ten times as long here."""
    ordered = np.sort(keys)
    return ordered[np.diff(ordered, prepend=-1) > 0]


class _Nearest:
    """The nearest stations of each origin by one mode, kept while stations are added.

    A station is one whole number for each origin, time before row, so that the least
    numbers are the nearest and of those equally near the first by name.
    """

    def __init__(self, request: ReachRequest, stations: Int64) -> None:
        self._request = request
        self._kinds = _kinds(request, stations)
        shape = (request.origin_node.size, request.candidates_max)
        self._nearest = [np.full(shape, _FAR) for _ in self._kinds]
        self._waiting: list[tuple[int, Int64]] = []
        self._changing: list[Int64] = []
        self.n_offered = 0

    def add(self, station: int, time_ms: Int32) -> None:
        """Take the times from all origins to a station, -1 where it is no candidate."""
        packed = (time_ms.astype(np.int64) << _STATION_BITS) | station
        packed[time_ms < 0] = _FAR
        self.n_offered += int((time_ms >= 0).sum())
        self._waiting.append((station, packed))
        if station in self._request.changing:
            self._changing.append(packed)
        if len(self._waiting) >= BATCH:
            self._weigh()

    def _weigh(self) -> None:
        """Compare the stations that wait with the nearest so far."""
        k = self._request.candidates_max
        for row, takes in enumerate(self._kinds):
            fresh = [packed for station, packed in self._waiting if takes[station]]
            if fresh:
                both = np.column_stack([self._nearest[row], *fresh])
                self._nearest[row] = np.partition(both, k - 1, axis=1)[:, :k]
        self._waiting.clear()

    def entries(self) -> tuple[Int64, Int32]:
        """Return ``origin * n_stations + station``, ascending, and the times of the kept."""
        self._weigh()
        parts: list[Int64] = []
        times: list[Int64] = []
        for nearest in self._nearest:
            farthest = nearest.max(axis=1)
            columns = [nearest, *(packed[:, None] for packed in self._changing)]
            everything = np.column_stack(columns)
            origin, place = np.nonzero((everything < _FAR) & (everything <= farthest[:, None]))
            packed = everything[origin, place]
            parts.append(origin * self._request.station_node.size + (packed & _STATION_MASK))
            times.append(packed >> _STATION_BITS)
        keys, first = np.unique(np.concatenate(parts), return_index=True)
        return keys, np.concatenate(times)[first].astype(np.int32)


def _kinds(request: ReachRequest, stations: Int64) -> list[NDArray[np.bool_]]:
    """Return for each kind of resident which stations take him or her, (n_stations,) bool."""
    n_stations = request.station_node.size
    admits = request.admits
    if admits is None:
        admits = np.ones((n_stations, 1), dtype=np.bool_)
    kinds = []
    for column in np.unique(admits[stations], axis=1).T:
        takes = np.zeros(n_stations, dtype=np.bool_)
        takes[stations] = column
        if column.any():
            kinds.append(takes)
    return kinds or [np.zeros(n_stations, dtype=np.bool_)]
