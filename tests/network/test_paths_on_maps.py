"""On real streets: 1,000 pairs a mode equal networkx, closures count, journeys end."""

from __future__ import annotations

import re
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from twin.city.city import load_city
from twin.network.access import tree_from, tree_towards
from twin.network.modes import MODES, mode_index
from twin.network.street_graph import StreetGraph

N_PAIRS = 1000


@pytest.fixture(scope="module")
def monaco(root: Path) -> StreetGraph:
    return load_city(root / "maps" / "monaco").graph


def pairs(graph: StreetGraph, mode: str) -> tuple[np.ndarray, np.ndarray]:
    """Pairs spread over the mode's part of the network, by a fixed rule."""
    members = np.flatnonzero(graph.is_in_component[mode_index(mode)])
    row = np.arange(N_PAIRS)
    return members[row * 7_919 % members.size], members[(row * 104_729 + 11) % members.size]


# 1,000 searches by networkx on 15,600 nodes take 20 s a mode.
@pytest.mark.parametrize("name", ["monaco", pytest.param("coquimbo", marks=pytest.mark.slow)])
@pytest.mark.parametrize("mode", MODES)
def test_a_thousand_pairs_equal_networkx(root: Path, name: str, mode: str) -> None:
    graph = load_city(root / "maps" / name).graph
    edge_ms = graph.edge_time_ms[mode_index(mode)]
    network = nx.DiGraph()
    network.add_nodes_from(range(graph.n_nodes))
    for source, target, time in zip(
        graph.edge_source.tolist(), graph.edge_target.tolist(), edge_ms.tolist(), strict=True
    ):
        known = network.get_edge_data(source, target)
        if time >= 0 and (known is None or known["ms"] > time):
            network.add_edge(source, target, ms=time)
    origin, destination = pairs(graph, mode)
    metric = graph.hierarchy(mode).customise(edge_ms)
    times = metric.distances(origin, destination)
    start, edge = metric.paths(origin, destination)
    assert (times[origin != destination] > 0).all()
    for i in range(N_PAIRS):
        source, target = int(origin[i]), int(destination[i])
        expected, _ = nx.bidirectional_dijkstra(network, source, target, weight="ms")
        assert times[i] == expected
        way = edge[start[i] : start[i + 1]]
        assert edge_ms[way].min(initial=1) > 0
        assert edge_ms[way].sum() == expected
        nodes = [source, *graph.edge_target[way].tolist()]
        assert nodes[:-1] == graph.edge_source[way].tolist()
        assert nodes[-1] == target


@pytest.mark.parametrize("mode", MODES)
def test_trees_of_coquimbo_equal_networkx(root: Path, mode: str) -> None:
    graph = load_city(root / "maps" / "coquimbo").graph
    edge_ms = graph.edge_time_ms[mode_index(mode)]
    network = nx.MultiDiGraph()
    usable = edge_ms >= 0
    network.add_weighted_edges_from(
        zip(
            graph.edge_source[usable].tolist(),
            graph.edge_target[usable].tolist(),
            edge_ms[usable].tolist(),
            strict=True,
        )
    )
    origins = pairs(graph, mode)[0][:8]
    times = graph.hierarchy(mode).customise(edge_ms).times_from(origins)
    for origin, row in zip(origins.tolist(), times, strict=True):
        expected = nx.single_source_dijkstra_path_length(network, origin)
        assert {node: int(time) for node, time in enumerate(row) if time >= 0} == expected


@pytest.mark.parametrize("mode", MODES)
def test_trees_with_streets_closed_equal_the_search_in_buckets(
    monaco: StreetGraph, mode: str
) -> None:
    closed = np.arange(monaco.n_edges) % 13 == 0
    edge_ms = np.where(closed, np.int32(-1), monaco.edge_time_ms[mode_index(mode)])
    places = pairs(monaco, mode)[0][:40]
    metric = monaco.hierarchy(mode).customise(edge_ms)
    towards, away = metric.times_to(places), metric.times_from(places)
    for i, place in enumerate(places):
        assert np.array_equal(towards[i], tree_towards(monaco, np.array([place]), edge_ms)[0])
        assert np.array_equal(away[i], tree_from(monaco, np.array([place]), edge_ms)[0])


def test_the_nearest_of_all_places_is_that_of_a_tree_from_all(monaco: StreetGraph) -> None:
    edge_ms = monaco.edge_time_ms[0]
    places = np.unique(pairs(monaco, "walk")[0][:50])
    index, time_ms = monaco.hierarchy("walk").customise(edge_ms).nearest(places, 1)
    expected_ms, seed = tree_towards(monaco, places, edge_ms)
    assert np.array_equal(time_ms[:, 0], expected_ms)
    assert np.array_equal(np.where(index[:, 0] < 0, -1, places[index[:, 0]]), seed)


def test_a_hierarchy_is_built_once_and_outlives_a_change_of_speeds(monaco: StreetGraph) -> None:
    walk = monaco.hierarchy("walk")
    assert monaco.hierarchy(0) is walk
    assert monaco.with_speeds(walk_mps=1.0).hierarchy("walk") is walk
    assert monaco.hierarchy("car") is not walk
    stored = type(walk).from_columns(walk.to_columns(), monaco, "walk")
    assert np.array_equal(stored.rank, walk.rank)


def test_the_page_on_paths_runs_as_it_stands(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    page = (root / "docs" / "paths.md").read_text(encoding="utf-8")
    told: dict[str, object] = {}
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(code, told)  # noqa: S102 - our own page
    start, edge = told["start"], told["edge"]
    assert isinstance(start, np.ndarray)
    assert isinstance(edge, np.ndarray)
    assert start[-1] == edge.size > 0
    assert told["routes"].time_s.tolist() == [50.0]  # type: ignore[attr-defined]
    near = told["near"]
    assert (near.place[120, 0], near.time_ms[120, 0]) == (0, 0)  # type: ignore[attr-defined]
