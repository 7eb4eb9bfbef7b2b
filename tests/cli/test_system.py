from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from twin.cli.tiny_city import write_tiny_city


def twin(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "twin", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_doctor_says_that_all_is_well() -> None:
    done = twin("doctor", "--json")
    report = json.loads(done.stdout)
    assert report["ok"], report["checks"]
    assert done.returncode == 0
    assert report["facts"]["numba"] != "not installed"
    assert "known answer" in twin("doctor").stdout


def test_doctor_sees_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = twin("doctor", "--json", TWIN_CACHE_DIR=str(file))
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert [check["check"] for check in report["checks"] if not check["ok"]] == [
        "compiled kernels are kept"
    ]


def test_warmup_without_a_cache_fails_at_once(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = twin("warmup", TWIN_CACHE_DIR=str(file))
    assert done.returncode == 1
    assert "is not writable: set TWIN_CACHE_DIR" in done.stderr


@pytest.mark.slow
def test_nothing_is_compiled_after_warmup(tmp_path: Path, root: Path) -> None:
    cache = tmp_path / "cache"
    done = twin("warmup", TWIN_CACHE_DIR=str(cache))
    assert done.returncode == 0, done.stderr
    warm = sorted(path.name for path in cache.rglob("*.bin"))
    assert warm
    scenario = root / "scenarios" / "monaco" / "published_waits.toml"
    words = ("run", str(scenario), "--seed", "1", "--days", "9", "--out", str(tmp_path / "runs"))
    done = twin(*words, TWIN_CACHE_DIR=str(cache))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in cache.rglob("*.bin")) == warm


def test_tiny_city_is_the_same_each_time(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        write_tiny_city(folder)
    first, second = ((folder / "map" / "map.json").read_bytes() for folder in folders)
    assert first == second
