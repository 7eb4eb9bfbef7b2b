"""Volumes, speeds and delays by street and hour, from the routes of every trip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.engine.movements import movements_of, spells_of, street_view, used_spells
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
    spell = spells_of(state, moves.depart_us)
    has_way = moves.mode >= 0
    for number, carrier in used_spells(state, spell[has_way], moves.mode[has_way]):
        rows = np.flatnonzero(has_way & (spell == number) & (moves.mode == carrier.code))
        flow = flows.setdefault(
            carrier.code, np.zeros((graph.n_edges, n_hours), dtype=np.int32)
        )
        _tally(flow, state, number, carrier, moves, rows)
    return flows


def _tally(
    flow: NDArray[np.int32],
    state: State,
    number: int,
    carrier: Carrier,
    moves: Movements,
    rows: NDArray[np.intp],
) -> None:
    """Add the trips of one spell and mode; `flow` is updated."""
    view = street_view(state, number)
    access_node, access_ms = view.access(carrier.base)
    edge_ms = view.edge_ms(carrier)
    first = access_node[moves.origin[rows]].astype(np.int64)
    last = access_node[moves.destination[rows]].astype(np.int64)
    walk_ms = access_ms[moves.origin[rows]].astype(np.int64) + carrier.added_ms
    enter = moves.depart_us[rows] + walk_ms * 1_000
    pair, route = np.unique(first * state.prep.graph.n_nodes + last, return_inverse=True)
    origin, destination = np.divmod(pair, state.prep.graph.n_nodes)
    order = np.argsort(route, kind="stable")
    ends = np.searchsorted(route[order], np.arange(0, pair.size + BATCH, BATCH))
    metric = view.metric(carrier)
    for i, begin in enumerate(range(0, pair.size, BATCH)):
        chosen = slice(begin, begin + BATCH)
        start, edge = metric.paths(
            origin[chosen].astype(np.int32), destination[chosen].astype(np.int32)
        )
        trips = order[ends[i] : ends[i + 1]]
        tally_streets(flow, route[trips] - begin, enter[trips], start, edge, edge_ms, 0)


def _rows(state: State, mode: int, flow: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
    """Return the rows of one mode where somebody enters a street."""
    edge, hour = np.nonzero(flow)
    speed = np.full(edge.size, np.nan)
    delay = np.full(edge.size, np.nan)
    carriers = {one.code: one for one in state.prep.carriers}
    spell = spells_of(state, hour * np.int64(HOUR_US))
    for number in np.unique(spell).tolist():
        carrier = carriers[mode]
        at = np.flatnonzero(spell == number)
        time_ms = street_view(state, int(number)).edge_ms(carrier)[edge[at]]
        free_ms = carrier.free_ms(state.prep.graph)[edge[at]]
        is_open = time_ms > 0
        length_mm = state.prep.graph.edge_length_mm[edge[at]]
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
