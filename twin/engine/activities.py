"""The days of the residents: what of them no seed changes, and one run's course of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from twin.engine.day_rules import day_rules, empty_plans, mode_rules, with_room
from twin.engine.pair_times import batches, due_times
from twin.kernels.plans import HOME_SLOT, MAIN_SLOT, PURPOSES, intend_day
from twin.kernels.touring import make_trips
from twin.kernels.whereabouts import collect_trips, count_present
from twin.network.carriers import WALKING, resident_carriers
from twin.network.journeys import Streets
from twin.network.modes import RESIDENT_MODES
from twin.network.pairs import pairs_ms
from twin.network.wards import wards_at
from twin.population.columns import AGE_BANDS
from twin.population.families import CHILDREN
from twin.population.occupations import PUPIL, ROLES, WORKER, build_occupations
from twin.scenario.traffic import N_HOURS
from twin.streams import split_key
from twin.units import DAY_US, HOUR_US

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.city.calendar import Calendar
    from twin.city.city import City
    from twin.engine.reach import ReachRequest
    from twin.kernels.plans import Plans, Rules
    from twin.kernels.touring import ModeRules
    from twin.network.carriers import Carrier
    from twin.network.street_graph import StreetGraph
    from twin.population.occupations import Occupations
    from twin.population.residents import Residents
    from twin.scenario.document import Scenario

N_WORKING_DAYS: Final = 5
NO_NODES: Final = np.empty(0, dtype=np.int32)
KINDS: Final = (*PURPOSES, "under_way")
"""What residents do who are present somewhere."""


class Trips(NamedTuple):
    """Trips that were made, one row each.

    Attributes
    ----------
    row : (n,) int32
        Row of the resident.
    from_slot, to_slot, purpose, mode : (n,) int8
    depart_us, arrive_us : (n,) int64
    """

    row: NDArray[np.int32]
    from_slot: NDArray[np.int8]
    to_slot: NDArray[np.int8]
    purpose: NDArray[np.int8]
    mode: NDArray[np.int8]
    depart_us: NDArray[np.int64]
    arrive_us: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Activities:
    """What no seed changes about the days of the residents.

    Parameters
    ----------
    occupations
        Role and places of each resident.
    rules, modes
        ``[activities]`` as the kernels read it.
    carriers
        Modes of travel in use.
    home_zone
        (n,) int16 ward of each home, -1 outside all wards.
    zone_of_node
        (n_nodes,) int16 ward of each node at which residents stay, -1 outside all wards.
    kind_of_slot
        (n_roles, n_slots) int8 what residents do at their places: index of a purpose.
    is_day_off
        (n_days,) bool.
    """

    occupations: Occupations
    rules: Rules
    modes: ModeRules
    carriers: Sequence[Carrier]
    home_zone: NDArray[np.int16]
    zone_of_node: NDArray[np.int16]
    kind_of_slot: NDArray[np.int8]
    is_day_off: NDArray[np.bool_]


class FreeFlowStreets:
    """The city's streets when nobody is in the way, at the speeds of its map.

    Not at those of ``[travel]``, nor by its modes alone: what a scenario says about
    travel moves no workplace.
    """

    def __init__(self, graph: StreetGraph) -> None:
        self._streets = Streets(graph)
        known = resident_carriers(RESIDENT_MODES, car_ms=0)
        self._carriers = {
            one.name: one for one in known if np.any(graph.edge_time_ms[one.base] > 0)
        }

    def _carrier(self, mode: str) -> Carrier:
        # Where no street is open to a mode it is no yardstick: everybody walks.
        return self._carriers.get(mode, WALKING)

    def pairs_ms(
        self, mode: str, origin: NDArray[np.int32], destination: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the time of each pair of nodes, -1 unreachable."""
        return pairs_ms(self._streets, self._carrier(mode), origin, destination)

    def towards_ms(self, mode: str, destination: int) -> NDArray[np.int32]:
        """Return the time from every node to one, -1 unreachable."""
        return self._streets.to_node(destination, self._carrier(mode))


def occupations_of(city: City, scenario: Scenario, residents: Residents) -> Occupations | None:
    """Return who does what where; None where a scenario plans no days.

    Where it enrols children, those of the youngest age band are no pupils before that.
    """
    if scenario.activities is None:
        return None
    seed, settings = scenario.population.seed, scenario.activities
    if scenario.schools is not None:
        enrolled = {**settings.pupil_share, AGE_BANDS[CHILDREN]: 0.0}
        settings = settings.model_copy(update={"pupil_share": enrolled})
    return build_occupations(city, residents, settings, seed, FreeFlowStreets(city.graph))


def activities_of(
    city: City,
    scenario: Scenario,
    residents: Residents,
    occupations: Occupations | None,
    request: ReachRequest,
    calendar: Calendar,
    *,
    school_node: NDArray[np.int32] = NO_NODES,
) -> Activities | None:
    """Return the seed-independent part of the day plans; None where there are none.

    Parameters
    ----------
    city, scenario, residents
        What is simulated.
    occupations
        Who does what where.
    request
        Modes of travel.
    calendar
        Days of the run.
    school_node
        Nodes at which pupils may come to stay during the run.
    """
    if scenario.activities is None or occupations is None:
        return None
    return Activities(
        occupations=occupations,
        rules=day_rules(scenario.activities),
        modes=mode_rules(scenario.activities, request.carriers, request.fixed_ms),
        carriers=request.carriers,
        home_zone=residents.zone,
        zone_of_node=_zones(city, occupations, school_node),
        kind_of_slot=_kinds(occupations.n_slots),
        is_day_off=np.array([_is_off(calendar, day) for day in range(scenario.run.days)]),
    )


def _is_off(calendar: Calendar, day: int) -> bool:
    return calendar.weekday(day) >= N_WORKING_DAYS or calendar.is_holiday(day)


def _zones(
    city: City, occupations: Occupations, school_node: NDArray[np.int32]
) -> NDArray[np.int16]:
    """Return the ward of each node at which somebody stays, -1 for all others."""
    graph = city.graph
    zone = np.full(graph.n_nodes, -1, dtype=np.int16)
    nodes = np.union1d(all_nodes(occupations), school_node)
    zone[nodes] = wards_at(city.wards, graph.node_x_mm[nodes], graph.node_y_mm[nodes])
    return zone


def _kinds(n_slots: int) -> NDArray[np.int8]:
    """Return what residents of each role do at each of their places."""
    kind = np.full((len(ROLES), n_slots), PURPOSES.index("other"), dtype=np.int8)
    kind[:, HOME_SLOT] = PURPOSES.index("home")
    kind[WORKER, MAIN_SLOT] = PURPOSES.index("work")
    kind[PUPIL, MAIN_SLOT] = PURPOSES.index("school")
    return kind


@dataclass(eq=False)
class Days:
    """The days of one run so far.

    Parameters
    ----------
    activities
        What no seed changes.
    resident, group
        (n,) columns of the residents.
    seed
        Run seed.
    measured_days
        Days on which trips are counted.
    n_zones
        Wards of the city.
    is_logged
        Whether every trip is kept.
    """

    activities: Activities
    resident: NDArray[np.uint32]
    group: NDArray[np.uint16]
    seed: int
    measured_days: range
    n_zones: int
    is_logged: bool
    plans: Plans = field(init=False)
    n_trips: NDArray[np.int32] = field(init=False)
    trip_us: NDArray[np.int64] = field(init=False)
    n_cut_off: NDArray[np.int32] = field(init=False)
    present: list[NDArray[np.int32]] = field(default_factory=list)
    logged: list[Trips] = field(default_factory=list)
    # (from_us, node of work or school) of each spell in which nobody changed it.
    main_places: list[tuple[int, NDArray[np.int32]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        n = self.resident.size
        self.plans = empty_plans(n)
        self.n_trips = np.zeros(n, dtype=np.int32)
        self.trip_us = np.zeros(n, dtype=np.int64)
        self.n_cut_off = np.zeros(n, dtype=np.int32)

    def note_main_places(self, now_us: int) -> None:
        """Remember where everybody works or learns from now on."""
        if self.main_places and self.main_places[-1][0] == now_us:
            self.main_places.pop()
        node = self.activities.occupations.node
        self.main_places.append((now_us, node[:, MAIN_SLOT].copy()))

    def node_at(
        self, row: NDArray[np.integer], slot: NDArray[np.integer], when_us: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        """Return the node of places of residents as they were at a time, (n,) int32."""
        node: NDArray[np.int32] = self.activities.occupations.node[row, slot]
        if self.main_places:
            since = np.array([entry[0] for entry in self.main_places], dtype=np.int64)
            # Before the first change nobody had another place than at first.
            spell = np.maximum(np.searchsorted(since, when_us, side="right") - 1, 0)
            main = np.stack([entry[1] for entry in self.main_places])
            node = np.where(slot == MAIN_SLOT, main[spell, row], node)
        return node

    def begin(self, day: int) -> None:
        """Let everybody decide what to do on a day."""
        which, rules = self.activities, self.activities.rules
        while True:
            n = intend_day(
                self.plans,
                which.occupations.role,
                which.occupations.is_near,
                which.occupations.node,
                self.resident,
                rules,
                day,
                int(which.is_day_off[day]),
                *split_key(self.seed),
            )
            if n >= 0:
                return
            # What the residents were doing is kept apart from the trips: asked again,
            # the answer is the same.
            self.plans = with_room(self.plans, self.plans.want_us.size * 5 // 4)

    def advance(self, since_us: int, until_us: int, view: Streets) -> None:
        """Make the trips that leave before `until_us`, on the streets as they are since then."""
        which = self.activities
        for rows in batches(self.resident.size):
            due_start, times = due_times(
                self.plans,
                rows,
                until_us,
                which,
                self.group,
                view,
            )
            make_trips(
                self.plans,
                self.n_trips,
                self.trip_us,
                self.n_cut_off,
                rows.start,
                since_us,
                until_us,
                int(since_us // DAY_US in self.measured_days),
                due_start,
                times,
                which.modes,
                self.resident,
                self.group,
                *split_key(self.seed),
            )

    def close(self, day: int) -> None:
        """Count who was where in each hour of a day, and keep its trips where asked to."""
        hours = day * DAY_US + HOUR_US * np.arange(N_HOURS, dtype=np.int64)
        present = np.zeros((self.n_zones + 1, N_HOURS, len(KINDS)), dtype=np.int32)
        which = self.activities
        count_present(
            present,
            self.plans,
            which.home_zone,
            which.zone_of_node,
            which.occupations.node,
            which.occupations.role,
            which.kind_of_slot,
            hours,
        )
        self.present.append(present)
        if self.is_logged:
            self.logged.append(self.trips_of_day())

    def trips_of_day(self, order: NDArray[np.intp] | None = None) -> Trips:
        """Return the trips made so far on the day under way.

        Parameters
        ----------
        order : (n,), optional
            Rows of the residents in the order wanted.
        """
        plans, occupations = self.plans, self.activities.occupations
        rows = np.arange(self.resident.size) if order is None else order
        n_most = int(plans.start[-1])
        row, trip = np.empty(n_most, dtype=np.int32), np.empty(n_most, dtype=np.int64)
        n = collect_trips(row, trip, plans, rows)
        row, trip = row[:n], trip[:n]
        to_slot = plans.to_slot[trip]
        return Trips(
            row,
            plans.from_slot[trip],
            to_slot,
            self.activities.kind_of_slot[occupations.role[row], to_slot],
            plans.mode[trip],
            plans.depart_us[trip],
            plans.arrive_us[trip],
        )

    def chain_parts(self) -> list[tuple[str, NDArray[np.generic]]]:
        """Return what a link of the hash chain covers, in the order of uids."""
        order = np.argsort(self.resident, kind="stable")
        trips = self.trips_of_day(order)
        columns = [(f"trip.{name}", column) for name, column in trips._asdict().items()]
        held = ("slot", "ready_us", "vehicle", "is_stranded")
        counted = ("n_trips", "trip_us", "n_cut_off")
        return [
            ("trip.resident", self.resident[trips.row]),
            *[part for part in columns if part[0] != "trip.row"],
            *[(f"plan.{name}", getattr(self.plans, name)[order]) for name in held],
            *[(f"days.{name}", getattr(self, name)[order]) for name in counted],
        ]


def all_nodes(occupations: Occupations) -> NDArray[np.int64]:
    """Return every node at which residents stay, ascending."""
    nodes = np.unique(occupations.node).astype(np.int64)
    return nodes[nodes >= 0]
