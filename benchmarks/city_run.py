"""A run of the shipped city: compiling, starting from the cache, running."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.record import ROOT, Row, Skipped, timed_command

_SCENARIO = Path("scenarios") / "monaco" / "baseline.toml"


def measure() -> list[Row]:
    """Measure ``twin run`` on the baseline with an empty and with a full kernel cache."""
    if not (ROOT / _SCENARIO).is_file():
        raise Skipped(f"{_SCENARIO} does not exist")
    with tempfile.TemporaryDirectory() as folder:
        return _rows(Path(folder))


def _rows(folder: Path) -> list[Row]:
    environment = {"TWIN_CACHE_DIR": str(folder / "cache")}

    def command(name: str, *extra: str) -> list[str]:
        out = str(folder / f"{name}-{{repeat}}")
        return ["-m", "twin", "run", str(_SCENARIO), "--seed", "1", "--out", out, *extra]

    one_day = ("--set", "run.days=1", "--set", "run.warmup_days=0", "--set", "run.cooldown_days=0")
    cold = timed_command(
        command("cold", *one_day), environment=environment, n_repeats=1, has_warm_up=False
    )
    return [
        Row("twin run, 1 day, compiling", cold, goal="compiling <= 15 s CPU"),
        Row(
            "twin run, 1 day, compiled",
            timed_command(command("day", *one_day), environment=environment),
        ),
        Row(
            "twin run, all days, compiled",
            timed_command(command("all"), environment=environment),
        ),
    ]
