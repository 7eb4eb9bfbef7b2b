"""From a request to the parts of a map folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    from twin.network.synthetic.hierarchy import MainStreets
    from twin.network.synthetic.houses import Houses
    from twin.network.synthetic.land_use import Blocks
    from twin.network.synthetic.plan import Plan
    from twin.network.synthetic.request import CityRequest

Float = NDArray[np.float64]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Ground:
    """Where the plan lies on the earth."""

    plan: Plan
    frame: Frame

    def degrees(self, x_m: Float, y_m: Float) -> tuple[Int32, Int32]:
        """Return degrees times 10 million of points of the plan."""
        return self.frame.degrees(*self.plan.place(x_m, y_m))


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
    request.check()
    progress("planning streets and land use")
    plan = make_plan(request)
    main, cells = main_streets(plan), make_cells(plan)
    blocks = make_blocks(plan, cells, main, request)
    people = np.rint(blocks.home_m2 / HOME_FLOOR_M2).astype(np.int64)
    of_cell = np.zeros(len(cells), np.int64)
    np.add.at(of_cell, blocks.cell, people)
    grids = make_grids(plan, cells, of_cell, request)
    progress(f"laying streets in {len(cells):,} superblocks")
    report = ImportReport()
    ground = _Ground(plan, Frame(round(request.lon * 1e7), round(request.lat * 1e7)))
    nodes = make_nodes(plan, cells)
    raw = street_elements(ground, cells, main, nodes)
    graph = build_graph(raw, report)
    progress("building houses")
    houses = make_houses(plan, cells, blocks)
    degrees = ground.degrees(houses.x_m, houses.y_m)
    buildings = buildings_of(
        houses, blocks, graph, grids.of_cell[cells.i, cells.j], utm_mm(graph.crs, *degrees)
    )
    progress("placing grids and services")
    wards = wards_of(grids, nodes, utm_mm(graph.crs, raw.lon_e7, raw.lat_e7))
    tell(report, request, cells, blocks, buildings)
    facilities = make_facilities(
        _people(ground, graph, blocks, people, (houses, buildings, degrees)),
        _stops(ground, main),
        request,
        report,
    )
    return MapParts(
        name=request.name,
        graph=graph,
        buildings=buildings,
        wards=wards,
        facilities=facilities,
        report=report,
        source=request.words,
        source_sha256=hashlib.sha256(request.words.encode()).hexdigest(),
        attribution=SYNTHETIC,
    )


def street_elements(ground: _Ground, cells: Cells, main: MainStreets, nodes: Nodes) -> RawOsm:
    """Return the streets of a city as OpenStreetMap elements."""
    plan = ground.plan
    segments = make_segments(plan, cells, main, nodes)
    n_rows = plan.line_y.size
    bridges = {plan.river * n_rows + j for j in range(n_rows)} if plan.river >= 0 else set()
    lon_e7, lat_e7 = ground.degrees(nodes.x_m, nodes.y_m)
    return raw_of(join(segments), line_names(plan, cells, main), bridges, lon_e7, lat_e7)


def _people(
    ground: _Ground,
    graph: StreetGraph,
    blocks: Blocks,
    people: Int64,
    built: tuple[Houses, Buildings, tuple[Int32, Int32]],
) -> People:
    """Return where people live, and the buildings that may house a service."""
    houses, buildings, (lon_e7, lat_e7) = built
    homes = np.flatnonzero(people > 0)
    if not homes.size:
        homes = np.flatnonzero(blocks.home_m2 > 0)
    middle_x = (blocks.west_m + blocks.east_m)[homes] / 2.0
    middle_y = (blocks.south_m + blocks.north_m)[homes] / 2.0
    x_mm, y_mm = utm_mm(graph.crs, *ground.degrees(middle_x, middle_y))
    return People(
        x_mm=x_mm,
        y_mm=y_mm,
        weight=np.maximum(1, people[homes]),
        site_x_mm=buildings.x_mm,
        site_y_mm=buildings.y_mm,
        is_civic=blocks.use[houses.block] == CIVIC,
        site_lon_e7=lon_e7,
        site_lat_e7=lat_e7,
    )


def _stops(ground: _Ground, main: MainStreets) -> tuple[Int32, Int32]:
    """Return bus stops: half way along every other edge of the larger streets."""
    x, y = ground.plan.line_x, ground.plan.line_y
    i, j = np.nonzero(main.east >= SECONDARY)
    keep = (i + j) % 2 == 0
    i, j = i[keep], j[keep]
    k, m = np.nonzero(main.north >= SECONDARY)
    keep = (k + m) % 2 == 1
    k, m = k[keep], m[keep]
    return ground.degrees(
        np.concatenate(((x[i] + x[i + 1]) / 2.0, x[k])),
        np.concatenate((y[j], (y[m] + y[m + 1]) / 2.0)),
    )
