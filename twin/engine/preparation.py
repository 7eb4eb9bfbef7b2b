"""Everything of a run that does not depend on its seed.

Built once for a city and a scenario and shared by all replications: residents,
stations, need rates, the baseline's candidates and the dated edits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from twin.city.calendar import Calendar, check_hours, opening_intervals
from twin.engine.demand import Demand, demand_of
from twin.engine.reach import ReachRequest, build_candidates, closed_edges
from twin.errors import InputError, did_you_mean
from twin.kernels.choice import LOOKAHEAD_DAYS
from twin.network.modes import MODES
from twin.population.groups import group_mask
from twin.population.synthesis import build_residents
from twin.scenario.compile import compile_scenario
from twin.streams import checked_uids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.city.city import City
    from twin.city.edits import Edit
    from twin.city.facilities import Facility
    from twin.kernels.columns import Candidates
    from twin.network.street_graph import StreetGraph
    from twin.population.residents import Residents
    from twin.scenario.document import Scenario
    from twin.scenario.interventions.base import LedgerRow

MARGIN_DAYS = LOOKAHEAD_DAYS + 2
"""Days beyond the run for which openings are known, so that its end decides nothing: a need
of the last day may lead to an arrival on the next and a plan of two weeks from there,
for an opening of a day."""


@dataclass(frozen=True)
class Station:
    """One facility-service pair before anything happened to it."""

    name: str
    uid: int
    service: int
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
    home_row: NDArray[np.int32]
    demand: Demand
    reach: ReachRequest
    warnings: tuple[str, ...]
    _candidates: dict[frozenset[int], Candidates] = field(default_factory=dict)
    _intervals: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    @property
    def n_days(self) -> int:
        """Days of the run."""
        return self.scenario.run.days

    def candidates(self, closures: dict[int, int]) -> Candidates:
        """Return the candidates under `closures` (closures by way), computed once."""
        ways = frozenset(way for way, count in closures.items() if count > 0)
        if ways not in self._candidates:
            closed = closed_edges(self.graph, closures)
            self._candidates[ways] = build_candidates(self.graph, self.reach, closed)
        return self._candidates[ways]

    def intervals(self, hours: str) -> NDArray[np.int64]:
        """Return the opening intervals of an hours text, (n, 2) int64 microseconds."""
        if hours not in self._intervals:
            n_days = self.n_days + MARGIN_DAYS
            self._intervals[hours] = opening_intervals(hours, self.calendar, n_days)
        return self._intervals[hours]


def _stations(city: City, graph: StreetGraph, scenario: Scenario) -> tuple[Station, ...]:
    """Return the stations in the order of (service, facility)."""
    service_row = {service.id: row for row, service in enumerate(scenario.services)}
    facilities = [f for f in city.facilities if f.service in service_row]
    facilities.sort(key=lambda f: (service_row[f.service], f.uid))
    names = [f"{f.uid}/{f.service}" for f in facilities]
    uids = checked_uids(names, where=str(scenario.source))
    stations = []
    for name, facility in zip(names, facilities, strict=True):
        service = scenario.services[service_row[facility.service]]
        node, _ = graph.nearest_node(facility.lon, facility.lat)
        stations.append(
            Station(
                name=name,
                uid=uids[name],
                service=service_row[facility.service],
                facility=facility,
                node=int(node),
                servers=service.default_servers if facility.servers is None else facility.servers,
                hours=facility.hours or service.default_hours,
                waiting_room=-1 if facility.waiting_room is None else facility.waiting_room,
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
    people = build_residents(city, scenario.population) if residents is None else residents
    calendar = Calendar(scenario.calendar, scenario.run.start, scenario.run.days + MARGIN_DAYS)
    home_node, home_row = np.unique(people.home_node, return_inverse=True)
    graph = _streets(compiled.city, scenario)
    stations = _stations(compiled.city, graph, scenario)
    for edit in compiled.edits:
        _check_row(edit, graph, scenario, stations)
    return Preparation(
        city=compiled.city,
        graph=graph,
        scenario=scenario,
        edits=compiled.edits,
        ledger=compiled.ledger,
        residents=people,
        calendar=calendar,
        stations=stations,
        home_row=home_row.astype(np.int32),
        demand=demand_of(scenario, people.resident, calendar),
        reach=_reach(scenario, home_node.astype(np.int64), stations),
        warnings=compiled.warnings,
    )


def _check_row(
    edit: Edit, graph: StreetGraph, scenario: Scenario, stations: tuple[Station, ...]
) -> None:
    """Refuse before the run what would end it: an edit of no known row, or words of no sense."""
    where = f"edit of {edit.table}[{edit.uid}].{edit.column} by `{edit.cause}`"
    if edit.table == "streets":
        way = edit.uid.removeprefix("way/")
        if not (way.isdecimal() and (graph.edge_way == int(way)).any()):
            raise InputError(where, "no such way in the map", expected="`way/` and an OSM id")
        return
    known = [station.name for station in stations]
    if edit.table == "services":
        known = [service.id for service in scenario.services]
    if edit.uid not in known:
        raise InputError(
            where,
            f"no such row of {edit.table} in this scenario",
            expected=f"one of its {len(known)} {edit.table}",
            hint=did_you_mean(edit.uid, known),
        )
    if edit.column == "hours":
        check_hours(str(edit.value), where=where)
    elif edit.column == "eligibility":
        group_mask(str(edit.value), where=where)


def _streets(city: City, scenario: Scenario) -> StreetGraph:
    """Return the city's streets at the scenario's speeds."""
    speeds = (scenario.travel.walk_mps, scenario.travel.bicycle_mps)
    if speeds == (city.graph.walk_mps, city.graph.bicycle_mps):
        return city.graph
    return city.graph.with_speeds(walk_mps=speeds[0], bicycle_mps=speeds[1])


def _reach(
    scenario: Scenario, home_node: NDArray[np.int64], stations: tuple[Station, ...]
) -> ReachRequest:
    """Return what candidates depend on besides the streets."""
    fixed_s = {"car": scenario.travel.car_fixed_s}
    return ReachRequest(
        home_node=home_node,
        station_node=np.array([s.node for s in stations], dtype=np.int64),
        station_service=np.array([s.service for s in stations], dtype=np.int32),
        cutoff_s=[s.cutoff_s for s in scenario.services],
        modes=tuple(scenario.travel.modes),
        fixed_ms=np.array([round(fixed_s.get(m, 0.0) * 1000) for m in MODES], dtype=np.int64),
    )
