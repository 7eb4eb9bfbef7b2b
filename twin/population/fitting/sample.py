"""Types of household from microdata: a sample of households and their members."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError, did_you_mean
from twin.population.columns import AGE_BANDS, BY_NAME, SEXES
from twin.population.fit_settings import HOUSEHOLD_COLUMNS, SIZE
from twin.population.fitting.household_types import CHILD, HouseholdTypes
from twin.population.fitting.margins import SIZE_MAX
from twin.population.fitting.storage import raise_all, read_text_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.population.fit_settings import SampleSettings
    from twin.population.fitting.storage import TextTable

_OWN: Final = HOUSEHOLD_COLUMNS[1:]
_MEMBER: Final = ("age_band", "sex")


def sampled_types(
    settings: SampleSettings, *, name_of: Callable[[Path], str]
) -> tuple[HouseholdTypes, str]:
    """Return the types of household of a sample, and what is to be known of it.

    Households that are alike are one type. Those without a grown member are left out:
    a household's head is never a child.

    Parameters
    ----------
    settings
        The two files.
    name_of
        How messages name a file.

    Raises
    ------
    InputErrors
        With every cell that is wrong.
    """
    homes = read_text_table(settings.households, name=name_of(settings.households))
    people = read_text_table(settings.persons, name=name_of(settings.persons))
    errors: list[InputError] = []
    rows = _rows(homes, errors)
    own = [_codes(homes, name, errors) for name in _OWN]
    weight = _weights(homes, errors)
    ages, sexes = (_codes(people, name, errors) for name in _MEMBER)
    owner = _owners(people, rows, homes.name, errors)
    raise_all(errors, name=homes.name)
    n_kinds = len(AGE_BANDS) * len(SEXES)
    n_members = np.zeros((len(homes), n_kinds), dtype=np.int64)
    np.add.at(n_members, (owner, ages * len(SEXES) + sexes), 1)
    size = n_members.sum(axis=1)
    _check_sizes(homes, size)
    kind = np.arange(n_kinds)
    member_codes = {"age_band": kind // len(SEXES), "sex": kind % len(SEXES)}
    has_grown = n_members[:, member_codes["age_band"] != CHILD].any(axis=1)
    if not (has_grown & (weight > 0.0)).any():
        raise InputError(homes.name, "no household has a grown member", expected="some")
    key = np.column_stack([size, *own, n_members])[has_grown]
    unique, inverse = np.unique(key, axis=0, return_inverse=True)
    seed = np.zeros(len(unique))
    np.add.at(seed, inverse.ravel(), weight[has_grown])
    codes = {name: unique[:, i].copy() for i, name in enumerate((SIZE, *_OWN))}
    types = HouseholdTypes(codes, member_codes, unique[:, 1 + len(_OWN) :].copy(), seed)
    n_lost = int((~has_grown).sum())
    note = f"{homes.name}: {len(homes):,} households of {len(unique):,} types"
    return types, note + (f"; {n_lost:,} of children only are left out" if n_lost else "")


def _rows(table: TextTable, errors: list[InputError]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for row, name in enumerate(table.column("household")):
        if name in rows:
            found = f"household `{name}` stands in {table.where(rows[name])} too"
            errors.append(InputError(table.where(row), found, expected="a row a household"))
        rows[name] = row
    return rows


def _codes(table: TextTable, name: str, errors: list[InputError]) -> NDArray[np.int64]:
    known = BY_NAME[name].words
    code_of = {word: code for code, word in enumerate(known)}
    cells = table.column(name)
    errors += [
        InputError(
            table.where(cells.index(word), name),
            f"`{word}` is no category",
            expected=", ".join(known),
            hint=did_you_mean(word, known),
        )
        for word in sorted(set(cells) - set(known))
    ]
    return np.array([code_of.get(word, 0) for word in cells], dtype=np.int64)


def _weights(table: TextTable, errors: list[InputError]) -> NDArray[np.float64]:
    if "weight" not in table.columns:
        return np.ones(len(table))
    weights = np.zeros(len(table))
    for row, cell in enumerate(table.column("weight")):
        try:
            weights[row] = float(cell)
        except ValueError:
            weights[row] = math.nan
        if not (math.isfinite(weights[row]) and weights[row] >= 0.0):
            where = table.where(row, "weight")
            errors.append(InputError(where, f"found `{cell}`", expected="a number, at least 0"))
    return weights


def _owners(
    people: TextTable, rows: dict[str, int], homes: str, errors: list[InputError]
) -> NDArray[np.int64]:
    owner = np.zeros(len(people), dtype=np.int64)
    for row, name in enumerate(people.column("household")):
        if name not in rows:
            where = people.where(row, "household")
            errors.append(InputError(where, f"`{name}` is no household of {homes}"))
        owner[row] = rows.get(name, 0)
    return owner


def _check_sizes(homes: TextTable, size: NDArray[np.int64]) -> None:
    for row in np.flatnonzero((size == 0) | (size > SIZE_MAX)).tolist():
        found = f"{size[row]} members"
        raise InputError(homes.where(row), found, expected=f"1 to {SIZE_MAX}, from the persons")
