"""The year of services at the size of a village."""

from __future__ import annotations

import pytest

from benchmarks.service_year import measure


def test_phases_add_up_to_the_whole():
    whole, *phases = measure(residents=3_000, days=2)
    assert "3,000 residents x 2 days" in whole.what
    assert whole.n > 0
    spent = sum(phase.timing.cpu_s for phase in phases)
    assert spent == pytest.approx(whole.timing.cpu_s, rel=0.1, abs=0.01)
