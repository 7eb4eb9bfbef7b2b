"""What margins ask of a population of a given number of residents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from twin.population.fit_settings import SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.population.fitting.household_types import HouseholdTypes
    from twin.population.fitting.margins import Margin
    from twin.population.fitting.zones import Zones

# Counts that differ by no more are rounded or disclosure-controlled, not in conflict.
_SAME_SHARE: Final = 1e-3
_SAME: Final = 0.5


@dataclass(frozen=True, eq=False)
class Targets:
    """Margins scaled to the residents of a scenario.

    Parameters
    ----------
    margins
        In the scenario's order.
    persons
        (n_zones,) int64 residents of each zone; they sum to the scenario's.
    scale
        Residents over those that the tables count.
    notes
        What was assumed.
    """

    margins: tuple[Margin, ...]
    persons: NDArray[np.int64]
    scale: float
    notes: tuple[str, ...]


def scaled_targets(
    margins: Sequence[Margin], zones: Zones, types: HouseholdTypes, residents: int
) -> Targets:
    """Return the margins scaled to a number of residents, and how many live in each zone.

    The first margin of persons by zone says how many live where; else the first of
    households, by its sizes or the mean one.

    Parameters
    ----------
    margins
        As read; at least one.
    zones
        Zones of the city, one if no margin is by zone.
    types
        Household types, for the mean size.
    residents
        Residents of the city.
    """
    is_by_zone = any(margin.is_by_zone for margin in margins)
    counted = [m for m in margins if m.is_by_zone == is_by_zone and not m.is_share]
    counted.sort(key=lambda margin: margin.of != "person")
    notes = []
    told = _persons(counted[0], types) if counted else np.full(1, float(residents))
    lived = np.where(zones.is_lived_in, told, 0.0)
    lost = told.sum() - lived.sum()
    if lost > 0.0:
        n_lost = int((~zones.is_lived_in & (told > 0.0)).sum())
        notes.append(
            f"{n_lost} zones with {lost:,.0f} residents have no place to live and get none"
        )
    scale = residents / float(lived.sum())
    of_city = residents / float(told.sum())
    households = residents / float(types.seed @ types.size) * float(types.seed.sum())
    factors = (residents, scale, of_city)
    made = [_scaled(margin, zones, types, factors) for margin in margins]
    if abs(of_city - 1.0) > _SAME_SHARE and counted:
        notes.append(
            f"the tables count {told.sum():,.0f} residents, the scenario has {residents:,}:"
            f" every margin is multiplied by {of_city:.4g}"
        )
    if not any(margin.of == "household" for margin in margins):
        notes.append(
            f"no margin of households: about {households:,.0f}, their sizes by shares (assumed)"
        )
    return Targets(tuple(made), apportioned(lived * scale, residents), scale, tuple(notes))


def _scaled(
    margin: Margin, zones: Zones, types: HouseholdTypes, factors: tuple[int, float, float]
) -> Margin:
    """Return a margin in residents of the scenario; `factors`: all, of zones, of the city."""
    residents, of_zones, of_city = factors
    if margin.is_share:
        whole = residents if margin.of == "person" else _households(margin, types, residents)
        return replace(margin, count=margin.count * whole)
    if not margin.is_by_zone:
        return replace(margin, count=margin.count * of_city)
    counts = margin.count * of_zones
    counts[~zones.is_lived_in] = 0.0
    return replace(margin, count=counts)


def apportioned(wanted: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Return whole numbers near `wanted` that sum to `total`, by largest remainders."""
    count = np.floor(wanted + 1e-9).astype(np.int64)
    order = np.lexsort((np.arange(wanted.size), -(wanted - count)))
    count[order[: max(total - int(count.sum()), 0)]] += 1
    return count


def _persons(margin: Margin, types: HouseholdTypes) -> NDArray[np.float64]:
    """Return the residents that a margin counts in each zone."""
    if margin.of == "person":
        return np.asarray(margin.count.reshape(margin.count.shape[0], -1).sum(axis=1))
    return np.asarray(margin.count.reshape(margin.count.shape[0], -1) @ _mean_sizes(margin, types))


def _mean_sizes(margin: Margin, types: HouseholdTypes) -> NDArray[np.float64]:
    """Return the mean size of a household of each cell of a margin, by the first weights."""
    matrix = types.incidence(margin)
    homes = matrix @ types.seed
    people = matrix @ (types.seed * types.size)
    mean = float(types.seed @ types.size) / float(types.seed.sum())
    sizes = np.full(homes.size, mean)
    np.divide(people, homes, out=sizes, where=homes > 0.0)
    return sizes


def _households(margin: Margin, types: HouseholdTypes, residents: int) -> float:
    """Return how many households a margin of shares speaks of."""
    return residents / float(margin.count.reshape(-1) @ _mean_sizes(margin, types))


def conflicts(margins: Sequence[Margin], zones: Zones) -> list[str]:
    """Return in words which margins disagree on what both count, and where most.

    Households that are counted by size count persons too.
    """
    found = []
    for i, first in enumerate(margins):
        for second in margins[i + 1 :]:
            pair = _comparable(first, second)
            if pair is not None:
                words = _disagreement(*pair, zones)
                found += [words] if words else []
    return found


def _comparable(first: Margin, second: Margin) -> tuple[Margin, Margin] | None:
    if first.of != second.of:
        first, second = (_as_persons(each) or each for each in (first, second))
    if first.of != second.of:
        return None
    words = dict(zip(second.columns, second.words, strict=True))
    common = [
        name
        for name, each in zip(first.columns, first.words, strict=True)
        if words.get(name) == each
    ]
    pair = [_in_order(margin.projected(common), common) for margin in (first, second)]
    if first.is_by_zone != second.is_by_zone:
        pair = [_of_city(margin) for margin in pair]
    return pair[0], pair[1]


def _as_persons(margin: Margin) -> Margin | None:
    """Return the persons that a margin of households by exact size counts; None otherwise."""
    if margin.of == "person" or SIZE not in margin.columns:
        return None
    axis = margin.columns.index(SIZE)
    if any(word.endswith("+") for word in margin.words[axis]):
        return None
    sizes = np.array([float(word) for word in margin.words[axis]])
    shape = [-1 if i == axis + 1 else 1 for i in range(margin.count.ndim)]
    return replace(margin, of="person", count=margin.count * sizes.reshape(shape))


def _in_order(margin: Margin, columns: Sequence[str]) -> Margin:
    order = [margin.columns.index(name) for name in columns]
    axes = (0, *(1 + i for i in order))
    return replace(
        margin,
        columns=tuple(columns),
        words=tuple(margin.words[i] for i in order),
        count=np.transpose(margin.count, axes),
    )


def _of_city(margin: Margin) -> Margin:
    return replace(margin, count=margin.count.sum(axis=0, keepdims=True), is_by_zone=False)


def _disagreement(first: Margin, second: Margin, zones: Zones) -> str:
    one = first.count.reshape(first.count.shape[0], -1)
    other = second.count.reshape(second.count.shape[0], -1)
    gap = np.abs(one - other)
    is_off = gap > np.maximum(_SAME, _SAME_SHARE * np.maximum(one, other))
    if not is_off.any():
        return ""
    zone, cell = np.unravel_index(int(gap.argmax()), gap.shape)
    place = zones.names[int(zone)] if first.is_by_zone else "the city"
    what = first.labels()[int(cell)]
    what = f"{first.of}s" if what == "all" else f"{first.of}s of {what}"
    return (
        f"margins `{first.id}` and `{second.id}` disagree in {int(is_off.sum()):,} of"
        f" {is_off.size:,} cells, most on {what} in {place}:"
        f" {one[zone, cell]:,.0f} and {other[zone, cell]:,.0f}"
    )
