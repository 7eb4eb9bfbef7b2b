"""Types of household: who lives together, and how often before any margin is known."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError, did_you_mean
from twin.population.columns import AGE_BANDS, BY_NAME, INCOME_BANDS, REGISTRATIONS
from twin.population.fit_settings import HOUSEHOLD_COLUMNS, SIZE
from twin.population.fitting.margins import SIZE_MAX, sizes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from twin.population.fitting.margins import Margin
    from twin.population.settings import PopulationSettings

CHILD: Final = AGE_BANDS.index("0-14")
ADULT: Final = AGE_BANDS.index("15-59")
OLDER: Final = AGE_BANDS.index("60+")
_ZERO_COLUMNS: Final = (*HOUSEHOLD_COLUMNS, "age_band")


@dataclass(frozen=True, eq=False)
class HouseholdTypes:
    """Kinds of household that may live in the city.

    Parameters
    ----------
    codes
        Codes of `HOUSEHOLD_COLUMNS`, (n_types,) int64 each; sizes are numbers.
    member_codes
        Codes of the columns that members of a type are told apart by, one a kind of
        member: ``age_band``, and ``sex`` if a sample says it.
    n_members
        (n_types, n_kinds) int64.
    seed
        (n_types,) float64: how many there are before any margin, in any unit. Zero is
        a type that cannot be.
    """

    codes: dict[str, NDArray[np.int64]]
    member_codes: dict[str, NDArray[np.int64]]
    n_members: NDArray[np.int64]
    seed: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.seed.size)

    @property
    def size(self) -> NDArray[np.int64]:
        """Members of each type."""
        return self.codes[SIZE]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that a type decides."""
        return (*self.member_codes, *self.codes)

    def incidence(self, margin: Margin) -> NDArray[np.float64]:
        """Return what a household of each type adds to each cell of a margin.

        Returns
        -------
        (n_cells, n_types) float64
            1 for households, members for persons.
        """
        n_kinds = self.n_members.shape[1]
        is_person = margin.of == "person"
        amount = self.n_members if is_person else np.ones((len(self), 1), np.int64)
        rows = [amount.astype(np.float64)]
        for name, words in zip(margin.columns, margin.words, strict=True):
            rows = [row * self._is(name, word, n_kinds) for row in rows for word in words]
        return np.array([row.sum(axis=1) for row in rows])

    def _is(self, name: str, word: str, n_kinds: int) -> NDArray[np.bool_]:
        """Return which (type, kind of member) has a category; one kind for households."""
        if name in self.member_codes:
            has = self.member_codes[name] == BY_NAME[name].words.index(word)
            return np.broadcast_to(has, (len(self), n_kinds))
        if name == SIZE:
            return np.isin(self.size, sizes_of(word, SIZE_MAX))[:, None]
        has = self.codes[name] == BY_NAME[name].words.index(word)
        return np.asarray(has[:, None])

    def without(self, conditions: Sequence[str], *, where: str) -> HouseholdTypes:
        """Return the types with those made impossible that a condition holds for.

        Parameters
        ----------
        conditions
            ``column=category`` joined by commas (and), categories by bars (or). With
            ``age_band`` it holds for a household with such a member.
        where
            Place for messages.

        Raises
        ------
        InputError
            For a condition that cannot be read, or if no type is left.
        """
        seed = self.seed.copy()
        for condition in conditions:
            is_bad = np.ones(self.n_members.shape, dtype=np.bool_)
            for name, words in _parts(condition, where):
                n_kinds = self.n_members.shape[1]
                is_bad &= np.logical_or.reduce([self._is(name, w, n_kinds) for w in words])
            seed[(is_bad & (self.n_members > 0)).any(axis=1)] = 0.0
        if not seed.any():
            raise InputError(where, "leaves no household that can be", expected="fewer zeros")
        return HouseholdTypes(self.codes, self.member_codes, self.n_members, seed)


def _parts(condition: str, where: str) -> Iterator[tuple[str, list[str]]]:
    for part in condition.split(","):
        name, _, words = (piece.strip() for piece in part.partition("="))
        if name not in _ZERO_COLUMNS:
            raise InputError(
                where,
                f"`{condition}`: `{name}` is no column of a household",
                expected=f"`column=category`, of {', '.join(_ZERO_COLUMNS)}",
                hint=did_you_mean(name, _ZERO_COLUMNS),
            )
        chosen = [word.strip() for word in words.split("|")]
        for word in chosen:
            _check_word(name, word, condition, where)
        yield name, chosen


def _check_word(name: str, word: str, condition: str, where: str) -> None:
    known: Sequence[str] = BY_NAME[name].words if name != SIZE else ()
    if name == SIZE:
        try:
            sizes_of(word, SIZE_MAX)
        except ValueError:
            expected = "a size such as 1, or 5+"
            raise InputError(where, f"`{condition}`: no size `{word}`", expected=expected) from None
    elif word not in known:
        raise InputError(
            where,
            f"`{condition}`: `{word}` is no category of `{name}`",
            expected=", ".join(known),
            hint=did_you_mean(word, known),
        )


def independent_types(settings: PopulationSettings, largest: int) -> HouseholdTypes:
    """Return all types of household, as often as shares say that know nothing of each other.

    The first member is grown up, so no household is of children only; the others are
    children with the probability that gives the share among all residents.

    Parameters
    ----------
    settings
        Shares.
    largest
        Largest size that a margin names; sizes beyond the shares get half of the
        size before each.
    """
    shares = list(settings.household_size_share)
    while len(shares) < largest:
        shares.append(shares[-1] / 2.0 or 1e-3)
    made = [
        (size, child, older, share * _composition(settings, size, child, older))
        for size, share in enumerate(shares, start=1)
        for child in range(size)
        for older in range(size - child + 1)
    ]
    size, child, older = np.array([row[:3] for row in made], dtype=np.int64).T
    of_members = np.array([row[3] for row in made])
    homes = [
        (reg, income, car, _reg(settings, reg) * _income(settings, income, car))
        for reg in range(len(REGISTRATIONS))
        for income in range(len(INCOME_BANDS))
        for car in range(2)
    ]
    registration, income, car = np.array([row[:3] for row in homes], dtype=np.int64).T
    of_homes = np.array([row[3] for row in homes])
    n_members = np.zeros((size.size, len(AGE_BANDS)), dtype=np.int64)
    n_members[:, CHILD], n_members[:, OLDER] = child, older
    n_members[:, ADULT] = size - child - older
    return HouseholdTypes(
        codes={
            SIZE: np.repeat(size, of_homes.size),
            "registration": np.tile(registration, size.size),
            "income_band": np.tile(income, size.size),
            "has_car": np.tile(car, size.size),
        },
        member_codes={"age_band": np.arange(len(AGE_BANDS))},
        n_members=np.repeat(n_members, of_homes.size, axis=0),
        seed=np.outer(of_members, of_homes).ravel(),
    )


def _composition(settings: PopulationSettings, size: int, child: int, older: int) -> float:
    """Return how probable it is that a household of a size has so many children and old."""
    return _binomial(size - 1, child, settings.child_share_of_others) * _binomial(
        size - child, older, settings.older_share_of_grown
    )


def _binomial(n: int, k: int, p: float) -> float:
    return float(math.comb(n, k) * p**k * (1.0 - p) ** (n - k))


def _reg(settings: PopulationSettings, code: int) -> float:
    is_migrant = code == REGISTRATIONS.index("migrant")
    return settings.migrant_share if is_migrant else 1.0 - settings.migrant_share


def _income(settings: PopulationSettings, code: int, car: int) -> float:
    band = INCOME_BANDS[code]
    of_car = settings.car_share[band]
    return settings.income_share[band] * (of_car if car else 1.0 - of_car)
