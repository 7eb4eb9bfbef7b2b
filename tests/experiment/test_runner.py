"""Run folders: whole or absent, reused, verified, and not lost with a worker."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.experiment.fakes import fake_runs, fake_spec
from twin.errors import InputError, InputErrors, RunError
from twin.experiment.design import scenario_digests
from twin.experiment.runset import RunSet, find_runs, open_run
from twin.experiment.storage import MANIFEST, read_columns, verify_run, write_run


def contents(runs: RunSet) -> dict[tuple[str, int], Any]:
    """What two equal experiments agree in: tables, measures and chains."""
    kept = ("tables", "measures", "hash_chain", "digests", "scenario")
    return {(run.name, run.seed): [run.manifest[key] for key in kept] for run in runs}


def test_a_run_folder_says_what_made_it(compared: RunSet) -> None:
    run = compared.of("gain")[2]
    assert run.folder.name == "seed-00002"
    assert run.folder.parent.name == run.digest[:16]
    assert run.folder.parent.parent.name == "gain"
    keys = "schema name seed digests versions machine measures warnings hash_chain timings scenario"
    assert set(keys.split()) <= set(run.manifest)
    text = (run.folder / MANIFEST).read_text()
    assert os.uname().nodename not in text
    assert str(Path.home()) not in text
    assert "NaN" not in text


def test_complete_runs_are_reused_and_not_touched(tmp_path: Path) -> None:
    first = fake_runs(tmp_path, [fake_spec("a")], seeds=[1, 2])
    stamps = {run.folder: (run.folder / MANIFEST).stat().st_mtime_ns for run in first}
    again = fake_runs(tmp_path, [fake_spec("a")], seeds=[1, 2, 3])
    assert (first.n_made, again.n_made) == (2, 1)
    for folder, stamp in stamps.items():
        assert (folder / MANIFEST).stat().st_mtime_ns == stamp


def test_words_and_seeds_do_not_change_the_digest_but_numbers_do() -> None:
    spec, other = fake_spec("a"), fake_spec("a", title="other words")
    other.resolved["run"]["seeds"] = [7]
    other.resolved["questions"] = []
    moved = fake_spec("a")
    moved.resolved["map"] = "../elsewhere/maps/nowhere"
    base = scenario_digests(spec, "m")["scenario"]  # type: ignore[arg-type]
    for same in (other, moved):
        assert scenario_digests(same, "m")["scenario"] == base  # type: ignore[arg-type]
    changed = fake_spec("a", shift_s=1.0)
    assert scenario_digests(changed, "m")["scenario"] != base  # type: ignore[arg-type]
    assert scenario_digests(spec, "n")["scenario"] != base  # type: ignore[arg-type]


def test_processes_give_the_same_runs_as_one(tmp_path: Path) -> None:
    specs = [fake_spec("a"), fake_spec("b", shift_s=-60.0)]
    alone = fake_runs(tmp_path / "one", specs)
    pooled = fake_runs(tmp_path / "two", specs, workers=2)
    assert contents(alone) == contents(pooled)


def test_a_killed_worker_costs_one_run(tmp_path: Path) -> None:
    specs = [fake_spec("a", killed_in=str(tmp_path / "marker"))]
    runs = fake_runs(tmp_path / "out", specs, workers=2, seeds=list(range(1, 9)))
    assert (tmp_path / "marker").exists()
    assert len(runs) == 8
    assert all(verify_run(run.folder) == "" for run in runs)


def test_a_run_that_always_kills_its_worker_is_named(tmp_path: Path) -> None:
    specs = [fake_spec("a", always_killed=True)]
    with pytest.raises(RunError, match="was killed 3 times"):
        fake_runs(tmp_path, specs, workers=2, seeds=[1, 2, 3])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_wrong_input_found_by_a_worker_keeps_its_parts(tmp_path: Path, workers: int) -> None:
    with pytest.raises(InputError) as caught:
        fake_runs(tmp_path, [fake_spec("a", fails="input")], workers=workers)
    assert (
        str(caught.value) == "fake.toml:3: a wrong thing\n  expected: a right one\n  hint: mend it"
    )
    assert list(find_runs(tmp_path)) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_several_wrong_inputs_come_back_together(tmp_path: Path, workers: int) -> None:
    with pytest.raises(InputErrors) as caught:
        fake_runs(tmp_path, [fake_spec("a", fails="inputs")], workers=workers)
    assert [error.where for error in caught.value.errors] == ["fake.toml:3", "fake.toml:4"]


def test_a_defect_in_a_worker_is_told_with_scenario_and_seed(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"`a`, seed \d: ZeroDivisionError: by nothing"):
        fake_runs(tmp_path, [fake_spec("a", fails="defect")], workers=2)


def test_a_minimal_run_keeps_no_visits_but_has_measures(tmp_path: Path) -> None:
    spec = fake_spec("a")
    spec.output.level = "minimal"
    run = next(iter(fake_runs(tmp_path, [spec], seeds=[1])))
    assert set(run.manifest["tables"]) == {"residents.parquet", "edits.parquet", "ledger.parquet"}
    assert run.measures["wait_mean_s", "primary_care", "all"] is not None


def test_a_half_written_folder_is_no_run(tmp_path: Path) -> None:
    run = next(iter(fake_runs(tmp_path, [fake_spec("a")], seeds=[1])))
    half = run.folder.with_name("seed-00002")
    half.mkdir()
    (half / "visits.parquet").write_bytes((run.folder / "visits.parquet").read_bytes())
    (run.folder.parent / ".seed-00003.x.part").mkdir()
    assert [found.seed for found in find_runs(tmp_path)] == [1]
    again = fake_runs(tmp_path, [fake_spec("a")], seeds=[1, 2])
    assert again.n_made == 1
    assert "run.json" in again.notes[0]


def test_nothing_is_left_of_a_write_that_fails(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        write_run(tmp_path / "a" / "seed-00001", {"visits": None}, {})
    assert list((tmp_path / "a").iterdir()) == []


@pytest.mark.parametrize("place", [300, -200])
def test_a_flipped_bit_is_found_and_the_run_made_again(tmp_path: Path, place: int) -> None:
    run = next(iter(fake_runs(tmp_path, [fake_spec("a")], seeds=[1])))
    table = run.folder / "visits.parquet"
    damaged = bytearray(table.read_bytes())
    damaged[place] ^= 4
    table.write_bytes(damaged)
    assert "visits.parquet is damaged" in verify_run(run.folder)
    again = fake_runs(tmp_path, [fake_spec("a")], seeds=[1])
    assert again.n_made == 1
    assert verify_run(run.folder) == ""
    assert (run.folder.parent / "damaged-1-seed-00001" / MANIFEST).exists()
    assert len(list(find_runs(tmp_path))) == 1


def test_a_flipped_bit_in_a_page_does_not_read_back(tmp_path: Path) -> None:
    run = next(iter(fake_runs(tmp_path, [fake_spec("a")], seeds=[1])))
    table = run.folder / "visits.parquet"
    damaged = bytearray(table.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    table.write_bytes(damaged)
    with pytest.raises(InputError, match="damaged table"):
        read_columns(run.folder, "visits", ["need_s", "wait_s", "travel_s", "delay_s", "resident"])


def test_columns_come_back_as_they_were(compared: RunSet) -> None:
    run = compared.of("baseline")[1]
    found = read_columns(run.folder, "visits", ["wait_s", "outcome", "no_such_column"])
    assert set(found) == {"wait_s", "outcome"}
    is_served = found["outcome"].codes == found["outcome"].labels.index("served")
    assert ((found["wait_s"] == found["wait_s"]) == is_served).all()
    people = read_columns(run.folder, "residents", ["has_car", "resident"])
    assert people["has_car"].dtype == bool
    assert people["resident"].tolist() == list(range(400))


@pytest.mark.parametrize("seeds", [[], [1, 1], [-1]])
def test_seeds_that_make_no_sense_are_refused(tmp_path: Path, seeds: list[int]) -> None:
    with pytest.raises(InputError, match="seeds of"):
        fake_runs(tmp_path, [fake_spec("a")], seeds=seeds)
    assert list(tmp_path.iterdir()) == []


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="listed twice"):
        fake_runs(tmp_path, [fake_spec("a"), fake_spec("a", shift_s=1.0)])


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(json.dumps({"schema": 99}))
    with pytest.raises(InputError, match="no readable"):
        open_run(tmp_path)
