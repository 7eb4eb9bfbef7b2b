"""Households of each type in each zone: weights that meet the margins, then whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from twin.population.fitting.entropy import balance_list
from twin.population.fitting.integerise import by_item, settled, truncate_replicate_sample
from twin.population.fitting.ipu import update_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.population.fitting.household_types import HouseholdTypes
    from twin.population.fitting.margins import Margin
    from twin.population.fitting.targets import Targets
    from twin.population.fitting.zones import Zones

METHODS: Final = ("entropy", "ipu")
HARDNESS: Final = 1e6
"""Hardness of a margin of weight 1: it is missed by a millionth of itself where none conflict."""
_N_ROUNDS: Final = 60
_CITY_TOLERANCE: Final = 1e-4
_STRESS_OF_PERSONS: Final = 1e4


class _Controls(NamedTuple):
    """Controls of a list of types, for each zone."""

    matrix: NDArray[np.float64]
    target: NDArray[np.float64]
    hardness: NDArray[np.float64]

    def of(self, zone: int) -> _Controls:
        return _Controls(self.matrix, self.target[zone], self.hardness)


def fitted_weights(types: HouseholdTypes, targets: Targets, *, method: str) -> NDArray[np.float64]:
    """Return how many households of each type each zone has, before rounding.

    Margins by zone are fitted zone by zone. Margins of the city are met by one factor
    a type that all zones share, found in turns with the zones: together these are the
    weights of least relative entropy under both.

    Parameters
    ----------
    types
        Types of household with their first weights.
    targets
        Margins and residents of each zone.
    method
        ``entropy`` (conflicts end between the margins) or ``ipu``.

    Returns
    -------
    (n_zones, n_types) float64
        Zero wherever the first weight is.
    """
    n_zones = targets.persons.size
    local = [m for m in targets.margins if m.is_by_zone or n_zones == 1]
    of_city = [m for m in targets.margins if not (m.is_by_zone or n_zones == 1)]
    by_zone = _controls(types, local, targets.persons)
    shared = np.ones(len(types))
    weight = _zones_fitted(types, by_zone, shared, method)
    if not of_city:
        return weight
    city = _controls(types, of_city, None).of(0)
    for _ in range(_N_ROUNDS):
        there = weight.sum(axis=0)
        is_there = there > 0.0
        ratio = _fit(city, there, method)[is_there] / there[is_there]
        # What all types share is the zones' matter: only what tells them apart counts.
        if float(ratio.max() - ratio.min()) <= _CITY_TOLERANCE * float(ratio.max()):
            break
        shared[is_there] *= ratio / ratio.mean()
        weight = _zones_fitted(types, by_zone, shared, method)
    return weight


def _controls(
    types: HouseholdTypes, margins: Sequence[Margin], persons: NDArray[np.int64] | None
) -> _Controls:
    """Return margins as controls; with `persons` the residents of each zone come first."""
    rows, targets, hardness = [], [], []
    if persons is not None:
        rows.append(types.size[None].astype(np.float64))
        targets.append(persons[:, None].astype(np.float64))
        hardness.append(np.full(1, HARDNESS))
    for margin in margins:
        seen = margin.projected(types.columns)
        matrix = types.incidence(seen)
        rows.append(matrix)
        targets.append(seen.count.reshape(seen.count.shape[0], -1))
        hardness.append(np.full(matrix.shape[0], HARDNESS * margin.weight))
    return _different(np.vstack(rows), np.hstack(targets), np.concatenate(hardness))


def _different(
    matrix: NDArray[np.float64], target: NDArray[np.float64], hardness: NDArray[np.float64]
) -> _Controls:
    """Return each control once: what is said twice is no harder."""
    whole = np.hstack([matrix, target.T])
    _, first, same = np.unique(whole, axis=0, return_index=True, return_inverse=True)
    hardest = np.zeros(first.size)
    np.maximum.at(hardest, same.ravel(), hardness)
    order = np.argsort(first)
    kept = first[order]
    return _Controls(matrix[kept], target[:, kept], hardest[order])


def _zones_fitted(
    types: HouseholdTypes, controls: _Controls, shared: NDArray[np.float64], method: str
) -> NDArray[np.float64]:
    first = types.seed * shared
    persons_of_first = float(first @ types.size)
    weight = np.zeros((controls.target.shape[0], len(types)))
    for zone in range(weight.shape[0]):
        persons = controls.target[zone, 0]
        if persons > 0.0:
            scaled = first * (persons / persons_of_first)
            weight[zone] = _fit(controls.of(zone), scaled, method)
    return weight


def _fit(controls: _Controls, first: NDArray[np.float64], method: str) -> NDArray[np.float64]:
    if method == "ipu":
        return update_list(controls.matrix, controls.target, first).weight
    return balance_list(controls.matrix, controls.target, first, hardness=controls.hardness).weight


def _different_rows(types: HouseholdTypes, targets: Targets) -> NDArray[np.float64]:
    """Return what types add to residents, to each margin's cells and to households, each once."""
    matrices = [types.incidence(m.projected(types.columns)) for m in targets.margins]
    rows = np.vstack([types.size[None].astype(np.float64), *matrices, np.ones((1, len(types)))])
    _, first = np.unique(rows, axis=0, return_index=True)
    return rows[np.sort(first)]


def whole_households(
    weight: NDArray[np.float64], types: HouseholdTypes, targets: Targets, zones: Zones, *, seed: int
) -> NDArray[np.int64]:
    """Return whole numbers of households, each less than one from its weight where that can be.

    Truncate, replicate, sample; then households change places within their rounding
    until no move brings the zone's margins nearer to what the weights say. The
    residents of a zone are met exactly: if rounding alone cannot, a few counts move by
    one more.

    Returns
    -------
    (n_zones, n_types) int64
        Zero wherever the weight is.
    """
    rows = _different_rows(types, targets)
    adds = by_item(rows)
    stress = np.ones(rows.shape[0])
    stress[0] = _STRESS_OF_PERSONS
    count = np.zeros(weight.shape, dtype=np.int64)
    for zone, persons in enumerate(targets.persons.tolist()):
        if persons == 0:
            continue
        mine = weight[zone]
        target = rows @ mine
        target[0] = persons
        place = int(zones.uid[zone])
        drawn = truncate_replicate_sample(mine, seed=seed, place=place)
        # At first all sums count alike: a stress on residents would forbid most moves.
        found = settled(drawn, mine, adds, target)
        if int(found @ types.size) != persons:
            found = settled(found, mine, adds, target, stress=stress)
        if int(found @ types.size) != persons:
            found = settled(found, mine, adds, target, stress=stress, slack=1, may_alone=True)
        count[zone] = found
    return count
