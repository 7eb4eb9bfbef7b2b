"""The list of candidates: as asking each for its best mode would make it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.small_town import town
from twin.engine.choice_columns import empty_shortlist
from twin.engine.loop import Engine
from twin.kernels.choice import best_mode
from twin.kernels.columns import Candidates
from twin.kernels.jit import kernel
from twin.kernels.weighing import list_candidates


@kernel
def _listed(service, origin, group, modes, left_out, services, shortlist, stations, candidates):  # noqa: PLR0917
    return list_candidates(
        service, origin, group, modes, left_out, services, shortlist, stations, candidates
    )


@pytest.mark.parametrize("seed", range(6))
def test_lists_whoever_admits_and_is_near_enough_by_the_best_mode(seed):
    rng = np.random.default_rng(seed)
    state = Engine(town(), 1).state
    n_stations = state.stations.uid.size
    n = 40
    candidates = Candidates(
        start=np.array([0, 0, n], dtype=np.int64),
        station=rng.integers(0, n_stations, n).astype(np.int32),
        time_ms=rng.integers(-1, 8, (n, 4)).clip(-1).astype(np.int32) * 100_000,
        limit_ms=np.array([500_000]),
        fixed_ms=np.array([0, 0, 180_000, 0]),
        n_origins=2,
    )
    candidates.time_ms[candidates.time_ms < 0] = -1
    shortlist = empty_shortlist(n)
    for modes in range(16):
        for left_out in (-1, int(candidates.station[0])):
            found = _listed(
                0, 1, 3, modes, left_out, state.services, shortlist, state.stations, candidates
            )
            expected = []
            for c in range(n):
                station = candidates.station[c]
                mode, time = best_mode(candidates.time_ms[c], modes, candidates.fixed_ms)
                admits = (
                    state.stations.is_active[station] and state.stations.is_eligible[station, 3]
                )
                if admits and mode >= 0 and time <= 500_000 and station != left_out:
                    expected.append((c, mode, time))
            s = shortlist
            got = zip(s.row[:found], s.mode[:found], s.general_ms[:found], strict=True)
            assert [tuple(map(int, one)) for one in got] == expected
