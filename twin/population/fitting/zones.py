"""The zones that margins speak of: a city's wards, or the city as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError, did_you_mean
from twin.streams import uid32

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.network.features import Wards

_N_SHOWN: Final = 5


@dataclass(frozen=True, eq=False)
class Zones:
    """Places that people are told apart by.

    Parameters
    ----------
    names
        Names for messages and reports.
    keys
        What a table may call each: name, OSM id.
    uid
        (n,) uint32 number of each in the addresses of draws.
    is_lived_in
        (n,) bool: whether there is a home in it.
    map_name
        Name of the map, for messages.
    """

    names: tuple[str, ...]
    keys: dict[str, int]
    uid: NDArray[np.uint32]
    is_lived_in: NDArray[np.bool_]
    map_name: str = ""

    def __len__(self) -> int:
        return len(self.names)

    def row(self, word: str, *, where: str) -> int:
        """Return the zone that a table calls `word`.

        Raises
        ------
        InputError
            If there is none, or several, of that name.
        """
        row = self.keys.get(word)
        if row is None:
            some = ", ".join(self.names[:_N_SHOWN]) or "none: tables without a zone column"
            more = f" and {len(self) - _N_SHOWN} more" if len(self) > _N_SHOWN else ""
            raise InputError(
                where,
                f"`{word}` is no zone of map {self.map_name}",
                expected=f"a ward's name or OSM id: {some}{more}",
                hint=did_you_mean(word, self.names),
            )
        if row < 0:
            hint = "name it by its OSM id"
            raise InputError(where, f"several zones are called `{word}`", hint=hint)
        return row


def zones_of(wards: Wards, is_lived_in: NDArray[np.bool_], *, map_name: str) -> Zones:
    """Return the wards of a map as zones."""
    keys: dict[str, int] = {}
    for row, name in enumerate(wards.names):
        keys[name] = -1 if name in keys else row
    ids = wards.osm_id.tolist()
    for row, osm_id in enumerate(ids):
        # Zones that are not from OSM may all have the id 0.
        if osm_id and ids.count(osm_id) == 1:
            keys.setdefault(str(osm_id), row)
    uids = [
        uid32(f"{name}/{osm_id}")
        for name, osm_id in zip(wards.names, wards.osm_id.tolist(), strict=True)
    ]
    return Zones(wards.names, keys, np.array(uids, dtype=np.uint32), is_lived_in, map_name)


def one_zone(map_name: str) -> Zones:
    """Return the whole city as one zone."""
    return Zones(("the city",), {}, np.zeros(1, np.uint32), np.ones(1, np.bool_), map_name)
