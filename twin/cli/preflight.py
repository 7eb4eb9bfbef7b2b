"""What `run` and `compare` ask before anything is simulated or written.

A wrong name, map or folder is told at once, in this process, and leaves no
trace; a worker would find it after a minute, once for each seed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from twin.cli.system import memory_bytes
from twin.errors import InputError, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from twin.scenario.document import Scenario
    from twin.scenario.inspection import Inspection


def check_folder(out: Path) -> None:
    """Refuse a folder that run folders cannot be written to.

    Raises
    ------
    InputError
        If it, or what it would lie in, is a file or may not be written.
    """
    there = out.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    found = ""
    if not there.is_dir():
        found = "is a file" if there == out.absolute() else f"{there.name} is a file"
    elif not os.access(there, os.W_OK | os.X_OK):
        found = "may not be written to"
    if found:
        raise InputError(
            str(out), found, expected="a folder for run folders", hint="name another with --out"
        )


def check_scenarios(specs: Sequence[Scenario]) -> None:
    """Refuse scenarios that do not fit their city, or this machine.

    Raises
    ------
    InputError
        If a map is missing or damaged, or far too much memory is needed.
    InputErrors
        With everything in a scenario that does not fit.
    """
    from twin.experiment.worker import load_city  # noqa: PLC0415 - arrays
    from twin.scenario.inspection import city_of, inspected  # noqa: PLC0415

    for spec in specs:
        # Read once: the runs of this process find the city in the same memory.
        check_memory(inspected(spec, city_of(spec, load_city)))


def check_memory(inspection: Inspection) -> None:
    """Refuse a run that takes more memory than the machine has: it would be killed, untold.

    Raises
    ------
    ScenarioError
        At the number of residents.
    """
    available = memory_bytes()
    needed_mb = inspection.estimate.memory_mb
    if available is None or needed_mb * 1e6 <= available:
        return
    scenario = inspection.compiled.scenario
    raise ScenarioError(
        scenario.where("population", "residents"),
        f"a seed needs about {needed_mb:,.0f} MB",
        expected=f"at most the {available / 1e6:,.0f} MB of this machine",
        hint="fewer residents, or fewer days",
    )
