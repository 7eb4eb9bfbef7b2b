"""Facilities by the standards: how many, and where among the people they serve."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from twin.network.features import OsmFacility
from twin.network.osm_facilities import services_of
from twin.network.projection import nearest_points
from twin.network.synthetic.standards import BUS_STOP_M, STANDARDS
from twin.streams import uid32

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twin.network.import_report import ImportReport
    from twin.network.synthetic.request import CityRequest
    from twin.network.synthetic.standards import Standard

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

N_ROUNDS: Final = 6
"""Rounds of moving sites to the middle of those they serve (Lloyd 1982)."""

GROWTH: Final = 8
MOST_GROWTH: Final = 4
"""A standard with a share of residents to reach adds an eighth each time, up to four times."""

N_NEAR: Final = 12
UID_PREFIX: Final = "synthetic/"


@dataclass(frozen=True, eq=False)
class People:
    """Where residents are, and where services may be.

    Parameters
    ----------
    x_mm, y_mm, weight : (n,)
        Blocks with homes: position and residents.
    site_x_mm, site_y_mm : (n_sites,)
        Buildings that may house a service.
    is_civic : (n_sites,)
        Public buildings: schools and hospitals go there.
    site_lon_e7, site_lat_e7 : (n_sites,)
        Their degrees.
    """

    x_mm: Int64
    y_mm: Int64
    weight: Int64
    site_x_mm: Int64
    site_y_mm: Int64
    is_civic: Bool
    site_lon_e7: Int32
    site_lat_e7: Int32


def make_facilities(
    people: People,
    stops: tuple[Int32, Int32],
    request: CityRequest,
    report: ImportReport,
) -> tuple[OsmFacility, ...]:
    """Return the facilities, sorted by service and uid; `report` takes counts and shares."""
    found = []
    for standard in STANDARDS:
        sites, share = _placed(people, standard, request)
        slug = standard.kind.lower().replace(" ", "_")
        tags = dict(sorted(standard.tags))
        for number, site in enumerate(sites.tolist(), start=1):
            name = f"{standard.kind} {number}"
            lon, lat = people.site_lon_e7[site] / 1e7, people.site_lat_e7[site] / 1e7
            for service in services_of(tags):
                uid = f"{UID_PREFIX}{slug}/{number}"
                found.append(OsmFacility(uid, service, name, lon, lat, "", {**tags, "name": name}))
        told = f"{100 * share:.0f} % of residents within {standard.radius_m:,} m"
        report.keep(f"standard: {standard.kind}", sites.size, example=f"{told}; {standard.source}")
    found += _bus_stops(stops, report)
    return tuple(_told_apart(sorted(found, key=lambda row: (row.service, row.uid))))


def _told_apart(rows: Iterable[OsmFacility]) -> Iterator[OsmFacility]:
    """Yield the facilities, a uid with a mark where two would share a 32-bit number.

    Draws are addressed by these numbers, and a run refuses two that are alike: among the
    10,000 facilities of a city of ten million that happens once in a hundred cities.
    """
    taken: set[int] = set()
    for row in rows:
        uid = row.uid
        while uid32(f"{uid}/{row.service}") in taken:
            uid += "x"
        taken.add(uid32(f"{uid}/{row.service}"))
        yield replace(row, uid=uid)


def _bus_stops(stops: tuple[Int32, Int32], report: ImportReport) -> Iterator[OsmFacility]:
    source = f"every {BUS_STOP_M} m or more along main streets (GB 50220-95, assumed)"
    report.keep("standard: Bus Stop", stops[0].size, example=source)
    pairs = zip((stops[0] / 1e7).tolist(), (stops[1] / 1e7).tolist(), strict=True)
    for number, (lon, lat) in enumerate(pairs, start=1):
        name = f"Stop {number}"
        tags = {"highway": "bus_stop", "name": name}
        yield OsmFacility(f"{UID_PREFIX}bus_stop/{number}", "bus_stop", name, lon, lat, "", tags)


def _placed(people: People, standard: Standard, request: CityRequest) -> tuple[Int64, float]:
    """Return the sites of a standard and the share of residents within its radius."""
    n_wanted = _number(standard, request)
    most = MOST_GROWTH * n_wanted
    while True:
        sites = _sites(people, standard, n_wanted)
        share = _share_within(people, sites, standard.radius_m)
        if share >= standard.share or n_wanted >= most or n_wanted >= people.x_mm.size:
            return sites, share
        n_wanted = min(most, n_wanted + max(1, n_wanted // GROWTH))


def _number(standard: Standard, request: CityRequest) -> int:
    number = 1
    if standard.residents:
        number = max(number, round(request.residents / standard.residents))
    if standard.km2:
        number = max(number, math.ceil(request.area_km2 / standard.km2))
    if ("amenity", "townhall") in standard.tags:
        number = max(number, request.n_districts)
    return number


def _sites(people: People, standard: Standard, n_sites: int) -> Int64:
    """Return `n_sites` buildings spread like the people (or like the land, by area)."""
    weight = np.ones_like(people.weight) if standard.km2 else people.weight
    n_sites = min(n_sites, people.x_mm.size)
    x, y = _seeds(people.x_mm, people.y_mm, weight, n_sites)
    for _ in range(N_ROUNDS):
        row, _ = nearest_points(x, y, people.x_mm, people.y_mm)
        total = np.bincount(row, weights=weight, minlength=n_sites)
        # Whole metres times whole residents: sums of whole numbers, in any order the same.
        sum_x = np.bincount(row, weights=weight * (people.x_mm // 1000), minlength=n_sites)
        sum_y = np.bincount(row, weights=weight * (people.y_mm // 1000), minlength=n_sites)
        keep = total > 0
        x = np.where(keep, np.rint(1000.0 * sum_x / np.maximum(total, 1)), x).astype(np.int64)
        y = np.where(keep, np.rint(1000.0 * sum_y / np.maximum(total, 1)), y).astype(np.int64)
    return _snapped(people, x, y, is_civic=standard.block == "civic")


def _seeds(x: Int64, y: Int64, weight: Int64, n: int) -> tuple[Int64, Int64]:
    """Return the weighted middles of `n` parts of like weight (k-d division)."""
    todo = [(np.arange(x.size), n)]
    found: list[int] = []
    while todo:
        rows, k = todo.pop()
        wide = np.ptp(x[rows]) >= np.ptp(y[rows])
        order = np.lexsort((rows, x[rows] if wide else y[rows]))
        ordered = rows[order]
        sums = np.cumsum(weight[ordered])
        if k == 1:
            found.append(int(ordered[np.searchsorted(sums, sums[-1] // 2)]))
            continue
        half = k // 2
        cut = int(np.searchsorted(sums, int(sums[-1]) * half // k)) + 1
        cut = min(max(cut, half), rows.size - (k - half))
        todo += [(ordered[cut:], k - half), (ordered[:cut], half)]
    return x[found], y[found]


def _snapped(people: People, x: Int64, y: Int64, *, is_civic: bool) -> Int64:
    """Return a building near each place, each building once if there are enough."""
    from scipy.spatial import cKDTree  # noqa: PLC0415 - takes 0.2 s

    rows = np.flatnonzero(people.is_civic) if is_civic else np.arange(people.is_civic.size)
    if rows.size == 0:
        rows = np.arange(people.is_civic.size)
    points = np.column_stack((people.site_x_mm[rows], people.site_y_mm[rows]))
    near = min(N_NEAR, rows.size)
    queries = np.column_stack((x, y)).astype(np.float64)
    distance, row = cKDTree(points.astype(np.float64)).query(queries, k=near)
    row = row.reshape(x.size, near)
    order = np.lexsort((row, distance.reshape(x.size, near)), axis=1)
    row = np.take_along_axis(row, order, axis=1)
    taken: set[int] = set()
    chosen = []
    for options in row.tolist():
        one = next((option for option in options if option not in taken), options[0])
        taken.add(one)
        chosen.append(one)
    return np.asarray(rows[np.array(chosen)], np.int64)


def _share_within(people: People, sites: Int64, radius_m: int) -> float:
    _, distance_m = nearest_points(
        people.site_x_mm[sites], people.site_y_mm[sites], people.x_mm, people.y_mm
    )
    reached = int(people.weight[distance_m <= radius_m].sum())
    return reached / int(people.weight.sum())
