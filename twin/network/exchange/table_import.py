"""From tables and a recipe to the parts of a map."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.errors import MapError, did_you_mean
from twin.network.exchange.link_rules import lengths_mm, uses_of, way_ids
from twin.network.exchange.links import LinkTable, NodeTable, streets_of_links
from twin.network.exchange.places import (
    PLANE,
    Inner,
    Placing,
    geometries,
    inner_points,
    placed,
    plane_of,
)
from twin.network.exchange.table import Table, as_id, numbered_ids
from twin.network.exchange.zones import no_wards, wards_of_zones
from twin.network.features import Buildings
from twin.network.map_parts import MapParts
from twin.units import MM_PER_M

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from twin.network.exchange.recipe import Recipe
    from twin.network.import_report import ImportReport

Float64 = NDArray[np.float64]
N_GUESSED: Final = 10_000
"""Ids among which a similar one is looked for."""


@dataclass(frozen=True, eq=False)
class Source:
    """Tables and what they mean.

    Parameters
    ----------
    recipe
        What the columns mean.
    nodes, links, zones
        The tables.
    files
        Everything that was read, in a fixed order.
    where
        Name of the source, for messages.
    placing
        Projection, where it is more than `Recipe.crs`; ``PLANE`` for none.
    """

    recipe: Recipe
    nodes: Table
    links: Table
    zones: Table | None
    files: tuple[Path, ...]
    where: Path
    placing: Placing | None = None


def import_tables(
    source: Source,
    report: ImportReport,
    *,
    name: str,
    progress: Callable[[str], None] = lambda _: None,
) -> MapParts:
    """Return the map of tables.

    Raises
    ------
    MapError
        The tables cannot become a map; with file, row and column.
    """
    recipe = source.recipe
    nodes = _kept(source.nodes, recipe.nodes.skip, "nodes", report)
    links = _kept(source.links, recipe.links.skip, "links", report)
    for table, what in ((nodes, "node"), (links, "link")):
        if not len(table):
            raise MapError(str(table.path), f"holds no {what}", expected="at least one row")
    progress(f"building streets of {len(links):,} links")
    x, y = _coordinates(source, nodes)
    placing = source.placing or Placing(recipe.crs)
    if placing.crs == PLANE and placing.shift_x == placing.shift_y == 0.0:
        placing = plane_of(x, y)
    node_id, row_of, is_renumbered = numbered_ids(nodes, recipe.nodes.id)
    if is_renumbered:
        report.repair("nodes whose ids are no whole numbers: numbered by text", len(nodes))
    column = recipe.nodes.geometry or f"{recipe.nodes.x}, {recipe.nodes.y}"
    node_table = NodeTable(node_id, *placed(nodes, column, x, y, placing))
    skipped = _ids(source.nodes, recipe.nodes.id) - row_of.keys()
    links, ends = _ends(source, links, row_of, skipped, report)
    shapes = _inner(source, links, ends, node_table, placing, report)
    length_mm = lengths_mm(recipe.links, links)
    if placing.crs == PLANE:
        straight = np.hypot(*(one[ends[0]] - one[ends[1]] for one in (x, y))) * MM_PER_M
        drawn = np.where(shapes.length_mm >= 0, shapes.length_mm, np.rint(straight))
        length_mm = np.where(length_mm >= 0, length_mm, drawn).astype(np.int64)
    link_table = _links(source, links, ends, shapes, length_mm, report)
    graph = streets_of_links(node_table, link_table, report, where=str(source.where))
    wards = no_wards()
    if recipe.zones is not None and source.zones is not None:
        progress("placing zones")
        zones = _kept(source.zones, recipe.zones.skip, "zones", report)
        wards = wards_of_zones(recipe.zones, zones, placing, graph.crs, report)
    return MapParts(
        name=name,
        graph=graph,
        buildings=_no_buildings(),
        wards=wards,
        facilities=(),
        report=report,
        source=source.where.name,
        source_sha256=_sha256(source.files),
        attribution=recipe.attribution,
        notes=tuple(recipe.notes),
    )


def _kept(table: Table, skip: dict[str, list[str]], what: str, report: ImportReport) -> Table:
    for column, values in skip.items():
        before = len(table)
        table = table.without(column, set(values))
        report.drop(f"{what} whose {column} is {', '.join(values)}", before - len(table))
    return table


def _ids(table: Table, column: str) -> set[str]:
    return {as_id(text) for text in table.texts(column)}


def _coordinates(source: Source, nodes: Table) -> tuple[Float64, Float64]:
    recipe = source.recipe.nodes
    if recipe.geometry is None:
        x = nodes.required(str(recipe.x), "a coordinate")
        return x, nodes.required(str(recipe.y), "a coordinate")
    import shapely  # noqa: PLC0415 - takes 0.1 s

    points = geometries(nodes, recipe.geometry)
    is_point = shapely.get_type_id(points) == shapely.GeometryType.POINT
    if not is_point.all():
        row = int(np.flatnonzero(~is_point)[0])
        nodes.refuse(row, recipe.geometry, "is empty or no point", "a point in WKB or WKT")
    return np.asarray(shapely.get_x(points)), np.asarray(shapely.get_y(points))


def _ends(
    source: Source, links: Table, row_of: dict[str, int], skipped: set[str], report: ImportReport
) -> tuple[Table, tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return the links between nodes that were kept, and the rows of their ends."""
    recipe = source.recipe.links
    found = []
    for column in (recipe.from_, recipe.to):
        texts = [as_id(text) for text in links.texts(column)]
        for row, text in enumerate(texts):
            if text not in row_of and text not in skipped:
                links.refuse(
                    row, column, f"there is no node {text[:40]!r}" if text else "is empty",
                    f"the id of a row of {source.nodes.path.name}",
                    did_you_mean(text, row_of) if len(row_of) < N_GUESSED else "add the node",
                )  # fmt: skip
        found.append(np.array([row_of.get(text, -1) for text in texts], np.int64))
    is_whole = (found[0] >= 0) & (found[1] >= 0)
    report.drop("links to nodes that are left out", int((~is_whole).sum()))
    rows = np.flatnonzero(is_whole)
    return links.take(rows), (found[0][rows], found[1][rows])


def _links(
    source: Source,
    links: Table,
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    shapes: Inner,
    length_mm: NDArray[np.int64],
    report: ImportReport,
) -> LinkTable:
    recipe = source.recipe.links
    link_id, _, is_renumbered = numbered_ids(links, recipe.id)
    if is_renumbered:
        report.repair("links whose ids are no whole numbers: numbered by text", len(links))
    name = recipe.name
    return LinkTable(
        link_id=link_id,
        source=ends[0],
        target=ends[1],
        way_id=way_ids(recipe, links, link_id, report),
        use=uses_of(source.recipe, links, ends, report),
        name=tuple(links.texts(name) if name is not None else [""] * len(links)),
        shape_start=shapes.start,
        shape_lon_e7=shapes.lon_e7,
        shape_lat_e7=shapes.lat_e7,
        length_mm=length_mm,
    )


def _inner(
    source: Source,
    links: Table,
    ends: tuple[NDArray[np.int64], NDArray[np.int64]],
    nodes: NodeTable,
    placing: Placing,
    report: ImportReport,
) -> Inner:
    recipe = source.recipe.links
    if recipe.geometry is None:
        nothing = np.zeros(0, np.int32)
        return Inner(np.zeros(len(links) + 1, np.int64), nothing, nothing, np.full(len(links), -1))
    lines = geometries(links, recipe.geometry)
    report.repair(
        "links without a shape that can be read: drawn straight",
        sum(line is None for line in lines),
    )
    if recipe.geometry_direction is not None:
        lines = _turned(lines, links.numbers(recipe.geometry_direction))
    at = (*(column[ends[0]] for column in (nodes.lon_e7, nodes.lat_e7)),
          *(column[ends[1]] for column in (nodes.lon_e7, nodes.lat_e7)))  # fmt: skip
    example = [f"link {text}" for text in links.texts(recipe.id)]
    return inner_points(lines, (at[0], at[1], at[2], at[3]), placing, report, example)


def _turned(lines: NDArray[Any], direction: Float64) -> NDArray[Any]:
    import shapely  # noqa: PLC0415 - takes 0.1 s

    turned: NDArray[Any] = np.where(direction == -1.0, shapely.reverse(lines), lines)
    return turned


def _no_buildings() -> Buildings:
    kinds = {"NDArray[np.bool_]": np.bool_, "Int64": np.int64, "NDArray[np.float64]": np.float64}
    kinds |= {"NDArray[np.int16]": np.int16, "NDArray[np.int32]": np.int32}
    columns: dict[str, Any] = {
        field.name: np.zeros(0, kinds[str(field.type)]) if str(field.type) in kinds else ()
        for field in fields(Buildings)
    }
    return Buildings(**columns)


def _sha256(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
