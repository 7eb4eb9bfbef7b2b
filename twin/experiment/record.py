"""Which runs a comparison was made of, so that its report can be made again.

``experiment.json`` stands beside ``comparison.json``; its paths are relative to
it, so that the folder may be moved together with its runs.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

from twin.errors import InputError
from twin.experiment.comparison import Comparison
from twin.experiment.runset import RunSet, open_run
from twin.results.storage import to_json, write_bytes_atomically

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "experiment.json"
SCHEMA: Final = 1


def write_record(comparison: Comparison, folder: Path, map_folder: Path) -> Path:
    """Write ``experiment.json`` and return its path.

    Parameters
    ----------
    comparison
        What was compared.
    folder
        Folder of the comparison.
    map_folder
        Map of the city.
    """
    names = [comparison.baseline, *comparison.scenarios]
    document = {
        "schema": SCHEMA,
        "baseline": comparison.baseline,
        "scenarios": comparison.scenarios,
        "seeds": comparison.seeds,
        "level": comparison.level,
        "runs": [
            _relative(run.folder, folder) for name in names for run in comparison.runs_of(name)
        ],
        "documents": {name: comparison.scenario_document(name) for name in names},
        "map": _relative(map_folder, folder),
    }
    path = folder / FILE
    write_bytes_atomically(path, to_json(document).encode())
    return path


def reopened(folder: Path) -> tuple[Comparison, Path | None]:
    """Return the comparison of a folder and its map folder, if that is still there.

    Raises
    ------
    InputError
        If the folder holds no comparison, or a run is gone.
    """
    path = folder / FILE
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
        runs = [open_run(folder / place) for place in document["runs"]]
        map_folder = folder / document["map"]
        known_map = map_folder if map_folder.is_dir() else None
        runset = RunSet(runs, documents=document["documents"], map_folder=known_map)
        chosen = {key: document[key] for key in ("scenarios", "seeds", "level")}
        found = Comparison(runset, document["baseline"], **chosen)
    except FileNotFoundError:
        raise InputError(
            str(path), "no such file", expected="a folder that `twin compare --out` wrote"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            str(path),
            f"cannot be read ({type(error).__name__})",
            expected="a folder that `twin compare --out` wrote",
        ) from error
    return found, known_map


def _relative(path: Path, folder: Path) -> str:
    return os.path.relpath(path.resolve(), folder.resolve()).replace(os.sep, "/")
