from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks import __main__, record
from benchmarks.queue_kernel import _simpy_waits
from twin.parts import simulate_queue

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(record, "ROOT", tmp_path)
    monkeypatch.setattr(record, "RESULTS", tmp_path / "benchmarks" / "results")
    (tmp_path / "benchmarks").mkdir()
    return tmp_path / "benchmarks"


def test_what_is_recorded_is_what_the_table_shows(folder: Path) -> None:
    timing = record.Timing(wall_s=2.0, cpu_s=0.5, n_repeats=5)
    row = record.Row("ours", timing, 1_000, "customers", ratio=51.234, against="peer")
    record.write_record("queue", [row])
    record.write_results()
    written = json.loads((folder / "results" / "queue.json").read_text())
    assert written["rows"][0]["rate_per_cpu_s"] == 2_000.0
    assert written["machine"]["cores"] >= 1
    table = (folder / "RESULTS.md").read_text()
    assert "| ours | 2 | 0.5 | 5 | 2,000 customers | 51.2 x peer |  |" in table


def test_medians_leave_out_the_warm_up() -> None:
    calls: list[int] = []
    timing = record.timed(lambda: calls.append(1), n_repeats=5)
    assert len(calls) == 6
    assert timing.n_repeats == 5
    assert timing.wall_s >= 0.0


def test_each_repeat_of_a_command_can_have_its_own_folder(tmp_path: Path) -> None:
    script = "import pathlib, sys; pathlib.Path(sys.argv[1]).mkdir()"
    timing = record.timed_command(["-c", script, str(tmp_path / "out-{repeat}")], n_repeats=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out-0", "out-1", "out-2"]
    assert timing.cpu_s > 0.0


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["queues"]) == 2
    assert "there are: imports, queue, " in capsys.readouterr().err


@pytest.mark.parametrize("servers", [1, 4])
def test_simpy_gives_the_same_waits_to_the_microsecond(servers: int) -> None:
    result = simulate_queue(
        arrival_rate=0.9 * servers,
        service={"distribution": "lognormal", "mean": 1.0, "cv": 1.0},
        servers=servers,
        n_customers=500,
        n_replications=2,
        keep_customers=True,
    )
    assert result.customers is not None
    ours = result.customers.start_us - result.customers.arrival_us
    np.testing.assert_array_equal(ours, _simpy_waits(result, servers))
