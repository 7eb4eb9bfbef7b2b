"""Spatial accessibility on a matrix or a list of costs; see `twin.results.spatial_access`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np

from twin.errors import InputError, did_you_mean
from twin.parts.door import real
from twin.results.spatial_access import (
    CostPairs,
    SpatialAccess,
    exponential_weights,
    floating_catchment,
    potential,
    power_weights,
    step_weights,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

Method = Literal["opportunities", "gravity", "2sfca", "e2sfca", "2sfca_gravity"]
Decay = Literal["power", "exponential"]
METHODS: Final[tuple[str, ...]] = get_args(Method)
DECAYS: Final[tuple[str, ...]] = get_args(Decay)
_DECAYING: Final = frozenset({"gravity", "2sfca_gravity"})
_WITHOUT_DEMAND: Final = frozenset({"opportunities", "gravity"})
_WHERE: Final = "accessibility"
_MATRIX: Final = 2


def accessibility(  # noqa: PLR0913 - a question with many optional parts, by keyword only
    *,
    cost: ArrayLike | CostPairs,
    supply: ArrayLike,
    demand: ArrayLike | None = None,
    method: Method = "2sfca",
    max_cost: float | None = None,
    steps: Sequence[tuple[float, float]] | None = None,
    decay: Decay = "power",
    beta: float | None = None,
    is_strict: bool = False,
) -> SpatialAccess:
    """Return how much supply each origin can reach.

    Parameters
    ----------
    cost
        (n_origins, n_facilities) costs, nan or -1 where a facility cannot be reached; or
        `CostPairs`, see `cost_pairs`. Unreachable pairs count nowhere, whatever the method.
    supply
        (n_facilities,) servers, beds, places; at least 0.
    demand
        (n_origins,) people or needs; at least 0. Needed by the floating catchments.
    method
        ``opportunities`` (supply within `max_cost`), ``gravity`` (Hansen 1959), ``2sfca``
        (Luo and Wang 2003), ``e2sfca`` (Luo and Qi 2009, with `steps`), ``2sfca_gravity``.
    max_cost
        Catchment: costs beyond it do not count. Needed by ``opportunities`` and ``2sfca``.
    steps
        (limit, weight) by ascending limit, for ``e2sfca``.
    decay, beta
        Of the gravity forms: ``power`` is ``cost ** -beta``, ``exponential`` is
        ``exp(-beta * cost)``; beta above 0.
    is_strict
        Whether a cost must be less than `max_cost` or the limit of a step, not equal to it.

    Returns
    -------
    SpatialAccess
        Score of each origin, ratio of each facility, supply that is reached.

    Raises
    ------
    InputError
        If an argument is wrong; names the argument and what is expected.

    Examples
    --------
    >>> found = accessibility(
    ...     cost=[[5, 20], [10, 10]], supply=[2, 3], demand=[100, 50], max_cost=15
    ... )
    >>> [round(float(score), 4) for score in found.score]
    [0.0133, 0.0733]
    """
    _check_word("method", method, METHODS)
    pairs = cost if isinstance(cost, CostPairs) else _pairs_of_matrix(cost)
    offered = _amounts("supply", supply, pairs.n_facilities, "facility")
    if max_cost is not None:
        limit = real(f"{_WHERE}: max_cost", max_cost, at_least=0.0)
        pairs = pairs.kept(within(pairs.cost, limit, is_strict=is_strict))
    elif method in {"opportunities", "2sfca"}:
        raise InputError(f"{_WHERE}: max_cost", "is missing", expected=f"it for `{method}`")
    weight = _weights(pairs, method, steps=steps, decay=decay, beta=beta, is_strict=is_strict)
    if method in _WITHOUT_DEMAND:
        return potential(pairs, weight, offered)
    if demand is None:
        raise InputError(f"{_WHERE}: demand", "is missing", expected=f"it for `{method}`")
    wanting = _amounts("demand", demand, pairs.n_origins, "origin")
    return floating_catchment(pairs, weight, wanting, offered)


def cost_pairs(
    origin: ArrayLike,
    facility: ArrayLike,
    cost: ArrayLike,
    *,
    n_origins: int,
    n_facilities: int,
) -> CostPairs:
    """Return costs as pairs; those with a cost of nan or below 0 are left out.

    Parameters
    ----------
    origin, facility
        Rows of each pair, in any order.
    cost
        Cost of each pair.
    n_origins, n_facilities
        How many there are of both.

    Raises
    ------
    InputError
        If lengths differ, a row is out of range, a pair comes twice or a cost is infinite.
    """
    origins = _rows("origin", origin, n_origins)
    facilities = _rows("facility", facility, n_facilities)
    costs = _costs(cost)
    if not origins.size == facilities.size == costs.size:
        found = f"lengths {origins.size}, {facilities.size} and {costs.size}"
        raise InputError(f"{_WHERE}: origin, facility, cost", found, expected="one length")
    order = np.lexsort((facilities, origins))
    packed = origins[order] * np.int64(n_facilities) + facilities[order]
    twice = np.flatnonzero(packed[1:] == packed[:-1])
    if twice.size:
        row = order[twice[0]]
        found = f"the pair ({origins[row]}, {facilities[row]}) comes twice"
        raise InputError(f"{_WHERE}: origin, facility", found, expected="each pair once")
    order = order[costs[order] >= 0]
    counts = np.bincount(origins[order], minlength=n_origins)
    start = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    return CostPairs(start, facilities[order], costs[order], n_facilities)


def _pairs_of_matrix(cost: ArrayLike) -> CostPairs:
    matrix = _costs(cost)
    if matrix.ndim != _MATRIX:
        raise InputError(
            f"{_WHERE}: cost", f"shape {matrix.shape}", expected="(n_origins, n_facilities)"
        )
    origin, facility = np.nonzero(matrix >= 0)
    counts = np.bincount(origin, minlength=matrix.shape[0])
    start = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    reached = matrix[origin, facility]
    return CostPairs(start, facility.astype(np.int64), reached, matrix.shape[1])


def _weights(
    pairs: CostPairs,
    method: str,
    *,
    steps: Sequence[tuple[float, float]] | None,
    decay: str,
    beta: float | None,
    is_strict: bool,
) -> NDArray[np.float64]:
    if (steps is not None) != (method == "e2sfca"):
        found = "is missing" if steps is None else "is given"
        raise InputError(f"{_WHERE}: steps", found, expected="steps for `e2sfca`, and only there")
    if (beta is not None) != (method in _DECAYING):
        found = "is missing" if beta is None else "is given"
        expected = "a rate of decay for the gravity forms, and only there"
        raise InputError(f"{_WHERE}: beta", found, expected=expected)
    if steps is not None:
        return step_weights(pairs.cost, _steps(steps), is_strict=is_strict)
    if beta is None:
        return np.ones(pairs.cost.size)
    _check_word("decay", decay, DECAYS)
    rate = real(f"{_WHERE}: beta", beta, above=0.0)
    if decay == "exponential":
        return exponential_weights(pairs.cost, rate)
    if (pairs.cost == 0).any():
        raise InputError(
            f"{_WHERE}: cost",
            "a cost of 0, whose power is infinite",
            expected="costs above 0 with decay `power`",
            hint="add what every trip costs, or let the decay be `exponential`",
        )
    return power_weights(pairs.cost, -rate)


def _steps(steps: Sequence[Any]) -> list[tuple[float, float]]:
    where = f"{_WHERE}: steps"
    found: list[tuple[float, float]] = []
    for i, step in enumerate(steps):
        if isinstance(step, str) or not hasattr(step, "__len__") or len(step) != _MATRIX:
            raise InputError(f"{where}[{i}]", f"found {step!r}", expected="(limit, weight)")
        limit = real(f"{where}[{i}]", step[0], at_least=0.0)
        found.append((limit, real(f"{where}[{i}]", step[1], at_least=0.0)))
        if i and limit <= found[i - 1][0]:
            expected = f"a limit above {found[i - 1][0]:g}, that of the step before"
            raise InputError(f"{where}[{i}]", f"limit {limit:g}", expected=expected)
    if not found:
        raise InputError(where, "there is none", expected="at least one (limit, weight)")
    return found


def _costs(cost: ArrayLike) -> NDArray[np.float64]:
    try:
        costs = np.asarray(cost, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{_WHERE}: cost", "is no array of numbers", expected="costs") from None
    if np.isinf(costs).any():
        expected = "finite costs; nan or -1 where a facility cannot be reached"
        raise InputError(f"{_WHERE}: cost", "holds an infinite cost", expected=expected)
    return costs


def _amounts(name: str, values: ArrayLike, n: int, what: str) -> NDArray[np.float64]:
    expected = f"{n} finite numbers, at least 0, one a {what}"
    try:
        amounts = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{_WHERE}: {name}", "is no array of numbers", expected=expected) from None
    if amounts.shape != (n,):
        raise InputError(f"{_WHERE}: {name}", f"shape {amounts.shape}", expected=expected)
    wrong = np.flatnonzero(~(np.isfinite(amounts) & (amounts >= 0)))
    if wrong.size:
        found = f"found {float(amounts[wrong[0]])!r}"
        raise InputError(f"{_WHERE}: {name}[{wrong[0]}]", found, expected=expected)
    return amounts


def _rows(name: str, values: ArrayLike, n: int) -> NDArray[np.int64]:
    rows = np.asarray(values)
    is_whole = np.issubdtype(rows.dtype, np.integer) or rows.size == 0
    if rows.ndim != 1 or not is_whole:
        raise InputError(f"{_WHERE}: {name}", "is no list of rows", expected="whole numbers")
    wrong = np.flatnonzero((rows < 0) | (rows >= n))
    if wrong.size:
        found = f"found {rows[wrong[0]]}"
        raise InputError(f"{_WHERE}: {name}[{wrong[0]}]", found, expected=f"0 to {n - 1}")
    return rows.astype(np.int64)


def _check_word(name: str, word: object, known: tuple[str, ...]) -> None:
    if word not in known:
        raise InputError(
            f"{_WHERE}: {name}",
            f"found {word!r}",
            expected=", ".join(known),
            hint=did_you_mean(str(word), known),
        )
