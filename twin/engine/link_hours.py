"""Volumes, speeds and delays by street and hour, from the routes of every trip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.engine.movements import Spells, movements_of
from twin.kernels.street_tally import tally_streets
from twin.network.modes import RESIDENT_MODES
from twin.results.tables import Coded
from twin.units import HOUR_S, HOUR_US

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.engine.movements import Movements
    from twin.engine.state import State
    from twin.network.carriers import Carrier
    from twin.network.journeys import Streets

BATCH: Final = 65_536
"""Routes that are held at once."""


def link_hours_data(state: State) -> Mapping[str, Any]:
    """Return the columns of ``link_hours``: every street that somebody enters, by hour and mode."""
    moves = movements_of(state)
    n_hours = -(-state.clock_us // HOUR_US)
    flows = _flows(state, moves, n_hours)
    parts = [_rows(state, mode, flow) for mode, flow in sorted(flows.items())]
    empty = _rows(state, 0, np.zeros((0, 0), dtype=np.int32))
    names = list(empty)
    columns = {name: np.concatenate([part[name] for part in (*parts, empty)]) for name in names}
    order = np.lexsort((columns["mode"], columns["edge"], columns["hour_s"]))
    data: dict[str, Any] = {name: column[order] for name, column in columns.items()}
    data["mode"] = Coded(data["mode"], RESIDENT_MODES)
    return data


def _flows(state: State, moves: Movements, n_hours: int) -> dict[int, NDArray[np.int32]]:
    """Return (n_edges, n_hours) entries of each mode that is used."""
    graph = state.prep.graph
    flows: dict[int, NDArray[np.int32]] = {}
    has_way = np.flatnonzero(moves.mode >= 0)
    spells = Spells(state)
    spell = spells.at(moves.depart_us[has_way])
    for view, carrier, rows in spells.split(spell, moves.mode[has_way]):
        if carrier.skim is not None:
            continue  # it knows times, no routes
        if carrier.code not in flows:
            flows[carrier.code] = np.zeros((graph.n_edges, n_hours), dtype=np.int32)
        _tally(flows[carrier.code], view, carrier, moves, has_way[rows])
    return flows


def _tally(
    flow: NDArray[np.int32],
    view: Streets,
    carrier: Carrier,
    moves: Movements,
    rows: NDArray[np.intp],
) -> None:
    """Add trips of one mode on streets in one state; `flow` is updated."""
    n_nodes = view.graph.n_nodes
    access_node, access_ms = view.access(carrier.base)
    origin, destination = moves.origin[rows], moves.destination[rows]
    first = access_node[origin].astype(np.int64)
    pair, route = np.unique(first * n_nodes + access_node[destination], return_inverse=True)
    walk_ms = access_ms[origin].astype(np.int64) + carrier.added_ms
    enter_us = moves.depart_us[rows] + walk_ms * 1_000
    order = np.argsort(route, kind="stable")
    ends = np.searchsorted(route[order], np.arange(0, pair.size + BATCH, BATCH))
    metric, edge_ms = view.metric(carrier), view.edge_ms(carrier)
    for i, begin in enumerate(range(0, pair.size, BATCH)):
        tail, head = np.divmod(pair[begin : begin + BATCH], n_nodes)
        start, edge = metric.paths(tail.astype(np.int32), head.astype(np.int32))
        trips = order[ends[i] : ends[i + 1]]
        tally_streets(flow, route[trips] - begin, enter_us[trips], start, edge, edge_ms, 0)


def _rows(state: State, mode: int, flow: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
    """Return the rows of one mode where somebody enters a street."""
    graph = state.prep.graph
    edge, hour = np.nonzero(flow)
    speed = np.full(edge.size, np.nan)
    delay = np.full(edge.size, np.nan)
    spells = Spells(state)
    spell = spells.at(hour * np.int64(HOUR_US))
    for view, carrier, at in spells.split(spell, np.full(edge.size, mode)):
        time_ms, free_ms = view.edge_ms(carrier)[edge[at]], carrier.free_ms(graph)[edge[at]]
        is_open = time_ms > 0
        length_mm = graph.edge_length_mm[edge[at]]
        speed[at[is_open]] = length_mm[is_open] / time_ms[is_open]
        delay[at[is_open]] = (time_ms[is_open] - free_ms[is_open]) / 1_000.0
    return {
        "edge": edge.astype(np.int32),
        "hour_s": hour * float(HOUR_S),
        "mode": np.full(edge.size, mode, dtype=np.int8),
        "flow": flow[edge, hour],
        "speed_mps": speed,
        "delay_s": delay,
    }
