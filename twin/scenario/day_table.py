"""Read tables of dates and factors: an epidemic, the weather, a festival, as a planner's CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from twin.errors import InputError, InputErrors, ScenarioError, did_you_mean
from twin.scenario.located import shown
from twin.scenario.services.needs import PEAK_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twin.scenario.document import Scenario
    from twin.scenario.services import ServiceSettings

COLUMNS: Final = ("date", "factor")
FACTOR_MAX: Final = 1_000.0
_HEADER: Final = "a header `date,factor`"
_EXAMPLE: Final = "`2024-01-31,1.25`"


@dataclass(frozen=True, eq=False)
class DayTable:
    """Factors of need by date.

    Parameters
    ----------
    id
        Name of the table in the scenario.
    services
        Services that it multiplies; none: all.
    factor_of
        Factor of each date in it; other dates have 1.
    """

    id: str
    services: tuple[str, ...]
    factor_of: Mapping[dt.date, float]

    def is_for(self, service: str) -> bool:
        """Return whether it multiplies the needs of a service."""
        return not self.services or service in self.services


def day_tables_of(scenario: Scenario) -> tuple[DayTable, ...]:
    """Return the tables of ``[[calendar.factor_tables]]``.

    Raises
    ------
    InputErrors
        With every cell that is wrong in any of them.
    """
    tables: list[DayTable] = []
    errors: list[InputError] = []
    for one in scenario.calendar.factor_tables:
        where = scenario.where("calendar", "factor_tables", one.id, "file")
        try:
            factors = read_day_table(Path(shown(one.file)), where=where)
        except InputErrors as error:
            errors += error.errors
        else:
            tables.append(DayTable(one.id, one.services, factors))
    if not errors:
        errors += [
            _too_high(scenario, service, tables)
            for service in scenario.services
            if _peak(service, tables) > PEAK_MAX
        ]
    if errors:
        raise InputErrors(errors)
    return tuple(tables)


def unused_tables(scenario: Scenario, tables: tuple[DayTable, ...]) -> Iterator[str]:
    """Yield tables none of whose dates lies within the run."""
    run = scenario.run
    for table in tables:
        if not any(run.date_of(0) <= date <= run.date_of(run.days - 1) for date in table.factor_of):
            where = scenario.where("calendar", "factor_tables", table.id)
            yield f"{where}: no date of the run is in it: it changes nothing"


def _peak(service: ServiceSettings, tables: list[DayTable]) -> float:
    tops = [max(t.factor_of.values(), default=1.0) for t in tables if t.is_for(service.id)]
    return service.peak_per_day * math.prod(max(1.0, top) for top in tops)


def _too_high(scenario: Scenario, service: ServiceSettings, tables: list[DayTable]) -> InputError:
    return ScenarioError(
        scenario.where("services", service.id),
        f"{_peak(service, tables):,.0f} needs a day and resident at the busiest hour's rate",
        expected=f"at most {PEAK_MAX:g}",
        hint="the largest factors of [[calendar.factor_tables]] multiply what the service says",
    )


def read_day_table(path: Path, *, where: str) -> dict[dt.date, float]:
    """Return the factor of each date in a table.

    Parameters
    ----------
    path
        UTF-8 CSV with a header ``date,factor``, in any order.
    where
        Where the scenario names the file, for the message that there is none.

    Raises
    ------
    InputErrors
        With every cell that is wrong.
    """
    lines = _lines(path, where)
    header = [cell.strip() for cell in lines[0][1]] if lines else []
    if sorted(header) != sorted(COLUMNS):
        found = f"a header `{','.join(header)}`" if header else "an empty file"
        hint = did_you_mean(next((name for name in header if name not in COLUMNS), ""), COLUMNS)
        raise InputErrors([InputError(f"{shown(path)}:1", found, expected=_HEADER, hint=hint)])
    factors: dict[dt.date, float] = {}
    errors: list[InputError] = []
    for number, cells in lines[1:]:
        place = f"{shown(path)}:{number}"
        try:
            date, factor = _row(cells, header, place)
        except InputError as error:
            errors.append(error)
            continue
        if date in factors:
            hint = "one factor a date: multiply them, or make two tables"
            errors.append(InputError(place, f"{date} stands twice", expected="it once", hint=hint))
        factors[date] = factor
    if not factors and not errors:
        errors.append(InputError(shown(path), "no dates", expected=f"rows such as {_EXAMPLE}"))
    if errors:
        raise InputErrors(errors)
    return factors


def _lines(path: Path, where: str) -> list[tuple[int, list[str]]]:
    """Return the lines that are not blank, each with its number."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        problem = InputError(shown(path), "not UTF-8", expected="a CSV file in UTF-8")
        raise InputErrors([problem]) from None
    except OSError:
        found = f"{shown(path)}: {'is a folder' if path.is_dir() else 'no such file'}"
        expected = "a CSV file of dates and factors, named relative to this file"
        near = [one.name for one in path.parent.glob("*.csv")]
        hint = did_you_mean(path.name, near)
        raise InputErrors([ScenarioError(where, found, expected=expected, hint=hint)]) from None
    try:
        reader = csv.reader(io.StringIO(text, newline=""))
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        problem = InputError(shown(path), str(error), expected="a CSV table")
        raise InputErrors([problem]) from error
    return [line for line in lines if any(cell.strip() for cell in line[1])]


def _row(cells: list[str], header: list[str], place: str) -> tuple[dt.date, float]:
    if len(cells) != len(COLUMNS):
        hint = "decimals take a point, not a comma" if len(cells) > len(COLUMNS) else ""
        expected = f"a date and a factor, as {_EXAMPLE}"
        raise InputError(place, f"{len(cells)} cells", expected=expected, hint=hint)
    text = dict(zip(header, (cell.strip() for cell in cells), strict=True))
    try:
        date = dt.date.fromisoformat(text["date"])
    except ValueError:
        expected = "a date as 2024-01-31"
        raise InputError(
            f"{place}, column `date`", f"`{text['date']}`", expected=expected
        ) from None
    try:
        factor = float(text["factor"])
    except ValueError:
        factor = math.nan
    if not 0.0 <= factor <= FACTOR_MAX:
        expected = f"a number from 0 to {FACTOR_MAX:g}; 1 changes nothing"
        raise InputError(f"{place}, column `factor`", f"`{text['factor']}`", expected=expected)
    return date, factor
