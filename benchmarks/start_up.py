"""How long a user waits before anything is done."""

from __future__ import annotations

from benchmarks.record import Row, timed_command

_N_REPEATS = 9


def measure() -> list[Row]:
    """Measure ``twin --help`` and ``import twin``."""
    return [
        Row(
            "twin --help",
            timed_command(["-m", "twin", "--help"], n_repeats=_N_REPEATS),
            goal="wall <= 0.4 s",
        ),
        Row("import twin", timed_command(["-c", "import twin"], n_repeats=_N_REPEATS)),
        Row("python, nothing else", timed_command(["-c", "pass"], n_repeats=_N_REPEATS)),
    ]
