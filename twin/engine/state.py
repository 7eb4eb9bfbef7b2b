"""The mutable columns of one run, and how an edit changes them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.city.edits import AppliedEdit
from twin.engine.activities import Days
from twin.engine.booking import books_columns, clear_passed_slots, renew_book
from twin.engine.calendar import Publication, build_calendar, opening_columns
from twin.engine.choice_columns import choices_columns
from twin.engine.day_chance import day_chance_of
from twin.engine.day_rules import empty_plans, modes_of_groups
from twin.engine.editing import SETTERS, Number
from twin.engine.enrolment import Enrolments
from twin.engine.service_columns import (
    queues_columns,
    services_columns,
    stations_columns,
)
from twin.engine.shifts import renew_shifts
from twin.engine.stage_columns import follows_columns, stages_columns
from twin.engine.street_effects import StreetEffects, street_effects
from twin.engine.visit_rows import columns_of, empty_rows
from twin.errors import InputError, did_you_mean
from twin.kernels import columns as kc
from twin.kernels import service_columns as ks
from twin.kernels.doors import staff_desk
from twin.network.street_rows import Slowdown, StreetState
from twin.population.groups import cell_column
from twin.streams import split_key
from twin.units import DAY_US

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from twin.city.edits import Edit
    from twin.engine.preparation import Preparation
    from twin.kernels.choice import Hours
    from twin.kernels.plans import Plans
    from twin.kernels.queueing import Queues
    from twin.population.residents import Residents as People

NO_PLANS = empty_plans(0)


def _groups(prep: Preparation) -> kc.Groups:
    modes = modes_of_groups(prep.carriers)
    return kc.Groups(
        modes=modes,
        is_informed=cell_column("is_informed").astype(np.int8),
        on_the_way=sum(1 << one.code for one in prep.carriers if one.vehicle is None),
    )


def empty_visits(capacity: int) -> kc.Visits:
    """Return visit columns with room for `capacity` needs."""
    return columns_of(empty_rows(capacity))


def empty_agenda() -> kc.Agenda:
    """Return an agenda on which nothing stands."""
    no_time = np.empty(0, dtype=np.int64)
    no_row = np.empty(0, dtype=np.int32)
    return kc.Agenda(
        no_time,
        no_time.copy(),
        no_time.copy(),
        no_row,
        no_row,
        no_time.copy(),
        no_row,
        no_row,
        no_row,
    )


def own_copy(people: People) -> People:
    """Return residents whose writable columns belong to one run alone."""
    return replace(
        people,
        has_car=people.has_car.copy(),
        has_ebike=people.has_ebike.copy(),
        is_informed=people.is_informed.copy(),
        group=people.group.copy(),
    )


@dataclass(eq=False)
class State:
    """All that changes during a run."""

    prep: Preparation
    seed: int
    people: People
    clock_us: int = 0
    # (n_services, n_days) day factors of this seed.
    day_chance: NDArray[np.float64] = field(init=False)
    counters: NDArray[np.int64] = field(init=False)
    residents: kc.Residents = field(init=False)
    groups: kc.Groups = field(init=False)
    services: kc.Services = field(init=False)
    choices: ks.Choices = field(init=False)
    stages: ks.Stages = field(init=False)
    follows: ks.Follows = field(init=False)
    books: ks.Books = field(init=False)
    shifts: ks.Shifts = field(init=False)
    stations: kc.Stations = field(init=False)
    queues: Queues = field(init=False)
    hours: Hours = field(init=False)
    hours_text: list[str] = field(init=False)
    eligibility: list[str] = field(init=False)
    publications: list[Publication] = field(init=False)
    # Appointments that edits add to a slot, and who they say is called first.
    slots_added: NDArray[np.int64] = field(init=False)
    priority: list[str] = field(init=False)
    # Closures of each row of the streets, and what slows it, by cell of an edit.
    closures: dict[str, int] = field(default_factory=dict)
    slowdowns: dict[tuple[str, str], Slowdown] = field(default_factory=dict)
    period: int = 0
    # (from_us, streets, period) of each spell of unchanged streets.
    street_log: list[tuple[int, StreetState, int]] = field(default_factory=list)
    days: Days | None = field(init=False)
    schools: Enrolments | None = field(init=False)
    candidates: kc.Candidates = field(init=False)
    # Columns of the rows, which are kept together in memory.
    visit_rows: NDArray[Any] = field(init=False)
    visits: kc.Visits = field(init=False)
    agenda: kc.Agenda = field(init=False)
    applied: list[AppliedEdit] = field(default_factory=list)
    numbers: dict[tuple[str, str, str], Number] = field(default_factory=dict)
    # What policies have cost so far, by (day, policy, item).
    charges: dict[tuple[int, str, str], float] = field(default_factory=dict)
    street_effects: list[StreetEffects] = field(default_factory=list)
    # (from_us, n_servers) of each station, for staffed hours in the tables.
    servers_log: list[list[tuple[int, int]]] = field(init=False)
    hours_log: list[list[tuple[int, str]]] = field(init=False)
    active_log: list[list[tuple[int, bool]]] = field(init=False)

    def __post_init__(self) -> None:
        prep = self.prep
        self.day_chance = day_chance_of(prep.scenario, self.seed)
        self.counters = np.zeros(kc.N_COUNTERS, dtype=np.int64)
        self.residents = kc.Residents(
            uid=self.people.resident,
            group=self.people.group,
            node=prep.place_node,
            origin_of_node=prep.origin_of_node,
        )
        self.groups = _groups(prep)
        self.services = services_columns(prep)
        self.choices = choices_columns(prep)
        self.stages = stages_columns(prep)
        self.follows = follows_columns(prep)
        self.books = books_columns(prep)
        self.stations = stations_columns(prep)
        self.queues = queues_columns(prep)
        self.hours_text = [s.hours for s in prep.stations]
        self.eligibility = [s.facility.eligibility for s in prep.stations]
        self.slots_added = np.zeros(len(prep.stations), dtype=np.int64)
        self.priority = [""] * len(prep.scenario.services)
        self.publications = [Publication() for _ in prep.scenario.services]
        self.visit_rows = empty_rows(1024)
        self.visits = columns_of(self.visit_rows)
        self.agenda = empty_agenda()
        self.servers_log = [[(0, s.servers)] for s in prep.stations]
        self.hours_log = [[(0, s.hours)] for s in prep.stations]
        self.active_log = [[(0, s.facility.is_active)] for s in prep.stations]
        self._count_offers()
        self._rebuild_hours()
        self.schools = None if prep.schools is None else Enrolments(prep.schools, self.seed)
        self.days = self._first_days()
        if self.schools is not None and self.days is not None:
            node = self.days.activities.occupations.node
            self.residents = self.residents._replace(node=node)
        self.renew_candidates()
        self.open_day()

    def _first_days(self) -> Days | None:
        prep = self.prep
        if prep.activities is None:
            return None
        activities = prep.activities
        if self.schools is not None:
            activities = replace(activities, occupations=activities.occupations.copied())
        return Days(
            activities,
            self.people.resident,
            self.people.group,
            self.seed,
            prep.scenario.run.measured_days,
            len(prep.city.wards),
            is_logged=prep.scenario.output.level == "full",
        )

    @property
    def plans(self) -> Plans:
        """Day plans of the residents; of nobody where a scenario plans no days."""
        return NO_PLANS if self.days is None else self.days.plans

    @property
    def streets(self) -> StreetState:
        """Closures and slowdowns in force."""
        return StreetState(
            closed=frozenset(row for row, count in self.closures.items() if count > 0),
            slowed=frozenset(self.slowdowns.values()),
        )

    def renew_candidates(self) -> None:
        """Take the candidates of the streets and the traffic in force."""
        self.period = self.prep.traffic.period_at(self.clock_us)
        streets = self.streets
        self.candidates = self.prep.candidates(streets, self.period)
        spell = (self.clock_us, streets, self.period)
        if self.street_log and self.street_log[-1][0] == self.clock_us:
            self.street_log.pop()
        if not self.street_log or self.street_log[-1][1:] != spell[1:]:
            self.street_log.append(spell)

    def enter_period(self) -> None:
        """Let the traffic of this moment hold; nothing else happens."""
        if self.prep.traffic.period_at(self.clock_us) != self.period:
            self.renew_candidates()

    @property
    def key(self) -> tuple[int, int]:
        """Philox key words of the run seed."""
        return split_key(self.seed)

    @property
    def n_visits(self) -> int:
        """Needs that have arisen so far."""
        return int(self.counters[kc.N_VISITS])

    def _count_offers(self) -> None:
        """Count stations in operation, by service and admitted group."""
        active = self.stations.is_active
        service = self.stations.service
        self.services.n_offering[:] = np.bincount(service[active], minlength=self.services.uid.size)
        self.services.n_admitting[:] = 0
        np.add.at(self.services.n_admitting, service[active], self.stations.is_eligible[active])

    def _rebuild_hours(self) -> None:
        intervals = [self.prep.intervals(text) for text in self.hours_text]
        self.hours, is_open = opening_columns(intervals, self.clock_us)
        self.stations.is_open[:] = is_open
        renew_shifts(self)

    def open_day(self, reviewed: tuple[int, ...] = ()) -> None:
        """Write what the calendar holds from now to midnight; review some stations now."""
        if self.clock_us % DAY_US == 0:
            clear_passed_slots(self.books, self.services.first_station, self.clock_us // DAY_US)
        done = (self.services.n_measured.tolist(), self.services.n_published.tolist())
        counts = list(zip(*done, strict=True))
        midnight = (self.clock_us // DAY_US + 1) * DAY_US
        times, kinds, rows = build_calendar(
            self.hours,
            self.publications,
            counts,
            reviewed,
            self.clock_us,
            midnight,
            shifts=self.shifts,
        )
        self.agenda = self.agenda._replace(
            calendar_us=times, calendar_kind=kinds, calendar_row=rows
        )
        self.counters[kc.N_CALENDAR_DONE] = 0

    def apply(self, edits: list[Edit], touched_before: Iterable[int] = ()) -> set[int]:
        """Apply the edits that are due now, in their order, and log what they replaced.

        Return the stations whose queues are reviewed now; those of an earlier call at this
        very time are `touched_before`.
        """
        touched = set(touched_before)
        for edit in edits:
            old, new = SETTERS[edit.table](self, edit, touched)
            self.applied.append(AppliedEdit(edit, old, new))
        if any(edit.column in ("is_active", "eligibility") for edit in edits):
            self._count_offers()
        if any(edit.column == "hours" for edit in edits):
            self._rebuild_hours()
        for row in touched:
            renew_book(self, self.door_of(row))
        if any(edit.table in ("streets", "slowdowns") for edit in edits):
            self.renew_candidates()
            self.street_effects += street_effects(self, edits)
        self.open_day(tuple(sorted(touched)))
        return touched

    def staff(self, row: int) -> None:
        """Put on duty whom posts and shifts of a station say."""
        self.staff_desk(int(self.stations.desk[row]))

    def staff_desk(self, desk: int) -> None:
        """Put on duty whom posts and shifts of a desk's stations say."""
        staff_desk(desk, self.queues, self.stations, self.shifts)

    def door_of(self, row: int) -> int:
        """Return the row of the door that leads to a station."""
        return row - self.prep.stations[row].stage

    def stages_of(self, row: int) -> range:
        """Return the rows of all stages behind the door of a station."""
        door = self.door_of(row)
        service = self.prep.scenario.services[self.prep.stations[row].service]
        return range(door, door + len(service.all_stages))

    def main_row(self, row: int) -> int:
        """Return where the facility's own servers work: of a door its main stage, else `row`."""
        station = self.prep.stations[row]
        main = self.prep.scenario.services[station.service].main_stage
        return row + main if station.stage == 0 else row

    def station_row(self, name: str) -> int:
        """Return the row of a station by name.

        Raises
        ------
        InputError
            If there is none.
        """
        for row, station in enumerate(self.prep.stations):
            if station.name == name:
                return row
        known = [s.name for s in self.prep.stations]
        raise InputError(
            f"edit of facilities[{name}]",
            "no such facility for a service of this scenario",
            expected="a facility of the map or the scenario",
            hint=did_you_mean(name, known),
        )
