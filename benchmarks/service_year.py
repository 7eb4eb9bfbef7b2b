"""A year of ten services for a million residents of a synthetic city, phase by phase.

Streets, homes and facilities are those of ``twin map synth``; needs, stages, priorities,
appointments, patience and tries are those of the kinds of service, with referrals from
doctor to hospital to bed. A pilot week with ample servers tells how many people come to
each facility; servers are then so many that they are busy `LOAD` of the time that they are
on duty, as far as whole servers allow.

``python -m benchmarks.service_year --residents 100000 --days 30`` measures a smaller city.
"""

from __future__ import annotations

import argparse
import csv
import math
import resource
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.record import Row, Timing, write_record, write_results
from twin.city.city import load_city
from twin.engine.loop import Engine
from twin.engine.preparation import Preparation, prepare
from twin.kernels import columns as kc
from twin.kernels.doors import on_duty
from twin.network.storage import write_map
from twin.network.synthetic.city import synthetic_map
from twin.network.synthetic.request import CityRequest
from twin.scenario.load import load_scenario
from twin.units import DAY_US

if TYPE_CHECKING:
    from collections.abc import Iterator

RESIDENTS: Final = 1_000_000
DAYS: Final = 365
LOAD: Final = 0.8
RESIDENTS_A_KM2: Final = 9_000
RESIDENTS_A_GRID: Final = 26_000
PILOT_DAYS: Final = 7
AMPLE: Final = 2_000
GOAL: Final = ">= 3,000,000 events/s"
_BYTES_A_KIB: Final = 1024
# Service of the scenario: kind, and the facilities of the map that offer it.
_SERVICES: Final = {
    "primary_care": ("primary_care", ("community_health_centre", "health_station")),
    "hospital": ("hospital_outpatient", ("hospital",)),
    "inpatient_beds": ("inpatient_beds", ("hospital",)),
    "pharmacy": ("pharmacy", ("pharmacy",)),
    "government_hall": ("government_hall", ("service_hall",)),
    "elder_care": ("elder_care", ("neighbourhood_centre", "care_home")),
    "hotline": ("hotline", ("service_hall/1",)),
    "kindergarten": ("kindergarten", ("kindergarten",)),
    "primary_school": ("primary_school", ("primary_school",)),
    "middle_school": ("middle_school", ("middle_school",)),
}
_SCENARIO: Final = """
name = "service_year"
title = "A year of all services"
map = "map"
facilities_file = "facilities.csv"
[run]
start = 2024-01-01
days = {days}
warmup_days = 0
[population]
residents = {residents}
[travel]
modes = ["walk", "bicycle", "car"]
"""
_REFERRALS: Final = {"primary_care": ("hospital", 0.05), "hospital": ("inpatient_beds", 0.02)}


class TimedEngine(Engine):
    """An engine that keeps the CPU time of each phase of its days."""

    def __init__(self, prep: Preparation, seed: int) -> None:
        self.cpu_s: defaultdict[str, float] = defaultdict(float)
        self.needs = 0
        self._open: list[list[float]] = []
        super().__init__(prep, seed)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        """Charge what happens within to `name`, but for the phases within it."""
        inner = [0.0]
        self._open.append(inner)
        start = time.process_time()
        try:
            yield
        finally:
            spent = time.process_time() - start
            self._open.pop()
            self.cpu_s[name] += spent - inner[0]
            if self._open:
                self._open[-1][0] += spent

    def advance(self, until_us: int) -> None:
        """Advance; what no other phase is charged with is the calendar's."""
        with self._phase("calendar and the rest"):
            super().advance(until_us)

    def _run_kernel(self, stop: int) -> None:
        with self._phase("event loop"):
            super()._run_kernel(stop)

    def _link(self, day: int) -> None:
        with self._phase("hash of midnight"):
            super()._link(day)

    def _new_day(self, day: int) -> None:
        with self._phase("sorting needs"):
            super()._new_day(day)
        self.needs += self.state.agenda.need_us.size

    def _draw(self, service: int, day: int) -> tuple[Any, Any, Any]:
        with self._phase("drawing needs"):
            return super()._draw(service, day)

    def _make_room(self, n_new: int) -> None:
        with self._phase("room for rows"):
            super()._make_room(n_new)


def write_city(folder: Path, residents: int) -> None:
    """Write the map of a synthetic city."""
    request = CityRequest(
        area_km2=residents / RESIDENTS_A_KM2,
        residents=residents,
        grids=max(1, residents // RESIDENTS_A_GRID),
        name="service_year",
    )
    write_map(folder / "map", synthetic_map(request), source=None)


def write_scenario(
    folder: Path, residents: int, days: int, servers: dict[tuple[str, str], int] | None = None
) -> Path:
    """Write the scenario and its facilities, with ample servers if not told how many."""
    parts = [_SCENARIO.format(days=days, residents=residents)]
    for name, (kind, _) in _SERVICES.items():
        parts.append(f'[[services]]\nid = "{name}"\nkind = "{kind}"\n')
        if name in _REFERRALS:
            to, share = _REFERRALS[name]
            parts.append(f'[[services.referrals]]\nto = "{to}"\nshare = {share}\nafter_s = 86400\n')
    path = folder / f"days-{days}.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    with (folder / "facilities.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("op", "uid", "service", "lon", "lat", "servers", "tag"))
        table.writerows(_facilities(folder, servers or {}))
    return path


def _facilities(folder: Path, servers: dict[tuple[str, str], int]) -> Iterator[tuple[object, ...]]:
    """Yield rows that set the servers of what the map has and add what it has not."""
    mapped = load_city(folder / "map").facilities
    offered = {(one.uid, one.service) for one in mapped}
    places = {one.uid: one for one in mapped}
    for uid, place in sorted(places.items()):
        slug = uid.removeprefix("synthetic/")
        for name, (_, sites) in _SERVICES.items():
            if slug.rpartition("/")[0] not in sites and slug not in sites:
                continue
            n = servers.get((uid, name), AMPLE)
            if (uid, name) in offered:
                yield ("set", uid, name, "", "", n, "assumed")
            else:
                yield ("add", uid, name, place.lon, place.lat, n, "assumed")


def fitting_servers(engine: Engine) -> dict[tuple[str, str], int]:
    """Return how many servers each facility needs for the people of a pilot run."""
    state, prep = engine.state, engine.prep
    n = state.n_visits
    station = state.visits.station[:n]
    came = np.bincount(station[station >= 0], minlength=len(prep.stations))
    main_of = [service.main_stage for service in prep.scenario.services]
    found = {}
    for row, one in enumerate(prep.stations):
        if one.stage != main_of[one.service]:
            continue
        mean_us = state.stages.mean_us[state.stations.stage[row]]
        work_us = came[row] * mean_us / (prep.n_days * LOAD)
        share = _duty_us(engine, row) / prep.n_days
        key = (one.facility.uid, one.facility.service)
        found[key] = max(1, math.ceil(work_us / share))
    return found


def _duty_us(engine: Engine, row: int) -> float:
    """Return how long a station's servers are on duty in the run, as shares of them."""
    prep, shifts = engine.prep, engine.state.shifts
    first, last = shifts.start[row], shifts.start[row + 1]
    change_us, shares = shifts.from_us[first:last], shifts.share[first:last]
    total = 0.0
    for opens, until in prep.intervals(prep.stations[row].hours).tolist():
        closes = min(until, prep.n_days * DAY_US)
        if closes <= opens:
            break
        cuts = [opens, *change_us[(change_us > opens) & (change_us < closes)].tolist(), closes]
        for begin, end in pairwise(cuts):
            at = int(np.searchsorted(change_us, begin, side="right")) - 1
            share = float(shares[at]) if at >= 0 else float(last == first)
            total += (end - begin) * on_duty(AMPLE, share) / AMPLE
    return total


def make_preparation(folder: Path, residents: int, days: int) -> Preparation:
    """Return the city of the benchmark, its servers fitted by a pilot week."""
    write_city(folder, residents)
    pilot = _prepared(write_scenario(folder, residents, PILOT_DAYS))
    engine = Engine(pilot, seed=1)
    engine.advance(engine.end_us)
    return _prepared(write_scenario(folder, residents, days, fitting_servers(engine)))


def _prepared(path: Path) -> Preparation:
    scenario = load_scenario(path)
    return prepare(load_city(scenario.map), scenario)


def run_year(prep: Preparation, seed: int = 1) -> tuple[TimedEngine, Timing]:
    """Run all days; return the engine and what they took together."""
    engine = TimedEngine(prep, seed)
    engine.cpu_s.clear()
    wall, cpu = time.perf_counter(), time.process_time()
    for day in range(1, prep.n_days + 1):
        engine.advance(day * DAY_US)
    return engine, Timing(time.perf_counter() - wall, time.process_time() - cpu, 1)


def rows_of(engine: TimedEngine, timing: Timing) -> list[Row]:
    """Return the lines of the table."""
    state = engine.state
    n_events = int(state.counters[kc.N_EVENTS])
    what = f"{len(state.people):,} residents x {engine.prep.n_days} days"
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_A_KIB / 1e9
    held_mb = sum(column.nbytes for column in state.visits) / 1e6
    sizes = f"{engine.needs:,} needs, {state.n_visits:,} rows, peak {peak_gb:.1f} GB"
    rows = [Row(f"{what}: {sizes}", timing, n_events, "events", goal=GOAL, peak_mb=held_mb)]
    for name, cpu_s in sorted(engine.cpu_s.items(), key=lambda item: -item[1]):
        share = 100 * cpu_s / timing.cpu_s
        rows.append(Row(f"{name}: {share:.1f} %", Timing(cpu_s, cpu_s, 1), n_events, "events"))
    return rows


def measure(residents: int = RESIDENTS, days: int = DAYS) -> list[Row]:
    """Measure one run; the pilot week before it loads or compiles the kernels."""
    with tempfile.TemporaryDirectory() as name:
        prep = make_preparation(Path(name), residents, days)
    return rows_of(*run_year(prep))


def main() -> None:
    """Measure at the sizes of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=RESIDENTS)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--record", action="store_true", help="write the record, too")
    asked = parser.parse_args()
    rows = measure(asked.residents, asked.days)
    for row in rows:
        print(row.line())
    if asked.record:
        write_record("year", rows)
        write_results()


if __name__ == "__main__":
    main()
