"""Groups of residents: cells of the grouping columns, and conditions on them.

Every resident lies in one of `N_CELLS` cells, numbered in mixed radix with the
first of `GROUP_COLUMNS` slowest. Whatever depends on who a resident is (need
rates, eligibility, measures) is a table over cells, so that kernels look up one
number and conditions are evaluated once, not once a resident.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError, did_you_mean
from twin.population.columns import BY_NAME, GROUP_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

RADICES: Final = tuple(len(BY_NAME[name].words) for name in GROUP_COLUMNS)
N_CELLS: Final = math.prod(RADICES)
CONDITION_EXAMPLE: Final = "`all`, `none` or `registration=migrant,age_band=0-14|60+`"


def group_codes(columns: Mapping[str, NDArray[np.generic]]) -> NDArray[np.uint16]:
    """Return the cell of each resident.

    Parameters
    ----------
    columns
        Codes of each of `GROUP_COLUMNS`, all of one length.

    Returns
    -------
    (n,) uint16
        Cells, 0 to `N_CELLS` - 1.
    """
    first = np.asarray(columns[GROUP_COLUMNS[0]])
    cells = np.zeros(first.shape, dtype=np.uint16)
    for name, radix in zip(GROUP_COLUMNS, RADICES, strict=True):
        cells *= np.uint16(radix)
        cells += columns[name].astype(np.uint16)
    return cells


@cache
def _cell_codes() -> dict[str, NDArray[np.int64]]:
    """Return the code of each grouping column in each cell."""
    codes = np.unravel_index(np.arange(N_CELLS), RADICES)
    return dict(zip(GROUP_COLUMNS, codes, strict=True))


def cell_column(name: str, *, where: str = "group") -> NDArray[np.int64]:
    """Return the code of a grouping column in each cell, (N_CELLS,) int64.

    Raises
    ------
    InputError
        If `name` is no grouping column.
    """
    _check_column(name, where)
    return _cell_codes()[name].copy()


def cell_labels() -> tuple[str, ...]:
    """Return each cell in words: ``age_band=0-14,sex=female,...``."""
    codes = _cell_codes()
    words = {name: BY_NAME[name].words for name in GROUP_COLUMNS}
    return tuple(
        ",".join(f"{name}={words[name][codes[name][cell]]}" for name in GROUP_COLUMNS)
        for cell in range(N_CELLS)
    )


def group_mask(condition: str, *, where: str = "condition") -> NDArray[np.bool_]:
    """Return which cells a condition holds for.

    Parameters
    ----------
    condition
        ``all``, ``none``, or ``column=category`` joined by commas (and), with
        several categories joined by bars (or): ``sex=female,age_band=0-14|60+``.
        Booleans are ``true`` and ``false``.
    where
        Place for the message of a bad condition.

    Returns
    -------
    (N_CELLS,) bool
        True where the condition holds.

    Raises
    ------
    InputError
        For an unknown column or category, with the closest known one.
    """
    text = condition.strip()
    if text in ("all", "none"):
        return np.full(N_CELLS, text == "all", dtype=np.bool_)
    mask = np.ones(N_CELLS, dtype=np.bool_)
    seen: set[str] = set()
    for part in text.split(","):
        name, equals, words = (piece.strip() for piece in part.partition("="))
        if not (name and equals and words):
            raise InputError(where, f"condition `{condition}`", expected=CONDITION_EXAMPLE)
        if name in seen:
            hint = f"join the categories by a bar: `{name}=a|b`"
            raise InputError(where, f"`{name}` stands twice", expected="it once", hint=hint)
        seen.add(name)
        mask &= np.isin(_cell_codes_of(name, where), _codes_of_words(name, words, where))
    return mask


def _cell_codes_of(name: str, where: str) -> NDArray[np.int64]:
    _check_column(name, where)
    return _cell_codes()[name]


def _check_column(name: str, where: str) -> None:
    if name not in GROUP_COLUMNS:
        raise InputError(
            where,
            f"`{name}` is no column that groups residents",
            expected=", ".join(GROUP_COLUMNS),
            hint=did_you_mean(name, GROUP_COLUMNS),
        )


def _codes_of_words(name: str, words: str, where: str) -> list[int]:
    known = BY_NAME[name].words
    codes = []
    for word in (piece.strip() for piece in words.split("|")):
        if word not in known:
            raise InputError(
                where,
                f"`{word}` is no category of `{name}`",
                expected=", ".join(known),
                hint=did_you_mean(word, known),
            )
        codes.append(known.index(word))
    return codes
