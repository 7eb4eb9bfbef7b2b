"""First come, first served, with choices that do not see waits: more servers harm nobody."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.small_town import CARE, ONE_CLINIC, town
from twin.city.edits import Edit, compile_edits
from twin.engine.loop import Engine

HOURS = ("24/7", "Mo-Su 08:00-12:00,14:00-18:00", "Mo-Fr 20:00-04:00", "Mo-Sa 09:00-10:00")
LOGIT = CARE.replace('rule = "nearest"', 'rule = "logit"\ntravel_per_min = 0.1')
TOWNS = st.sampled_from([CARE, CARE + ONE_CLINIC, LOGIT])


def starts(prep, seed, cells):
    """Return arrival and start of each need under `cells` of every station."""
    edits = [
        Edit(0.0, "facilities", station.name, column, "set", value)
        for station in prep.stations
        for column, value in cells.items()
    ]
    engine = Engine(replace(prep, edits=compile_edits(edits)), seed)
    engine.advance(engine.end_us)
    v, n = engine.state.visits, engine.state.n_visits
    names = zip(v.resident[:n].tolist(), v.need_us[:n].tolist(), strict=True)
    return dict(
        zip(names, zip(v.arrive_us[:n].tolist(), v.start_us[:n].tolist(), strict=True), strict=True)
    )


@settings(max_examples=30, deadline=None)
@given(
    text=TOWNS, seed=st.integers(0, 2**64 - 1), servers=st.integers(1, 3),
    factor=st.integers(2, 4), hours=st.sampled_from(HOURS),
)  # fmt: skip
def test_multiplied_servers_lengthen_nobodys_wait(text, seed, servers, factor, hours):
    few = starts(town(text), seed, {"servers": servers, "hours": hours})
    many = starts(town(text), seed, {"servers": servers * factor, "hours": hours})
    assert few.keys() == many.keys()
    for need, (arrival, start) in few.items():
        assert many[need][0] == arrival
        if start >= 0:
            assert 0 <= many[need][1] <= start


@settings(max_examples=15, deadline=None)
@given(text=TOWNS, seed=st.integers(0, 2**64 - 1), hours=st.sampled_from(HOURS))
def test_plenty_of_servers_leave_no_wait(text, seed, hours):
    for arrival, start in starts(town(text), seed, {"servers": 10_000, "hours": hours}).values():
        assert start in (-1, arrival)
