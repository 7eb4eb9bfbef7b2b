"""What a map is built from: an extract, a recipe, or another program's network."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twin.errors import MapError
from twin.network.guard import SUFFIXES
from twin.network.import_report import ImportReport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twin.network.exchange.table_import import Source
    from twin.network.map_parts import MapParts

KINDS: Final = (
    f"an OpenStreetMap extract ({' '.join(SUFFIXES)}), a recipe (.toml), a folder with GMNS's"
    " node.csv and link.csv, or SUMO's .nod.xml beside its .edg.xml"
)
"""What `build_map` reads, in words."""

CRS: Final = re.compile(r"EPSG:\d{4,6}|OGC:CRS84")
MIN_ATTRIBUTION: Final = 3
_HAS_ENDING: Final = re.compile(r".*\.[A-Za-z0-9]{2,8}", re.DOTALL)
_GMNS_FILES: Final = frozenset({"node.csv", "link.csv", "node.parquet", "link.parquet"})


@dataclass(frozen=True)
class Wishes:
    """What a user may decide about an import; None leaves it to the source.

    Parameters
    ----------
    ward_level
        ``admin_level`` of a ward in OpenStreetMap.
    home_country
        Two-letter code of homes outside complete wards.
    crs
        EPSG code of a network's coordinates.
    attribution
        Whom to name for a network.
    """

    ward_level: str | None = None
    home_country: str | None = None
    crs: str | None = None
    attribution: str | None = None

    def check(self) -> None:
        """Refuse what no source could make use of."""
        if self.crs is not None and not CRS.fullmatch(self.crs):
            raise MapError(
                "--crs", f"is {self.crs!r}", expected="an EPSG code, for example EPSG:32650"
            )
        if self.attribution is not None and len(self.attribution.strip()) < MIN_ATTRIBUTION:
            raise MapError("--attribution", "is empty", expected="whom to name, and the licence")


def is_place_name(source: str) -> bool:
    """Return whether a source that does not exist can only be the name of a place.

    Anything that looks like a path is one: it holds a separator, begins with a
    dot or a tilde, or ends like a file.
    """
    text = source.strip()
    separators = {os.sep, os.altsep or os.sep, "\\", "/"}
    looks_like_path = any(one in text for one in separators) or text.startswith((".", "~"))
    return bool(text) and not looks_like_path and not _HAS_ENDING.fullmatch(text)


def is_extract(source: Path) -> bool:
    """Return whether a source is named as an OpenStreetMap extract is."""
    return source.name.lower().endswith(SUFFIXES)


def build_map(
    source: Path,
    *,
    name: str,
    wishes: Wishes | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> MapParts:
    """Return the map of a source of any kind.

    Parameters
    ----------
    source
        See ``KINDS``.
    name
        Name of the map.
    wishes
        What the user decided.
    progress
        Told what is being done.

    Raises
    ------
    MapError
        The source cannot become a map; nothing was written.
    InputErrors
        A recipe is wrong.
    """
    wishes = wishes or Wishes()
    wishes.check()
    _require(source)
    if is_extract(source):
        from twin.network.map_import import import_map  # noqa: PLC0415 - loads the readers

        _refuse_unused(source, crs=wishes.crs, attribution=wishes.attribution)
        return import_map(
            source,
            name=name,
            ward_level=wishes.ward_level,
            home_country=wishes.home_country,
            progress=progress,
        )
    from twin.network.exchange.table_import import import_tables  # noqa: PLC0415

    _refuse_unused(source, **{"ward-level": wishes.ward_level, "home-country": wishes.home_country})
    report = ImportReport()
    progress(f"reading {source.name}")
    tables = _tables(source, report, wishes)
    return import_tables(tables, report, name=name, progress=progress)


def _tables(source: Path, report: ImportReport, wishes: Wishes) -> Source:
    if source.suffix.lower() == ".toml":
        from twin.network.exchange.recipe_file import source_of_recipe  # noqa: PLC0415

        _refuse_unused(source, crs=wishes.crs, attribution=wishes.attribution)
        return source_of_recipe(source)
    from twin.network.exchange.gmns import is_gmns, source_of_gmns  # noqa: PLC0415
    from twin.network.exchange.sumo import source_of_sumo, sumo_files  # noqa: PLC0415

    folder = source if source.is_dir() else source.parent
    if (source.is_dir() or source.name in _GMNS_FILES) and is_gmns(folder):
        return source_of_gmns(folder, report, crs=wishes.crs, attribution=wishes.attribution)
    files = sumo_files(source)
    if files is not None:
        return source_of_sumo(*files, report, crs=wishes.crs, attribution=wishes.attribution)
    raise _unknown(source)


def _require(source: Path) -> None:
    if not source.exists():
        raise MapError(
            str(source),
            "no such file",
            expected=KINDS,
            hint="a name that looks like a file is never looked up online",
        )


def _refuse_unused(source: Path, **options: str | None) -> None:
    """Refuse options that this kind of source has no use for."""
    for option, value in options.items():
        if value is not None:
            raise MapError(
                f"--{option} {value}",
                f"{source.name} has no use for it",
                hint="a recipe says it itself; see docs/maps.md"
                if source.suffix.lower() == ".toml"
                else "leave it out",
            )


def _unknown(source: Path) -> MapError:
    hint = ""
    if source.name.lower().endswith(".net.xml"):
        stem = source.name[: -len(".net.xml")]
        hint = (
            f"netconvert -s {source.name} --plain-output-prefix {stem} writes node and edge files"
        )
    elif source.is_dir() and (source / "map.json").is_file():
        hint = "this is a map already: see `twin map info`"
    elif source.is_dir():
        inside = sorted(
            path.name
            for path in source.iterdir()
            if path.is_file() and not path.name.startswith(".")
        )[:8]
        hint = f"it holds {', '.join(inside)}" if inside else "it holds no file"
    found = "is a folder of another kind" if source.is_dir() else "this kind of file is not read"
    return MapError(str(source), found, expected=KINDS, hint=hint)
