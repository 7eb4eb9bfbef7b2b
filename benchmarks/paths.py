"""Paths on real networks against other libraries, and how cost grows with the network.

Answers are compared before anything is timed. Rates are per CPU second, so that who
else uses the machine matters little; RoutingKit and ours are asked in the same run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.path_peers import RoutingKit, Scipy, peers
from benchmarks.record import Row, Skipped, Timing, peak_mb, timed
from benchmarks.street_networks import coquimbo, porto
from twin.kernels.buckets import grow_tree_in_buckets
from twin.kernels.paths import grow_tree
from twin.network.access import bucket_shape
from twin.network.hierarchy import Hierarchy

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from benchmarks.path_peers import Peer
    from benchmarks.street_networks import StreetNetwork
    from twin.network.metric import Metric

_N_PAIRS: Final = 100_000
_N_TREES: Final = 320
_N_FACILITIES: Final = 1_000
_K: Final = 16
_SIZES: Final = (5_000, 10_000, 20_000, 40_000, 80_000, 160_000)
_LARGE: Final = 100_000


def measure() -> list[Row]:
    """Measure on each network that is there, then the growth of cost."""
    rows = _on(coquimbo())
    try:
        junctions, every_node = porto()
    except Skipped:
        return rows
    rows += _on(junctions)
    rows += _on(every_node)
    return rows + _growth(every_node)


def _draws(n_nodes: int, n: int, stream: int) -> NDArray[np.int64]:
    """Return pinned nodes: a generator of their own, for nothing else is drawn here."""
    return np.random.default_rng([20_251_124, stream]).integers(0, n_nodes, n)


class _Ours:
    """What is asked of the hierarchy; each a call without arguments."""

    def __init__(self, network: StreetNetwork) -> None:
        self.network = network
        n = network.n_nodes
        self.origin, self.destination = _draws(n, _N_PAIRS, 1), _draws(n, _N_PAIRS, 2)
        self.targets, self.facilities = _draws(n, _N_TREES, 3), _draws(n, _N_FACILITIES, 4)
        self.hierarchy = self.build()
        self.metric = self.customise()

    def build(self) -> Hierarchy:
        network = self.network
        return Hierarchy.build(network.source, network.target, network.n_nodes, *network.places)

    def customise(self) -> Metric:
        return self.hierarchy.customise(self.network.edge_ms)

    def usable_again(self) -> object:
        return self.customise().paths(self.origin[:1], self.destination[:1])

    def distances(self) -> object:
        return self.metric.distances(self.origin, self.destination)

    def distances_anew(self) -> object:
        return self.customise().distances(self.origin, self.destination)

    def paths(self) -> object:
        return self.metric.paths(self.origin, self.destination)

    def paths_anew(self) -> object:
        return self.customise().paths(self.origin, self.destination)

    def trees(self) -> object:
        return self.metric.times_to(self.targets)

    def next_edges(self) -> object:
        return self.metric.next_edges_to(self.targets)

    def nearest(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        return self.metric.nearest(self.facilities, _K)


def _on(network: StreetNetwork) -> list[Row]:
    ours = _Ours(network)
    where = f"{network.name} ({network.n_nodes:,} nodes)"
    rates: dict[str, dict[str, float]] = {"distances": {}, "paths": {}, "trees": {}}
    rows: list[Row] = []
    kit_rows: dict[str, Timing] = {}
    for peer in peers(network, is_large=network.n_nodes > _LARGE):
        _check(ours, peer)
        rows += _peer_rows(where, peer, ours, rates)
        if isinstance(peer, RoutingKit):
            kit_rows = {"build": timed(peer.build), "customise": timed(peer.customise)}
            rows += [Row(f"{where}: {what}, RoutingKit", t) for what, t in kit_rows.items()]
    rows += _pair(where, "build", ours.build, kit_rows.get("build"), "<= 25 s")
    rows += _pair(where, "customise", ours.customise, kit_rows.get("customise"), "")
    rows += _pair(where, "new times to first path", ours.usable_again, None, "<= 50 ms")
    pairs, trees = f"{_N_PAIRS:,} distances", f"{_N_TREES} trees"
    for what, work, n, kind, goal in (
        (pairs, ours.distances, _N_PAIRS, "distances", ">= 1 x"),
        (f"{pairs}, new times included", ours.distances_anew, _N_PAIRS, "distances", ">= 1 x"),
        (f"{_N_PAIRS:,} paths", ours.paths, _N_PAIRS, "paths", ">= 2 x"),
        (f"{_N_PAIRS:,} paths, new times included", ours.paths_anew, _N_PAIRS, "paths", ">= 2 x"),
        (trees, ours.trees, _N_TREES, "trees", ">= 20 x scipy"),
        (f"{trees} with next edges", ours.next_edges, _N_TREES, "trees", ""),
    ):
        title = f"{where}: {what}, twin"
        rows.append(_rate_row(title, work, n, kind=kind, rates=rates[kind], goal=goal))
    rows += _nearest_rows(where, ours)
    return rows + _single_trees(where, network)


def _check(ours: _Ours, peer: Peer) -> None:
    """Require the peer's answers to be ours."""
    n = peer.n_distances or 5
    expected = ours.metric.distances(ours.origin[:n], ours.destination[:n])
    found = peer.distances(ours.origin[:n], ours.destination[:n])
    if not np.array_equal(expected, found):
        raise AssertionError(f"{peer.name} and the hierarchy disagree")


def _peer_rows(
    where: str, peer: Peer, ours: _Ours, rates: dict[str, dict[str, float]]
) -> list[Row]:
    rows = []
    for kind, n in (
        ("distances", peer.n_distances),
        ("paths", peer.n_paths),
        ("trees", peer.n_trees),
    ):
        if n == 0:
            continue
        if kind == "trees":
            timing = timed(lambda n=n: peer.trees(ours.targets[:n]))  # type: ignore[misc]
        else:
            ask = getattr(peer, kind)
            timing = timed(lambda n=n, ask=ask: ask(ours.origin[:n], ours.destination[:n]))  # type: ignore[misc]
        rates[kind][peer.name] = n / timing.cpu_s
        rows.append(Row(f"{where}: {n:,} {kind}, {peer.name}", timing, n, kind))
    return rows


def _pair(
    where: str, what: str, work: Callable[[], object], peer: Timing | None, goal: str
) -> list[Row]:
    timing = timed(work)
    ratio = None if peer is None else peer.cpu_s / timing.cpu_s
    against = "" if peer is None else "RoutingKit"
    title = f"{where}: {what}, twin"
    return [Row(title, timing, ratio=ratio, against=against, goal=goal, peak_mb=peak_mb(work))]


def _rate_row(
    title: str,
    work: Callable[[], object],
    n: int,
    *,
    kind: str,
    rates: dict[str, float],
    goal: str,
) -> Row:
    timing = timed(work)
    best = "scipy" if kind == "trees" and "scipy" in rates else max(rates, key=rates.__getitem__)
    ratio = n / timing.cpu_s / rates[best]
    return Row(title, timing, n, kind, ratio=ratio, against=best, goal=goal, peak_mb=peak_mb(work))


def _nearest_rows(where: str, ours: _Ours) -> list[Row]:
    what = f"{_K} nearest of {_N_FACILITIES:,} for all nodes"
    timing = timed(ours.nearest)
    peak = peak_mb(ours.nearest)
    title = f"{where}: {what}, twin"
    if ours.network.n_nodes > _LARGE:
        return [Row(title, timing, goal="<= 1 s", peak_mb=peak)]
    backwards = Scipy(ours.network)
    backwards.matrix = backwards.matrix.T.tocsr()

    def by_trees() -> NDArray[np.float64]:
        times = backwards.trees(ours.facilities)
        return np.sort(np.partition(times, _K, axis=0)[:_K], axis=0).T

    if not np.array_equal(ours.nearest()[1], by_trees()):
        raise AssertionError("scipy and the hierarchy disagree on the nearest")
    peer = timed(by_trees)
    ratio = peer.cpu_s / timing.cpu_s
    return [
        Row(f"{where}: {what}, scipy", peer),
        Row(title, timing, ratio=ratio, against="scipy", goal="<= 1 s", peak_mb=peak),
    ]


def _single_trees(where: str, network: StreetNetwork) -> list[Row]:
    """One tree without a hierarchy: buckets, against a heap and against scipy."""
    n = network.n_nodes
    order = np.argsort(network.source, kind="stable")
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(network.source, minlength=n), out=start[1:])
    head, edge_ms = network.target[order], network.edge_ms[order]
    time_ms, seed_of = np.empty(n, np.int32), np.empty(n, np.int32)
    heap = np.empty(head.size + 2, np.int64)
    shift, n_buckets = bucket_shape(edge_ms)
    buckets, links = np.empty(n_buckets, np.int32), np.empty((3, n), np.int32)
    seed = np.zeros(1, np.int32)
    scipy = Scipy(network)
    by_heap = timed(lambda: grow_tree(time_ms, seed_of, heap, seed, start, head, edge_ms))
    by_buckets = timed(
        lambda: grow_tree_in_buckets(
            time_ms, seed_of, buckets, links, seed, start, head, edge_ms, shift
        )
    )
    if not np.array_equal(time_ms, scipy.trees(np.zeros(1, np.int64))[0]):
        raise AssertionError("scipy and the buckets disagree")
    by_scipy = timed(lambda: scipy.trees(np.zeros(1, np.int64)))
    what = f"{where}: one tree without a hierarchy"
    return [
        Row(f"{what}, scipy", by_scipy),
        Row(f"{what}, twin's heap", by_heap, ratio=by_scipy.cpu_s / by_heap.cpu_s, against="scipy"),
        Row(
            f"{what}, twin's buckets",
            by_buckets,
            ratio=by_scipy.cpu_s / by_buckets.cpu_s,
            against="scipy",
        ),
    ]


def _growth(whole: StreetNetwork) -> list[Row]:
    """Measure everything on cut-outs, and fit cost = a * nodes ** exponent."""
    networks = [whole.around_the_middle(n) for n in _SIZES] + [whole]
    nodes = np.log([network.n_nodes for network in networks])
    timings: dict[str, list[Timing]] = {}
    for network in networks:
        ours = _Ours(network)
        for what, work in (
            ("build", ours.build),
            ("customise", ours.customise),
            (f"{_N_PAIRS:,} distances, new times included", ours.distances_anew),
            (f"{_N_PAIRS:,} paths, new times included", ours.paths_anew),
            (f"{_N_TREES} trees", ours.trees),
            (f"{_K} nearest of {_N_FACILITIES:,}", ours.nearest),
        ):
            timings.setdefault(what, []).append(timed(work))
    span = f"{networks[0].n_nodes:,} to {networks[-1].n_nodes:,} nodes"
    rows = []
    for what, taken in timings.items():
        cost = np.log([timing.cpu_s for timing in taken])
        exponent = float(np.polyfit(nodes, cost, 1)[0])
        title = f"Porto, every node, {span}: {what} grows as nodes ** {exponent:.2f}"
        rows.append(Row(title, taken[-1], goal="exponent <= 1.1"))
    return rows
