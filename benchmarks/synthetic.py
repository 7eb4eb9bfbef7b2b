"""Synthetic cities of growing size: the whole command, from start-up to the written map."""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.record import Row, timed_command

# Area in km2, residents, grids; the smallest first, for peak memory is that of all so far.
_SIZES: Final = (
    (4.0, 30_000, 4),
    (16.0, 140_000, 6),
    (66.0, 570_000, 22),
    (265.15, 2_300_000, 86),
    (1_000.0, 10_000_000, 500),
)
_GOALS: Final = {4.0: "about 1 s beside start-up", 265.15: "<= 60 s, <= 2 GB"}
_BYTES_A_KIB: Final = 1024


def measure() -> list[Row]:
    """Measure ``twin map synth`` from a town to a city of ten million."""
    with tempfile.TemporaryDirectory() as folder:
        return [_row(Path(folder), *size) for size in _SIZES]


def _row(folder: Path, area_km2: float, residents: int, grids: int) -> Row:
    sizes = ["--area-km2", str(area_km2), "--residents", str(residents), "--grids", str(grids)]
    out = str(folder / f"{grids}-{{repeat}}")
    timing = timed_command(["-m", "twin", "map", "synth", *sizes, "--out", out, "--json"])
    peak_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _BYTES_A_KIB / 1e9
    what = f"{area_km2:g} km2, {residents:,} residents, peak {peak_gb:.2f} GB"
    return Row(what, timing, residents, "residents", goal=_GOALS.get(area_km2, ""))
