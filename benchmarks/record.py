"""How a measurement is taken, and what is written down with it."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "benchmarks" / "results"
N_REPEATS: Final = 5
_SCHEMA: Final = 1
_PACKAGES: Final = (
    "numpy",
    "numba",
    "simpy",
    "scipy",
    "networkx",
    "rustworkx",
    "igraph",
    "routingkit-cch",
)


class Skipped(Exception):  # noqa: N818 - an outcome, not an error
    """What would be measured is not there."""


@dataclass(frozen=True)
class Timing:
    """Medians over repeats, in seconds."""

    wall_s: float
    cpu_s: float
    n_repeats: int


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    what
        What was measured.
    timing
        How long it took.
    n, unit
        How much work that was.
    ratio, against
        CPU time of the peer for the same work over ours, and who the peer is.
    goal
        What we aim at, in words.
    peak_mb
        Most memory that Python and numpy held for it at once, beyond what was there.
    """

    what: str
    timing: Timing
    n: int = 1
    unit: str = "run"
    ratio: float | None = None
    against: str = ""
    goal: str = ""
    peak_mb: float | None = None

    @property
    def rate(self) -> float:
        """Work per CPU second."""
        return self.n / self.timing.cpu_s

    def line(self) -> str:
        """Return the row as text."""
        text = f"{self.what}: wall {self.timing.wall_s:.4g} s, CPU {self.timing.cpu_s:.4g} s"
        if self.n > 1:
            text += f", {self.rate:,.0f} {self.unit}/s of CPU"
        if self.ratio is not None:
            text += f", {self.ratio:.1f} x {self.against}"
        return text


def timed(work: Callable[[], object], *, n_repeats: int = N_REPEATS) -> Timing:
    """Return medians of wall and of this process's CPU time, after one warm-up."""
    work()
    wall, cpu = [], []
    for _ in range(n_repeats):
        wall_0, cpu_0 = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - wall_0)
        cpu.append(time.process_time() - cpu_0)
    return Timing(statistics.median(wall), statistics.median(cpu), n_repeats)


def peak_mb(work: Callable[[], object]) -> float:
    """Return the most memory that one call holds at a time; what C++ allocates is not seen."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def timed_command(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    n_repeats: int = N_REPEATS,
    has_warm_up: bool = True,
) -> Timing:
    """Return medians of wall and of CPU time of ``python arguments...`` as a process.

    ``{repeat}`` in an argument becomes the number of the repeat: a run that finds
    its own results again would do nothing.
    """
    wall, cpu = [], []
    for i in range(n_repeats + has_warm_up):
        wall_0, cpu_0 = time.perf_counter(), _children_cpu()
        subprocess.run(
            [sys.executable, *(word.replace("{repeat}", str(i)) for word in arguments)],
            check=True,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.DEVNULL,
        )
        if i >= has_warm_up:
            wall.append(time.perf_counter() - wall_0)
            cpu.append(_children_cpu() - cpu_0)
    return Timing(statistics.median(wall), statistics.median(cpu), n_repeats)


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def machine() -> dict[str, object]:
    """Return what the numbers were measured on."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load_1_min": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in _PACKAGES},
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def write_record(name: str, rows: Sequence[Row]) -> None:
    """Write ``results/NAME.json``."""
    RESULTS.mkdir(exist_ok=True)
    record = {
        "schema": _SCHEMA,
        "benchmark": name,
        "machine": machine(),
        "rows": [asdict(row) | {"rate_per_cpu_s": row.rate} for row in rows],
    }
    text = json.dumps(record, indent=2, allow_nan=False) + "\n"
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")


def write_results() -> None:
    """Make ``RESULTS.md`` from the records that are there."""
    parts = ["# Benchmarks", "", "Made by `python -m benchmarks` (`make bench`); do not edit.", ""]
    for path in sorted(RESULTS.glob("*.json")):
        parts += _section(json.loads(path.read_text(encoding="utf-8")))
    path = ROOT / "benchmarks" / "RESULTS.md"
    path.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


def _section(record: dict[str, object]) -> list[str]:
    on = record["machine"]
    rows = record["rows"]
    assert isinstance(on, dict)
    assert isinstance(rows, list)
    where = f"{on['processor']}, {on['cores']} cores (load {on['load_1_min']}), {on['system']}"
    return [
        f"## {record['benchmark']}",
        "",
        f"{where}, Python {on['python']}, {on['date']}. Medians; rates and ratios per CPU second.",
        "",
        "| what | wall s | CPU s | repeats | per CPU second | ratio | goal | peak MB |",
        "|---|---|---|---|---|---|---|---|",
        *[_table_row(row) for row in rows],
        "",
    ]


def _table_row(row: dict[str, object]) -> str:
    timing = row["timing"]
    assert isinstance(timing, dict)
    n = row["n"]
    assert isinstance(n, int)
    rate = f"{row['rate_per_cpu_s']:,.0f} {row['unit']}" if n > 1 else ""
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.1f} x {row['against']}"
    cells = (
        row["what"],
        f"{timing['wall_s']:.4g}",
        f"{timing['cpu_s']:.4g}",
        timing["n_repeats"],
        rate,
        ratio,
        row["goal"],
        "" if row.get("peak_mb") is None else f"{row['peak_mb']:,.1f}",
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
