"""Values of one run by several columns of residents at once, by mode and by H3 cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twin.experiment.asked import level_names
from twin.results.access import MODE, access_column, crossed_access_rows
from twin.results.day_measures import DAY_COLUMNS, day_rows
from twin.results.equity import AVERSION_PER_H, equity_rows, needed_columns
from twin.results.groups import as_category, columns_of, named, parts_of
from twin.results.measures import VISIT_COLUMNS, compute_measures, groupings
from twin.results.school_measures import ENROLMENT_COLUMNS, school_rows
from twin.results.standardised import AGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.experiment.asked import Key
    from twin.experiment.runset import Run
    from twin.results.groups import Category

H3: Final = "h3"
"""By it an effect is grouped by cell of the home."""


def crossed_values(
    run: Run, crossings: Sequence[tuple[str, ...]], cells: Category | None = None
) -> dict[Key, float | None]:
    """Return the values of a run by crossed columns; see `crossed_rows`."""
    return {
        (row["measure"], row["service"], row["group"]): row["value"]
        for row in crossed_rows(run, crossings, cells)
    }


def crossed_rows(
    run: Run, crossings: Sequence[tuple[str, ...]], cells: Category | None = None
) -> list[dict[str, Any]]:
    """Return the rows of a run by crossed columns, from the tables that were kept.

    Parameters
    ----------
    run
        Finished run.
    crossings
        Columns of residents, and `MODE` and `H3`.
    cells
        Cell of each resident in the order of the table, where `H3` is among the columns.
    """
    if not crossings:
        return []
    names = {name for columns in crossings for name in columns}
    about = [*_access_names(run), *DAY_COLUMNS, *needed_columns(_services(run))]
    wanted = dict.fromkeys(["resident", *sorted(names - {MODE, H3}), *about])
    residents: dict[str, Any] = run.columns("residents", list(wanted))
    if cells is not None:
        residents[H3] = cells
    people = {name: residents[name] for name in ("resident", AGE, *names) if name in residents}
    rows = [
        *_access(run, residents, crossings),
        *_days(run, residents, people, crossings),
        *_equity(run, residents, people, crossings),
    ]
    if (run.folder / "visits.parquet").exists():
        rows += compute_measures(
            run.columns("visits", VISIT_COLUMNS),
            people,
            services=_services(run),
            window_s=run.manifest["window_s"],
            unmet_equivalent_s=run.scenario["measures"]["unmet_equivalent_s"],
            crossings=[columns for columns in crossings if MODE not in columns],
        )
    rows += _schools(run, residents, people, crossings)
    asked = set(crossings)
    return [row for row in rows if columns_of(row["group"]) in asked]


def people_of(group: str) -> str:
    """Return the columns of residents in the name of a group: all of it but the mode."""
    return ",".join(part for part in parts_of(group) if not part.startswith(f"{MODE}="))


def people_columns(crossings: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the crossings of columns of residents alone."""
    return [tuple(name for name in columns if name != MODE) for columns in crossings]


def _days(
    run: Run,
    residents: Mapping[str, Any],
    people: Mapping[str, Any],
    crossings: Sequence[tuple[str, ...]],
) -> list[dict[str, Any]]:
    """Return the rows of the day plans; none for a run without them."""
    if any(name not in residents for name in DAY_COLUMNS):
        return []
    return day_rows(
        residents,
        services=_services(run),
        window_s=run.manifest["window_s"],
        groups=groupings(people, [columns for columns in crossings if MODE not in columns]),
    )


def _equity(
    run: Run,
    residents: Mapping[str, Any],
    people: Mapping[str, Any],
    crossings: Sequence[tuple[str, ...]],
) -> list[dict[str, Any]]:
    """Return the rows of equity by crossed columns."""
    return equity_rows(
        residents,
        services=_services(run),
        kappa_per_h=_aversion(run),
        groups=groupings(people, [columns for columns in crossings if MODE not in columns]),
    )


def _schools(
    run: Run,
    residents: Mapping[str, Any],
    people: Mapping[str, Any],
    crossings: Sequence[tuple[str, ...]],
) -> list[dict[str, Any]]:
    """Return the rows of enrolment; none for a run without it."""
    levels = level_names(run.scenario)
    if not levels:
        return []
    registration = run.columns("residents", ["registration"])
    return school_rows(
        run.columns("enrolments", ENROLMENT_COLUMNS),
        {**residents, **registration},
        levels=levels,
        groups=groupings(people, [columns for columns in crossings if MODE not in columns]),
    )


def _access(
    run: Run, residents: Mapping[str, Any], crossings: Sequence[tuple[str, ...]]
) -> list[dict[str, Any]]:
    """Return the rows of access; none for a run that was made without its columns."""
    names = _access_names(run)
    if not names or any(name not in residents for name in names):
        return []
    columns = {name for names_ in crossings for name in names_} - {MODE}
    known = {
        name: named(name, as_category(residents[name])) for name in columns if name in residents
    }
    return crossed_access_rows(
        residents,
        services=_services(run),
        modes=_modes(run),
        known=known,
        crossings=[one for one in crossings if all(n == MODE or n in known for n in one)],
        residents=residents,
        kappa_per_h=_aversion(run),
    )


def _aversion(run: Run) -> float:
    found = run.scenario["measures"].get("inequality_aversion_per_h", AVERSION_PER_H)
    return float(found)


def _access_names(run: Run) -> list[str]:
    ways = ("", *_modes(run))
    return [access_column(service, mode) for service in _services(run) for mode in ways]


def _services(run: Run) -> list[str]:
    return [str(service["id"]) for service in run.scenario.get("services") or []]


def _modes(run: Run) -> list[str]:
    return [str(mode) for mode in (run.scenario.get("travel") or {}).get("modes") or []]
