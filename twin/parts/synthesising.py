"""Population synthesis on arrays: the very fits of a city's residents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.errors import InputError, did_you_mean
from twin.parts.door import real, whole
from twin.population.fitting.entropy import balance_list
from twin.population.fitting.integerise import by_item, settled, truncate_replicate_sample
from twin.population.fitting.ipf import AxisMargin, fit_table
from twin.population.fitting.ipu import update_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from twin.population.fitting.entropy import ListFit
    from twin.population.fitting.ipf import IpfFit

METHODS: Final = ("entropy", "ipu")
_WHERE: Final = "fit_list"


def fit_margins(seed: ArrayLike, margins: Sequence[tuple[Sequence[int], ArrayLike]]) -> IpfFit:
    """Return the table closest to `seed` with the margins (Deming and Stephan 1940).

    Parameters
    ----------
    seed
        Table of any dimension, at least 0; zeros stay exactly zero.
    margins
        Pairs of the axes that are kept and the sums over all others.

    Raises
    ------
    InputError
        If a margin does not fit the table, or a number is negative or not finite.
    """
    table = _amounts("fit_margins: seed", seed)
    found = []
    for i, (axes, target) in enumerate(margins):
        where = f"fit_margins: margins[{i}]"
        kept = [whole(where, axis, at_least=0, at_most=table.ndim - 1) for axis in axes]
        if len(set(kept)) < len(kept) or not kept:
            raise InputError(where, f"axes {kept}", expected="different axes, at least one")
        sums = _amounts(where, target)
        shape = tuple(table.shape[axis] for axis in kept)
        if sums.shape != shape:
            raise InputError(where, f"shape {sums.shape}", expected=f"{shape} over axes {kept}")
        order = np.argsort(kept, kind="stable")
        found.append(AxisMargin(tuple(sorted(kept)), np.ascontiguousarray(sums.transpose(order))))
    return fit_table(table, found)


def fit_list(
    incidence: ArrayLike,
    controls: ArrayLike,
    first: ArrayLike,
    *,
    method: str = "entropy",
    hardness: ArrayLike | None = None,
) -> ListFit:
    """Return the weights of a list that meet controls and stay close to the first ones.

    Parameters
    ----------
    incidence
        (n_controls, n_items), at least 0: what an item adds to each control.
    controls
        (n_controls,), at least 0.
    first
        (n_items,), at least 0; zeros stay exactly zero.
    method
        ``entropy`` (least relative entropy) or ``ipu`` (Ye et al. 2009).
    hardness
        (n_controls,) above 0 for soft controls under ``entropy``; None for hard ones.

    Raises
    ------
    InputError
        If shapes or numbers are wrong.
    """
    matrix = _amounts(f"{_WHERE}: incidence", incidence)
    target = _amounts(f"{_WHERE}: controls", controls)
    weight = _amounts(f"{_WHERE}: first", first)
    if matrix.shape != (target.size, weight.size) or target.ndim != 1 or weight.ndim != 1:
        raise InputError(
            f"{_WHERE}: incidence",
            f"shape {matrix.shape}",
            expected=f"({target.size}, {weight.size}): controls by items",
        )
    if method not in METHODS:
        hint = did_you_mean(method, METHODS)
        expected = ", ".join(METHODS)
        raise InputError(f"{_WHERE}: method", f"found {method!r}", expected=expected, hint=hint)
    if method == "ipu":
        if hardness is not None:
            raise InputError(f"{_WHERE}: hardness", "is given", expected="none with `ipu`")
        return update_list(matrix, target, weight)
    hard = None if hardness is None else _hardness(hardness, target.size)
    return balance_list(matrix, target, weight, hardness=hard)


def synthesise(
    incidence: ArrayLike,
    controls: ArrayLike,
    first: ArrayLike,
    *,
    seed: int,
    method: str = "entropy",
    n_replications: int = 1,
) -> NDArray[np.int64]:
    """Return whole numbers of items whose sums meet controls but for rounding.

    Fitted by `fit_list`, then truncated, replicated and sampled (Lovelace and Ballas
    2013), then exchanged within their rounding until no exchange betters the controls:
    each number is less than one from its weight.

    Parameters
    ----------
    incidence, controls, first, method
        As of `fit_list`.
    seed
        64-bit key of the draws.
    n_replications
        Independent roundings.

    Returns
    -------
    (n_replications, n_items) int64
        Items; zero wherever the first weight is.
    """
    fit = fit_list(incidence, controls, first, method=method)
    key = whole("synthesise: seed", seed, at_least=0, at_most=2**64 - 1)
    n = whole("synthesise: n_replications", n_replications, at_least=1, at_most=2**32 - 1)
    matrix = np.asarray(incidence, dtype=np.float64)
    adds, target = by_item(matrix), matrix @ fit.weight
    made = np.zeros((n, fit.weight.size), dtype=np.int64)
    for replication in range(n):
        drawn = truncate_replicate_sample(fit.weight, seed=key, place=replication)
        made[replication] = settled(drawn, fit.weight, adds, target)
    return made


def _hardness(values: ArrayLike, n: int) -> NDArray[np.float64]:
    found = np.atleast_1d(np.asarray(values, dtype=np.float64))
    where = f"{_WHERE}: hardness"
    if found.shape != (n,):
        raise InputError(where, f"shape {found.shape}", expected=f"{n} numbers, one a control")
    for i, value in enumerate(found.tolist()):
        if value != np.inf:
            real(f"{where}[{i}]", value, above=0.0)
    return found


def _amounts(where: str, values: Any) -> NDArray[np.float64]:  # noqa: ANN401 - anything array-like
    expected = "finite numbers, at least 0"
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(where, "is no array of numbers", expected=expected) from None
    if not (np.isfinite(found) & (found >= 0.0)).all():
        raise InputError(where, "holds a negative number, inf or nan", expected=expected)
    return found
