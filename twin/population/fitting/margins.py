"""Margins: tables of counts that a population is to have, read and checked."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.errors import InputError, did_you_mean
from twin.population.columns import BY_NAME
from twin.population.fit_settings import SIZE
from twin.population.fitting.storage import raise_all, read_text_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.population.fit_settings import MarginSettings
    from twin.population.fitting.storage import TextTable
    from twin.population.fitting.zones import Zones

SIZE_MAX: Final = 20
_SIZE_WORD: Final = re.compile(r"([1-9][0-9]?)(\+?)")
_N_SHOWN: Final = 5
_A_SHARE: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Margin:
    """One margin.

    Parameters
    ----------
    id, of
        Name, and whether households or persons are counted.
    columns
        What is crossed.
    words
        For each column the categories that the table names, in order.
    count
        (n_zones, n_1, n_2, ...) float64; one zone for a margin of the city.
    is_by_zone
        Whether rows are zones.
    weight
        How hard it is.
    name
        File, for messages.
    is_share
        Whether the counts are shares of the whole.
    """

    id: str
    of: str
    columns: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    count: NDArray[np.float64]
    is_by_zone: bool
    weight: float = 1.0
    name: str = ""
    is_share: bool = False

    def projected(self, columns: Sequence[str]) -> Margin:
        """Return the margin over some of its columns, the others summed over."""
        kept = tuple(name for name in self.columns if name in columns)
        lost = tuple(1 + i for i, name in enumerate(self.columns) if name not in columns)
        words = tuple(w for n, w in zip(self.columns, self.words, strict=True) if n in columns)
        counts = np.asarray(self.count.sum(axis=lost), dtype=np.float64)
        return Margin(
            self.id, self.of, kept, words, counts, self.is_by_zone, self.weight, self.name
        )

    def labels(self) -> list[str]:
        """Return each cell in words, in the order of the flattened counts of a zone."""
        labels = [""]
        for name, words in zip(self.columns, self.words, strict=True):
            labels = [f"{a},{name}={b}" if a else f"{name}={b}" for a in labels for b in words]
        return [label or "all" for label in labels]


def sizes_of(word: str, largest: int) -> range:
    """Return the household sizes that a category holds: ``3`` or ``5+``."""
    match = _SIZE_WORD.fullmatch(word)
    if match is None:
        raise ValueError(word)
    first = int(match[1])
    return range(first, max(largest, first) + 1) if match[2] else range(first, first + 1)


def read_margin(settings: MarginSettings, zones: Zones, *, name: str) -> Margin:
    """Return a margin of a file.

    Parameters
    ----------
    settings
        What the scenario says of it.
    zones
        Zones of the city.
    name
        How messages name the file.

    Raises
    ------
    InputErrors
        With every cell that is wrong: unknown zone or category, no number, a cell
        that stands twice, a zone that lacks.
    """
    table = read_text_table(settings.file, name=name)
    errors: list[InputError] = []
    counts = _counts(table, settings.count, errors)
    categories = [_categories(table, column, errors) for column in settings.columns]
    is_by_zone = settings.zone in table.columns
    rows = _zone_rows(table, settings.zone, zones, errors) if is_by_zone else [0] * len(table)
    raise_all(errors, name=name)
    filled = np.zeros((len(zones) if is_by_zone else 1, *(len(c) for c in categories)))
    codes = [
        [known.index(word) for word in table.column(column)]
        for column, known in zip(settings.columns, categories, strict=True)
    ]
    _fill(filled, list(zip(rows, *codes, strict=True)), counts, table, errors)
    if is_by_zone:
        errors += _missing_zones(table, zones, set(rows))
    errors += _size_errors(table, settings, filled, categories)
    total = float(filled.sum())
    if total <= 0.0:
        errors.append(InputError(name, "all counts are 0", expected="somebody"))
    raise_all(errors, name=name)
    is_share = not is_by_zone and abs(total - 1.0) <= _A_SHARE
    return Margin(
        id=settings.id,
        of=settings.of,
        columns=settings.columns,
        words=tuple(tuple(each) for each in categories),
        count=filled,
        is_by_zone=is_by_zone,
        weight=settings.weight,
        name=name,
        is_share=is_share,
    )


def _fill(
    filled: NDArray[np.float64],
    cells: Sequence[tuple[int, ...]],
    counts: Sequence[float],
    table: TextTable,
    errors: list[InputError],
) -> None:
    """Write the count of each row into its cell; a cell that stands twice is an error."""
    seen: dict[tuple[int, ...], int] = {}
    for row, (cell, count) in enumerate(zip(cells, counts, strict=True)):
        if cell in seen:
            found = f"the same cell as {table.where(seen[cell])}"
            errors.append(InputError(table.where(row), found, expected="each cell once"))
        seen[cell] = row
        filled[cell] = count


def _counts(table: TextTable, column: str, errors: list[InputError]) -> list[float]:
    counts = []
    for row, cell in enumerate(table.column(column)):
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and 0.0 <= value <= 2.0**40):
            expected = "a number of residents or households, at least 0"
            errors.append(
                InputError(table.where(row, column), f"found `{cell}`", expected=expected)
            )
            value = 0.0
        counts.append(value)
    return counts


def _categories(table: TextTable, column: str, errors: list[InputError]) -> list[str]:
    """Return the categories of a column in their own order; sizes by number."""
    found = dict.fromkeys(table.column(column))
    known = list(BY_NAME[column].words) if column != SIZE else []
    for word in found:
        match = _SIZE_WORD.fullmatch(word)
        is_known = word in known or (
            column == SIZE and match is not None and int(match[1]) <= SIZE_MAX
        )
        if not is_known:
            row = table.column(column).index(word)
            expected = ", ".join(known) or f"a size 1 to {SIZE_MAX}, or an open one such as 5+"
            errors.append(
                InputError(
                    table.where(row, column),
                    f"`{word}` is no category",
                    expected=expected,
                    hint=did_you_mean(word, known),
                )
            )
    return sorted(found, key=lambda word: known.index(word) if word in known else _order(word))


def _order(word: str) -> int:
    match = _SIZE_WORD.fullmatch(word)
    return int(match[1]) if match else 0


def _zone_rows(table: TextTable, column: str, zones: Zones, errors: list[InputError]) -> list[int]:
    rows = []
    unknown: set[str] = set()
    for row, word in enumerate(table.column(column)):
        try:
            rows.append(zones.row(word, where=table.where(row, column)))
        except InputError as error:
            rows.append(0)
            if word not in unknown:
                errors.append(error)
            unknown.add(word)
    return rows


def _missing_zones(table: TextTable, zones: Zones, rows: set[int]) -> list[InputError]:
    lost = [zones.names[r] for r in range(len(zones)) if r not in rows and zones.is_lived_in[r]]
    if not lost:
        return []
    more = f" and {len(lost) - _N_SHOWN} more" if len(lost) > _N_SHOWN else ""
    return [
        InputError(
            table.name,
            f"says nothing of {', '.join(lost[:_N_SHOWN])}{more}",
            expected="every zone with homes",
            hint="a zone in which nobody lives has one row of count 0",
        )
    ]


def _size_errors(
    table: TextTable,
    settings: MarginSettings,
    count: NDArray[np.float64],
    categories: Sequence[Sequence[str]],
) -> list[InputError]:
    """Refuse sizes that hold one another, such as 5 beside 4+."""
    if SIZE not in settings.columns or not count.size:
        return []
    words = categories[settings.columns.index(SIZE)]
    opened = [word for word in words if word.endswith("+")]
    if not opened:
        return []
    largest = max(_order(word) for word in words)
    if len(opened) == 1 and _order(opened[0]) == largest and words[-1] == opened[0]:
        same = [word for word in words if _order(word) == largest]
        if len(same) == 1:
            return []
    found = f"sizes {', '.join(words)} overlap"
    return [InputError(f"{table.name}: {SIZE}", found, expected="one open size, the largest")]
