"""Everything of a run that does not depend on its seed.

Built once for a city and a scenario and shared by all replications: residents,
stations, need rates, the baseline's candidates and the dated edits.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from twin.city.calendar import Calendar, check_hours, opening_intervals
from twin.city.schools import check_catchment
from twin.engine.activities import NO_NODES, activities_of, occupations_of
from twin.engine.choice_columns import check_choices
from twin.engine.demand import Demand, demand_of
from twin.engine.reach import Reach, ReachRequest
from twin.engine.schools import Schools, schools_of
from twin.engine.traffic import Traffic, traffic_of
from twin.errors import InputError, did_you_mean
from twin.kernels.choice import LOOKAHEAD_DAYS
from twin.network.carriers import bus_carrier, resident_carriers
from twin.network.journeys import MetricShelf, Streets
from twin.network.street_rows import EMPTY_STREETS, StreetState, edges_of_row
from twin.population.groups import group_mask
from twin.population.synthesis import build_residents
from twin.scenario.compile import CompiledScenario, compile_scenario
from twin.scenario.traffic import MAX_FACTOR
from twin.streams import checked_uids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.city.city import City
    from twin.city.edits import Edit
    from twin.city.facilities import Facility
    from twin.engine.activities import Activities
    from twin.kernels.columns import Candidates
    from twin.network.carriers import Carrier
    from twin.network.street_graph import StreetGraph
    from twin.population.fitting.report import FitReport
    from twin.population.occupations import Occupations
    from twin.population.residents import Residents
    from twin.scenario.document import Scenario
    from twin.scenario.interventions.base import LedgerRow

N_VIEWS_KEPT = 24
"""States of streets and traffic whose times and metrics are kept: the hours of a day."""

MARGIN_DAYS = LOOKAHEAD_DAYS + 2
"""Days beyond the run for which openings are known, so that its end decides nothing: a need
of the last day may lead to an arrival on the next and a plan of two weeks from there,
for an opening of a day."""


@dataclass(frozen=True)
class Station:
    """One stage of a service at a facility before anything happened to it.

    The door, stage 0, bears the name of the facility-service pair; `servers` and
    `waiting_room` are those of the stage.
    """

    name: str
    uid: int
    service: int
    stage: int
    facility: Facility
    node: int
    servers: int
    hours: str
    waiting_room: int


@dataclass(frozen=True, eq=False)
class Preparation:
    """The seed-independent part of a run; see `prepare`."""

    city: City
    graph: StreetGraph
    scenario: Scenario
    edits: tuple[Edit, ...]
    ledger: tuple[LedgerRow, ...]
    residents: Residents
    calendar: Calendar
    stations: tuple[Station, ...]
    place_node: NDArray[np.int32]
    origin_of_node: NDArray[np.int32]
    demand: Demand
    traffic: Traffic
    reach: Reach
    activities: Activities | None
    compiled_warnings: tuple[str, ...]
    schools: Schools | None = None
    population_fit: FitReport | None = None
    _intervals: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    _views: OrderedDict[tuple[StreetState, int], Streets] = field(default_factory=OrderedDict)
    _shelf: MetricShelf = field(default_factory=MetricShelf)

    @property
    def carriers(self) -> Sequence[Carrier]:
        """Modes of travel that residents may take."""
        return self.reach.request.carriers

    @property
    def origin_node(self) -> NDArray[np.int64]:
        """Nodes from which trips to services may start."""
        return self.reach.request.origin_node

    @cached_property
    def home_row(self) -> NDArray[np.int32]:
        """Row of each resident's home among the origins, (n_residents,) int32."""
        return self.origin_of_node[self.place_node[:, 0]]

    @property
    def doors(self) -> list[tuple[int, Station]]:
        """Row and station of each facility-service pair: where people enter."""
        return [(row, one) for row, one in enumerate(self.stations) if one.stage == 0]

    @property
    def n_days(self) -> int:
        """Days of the run."""
        return self.scenario.run.days

    @property
    def warnings(self) -> tuple[str, ...]:
        """What runs but may not be meant, and what memory left out of the candidates."""
        n_left_out = self.reach.n_left_out
        if n_left_out == 0:
            return self.compiled_warnings
        k = self.scenario.travel.candidates_max
        where = self.scenario.where("travel", "candidates_max")
        words = f"{n_left_out:,} candidates within a cut-off are not among the {k} nearest"
        return (*self.compiled_warnings, f"{where}: {words} and are left out")

    def candidates(self, streets: StreetState = EMPTY_STREETS, period: int = 0) -> Candidates:
        """Return the candidates on the streets as they are, computed once; see `Reach`."""
        return self.reach.candidates(streets, period)

    def streets_view(self, streets: StreetState, period: int) -> Streets:
        """Return the streets in one state and one period of traffic; the last few are kept."""
        key = (streets, period)
        if key not in self._views:
            factor = self.traffic.factor[period]
            self._views[key] = Streets(self.graph, streets, factor, self._shelf)
            if len(self._views) > N_VIEWS_KEPT:
                self._views.popitem(last=False)
        self._views.move_to_end(key)
        return self._views[key]

    def intervals(self, hours: str) -> NDArray[np.int64]:
        """Return the opening intervals of an hours text, (n, 2) int64 microseconds."""
        if hours not in self._intervals:
            n_days = self.n_days + MARGIN_DAYS
            self._intervals[hours] = opening_intervals(hours, self.calendar, n_days)
        return self._intervals[hours]


def _stations(city: City, graph: StreetGraph, scenario: Scenario) -> tuple[Station, ...]:
    """Return the stations in the order of (service, facility, stage)."""
    service_row = {service.id: row for row, service in enumerate(scenario.services)}
    facilities = [f for f in city.facilities if f.service in service_row]
    facilities.sort(key=lambda f: (service_row[f.service], f.uid))
    names = [
        f"{f.uid}/{f.service}" if number == 0 else f"{f.uid}/{f.service}/{stage.id}"
        for f in facilities
        for number, stage in enumerate(scenario.services[service_row[f.service]].all_stages)
    ]
    uids = checked_uids(names, where=str(scenario.source))
    stations: list[Station] = []
    for facility in facilities:
        service = scenario.services[service_row[facility.service]]
        node, _ = graph.nearest_node(facility.lon, facility.lat)
        own = service.default_servers if facility.servers is None else facility.servers
        for number, stage in enumerate(service.all_stages):
            name = names[len(stations)]
            is_main = number == service.main_stage
            room = stage.waiting_room
            if room is None and is_main:
                room = facility.waiting_room
            stations.append(
                Station(
                    name=name,
                    uid=uids[name],
                    service=service_row[facility.service],
                    stage=number,
                    facility=facility,
                    node=int(node),
                    servers=own if stage.servers is None else stage.servers,
                    hours=facility.hours or service.default_hours,
                    waiting_room=-1 if room is None else room,
                )
            )
    return tuple(stations)


def prepare(city: City, scenario: Scenario, residents: Residents | None = None) -> Preparation:
    """Return the seed-independent part of a run.

    Parameters
    ----------
    city
        Streets, buildings and facilities.
    scenario
        Validated scenario.
    residents
        Residents to use instead of those of ``[population]``.

    Raises
    ------
    InputError
        If the scenario does not fit the city.
    """
    compiled = compile_scenario(scenario, city)
    people = _people(compiled, city) if residents is None else residents
    calendar = Calendar(scenario.calendar, scenario.run.start, scenario.run.days + MARGIN_DAYS)
    graph = _streets(compiled.city, scenario)
    stations = _stations(compiled.city, graph, scenario)
    check_choices(scenario, compiled.city.wards.names, stations)
    for edit in compiled.edits:
        _check_row(edit, compiled.city, scenario, stations)
    occupations = occupations_of(compiled.city, scenario, people)
    place_node = (
        np.ascontiguousarray(people.home_node[:, None]) if occupations is None else occupations.node
    )
    schools = schools_of(compiled.city, scenario, people)
    # Who has days is found at school, too.
    school_node = NO_NODES if schools is None or occupations is None else schools.nodes
    origins = np.union1d(place_node, school_node)
    request = _reach(compiled, origins[origins >= 0], stations)
    traffic = traffic_of(scenario.traffic, calendar, scenario.run.days)
    activities = activities_of(
        compiled.city, scenario, people, occupations, request, calendar, school_node=school_node
    )
    return Preparation(
        city=compiled.city,
        graph=graph,
        scenario=scenario,
        edits=compiled.edits,
        ledger=compiled.ledger,
        residents=people,
        calendar=calendar,
        stations=stations,
        place_node=place_node,
        origin_of_node=_origin_of_node(request, graph.n_nodes),
        demand=demand_of(scenario, people.resident, calendar, compiled.day_tables),
        traffic=traffic,
        reach=Reach(graph, request, traffic),
        activities=activities,
        compiled_warnings=(*compiled.warnings, *_assumed(scenario, occupations)),
        population_fit=None if compiled.people is None else compiled.people.report,
        schools=schools,
    )


def _people(compiled: CompiledScenario, city: City) -> Residents:
    """Return the residents: by shares, or as fitted to margins."""
    settings = compiled.scenario.population
    if compiled.people is None:
        return build_residents(city, settings)
    from twin.population.fitted import fitted_residents  # noqa: PLC0415 - few scenarios fit

    return fitted_residents(city, settings, compiled.people)


def _check_row(edit: Edit, city: City, scenario: Scenario, stations: tuple[Station, ...]) -> None:
    """Refuse before the run what would end it: an edit of no known row, or words of no sense."""
    where = f"edit of {edit.table}[{edit.uid}].{edit.column} by `{edit.cause}`"
    if edit.table in ("streets", "slowdowns"):
        row = edit.uid.partition("@")[0]
        if edges_of_row(city.graph, row).size == 0:
            raise InputError(where, "no such way in the map", expected="`way/` and an OSM id")
        if edit.table == "slowdowns" and not 1.0 <= float(edit.value) <= MAX_FACTOR:
            expected = f"a factor of travel time from 1 to {MAX_FACTOR:g}"
            raise InputError(where, f"factor {edit.value}", expected=expected)
        return
    known = [station.name for station in stations]
    if edit.table == "services":
        known = [service.id for service in scenario.services]
    if edit.table == "schools":
        known = [school.key for school in city.schools]
    if edit.uid not in known:
        raise InputError(
            where,
            f"no such row of {edit.table} in this scenario",
            expected=f"one of its {len(known)} {edit.table}",
            hint=did_you_mean(edit.uid, known),
        )
    _check_words(edit, city, scenario, where)


def _check_words(edit: Edit, city: City, scenario: Scenario, where: str) -> None:
    """Refuse a value of no sense, and a cell that nothing reads."""
    if edit.column == "hours":
        check_hours(str(edit.value), where=where)
    elif edit.column == "priority":
        for who in str(edit.value).split(";") if edit.value else ():
            group_mask(who, where=where)
    elif edit.column == "appointments":
        service = scenario.service(edit.uid.rpartition("/")[2])
        if service.appointments is None:
            found = f"service `{service.id}` gives no appointments"
            raise InputError(where, found, expected="a service with [services.appointments]")
    elif edit.column == "catchment":
        check_catchment(str(edit.value), city.wards.names, where=where)
    elif edit.column in {"eligibility", "reserved_for"}:
        group_mask(str(edit.value), where=where)


def _streets(city: City, scenario: Scenario) -> StreetGraph:
    """Return the city's streets at the scenario's speeds."""
    speeds = (scenario.travel.walk_mps, scenario.travel.bicycle_mps)
    if speeds == (city.graph.walk_mps, city.graph.bicycle_mps):
        return city.graph
    return city.graph.with_speeds(walk_mps=speeds[0], bicycle_mps=speeds[1])


def _origin_of_node(request: ReachRequest, n_nodes: int) -> NDArray[np.int32]:
    """Return the row of each node among the origins, -1 where nobody sets out."""
    rows = np.full(n_nodes, -1, dtype=np.int32)
    rows[request.origin_node] = np.arange(request.origin_node.size, dtype=np.int32)
    return rows


def _assumed(scenario: Scenario, occupations: Occupations | None) -> list[str]:
    """Return what had to be assumed about the days of the residents."""
    if occupations is None:
        return []
    where = scenario.where("activities")
    return [f"{where}: {note}" for note in occupations.notes]


def _reach(
    compiled: CompiledScenario, origin_node: NDArray[np.integer], stations: tuple[Station, ...]
) -> ReachRequest:
    """Return what candidates depend on besides the streets."""
    travel = compiled.scenario.travel
    added_ms = round((travel.bus.wait_s + travel.bus.access_s) * 1000)
    bus = bus_carrier(travel.bus.mps, added_ms=added_ms, skim=compiled.skim)
    admissions = [group_mask(s.facility.eligibility) & s.facility.is_active for s in stations]
    changed = {edit.uid for edit in compiled.edits if edit.column in ("is_active", "eligibility")}
    return ReachRequest(
        origin_node=origin_node.astype(np.int64),
        station_node=np.array([s.node for s in stations], dtype=np.int64),
        # Nobody travels to a stage but through its door.
        station_service=np.array([-1 if s.stage else s.service for s in stations], dtype=np.int32),
        cutoff_s=[s.cutoff_s for s in compiled.scenario.services],
        carriers=resident_carriers(travel.modes, car_ms=round(travel.car_fixed_s * 1000), bus=bus),
        candidates_max=travel.candidates_max,
        admits=np.array(admissions, dtype=np.bool_) if admissions else None,
        changing=frozenset(row for row, s in enumerate(stations) if s.name in changed),
        remote=frozenset(i for i, s in enumerate(compiled.scenario.services) if s.remote),
    )
