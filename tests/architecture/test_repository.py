"""The files that people and machines start from agree with each other."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

LOCKS = ("requirements.lock", "requirements-test.lock")


def pins(path: Path) -> set[str]:
    return set(re.findall(r"^([a-z0-9.-]+==\S+)", path.read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_no_registry_and_no_machine(root: Path, name: str) -> None:
    text = (root / name).read_text()
    assert not re.search(
        r"https?:|file:|--index|--find-links|--trusted|/(tmp|work|opt|home)/", text
    )


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(root: Path, name: str) -> None:
    text = (root / name).read_text()
    for entry in re.split(r"\n(?=[a-z0-9])", text):
        if "==" in entry:
            assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_core_lock_is_part_of_the_test_lock(root: Path) -> None:
    core, test = (pins(root / name) for name in LOCKS)
    assert core <= test


def test_every_dependency_is_locked(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    locked = {pin.split("==")[0] for pin in pins(root / "requirements.lock")}
    names = {re.split(r"[<>=\[ ]", line)[0] for line in project["dependencies"]}
    assert names <= locked
    assert project["requires-python"] == ">=3.11"


def test_readme_names_the_commands_of_ci(root: Path) -> None:
    readme = (root / "README.md").read_text()
    ci = (root / ".ci" / "run").read_text()
    assert "make test" in ci
    assert "make test" in readme
    assert "make demo" in readme
    assert os.access(root / ".ci" / "run", os.X_OK)


def test_every_target_is_declared(root: Path) -> None:
    text = (root / "Makefile").read_text()
    for target in ("demo", "test", "test-all", "lint", "bench", "clean"):
        assert re.search(rf"^{target}:", text, flags=re.MULTILINE), target


def test_demo_compares_every_shipped_scenario_with_the_baseline(root: Path) -> None:
    shown = subprocess.run(
        ["make", "--dry-run", "--always-make", "demo", f"PYTHON={sys.executable}"],
        cwd=root, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    command = next(line for line in shown.splitlines() if "twin compare" in line)
    words = command.split()
    assert words[2] == "scenarios/monaco/baseline.toml"
    futures = [word for word in words[3:] if word.endswith(".toml")]
    shipped = {path.name for path in (root / "scenarios" / "monaco").glob("*.toml")}
    assert {Path(word).name for word in futures} == shipped - {"baseline.toml"}
    assert len(futures) >= 3
    assert "--seeds 1:10 --workers 2 --out runs/demo" in command


def test_old_python_is_told_what_to_do(root: Path, tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["make", f"VENV={tmp_path}/venv", f"PYTHON={old}", f"{tmp_path}/venv/.made"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Python 3.11 or newer" in done.stderr
    assert not (tmp_path / "venv").exists()
