"""Day plans of a city: places, intentions, trips, and the street and hour of each of them.

On one core and in a process of its own for each size, since peak memory is that of a
process. Streets of Porto where its extract is at hand (it has hardly any building:
homes and places stand along the streets), and of Monaco.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.record import N_REPEATS, ROOT, Row, Skipped, Timing, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twin.city.city import City
    from twin.scenario.document import Scenario

PORTO: Final = ROOT.parent / "shared" / "maps" / "reference" / "porto_portugal.osm.pbf"
MONACO: Final = ROOT / "maps" / "monaco"
N_CLERKS: Final = 100_000
_SIZES: Final = (10_000, 100_000, 1_000_000)
_PHASES: Final = ("places", "intentions", "travel times", "trips", "presence", "streets and hours")
_SCENARIO: Final = """
name = "days"
map = "{map}"
[run]
start = 2024-01-08
days = {days}
[population]
seed = 1
residents = {residents}
[travel]
modes = ["walk", "bicycle", "car", "bus"]
[traffic]
mode = "profile"
[activities]
[output]
level = "full"
"""


def measure() -> list[Row]:
    """Measure a day at growing numbers of residents, and five working days at the largest."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [*_against_mesa(), *_rows("Monaco", MONACO, [(100_000, 1)])]
        if not PORTO.is_file():
            raise Skipped(f"{PORTO.name} is not at hand")
        porto = Path(folder) / "porto"
        command = [sys.executable, "-m", "twin", "map", "build", str(PORTO), "--out", str(porto)]
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        return rows + _rows("Porto", porto, [*((n, 1) for n in _SIZES), (_SIZES[-1], 5)])


def _rows(name: str, folder: Path, sizes: list[tuple[int, int]]) -> list[Row]:
    rows = []
    for n_residents, n_days in sizes:
        # Five days of a million say how days add up; once is enough for that.
        n_repeats = N_REPEATS if n_days == 1 else 1
        runs = [_in_a_process(folder, n_residents, n_days) for _ in range(n_repeats)]
        found = _medians(runs)
        days = "a day" if n_days == 1 else f"{n_days} working days"
        what = f"{name}, {n_residents:,} residents, {days}"
        total = found["total"]
        rows.append(
            Row(
                f"{what}: all, {found['n_trips']:,} trips, peak {found['peak_mb']:,} MB",
                Timing(total["wall_s"], total["cpu_s"], n_repeats),
                n=n_residents * n_days,
                unit="resident-days",
                goal="<= 60 s for a day of 1 M" if (n_residents, n_days) == (_SIZES[-1], 1) else "",
            )
        )
        rows += [
            Row(
                f"{what}: {phase}", Timing(found[phase]["wall_s"], found[phase]["cpu_s"], n_repeats)
            )
            for phase in _PHASES
        ]
    return rows


def _medians(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the medians of wall and CPU of each phase, and the largest peak."""
    found: dict[str, Any] = {
        phase: {
            name: statistics.median(run[phase][name] for run in runs)
            for name in ("wall_s", "cpu_s")
        }
        for phase in (*_PHASES, "total")
    }
    return found | {
        "n_trips": runs[0]["n_trips"],
        "peak_mb": max(run["peak_mb"] for run in runs),
    }


def _against_mesa() -> list[Row]:
    """Let as many Mesa agents look at the clock each hour of a day as residents make trips.

    An agent that has nothing due only compares two numbers: the least that any agent of
    Mesa costs, without choosing a mode or finding a way.
    """
    import mesa  # noqa: PLC0415 - takes seconds

    class Clerk(mesa.Agent):  # type: ignore[misc]
        leaves_s = 28_800.0

        def step(self) -> None:
            if self.leaves_s <= self.model.hour_s:
                self.leaves_s += 86_400.0

    class Town(mesa.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(rng=1)
            self.hour_s = 0.0
            Clerk.create_agents(self, N_CLERKS)

        def day(self) -> None:
            for _ in range(24):
                self.agents.do("step")
                self.hour_s += 3_600.0

    town = Town()
    peer = timed(town.day)
    runs = [_in_a_process(MONACO, N_CLERKS, 1) for _ in range(N_REPEATS)]
    found = _medians(runs)
    work = [found[phase] for phase in ("intentions", "travel times", "trips")]
    wall_s, cpu_s = (sum(phase[name] for phase in work) for name in ("wall_s", "cpu_s"))
    return [
        Row(f"Mesa, {N_CLERKS:,} agents look at the clock each hour of a day", peer, n=N_CLERKS),
        Row(
            f"twin, Monaco, {N_CLERKS:,} residents plan a day, choose modes, make their trips",
            Timing(wall_s, cpu_s, N_REPEATS),
            n=N_CLERKS,
            ratio=peer.cpu_s / cpu_s,
            against="Mesa",
        ),
    ]


def _in_a_process(folder: Path, n_residents: int, n_days: int) -> dict[str, Any]:
    """Return CPU and wall by phase on one core."""
    command = [sys.executable, "-m", "benchmarks.day_plans", str(folder), str(n_residents)]
    one = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, str(n_days)],
        check=True,
        cwd=ROOT,
        env=os.environ | one,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


class _Clock:
    """Adds up CPU and wall of named phases."""

    def __init__(self) -> None:
        self.phases = {phase: {"wall_s": 0.0, "cpu_s": 0.0} for phase in _PHASES}

    @contextmanager
    def __call__(self, phase: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.phases[phase]["wall_s"] += time.perf_counter() - wall
        self.phases[phase]["cpu_s"] += time.process_time() - cpu


def _run(folder: Path, n_residents: int, n_days: int) -> dict[str, Any]:
    """Run one case; kernels are compiled by a small one before."""
    from twin.city.city import load_city  # noqa: PLC0415 - only the measured process needs it
    from twin.scenario.load import load_scenario  # noqa: PLC0415

    city = load_city(folder)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "days.toml"
        for residents, days in ((500, 1), (n_residents, n_days)):
            text = _SCENARIO.format(map=folder, days=days, residents=residents)
            path.write_text(text, encoding="utf-8")
            clock, n_trips = _one(city, load_scenario(path))
    phases = clock.phases
    total = {name: sum(phase[name] for phase in phases.values()) for name in ("wall_s", "cpu_s")}
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return phases | {"total": total, "n_trips": n_trips, "peak_mb": peak_mb}


def _one(city: City, spec: Scenario) -> tuple[_Clock, int]:
    """Run one case with the phases of the day plans timed."""
    names = ("engine.activities", "engine.preparation", "engine.link_hours", "engine.loop")
    activities, preparation, link_hours, loop = (import_module(f"twin.{name}") for name in names)
    clock = _Clock()

    def clocked(phase: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def measured(*arguments: Any) -> Any:  # noqa: ANN401 - stands for any function
            with clock(phase):
                return work(*arguments)

        return measured

    places = (
        (preparation, "occupations_of", "places"),
        (activities, "due_times", "travel times"),
        (activities, "make_trips", "trips"),
        (activities.Days, "begin", "intentions"),
        (activities.Days, "close", "presence"),
    )
    old = [(owner, name, getattr(owner, name)) for owner, name, _ in places]
    for owner, name, phase in places:
        setattr(owner, name, clocked(phase, getattr(owner, name)))
    try:
        engine = loop.Engine(preparation.prepare(city, spec), 1)
        engine.advance(engine.end_us)
        with clock("streets and hours"):
            link_hours.link_hours_data(engine.state)
    finally:
        for owner, name, work in old:
            setattr(owner, name, work)
    return clock, int(engine.state.days.n_trips.sum())


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(json.dumps(_run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
