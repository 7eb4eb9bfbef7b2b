"""The nearest places of every node are those that single trips find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.city.city import load_city
from twin.network.modes import MODES
from twin.network.nearby import nearest_places
from twin.network.street_graph import StreetGraph
from twin.network.travel import TravelTimes


@pytest.fixture(scope="module")
def monaco(root: Path) -> StreetGraph:
    return load_city(root / "maps" / "monaco").graph


def one_by_one(
    graph: StreetGraph, mode: str, nodes: NDArray[np.int64], closed: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    """Times from every node to each place, -1 unreachable."""
    travel = TravelTimes(graph, closed)
    return np.stack([travel.to_node(int(node), mode) for node in nodes], axis=1).astype(np.int64)


@pytest.mark.parametrize("is_closed", [False, True])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cutoff_ms", [None, 240_000])
def test_equals_trips_to_one_place_after_the_other(
    monaco: StreetGraph, mode: str, cutoff_ms: int | None, *, is_closed: bool
) -> None:
    closed = np.arange(monaco.n_edges) % 7 == 0 if is_closed else None
    nodes = np.arange(60) * 7_919 % monaco.n_nodes
    nodes[20] = nodes[3]
    times = one_by_one(monaco, mode, nodes, closed)
    far = np.iinfo(np.int64).max
    times[(times < 0) | (times > (far if cutoff_ms is None else cutoff_ms))] = far
    order = np.argsort(times, axis=1, kind="stable")[:, :5]
    expected = np.take_along_axis(times, order, axis=1)
    found = nearest_places(monaco, mode, nodes, 5, cutoff_ms=cutoff_ms, closed=closed)
    assert np.array_equal(found.time_ms, np.where(expected == far, -1, expected))
    assert np.array_equal(found.place, np.where(expected == far, -1, order))
    assert (found.place >= 0).mean() > 0.1


def test_no_places_and_a_cutoff_below_zero_find_nothing(monaco: StreetGraph) -> None:
    for found in (
        nearest_places(monaco, "car", [], 2),
        nearest_places(monaco, "car", [1, 2], 2, cutoff_ms=-1),
    ):
        assert found.place.shape == (monaco.n_nodes, 2)
        assert (found.place == -1).all()
        assert (found.time_ms == -1).all()
