"""Short runs for light loads."""

from __future__ import annotations

import pytest

from twin.validation import queueing_inputs


@pytest.fixture
def short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make replications long enough for the cases of `tests.validation.known` only."""
    monkeypatch.setattr(queueing_inputs, "N_CUSTOMERS", 60_000)
    monkeypatch.setattr(queueing_inputs, "N_RELAXATIONS", 100)
