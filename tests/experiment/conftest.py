"""Runs of the city without streets."""

from __future__ import annotations

import pytest

from tests.experiment.fakes import fake_runs, fake_spec
from twin.experiment.runset import RunSet


@pytest.fixture(scope="session")
def compared(tmp_path_factory: pytest.TempPathFactory) -> RunSet:
    """A baseline, a gain for migrants, a gain with people who stay away, and nothing."""
    specs = [
        fake_spec("baseline"),
        fake_spec("gain", shift_s=-300.0),
        fake_spec("drives_away", shift_s=-120.0, forgo=0.4),
        fake_spec("nothing"),
    ]
    return fake_runs(tmp_path_factory.mktemp("runs"), specs)
