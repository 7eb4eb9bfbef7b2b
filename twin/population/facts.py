"""Ten facts of a city in a table, and what of a population follows from them.

A map and such a table are enough for a population. Whatever the table does not say
is a default of `[population]`, and each of these is listed as assumed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from twin.errors import InputError, InputErrors, did_you_mean
from twin.population.settings import PopulationSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twin.population.fitting.storage import TextTable

SIZES: Final = 8
"""Largest household of the distribution that is derived from a mean size."""
_N_HALVINGS: Final = 80


class _Range(NamedTuple):
    lowest: float
    highest: float
    meaning: str


KEYS: Final[dict[str, _Range]] = {
    "residents": _Range(1, 2**32 - 1024, "number of residents"),
    "child_share": _Range(0, 0.9, "share of residents below 15"),
    "older_share": _Range(0, 0.9, "share of residents from 60 on"),
    "household_size": _Range(1.05, 5, "mean members of a household"),
    "female_share": _Range(0, 1, "share of residents"),
    "migrant_share": _Range(0, 1, "share of households not registered here"),
    "low_income_share": _Range(0, 1, "share of households"),
    "high_income_share": _Range(0, 1, "share of households"),
    "car_share": _Range(0.001, 0.999, "share of households with a car"),
    "ebike_share": _Range(0, 1, "share of residents from 15 on with an e-bike"),
}
"""What a row of the table may say, with its bounds."""


class Fact(NamedTuple):
    """One value of `[population]` that a table gives.

    Parameters
    ----------
    path
        Keys below `[population]`.
    value
        Number, or list of numbers.
    tag
        ``sourced``, ``derived`` or ``assumed``.
    note
        Where it is from.
    line
        Line of the row behind it.
    """

    path: tuple[str, ...]
    value: object
    tag: str
    note: str
    line: int


class _Row(NamedTuple):
    value: float
    tag: str
    note: str
    line: int


def read_facts(path: Path, *, name: str) -> list[Fact]:
    """Return what a table of facts says of a population.

    Parameters
    ----------
    path
        CSV or Parquet with columns `key` and `value`, optionally `tag` and `source`.
    name
        How messages name it.

    Raises
    ------
    InputError, InputErrors
        With every row that is wrong.
    """
    from twin.population.fitting.storage import read_text_table  # noqa: PLC0415 - brings pyarrow

    table = read_text_table(path, name=name)
    rows = _rows(table)
    return [*_plain(rows), *_ages(rows, name), *_incomes(rows, name), *_derived(rows)]


def _rows(table: TextTable) -> dict[str, _Row]:
    rows: dict[str, _Row] = {}
    errors: list[InputError] = []
    notes = table.columns.get("source") or [""] * len(table)
    tags = table.columns.get("tag") or ["sourced"] * len(table)
    for row, (key, cell) in enumerate(zip(table.column("key"), table.column("value"), strict=True)):
        try:
            value = _checked(key, cell, tags[row], twice=key in rows, where=table.where(row))
        except InputError as error:
            errors.append(error)
            continue
        note = notes[row] or table.name.replace("\\", "/").rsplit("/", 1)[-1]
        rows[key] = _Row(value, tags[row], note, table.line[row])
    if errors:
        raise InputErrors(errors)
    return rows


def _checked(key: str, cell: str, tag: str, *, twice: bool, where: str) -> float:
    if key not in KEYS:
        hint = did_you_mean(key, KEYS)
        raise InputError(where, f"unknown key `{key}`", expected=", ".join(KEYS), hint=hint)
    if twice:
        raise InputError(where, f"`{key}` stands twice", expected="each key once")
    if tag not in ("sourced", "derived", "assumed", "fitted"):
        expected = "sourced, derived, assumed or fitted"
        raise InputError(f"{where}: tag", f"found `{tag}`", expected=expected)
    bounds = KEYS[key]
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    is_whole = key != "residents" or value == int(value if math.isfinite(value) else 0)
    if not (bounds.lowest <= value <= bounds.highest and is_whole):
        expected = f"{bounds.meaning}, {bounds.lowest:g} to {bounds.highest:,.12g}"
        raise InputError(f"{where}: {key}", f"found `{cell}`", expected=expected)
    return value


def _plain(rows: dict[str, _Row]) -> Iterator[Fact]:
    for key in ("residents", "female_share", "migrant_share", "ebike_share"):
        if key in rows:
            value, tag, note, line = rows[key]
            yield Fact((key,), int(value) if key == "residents" else value, tag, note, line)


def _ages(rows: dict[str, _Row], name: str) -> Iterator[Fact]:
    """Yield the shares of the age bands; one that is missing keeps its default ratio."""
    child, older = rows.get("child_share"), rows.get("older_share")
    usual = _default("age_share")
    if child is None and older is None:
        return
    if child is None and older is not None:
        ratio = usual["0-14"] / (usual["0-14"] + usual["15-59"])
        child = older._replace(
            value=(1 - older.value) * ratio, tag="assumed", note="the usual ratio to 15-59"
        )
    elif older is None and child is not None:
        ratio = usual["60+"] / (usual["60+"] + usual["15-59"])
        older = child._replace(
            value=(1 - child.value) * ratio, tag="assumed", note="the usual ratio to 15-59"
        )
    if child is None or older is None:
        return
    yield from _thirds("age_share", ("0-14", child), ("60+", older), middle="15-59", name=name)


def _incomes(rows: dict[str, _Row], name: str) -> Iterator[Fact]:
    low, high = rows.get("low_income_share"), rows.get("high_income_share")
    usual = _default("income_share")
    given = low or high
    if given is None:
        return
    note = "a default"
    low = low or given._replace(value=usual["low"], tag="assumed", note=note)
    high = high or given._replace(value=usual["high"], tag="assumed", note=note)
    yield from _thirds("income_share", ("low", low), ("high", high), middle="middle", name=name)


def _thirds(
    key: str, first: tuple[str, _Row], last: tuple[str, _Row], *, middle: str, name: str
) -> Iterator[Fact]:
    rest = 1.0 - first[1].value - last[1].value
    if rest < 0.0:
        found = f"{first[0]} {first[1].value:g} and {last[0]} {last[1].value:g}"
        where = f"{name}:{max(first[1].line, last[1].line)}: {key}"
        raise InputError(where, found, expected="shares of at most 1 together")
    for word, row in (first, last):
        yield Fact((key, word), row.value, row.tag, row.note, row.line)
    yield Fact((key, middle), rest, "derived", "what the others leave", first[1].line)


def _derived(rows: dict[str, _Row]) -> Iterator[Fact]:
    if "household_size" in rows:
        row = rows["household_size"]
        shares = sizes_with_mean(row.value)
        note = f"1 + Poisson, at most {SIZES}, with a mean of {row.value:g}; {row.note}"
        yield Fact(("household_size_share",), shares, _derived_tag(row), note, row.line)
    if "car_share" in rows:
        row = rows["car_share"]
        income = _default("income_share")
        income |= {
            fact.path[1]: fact.value for fact in _incomes(rows, "") if isinstance(fact.value, float)
        }
        note = f"usual odds by income, shifted to a mean of {row.value:g}; {row.note}"
        for band, share in shifted(_default("car_share"), income, row.value).items():
            yield Fact(("car_share", band), share, _derived_tag(row), note, row.line)


def _derived_tag(row: _Row) -> str:
    """Return how sure a value is that follows from a row: no surer than the row."""
    return "assumed" if row.tag == "assumed" else "derived"


def _default(key: str) -> dict[str, float]:
    return dict(PopulationSettings.model_fields[key].default)


def sizes_with_mean(mean: float) -> list[float]:
    """Return shares of households of 1, 2, ... members with a mean size.

    One member and a Poisson number of others, cut off at `SIZES`; its rate is found by
    bisection. An assumption of shape: only the mean is known.
    """

    def shares(rate: float) -> list[float]:
        terms = [rate**k / math.factorial(k) for k in range(SIZES)]
        return [term / math.fsum(terms) for term in terms]

    def mean_of(rate: float) -> float:
        return math.fsum(share * size for size, share in enumerate(shares(rate), start=1))

    return shares(_bisected(mean_of, mean, 0.0, 50.0))


def shifted(shares: dict[str, float], weight: dict[str, float], mean: float) -> dict[str, float]:
    """Return shares of groups whose log odds are all moved by one number to a weighted mean."""

    def moved(by: float) -> dict[str, float]:
        return {
            key: 1.0 / (1.0 + math.exp(-(math.log(share / (1.0 - share)) + by)))
            for key, share in shares.items()
        }

    def mean_of(by: float) -> float:
        return math.fsum(weight[key] * share for key, share in moved(by).items())

    return moved(_bisected(mean_of, mean, -30.0, 30.0))


def _bisected(function: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Return where an increasing function has a value."""
    for _ in range(_N_HALVINGS):
        middle = (low + high) / 2.0
        if function(middle) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0
