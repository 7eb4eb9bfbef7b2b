"""All measures of equity of 1,000,000 residents, against sorting their burdens once a grouping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.record import Row, peak_mb, timed
from twin.results.equity import equity_rows
from twin.results.groups import Category
from twin.results.measures import groupings

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
        return equity_rows(columns, services=["care"], kappa_per_h=0.05, groups=groups)

    def sorts() -> None:
        for _ in groups:
            np.sort(columns["burden_s"])

    found, peer = timed(ours), timed(sorts)
    return [
        Row(
            f"equity of {N_RESIDENTS:,} residents, {n_groups} groups",
            found,
            n=N_RESIDENTS,
            unit="residents",
            ratio=peer.cpu_s / found.cpu_s,
            against=f"{len(groups)} sorts by numpy",
            goal="a second or two",
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
    return columns
