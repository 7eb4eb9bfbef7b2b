"""Where residents may go: nodes weighted by floor area, or the facilities of a service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.network.modes import HIGHWAY_CLASSES, WALK, WALK_BIT
from twin.streams import checked_uids

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from twin.city.city import City

# Streets that shops and workplaces stand along where a map has no buildings (assumed).
BUSY_STREETS: Final = ("primary", "secondary", "tertiary", "unclassified", "pedestrian")


@dataclass(frozen=True, eq=False)
class Places:
    """Nodes at which something can be done.

    Parameters
    ----------
    node
        (n,) int32 nodes of the walk network, ascending.
    weight
        (n,) float64, above 0.
    note
        What is assumed, for the warnings of a run; may be empty.
    """

    node: NDArray[np.int32]
    weight: NDArray[np.float64]
    note: str = ""

    def __len__(self) -> int:
        return int(self.node.size)


def floor_places(city: City, floor_weight: Mapping[str, float], *, what: str) -> Places:
    """Return the doors of buildings, weighted by floor area and use.

    Where no building has a weight, or the map has hardly any, nodes of busy streets stand
    for them, weighted by the metres that leave them.

    Parameters
    ----------
    city
        Buildings, or streets.
    floor_weight
        Weight of a square metre by use of the building.
    what
        Plural in words, for the note.
    """
    buildings = city.buildings
    of_use = np.array([floor_weight.get(use, 0.0) for use in buildings.use], dtype=np.float64)
    weight = np.where(buildings.walk_node >= 0, of_use * buildings.floor_area_m2, 0.0)
    if city.has_its_buildings and weight.sum() > 0.0:
        chosen = weight > 0.0
        return _by_node(city, buildings.walk_node[chosen], weight[chosen])
    return _along_busy_streets(city, what)


def facility_places(
    city: City, services: Sequence[str], *, where: str
) -> tuple[NDArray[np.int32], NDArray[np.uint32]]:
    """Return walk node and 32-bit number of each facility of some services, by number.

    Those that an intervention opens later are not among them: before its date nothing
    differs, and nobody has enrolled there.

    Raises
    ------
    InputError
        If two ids share a number.
    """
    open_now = [f for f in city.facilities if f.service in services and f.is_active]
    found = sorted({f.uid: f for f in open_now}.items())
    numbers = checked_uids([uid for uid, _ in found], where=where)
    rows = [(numbers[uid], city.graph.nearest_node(f.lon, f.lat)[0]) for uid, f in found]
    rows.sort()
    uid = np.array([row[0] for row in rows], dtype=np.uint32)
    return np.array([row[1] for row in rows], dtype=np.int32), uid


def _by_node(
    city: City, node: NDArray[np.int32], weight: NDArray[np.float64], note: str = ""
) -> Places:
    total = np.bincount(node, weights=weight, minlength=city.graph.n_nodes)
    used = np.flatnonzero(total > 0.0)
    return Places(used.astype(np.int32), total[used].astype(np.float64), note)


def _along_busy_streets(city: City, what: str) -> Places:
    graph = city.graph
    is_walked = (graph.edge_modes & WALK_BIT) != 0
    is_walked &= graph.is_in_component[WALK][graph.edge_source]
    codes = [HIGHWAY_CLASSES.index(name) for name in BUSY_STREETS]
    is_busy = is_walked & np.isin(graph.edge_class, codes)
    chosen = is_busy if is_busy.any() else is_walked
    metres = np.maximum(graph.edge_length_mm[chosen], 1).astype(np.float64) / 1000.0
    note = (
        f"map {city.name} has no or too few buildings with room for {what}: they stand along"
        f" {'busy' if is_busy.any() else 'all'} streets, in proportion to their length (assumed)"
    )
    return _by_node(city, graph.edge_source[chosen], metres, note)
