"""The commands that look after the installation: ``twin doctor`` and ``twin warmup``."""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from twin.cli.output import note, say, write_json, write_table
from twin.errors import RunError

_PACKAGES: Final = (
    "numpy", "numba", "llvmlite", "pyarrow", "pydantic", "mesa", "scipy", "shapely", "pyproj",
    "osmium", "holidays", "opening-hours-py", "osmnx",
)  # fmt: skip
# Random123's known answer for a counter and key of all ones.
_PHILOX_ONES: Final = (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)
_WORD: Final = 0xFFFFFFFF


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(doctor)
    app.command()(warmup)


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> int:
    """Check the installation: versions, cache folder, machine, a known answer.

    Example:  twin doctor
    """
    facts = _facts()
    checks = _checks()
    is_sound = all(ok for _, ok, _ in checks)
    if as_json:
        rows = [{"check": name, "ok": ok, "detail": detail} for name, ok, detail in checks]
        write_json({"schema": 1, "ok": is_sound, "facts": facts, "checks": rows})
    else:
        write_table(("fact", "value"), list(facts.items()), numbers_from=2)
        rows_shown = [(name, "ok" if ok else "WRONG", detail) for name, ok, detail in checks]
        write_table(("check", "result", "detail"), rows_shown, numbers_from=3)
    return 0 if is_sound else 1


def _facts() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    from twin import __version__  # noqa: PLC0415

    facts = {
        "twin": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": str(_cores()),
        "memory": _memory(),
        "NUMBA_NUM_THREADS": os.environ.get("NUMBA_NUM_THREADS", "not set"),
    }
    for name in _PACKAGES:
        try:
            facts[name] = version(name)
        except PackageNotFoundError:
            facts[name] = "not installed"
    return facts


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _memory() -> str:
    n_bytes = memory_bytes()
    return "unknown" if n_bytes is None else f"{n_bytes / 2**30:.1f} GiB"


def memory_bytes() -> int | None:
    """Return the memory of this machine; None if it does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _checks() -> list[tuple[str, bool, str]]:
    import numpy as np  # noqa: PLC0415

    from twin.kernels.jit import cache_folder, cache_root  # noqa: PLC0415
    from twin.kernels.random import philox4x32  # noqa: PLC0415

    folder = cache_folder()
    start = time.perf_counter()
    ones = (np.uint64(_WORD),) * 6
    words = tuple(int(word) for word in philox4x32(*ones))
    seconds = time.perf_counter() - start
    is_new_enough = sys.version_info >= (3, 11)
    cache = str(folder) if folder else f"{cache_root()} is not writable: every process compiles"
    return [
        ("Python is 3.11 or newer", is_new_enough, platform.python_version()),
        ("compiled kernels are kept", folder is not None, cache),
        ("known answer of Philox4x32-10", words == _PHILOX_ONES, f"{seconds:.2f} s to load"),
        ("folder is writable", os.access(Path.cwd(), os.W_OK), str(Path.cwd())),
    ]


def warmup() -> None:
    """Compile ahead, so that the first run does not wait.

    Example:  twin warmup
    """
    import tempfile  # noqa: PLC0415

    from twin.kernels.jit import cache_folder, cache_root  # noqa: PLC0415

    if cache_folder() is None:
        raise RunError(f"{cache_root()} is not writable: set TWIN_CACHE_DIR to a folder that is")
    start = time.perf_counter()
    note("compiling what is not compiled yet: about 20 s the first time")
    with tempfile.TemporaryDirectory(prefix="twin-") as folder:
        _run_tiny_city(Path(folder))
    say(f"kernels ready in {time.perf_counter() - start:.1f} s")


def _run_tiny_city(folder: Path) -> None:
    """Build a map and run it, as `twin run` does: the same kernels on the same types."""
    from twin import load_scenario, run  # noqa: PLC0415
    from twin.cli.tiny_city import write_tiny_city  # noqa: PLC0415

    run([load_scenario(write_tiny_city(folder))], seeds=[1], out=folder / "runs")
