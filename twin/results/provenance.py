"""What a result rests on: versions and machine, without names of hosts or paths."""

from __future__ import annotations

import functools
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Final

RESULTS_VERSION: Final = 3
"""Raised with each change that moves results (**Regression** in the changelog)."""

_PACKAGES: Final = ("numpy", "numba", "pyarrow", "mesa", "scipy")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


@functools.cache
def versions() -> dict[str, str | None]:
    """Return the versions that results may depend on."""
    return {
        "twin": _version("twin"),
        "python": platform.python_version(),
        **{package: _version(package) for package in _PACKAGES},
    }


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


@functools.cache
def machine() -> dict[str, str | int | None]:
    """Return processor, cores and operating system."""
    return {
        "cpu": _cpu_model(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "system": platform.system(),
    }
