"""Who works or learns where, and which other places a resident frequents.

Made once with the population, from its seed and the streets in free flow: the same
resident has the same workplace in every run and scenario.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from twin.kernels.placing import choose_school, draw_candidate, keep_better
from twin.kernels.random import addressed_uniforms
from twin.population.columns import AGE_BANDS
from twin.population.nearby import near_places
from twin.population.places import facility_places, floor_places
from twin.streams import OCCUPATION, split_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.city.city import City
    from twin.network.street_graph import StreetGraph
    from twin.population.activity_settings import ActivitySettings, MainActivity, OtherActivity
    from twin.population.places import Places
    from twin.population.residents import Residents

NEITHER: Final = 0
WORKER: Final = 1
PUPIL: Final = 2
ROLES: Final = ("neither", "worker", "pupil")
NOWHERE: Final = -1
MS_PER_MIN: Final = 60_000.0

# Kinds of place in the addresses of draws; other places count on from there.
_KIND_WORK: Final = 1
_KIND_SCHOOL: Final = 2
_KIND_OTHER: Final = 16


class FreeFlow(Protocol):
    """Travel times in free flow, as the choice of places asks for them."""

    def pairs_ms(
        self, mode: str, origin: NDArray[np.int32], destination: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the time of each pair of nodes, -1 unreachable."""

    def towards_ms(self, mode: str, destination: int) -> NDArray[np.int32]:
        """Return the time from every node to one, -1 unreachable."""


@dataclass(frozen=True, eq=False)
class Occupations:
    """What residents do and where, one row a resident in the order of their table.

    Parameters
    ----------
    role
        (n,) int8 index in `ROLES`.
    node
        (n, 2 + n_other) int32 nodes: home, workplace or school, other places;
        -1 where there is none.
    is_near
        (n,) bool: near enough to go home at noon.
    notes
        What is assumed, for the warnings of a run.
    """

    role: NDArray[np.int8]
    node: NDArray[np.int32]
    is_near: NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    @property
    def n_slots(self) -> int:
        """Places a resident has, home included."""
        return int(self.node.shape[1])

    def copied(self) -> Occupations:
        """Return occupations that one run may write."""
        return replace(
            self, role=self.role.copy(), node=self.node.copy(), is_near=self.is_near.copy()
        )


def build_occupations(
    city: City, residents: Residents, settings: ActivitySettings, seed: int, free_flow: FreeFlow
) -> Occupations:
    """Return role and places of every resident.

    Parameters
    ----------
    city
        Buildings and facilities.
    residents
        Who lives where.
    settings
        ``[activities]`` of the scenario.
    seed
        Population seed.
    free_flow
        Travel times that no run changes.
    """
    maker = _Maker(city.graph, residents, seed, free_flow)
    role = _roles(residents, settings, seed)
    notes = []
    node = np.full((len(residents), 2 + settings.other.n_places), NOWHERE, dtype=np.int32)
    node[:, 0] = residents.home_node
    is_near = np.zeros(len(residents), dtype=np.bool_)
    for kind, code, activity, what in (
        (_KIND_WORK, WORKER, settings.work, "workplaces"),
        (_KIND_SCHOOL, PUPIL, settings.school, "schools"),
    ):
        rows = np.flatnonzero(role == code)
        place, note = maker.main(city, activity, rows, kind=kind, what=what)
        node[rows, 1] = place
        role[rows[place < 0]] = NEITHER
        is_near[rows] = maker.is_near(activity, rows, place)
        notes += [note] if note else []
    places = floor_places(city, settings.other.floor_weight, what="shops and other places")
    notes += [places.note] if places.note else []
    everybody = np.arange(len(residents))
    for number in range(settings.other.n_places):
        kind = _KIND_OTHER + number
        node[:, 2 + number] = maker.drawn(places, settings.other, everybody, kind)
    return Occupations(role, node, is_near, tuple(notes))


def _roles(residents: Residents, settings: ActivitySettings, seed: int) -> NDArray[np.int8]:
    employed = np.array([settings.employed_share[band] for band in AGE_BANDS])
    pupil = np.array([settings.pupil_share[band] for band in AGE_BANDS])
    first = addressed_uniforms(seed, OCCUPATION, residents.resident, draw=0)
    second = addressed_uniforms(seed, OCCUPATION, residents.resident, draw=1)
    is_employed = first < employed[residents.age_band]
    is_pupil = ~is_employed & (second < pupil[residents.age_band])
    return np.select([is_employed, is_pupil], [WORKER, PUPIL], NEITHER).astype(np.int8)


class _Maker:
    """Draws places for rows of residents."""

    def __init__(
        self, graph: StreetGraph, residents: Residents, seed: int, free_flow: FreeFlow
    ) -> None:
        self._graph = graph
        self._residents = residents
        self._key = split_key(seed)
        self._free_flow = free_flow

    def main(
        self,
        city: City,
        activity: MainActivity,
        rows: NDArray[np.intp],
        *,
        kind: int,
        what: str,
    ) -> tuple[NDArray[np.int32], str]:
        """Return the node of each resident's workplace or school, and what is assumed."""
        if not activity.facilities:
            places = floor_places(city, activity.floor_weight, what=what)
            return self.drawn(places, activity, rows, kind), places.note
        node, uid = facility_places(city, activity.facilities, where=f"map {city.name}")
        if node.size == 0:
            names = ", ".join(activity.facilities)
            note = f"map {city.name} has none of {names}: nobody goes to {what}"
            return np.full(rows.size, NOWHERE, dtype=np.int32), note
        return self._schools(activity, rows, node, uid), ""

    def drawn(
        self,
        places: Places,
        activity: MainActivity | OtherActivity,
        rows: NDArray[np.intp],
        kind: int,
    ) -> NDArray[np.int32]:
        """Return the node that each resident of `rows` chose among drawn candidates."""
        resident = np.ascontiguousarray(self._residents.resident[rows])
        home = np.ascontiguousarray(self._residents.home_node[rows])
        loss = activity.travel_per_min / MS_PER_MIN
        places, near = near_places(self._graph, places, mode=activity.by_mode, loss_per_ms=loss)
        chosen = np.full(rows.size, NOWHERE, dtype=np.int32)
        best = np.zeros(rows.size)
        place = np.empty(rows.size, dtype=np.int32)
        crow_ms = np.empty(rows.size)
        for candidate in range(activity.n_candidates):
            draw_candidate(place, crow_ms, resident, home, near, candidate, kind, *self._key)
            time_ms = self._free_flow.pairs_ms(activity.by_mode, home, places.node[place])
            address = (candidate, kind, *self._key)
            keep_better(chosen, best, place, time_ms, crow_ms, resident, loss, *address)
        return np.where(chosen >= 0, places.node[chosen], NOWHERE).astype(np.int32)

    def _schools(
        self,
        activity: MainActivity,
        rows: NDArray[np.intp],
        node: NDArray[np.int32],
        uid: NDArray[np.uint32],
    ) -> NDArray[np.int32]:
        resident = np.ascontiguousarray(self._residents.resident[rows])
        home = np.ascontiguousarray(self._residents.home_node[rows])
        chosen = np.full(rows.size, NOWHERE, dtype=np.int32)
        best = np.zeros(rows.size)
        loss = activity.travel_per_min / MS_PER_MIN
        for school, number in enumerate(uid.tolist()):
            time_ms = self._free_flow.towards_ms(activity.by_mode, int(node[school]))
            choose_school(chosen, best, resident, home, time_ms, loss, school, number, *self._key)
        return np.where(chosen >= 0, node[chosen], NOWHERE).astype(np.int32)

    def is_near(
        self, activity: MainActivity, rows: NDArray[np.intp], place: NDArray[np.int32]
    ) -> NDArray[np.bool_]:
        """Return who is home in time for lunch, in free flow."""
        has_place = place >= 0
        home = self._residents.home_node[rows]
        time_ms = self._free_flow.pairs_ms(
            activity.by_mode, np.where(has_place, place, home).astype(np.int32), home
        )
        limit_ms = activity.noon_return_within_s * 1000
        near: NDArray[np.bool_] = has_place & (time_ms >= 0) & (time_ms <= limit_ms)
        return near
