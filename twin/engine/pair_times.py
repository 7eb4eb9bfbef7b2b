"""Times between the homes of residents and the other places they frequent.

One table holds, for every resident, the door-to-door time of each mode to each place
and back, in one state of the streets and one period of traffic. Modes that a change
does not touch are not computed again.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.network.carriers import WALKING
from twin.network.modes import RESIDENT_MODES
from twin.network.pairs import pairs_ms

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from twin.network.carriers import Carrier
    from twin.network.journeys import Streets

MAX_BYTES: Final = 2**30
OUT: Final = 0
BACK: Final = 1


class PairTimes:
    """Travel times of the day plans under any state of the streets; few are kept.

    Parameters
    ----------
    node
        (n, n_slots) int32 nodes: home, then places; -1 where there is none.
    carriers
        Modes of travel in use.
    """

    def __init__(
        self,
        node: NDArray[np.int32],
        carriers: Sequence[Carrier],
    ) -> None:
        self._node = node
        self._carriers = carriers
        self._parts: OrderedDict[Hashable, NDArray[np.int32]] = OrderedDict()
        self._tables: OrderedDict[Hashable, NDArray[np.int32]] = OrderedDict()

    def times(self, view: Streets) -> NDArray[np.int32]:
        """Return (n, n_slots - 1, 2, n_modes) int32 milliseconds, -1 without a way."""
        key = tuple(self._key(view, carrier) for carrier in self._carriers)
        if key not in self._tables:
            self._tables[key] = self._table(view)
            _forget(self._tables)
        self._tables.move_to_end(key)
        return self._tables[key]

    def _key(self, view: Streets, carrier: Carrier) -> Hashable:
        """Return a name for the times of a carrier: its rides, and the walks to them."""
        return view.state.closed, view.layer(WALKING), view.layer(carrier)

    def _table(self, view: Streets) -> NDArray[np.int32]:
        n, n_slots = self._node.shape
        table = np.full((n, n_slots - 1, 2, len(RESIDENT_MODES)), -1, dtype=np.int32)
        for carrier in self._carriers:
            table[..., carrier.code] = self._part(view, carrier)
        return table

    def _part(self, view: Streets, carrier: Carrier) -> NDArray[np.int32]:
        key = self._key(view, carrier)
        if key not in self._parts:
            self._parts[key] = self._computed(view, carrier)
            _forget(self._parts)
        self._parts.move_to_end(key)
        return self._parts[key]

    def _computed(self, view: Streets, carrier: Carrier) -> NDArray[np.int32]:
        n, n_slots = self._node.shape
        part = np.full((n, n_slots - 1, 2), -1, dtype=np.int32)
        home = self._node[:, 0]
        for slot in range(1, n_slots):
            rows = np.flatnonzero(self._node[:, slot] >= 0)
            place = self._node[rows, slot]
            part[rows, slot - 1, OUT] = pairs_ms(view, carrier, home[rows], place)
            part[rows, slot - 1, BACK] = pairs_ms(view, carrier, place, home[rows])
        return part


def _forget(kept: OrderedDict[Hashable, NDArray[np.int32]]) -> None:
    """Drop what was asked for longest ago while more is held than there is room for."""
    held = sum(table.nbytes for table in kept.values())
    while held > MAX_BYTES and len(kept) > 1:
        _, oldest = kept.popitem(last=False)
        held -= oldest.nbytes
