"""All measures of equity of 1,000,000 residents, against sorting each quantity once a grouping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.record import Row, peak_mb, timed
from twin.results.access import Unequal
from twin.results.equity import equity_rows, strata_of
from twin.results.groups import Category
from twin.results.measures import groupings
from twin.results.quantities import OF_NEEDS, QUANTITIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

N_RESIDENTS: Final = 1_000_000
N_WARDS: Final = 60
CROSSED: Final = ("registration", "age_band", "has_car")


def measure() -> list[Row]:
    """Return one row: every index of every group, and how many sorts that is."""
    columns = _residents()
    groups = groupings(columns, [CROSSED])
    n_groups = sum(len(group.labels) for group in groups)

    def ours() -> object:
        needs = equity_rows(columns, services=["care"], kappa_per_h=0.05, groups=groups)
        time_ms = columns["care.access_s"] * 1000.0
        unequal = Unequal(strata_of(columns), 0.05)
        order = np.argsort(time_ms, kind="stable")
        return [*needs, *unequal.rows(time_ms, order, "care", groups, everyone="all")]

    def sorts() -> None:
        for _ in groups:
            for quantity in OF_NEEDS:
                np.sort(columns[quantity.column])
            np.sort(columns["care.access_s"])

    found, peer = timed(ours), timed(sorts)
    return [
        Row(
            f"equity of {len(QUANTITIES)} quantities, {N_RESIDENTS:,} residents, {n_groups} groups",
            found,
            n=N_RESIDENTS,
            unit="residents",
            ratio=peer.cpu_s / found.cpu_s,
            against=f"{len(groups) * len(QUANTITIES)} sorts by numpy",
            goal="3 s",
            peak_mb=peak_mb(ours),
        )
    ]


def _residents() -> dict[str, Any]:
    draw = np.random.Generator(np.random.Philox(1))

    def category(labels: tuple[str, ...]) -> Category:
        codes: NDArray[Any] = draw.integers(0, len(labels), N_RESIDENTS)
        return Category(codes.astype(np.int16), labels)

    columns: dict[str, Any] = {
        "age_band": category(("0-14", "15-59", "60+")),
        "sex": category(("female", "male")),
        "registration": category(("registered", "migrant")),
        "income_band": category(("low", "middle", "high")),
        "has_car": draw.random(N_RESIDENTS) < 0.3,
        "is_informed": draw.random(N_RESIDENTS) < 0.5,
        "zone": category(tuple(f"ward {number}" for number in range(N_WARDS))),
        "n_needs": draw.poisson(2.0, N_RESIDENTS),
    }
    columns["n_unmet"] = draw.binomial(columns["n_needs"], 0.1)
    columns["burden_s"] = columns["n_needs"] * draw.gamma(2.0, 1800.0, N_RESIDENTS)
    columns["n_served"] = columns["n_needs"] - columns["n_unmet"]
    for name, mean_s in (("travel", 600.0), ("wait", 900.0), ("delay", 1200.0)):
        columns[f"{name}_s"] = columns["n_served"] * draw.gamma(2.0, mean_s / 2, N_RESIDENTS)
    time_s = draw.gamma(2.0, 300.0, N_RESIDENTS)
    columns["care.access_s"] = np.where(draw.random(N_RESIDENTS) < 0.02, np.inf, time_s)
    return columns
