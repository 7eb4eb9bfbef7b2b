"""School places by the mechanisms of a city's enrolment rounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from twin.engine.matching import MECHANISMS, Mechanism, lists_of, match_lists, standings
from twin.errors import InputError, did_you_mean
from twin.parts.door import whole
from twin.streams import checked_uids, uid32

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

_WHERE: Final = "match"
_SEEDS: Final = 1 << 64
_N_MAX: Final = 1 << 31
_TABLE: Final = 2
_PLACES_MAX: Final = 10**9
ROUND: Final = uid32("match")
LOTTERIES: Final = ("single", "by_school")


@dataclass(frozen=True, eq=False)
class MatchResult:
    """Who got which place, one row a replication.

    Parameters
    ----------
    school
        (n_replications, n_pupils) int32 school of each pupil, -1 for none.
    rank
        (n_replications, n_pupils) int32 its place in the pupil's list, 1 for the first; 0 for
        none. A school that would not admit the pupil counts in the list.
    n_listed
        (n_pupils,) int64 schools on each list that would admit the pupil.
    """

    school: NDArray[np.int32]
    rank: NDArray[np.int32]
    n_listed: NDArray[np.int64]

    @property
    def placed_share(self) -> NDArray[np.float64]:
        """Share of the pupils with a place, (n_replications,)."""
        return _share(self.school >= 0)

    @property
    def first_choice_share(self) -> NDArray[np.float64]:
        """Share of the pupils with the first school of their list, (n_replications,)."""
        return _share(self.rank == 1)

    @property
    def rank_mean(self) -> NDArray[np.float64]:
        """Mean rank of those with a place, (n_replications,); nan without any."""
        n = (self.school >= 0).sum(axis=1)
        total = self.rank.sum(axis=1, dtype=np.float64)
        mean: NDArray[np.float64] = np.divide(total, n, out=np.full(n.size, np.nan), where=n > 0)
        return mean


def match(  # noqa: PLR0913 - a question with many optional parts, by keyword only
    preferences: Sequence[Sequence[int]] | ArrayLike,
    places: ArrayLike,
    *,
    priority: ArrayLike | None = None,
    mechanism: Mechanism = "deferred_acceptance",
    lottery: str = "single",
    pupils: Sequence[str] | None = None,
    schools: Sequence[str] | None = None,
    seed: int = 1,
    n_replications: int = 1,
) -> MatchResult:
    """Match pupils to school places.

    Ties of priority are broken by lots that are addressed by pupil (and school): another
    pupil, school or replication changes none of them. Replication r is drawn with seed
    ``seed + r``.

    Parameters
    ----------
    preferences
        Schools that each pupil lists, best first: one sequence of school numbers a pupil, or
        an (n_pupils, n) array filled up with -1.
    places
        (n_schools,) places.
    priority
        (n_pupils, n_schools), smaller goes first, nan: would not be admitted. Not given: all
        stand alike.
    mechanism
        ``deferred_acceptance`` (Gale and Shapley 1962), ``immediate_acceptance`` (Boston) or
        ``top_trading_cycles`` (Abdulkadiroglu and Sonmez 2003).
    lottery
        ``single``: one lot a pupil; ``by_school``: one for each school.
    pupils, schools
        Names that lots are addressed by; their numbers if not given.
    seed, n_replications
        64-bit seed of the first replication, and how many follow each other.

    Raises
    ------
    InputError
        If an argument is wrong; names the argument and what is expected.

    Examples
    --------
    Three pupils and three schools of one place each (Abdulkadiroglu and Sonmez 2003):

    >>> wanted = [[1, 0, 2], [0, 1, 2], [0, 1, 2]]
    >>> goes_first = [[0, 1, 1], [2, 0, 0], [1, 2, 2]]
    >>> match(wanted, [1, 1, 1], priority=goes_first).school.tolist()
    [[0, 1, 2]]
    >>> match(
    ...     wanted, [1, 1, 1], priority=goes_first, mechanism="top_trading_cycles"
    ... ).school.tolist()
    [[1, 0, 2]]
    """
    _check_word("mechanism", mechanism, MECHANISMS)
    _check_word("lottery", lottery, LOTTERIES)
    n_places = _places(places)
    start, listed = _lists(preferences, n_places.size)
    n_pupils = start.size - 1
    uid = _uids("pupils", pupils, n_pupils)
    of_school = _uids("schools", schools, n_places.size)
    order = _order(priority, start, listed, n_places.size)
    admits = order >= 0
    owner = np.repeat(np.arange(n_pupils), np.diff(start))
    rank = (np.arange(listed.size) - start[owner] + 1).astype(np.int32)
    n_listed = np.bincount(owner[admits], minlength=n_pupils).astype(np.int64)
    # A wish for a school that would not admit the pupil is a wish for one without a place.
    school = np.where(admits, listed, n_places.size).astype(np.int32)
    n_seats = np.append(n_places, 0)
    lot_uid = of_school[listed] if lottery == "by_school" else np.zeros(listed.size, np.uint32)
    n = whole(f"{_WHERE}: n_replications", n_replications, at_least=1, at_most=_N_MAX)
    first = whole(f"{_WHERE}: seed", seed, at_least=0, at_most=_SEEDS - n)
    got = np.full((n, n_pupils), -1, dtype=np.int32)
    ranked = np.zeros((n, n_pupils), dtype=np.int32)
    owner_uid = np.ascontiguousarray(uid[owner])
    order = np.maximum(order, 0)
    for r in range(n):
        standing = standings(order, owner_uid, lot_uid, ROUND, first + r)
        placed = match_lists(lists_of(start, school, standing, uid), n_seats, mechanism)
        has = placed >= 0
        got[r, has], ranked[r, has] = school[placed[has]], rank[placed[has]]
    return MatchResult(got, ranked, n_listed)


def _share(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    n = mask.shape[1]
    return mask.sum(axis=1) / n if n else np.full(mask.shape[0], np.nan)


def _check_word(name: str, word: str, known: Sequence[str]) -> None:
    if word not in known:
        raise InputError(
            f"{_WHERE}: {name}",
            f"found {word!r}",
            expected=", ".join(known),
            hint=did_you_mean(str(word), known),
        )


def _whole_numbers(where: str, values: ArrayLike, expected: str) -> NDArray[Any]:
    try:
        found = np.asarray(values)
    except ValueError:
        raise InputError(where, "is no array", expected=expected) from None
    if found.size and found.dtype.kind not in "iu":
        raise InputError(where, f"values of type {found.dtype}", expected=expected)
    return found


def _places(places: ArrayLike) -> NDArray[np.int64]:
    where, expected = f"{_WHERE}: places", "(n_schools,) whole numbers of 0 or more"
    found = _whole_numbers(where, places, expected)
    if found.ndim != 1:
        raise InputError(where, f"shape {found.shape}", expected=expected)
    if found.size and not 0 <= int(found.min()) <= int(found.max()) <= _PLACES_MAX:
        raise InputError(where, f"{found.min()} to {found.max()}", expected=expected)
    return found.astype(np.int64)


def _lists(
    preferences: Sequence[Sequence[int]] | ArrayLike, n_schools: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return start and schools of the lists."""
    where = f"{_WHERE}: preferences"
    expected = f"schools 0 to {n_schools - 1}, best first, each once a pupil"
    if isinstance(preferences, np.ndarray):
        table = _whole_numbers(where, preferences, expected)
        if table.ndim != _TABLE:
            raise InputError(where, f"shape {table.shape}", expected="(n_pupils, n)")
        given = table >= 0
        if (np.diff(given.astype(np.int8), axis=1) > 0).any() or (table < -1).any():
            raise InputError(where, "a gap in a list", expected="-1 only behind the last school")
        lengths, flat = given.sum(axis=1), table[given]
    else:
        if isinstance(preferences, str) or not hasattr(preferences, "__iter__"):
            raise InputError(where, f"found {preferences!r}", expected=expected)
        given_rows = cast("Iterable[ArrayLike]", preferences)
        rows = [_whole_numbers(f"{where}[{i}]", row, expected) for i, row in enumerate(given_rows)]
        lengths = np.array([row.size for row in rows], dtype=np.int64)
        flat = np.concatenate([*rows, np.empty(0, dtype=np.int64)]).astype(np.int64)
    start = np.zeros(lengths.size + 1, dtype=np.int64)
    np.cumsum(lengths, out=start[1:])
    owner = np.repeat(np.arange(lengths.size), lengths)
    wrong = (flat < 0) | (flat >= n_schools)
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        raise InputError(f"{where}[{owner[i]}]", f"school {flat[i]}", expected=expected)
    key = np.sort(owner * max(n_schools, 1) + flat)
    twice = np.flatnonzero(key[1:] == key[:-1])
    if twice.size:
        pupil, school = divmod(int(key[twice[0]]), max(n_schools, 1))
        raise InputError(f"{where}[{pupil}]", f"school {school} twice", expected=expected)
    return start, flat.astype(np.int32)


def _order(
    priority: ArrayLike | None,
    start: NDArray[np.int64],
    listed: NDArray[np.int32],
    n_schools: int,
) -> NDArray[np.int64]:
    """Return dense whole numbers by which applicants are ordered, -1 where not admitted."""
    if priority is None:
        return np.zeros(listed.size, dtype=np.int64)
    where = f"{_WHERE}: priority"
    n_pupils = start.size - 1
    expected = f"({n_pupils}, {n_schools}) numbers, nan where not admitted"
    try:
        table = np.asarray(priority, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(where, "is no array of numbers", expected=expected) from None
    if table.shape != (n_pupils, n_schools):
        raise InputError(where, f"shape {table.shape}", expected=expected)
    owner = np.repeat(np.arange(n_pupils), np.diff(start))
    value = table[owner, listed]
    order = np.full(value.size, -1, dtype=np.int64)
    admitted = ~np.isnan(value)
    order[admitted] = np.unique(value[admitted], return_inverse=True)[1]
    return order


def _uids(what: str, names: Sequence[str] | None, n: int) -> NDArray[np.uint32]:
    if names is None:
        return np.arange(n, dtype=np.uint32)
    where = f"{_WHERE}: {what}"
    if isinstance(names, str) or len(names) != n:
        raise InputError(where, f"found {names!r}"[:80], expected=f"{n} names")
    uids = checked_uids(names, where=where)
    if len(uids) != n:
        raise InputError(where, "a name comes twice", expected="each name once")
    return np.array([uids[name] for name in names], dtype=np.uint32)
