"""A day's needs of ten million residents against one uniform draw for each of them.

The same draws are asked for by address, so that an intervention moves none; the peer is
numpy's generator filling an array, which most models of this kind do at each step.
`flat`: one rate for all, at all hours. `profile`: the hours of the shipped scenarios and
rates that differ threefold between groups, as a city would have them.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from benchmarks.record import Row, Timing, peak_mb, timed
from twin.engine.demand import blocks_of
from twin.kernels.demand import draw_needs, new_scratch
from twin.kernels.strips import strips_up_to
from twin.population.groups import N_CELLS

N_RESIDENTS: Final = 10_000_000
_DAYS_PER_YEAR: Final = 365.0
_GOAL: Final = ">= 20 x"
_N_REPEATS: Final = 15
_HOURS: Final = (
    0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.6, 1.2, 2.0, 2.4, 2.2, 1.6,
    1.0, 1.0, 1.4, 1.5, 1.5, 1.4, 1.1, 0.8, 0.6, 0.4, 0.3, 0.2,
)  # fmt: skip
_CASES: Final = ((1.0, "flat"), (3.0, "flat"), (3.0, "profile"), (10.0, "flat"), (10.0, "profile"))


def measure() -> list[Row]:
    """Measure one service at several rates, then three services."""
    generator = np.random.default_rng(1)
    peer = timed(lambda: generator.random(N_RESIDENTS), n_repeats=_N_REPEATS)
    peer_mb = peak_mb(lambda: generator.random(N_RESIDENTS))
    title = f"numpy, {N_RESIDENTS:,} uniforms"
    rows = [Row(title, peer, N_RESIDENTS, "residents", peak_mb=peer_mb)]
    city = _city()
    for per_year, shape in _CASES:
        day = _Day(city, per_year, shape)
        what = f"twin, needs of a day, {per_year:g} a year, {shape}: {day.draw():,}"
        rows.append(_row(what, timed(day.draw, n_repeats=_N_REPEATS), peer, day.megabytes))
    three = [_Day(city, rate, "profile", uid) for uid, rate in enumerate((3.0, 1.0, 0.5))]
    total = sum(day.draw() for day in three)
    timing = timed(lambda: [day.draw() for day in three], n_repeats=_N_REPEATS)
    what = f"twin, three services of 3, 1 and 0.5 a year, profile: {total:,}"
    rows.append(_row(what, timing, peer, sum(day.megabytes for day in three)))
    return rows


def _row(what: str, timing: Timing, peer: Timing, megabytes: float) -> Row:
    ratio = peer.cpu_s / timing.cpu_s
    return Row(
        what, timing, N_RESIDENTS, "residents", ratio, "one uniform a resident", _GOAL, megabytes
    )


def _city() -> tuple[Any, Any]:
    """Return the blocks and groups of all residents."""
    groups = np.random.default_rng(2).integers(0, N_CELLS, N_RESIDENTS).astype(np.uint16)
    return blocks_of(np.arange(N_RESIDENTS, dtype=np.uint32)), groups


class _Day:
    """The needs of one service on one day."""

    def __init__(self, city: tuple[Any, Any], per_year: float, shape: str, uid: int = 99) -> None:
        self.blocks, self.groups = city
        is_flat = shape == "flat"
        weights = (
            np.ones(N_CELLS) if is_flat else np.array([0.75, 0.9, 2.25])[np.arange(N_CELLS) % 3]
        )
        self.rate = per_year / _DAYS_PER_YEAR * weights / weights.mean()
        hours = np.ones(24) if is_flat else np.array(_HOURS)
        self.hours = hours / hours.mean()
        self.strips = strips_up_to(float(self.rate.max() * self.hours.max()))
        capacity = int(1.2 * N_RESIDENTS * per_year / _DAYS_PER_YEAR) + 1_000
        self.out = (
            np.empty(capacity, dtype=np.int64),
            np.empty(capacity, dtype=np.int32),
            np.empty(capacity, dtype=np.int32),
        )
        self.scratch = new_scratch()
        self.uid = uid

    def draw(self) -> int:
        """Return how many needs there are."""
        n = draw_needs(
            *self.out, self.scratch, self.blocks, self.groups, self.rate, self.hours,
            self.strips, 3, self.uid, 7, 0,
        )  # fmt: skip
        assert n <= self.out[0].size
        return n

    @property
    def megabytes(self) -> float:
        """What the step holds besides the residents: needs, strips and scratch."""
        arrays = (*self.out, *self.strips, *self.scratch)
        return sum(int(array.nbytes) for array in arrays) / 1e6
