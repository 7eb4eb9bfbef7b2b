"""What the event loop will read soon, asked for now: hints only, no result depends on them."""

from __future__ import annotations

import numpy as np

from twin.kernels.columns import Agenda, Candidates, Residents, Visits
from twin.kernels.jit import kernel
from twin.kernels.prefetch import prefetch

# Needs ahead at which a resident, the start of the candidates and these are asked for: each
# tells where the next lies, and a need takes as long as two or three reads of memory.
_TO_RESIDENT = 12
_TO_CELL = 8
_TO_CANDIDATES = 4
_NUMBERS_A_LINE = 16
_MOST_LINES = 24
_VISIT_MASK = (1 << 48) - 1
_BELOW_FIRST = 4


@kernel(is_inlined=True)
def foresee_needs(need: int, agenda: Agenda, residents: Residents, candidates: Candidates) -> None:
    """Ask for what the needs after row `need` will read: who it is, and what is within reach."""
    n = agenda.need_us.size
    n_slots = residents.node.shape[1]
    if need + _TO_RESIDENT < n:
        row = np.int64(agenda.need_row[need + _TO_RESIDENT])
        prefetch(residents.node, row * n_slots)
        prefetch(residents.uid, row)
        prefetch(residents.group, row)
    if need + _TO_CELL < n:
        prefetch(candidates.start, _cell(need + _TO_CELL, agenda, residents, candidates))
    if need + _TO_CANDIDATES < n:
        cell = _cell(need + _TO_CANDIDATES, agenda, residents, candidates)
        first = candidates.start[cell]
        n_modes = candidates.time_ms.shape[1]
        n_lines = (candidates.start[cell + 1] - first) * n_modes // _NUMBERS_A_LINE + 1
        for line in range(min(n_lines, _MOST_LINES)):
            prefetch(candidates.time_ms, first * n_modes + line * _NUMBERS_A_LINE)
            if line % n_modes == 0:
                prefetch(candidates.station, first + line // n_modes * _NUMBERS_A_LINE)


@kernel(is_inlined=True)
def _cell(need: int, agenda: Agenda, residents: Residents, candidates: Candidates) -> int:
    """Return the cell of the candidates of a need that arises at home."""
    home = residents.node[agenda.need_row[need], 0]
    service = np.int64(agenda.need_service[need])
    return service * candidates.n_origins + np.int64(residents.origin_of_node[home])


@kernel(is_inlined=True)
def foresee_pending(agenda: Agenda, n_pending: int, visits: Visits, residents: Residents) -> None:
    """Ask for the rows of the visits whose events come first, and for the next one's resident."""
    for i in range(min(n_pending, _BELOW_FIRST + 1)):
        visit = agenda.pending_key[i] & _VISIT_MASK
        prefetch(visits.end_us, visit)
        prefetch(visits.ready_us, visit)
    if n_pending > 0:
        row = np.int64(visits.row[agenda.pending_key[0] & _VISIT_MASK])
        prefetch(residents.node, row * residents.node.shape[1])
        prefetch(residents.group, row)
