"""Orders of hierarchies that are kept with a map: the same answers, or none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.two_blocks import two_blocks
from twin.network import orders
from twin.network.map_import import import_map
from twin.network.modes import CAR
from twin.network.storage import read_map, write_map


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small map that is thought large."""
    monkeypatch.setattr(orders, "N_NODES_MIN", 1)
    source = two_blocks().write(tmp_path / "town.osm")
    write_map(tmp_path / "town", import_map(source, name="town"))
    return tmp_path / "town"


def test_a_kept_order_is_used_and_gives_the_same_times(folder: Path) -> None:
    graph = read_map(folder).graph
    assert set(graph.known_orders) == {0, 1, 2}
    # An order of our own, so that it shows whose was taken.
    graph.known_orders[CAR] = np.arange(graph.n_nodes, dtype=np.int32)[::-1].copy()
    fresh = read_map(folder).graph
    pairs = np.meshgrid(np.arange(graph.n_nodes), np.arange(graph.n_nodes))
    answers = [
        one.hierarchy("car")
        .customise(one.edge_time_ms[CAR])
        .distances(pairs[0].ravel(), pairs[1].ravel())
        for one in (graph, fresh)
    ]
    assert np.array_equal(answers[0], answers[1])
    assert (answers[0] >= 0).all()
    assert not np.array_equal(graph.hierarchy("car").rank, fresh.hierarchy("car").rank)


def test_other_speeds_keep_the_orders(folder: Path) -> None:
    graph = read_map(folder).graph
    assert graph.with_speeds(walk_mps=1.0).known_orders.keys() == graph.known_orders.keys()


def test_what_is_no_order_is_left_aside(folder: Path) -> None:
    graph = read_map(folder).graph
    graph.known_orders.clear()
    twice = np.zeros(graph.n_nodes, dtype=np.int32)
    orders.remember_orders(graph, {"rank_car": twice, "rank_walk": twice[1:]})
    assert not graph.known_orders


def test_a_damaged_table_is_as_none(folder: Path) -> None:
    path = folder / "hierarchy.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(data)
    assert not read_map(folder).graph.known_orders


def test_small_maps_keep_none(root: Path) -> None:
    assert not (root / "maps" / "monaco" / "hierarchy.parquet").exists()
    assert not orders.orders_of(read_map(root / "maps" / "monaco").graph)
