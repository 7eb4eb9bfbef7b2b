"""Effects by H3 cell of the home: computed from the runs when they are asked for."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.errors import InputError
from twin.experiment.crossing import H3, people_columns, people_of
from twin.experiment.gains import FEWEST
from twin.experiment.verdicts import Arms, effect_rows
from twin.experiment.worker import load_city
from twin.network.cells import RESOLUTION, cells_geojson, node_cells
from twin.results.groups import Category, as_category, crossed, named, parts_of
from twin.results.storage import to_json, write_bytes_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from twin.experiment.runset import Run

_SHOWN = ("baseline", "scenario", "difference", "ci_low", "ci_high", "verdict", "unit", "better")


def cell_rows(
    arms: tuple[Sequence[Run], Sequence[Run]],
    map_folder: Path | None,
    columns: tuple[str, ...],
    *,
    level: float,
    resolution: int = RESOLUTION,
) -> list[dict[str, Any]]:
    """Return the records of all measures by cell, as those of comparison.json.

    Parameters
    ----------
    arms
        Paired runs of the baseline and of a scenario.
    map_folder
        Map of the city.
    columns
        `H3` and what it is crossed with.
    level
        Confidence level.
    resolution
        Of the cells.

    Raises
    ------
    InputError
        If the map is not at hand or the library is not installed.
    """
    if map_folder is None or not map_folder.is_dir():
        raise InputError(
            "by = h3",
            "the map of these runs is not at hand",
            expected="the folder that the runs' scenario names",
        )
    residents = arms[0][0].columns("residents", ["home_node", *sorted(set(columns) - {H3})])
    codes, names = node_cells(
        load_city(map_folder).graph, np.asarray(residents["home_node"]), resolution=resolution
    )
    cells = Category(codes, names)
    known = {name: as_category(residents[name]) for name in columns if name in residents}
    people = [(known | {H3: cells})[name] for name in people_columns([columns])[0]]
    titled = zip(people_columns([columns])[0], people, strict=True)
    group = crossed([named(name, category) for name, category in titled])
    n = np.bincount(group.codes[group.codes >= 0], minlength=len(group.labels))
    shown = {group.labels[code] for code in np.flatnonzero(n >= FEWEST)}
    values = [[run.crossed([columns], cells) for run in runs] for runs in arms]
    keys = [key for key in values[0][0] if key in values[1][0] and people_of(key[2]) in shown]
    tables = [
        np.array([[one.get(key) for key in keys] for one in arm], dtype=np.float64)
        for arm in values
    ]
    return effect_rows(Arms(keys, *tables), {}, level=level)


def write_cells(rows: Iterable[Mapping[str, Any]], path: Path) -> Path:
    """Write effects by cell: a table if the file ends in ``.csv``, else GeoJSON polygons.

    Parameters
    ----------
    rows
        Of ``Comparison.effect(measure, by="h3")``: one measure, service and scenario.
    path
        File to write.

    Raises
    ------
    InputError
        If the rows are of several measures, or not by cell.
    """
    listed = list(rows)
    about = {
        tuple(row.get(key) for key in ("scenario_name", "measure", "service")) for row in listed
    }
    parts = [[part.partition("=") for part in parts_of(row["group"])] for row in listed]
    cells = [next((word for name, _, word in part if name == H3), "") for part in parts]
    if len(about) > 1 or not all(cells) or len(set(cells)) != len(cells):
        raise InputError(
            "rows",
            f"{len(listed)} rows of {len(about)} measures",
            expected="one row a cell: effect(measure, service=..., by='h3') of one scenario",
        )
    shown = [{key: row[key] for key in ("measure", "service", *_SHOWN)} for row in listed]
    is_table = path.suffix == ".csv"
    text = _table(cells, shown) if is_table else to_json(cells_geojson(cells, shown))
    write_bytes_atomically(path, text.encode())
    return path


def _table(cells: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """Return comma-separated values; what is not known is empty."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([H3, "measure", "service", *_SHOWN])
    writer.writerows([cell, *row.values()] for cell, row in zip(cells, rows, strict=True))
    return file.getvalue()
