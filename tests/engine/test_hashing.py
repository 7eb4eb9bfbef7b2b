"""The hash chain: what a link covers, and what it costs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.small_town import CARE, ONE_CLINIC, town
from twin.engine import loop
from twin.engine.hashing import next_link
from twin.engine.loop import Engine
from twin.kernels import columns as kc
from twin.units import DAY_US

NOBODY_SERVES = CARE.replace("default_servers = 2", "default_servers = 0").replace(
    '"Mo-Su 08:00-12:00,14:00-18:00"', '"24/7"'
)


def linked_rows(monkeypatch, prep):
    """Run and return the rows that each link covers."""
    rows = []

    def spied(previous, day, state, changed):
        rows.append(changed.copy())
        return next_link(previous, day, state, changed)

    monkeypatch.setattr(loop, "next_link", spied)
    engine = Engine(prep, 1)
    engine.advance(engine.end_us)
    return engine, rows


@pytest.mark.parametrize("text", [CARE, NOBODY_SERVES])
def test_links_cover_every_visit_until_it_has_ended(monkeypatch, text):
    engine, rows = linked_rows(monkeypatch, town(text + ONE_CLINIC))
    state = engine.state
    assert len(rows) == engine.prep.n_days
    assert set(np.concatenate(rows).tolist()) == set(range(state.n_visits))
    for day, covered in enumerate(rows, start=1):
        assert (np.diff(covered) > 0).all()
        # Whatever happened in the day that ends happened to a visit of this link.
        columns = [getattr(state.visits, f"{what}_us") for what in ("need", "start", "end")]
        for times in columns:
            day_of = times[: state.n_visits] // DAY_US
            happened = np.flatnonzero((times[: state.n_visits] >= 0) & (day_of == day - 1))
            assert np.isin(happened, covered).all()
    still = np.flatnonzero(state.visits.outcome[: state.n_visits] == kc.IN_SYSTEM)
    assert np.isin(still, rows[-1]).all()


def test_one_visit_that_never_ends_does_not_make_links_long(monkeypatch):
    prep = town(CARE + ONE_CLINIC)
    engine, rows = linked_rows(monkeypatch, prep)
    assert max(part.size for part in rows) < engine.state.n_visits / 3


def test_any_cell_of_a_visit_changes_the_link():
    engine = Engine(town(), 1)
    engine.advance(DAY_US)
    state, rows = engine.state, np.arange(engine.state.n_visits)
    before = next_link("00", 1, state, rows)
    assert next_link("00", 1, state, rows) == before
    state.visits.start_us[rows[-1]] += 1
    assert next_link("00", 1, state, rows) != before
