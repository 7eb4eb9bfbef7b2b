"""Discrete choice at given utilities, by the choice kernels of the city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.engine.choice_columns import empty_shortlist
from twin.engine.choice_tables import gumbel_bounds, stable_bounds
from twin.errors import InputError
from twin.kernels.choosing import choose_options
from twin.parts.door import real, whole
from twin.streams import N_SLOTS, checked_uids, split_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

_WHERE: Final = "choose"
_N_MAX: Final = 1 << 32
_SEEDS: Final = 1 << 64
_TABLE: Final = 2


@dataclass(frozen=True, eq=False)
class ChoiceResult:
    """What was chosen, one row a replication.

    Parameters
    ----------
    n_chosen
        (n_replications, n_options) int64.
    n_without
        (n_replications,) int64, choices without an open option.
    best_mean
        (n_replications,) float64, mean over choices of the greatest utility with its
        taste: its expectation is the logsum (Williams 1977). nan without a choice.
    chosen
        (n_replications, n_residents, n_needs) int32, -1 for none; empty unless asked for.
    """

    n_chosen: NDArray[np.int64]
    n_without: NDArray[np.int64]
    best_mean: NDArray[np.float64]
    chosen: NDArray[np.int32]

    @property
    def share(self) -> NDArray[np.float64]:
        """Share of each option among choices that are made, (n_replications, n_options)."""
        made = self.n_chosen.sum(axis=1, keepdims=True)
        empty = np.full(self.n_chosen.shape, np.nan)
        shares: NDArray[np.float64] = np.divide(self.n_chosen, made, out=empty, where=made > 0)
        return shares


def choose(  # noqa: PLR0913 - all but the first by name
    utility: ArrayLike,
    *,
    n_residents: int | None = None,
    n_needs: int = 1,
    taste_permanence: float = 0.0,
    seed: int = 1,
    n_replications: int = 1,
    options: Sequence[str] | None = None,
    nests: Sequence[str] | None = None,
    nest_scale: float = 1.0,
    has_choices: bool = False,
) -> ChoiceResult:
    """Let residents choose the option of greatest utility plus taste (McFadden 1974).

    Tastes are Gumbel with mean zero and scale one, addressed by resident, need and
    option: another option, resident or replication changes none of them. Replication r
    is what a city's run with seed ``seed + r`` draws.

    Parameters
    ----------
    utility
        (n_residents, n_options) utilities, or (n_options,) with `n_residents`; nan or -inf
        where an option is not open. For Huff (1963): ``log(size) - exponent * log(time)``.
    n_residents
        How many residents share one row of utilities.
    n_needs
        Choices of each resident.
    taste_permanence
        Share of the taste that a resident keeps from need to need, 0 to below 1; shares
        stay logit (Cardell 1997).
    seed, n_replications
        64-bit seed of the first replication, and how many follow each other.
    options
        Names of the options, as ``facility/service`` in a city; their numbers if not given.
    nests
        Nest of each option, empty for one that stands alone: nested logit (Williams 1977).
    nest_scale
        Scale of the tastes within a nest, above 0 up to 1; at 1 nests do not matter.
    has_choices
        Also return every single choice; 4 bytes each.

    Raises
    ------
    InputError
        If an argument is wrong; names the argument and what is expected.

    Examples
    --------
    >>> result = choose([0.0, 1.0], n_residents=20_000, n_replications=2)
    >>> bool((abs(result.share[:, 1] - 0.731) < 0.02).all())  # e / (1 + e)
    True
    """
    table = _table(utility)
    residents = _residents(table, n_residents)
    needs = whole(f"{_WHERE}: n_needs", n_needs, at_least=1, at_most=N_SLOTS)
    permanence = real(f"{_WHERE}: taste_permanence", taste_permanence, at_least=0.0)
    if permanence >= 1.0:
        found = f"found {permanence:g}"
        raise InputError(f"{_WHERE}: taste_permanence", found, expected="below 1")
    n = whole(f"{_WHERE}: n_replications", n_replications, at_least=1, at_most=_N_MAX - 1)
    first = whole(f"{_WHERE}: seed", seed, at_least=0, at_most=_SEEDS - n)
    counts = np.zeros((n, table.shape[1] + 1), dtype=np.int64)
    best = np.zeros((n, 1))
    chosen = np.empty((n, residents.size, needs) if has_choices else (n, 0, 0), dtype=np.int32)
    uid = _uids(options, table.shape[1])
    nest, nest_uid = _nests(nests, nest_scale, table.shape[1])
    shares = np.array([1.0 - permanence])
    for r in range(n):
        choose_options(
            counts[r],
            best[r],
            chosen[r],
            table,
            uid,
            nest,
            nest_uid,
            np.zeros(nest_uid.size),
            float(nest_scale),
            residents,
            needs,
            float(shares[0]),
            gumbel_bounds(),
            stable_bounds(shares)[0],
            empty_shortlist(table.shape[1]),
            *split_key(first + r),
        )
    made = counts[:, :-1].sum(axis=1)
    mean = np.divide(best[:, 0], made, out=np.full(n, np.nan), where=made > 0)
    return ChoiceResult(counts[:, :-1], counts[:, -1], mean, chosen)


def _table(utility: ArrayLike) -> NDArray[np.float64]:
    expected = "(n_residents, n_options) utilities, or (n_options,)"
    try:
        table = np.array(utility, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"{_WHERE}: utility", "is no array of numbers", expected=expected
        ) from None
    shape = table.shape
    table = table[None, :] if table.ndim == 1 else table
    if table.ndim != _TABLE or table.shape[1] == 0:
        raise InputError(f"{_WHERE}: utility", f"shape {shape}", expected=expected)
    if (table == np.inf).any():
        raise InputError(
            f"{_WHERE}: utility",
            "holds plus infinity",
            expected="finite utilities; nan or -inf where an option is not open",
        )
    return np.ascontiguousarray(table)


def _residents(table: NDArray[np.float64], n_residents: int | None) -> NDArray[np.uint32]:
    n_rows = table.shape[0]
    where = f"{_WHERE}: n_residents"
    n = n_rows if n_residents is None else whole(where, n_residents, at_least=0, at_most=_N_MAX)
    if n_rows not in (1, n):
        raise InputError(where, f"found {n}", expected=f"{n_rows}, one a row of utilities")
    return np.arange(n, dtype=np.uint32)


def _uids(options: Sequence[str] | None, n_options: int) -> NDArray[np.uint32]:
    if options is None:
        return np.arange(n_options, dtype=np.uint32)
    where = f"{_WHERE}: options"
    if isinstance(options, str) or len(options) != n_options:
        raise InputError(where, f"found {options!r}", expected=f"{n_options} names")
    uids = checked_uids(options, where=where)
    if len(uids) != n_options:
        raise InputError(where, "a name comes twice", expected="each name once")
    return np.array([uids[name] for name in options], dtype=np.uint32)


def _nests(
    names: Sequence[str] | None, nest_scale: float, n_options: int
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Return the nest of each option, -1 for none, and the numbers of the nests."""
    where = f"{_WHERE}: nest_scale"
    scale = real(where, nest_scale, at_least=0.0)
    if not 0.0 < scale <= 1.0:
        raise InputError(where, f"found {scale:g}", expected="above 0, at most 1")
    nest = np.full(n_options, -1, dtype=np.int64)
    if names is None:
        if scale < 1.0:
            expected = "`nests`, one name an option"
            raise InputError(where, f"{scale:g} without nests", expected=expected)
        return nest, np.empty(0, dtype=np.uint32)
    if isinstance(names, str) or len(names) != n_options:
        found = f"found {names!r}"
        raise InputError(f"{_WHERE}: nests", found, expected=f"{n_options} names")
    known = sorted(set(names) - {""}) if scale < 1.0 else []
    uids = checked_uids(known, where=f"{_WHERE}: nests")
    for option, name in enumerate(names):
        if name in uids:
            nest[option] = known.index(name)
    return nest, np.array([uids[name] for name in known], dtype=np.uint32)
