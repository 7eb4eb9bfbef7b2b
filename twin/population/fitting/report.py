"""How well a population fits its margins."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.population.fitting.margins import Margin


@dataclass(frozen=True)
class MarginFit:
    """How well one margin is met by whole residents or households.

    Parameters
    ----------
    id, file, of, columns
        The margin.
    n_cells
        Cells of all zones.
    total
        Residents or households that it counts, scaled to the scenario.
    tae
        Total absolute error: sum of the distances of all cells.
    srmse
        Standardised root mean square error: root of the mean squared distance over the
        mean cell (Pritchard and Miller 2012).
    worst
        The cell that is furthest off, in words.
    worst_target, worst_found
        What it should be and what it is.
    """

    id: str
    file: str
    of: str
    columns: tuple[str, ...]
    n_cells: int
    total: float
    tae: float
    srmse: float
    worst: str
    worst_target: float
    worst_found: float

    @property
    def tae_share(self) -> float:
        """Total absolute error over the total."""
        return self.tae / self.total if self.total else 0.0

    def line(self) -> str:
        """Return the fit in words."""
        crossed = " x ".join(self.columns) or "total"
        return (
            f"{self.id} ({self.of}s by {crossed}): {self.tae:,.0f} of {self.total:,.0f} misplaced"
            f" ({self.tae_share:.2%}), SRMSE {self.srmse:.2g}, worst {self.worst}:"
            f" {self.worst_found:,.0f} for {self.worst_target:,.1f}"
        )


@dataclass(frozen=True)
class FitReport:
    """How a population was fitted, and how well.

    Parameters
    ----------
    method
        How households were weighted.
    n_zones, n_types, n_households, n_residents
        Sizes.
    margins
        Fit of each margin.
    conflicts
        Margins that disagree, in words.
    notes
        What was assumed.
    """

    method: str
    n_zones: int
    n_types: int
    n_households: int
    n_residents: int
    margins: tuple[MarginFit, ...]
    conflicts: tuple[str, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data, for ``run.json``."""
        made = asdict(self)
        made["margins"] = [
            _rounded(asdict(each)) | {"columns": list(each.columns)} for each in self.margins
        ]
        return made | {"conflicts": list(self.conflicts), "notes": list(self.notes)}

    def lines(self) -> list[str]:
        """Return the report in words."""
        return [*(each.line() for each in self.margins), *self.conflicts, *self.notes]


def margin_fit(margin: Margin, found: NDArray[np.float64], zones: Sequence[str]) -> MarginFit:
    """Return how well a margin is met.

    Parameters
    ----------
    margin
        Scaled to the scenario's residents.
    found
        (n_zones or 1, n_cells) what the population has.
    zones
        Names of the zones.
    """
    target = margin.count.reshape(margin.count.shape[0], -1)
    gap = np.abs(found - target)
    zone, cell = np.unravel_index(int(gap.argmax()), gap.shape)
    mean = float(target.mean())
    what = margin.labels()[int(cell)]
    worst = f"{what} in {zones[int(zone)]}" if margin.is_by_zone else what
    return MarginFit(
        id=margin.id,
        file=margin.name.replace("\\", "/").rsplit("/", 1)[-1],
        of=margin.of,
        columns=margin.columns,
        n_cells=int(target.size),
        total=float(target.sum()),
        tae=float(gap.sum()),
        srmse=math.sqrt(float((gap**2).mean())) / mean if mean else 0.0,
        worst=worst,
        worst_target=float(target[zone, cell]),
        worst_found=float(found[zone, cell]),
    )


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {key: float(f"{v:.9g}") if isinstance(v, float) else v for key, v in values.items()}
