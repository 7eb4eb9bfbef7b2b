"""The days of the residents: what of them no seed changes, and one run's course of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from twin.engine.day_rules import day_rules, empty_plans, mode_rules, with_room
from twin.engine.pair_times import PairTimes
from twin.kernels.plans import MAIN_SLOT, PURPOSES, intend_day
from twin.kernels.touring import count_present, make_trips
from twin.network.journeys import Streets
from twin.network.pairs import pairs_ms
from twin.network.wards import wards_at
from twin.population.occupations import PUPIL, build_occupations
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
    place_zone
        (n, n_slots) int16 ward of each place, -1 outside all wards.
    place_kind
        (n, n_slots) int8 what the resident does there.
    pair_times
        Times between home and the other places.
    is_day_off
        (n_days,) bool.
    """

    occupations: Occupations
    rules: Rules
    modes: ModeRules
    place_zone: NDArray[np.int16]
    place_kind: NDArray[np.int8]
    pair_times: PairTimes
    is_day_off: NDArray[np.bool_]


class _FreeFlow:
    """The streets as they are when places are chosen: nobody is in the way."""

    def __init__(self, graph: StreetGraph, carriers: Sequence[Carrier]) -> None:
        self._streets = Streets(graph)
        self._carriers = {carrier.name: carrier for carrier in carriers}

    def _carrier(self, mode: str) -> Carrier:
        # A mode that nobody takes here is no yardstick: everybody walks.
        return self._carriers.get(mode, self._carriers["walk"])

    def pairs_ms(
        self, mode: str, origin: NDArray[np.int32], destination: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the time of each pair of nodes, -1 unreachable."""
        return pairs_ms(self._streets, self._carrier(mode), origin, destination)

    def towards_ms(self, mode: str, destination: int) -> NDArray[np.int32]:
        """Return the time from every node to one, -1 unreachable."""
        return self._streets.to_node(destination, self._carrier(mode))


def occupations_of(
    city: City,
    graph: StreetGraph,
    scenario: Scenario,
    residents: Residents,
    carriers: Sequence[Carrier],
) -> Occupations | None:
    """Return who does what where; None where a scenario plans no days."""
    if scenario.activities is None:
        return None
    free_flow = _FreeFlow(graph, carriers)
    seed = scenario.population.seed
    return build_occupations(city, residents, scenario.activities, seed, free_flow)


def activities_of(
    city: City,
    scenario: Scenario,
    residents: Residents,
    occupations: Occupations | None,
    request: ReachRequest,
    calendar: Calendar,
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
    """
    if scenario.activities is None or occupations is None:
        return None
    return Activities(
        occupations=occupations,
        rules=day_rules(scenario.activities),
        modes=mode_rules(scenario.activities, request.carriers, request.fixed_ms),
        place_zone=_zones(city, residents, occupations),
        place_kind=_kinds(occupations),
        pair_times=PairTimes(occupations.node, request.carriers),
        is_day_off=np.array([_is_off(calendar, day) for day in range(scenario.run.days)]),
    )


def _is_off(calendar: Calendar, day: int) -> bool:
    return calendar.weekday(day) >= N_WORKING_DAYS or calendar.is_holiday(day)


def _zones(city: City, residents: Residents, occupations: Occupations) -> NDArray[np.int16]:
    """Return the ward of each place; a home's is that of its building."""
    used, inverse = np.unique(occupations.node, return_inverse=True)
    zone = np.full(used.size, -1, dtype=np.int16)
    is_place = used >= 0
    nodes = used[is_place]
    graph = city.graph
    zone[is_place] = wards_at(city.wards, graph.node_x_mm[nodes], graph.node_y_mm[nodes])
    found = zone[inverse].reshape(occupations.node.shape)
    found[:, 0] = residents.zone
    return np.ascontiguousarray(found)


def _kinds(occupations: Occupations) -> NDArray[np.int8]:
    kind = np.full(occupations.node.shape, PURPOSES.index("other"), dtype=np.int8)
    kind[:, 0] = PURPOSES.index("home")
    is_pupil = occupations.role == PUPIL
    kind[:, MAIN_SLOT] = np.where(is_pupil, PURPOSES.index("school"), PURPOSES.index("work"))
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
    n_made: int = 0

    def __post_init__(self) -> None:
        n = self.resident.size
        self.plans = empty_plans(n)
        self.n_trips = np.zeros(n, dtype=np.int32)
        self.trip_us = np.zeros(n, dtype=np.int64)
        self.n_cut_off = np.zeros(n, dtype=np.int32)

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
            self.plans = with_room(self.plans, 2 * self.plans.want_us.size)

    def advance(self, since_us: int, until_us: int, view: Streets) -> None:
        """Make the trips that leave before `until_us`, on the streets as they are since then."""
        self.n_made += make_trips(
            self.plans,
            self.n_trips,
            self.trip_us,
            self.n_cut_off,
            since_us,
            until_us,
            int(since_us // DAY_US in self.measured_days),
            self.activities.pair_times.times(view),
            self.activities.modes,
            self.resident,
            self.group,
            *split_key(self.seed),
        )

    def close(self, day: int) -> None:
        """Count who was where in each hour of a day, and keep its trips where asked to."""
        hours = day * DAY_US + HOUR_US * np.arange(N_HOURS, dtype=np.int64)
        present = np.zeros((self.n_zones + 1, N_HOURS, len(KINDS)), dtype=np.int32)
        which = self.activities
        count_present(present, self.plans, which.place_zone, which.place_kind, hours)
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
        plans = self.plans
        rows = np.arange(self.resident.size) if order is None else order
        n_done = plans.n_done[rows].astype(np.int64)
        row = np.repeat(rows, n_done)
        within = np.arange(row.size) - np.repeat(np.cumsum(n_done) - n_done, n_done)
        trip = plans.start[row] + within
        return Trips(
            row.astype(np.int32),
            plans.from_slot[trip],
            plans.to_slot[trip],
            plans.purpose[trip],
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
        return [
            ("trip.resident", self.resident[trips.row]),
            *[part for part in columns if part[0] != "trip.row"],
            *[(f"plan.{name}", getattr(self.plans, name)[order]) for name in held],
        ]


def all_nodes(occupations: Occupations) -> NDArray[np.int64]:
    """Return every node at which residents stay, ascending."""
    nodes = np.unique(occupations.node).astype(np.int64)
    return nodes[nodes >= 0]
