"""Write a new city folder: files that run, with a comment on each line worth one."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from twin.errors import InputError
from twin.network.import_report import RESIDENTS
from twin.scenario.fields import ID_PATTERN
from twin.scenario.template import NewCity

if TYPE_CHECKING:
    from twin.city.city import City

SERVICE: Final = "primary_care"
SHIPPED: Final = {"monaco": (39_050, "MC")}
N_RESIDENTS: Final = 10_000


def write_city(name: str, folder: Path, *, map_folder: Path | None = None) -> list[Path]:
    """Write ``folder/name`` and return the files.

    Parameters
    ----------
    name
        Name of the city.
    folder
        Where the new folder goes; made if it is not there.
    map_folder
        Map that the scenarios run on; none: ``maps/name`` if there is one, else
        the shipped ``maps/monaco``.

    Raises
    ------
    InputError
        If the name is no name, the folder is there already, or the map is none.
    """
    if not re.match(ID_PATTERN, name):
        raise InputError(f"twin init {name}", "not a name", expected="letters, digits, `_` and `-`")
    target = folder / name
    if target.exists():
        raise InputError(str(target), "is there already", expected="a name that is not taken")
    chosen = map_folder or default_map(name)
    residents, country = SHIPPED.get(chosen.name, (_planned_residents(chosen), ""))
    is_later = map_folder is None and not chosen.exists()  # then no facility is known
    files = NewCity(
        name=name,
        map_path=Path(os.path.relpath(chosen, target)).as_posix(),
        residents=residents,
        country=country,
        facility="" if is_later else _busy_facility(chosen),
        service=SERVICE,
    ).files()
    try:
        target.mkdir(parents=True)
        for file_name, text in files.items():
            (target / file_name).write_text(text, encoding="utf-8")
    except OSError as error:
        found = f"cannot be written ({error.strerror})"
        raise InputError(str(target), found, expected="a folder to write to") from error
    return [target / file_name for file_name in files]


def default_map(name: str) -> Path:
    """Return the map of a city that names none: its own, or the shipped one."""
    own = Path("maps") / name
    return own if own.is_dir() or not Path("maps/monaco").is_dir() else Path("maps/monaco")


def _planned_residents(map_folder: Path) -> int:
    """Return how many residents a synthetic map was made for; 10,000 for any other map."""
    from twin.network.storage import MANIFEST, read_manifest  # noqa: PLC0415 - brings pyarrow

    if not (map_folder / MANIFEST).is_file():
        return N_RESIDENTS
    kept = read_manifest(map_folder)["report"].get("kept", {})
    return int(kept.get(RESIDENTS, {}).get("count", N_RESIDENTS))


def _busy_facility(map_folder: Path) -> str:
    """Return a facility of the map that a doctor can be added to; empty if there is none."""
    from twin.city.city import load_city  # noqa: PLC0415 - reads Parquet

    city: City = load_city(map_folder)
    rows = city.facilities_of(SERVICE)
    return max(rows, key=lambda row: (row.servers or 0, row.uid)).uid if rows else ""
