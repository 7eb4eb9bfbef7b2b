"""GMNS: the General Modeling Network Specification's node and link tables.

References
----------
Zephyr Foundation (2021-), General Modeling Network Specification,
tables ``node link config use_group zone geometry`` as specified.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twin.errors import MapError
from twin.network.exchange.link_rules import CLASSES_OF_MODE
from twin.network.exchange.recipe import (
    CRS_PATTERN,
    LinkRecipe,
    ModeRecipe,
    NodeRecipe,
    Recipe,
    ZoneRecipe,
)
from twin.network.exchange.storage import read_table
from twin.network.exchange.table import Table
from twin.network.exchange.table_import import Source
from twin.network.modes import CLASS_KMH

if TYPE_CHECKING:
    from pathlib import Path

    from twin.network.import_report import ImportReport

FILES: Final = ("node", "link")
USES: Final[dict[str, list[str]]] = {
    "walk": ["walk"], "ped": ["walk"], "pedestrian": ["walk"], "foot": ["walk"],
    "bike": ["bicycle"], "bicycle": ["bicycle"], "cycle": ["bicycle"], "ebike": ["bicycle"],
    "auto": ["car"], "car": ["car"], "passenger": ["car"], "sov": ["car"], "drive": ["car"],
    "motor_vehicle": ["car"], "all": ["walk", "bicycle", "car"],
}  # fmt: skip
"""Our modes behind the uses that networks name; others, such as ``truck``, are none of ours."""

CLASSES: Final = {
    "freeway": "motorway", "expressway": "trunk", "highway": "trunk", "ramp": "motorway_link",
    "major arterial": "primary", "principal arterial": "primary", "arterial": "primary",
    "minor arterial": "secondary", "major collector": "tertiary", "collector": "tertiary",
    "minor collector": "tertiary", "local": "residential", "local road": "residential",
    "bike path": "cycleway", "bikeway": "cycleway", "multiuse path": "path",
    "cycletrack": "cycleway", "cycle track": "cycleway",
    "sidewalk": "footway", "walkway": "footway", "crosswalk": "footway",
}  # fmt: skip
"""OpenStreetMap's class for words of ``facility_type``, underscores read as spaces."""

LENGTHS: Final = {
    "m": "m", "meter": "m", "meters": "m", "metre": "m", "metres": "m",
    "km": "km", "kilometer": "km", "kilometers": "km", "kilometre": "km",
    "ft": "ft", "foot": "ft", "feet": "ft", "mi": "mi", "mile": "mi", "miles": "mi",
}  # fmt: skip
SPEEDS: Final = {
    "km/h": "km/h", "kmh": "km/h", "kph": "km/h", "kmph": "km/h", "mph": "mph", "mi/h": "mph",
    "m/s": "m/s", "mps": "m/s",
}  # fmt: skip
ATTRIBUTION_FILE: Final = "ATTRIBUTION.txt"
MAX_ATTRIBUTION: Final = 2_000


def is_gmns(folder: Path) -> bool:
    """Return whether a folder holds the two tables that GMNS requires."""
    return all(_file(folder, name) is not None for name in FILES)


def source_of_gmns(
    folder: Path, report: ImportReport, *, crs: str | None, attribution: str | None
) -> Source:
    """Return the tables of a GMNS folder and what they mean.

    Parameters
    ----------
    folder
        With ``node.csv`` and ``link.csv`` (or ``.parquet``), and possibly
        ``config``, ``use_group``, ``geometry`` and ``zone``.
    report
        Takes what had to be assumed.
    crs
        EPSG code instead of the one in ``config``.
    attribution
        Whom to name, instead of what the folder says.

    Raises
    ------
    MapError
        A required table or column is missing, or a unit is unknown.
    """
    paths = {
        name: _file(folder, name) for name in (*FILES, "config", "use_group", "geometry", "zone")
    }
    tables = {name: read_table(path) for name, path in paths.items() if path is not None}
    config = _config(tables.get("config"))
    links = _with_shapes(tables["link"], tables.get("geometry"))
    links, has_class = _classes(links)
    links, words = _modes(links, tables.get("use_group"), report)
    zones = _zones(tables.get("zone"))
    recipe = Recipe(
        title=folder.name,
        attribution=attribution or _attribution(folder),
        crs=crs or _crs(config, tables.get("config")),
        nodes=NodeRecipe(file="node.csv", id="node_id", x="x_coord", y="y_coord"),
        links=_link_recipe(links, config, report, has_class=has_class),
        zones=zones,
        modes=ModeRecipe.model_validate({"words": words}),
    )
    return Source(
        recipe,
        nodes=tables["node"],
        links=links,
        zones=tables.get("zone") if zones is not None else None,
        files=tuple(path for path in paths.values() if path is not None),
        where=folder,
    )


def _file(folder: Path, name: str) -> Path | None:
    paths = (folder / f"{name}.csv", folder / f"{name}.parquet")
    return next((path for path in paths if path.is_file()), None)


def _config(table: Table | None) -> dict[str, str]:
    if table is None or not len(table):
        return {}
    return {name: table.texts(name)[0] for name in table.columns}


def _crs(config: dict[str, str], table: Table | None) -> str:
    found = config.get("crs", "")
    if not found:
        return "OGC:CRS84"
    code = found.upper() if ":" in found else f"EPSG:{found}"
    code = "EPSG:4326" if code in {"EPSG:WGS84", "EPSG:WGS 84"} else code
    if not re.fullmatch(CRS_PATTERN, code):
        where = table.where(0, "crs") if table is not None else "config"
        raise MapError(
            where, f"is {found[:60]!r}", expected="an EPSG code", hint="or give --crs EPSG:..."
        )
    return code


def _link_recipe(
    links: Table, config: dict[str, str], report: ImportReport, *, has_class: bool
) -> LinkRecipe:
    length_unit = _unit(config, "long_length", LENGTHS)
    if length_unit is None and links.has("length"):
        report.repair("lengths in a unit that no config tells: measured on the shapes", len(links))
    speed_unit = _unit(config, "speed", SPEEDS)
    if speed_unit is None and links.has("free_speed"):
        report.repair("free speeds in a unit that no config tells: read as km/h", len(links))
    settings: dict[str, Any] = {
        "file": "link.csv",
        "id": "link_id",
        "from": "from_node_id",
        "to": "to_node_id",
        "directed": "directed",
        # A link of GMNS is for travel in its direction only, whatever the mode.
        "one_way_for": ["walk", "bicycle", "car"],
        "length_unit": length_unit or "m",
        "speed_unit": speed_unit or "km/h",
        "class": "facility_type" if has_class else None,
        "default_class": "unclassified",
        "mode_separator": ",",
    }
    columns = {"speed": "free_speed", "name": "name", "geometry": "geometry"}
    columns |= {"modes": "allowed_uses", "way": "osm_way_id", "geometry_direction": "dir_flag"}
    if length_unit is not None:
        columns["length"] = "length"
    settings |= {key: column for key, column in columns.items() if links.has(column)}
    return LinkRecipe.model_validate(settings)


def _unit(config: dict[str, str], key: str, known: dict[str, str]) -> str | None:
    word = config.get(key, "").lower()
    if not word:
        return None
    if word not in known:
        raise MapError(
            f"config: column `{key}`", f"is {word[:40]!r}", expected=f"one of {', '.join(known)}"
        )
    return known[word]


def _with_shapes(links: Table, geometry: Table | None) -> Table:
    """Return the links with shapes of the table ``geometry`` where they only name them."""
    if geometry is None or not links.has("geometry_id"):
        return links
    shapes = dict(zip(geometry.texts("geometry_id"), geometry.cells("geometry"), strict=True))
    own = links.columns.get("geometry", [None] * len(links))
    named = links.texts("geometry_id")
    found = [one or shapes.get(name) for one, name in zip(own, named, strict=True)]
    return Table(links.path, links.columns | {"geometry": found}, links.rows, links.first_line)


def _modes(
    links: Table, groups: Table | None, report: ImportReport
) -> tuple[Table, dict[str, list[str]]]:
    """Return the links with uses in lower case, and the modes behind every use."""
    if not links.has("allowed_uses"):
        return links, {}
    members: dict[str, list[str]] = {}
    if groups is not None:
        rows = zip(groups.texts("use_group"), groups.texts("uses"), strict=True)
        members = {name.lower(): _uses(words) for name, words in rows}
    classes = links.texts("facility_type") if links.has("facility_type") else [""] * len(links)
    texts = [text.lower().replace(";", ",") for text in links.texts("allowed_uses")]
    report.repair("links without uses: open to whom their class lets in", texts.count(""))
    texts = [text or _by_class(word) for text, word in zip(texts, classes, strict=True)]
    words: dict[str, list[str]] = {}
    for use in sorted({use for text in texts for use in _uses(text)}):
        words[use] = sorted({mode for one in members.get(use, [use]) for mode in USES.get(one, [])})
        if not words[use]:
            n = sum(use in _uses(text) for text in texts)
            report.drop(f"uses that are none of our modes: {use[:40]}", n)
    columns: dict[str, list[Any]] = links.columns | {"allowed_uses": texts}
    return Table(links.path, columns, links.rows, links.first_line), words


def _by_class(highway: str) -> str:
    """Return the modes of a class of street, as words; all where it is unknown."""
    modes = [mode for mode, known in CLASSES_OF_MODE.items() if highway in known]
    return ",".join(modes) if highway in CLASS_KMH else "all"


def _uses(text: str) -> list[str]:
    return [word.strip() for word in text.lower().replace(";", ",").split(",") if word.strip()]


def _classes(links: Table) -> tuple[Table, bool]:
    """Return the links with classes in OpenStreetMap's words, and whether they have any."""
    if not links.has("facility_type"):
        return links, False
    words = [text.lower() for text in links.texts("facility_type")]
    found = [CLASSES.get(word.replace("_", " "), word) for word in words]
    columns: dict[str, list[Any]] = links.columns | {"facility_type": found}
    return Table(links.path, columns, links.rows, links.first_line), True


def _zones(table: Table | None) -> ZoneRecipe | None:
    """Return how to read zones, if the table has any with a boundary."""
    if table is None or not table.has("boundary"):
        return None
    is_named = table.has("name") and np.unique(names := table.texts("name")).size == len(names)
    return ZoneRecipe(
        file="zone.csv",
        name="name" if is_named else "zone_id",
        geometry="boundary",
        population="population" if table.has("population") else None,
    )


def _attribution(folder: Path) -> str:
    path = folder / ATTRIBUTION_FILE
    if path.is_file():
        text = path.read_text("utf-8", errors="replace")[:MAX_ATTRIBUTION].strip()
        return text or "not stated by the source"
    return "not stated by the source"
