"""Measure and record: ``python -m benchmarks [NAME ...]``, all of them by default.

Each benchmark writes ``benchmarks/results/NAME.json``; ``benchmarks/RESULTS.md``
is made anew from all that are there.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

from benchmarks.record import Skipped, write_record, write_results

# Each module offers `measure() -> list[Row]`.
_MODULES: Final = {
    "imports": "benchmarks.start_up",
    "queue": "benchmarks.queue_kernel",
    "queue_peers": "benchmarks.queue_peers",
    "paths": "benchmarks.paths",
    "needs": "benchmarks.needs",
    "city": "benchmarks.city_run",
    "days": "benchmarks.day_plans",
    "choice": "benchmarks.choice",
    "schools": "benchmarks.school_places",
    "import": "benchmarks.map_import",
    "population": "benchmarks.population",
    "equity": "benchmarks.equity",
    "synthetic": "benchmarks.synthetic",
    "year": "benchmarks.service_year",
}


def main(names: list[str]) -> int:
    """Run the named benchmarks; return the exit code."""
    unknown = [name for name in names if name not in _MODULES]
    if unknown:
        print(f"no benchmark `{unknown[0]}`; there are: {', '.join(_MODULES)}", file=sys.stderr)
        return 2
    for name in names or list(_MODULES):
        print(f"{name} ...", file=sys.stderr)
        try:
            rows = import_module(_MODULES[name]).measure()
        except (Skipped, ModuleNotFoundError) as reason:
            print(f"{name}: skipped: {reason}", file=sys.stderr)
            continue
        write_record(name, rows)
        for row in rows:
            print(f"{name}: {row.line()}")
    write_results()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
