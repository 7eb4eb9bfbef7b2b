"""Keep the nearest stations of each origin, service and mode, of those that admit alike.

Memory is bounded by a number k of candidates, and who is left out must not
depend on stations that a resident cannot use: k counts, for every group of
residents that the stations treat alike, only the stations that admit it. They
count as they are at the start of the run: a station that opens or changes its
rules later is kept if it is near enough and takes nobody's place, so that the
same stations are candidates before and after, and with and without the change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.kernels.choice import UNREACHABLE_MS
from twin.network.modes import RESIDENT_MODES

if TYPE_CHECKING:
    from twin.engine.reach import ReachRequest
    from twin.network.carriers import Carrier

Int64 = NDArray[np.int64]
PRUNE_AT = 4_000_000
"""Entries after which those that are too many are dropped, to bound memory."""


class NearestOfAll:
    """Collects travel times station by station; keeps those that are candidates.

    Parameters
    ----------
    request
        Origins, stations and limits.
    """

    def __init__(self, request: ReachRequest) -> None:
        self._request = request
        self._classes = _classes(request)
        self._entries: dict[int, list[tuple[Int64, NDArray[np.int32]]]] = {}
        self._n_held = 0
        self.n_left_out = 0

    def add(self, carrier: Carrier, station: int, time_ms: NDArray[np.int32]) -> None:
        """Take the times from all origins to a station by one mode.

        Parameters
        ----------
        carrier
            The mode.
        station
            Row of the station.
        time_ms : (n_origins,) int32
            -1 where it does not get there.
        """
        request = self._request
        service = int(request.station_service[station])
        general = time_ms.astype(np.int64) + carrier.charged_ms
        # By each mode alone: a neighbour's car brings nothing nearer to who must walk.
        origin = np.flatnonzero((time_ms >= 0) & (general <= request.limit_ms[service]))
        cell = service * request.origin_node.size + origin
        keys = cell * request.station_node.size + station
        self._entries.setdefault(carrier.code, []).append((keys, time_ms[origin]))
        self._n_held += origin.size
        if self._n_held > PRUNE_AT and self._request.may_overflow:
            self._prune()

    def rows(self) -> tuple[Int64, NDArray[np.int32]]:
        """Return the candidates.

        Returns
        -------
        keys : (n,) int64
            ``(service * n_origins + origin) * n_stations + station``, ascending.
        time_ms : (n, n_modes) int32
            -1 where the mode does not get there, or others are nearer by it.
        """
        self._prune()
        held = [(mode, *entry[0]) for mode, entry in self._entries.items()]
        keys = np.unique(np.concatenate([np.empty(0, np.int64), *(one for _, one, _ in held)]))
        time_ms = np.full((keys.size, len(RESIDENT_MODES)), UNREACHABLE_MS, dtype=np.int32)
        for mode, mine, times in held:
            time_ms[np.searchsorted(keys, mine), mode] = times
        return keys, time_ms

    def _prune(self) -> None:
        """Join the entries of each mode and drop those of which there are too many."""
        self._n_held = 0
        for mode, parts in self._entries.items():
            keys = np.concatenate([part[0] for part in parts])
            times = np.concatenate([part[1] for part in parts])
            if self._request.may_overflow:
                kept = self._kept(keys, times)
                self.n_left_out += int(keys.size - kept.size)
                keys, times = keys[kept], times[kept]
            self._entries[mode] = [(keys, times)]
            self._n_held += keys.size

    def _kept(self, keys: Int64, times: NDArray[np.int32]) -> Int64:
        """Return the entries among the nearest of some class of residents, ascending."""
        n_stations = self._request.station_node.size
        cell, station = np.divmod(keys, n_stations)
        # By origin and service, then time; of those equally near the first by name.
        order = np.lexsort((station, times, cell))
        first_of_cell = np.flatnonzero(np.diff(cell[order], prepend=-1))
        n_in_cell = np.diff(np.append(first_of_cell, keys.size))
        is_changing = self._request.is_changing[station[order]]
        is_kept = np.zeros(keys.size, dtype=np.bool_)
        for takes_group in self._classes:
            takes = takes_group[station[order]]
            n_before: Int64 = np.cumsum(takes) - takes
            n_nearer: Int64 = n_before - np.repeat(n_before[first_of_cell], n_in_cell)
            is_near = n_nearer < self._request.candidates_max
            is_kept[order[is_near & (takes | is_changing)]] = True
        return np.flatnonzero(is_kept)


def _classes(request: ReachRequest) -> list[NDArray[np.bool_]]:
    """Return for each kind of resident which stations take him or her, (n_stations,) bool."""
    admits = request.admits
    if admits is None:
        return [np.ones(request.station_node.size, dtype=np.bool_)]
    kinds = np.unique(admits, axis=1).T
    return [np.ascontiguousarray(kind) for kind in kinds if kind.any()]
