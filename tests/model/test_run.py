"""Where a run stops, with and without somebody who takes control in between."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fixtures.small_town import town
from twin.model.city_model import CityModel
from twin.units import DAY_S


class Watched(CityModel):
    """A model whose owner wants control at each synchronisation."""

    def step(self) -> None:
        super().step()


@pytest.mark.parametrize("days", [0.003, 0.5, 1.2345])
def test_run_stops_where_it_is_told(days):
    plain = CityModel(preparation=town(), seed=1).run(days)
    watched = Watched(preparation=town(), seed=1).run(days)
    assert plain.clock_s == watched.clock_s == pytest.approx(days * DAY_S)
    watched.step()
    assert watched.clock_s == plain.clock_s + watched.spec.run.sync_s
    assert watched.run().hash_chain == plain.run().hash_chain


def test_a_seed_may_be_a_number_of_numpy():
    ours = CityModel(preparation=town(), seed=np.uint64(2**63)).run(1.0)  # type: ignore[arg-type]
    assert ours.hash_chain == CityModel(preparation=town(), seed=2**63).run(1.0).hash_chain
    with pytest.raises(TypeError):
        CityModel(preparation=town(), seed=1.5)  # type: ignore[arg-type]
