"""What no seed changes about schools: children, times from their homes, what families like."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.engine.activities import FreeFlowStreets
from twin.kernels.lottery import list_schools
from twin.network.wards import wards_at
from twin.population.families import children_of, who_seeks
from twin.streams import checked_uids, split_key

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.city.city import City
    from twin.city.schools import School
    from twin.network.street_graph import StreetGraph
    from twin.population.families import Children
    from twin.population.residents import Residents
    from twin.scenario.document import Scenario
    from twin.scenario.schools import SchoolLevel

MS_PER_MIN: Final = 60_000.0
N_LISTS_KEPT: Final = 16
"""Sets of lists that are kept: seeds of one scenario share them."""


@dataclass(frozen=True, eq=False)
class Seekers:
    """Children of one level whose families want a place, in the order of their names.

    Parameters
    ----------
    row
        (n,) rows in the table of residents.
    resident
        (n,) uint32 names.
    grade
        (n,) int8, 1 for the youngest.
    home
        (n,) int32 column of the home in the times to the schools.
    zone
        (n,) int16 ward of the home, -1 outside all.
    traits
        (n,) bool by name.
    points
        (n,) float64.
    points_rank
        (n,) int64, 0 for the most points.
    """

    row: NDArray[np.intp]
    resident: NDArray[np.uint32]
    grade: NDArray[np.int8]
    home: NDArray[np.int32]
    zone: NDArray[np.int16]
    traits: dict[str, NDArray[np.bool_]]
    points: NDArray[np.float64]
    points_rank: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Level:
    """One level of schools in a city.

    Parameters
    ----------
    settings
        As the scenario describes it.
    first
        Row of its first school among all of the city.
    schools
        Its schools, by uid.
    uid, node, zone
        (n_schools,) number of the row's name, street node, ward of it.
    quality
        (n_schools,) utility.
    seekers
        Who wants a place.
    home_node
        (n_homes,) nodes.
    time_ms
        (n_schools, n_homes) int32 free-flow time from each home, -1 without a way.
    """

    settings: SchoolLevel
    first: int
    schools: tuple[School, ...]
    uid: NDArray[np.uint32]
    node: NDArray[np.int32]
    zone: NDArray[np.int16]
    quality: NDArray[np.float64]
    seekers: Seekers
    home_node: NDArray[np.int32]
    time_ms: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Schools:
    """All levels, and the lists of families as they were asked for.

    Parameters
    ----------
    city, graph
        Where.
    levels
        In the order of the scenario.
    seed
        Population seed: what families like is the same in every run.
    """

    city: City
    graph: StreetGraph
    levels: tuple[Level, ...]
    seed: int
    _lists: OrderedDict[tuple[object, ...], tuple[NDArray[np.int32], NDArray[np.int64]]] = field(
        default_factory=OrderedDict
    )

    @property
    def nodes(self) -> NDArray[np.int32]:
        """Street nodes of all schools."""
        return np.concatenate([level.node for level in self.levels])

    def lists(
        self, level: Level, who: NDArray[np.intp], may: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the schools that families list, best first, and how many.

        Parameters
        ----------
        level
            What they choose among.
        who
            (n,) rows of `Seekers`.
        may
            (n, n_schools) whether a school would admit the child.
        """
        key = (level.settings.id, who.tobytes(), np.packbits(may).tobytes())
        known = self._lists.get(key)
        if known is not None:
            self._lists.move_to_end(key)
            return known
        rules, seekers = level.settings, level.seekers
        # A list cannot be longer than there are schools.
        length = min(rules.list_length, len(level.schools))
        listed = np.full((who.size, length), -1, dtype=np.int32)
        n_listed = np.zeros(who.size, dtype=np.int64)
        list_schools(
            listed,
            np.empty(length),
            n_listed,
            np.ascontiguousarray(seekers.resident[who]),
            np.ascontiguousarray(seekers.home[who]),
            may,
            level.time_ms,
            level.quality,
            level.uid,
            rules.travel_per_min / MS_PER_MIN,
            round(rules.cutoff_s * 1000),
            rules.taste,
            *split_key(self.seed),
        )
        self._lists[key] = listed, n_listed
        while len(self._lists) > N_LISTS_KEPT:
            self._lists.popitem(last=False)
        return listed, n_listed


def schools_of(city: City, scenario: Scenario, residents: Residents) -> Schools | None:
    """Return the schools of a scenario; None where there are none.

    Times are those of the map's streets when nobody is in the way, as for workplaces: what
    a scenario says about travel, traffic and closures moves no list.

    Parameters
    ----------
    city
        With the schools of the scenario.
    scenario
        Its levels and families.
    residents
        Who lives where.
    """
    if scenario.schools is None:
        return None
    seed = scenario.population.seed
    children = children_of(residents, scenario.schools, seed)
    streets = FreeFlowStreets(city.graph)
    where = scenario.where("schools")
    uids = checked_uids([school.key for school in city.schools], where=where)
    levels = []
    for settings in scenario.schools.levels:
        rows = [i for i, one in enumerate(city.schools) if one.level == settings.id]
        schools = tuple(city.schools[i] for i in rows)
        nodes = [city.graph.nearest_node(s.facility.lon, s.facility.lat)[0] for s in schools]
        node = np.array(nodes, dtype=np.int32)
        seekers, home_node = _seekers(residents, children, settings, seed)
        time_ms = np.empty((len(schools), home_node.size), dtype=np.int32)
        for i, at in enumerate(node.tolist()):
            time_ms[i] = streets.towards_ms(settings.by_mode, at)[home_node]
        levels.append(
            Level(
                settings=settings,
                first=rows[0],
                schools=schools,
                uid=np.array([uids[s.key] for s in schools], dtype=np.uint32),
                node=node,
                zone=wards_at(city.wards, city.graph.node_x_mm[node], city.graph.node_y_mm[node]),
                quality=np.array([s.quality for s in schools], dtype=np.float64),
                seekers=seekers,
                home_node=home_node,
                time_ms=time_ms,
            )
        )
    return Schools(city, city.graph, tuple(levels), seed)


def _seekers(
    residents: Residents, children: Children, settings: SchoolLevel, seed: int
) -> tuple[Seekers, NDArray[np.int32]]:
    """Return who wants a place of a level, and the nodes of their homes."""
    first, last = settings.ages
    is_of_age = (children.age >= first) & (children.age <= last)
    seek = np.flatnonzero(is_of_age & who_seeks(children, settings.seek_share, settings.id, seed))
    row = children.row[seek]
    home_node, home = np.unique(residents.home_node[row], return_inverse=True)
    points = children.points[seek]
    order = np.unique(-points, return_inverse=True)[1]
    seekers = Seekers(
        row=row,
        resident=children.resident[seek],
        grade=(children.age[seek] - first + 1).astype(np.int8),
        home=home.astype(np.int32).reshape(-1),
        zone=residents.zone[row],
        traits={name: has[seek] for name, has in children.traits.items()},
        points=points,
        points_rank=order.astype(np.int64).reshape(-1),
    )
    return seekers, home_node.astype(np.int32)
