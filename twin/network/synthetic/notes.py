"""What a synthetic map says of itself: counts, land use, and what was assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.network.import_report import RESIDENTS
from twin.network.synthetic.cells import KIND_NAMES
from twin.network.synthetic.land_use import USE_NAMES
from twin.network.synthetic.standards import FLOOR_A_JOB_M2, HOME_FLOOR_M2, JOBS_A_RESIDENT

if TYPE_CHECKING:
    from twin.network.features import Buildings
    from twin.network.import_report import ImportReport
    from twin.network.synthetic.cells import Cells
    from twin.network.synthetic.land_use import Blocks
    from twin.network.synthetic.request import CityRequest


def tell(
    report: ImportReport,
    request: CityRequest,
    cells: Cells,
    blocks: Blocks,
    buildings: Buildings,
) -> None:
    """Count what was made; `report` is updated."""
    report.keep(
        RESIDENTS,
        request.residents,
        example=f"{HOME_FLOOR_M2} m2 of floor each (China Population Census Yearbook 2020)",
    )
    place = (
        f"centre at lon {request.lon:g}, lat {request.lat:g}"
        " (open sea near Point Nemo unless --lon and --lat say otherwise)"
    )
    report.keep("synthetic cities: no real place", 1, example=place)
    report.keep("governance grids", request.grids, example=f"in {request.n_districts} districts")
    report.keep("buildings", len(buildings))
    report.keep("buildings with homes", int(buildings.is_home_eligible.sum()))
    for kind, name in enumerate(KIND_NAMES):
        report.keep(f"superblocks: {name}", int((cells.kind == kind).sum()))
    total = request.area_km2 * 1e6
    streets = total - float(blocks.area_m2.sum())
    for use, name in enumerate(USE_NAMES):
        area = float(blocks.area_m2[blocks.use == use].sum())
        share = f"{100 * area / total:.0f} % of the area (assumed)"
        report.keep(f"hectares of land: {name}", round(area / 1e4), example=share)
    share = f"{100 * streets / total:.0f} % of the area (assumed)"
    report.keep("hectares of land: streets and water", round(streets / 1e4), example=share)
    jobs = np.isin(np.array(buildings.use), ("commercial", "mixed", "public"))
    report.keep(
        "buildings to work in",
        int(jobs.sum()),
        example=f"{JOBS_A_RESIDENT} jobs a resident; {FLOOR_A_JOB_M2['commercial']:g} m2 of"
        f" business, {FLOOR_A_JOB_M2['industrial']:g} m2 of industry a job (assumed)",
    )
