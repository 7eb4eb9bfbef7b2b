"""Everything of a run that does not depend on its seed.

Built once for a city and a scenario and shared by all replications: residents,
stations, need rates, the baseline's candidates and the dated edits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from twin.city.calendar import Calendar, opening_intervals
from twin.engine.reach import ReachRequest, build_candidates, closed_edges
from twin.errors import ScenarioError
from twin.kernels.demand import strip_cdf
from twin.network.modes import MODES
from twin.population.columns import BY_NAME
from twin.population.groups import N_CELLS, cell_column
from twin.population.synthesis import build_residents
from twin.scenario.compile import compile_scenario
from twin.streams import BLOCK_BITS, BLOCK_SIZE, N_DAYS_MAX, checked_uids
from twin.units import DAYS_PER_YEAR

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
    from twin.scenario.services import ServiceSettings

LOOKAHEAD_DAYS = 15
"""Days beyond the horizon for which openings are known: a need of the last day may
be planned across a week of holidays."""


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
    service_uid: dict[str, int]
    home_node: NDArray[np.int64]
    home_row: NDArray[np.int32]
    blocks: NDArray[np.uint32]
    row_of: NDArray[np.int32]
    rate_of_group: NDArray[np.float64]
    hour_factor: NDArray[np.float64]
    day_factor: NDArray[np.float64]
    cdf: NDArray[np.float64]
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
            n_days = self.n_days + LOOKAHEAD_DAYS
            self._intervals[hours] = opening_intervals(hours, self.calendar, n_days)
        return self._intervals[hours]


def _stations(
    city: City, graph: StreetGraph, scenario: Scenario, service_row: dict[str, int]
) -> tuple[Station, ...]:
    """Return the stations in the order of (service, facility)."""
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


def _need_rates(scenario: Scenario) -> NDArray[np.float64]:
    """Return (n_services, n_groups) needs per resident and day."""
    rates = np.empty((len(scenario.services), N_CELLS))
    for row, service in enumerate(scenario.services):
        rates[row] = service.needs_per_year / DAYS_PER_YEAR
        for column, factors in service.need_multiplier.items():
            codes = cell_column(column, where=f"services.{service.id}.need_multiplier")
            for category, factor in factors.items():
                rates[row][codes == BY_NAME[column].words.index(category)] *= factor
    return rates


def _day_factors(service: ServiceSettings, calendar: Calendar, n_days: int) -> NDArray[np.float64]:
    """Return the factor of each day against the mean of a week without holidays."""
    week = np.asarray(service.weekday_weight, dtype=np.float64)
    week /= week.mean()
    factors = [week[calendar.weekday(day)] for day in range(n_days)]
    holiday = [service.holiday_weight if calendar.is_holiday(d) else 1.0 for d in range(n_days)]
    return np.asarray(factors, dtype=np.float64) * np.asarray(holiday, dtype=np.float64)


def _blocks(uid: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """Return the blocks of 1,024 uids that hold somebody, and the row of each uid."""
    blocks, where = np.unique(uid >> np.uint32(BLOCK_BITS), return_inverse=True)
    row_of = np.full(blocks.size * BLOCK_SIZE, -1, dtype=np.int32)
    row_of[where * BLOCK_SIZE + (uid & np.uint32(BLOCK_SIZE - 1))] = np.arange(
        uid.size, dtype=np.int32
    )
    return blocks.astype(np.uint32), row_of


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
    ScenarioError
        If the scenario does not fit the city.
    """
    if scenario.run.days + LOOKAHEAD_DAYS > N_DAYS_MAX:
        raise ScenarioError(
            f"{scenario.source}: run.days",
            f"{scenario.run.days} days",
            expected=f"at most {N_DAYS_MAX - LOOKAHEAD_DAYS} days",
        )
    compiled = compile_scenario(scenario, city)
    people = build_residents(city, scenario.population) if residents is None else residents
    calendar = Calendar(scenario.calendar, scenario.run.start, scenario.run.days + LOOKAHEAD_DAYS)
    service_uid = checked_uids([s.id for s in scenario.services], where=str(scenario.source))
    service_row = {service.id: row for row, service in enumerate(scenario.services)}
    home_node, home_row = np.unique(people.home_node, return_inverse=True)
    blocks, row_of = _blocks(people.resident)
    travel = scenario.travel
    graph = compiled.city.graph
    if (travel.walk_mps, travel.bicycle_mps) != (graph.walk_mps, graph.bicycle_mps):
        graph = graph.with_speeds(walk_mps=travel.walk_mps, bicycle_mps=travel.bicycle_mps)
    stations = _stations(compiled.city, graph, scenario, service_row)
    fixed = {"car": travel.car_fixed_s}
    reach = ReachRequest(
        home_node=home_node.astype(np.int64),
        station_node=np.array([s.node for s in stations], dtype=np.int64),
        station_service=np.array([s.service for s in stations], dtype=np.int32),
        cutoff_s=[s.cutoff_s for s in scenario.services],
        modes=tuple(travel.modes),
        fixed_ms=np.array([round(fixed.get(m, 0.0) * 1000) for m in MODES], dtype=np.int64),
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
        service_uid=service_uid,
        home_node=home_node.astype(np.int64),
        home_row=home_row.astype(np.int32),
        blocks=blocks,
        row_of=row_of,
        rate_of_group=_need_rates(scenario),
        hour_factor=np.array(
            [np.asarray(s.hour_weight) / np.mean(s.hour_weight) for s in scenario.services]
        ),
        day_factor=np.array(
            [_day_factors(s, calendar, scenario.run.days) for s in scenario.services]
        ),
        cdf=strip_cdf(),
        reach=reach,
        warnings=compiled.warnings,
    )
