"""Street cases: least times on given networks, answered by `twin.parts.paths`."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from twin.errors import InputError
from twin.network.drafts import Edges, components
from twin.network.modes import WALK, WALK_BIT
from twin.parts.routing import paths
from twin.validation.cases import data_file
from twin.validation.registry import Computation

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.validation.cases import Case
    from twin.validation.registry import Adapter

_LENGTH: Final = "length"


class _Network(NamedTuple):
    """Edges between rows of `node`."""

    node: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    length: NDArray[np.float64]
    cost: NDArray[np.float64]


def spp(case: Case) -> Computation:
    """Shortest paths from some sources to all nodes, and between some pairs."""
    weight = case.inputs.get("weight")
    if not isinstance(weight, str):
        raise InputError(f"{case.where}.inputs.weight", f"found {weight!r}", expected="a column")
    network = _network(data_file(case, "edges"), weight)
    sources = _rows(case, "sources", _whole_numbers(case, "sources"), network)
    pairs = case.inputs.get("pairs", [])
    if not isinstance(pairs, list) or not all(
        isinstance(pair, list) and len(pair) == 2  # noqa: PLR2004 - a pair
        for pair in pairs
    ):
        raise InputError(f"{case.where}.inputs.pairs", f"found {pairs!r}", expected="pairs")
    ends = [_rows(case, "pairs", pair, network) for pair in pairs]
    names = [f"t_{a}_{b}" for a, b in pairs]

    def compute() -> dict[str, float]:
        n = network.node.size
        origins = np.repeat(sources, n)
        destinations = np.tile(np.arange(n), sources.size)
        origins = np.concatenate((origins, [int(pair[0]) for pair in ends])).astype(np.int64)
        destinations = np.concatenate((destinations, [int(pair[1]) for pair in ends]))
        routes = paths(
            network.source,
            network.target,
            network.cost,
            origins,
            destinations.astype(np.int64),
            n_nodes=n,
        )
        trees, single = np.split(routes.time_s, [n * sources.size])
        reached = trees[np.isfinite(trees)]
        return {
            "nodes": float(n),
            "edges_rows": float(network.cost.size),
            "total_length": math.fsum(network.length),
            "largest_scc": float(_largest_part(network)),
            "reach_count": float(reached.size),
            "sum_cost": math.fsum(reached),
            "max_cost": float(reached.max(initial=0.0)),
        } | dict(zip(names, single.tolist(), strict=True))

    return Computation(compute)


ADAPTERS: Final[dict[tuple[str, str], Adapter]] = {("street", "spp"): spp}


def _network(path: Path, weight: str) -> _Network:
    wanted = {"u": int, "v": int, _LENGTH: float, weight: float}
    columns: dict[str, list[float]] = {name: [] for name in wanted}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in wanted if name not in (reader.fieldnames or [])]
        if missing:
            raise InputError(str(path), f"no column `{missing[0]}`", expected=", ".join(wanted))
        for line, row in enumerate(reader, start=2):
            for name, kind in wanted.items():
                columns[name].append(_number(f"{path}:{line}: {name}", row[name], kind))
    ends = np.array((columns["u"], columns["v"]), np.int64)
    node, row_of = np.unique(ends, return_inverse=True)
    source, target = row_of.reshape(ends.shape)
    return _Network(node, source, target, np.array(columns[_LENGTH]), np.array(columns[weight]))


def _number(where: str, text: str | None, kind: type[int | float]) -> float:
    try:
        value = kind(text or "")
    except ValueError:
        value = math.nan
    if not 0.0 <= value < math.inf:
        raise InputError(where, f"found {text!r}", expected="a number, 0 or more")
    return value


def _whole_numbers(case: Case, name: str) -> list[object]:
    found = case.inputs.get(name, [])
    if not isinstance(found, list):
        raise InputError(f"{case.where}.inputs.{name}", f"found {found!r}", expected="a list")
    return found


def _rows(case: Case, name: str, nodes: list[object], network: _Network) -> NDArray[np.int64]:
    known = {int(node): row for row, node in enumerate(network.node)}
    rows = [known.get(node, -1) if isinstance(node, int) else -1 for node in nodes]
    if -1 in rows:
        raise InputError(
            f"{case.where}.inputs.{name}",
            f"found {nodes[rows.index(-1)]!r}",
            expected="nodes of the edges",
        )
    return np.array(rows, np.int64)


def _largest_part(network: _Network) -> int:
    n = network.cost.size
    is_forward = np.ones(n, np.bool_)
    edges = Edges(
        network.source, network.target, np.arange(n), is_forward, np.full(n, WALK_BIT, np.uint8)
    )
    inside, _ = components(edges, network.node.size, [WALK])
    return int(inside[WALK].sum())
