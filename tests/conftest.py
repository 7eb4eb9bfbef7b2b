"""Fixtures that every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Examples compile kernels and share two cores with other tests: time is no verdict.
# On CI every run tries the same examples; at a desk every run tries others.
settings.register_profile(
    "twin",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("twin")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared material (maps, hostile files, known cases), which is no part of the checkout."""
    named = os.environ.get("TWIN_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"no shared material at {folder}: set TWIN_SHARED to its folder")
    return folder
