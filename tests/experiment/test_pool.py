"""The pool of processes: order of results, and a clean end."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from twin.experiment.pool import ResilientPool


def square(number: int) -> int:
    return number * number


def hold(path: Path) -> None:
    """Keep a file for as long as the work takes."""
    if path.name == "first":
        time.sleep(0.2)
        return
    path.touch()
    try:
        time.sleep(60)
    finally:
        path.unlink()


def test_every_task_has_its_result() -> None:
    found = dict(ResilientPool(2).map(square, range(20)))
    assert found == {number: number * number for number in range(20)}


def test_an_exception_of_the_function_is_raised() -> None:
    with pytest.raises(TypeError):
        list(ResilientPool(2).map(square, ["x"]))  # type: ignore[arg-type]


def test_workers_that_are_cut_off_put_away_what_they_opened(tmp_path: Path) -> None:
    tasks = [tmp_path / "first", tmp_path / "second"]
    results = ResilientPool(2).map(hold, tasks)
    assert next(results)[0] == tasks[0]
    deadline = time.monotonic() + 10
    while not tasks[1].exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert tasks[1].exists()
    began = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - began < 10
    assert list(tmp_path.iterdir()) == []


def test_a_worker_does_not_import_the_main_module(tmp_path: Path) -> None:
    """A script without the usual guard would start itself again in each worker."""
    script = tmp_path / "unguarded.py"
    mark = tmp_path / "marks"
    script.write_text(
        f"open({str(mark)!r}, 'a').write('x')\n"
        "from twin.experiment.pool import ResilientPool\n"
        "print(sorted(r for _, r in ResilientPool(2).map(abs, [-1, -2, -3])))\n"
    )
    import subprocess
    import sys

    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert done.stdout == "[1, 2, 3]\n"
    assert mark.read_text() == "x"
