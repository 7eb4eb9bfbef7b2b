"""From a request to the parts of a map folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.network.import_report import ImportReport
from twin.network.map_parts import SYNTHETIC, MapParts
from twin.network.synthetic.cells import make_cells
from twin.network.synthetic.fabric import make_nodes, make_segments
from twin.network.synthetic.frame import Frame, utm_mm
from twin.network.synthetic.grids import make_grids
from twin.network.synthetic.hierarchy import SECONDARY, main_streets
from twin.network.synthetic.houses import buildings_of, make_houses
from twin.network.synthetic.land_use import CIVIC, make_blocks
from twin.network.synthetic.names import line_names
from twin.network.synthetic.notes import tell
from twin.network.synthetic.plan import make_plan
from twin.network.synthetic.rings import wards_of
from twin.network.synthetic.services import People, make_facilities
from twin.network.synthetic.standards import HOME_FLOOR_M2
from twin.network.synthetic.streets import build_graph, join, raw_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.network.features import Buildings
    from twin.network.osm_read import RawOsm
    from twin.network.street_graph import StreetGraph
    from twin.network.synthetic.cells import Cells
    from twin.network.synthetic.fabric import Nodes
    from twin.network.synthetic.grids import Grids
    from twin.network.synthetic.hierarchy import MainStreets
    from twin.network.synthetic.houses import Houses
    from twin.network.synthetic.land_use import Blocks
    from twin.network.synthetic.plan import Plan
    from twin.network.synthetic.request import CityRequest

Float = NDArray[np.float64]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Design:
    """A city on paper, before it is laid on the earth.

    Parameters
    ----------
    request
        What was asked for.
    plan, main, cells, blocks
        Lattice, main streets, superblocks and blocks.
    people : (n_blocks,)
        Residents of each block.
    grids
        Governance grids.
    """

    request: CityRequest
    plan: Plan
    main: MainStreets
    cells: Cells
    blocks: Blocks
    people: Int64
    grids: Grids

    def degrees(self, x_m: Float, y_m: Float) -> tuple[Int32, Int32]:
        """Return degrees times 10 million of points of the plan."""
        frame = Frame(round(self.request.lon * 1e7), round(self.request.lat * 1e7))
        return frame.degrees(*self.plan.place(x_m, y_m))


def design_city(request: CityRequest) -> Design:
    """Return streets, land use, residents and grids of a city on paper.

    Raises
    ------
    InputErrors
        A number is out of range.
    MapError
        More residents or grids than the area has room for.
    """
    request.check()
    plan = make_plan(request)
    main, cells = main_streets(plan), make_cells(plan)
    blocks = make_blocks(plan, cells, main, request)
    people = np.rint(blocks.home_m2 / HOME_FLOOR_M2).astype(np.int64)
    of_cell = np.zeros(len(cells), np.int64)
    np.add.at(of_cell, blocks.cell, people)
    grids = make_grids(plan, cells, of_cell, request)
    return Design(request, plan, main, cells, blocks, people, grids)


def synthetic_map(
    request: CityRequest, *, progress: Callable[[str], None] = lambda _: None
) -> MapParts:
    """Make a city.

    The same request gives the same map to the bit, on every machine.

    Parameters
    ----------
    request
        Area, residents, grids, seed and place.
    progress
        Told what is being done.

    Raises
    ------
    InputErrors
        A number is out of range.
    MapError
        More residents or grids than the area has room for.
    """
    progress("planning streets and land use")
    design = design_city(request)
    report = ImportReport()
    progress(f"laying streets in {len(design.cells):,} superblocks")
    nodes = make_nodes(design.plan, design.cells)
    raw = street_elements(design, nodes)
    graph = build_graph(raw, report)
    progress("building houses")
    built = _build(design, graph)
    tell(report, request, design.cells, design.blocks, built.buildings)
    progress("placing grids and services")
    return MapParts(
        name=request.name,
        graph=graph,
        buildings=built.buildings,
        wards=wards_of(design.grids, nodes, utm_mm(graph.crs, raw.lon_e7, raw.lat_e7)),
        facilities=make_facilities(_people(design, graph, built), _stops(design), request, report),
        report=report,
        source=request.words,
        source_sha256=hashlib.sha256(request.words.encode()).hexdigest(),
        attribution=SYNTHETIC,
    )


class _Built(NamedTuple):
    houses: Houses
    buildings: Buildings
    degrees: tuple[Int32, Int32]


def _build(design: Design, graph: StreetGraph) -> _Built:
    """Return the buildings, on paper and on the map."""
    cells, blocks = design.cells, design.blocks
    houses = make_houses(design.plan, cells, blocks)
    degrees = design.degrees(houses.x_m, houses.y_m)
    ward_of_cell = design.grids.of_cell[cells.i, cells.j]
    at = utm_mm(graph.crs, *degrees)
    return _Built(houses, buildings_of(houses, blocks, graph, ward_of_cell, at), degrees)


def street_elements(design: Design, nodes: Nodes) -> RawOsm:
    """Return the streets of a city as OpenStreetMap elements."""
    plan, cells, main = design.plan, design.cells, design.main
    segments = make_segments(plan, cells, main, nodes)
    n_rows = plan.line_y.size
    bridges = {plan.river * n_rows + j for j in range(n_rows)} if plan.river >= 0 else set()
    lon_e7, lat_e7 = design.degrees(nodes.x_m, nodes.y_m)
    return raw_of(join(segments), line_names(plan, cells, main), bridges, lon_e7, lat_e7)


def _people(design: Design, graph: StreetGraph, built: _Built) -> People:
    """Return where people live, and the buildings that may house a service."""
    blocks = design.blocks
    homes = np.flatnonzero(blocks.home_m2 > 0)
    middle_x = (blocks.west_m + blocks.east_m)[homes] / 2.0
    middle_y = (blocks.south_m + blocks.north_m)[homes] / 2.0
    x_mm, y_mm = utm_mm(graph.crs, *design.degrees(middle_x, middle_y))
    return People(
        x_mm=x_mm,
        y_mm=y_mm,
        weight=np.maximum(1, design.people[homes]),
        site_x_mm=built.buildings.x_mm,
        site_y_mm=built.buildings.y_mm,
        is_civic=blocks.use[built.houses.block] == CIVIC,
        site_lon_e7=built.degrees[0],
        site_lat_e7=built.degrees[1],
    )


def _stops(design: Design) -> tuple[Int32, Int32]:
    """Return bus stops: half way along every other edge of the larger streets."""
    x, y = design.plan.line_x, design.plan.line_y
    i, j = np.nonzero(design.main.east >= SECONDARY)
    keep = (i + j) % 2 == 0
    i, j = i[keep], j[keep]
    k, m = np.nonzero(design.main.north >= SECONDARY)
    keep = (k + m) % 2 == 1
    k, m = k[keep], m[keep]
    return design.degrees(
        np.concatenate(((x[i] + x[i + 1]) / 2.0, x[k])),
        np.concatenate((y[j], (y[m] + y[m + 1]) / 2.0)),
    )
